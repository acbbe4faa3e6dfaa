"""Which requests are meant: `match`, as it is written and as it is tested.

A rule, a filter and an expectation mean the same by it. The tests of a match are made once, when
the scenario is loaded, the cheap ones first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fnmatch import translate
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from emulator.core.exchange import Exchange
from emulator.faults.values import Strict, wrong
from emulator.scenario.expressions import ExpressionError, search

ANY = "any"
"""The provider that stands for all."""

Test = Callable[[Exchange], bool]

_DECIMAL = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_ABSENT: Any = object()


def _no_list(value: Any) -> Any:
    if isinstance(value, list):
        raise wrong("is a list; write {in: [...]} to match any of several")
    return value


def _no_constant(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        raise wrong("is not text or a number; headers and parameters are text")
    return value


def _compiles(pattern: str) -> str:
    try:
        search(pattern)
    except ExpressionError as error:
        raise wrong(str(error)) from error
    return pattern


def pointer(text: str) -> str:
    """Check that a text is a JSON pointer (RFC 6901)."""
    if text and (not text.startswith("/") or re.search("~(?![01])", text)):
        raise wrong(f"{text!r} is not a JSON pointer; write for example /amount/total")
    return text


Scalar = Annotated[
    Any,
    AfterValidator(_no_list),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
TextScalar = Annotated[
    Any,
    AfterValidator(_no_list),
    AfterValidator(_no_constant),
    WithJsonSchema({"type": ["string", "number"]}),
]


class Comparison(Strict):
    """What a value must be. All comparisons given must hold; nothing but `present` holds if absent.

    Attributes:
        eq: The same; a number is also the same as its decimal text.
        ne: Not the same.
        glob: Text like this, with `*`, `?` and `[...]`; the whole of it, capitals matter.
        regex: A regular expression that is found in the text, without look-around and
            backreferences (the syntax of Rust's `regex`); the first 64 KiB are searched.
        gt: Greater, compared as a number: `"10.00"` is ten.
        lt: Less, compared as a number.
        among: Written `in`; one of these.
        present: Whether it is there at all.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}
    nullable: ClassVar[frozenset[str]] = frozenset({"eq", "ne"})

    eq: Any = None
    ne: Any = None
    glob: str | None = None
    regex: Annotated[str, AfterValidator(_compiles)] | None = None
    gt: float | None = None
    lt: float | None = None
    among: Annotated[Annotated[list[Any], Field(min_length=1)] | None, Field(alias="in")] = None
    present: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("compares nothing")
        if self.present is False and len(self.model_fields_set) > 1:
            raise wrong("never holds: what is not present cannot be compared")
        return self


def _either(scalar: Any) -> Any:
    return Annotated[
        Annotated[scalar, Tag("<scalar>")] | Annotated[Comparison, Tag("<mapping>")],
        Discriminator(
            lambda value: "<mapping>" if isinstance(value, dict | Comparison) else "<scalar>"
        ),
    ]


if TYPE_CHECKING:
    Matcher = Any | Comparison
    TextMatcher = Any | Comparison
else:
    Matcher = _either(Scalar)
    TextMatcher = _either(TextScalar)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[list[Name], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<list>" if isinstance(value, list) else "<text>"),
]


