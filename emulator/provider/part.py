"""The parts of a message that a scenario can damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.provider.context import Context


@dataclass(frozen=True)
class Part:
    """A part of a message that a scenario can damage.

    A message is a `Request`, a `Reply` or a `Delivery`; the functions return a new one.

    Attributes:
        read: Returns the part as it stands on the wire; None where the message has none.
        write: Puts other bytes there; None takes the part out.
        encoding: How its bytes are written on the wire.
        holds_json: Whether its bytes are a JSON object.
        remake: Damage that needs the provider's keys, by its name in scenario files, such as
            `bad_padding`; each makes the message again for the exchange's credential.
        hidden: Whether it is not on the wire by itself, so that only `remake` can damage it.
    """

    read: Callable[[Any], bytes | None]
    write: Callable[[Any, bytes | None], Any]
    encoding: Literal["plain", "base64", "base64url", "hex"] = "plain"
    holds_json: bool = False
    remake: Mapping[str, Remake] = field(default_factory=dict[str, "Remake"])
    hidden: bool = False


Remake = Callable[[Any, str, "Context[Any]"], Any]
"""Takes a message, the key of its credential and the context; returns the message, damaged."""
