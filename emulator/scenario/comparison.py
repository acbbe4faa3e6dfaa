"""What a value must be, as it is written and as it is tested; and where the value stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fnmatch import translate
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, cast

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from emulator.faults.values import Strict, wrong
from emulator.scenario.expressions import ExpressionError, search

_DECIMAL = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
ABSENT: Any = object()
"""Stands for a value that is not there."""


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


def at_pointer(pointer: str, value: Any, absent: Any) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to, or `absent`."""
    return below(steps_of(pointer), value, absent)


def comparing_at(pointer: str, matcher: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether what a pointer leads to is what the matcher wants."""
    steps, fits = steps_of(pointer), comparing(matcher)
    return lambda value: fits(below(steps, value, ABSENT))


def steps_of(pointer: str) -> list[str]:
    """Return the parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def below(steps: list[str], value: Any, absent: Any) -> Any:
    """Return what the parts of a JSON pointer lead to, or `absent`."""
    for part in steps:
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(part, absent)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 10:
            items = cast("list[Any]", value)
            value = items[int(part)] if int(part) < len(items) else absent
        else:
            return absent
    return value


def comparing(matcher: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether a value is what the matcher wants."""
    if not isinstance(matcher, Comparison):
        return lambda value: value is not ABSENT and _same(value, matcher)
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
        tests.append(lambda value: (number := number_of(value)) is not None and number > least)
    if matcher.lt is not None:
        most = Decimal(repr(matcher.lt))
        tests.append(lambda value: (number := number_of(value)) is not None and number < most)
    if matcher.among is not None:
        choices = matcher.among
        tests.append(lambda value: any(_same(value, choice) for choice in choices))
    if matcher.present is False:
        return lambda value: value is ABSENT
    return lambda value: value is not ABSENT and all(test(value) for test in tests)


def _same(value: Any, wanted: Any) -> bool:
    """Compare plain data; a wanted number is also the same as its decimal text."""
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None:
        return value is wanted
    if isinstance(wanted, int | float):
        number = number_of(value)
        return number is not None and number == Decimal(repr(wanted))
    return bool(value == wanted)


def number_of(value: Any) -> Decimal | None:
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
