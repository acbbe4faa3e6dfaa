"""Wrong ways to write a value of the login, or a key in a header. Used only after a refusal.

Nothing here can make a login pass.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from emulator.core.messages import Message


def differ(expected: str, received: str) -> bool:
    """Tell whether two secrets differ, in constant time."""
    return not hmac.compare_digest(
        expected.encode("utf-8", "surrogatepass"), received.encode("utf-8", "surrogatepass")
    )


@dataclass(frozen=True, slots=True)
class LoginMistake:
    """A wrong way to write a field of the login.

    Attributes:
        hint: What was done, and what to do.
        make: Turns the right value into the wrong one.
        made: Tells whether it was made: takes what was sent, and the right value.
    """

    hint: str
    make: Callable[[str], str]
    made: Callable[[str, str], bool]


def recognise(received: str, right: str) -> str:
    """Return the hint of the mistake that turns `right` into `received`; empty if there is none."""
    return next((mistake.hint for mistake in MISTAKES if mistake.made(received, right)), "")


def _undone(hint: str, make: Callable[[str], str], undo: Callable[[str], str]) -> LoginMistake:
    return LoginMistake(hint, make, lambda received, right: undo(received) == right)


def _remade(hint: str, make: Callable[[str], str]) -> LoginMistake:
    return LoginMistake(hint, make, lambda received, right: received == make(right))


def _unbase64(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


MISTAKES: tuple[LoginMistake, ...] = (
    _undone(
        Message("There is white space around the value; remove it"), lambda v: f"{v}\n", str.strip
    ),
    _undone(
        Message("The value is in quotes; send it without them"),
        lambda v: f'"{v}"',
        lambda v: v.strip("\"'"),
    ),
    _undone(
        Message("The value is percent-encoded twice; encode it once, or let the client do it"),
        lambda v: "".join(f"%{byte:02X}" for byte in v.encode()),
        unquote,
    ),
    _undone(
        Message("The value was turned into Base64; send it as it is"),
        lambda v: b64encode(v.encode()).decode("ascii"),
        _unbase64,
    ),
    LoginMistake(
        Message("The end of the value was cut off; send all of it"),
        lambda v: v[:-1],
        lambda received, right: len(received) > 3 and right.startswith(received),
    ),
    _remade(
        Message("The SHA-256 of the value was sent; send the value itself"),
        lambda v: hashlib.sha256(v.encode()).hexdigest(),
    ),
    _remade(
        Message("The MD5 of the value was sent; send the value itself"),
        lambda v: hashlib.md5(v.encode(), usedforsecurity=False).hexdigest(),
    ),
    _undone(
        Message("The number was written with decimals; write the whole number"),
        lambda v: f"{v}.0",
        lambda v: re.sub(r"\.0+$", "", v),
    ),
    _undone(
        Message("The number was written with leading zeros; leave them out"),
        lambda v: f"00{v}",
        lambda v: v.lstrip("0"),
    ),
    LoginMistake(
        Message("Upper and lower case matter; write the value as registered"),
        str.swapcase,
        lambda received, right: received.casefold() == right.casefold(),
    ),
)
