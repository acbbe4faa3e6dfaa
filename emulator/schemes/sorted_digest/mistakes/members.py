"""What clients make of single values and names before they sign them.

A value is signed as the text that the body has for it. A client that signs before it writes the
JSON, or after it has read it, signs another text: a number in its language's form, a trimmed
string, a member under its name in the program. Or it signs a member that it does not send, or
sends one that it has not signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.core.messages import Message
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
from emulator.schemes.sorted_digest.mistakes.names import all_names
from emulator.schemes.sorted_digest.mistakes.one_member import alone
from emulator.schemes.sorted_digest.mistakes.pairs import (
    Pairs,
    Row,
    differences,
    with_difference,
    without,
)
from emulator.schemes.sorted_digest.mistakes.values import (
    JSON,
    URL,
    URL_ENCODERS,
    VALUES,
    Change,
    escaped,
    quoted,
)

MOST_TRIED_ALONE = 64
"""Members up to which each is changed alone: that work grows with their square."""


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
        *all_names(),
        *_added(app_id),
        *_only_some(params),
    )
    for done, change, cost in rows:
        yield Step(partial(with_difference, done, right, params, change), change, cost)
    if len(right) <= MOST_TRIED_ALONE:
        yield from alone(right, params)


def _fixed(pairs: Pairs, _: Pairs) -> Pairs:
    return pairs


def habit(dialect: Dialect, params: Mapping[str, Value]) -> str:
    """Say what a sample of the documentation does to these parameters."""
    signed = dict(dialect.pairs(params))
    right = {name: text for name, value in params.items() if (text := text_of(value))}
    changes = differences(right, signed, params)
    others = [f"so does {name}" for name in dialect.alike(params)]
    detail = "; ".join([*changes[:3], *others])
    return f"{dialect.name}: {dialect.habit}" + (f": {detail}" if detail else "")


def blanks(params: Mapping[str, Value], right: Pairs) -> Iterator[Step[Pairs, Pairs]]:
    """Yield what is signed for members without a value."""
    if len(right) == len(params):
        return
    done = Message(
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
                partial(with_difference, done, right, params, change),
                change,
                LIKELY if null in ("", "null", None) else UNUSUAL,
            )


def _printed(params: Mapping[str, Value]) -> Iterator[Row]:
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
            Message(
                "All values were signed as {language} prints them; leave out what has no "
                "value, and sign the text that the JSON has"
            ).with_(language=language),
            partial(_fixed, pairs),
            LIKELY,
        )


def _all_numbers(params: Mapping[str, Value]) -> Iterator[Row]:
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
                Message(
                    "Numbers were signed in another form than they were sent; sign the text that "
                    "the JSON has"
                ),
                partial(_rewritten, write, frozenset(names)),
                LIKELY if write in LIKELY_FORMATS else UNUSUAL,
            )


def _rewritten(write: Change, names: frozenset[str] | None, pairs: Pairs) -> Pairs:
    return tuple((n, write(text) if names is None or n in names else text) for n, text in pairs)


def _encoded(write: Change, pairs: Pairs) -> Pairs:
    return tuple((write(name), write(text)) for name, text in pairs)


def _all_values(params: Mapping[str, Value]) -> Iterator[Row]:
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
        yield JSON, partial(_rewritten, partial(quoted, sign), texts), cost
    for slashes in (False, True):
        escape = partial(escaped, ascii_only=True, slashes=slashes)
        yield (
            JSON,
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


def _booleans(true: str, false: str, names: frozenset[str], pairs: Pairs) -> Pairs:
    spelled = {"true": true, "false": false}
    return tuple((n, spelled.get(text, text) if n in names else text) for n, text in pairs)


def _added(app_id: str) -> Iterator[Row]:
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
                Message("The app id was signed too; sign the body's members only"),
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
            Message(
                "A member was signed that the body does not have; sign the body's members only"
            ),
            partial(_with, name, text),
            RARE,
        )


def _with(name: str, text: str, pairs: Pairs) -> Pairs:
    return (*(pair for pair in pairs if pair[0] != name), (name, text))


def _only_some(params: Mapping[str, Value]) -> Iterator[Row]:
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
                Message(
                    "Members of a kind were passed over: {done}; sign every member that has a value"
                ).with_(done=done),
                partial(without, names),
                UNUSUAL,
            )
    yield (
        Message("Zeros were taken for no value; sign every member that has a value"),
        lambda pairs: tuple(pair for pair in pairs if pair[1].strip("0.")),
        LIKELY,
    )
    yield (
        Message("Blanks alone were taken for no value; sign every member that has a value"),
        lambda pairs: tuple(pair for pair in pairs if pair[1].strip()),
        UNUSUAL,
    )
