"""What clients make of single values and names before they sign them.

A value is signed as the text that the body has for it. A client that signs before it writes the
JSON, or after it has read it, signs another text: a number in its language's form, a trimmed
string, a member under its name in the program. Or it signs a member that it does not send, or
sends one that it has not signed.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations
from typing import TypeAlias
from urllib.parse import quote, quote_plus

from emulator.core.errors import shorten
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL, Step
from emulator.schemes.sorted_digest.make import Number, Value, text_of
from emulator.schemes.sorted_digest.mistakes.dialects import (
    DIALECTS,
    FORMATS,
    LIKELY_FORMATS,
    NUMERIC,
    PRINTED,
    Dialect,
)

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and texts, in body order."""

MOST_TRIED_ALONE = 64
"""Members up to which each is changed alone: that work grows with their square."""

MOST_LEFT_OUT = 16
"""Members up to which two at once are left out."""

_Change = Callable[[str], str]

_Row = tuple[str, Callable[[Pairs], Pairs], int]
"""What was done, how, and what it costs."""


def steps(params: Mapping[str, Value], right: Pairs, app_id: str) -> Iterator[Step[Pairs, Pairs]]:
    """Yield what a client can do to the members.

    Args:
        params: As the body has them.
        right: What is to be signed, in body order.
        app_id: Some clients sign it as a member.
    """
    for dialect in DIALECTS:
        pairs = dialect.pairs(params)
        if pairs != right:
            yield Step(partial(habit, dialect, params), partial(_fixed, pairs))
    rows = (
        *_printed(params),
        *_all_numbers(params),
        *_all_values(params),
        *_all_names(),
        *_added(app_id),
        *_only_some(params),
    )
    for done, change, cost in rows:
        yield Step(partial(_with_difference, done, right, params, change), change, cost)
    if len(right) <= MOST_TRIED_ALONE:
        yield from _alone(right, params)


def _fixed(pairs: Pairs, _: Pairs) -> Pairs:
    return pairs


# --- what is said ----------------------------------------------------------------------------


def habit(dialect: Dialect, params: Mapping[str, Value]) -> str:
    """Say what a sample of the documentation does to these parameters."""
    signed = dict(dialect.pairs(params))
    right = {name: text for name, value in params.items() if (text := text_of(value))}
    changes = _differences(right, signed, params)
    others = [f"so does {name}" for name in dialect.alike(params)]
    detail = "; ".join([*changes[:3], *others])
    return f"{dialect.name}: {dialect.habit}" + (f": {detail}" if detail else "")


def _with_difference(
    done: str, right: Pairs, params: Mapping[str, Value], change: Callable[[Pairs], Pairs]
) -> str:
    changes = _differences(dict(right), dict(change(right)), params)
    return f"{done}: {'; '.join(changes[:3])}" if changes else done


def _differences(
    right: Mapping[str, str], signed: Mapping[str, str], params: Mapping[str, Value]
) -> list[str]:
    changes = [
        f"`{name}` signed as `{shorten(text, 80)}`, the body says `{_sent(name, right, params)}`"
        for name, text in signed.items()
        if name in right and right[name] != text
    ]
    changes += [
        f"`{name}` signed as `{shorten(text, 80)}`, which the body does not have"
        if name not in params
        else f"`{name}` signed as `{shorten(text, 80)}`, the body says "
        f"`{_sent(name, right, params)}`"
        for name, text in signed.items()
        if name not in right
    ]
    changes += [
        f"`{name}` left out, the body says `{_sent(name, right, params)}`"
        for name in right
        if name not in signed
    ]
    return changes


def _sent(name: str, right: Mapping[str, str], params: Mapping[str, Value]) -> str:
    return shorten(right.get(name) or json.dumps(params.get(name)), 80)


# --- all members -----------------------------------------------------------------------------


