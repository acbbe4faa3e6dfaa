"""Mistakes in `iss` and `sub`, the name of the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.client_assertion.failures import (
    ISSUER,
)
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def _spelt(assertion: Assertion, name: str) -> bool:
    """Tell whether a claim is the owner's name but for blanks and case."""
    value = str(assertion.claims[name])
    return value != assertion.owner and value.strip(" \t\r\n\"'").lower() == assertion.owner.lower()


OF_CLIENT: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    ISSUER: (
        (
            Message("iss and sub are missing; both are the client's name"),
            lambda a: "iss" not in a.claims and "sub" not in a.claims,
        ),
        (
            Message("sub is missing; it is the client's name, like iss"),
            lambda a: "sub" not in a.claims,
        ),
        (
            Message("iss is missing; it is the client's name, like sub"),
            lambda a: "iss" not in a.claims,
        ),
        (
            Message("iss is the key's name; it must be the client's"),
            lambda a: a.kid != "" and a.claims["iss"] == a.kid,
        ),
        (
            Message("iss is the audience; it must be the client's name"),
            lambda a: a.claims["iss"] == a.audience,
        ),
        (
            Message("iss or sub is not text; both are the client's name"),
            lambda a: not all(isinstance(a.claims[name], str) for name in ("iss", "sub")),
        ),
        (
            Message(
                "iss or sub is spelt otherwise than the client's name: upper and lower case and "
                "blanks count"
            ),
            lambda a: _spelt(a, "iss") or _spelt(a, "sub"),
        ),
        (
            Message("sub differs from iss; a client asserts itself, both are its name"),
            lambda a: a.claims["iss"] == a.owner,
        ),
        (
            Message("iss differs from sub; a client asserts itself, both are its name"),
            lambda a: a.claims["sub"] == a.owner,
        ),
        (
            Message("Signed with the key of another client than iss and sub name"),
            lambda a: a.claims["iss"] == a.claims["sub"],
        ),
    ),
}
