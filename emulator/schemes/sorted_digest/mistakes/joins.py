"""How names and values become one text: their order, what joins them, what is done to the whole."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from emulator.core.messages import Message
from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Step,
)
from emulator.schemes.sorted_digest.mistakes import members
from emulator.schemes.sorted_digest.mistakes.dialects import php_order
from emulator.schemes.sorted_digest.mistakes.members import URL_ENCODERS, Pairs


def ordered(pairs: Pairs) -> Pairs:
    """Sort by name, as the rule says."""
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


# What the Unicode collation puts before digits, in its order.
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


def _collated(pair: tuple[str, str]) -> tuple[list[tuple[int, str]], str]:
    weights = [
        (_PUNCTUATION.find(c), "") if c in _PUNCTUATION else (99, c) for c in pair[0].lower()
    ]
    return weights, pair[0].swapcase()


def _by(key: Callable[[tuple[str, str]], Any]) -> Callable[[Pairs], Pairs]:
    return lambda pairs: tuple(sorted(ordered(pairs), key=key))


def _as_php(pairs: Pairs) -> Pairs:
    texts = dict(pairs)
    return tuple((name, texts[name]) for name in php_order(texts))


def _as_java(pairs: Pairs) -> Pairs:
    """Order as a `HashMap` does that was filled in the order of the body."""
    capacity = 16
    while len(pairs) > capacity * 3 // 4:
        capacity *= 2

    def bucket(pair: tuple[str, str]) -> int:
        code = 0
        for character in pair[0]:
            code = (31 * code + ord(character)) & 0xFFFFFFFF
        return (code ^ code >> 16) & capacity - 1

    return tuple(sorted(pairs, key=bucket))


def _order(done: str, change: Callable[[Pairs], Pairs], cost: int = LIKELY) -> Step[Pairs, Pairs]:
    return Step(
        Message("The members were {done}; sort the names by their bytes").with_(done=done),
        change,
        cost,
    )


ORDERS: tuple[Step[Pairs, Pairs], ...] = (
    _order("not sorted, but signed as sent", lambda pairs: pairs),
    _order("sorted backwards", lambda pairs: ordered(pairs)[::-1]),
    _order("sorted without regard to letter case", _by(lambda pair: pair[0].lower())),
    _order(
        "sorted without regard to letter case, as sent where equal",
        lambda pairs: tuple(sorted(pairs, key=lambda pair: pair[0].lower())),
        UNUSUAL,
    ),
    _order("sorted by locale (localeCompare)", _by(_collated)),
    _order("sorted by value", _by(lambda pair: pair[1])),
    _order("sorted by the length of their names", _by(lambda pair: len(pair[0])), UNUSUAL),
    _order("sorted as texts name=value", _by("=".join), UNUSUAL),
    _order("sorted by UTF-16 units", _by(lambda pair: pair[0].encode("utf-16-be")), UNUSUAL),
    _order("sorted by PHP's ksort, numbers in names as numbers", _as_php, UNUSUAL),
    _order("left in the order of a Java HashMap (take a TreeMap)", _as_java),
    _order("signed in the reverse of the order sent", lambda pairs: pairs[::-1], UNUSUAL),
)


def joined(pairs: Pairs) -> str:
    """Join as the rule says, also what has no value: that was taken out before."""
    return "&".join([f"{name}={text}" for name, text in pairs])


def _joining(equals: str, joiner: str) -> Callable[[Pairs], str]:
    return lambda pairs: joiner.join([f"{name}{equals}{text}" for name, text in pairs])


def _values(joiner: str) -> Callable[[Pairs], str]:
    return lambda pairs: joiner.join([text for _, text in pairs])


def _url_encoded(write: Callable[[str], str], pairs: Pairs) -> str:
    return "&".join([f"{write(name)}={write(text)}" for name, text in pairs])


def _around(before: str, after: str) -> Callable[[Pairs], str]:
    return lambda pairs: f"{before}{joined(pairs)}{after}"


def _quoting(sign: str) -> Callable[[Pairs], str]:
    return lambda pairs: "&".join([f"{name}={sign}{text}{sign}" for name, text in pairs])


def _join(done: str, change: Callable[[Pairs], str], cost: int = LIKELY) -> Step[Pairs, str]:
    return Step(f"{done}; write k=v, joined by &", change, cost)


JOINS: tuple[Step[Pairs, str], ...] = (
    *(
        _join(Message("The values alone were joined, without names"), _values(joiner), cost)
        for joiner, cost in (
            ("", LIKELY),
            ("&", LIKELY),
            (",", UNUSUAL),
            ("|", UNUSUAL),
            (":", UNUSUAL),
            ("\n", UNUSUAL),
            (" ", UNUSUAL),
            (";", RARE),
            ("-", RARE),
            (".", RARE),
            ("+", RARE),
        )
    ),
    *(
        _join(
            Message("Name and value were joined by {equals}, the pairs by {joiner}").with_(
                equals=f"{equals!r}", joiner=f"{joiner!r}"
            ),
            _joining(equals, joiner),
            cost,
        )
        for equals, joiner, cost in (
            ("=", "", LIKELY),
            ("", "", LIKELY),
            ("", "&", UNUSUAL),
            ("=", ",", LIKELY),
            ("=", ", ", UNUSUAL),
            (":", ",", LIKELY),
            (":", "&", UNUSUAL),
            (":", "", UNUSUAL),
            ("=", "|", LIKELY),
            ("=", ";", UNUSUAL),
            ("=", "\n", UNUSUAL),
            (":", "\n", UNUSUAL),
            (": ", "\n", RARE),
            ("=", " ", UNUSUAL),
            (": ", ", ", RARE),
            ("=", "+", RARE),
            (":", "|", RARE),
            ("=", "&amp;", LIKELY),
            ("=>", "&", RARE),
            (" = ", "&", RARE),
            ("=", " & ", RARE),
            ("=", "&&", RARE),
            ("==", "&", RARE),
        )
    ),
    *(Step(members.URL, partial(_url_encoded, write), cost) for write, cost in URL_ENCODERS),
    Step(Message("An & was left behind the last value; take it away"), _around("", "&")),
    Step(Message("An & was put before the first name; take it away"), _around("&", "")),
    Step(Message("A ? was put before the first name; take it away"), _around("?", ""), UNUSUAL),
    Step(
        Message("Quotes were put around the values; sign the values alone"), _quoting('"'), UNUSUAL
    ),
    Step(
        Message("Quotes were put around the values; sign the values alone"), _quoting("'"), UNUSUAL
    ),
    _join(
        Message("The names alone were joined, without values"),
        lambda p: "&".join([n for n, _ in p]),
        RARE,
    ),
)

_AS_IT_IS = "sign the text as it is"


def _percent(**how: str) -> Callable[[str], str]:
    return partial(quote, errors="surrogatepass", **how)


def _plus(**how: str) -> Callable[[str], str]:
    return partial(quote_plus, errors="surrogatepass", **how)


_DONE: tuple[tuple[str, Callable[[str], str], int], ...] = (
    ("URL-encoded", _percent(safe=""), LIKELY),
    ("URL-encoded", _percent(), UNUSUAL),
    (Message("URL-encoded, but for = and &"), _percent(safe="=&"), LIKELY),
    (Message("URL-encoded, a space being +"), _plus(), LIKELY),
    (Message("URL-encoded as by encodeURI"), _percent(safe=":/?&=#+,;@%!'()*-._~$"), UNUSUAL),
    ("URL-decoded", unquote, UNUSUAL),
    (Message("URL-decoded, a + being a space"), unquote_plus, UNUSUAL),
    ("put into lower case", str.lower, LIKELY),
    ("put into upper case", str.upper, LIKELY),
    ("trimmed", str.strip, UNUSUAL),
    ("signed with a line feed after it", lambda text: text + "\n", LIKELY),
    ("signed with a line end (CR LF) after it", lambda text: text + "\r\n", UNUSUAL),
    ("signed with a blank after it", lambda text: text + " ", UNUSUAL),
    ("signed without its blanks", lambda text: text.replace(" ", ""), UNUSUAL),
    ("put in quotes", '"{}"'.format, UNUSUAL),
    ("put in braces", "{{{}}}".format, RARE),
    ("put in brackets", "[{}]".format, RARE),
    ("encoded in Base64", lambda text: to_base64(utf8(text)), UNUSUAL),
    ("written in hexadecimal", lambda text: utf8(text).hex(), UNUSUAL),
    ("HTML-escaped", html.escape, UNUSUAL),
    (
        "written as a JSON string",
        lambda text: json.dumps(text, ensure_ascii=False),
        RARE,
    ),
    ("signed as Python's str() of bytes", lambda text: str(utf8(text)), RARE),
    ("signed backwards", lambda text: text[::-1], RARE),
    ("signed twice, one after the other", lambda text: text + text, RARE),
)

WHOLES: tuple[Step[str, str], ...] = (
    Step(
        Message(
            "The & at the end of the last value was lost, as by Go's TrimRight and Python's "
            "rstrip; remove only the one that joins"
        ),
        lambda text: text.rstrip("&"),
    ),
    Step(
        Message(
            "The last character was cut off although no & followed it; cut off only the joining &"
        ),
        lambda text: text[:-1],
        UNUSUAL,
    ),
    Step(
        Message(
            "The first character was cut off although no & came before it; cut off only the "
            "joining &"
        ),
        lambda text: text[1:],
        RARE,
    ),
    *(
        Step(
            Message("The whole text was {done}; {as_it_is}").with_(done=done, as_it_is=_AS_IT_IS),
            change,
            cost,
        )
        for done, change, cost in _DONE
    ),
)