def blanks(params: Mapping[str, Value], right: Pairs) -> Iterator[Step[Pairs, Pairs]]:
    """Yield what is signed for members without a value."""
    if len(right) == len(params):
        return
    done = (
        "Members without a value were signed, as phone=& or with the word null, None or "
        "undefined; leave them out"
    )
    for null in ("", "null", "None", "undefined", "nil", "NULL", "<nil>", None):
        for keep_empty in (True, False):
            pairs = tuple(
                (name, null or "" if value is None else text_of(value))
                for name, value in params.items()
                if (null is not None if value is None else value != "" or keep_empty)
            )
            change = partial(_fixed, pairs)
            yield Step(
                partial(_with_difference, done, right, params, change),
                change,
                LIKELY if null in ("", "null", None) else UNUSUAL,
            )


def _printed(params: Mapping[str, Value]) -> Iterator[_Row]:
    """Yield what languages print for every value, also for null and the empty text."""
    for language, number, true, false, null in PRINTED:
        spelled = {True: true, False: false}
        pairs = tuple(
            (
                name,
                null
                if value is None
                else spelled[value]
                if isinstance(value, bool)
                else number(value)
                if isinstance(value, Number)
                else value,
            )
            for name, value in params.items()
        )
        yield (
            f"All values were signed as {language} prints them; leave out what has no value, and "
            "sign the text that the JSON has",
            partial(_fixed, pairs),
            LIKELY,
        )


def _all_numbers(params: Mapping[str, Value]) -> Iterator[_Row]:
    """Yield other forms of numbers: of those with a fraction, of all, of texts that hold one."""
    numbers = {name for name, value in params.items() if isinstance(value, Number)}
    groups = (
        {name for name in numbers if "." in text_of(params[name])},
        numbers,
        {
            name
            for name, value in params.items()
            if isinstance(value, str) and name not in numbers and NUMERIC.fullmatch(value)
        },
    )
    for names in groups:
        for write in FORMATS if names else ():
            yield (
                "Numbers were signed in another form than they were sent; sign the text that the "
                "JSON has",
                partial(_rewritten, write, frozenset(names)),
                LIKELY if write in LIKELY_FORMATS else UNUSUAL,
            )


def _rewritten(write: _Change, names: frozenset[str] | None, pairs: Pairs) -> Pairs:
    return tuple((n, write(text) if names is None or n in names else text) for n, text in pairs)


def _escaped(text: str, *, ascii_only: bool = False, slashes: bool = False) -> str:
    inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    return inner.replace("/", "\\/") if slashes else inner


def _plain_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _url(**how: str) -> _Change:
    return partial(quote, errors="surrogatepass", **how)


def _url_plus(**how: str) -> _Change:
    return partial(quote_plus, errors="surrogatepass", **how)


URL = "Values were URL-encoded, as by http_build_query or urlencode; sign them as they are"
_JSON = (
    r"Values were signed with their JSON quotes or escapes, such as \u00e7 or \/; sign the text "
    "that they stand for"
)
_SAME = "sign and send the same text"
TRIMMED = f"All values were trimmed before signing; {_SAME}"

