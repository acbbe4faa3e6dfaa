"""What clients make of parameters before the key comes in: the text of a sorted digest.

    values → order → joined → as a whole → bytes

Each arrow is a step that can be done otherwise; other languages' notation of the whole is
beside them. Every step says what it does on these very parameters: which member it leaves out,
and what it signs where the body says something else.
"""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlencode

from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Budget,
    Step,
    Steps,
    Ways,
    by_cost,
    only,
    table,
)
from emulator.schemes.sorted_digest.make import Value, text_of
from emulator.schemes.sorted_digest.mistakes import documents, members, queries
from emulator.schemes.sorted_digest.mistakes.dialects import DIALECTS, php_order
from emulator.schemes.sorted_digest.mistakes.members import URL_ENCODERS, Pairs

_V = TypeVar("_V")


class Text(NamedTuple):
    """What is hashed, without the key.

    Attributes:
        data: The bytes.
        codec: How the key is encoded, where that is not UTF-8.
        complete: Whether the key is in it already.
    """

    data: bytes
    codec: str = ""
    complete: bool = False


@dataclass(frozen=True)
class Parameters:
    """What a request says, as far as it can have been signed.

    Attributes:
        body: As received.
        params: Its members.
        app_id: Who signs.
        path: Where it was sent.
        key: The right key; some clients make a parameter of it.
    """

    body: bytes
    params: Mapping[str, Value]
    app_id: str = ""
    path: str = ""
    key: str = field(default="", repr=False)

    @cached_property
    def pairs(self) -> Pairs:
        """Members that have a value, as text, in body order."""
        return tuple(
            (name, text) for name, value in self.params.items() if (text := text_of(value))
        )

    @cached_property
    def valued(self) -> Mapping[str, Value]:
        """Members that have a value."""
        return {name: self.params[name] for name, _ in self.pairs}

    @cached_property
    def canonical(self) -> str:
        """The text that is to be signed."""
        return joined(ordered(self.pairs))

    @property
    def price(self) -> int:
        """What making one text costs, in units of a budget."""
        return 1 + len(self.pairs) // 12 + len(self.body) // 1500

    def ways(self, budget: Budget) -> Ways[Text]:
        """Return the texts that a client may have signed."""
        price = self.price
        blanks = by_cost(members.blanks(self.params, self.pairs))
        values = by_cost(members.steps(self.params, self.pairs, self.app_id))
        wholes = by_cost([*WHOLES, *self._with_surroundings()])
        return (
            only(self.pairs)
            .then(_same_pairs, lambda _: blanks, budget, price)
            .then(_same_pairs, lambda _: values, budget, price)
            .then(ordered, table(*ORDERS), budget, price)
            .then(joined, table(*JOINS), budget, price)
            .or_else(self._as_a_whole, budget, price)
            .then(_same_text, lambda _: wholes, budget, price)
            .then(_utf8, table(*ENCODINGS), budget, price)
            .or_else(self._finished, budget, price)
        )

    def at_other_times(self) -> Iterator[tuple[str, bytes]]:
        """Yield what is said of a text with another moment, and the text; there are thousands."""
        name = members.time_of(self.pairs)
        if not name:
            return
        lines = self.canonical.split("&")
        at = next(place for place, line in enumerate(lines) if line.startswith(f"{name}="))
        before = utf8("&".join([*lines[:at], f"{name}="]))
        after = utf8("&".join(["", *lines[at + 1 :]]))
        for done, other in members.moments(dict(self.pairs)[name]):
            yield done.format(name=name, time=other), b"%b%d%b" % (before, other, after)

    def _with_surroundings(self) -> Iterator[Step[str, str]]:
        if self.app_id:
            for done, form in (
                ("before", "{app}{text}"),
                ("after", "{text}{app}"),
                ("after", "{text}&{app}"),
                ("before", "{app}&{text}"),
            ):
                yield Step(
                    f"The app id was signed too, {done} the parameters; sign the body's members "
                    "only",
                    partial(_filled, form, {"app": self.app_id}),
                    UNUSUAL,
                )
        if self.path:
            for form in (
                "{path}{text}",
                "{path}?{text}",
                "POST{path}{text}",
                "POST&{path}&{text}",
                "{path}&{text}",
                "POST\n{path}\n{text}",
                "{text}{path}",
            ):
                yield Step(
                    "The path or method was signed too; sign the body's members only",
                    partial(_filled, form, {"path": self.path}),
                    UNUSUAL,
                )

    def _as_a_whole(self) -> Steps[None, str]:
        """Return the notations of the whole, and the samples that end otherwise."""

        def steps() -> Iterator[Step[None, str]]:
            yield Step(
                "The parameters were empty when they were signed: only the key was hashed; fill "
                "them in before",
                lambda _: "",
            )
            for dialect in DIALECTS:
                signed = dialect.canonical(self.params)
                if signed not in (self.canonical, self.canonical.rstrip("&")):
                    habit = partial(members.habit, dialect, self.params)
                    yield Step(habit, partial(_constant, signed))
            if len(self.params) <= members.MOST_TRIED_ALONE:  # each is written out at once
                yield from queries.steps(self.params, self.canonical)
            for params in (self.params, self.valued):
                for name, write, cost in documents.NOTATIONS:
                    yield Step(
                        f"{name} was signed; sign the sorted members as k=v&k=v",
                        partial(_of_params, write, params),
                        cost,
                    )

        return by_cost(steps())

    def _finished(self) -> Steps[None, Text]:
        """Return texts that no further step changes."""

        def steps() -> Iterator[Step[None, Text]]:
            body = "The JSON body was signed; sign the sorted members as k=v&k=v"
            yield Step(body, lambda _: Text(self.body))
            for params in (self.params, self.valued):
                for position, document in enumerate(documents.json_forms(params)):
                    cost = LIKELY if position % 16 < 8 else UNUSUAL  # in lines
                    yield Step(body, partial(_constant, Text(document)), cost)
            if not self.key:
                return
            for name, cost in _KEY_NAMES.items():
                pairs = (*self.pairs, (name, self.key))
                for done, form in (
                    ("", joined(ordered(pairs))),
                    ("", f"{self.canonical}&{name}={self.key}"),
                    (", and nothing was sorted", joined(pairs)),
                    (", and all was URL-encoded", urlencode(ordered(pairs))),
                    (", and all was URL-encoded and not sorted", urlencode(pairs)),
                ):
                    yield Step(
                        f"The key was signed as a parameter, {name}=…{done}; sort the members, "
                        "write them as they are, and append the key after the last value, with "
                        "nothing between",
                        partial(_constant, Text(utf8(form), complete=True)),
                        cost,
                    )

        return by_cost(steps())