class Match(Strict):
    """Which requests a rule is for.

    Attributes:
        provider: Its name, or `any`.
        endpoint: Name, glob such as `session.*`, path of no endpoint such as `/health`, or a
            list of them; all if left out.
        credential: Key of the credential that signed.
        method: HTTP method.
        header: By name; of a header given twice, one must match.
        query: By name, likewise.
        payload: By JSON pointer into the decrypted and verified message.
        verdict: What the provider makes of the request as it arrived.
        diagnosis: Code of the reason why it was refused, or a glob such as `bearer.*`.
    """

    provider: Name
    endpoint: Names | None = None
    credential: Name | None = None
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None = None
    header: Annotated[dict[Name, TextMatcher], Field(min_length=1)] | None = None
    query: Annotated[dict[str, TextMatcher], Field(min_length=1)] | None = None
    payload: (
        Annotated[dict[Annotated[str, AfterValidator(pointer)], Matcher], Field(min_length=1)]
        | None
    ) = None
    verdict: Literal["accepted", "rejected", "refused", "any"] = "accepted"
    diagnosis: Name | None = None

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if self.diagnosis is not None and self.verdict == "accepted" and self.wants_verdict:
            raise wrong("'diagnosis' never matches what is accepted; leave 'verdict' out")
        return self

    @property
    def wants_verdict(self) -> bool:
        """Whether it goes by the verdict: by its own, or by the default where no diagnosis does."""
        return self.diagnosis is None or "verdict" in self.model_fields_set

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoints named; empty for all."""
        if self.endpoint is None:
            return ()
        return (self.endpoint,) if isinstance(self.endpoint, str) else tuple(self.endpoint)


# Testing


def tests_by_part(match: Match) -> list[tuple[str, Test]]:
    """Make a named test of each part of `match`, the cheap ones first."""
    parts: list[tuple[str, Test]] = []
    if match.provider != ANY:
        parts.append(("provider", lambda exchange: exchange.provider == match.provider))
    if match.endpoints:
        endpoints = re.compile("|".join(map(translate, match.endpoints)), re.DOTALL)
        parts.append(("endpoint", lambda exchange: bool(endpoints.fullmatch(exchange.endpoint))))
    if not match.wants_verdict:
        pass
    elif match.verdict == "accepted":
        parts.append(("verdict", lambda exchange: exchange.verdict == "accepted"))
    elif match.verdict != "any":
        parts.append(("verdict", lambda exchange: exchange.verdict == "refused"))
    if match.diagnosis is not None:
        code = re.compile(translate(match.diagnosis), re.DOTALL)
        parts.append(
            (
                "diagnosis",
                lambda exchange: (
                    exchange.diagnosis is not None and bool(code.fullmatch(exchange.diagnosis.code))
                ),
            )
        )
    if match.method is not None:
        parts.append(("method", lambda exchange: exchange.request.method == match.method))
    if match.credential is not None:
        parts.append(("credential", lambda exchange: exchange.credential == match.credential))
    for name, matcher in (match.header or {}).items():
        parts.append((f"header {name}", partial(_any_header, name.lower(), _comparing(matcher))))
    for name, matcher in (match.query or {}).items():
        parts.append((f"query {name}", partial(_any_parameter, name, _comparing(matcher))))
    for pointer, matcher in (match.payload or {}).items():
        test = partial(_payload, _steps(pointer), _comparing(matcher))
        parts.append((f"payload {pointer}", test))
    return parts


Part = tuple[Literal["payload", "query", "header"], str]
"""A value of a request, by where it stands and its name there."""


def equalities(match: Match) -> dict[Part, list[Any]]:
    """Return the parts that must have one of a few values, with a key for each of these.

    A value that is the same as a wanted one has its key among `keys_at`. Not the reverse: a key
    only says which rules need not be tested.
    """
    members: list[tuple[Part, Any]] = [
        *((("payload", name), matcher) for name, matcher in (match.payload or {}).items()),
        *((("query", name), matcher) for name, matcher in (match.query or {}).items()),
        *((("header", name.lower()), matcher) for name, matcher in (match.header or {}).items()),
    ]
    found: dict[Part, list[Any]] = {}
    for part, matcher in members:
        wanted: list[Any] = [matcher]
        if isinstance(matcher, Comparison):
            wanted = [matcher.eq] if "eq" in matcher.model_fields_set else matcher.among or []
        keys = [_number(each) if type(each) in (int, float) else each for each in wanted]
        if keys and all(isinstance(key, str | bool | Decimal) for key in keys):
            found[part] = keys
    return found


def keys_at(part: Part, exchange: Exchange) -> set[Any]:
    """Return the keys of the values that an exchange has there; see `equalities`."""
    kind, name = part
    if kind == "payload":
        values = [at_pointer(name, exchange.payload, _ABSENT)]
    else:
        request = exchange.request
        pairs = request.query_pairs() if kind == "query" else request.headers
        values = [value for key, value in pairs if key == name]
    texts = {value for value in values if isinstance(value, str | bool)}
    return texts | {number for value in values if (number := _number(value)) is not None}


def _any_header(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.headers if key == name]
    return any(map(fits, values or [_ABSENT]))


def _any_parameter(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.query_pairs() if key == name]
    return any(map(fits, values or [_ABSENT]))


def _payload(steps: list[str], fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    return fits(_below(steps, exchange.payload, _ABSENT))


def at_pointer(pointer: str, value: Any, absent: Any) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to, or `absent`."""
    return _below(_steps(pointer), value, absent)


def comparing_at(pointer: str, matcher: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether what a pointer leads to is what the matcher wants."""
    steps, fits = _steps(pointer), _comparing(matcher)
    return lambda value: fits(_below(steps, value, _ABSENT))


def _steps(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _below(steps: list[str], value: Any, absent: Any) -> Any:
    for part in steps:
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(part, absent)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 10:
            items = cast("list[Any]", value)
            value = items[int(part)] if int(part) < len(items) else absent
        else:
            return absent
    return value


def _comparing(matcher: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether a value is what the matcher wants."""
    if not isinstance(matcher, Comparison):
        return lambda value: value is not _ABSENT and _same(value, matcher)
    given = matcher.model_fields_set
    tests: list[Callable[[Any], bool]] = []
    if "eq" in given:
        tests.append(lambda value: _same(value, matcher.eq))
    if "ne" in given:
        tests.append(lambda value: not _same(value, matcher.ne))
    if matcher.glob is not None:
        form = re.compile(translate(matcher.glob))
        tests.append(partial(_like, lambda text: form.match(text) is not None))
    if matcher.regex is not None:
        tests.append(partial(_like, search(matcher.regex)))
    if matcher.gt is not None:
        least = Decimal(repr(matcher.gt))
        tests.append(lambda value: (number := _number(value)) is not None and number > least)
    if matcher.lt is not None:
        most = Decimal(repr(matcher.lt))
        tests.append(lambda value: (number := _number(value)) is not None and number < most)
    if matcher.among is not None:
        choices = matcher.among
        tests.append(lambda value: any(_same(value, choice) for choice in choices))
    if matcher.present is False:
        return lambda value: value is _ABSENT
    return lambda value: value is not _ABSENT and all(test(value) for test in tests)


def _same(value: Any, wanted: Any) -> bool:
    """Compare plain data; a wanted number is also the same as its decimal text."""
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None:
        return value is wanted
    if isinstance(wanted, int | float):
        number = _number(value)
        return number is not None and number == Decimal(repr(wanted))
    return bool(value == wanted)


def _number(value: Any) -> Decimal | None:
    """Return the number that a value is or spells, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def _like(is_found: Callable[[str], bool], value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return isinstance(value, str) and is_found(value)