VALUES: tuple[tuple[str, _Change, int], ...] = (
    (TRIMMED, str.strip, LIKELY),
    (_JSON, partial(_escaped, ascii_only=True), LIKELY),
    (_JSON, partial(_escaped, slashes=True), LIKELY),
    (_JSON, partial(_escaped, ascii_only=True, slashes=True), LIKELY),
    (_JSON, _escaped, UNUSUAL),
    (f"All values were signed in lower case; {_SAME}", str.lower, LIKELY),
    (f"All values were signed in upper case; {_SAME}", str.upper, LIKELY),
    (f"Values were HTML-escaped; {_SAME}", html.escape, UNUSUAL),
    (
        f"Values were HTML-escaped; {_SAME}",
        lambda t: t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        UNUSUAL,
    ),
    (
        f"Values were escaped by addslashes; {_SAME}",
        lambda t: re.sub(r"([\\'\"])", r"\\\1", t),
        RARE,
    ),
    (f"Accents were taken off the letters; {_SAME}", _plain_letters, UNUSUAL),
    (f"Blanks in a row were joined to one; {_SAME}", lambda t: " ".join(t.split()), UNUSUAL),
    (f"Blanks were taken out of the values; {_SAME}", lambda t: "".join(t.split()), UNUSUAL),
    (
        f"Line ends in the values were changed; {_SAME}",
        lambda t: t.replace("\r\n", "\n"),
        UNUSUAL,
    ),
    (f"Line ends in the values were changed; {_SAME}", lambda t: t.replace("\n", "\r\n"), UNUSUAL),
    (
        f"Everything but letters and digits was taken out of the values; {_SAME}",
        lambda t: re.sub(r"[^\w]", "", t),
        RARE,
    ),
)
"""What was done to every value, and how."""


URL_ENCODERS: tuple[tuple[_Change, int], ...] = (
    (_url_plus(), LIKELY),
    (_url(safe=""), LIKELY),
    (_url(), LIKELY),
    (_url(safe="!'()*-._~"), UNUSUAL),
    (_url(safe=":/?&=#+,;@%!'()*-._~$"), UNUSUAL),
    (_url_plus(safe="*"), UNUSUAL),
)
"""As `urlencode`, `rawurlencode`, `quote`, `encodeURIComponent`, `encodeURI` and a form do it."""


def _encoded(write: _Change, pairs: Pairs) -> Pairs:
    return tuple((write(name), write(text)) for name, text in pairs)


def _all_values(params: Mapping[str, Value]) -> Iterator[_Row]:
    for write, cost in URL_ENCODERS:
        yield URL, partial(_rewritten, write, None), cost
        if any(write(name) != name for name in params):
            yield URL, partial(_encoded, write), cost
    for done, write, cost in VALUES:
        yield done, partial(_rewritten, write, None), cost
    texts = frozenset(
        name
        for name, value in params.items()
        if isinstance(value, str) and not isinstance(value, Number)
    )
    for sign, cost in (('"', LIKELY), ("'", UNUSUAL)):
        yield _JSON, partial(_rewritten, partial(_quoted, sign), texts), cost
    for slashes in (False, True):
        escape = partial(_escaped, ascii_only=True, slashes=slashes)
        yield (
            _JSON,
            partial(_rewritten, lambda t, e=escape: f'"{e(t)}"', texts),
            UNUSUAL,
        )
    booleans = frozenset(name for name, value in params.items() if isinstance(value, bool))
    for true, false in (("1", "0"), ("True", "False"), ("TRUE", "FALSE"), ("1", ""), ("yes", "no")):
        if booleans:
            yield (
                "true and false were signed by other words; sign them as the JSON has them",
                partial(_booleans, true, false, booleans),
                LIKELY,
            )


def _quoted(sign: str, text: str) -> str:
    return f"{sign}{text}{sign}"


def _booleans(true: str, false: str, names: frozenset[str], pairs: Pairs) -> Pairs:
    spelled = {"true": true, "false": false}
    return tuple((n, spelled.get(text, text) if n in names else text) for n, text in pairs)