_KEY_NAMES = dict.fromkeys(("key", "app_key", "appKey", "secret"), LIKELY) | dict.fromkeys(
    ("app_secret", "secretKey", "secret_key", "merchantKey", "security_key", "sign", "api_key"),
    UNUSUAL,
)


def _constant(value: _V, _: None) -> _V:
    return value


def _of_params(
    write: Callable[[Mapping[str, Value]], str], params: Mapping[str, Value], _: None
) -> str:
    return write(params)


def _filled(form: str, known: Mapping[str, str], text: str) -> str:
    return form.format(text=text, **known)


# --- order -----------------------------------------------------------------------------------


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
    return Step(f"The members were {done}; sort the names by their bytes", change, cost)


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


# --- joining ---------------------------------------------------------------------------------


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
        _join("The values alone were joined, without names", _values(joiner), cost)
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
            f"Name and value were joined by {equals!r}, the pairs by {joiner!r}",
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
    Step("An & was left behind the last value; take it away", _around("", "&")),
    Step("An & was put before the first name; take it away", _around("&", "")),
    Step("A ? was put before the first name; take it away", _around("?", ""), UNUSUAL),
    Step("Quotes were put around the values; sign the values alone", _quoting('"'), UNUSUAL),
    Step("Quotes were put around the values; sign the values alone", _quoting("'"), UNUSUAL),
    _join(
        "The names alone were joined, without values", lambda p: "&".join([n for n, _ in p]), RARE
    ),
)


