"""What the check of a request hands on to the endpoints."""

from __future__ import annotations

from typing import Any

from emulator.core.store import Record
from emulator.provider import State
from emulator.schemes.username_token import UsernameToken

MESSAGE = State[dict[str, Any]]("message")
"""What the request says."""

SITE = State[Record]("site")
"""The credential of who sent it."""

LOCALE = State[Any]("locale")
"""The language it asks for, as it came."""

TOKEN = State[UsernameToken]("token")
"""The UsernameToken of `auth`."""

CHOICE = State[dict[str, Any]]("choice")
"""What the payer chose on the page."""