def _camel(name: str) -> str:
    return re.sub(r"[_-](\w)", lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _kebab(name: str) -> str:
    return _snake(name).replace("_", "-")


def _pascal(name: str) -> str:
    camel = _camel(name)
    return camel[:1].upper() + camel[1:]


NAMES: tuple[tuple[str, _Change, int], ...] = (
    ("in camelCase", _camel, LIKELY),
    ("in snake_case", _snake, LIKELY),
    ("in lower case", str.lower, LIKELY),
    ("in upper case", str.upper, UNUSUAL),
    ("in PascalCase", _pascal, UNUSUAL),
    ("in kebab-case", _kebab, UNUSUAL),
    ("without underscores", lambda name: name.replace("_", ""), UNUSUAL),
    ("in quotes", '"{}"'.format, UNUSUAL),
    ("URL-encoded", _url(safe=""), RARE),
)
"""How names are spelled in programs."""


def _all_names() -> Iterator[_Row]:
    for spelled, respell, cost in NAMES:
        yield (
            f"The names were signed {spelled}; sign the names that the JSON has",
            partial(_renamed, respell, None),
            cost,
        )


def _renamed(respell: _Change, only: str | None, pairs: Pairs) -> Pairs:
    return tuple((respell(n) if only is None or n == only else n, text) for n, text in pairs)


def _added(app_id: str) -> Iterator[_Row]:
    """Yield members that are signed and not in the body."""
    if app_id:
        for name in (
            "AppId",
            "appId",
            "app_id",
            "appid",
            "MerchantId",
            "merchantId",
            "merchant_id",
        ):
            yield (
                "The app id was signed too; sign the body's members only",
                partial(_with, name, app_id),
                LIKELY,
            )
    for name, text in (
        ("sign_type", "SHA256"),
        ("signType", "SHA256"),
        ("sign_type", "SHA-256"),
        ("charset", "UTF-8"),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("version", "2.0"),
        ("format", "json"),
        ("method", "POST"),
        ("Content-Type", "application/json"),
        ("content_type", "application/json"),
    ):
        yield (
            "A member was signed that the body does not have; sign the body's members only",
            partial(_with, name, text),
            RARE,
        )


def _with(name: str, text: str, pairs: Pairs) -> Pairs:
    return (*(pair for pair in pairs if pair[0] != name), (name, text))


def _only_some(params: Mapping[str, Value]) -> Iterator[_Row]:
    """Yield loops that pass over members of a kind, or over the first or last."""
    numbers = frozenset(name for name, value in params.items() if isinstance(value, Number))
    booleans = frozenset(name for name, value in params.items() if isinstance(value, bool))
    for done, names in (
        ("numbers were left out", numbers),
        ("booleans were left out", booleans),
        ("numbers and booleans were left out", numbers | booleans),
    ):
        if names:
            yield (
                f"Members of a kind were passed over: {done}; sign every member that has a value",
                partial(_without, names),
                UNUSUAL,
            )
    yield (
        "Zeros were taken for no value; sign every member that has a value",
        lambda pairs: tuple(pair for pair in pairs if pair[1].strip("0.")),
        LIKELY,
    )
    yield (
        "Blanks alone were taken for no value; sign every member that has a value",
        lambda pairs: tuple(pair for pair in pairs if pair[1].strip()),
        UNUSUAL,
    )


def _without(names: frozenset[str], pairs: Pairs) -> Pairs:
    return tuple(pair for pair in pairs if pair[0] not in names)


# --- one member alone ------------------------------------------------------------------------


def _alone(right: Pairs, params: Mapping[str, Value]) -> Iterator[Step[Pairs, Pairs]]:
    """Change, rename or leave out one member; leave out two."""

    def step(done: str, change: Callable[[Pairs], Pairs], cost: int) -> Step[Pairs, Pairs]:
        return Step(partial(_with_difference, done, right, params, change), change, cost)

    few = len(right) <= MOST_LEFT_OUT
    for name, text in right:
        left_out = (
            "The timestamp was left out; it is a parameter and is signed"
            if name == "timestamp"
            else "A signature without one member matches; sign every member that has a value"
        )
        yield step(left_out, partial(_without, frozenset((name,))), LIKELY if few else UNUSUAL)
        for done, other, cost in _other_texts(text):
            if other != text:
                yield step(done, partial(_replaced, name, other), cost)
        for spelled, respell, cost in NAMES:
            if respell(name) != name:
                yield step(
                    f"One name was signed {spelled}; sign the name that the JSON has",
                    partial(_renamed, respell, name),
                    max(cost, UNUSUAL),
                )
    if few:
        for names in combinations([name for name, _ in right], 2):
            yield step(
                "A signature without two members matches; sign every member that has a value",
                partial(_without, frozenset(names)),
                RARE,
            )


def _replaced(name: str, text: str, pairs: Pairs) -> Pairs:
    return tuple((n, text if n == name else t) for n, t in pairs)


def _other_texts(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield what one value can have been when it was signed."""
    trimmed = f"A signature with one value trimmed matches; {_SAME}"
    yield trimmed, text.strip(), LIKELY
    yield trimmed, " ".join(text.split()), UNUSUAL
    case = f"A signature with one value in another letter case matches; {_SAME}"
    for change in (str.lower, str.upper, str.title):
        yield case, change(text), UNUSUAL
    if NUMERIC.fullmatch(text):
        number = f"A signature with one number in another form matches; {_SAME}"
        for write in FORMATS:
            yield number, write(text), LIKELY if write in LIKELY_FORMATS else UNUSUAL
        yield from _other_times(text)
    other = f"A signature with one value written otherwise matches; {_SAME}"
    for change in _RESPELLINGS:
        yield other, change(text), UNUSUAL
    for sign in "\"'":
        yield (
            f"A signature with one value in quotes matches; {_SAME}",
            _quoted(sign, text),
            UNUSUAL,
        )


_RESPELLINGS: tuple[_Change, ...] = (
    _plain_letters,
    _url(safe=""),
    _url_plus(),
    html.escape,
    partial(_escaped, ascii_only=True),
    partial(_escaped, slashes=True),
    lambda t: re.sub(r"\D", "", t),
    lambda t: re.sub(r"[\s.\-/()]", "", t),
    lambda t: t.lstrip("0"),
    lambda t: t.lstrip("+"),
    lambda t: t.rstrip("/"),
    lambda t: t + "/",
    lambda t: t.replace("http://", "https://"),
    lambda t: t.replace("https://", "http://"),
)


def _other_times(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the same moment in another unit, and moments near it."""
    unit = f"A time was signed in another unit than it was sent in; {_SAME}"
    if re.fullmatch(r"\d{10}", text):
        yield unit, f"{text}000", LIKELY
    if re.fullmatch(r"\d{13}", text):
        for moved in (0, -1, 1):
            yield unit, str(int(text) // 1000 + moved), UNUSUAL if moved else LIKELY
    if re.fullmatch(r"\d{10}(\d{3})?", text):
        for delta in (1, 2, 3, 4, 5):
            for moved in (-delta, delta):
                yield _TWICE, str(int(text) + moved), LIKELY if delta < 3 else UNUSUAL


_NEAR = range(-1_000, 2_000)
"""Milliseconds around a second, in which a time can have been taken once more."""

_MOST_MILLISECONDS = 250
"""Between taking a time in milliseconds once and once more."""


def time_of(pairs: Pairs) -> str:
    """Return the name of the member that holds the time of the request, in Unix time."""
    texts = dict(pairs)
    return next(
        (name for name in ("timestamp", *texts) if _EPOCH.fullmatch(texts.get(name, ""))), ""
    )


def moments(sent: str) -> Iterator[tuple[str, int]]:
    """Yield what is said of another moment near the one sent, to the millisecond, and it."""
    if len(sent) == _SECONDS:
        unit = f"`{{name}}` was signed with milliseconds ({{time}}) and sent in seconds; {_SAME}"
        for millis in _NEAR:
            yield unit, int(sent) * 1000 + millis
    else:
        twice = f"{_TWICE} (`{{name}}` was signed as {{time}})"
        for millis in range(1, _MOST_MILLISECONDS):
            yield twice, int(sent) + millis
            yield twice, int(sent) - millis


_EPOCH = re.compile(r"\d{10}(\d{3})?", re.ASCII)
_SECONDS = 10
_TWICE = "The time was taken twice, once to sign and once to send; take it once"
