"""Members of a JSON object or a query: one declaration checks and describes them.

A control call declares its members. A member that is not declared, has another type or is not one
of the choices is an error, which names the nearest right word. Nothing is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emulator.core.configuration import one_of
from emulator.core.errors import ConfigurationError, shorten
from emulator.core.json_text import loads

Kind = Literal["text", "whole number", "number", "true", "boolean", "object", "list"]
"""A JSON type, as messages name it; `true` is the one value true."""

_SHOWN = 80
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "whole number": {"type": "integer"},
    "number": {"type": "number"},
    "true": {"const": True},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "list": {"type": "array"},
}
_WORDS: dict[Kind, str] = {
    "text": "text",
    "whole number": "a whole number",
    "number": "a number",
    "true": "true",
    "boolean": "true or false",
    "object": "an object",
    "list": "a list",
}


@dataclass(frozen=True, slots=True)
class Member:
    """The declaration of one member.

    Attributes:
        summary: What it means, in one sentence.
        kinds: The JSON types that are allowed.
        choices: The texts that are allowed; any if empty.
        required: Whether it must be there.
        instead: What to do instead of `false`, if only `true` has a meaning.
    """

    summary: str
    kinds: tuple[Kind, ...] = ("text",)
    choices: tuple[str, ...] = ()
    required: bool = False
    instead: str = "leave it out"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the member."""
        kinds = [dict(_SCHEMAS[kind]) for kind in self.kinds]
        if self.choices:
            kinds = [{"enum": list(self.choices)}]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}

    def wanted(self) -> str:
        """Return in words what is allowed."""
        if self.choices:
            return " or ".join(self.choices)
        return " or ".join(_WORDS[kind] for kind in self.kinds)


def object_schema(known: Mapping[str, Member]) -> dict[str, Any]:
    """Return the JSON Schema of an object with these members and no others."""
    described = {
        name: {**member.schema(), "description": member.summary} for name, member in known.items()
    }
    required = [name for name, member in known.items() if member.required]
    return {
        "type": "object",
        "properties": described,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def read(
    given: Mapping[str, Any], known: Mapping[str, Member], what: str = "member"
) -> dict[str, Any]:
    """Return the members, if all are allowed.

    Args:
        given: The members that came.
        known: The members that are allowed.
        what: The word for an unknown one in messages.

    Raises:
        ConfigurationError: Names the first that is unknown, of a wrong kind, or missing.
    """
    for name, value in given.items():
        if name not in known:
            raise ConfigurationError(unknown(name, known, what))
        _check(name, value, known[name])
    for name, member in known.items():
        if member.required and name not in given:
            raise ConfigurationError(f"{name}: it is missing; give {member.wanted()}")
    return dict(given)


def unknown(name: str, known: Collection[str], what: str = "member") -> str:
    """Say that there is no such member, and which one is probably meant."""
    shown = shorten(name, _SHOWN)
    return f"unknown {what} {shown!r}{one_of(shown, known)}"


def check_names(
    given: Mapping[str, Any], known: Collection[str], required: Collection[str] = ()
) -> None:
    """Refuse unknown members, and an object without a required one.

    Raises:
        ConfigurationError: Names the first that is unknown, or all that are missing.
    """
    for name in given:
        if name not in known:
            raise ConfigurationError(unknown(name, known))
    if missing := [name for name in required if name not in given]:
        verb = "is" if len(missing) == 1 else "are"
        raise ConfigurationError(f"{' and '.join(missing)} {verb} missing")


def only_one(given: Mapping[str, Any], names: Collection[str]) -> None:
    """Refuse members that contradict each other.

    Raises:
        ConfigurationError: If more than one of `names` is given.
    """
    found = [name for name in names if name in given]
    if len(found) > 1:
        raise ConfigurationError(f"{' and '.join(found)} contradict each other; give one of them")


def from_text(value: Any, member: Member) -> Any:
    """Convert text to the type of a member, for command lines, where all values are text.

    Args:
        value: The value; one that is not text is returned as it is.
        member: Its declaration; text stays text if text is allowed, except an object.
    """
    if not isinstance(value, str) or member.choices:
        return value
    if "text" in member.kinds and not ("object" in member.kinds and value.lstrip()[:1] == "{"):
        return value
    try:
        read_value = loads(value)
    except ValueError:
        return value
    return read_value if any(_is(read_value, kind) for kind in member.kinds) else value


def _check(name: str, value: Any, member: Member) -> None:
    if not any(_is(value, kind) for kind in member.kinds):
        shown = shorten(json.dumps(value, default=str), _SHOWN)
        instead = f", or {member.instead}" if member.kinds == ("true",) else ""
        raise ConfigurationError(f"{name}: expected {member.wanted()}{instead}; got {shown}")
    if member.choices and value not in member.choices:
        shown = shorten(value, _SHOWN)
        close = one_of(shown, member.choices)
        raise ConfigurationError(f"{name}: unknown value {shown!r}{close}")


def _is(value: Any, kind: Kind) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "true":
            return value is True
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)


def kind_of(value: Any) -> Kind | None:
    """Return the kind of a value; None for null."""
    kinds: tuple[Kind, ...] = ("text", "boolean", "whole number", "number", "object", "list")
    return next((kind for kind in kinds if _is(value, kind)), None)


def words(kind: Kind) -> str:
    """Return the name of a kind for messages."""
    return _WORDS[kind]