# --- the whole text --------------------------------------------------------------------------

_AS_IT_IS = "sign the text as it is"


def _percent(**how: str) -> Callable[[str], str]:
    return partial(quote, errors="surrogatepass", **how)


def _plus(**how: str) -> Callable[[str], str]:
    return partial(quote_plus, errors="surrogatepass", **how)


_DONE: tuple[tuple[str, Callable[[str], str], int], ...] = (
    ("URL-encoded", _percent(safe=""), LIKELY),
    ("URL-encoded", _percent(), UNUSUAL),
    ("URL-encoded, but for = and &", _percent(safe="=&"), LIKELY),
    ("URL-encoded, a space being +", _plus(), LIKELY),
    ("URL-encoded as by encodeURI", _percent(safe=":/?&=#+,;@%!'()*-._~$"), UNUSUAL),
    ("URL-decoded", unquote, UNUSUAL),
    ("URL-decoded, a + being a space", unquote_plus, UNUSUAL),
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
        "The & at the end of the last value was lost, as by Go's TrimRight and Python's rstrip; "
        "remove only the one that joins",
        lambda text: text.rstrip("&"),
    ),
    Step(
        "The last character was cut off although no & followed it; cut off only the joining &",
        lambda text: text[:-1],
        UNUSUAL,
    ),
    Step(
        "The first character was cut off although no & came before it; cut off only the joining &",
        lambda text: text[1:],
        RARE,
    ),
    *(
        Step(f"The whole text was {done}; {_AS_IT_IS}", change, cost)
        for done, change, cost in _DONE
    ),
)


# --- bytes -----------------------------------------------------------------------------------


def _utf8(text: str) -> Text:
    return Text(utf8(text))


def _same_text(text: str) -> str:
    return text


def _same_pairs(pairs: Pairs) -> Pairs:
    return pairs


def _coded(codec: str, errors: str, text: str) -> Text:
    return Text(text.encode(codec, errors))


def _wide(codec: str, text: str) -> Text:
    return Text(text.encode(codec, "surrogatepass"), codec)


def _twice(codec: str, text: str) -> Text:
    return Text(utf8(utf8(text).decode(codec)))


def _normal(form: Literal["NFC", "NFD", "NFKC"], text: str) -> Text:
    return Text(utf8(unicodedata.normalize(form, text)))


_CODED: tuple[tuple[str, Callable[[str], Text], int], ...] = (
    ("in Latin-1", partial(_coded, "latin-1", "replace"), LIKELY),
    ("in Windows-1252", partial(_coded, "cp1252", "replace"), UNUSUAL),
    ("in ASCII, ? for every other character", partial(_coded, "ascii", "replace"), LIKELY),
    ("in ASCII, without every other character", partial(_coded, "ascii", "ignore"), UNUSUAL),
    ("with XML references", partial(_coded, "ascii", "xmlcharrefreplace"), UNUSUAL),
    ("with escapes", partial(_coded, "ascii", "backslashreplace"), UNUSUAL),
    ("in UTF-16 (little-endian)", partial(_wide, "utf-16-le"), LIKELY),
    ("in UTF-16 (big-endian)", partial(_wide, "utf-16-be"), UNUSUAL),
    ("in UTF-32", partial(_wide, "utf-32-le"), RARE),
    ("after a byte order mark", lambda text: Text(b"\xef\xbb\xbf" + utf8(text)), UNUSUAL),
    (
        "in UTF-8 made of its UTF-8",
        partial(_twice, "latin-1"),
        LIKELY,
    ),
    (
        "in UTF-8 made of its UTF-8 by Windows-1252",
        partial(_twice, "cp1252"),
        UNUSUAL,
    ),
    ("in Unicode form NFC", partial(_normal, "NFC"), UNUSUAL),
    ("in Unicode form NFD", partial(_normal, "NFD"), UNUSUAL),
    ("in Unicode form NFKC", partial(_normal, "NFKC"), RARE),
)

ENCODINGS: tuple[Step[str, Text], ...] = tuple(
    Step(f"The text was hashed {done}; hash its UTF-8", change, cost)
    for done, change, cost in _CODED
)
