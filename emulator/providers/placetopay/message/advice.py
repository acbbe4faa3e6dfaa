"""What to do next about a member that is missing, misspelt, misplaced or of another type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from emulator.core import suggest
from emulator.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)
"""An amount in text."""

READ_IN_BODY = ("payment", "subscription", "autopay", "buyer", "payer", "instrument", "metadata")
"""The objects that a message has in its body."""


def missing_hint(
    name: str, members: dict[str, Any], where: str, message: dict[str, Any], expected: str
) -> str:
    """Say what to do about a member that is missing or empty.

    Args:
        name: The member.
        members: The object that should have it.
        where: Where that stands.
        message: The whole message: the member may stand in another part of it.
        expected: What is wanted.
    """
    place = f"{where}.{name}"
    others = [key for key in members if key != name and len(key) <= 40]
    alike = next((key for key in others if suggest.fold(key) == suggest.fold(name)), "")
    if alike:
        return Message("Rename {alike!r} to {name!r}").with_(alike=alike, name=name)
    if name in members:
        return Message("It is empty. Send {place}: {expected}").with_(
            place=place, expected=expected
        )
    for path, neighbour in _neighbours(message, where):
        if is_there(neighbour.get(name)):
            if where == "body" and path.removeprefix("body.") not in READ_IN_BODY:
                return Message("The message is inside {path}. Send its members beside auth").with_(
                    path=path
                )
            return Message("Move {path}.{name} to {place}").with_(path=path, name=name, place=place)
    close = suggest.nearest(name, others, 0.8)
    return (
        Message("Rename {close!r} to {name!r}").with_(close=close, name=name)
        if close
        else Message("Add {place}: {expected}").with_(place=place, expected=expected)
    )


def is_there(value: Any) -> bool:
    """Tell whether a member is there: null, "", [] and {} are not, 0 and false are."""
    return bool(value) or value == 0


def nearest_allowed(value: str, allowed: Sequence[str]) -> str:
    """Return what to send in place of a text that is nearly one of those allowed."""
    close = suggest.nearest(value, allowed, 0.7)
    if suggest.fold(close) == suggest.fold(value):
        return f"Send {close!r}, letter for letter" if close else ""
    return f"Send {close!r}" if len(close) > 2 else ""


def _neighbours(message: dict[str, Any], where: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects in which a member may stand that belongs to `where`."""
    found: list[tuple[str, dict[str, Any]]] = [] if where == "body" else [("body", message)]
    for name, value in message.items():
        path = f"body.{name}"
        if isinstance(value, dict) and (where == "body" or where.startswith(f"{path}.")):
            found.append((path, cast("dict[str, Any]", value)))
    return [(path, members) for path, members in found if path != where and len(path) <= 60]


def type_hint(value: object, expected: str) -> str:
    """Say what to send in place of a value of another JSON type."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return Message("It is JSON in a text. Send the JSON itself, as {expected}").with_(
            expected=expected
        )
    if isinstance(value, list) and expected == "an object":
        return Message("It is a list. Send its one object, without the brackets")
    if isinstance(value, dict) and expected.startswith("a list"):
        return Message("It is one object. Send it in a list: [{…}]")
    if expected == "a text" and isinstance(value, int | float) and not isinstance(value, bool):
        return Message("Send it as a text, in quotes")
    return Message("Send {expected}").with_(expected=expected)


_SIGNS = re.compile(r"^[^\d+-]*|[^\d]*$")


def amount_hint(text: str) -> str:
    """Say what keeps a text from being an amount, and what to send."""
    short = text.strip()[:40]
    core = _SIGNS.sub("", short)
    if re.fullmatch(r"\d+(\.\d+)?[eE][+-]?\d+", core):
        return Message("Send all digits, without an exponent")
    if core.startswith("-"):
        return Message("Send it without the sign: what an amount is subtracted for, its kind says")
    spaced = re.sub(r"[\s'’_]", "", core)
    if re.fullmatch(r"\d{1,3}(\.\d{3})*,\d{1,2}|\d+,\d{1,2}", spaced):
        plain = spaced.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", spaced):
        plain = spaced.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", spaced):
        plain = spaced.replace(".", "")
    elif NUMBER.fullmatch(spaced):
        plain = spaced
    else:
        return Message("Send a number such as 12000 or 12000.5")
    if core != short:
        return Message("Send {plain}, without currency, sign or blanks").with_(plain=plain)
    return Message(
        "Send {plain}: a point before the fraction, and nothing between thousands"
    ).with_(plain=plain)
