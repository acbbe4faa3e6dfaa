"""The plaintext: one JSON object."""

from __future__ import annotations

from typing import Any

from emulator.core import json_text
from emulator.core.messages import Message

FIELD = "signed"
EXAMPLE = Message("`emulator sign gestopago sendTx` shows each step")


class Payload:
    """The object in the plaintext. It is parsed once, to check the plaintext, and then kept.

    Attributes:
        members: The object.
    """

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}

    def take(self, plaintext: bytes) -> bool:
        """Tell whether it is one JSON object without repeated members."""
        try:
            self.members = json_text.read_object(plaintext)
        except ValueError:
            return False
        return True
