"""A refused text, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulator.core.json_text import read_object
from emulator.schemes.jws.make import Compact

_NOTHING = Compact({}, b"", b"", b"")


@dataclass(frozen=True)
class RefusedText:
    """A refused text and what is known about it; recognisers are predicates over it.

    Attributes:
        text: As received.
        compact: Its parts, as far as they could be read.
        public_key: The key it had to verify with.
        pems: Texts that may have been taken for a shared secret.
        header: The raw protected header.
    """

    text: str = ""
    compact: Compact = _NOTHING
    public_key: RSAPublicKey | None = None
    pems: tuple[str, ...] = ()
    header: bytes = b""

    @property
    def alg(self) -> str:
        """The algorithm the header names; empty if it names none."""
        alg = self.compact.protected.get("alg")
        return alg if isinstance(alg, str) else ""

    @property
    def key_bytes(self) -> int:
        """The length every signature of the key has, in bytes."""
        return (self.public_key.key_size + 7) // 8 if self.public_key else 0

    @cached_property
    def json(self) -> dict[str, Any]:
        """The text as a JSON object; empty if it is none."""
        try:
            return read_object(self.text.encode("utf-8"))
        except ValueError:
            return {}


Recogniser: TypeAlias = Callable[[RefusedText], bool]
"""Tells whether a mistake was made."""
