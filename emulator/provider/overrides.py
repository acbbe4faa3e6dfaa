"""What a trigger must do in another way; the same for all providers.

A trigger takes named members, which its event declares (`requestId`, `url`), and JSON pointers
into the webhook (`/qrPagado/importe`, RFC 6901), each with what the webhook says there. The
command line gives all of it as text. A value keeps the kind of what it replaces: where the webhook
has text, `150` stays the text; where it has a number, the text `150` is the number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

from emulator.core import members
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError, shorten
from emulator.core.json_text import loads
from emulator.core.members import Member

_SHOWN = 80


@dataclass(frozen=True)
class Event:
    """Something that happens outside, which a trigger does in its place.

    Attributes:
        summary: What it does, in one sentence.
        members: What it can be told.
        exclusive: Names of members of which only one can be given.
        webhook: Whether JSON pointers change its webhook.
        added: Pointers to what the webhook does not have yet, such as a signature to be forged,
            and what may stand there.
    """

    summary: str
    members: Mapping[str, Member] = field(default_factory=dict[str, Member])
    exclusive: tuple[str, ...] = ()
    webhook: bool = True
    added: Mapping[str, Member] = field(default_factory=dict[str, Member])


def read(
    provider: str, name: str, events: Mapping[str, Event], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the named members, each of its kind, and the pointers with their values.

    Args:
        provider: For messages.
        name: Of the event.
        events: The provider's.
        given: Members and pointers, as they came.

    Raises:
        ConfigurationError: If there is no such event, or a member is unknown, of a wrong kind, or
            contradicts another.
    """
    event = events.get(name)
    if event is None:
        shown = shorten(name, _SHOWN)
        raise ConfigurationError(f"{provider} has no event {shown!r}{nearest(shown, [*events])}")
    pointers = {name: value for name, value in given.items() if name.startswith("/")}
    if pointers and not event.webhook:
        first = shorten(next(iter(pointers)), _SHOWN)
        raise ConfigurationError(
            f"{first}: {provider}.{name} takes no JSON pointers; it takes "
            f"{', '.join(event.members)}"
        )
    named = {
        name: members.from_text(value, event.members[name]) if name in event.members else value
        for name, value in given.items()
        if name not in pointers
    }
    read_members = members.read(named, event.members)
    members.only_one(read_members, event.exclusive)
    return read_members, pointers


def replaced(
    content: Mapping[str, Any], pointers: Mapping[str, Any], event: Event | None = None
) -> dict[str, Any]:
    """Return the content of a webhook with other values in it.

    Args:
        content: Of the webhook; it is not changed.
        pointers: JSON pointers, and the values for these places.
        event: Says what may be added; nothing if None.

    Raises:
        ConfigurationError: If a pointer leads to nothing, with the nearest that leads to
            something, or a value is of another kind than what it replaces.
    """
    changed = deepcopy(dict(content))
    added: Mapping[str, Member] = event.added if event else {}
    for pointer, value in pointers.items():
        holder, name = _holder(changed, pointer)
        if holder is None or not _has(holder, name):
            member = added.get(pointer)
            if member is None:
                known = [*_pointers(content), *added]
                raise ConfigurationError(members.unknown(pointer, known, "member of the webhook"))
            taken = members.from_text(value, member)
            members.read({pointer: taken}, {pointer: member})
            changed[pointer[1:]] = taken
        else:
            place = _place(holder, name)
            holder[place] = kept(pointer, value, holder[place])
    return changed


def kept(where: str, value: Any, before: Any) -> Any:
    """Return a value as the kind of what it replaces.

    Raises:
        ConfigurationError: If it cannot be of that kind.
    """
    kind = members.kind_of(before)
    if kind is None:  # null says nothing of a kind
        return None if value == "null" else value
    if members.kind_of(value) == kind:
        return value
    number = kind in ("whole number", "number")
    if kind == "text" and isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, str):
        value = _parsed(value)
    if members.kind_of(value) == kind or (
        number and members.kind_of(value) in ("whole number", "number")
    ):
        return value
    wanted = "a number" if number else members.words(kind)
    shown = shorten(json.dumps(value, default=str), _SHOWN)
    raise ConfigurationError(f"{where}: expected {wanted}, as the webhook has there; got {shown}")


def _parsed(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return text


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _holder(content: dict[str, Any], pointer: str) -> tuple[Any, str]:
    """Return what holds the value that a pointer leads to, and its name there."""
    *path, name = _steps(pointer)
    holder: Any = content
    for step in path:
        if not _has(holder, step):
            return None, name
        holder = holder[_place(holder, step)]
    return holder, name


def _place(holder: Any, name: str) -> Any:
    """Return what a member or an item is found under."""
    return int(name) if isinstance(holder, list) else name


def _has(holder: Any, name: str) -> bool:
    if isinstance(holder, list):
        items = cast("list[Any]", holder)
        return name.isascii() and name.isdecimal() and len(name) < 6 and int(name) < len(items)
    return isinstance(holder, dict) and name in holder


def _pointers(content: Any, path: str = "") -> Iterator[str]:
    """Go through the pointers to what a content has."""
    held = cast("Mapping[str, Any] | list[Any]", content)
    pairs = enumerate(held) if isinstance(held, list) else held.items()
    for name, value in pairs:
        here = f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"
        yield here
        if isinstance(value, dict | list):
            yield from _pointers(value, here)
