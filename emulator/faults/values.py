"""What the values in a scenario file may be: the types that faults and the model share.

Only what a scenario file needs stands here, so that `emulator serve` without a scenario never
imports pydantic.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from emulator.core.errors import ConfigurationError
from emulator.core.instants import parse_drift, parse_duration, parse_instant

T = TypeVar("T")
R = TypeVar("R")


def wrong(message: str) -> PydanticCustomError:
    """Return the exception a check raises; `message` follows the path of the value."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


class Strict(BaseModel):
    """A mapping in a scenario file: no unknown key, no conversion, no key without a value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    nullable: ClassVar[frozenset[str]] = frozenset()
    """Fields where null is a value."""

    @field_validator("*", mode="before")
    @classmethod
    def _has_a_value(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise wrong("is empty; give it a value or leave the key out")
        return value


class Plain(RootModel[T]):
    """A fault whose value is not a mapping itself; the value is `root`."""

    model_config = ConfigDict(strict=True, frozen=True)


def _readable(read: Callable[[str], R], also: Callable[[R], str] = lambda value: "") -> Any:  # noqa: ARG005
    """Return a validator: `read` must take the text, and `also` may object to the result."""

    def check(text: str) -> str:
        try:
            complaint = also(read(text))
        except ConfigurationError as error:
            raise wrong(str(error)) from error
        if complaint:
            raise wrong(f"{text!r} {complaint}")
        return text

    return AfterValidator(check)


def _pattern(pattern: str) -> Any:
    # For editors only: our own readers say more than "does not match".
    return Field(json_schema_extra={"pattern": pattern})


_DURATION = r"^[+-]?(\d+(\.\d+)?(ms|s|m|h|d))+$"

Duration = Annotated[str, _readable(parse_duration), _pattern(_DURATION)]
"""Such as `24h` or `-4m50s`."""

Length = Annotated[
    str,
    _readable(parse_duration, lambda d: "is negative" if d.total_seconds() < 0 else ""),
    _pattern(_DURATION),
]
"""A duration that is not negative."""

Drift = Annotated[str, _readable(parse_drift), _pattern(r"^[+-]?\d+(\.\d+)?(ms|s)/(s|m|h)$")]
"""Such as `+2s/m`."""

_LATEST = parse_instant("9000-01-01T00:00:00Z")


def _beyond(instant: float) -> str:
    return "" if 0 <= instant <= _LATEST else "is not between the years 1970 and 9000"


Instant = Annotated[str, _readable(parse_instant, _beyond)]
"""Such as `2026-03-01T12:00:00Z`."""

NowOrInstant = Annotated[
    str,
    _readable(lambda text: _LATEST if text == "now" else parse_instant(text), _beyond),
]
"""An instant, or `now`."""


def exactly(value: Any) -> BeforeValidator:
    """Return a validator that tells 1 from true and 1.0, which Literal takes for the same."""

    def check(given: Any) -> Any:
        if type(given) is not type(value) or given != value:
            constant = isinstance(given, bool)
            raise wrong(
                f"{json.dumps(given) if constant else repr(given)} is not {json.dumps(value)}"
            )
        return given

    return BeforeValidator(check)


Yes = Annotated[Literal[True], exactly(True)]
"""`true`; a key that is left out means no."""

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
"""The name of a scenario, rule or tag."""


def seconds(duration: str) -> float:
    """Return the length of a duration that was checked before."""
    return parse_duration(duration).total_seconds()
