"""What to do next about an `auth` that is missing, misplaced, or not of its form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from emulator.core import suggest
from emulator.providers.placetopay.message.advice import READ_IN_BODY

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange

RENAMED = {
    "username": "login",
    "user": "login",
    "password": "tranKey",
    "passworddigest": "tranKey",
    "key": "tranKey",
    "secretkey": "tranKey",
    "created": "seed",
    "date": "seed",
    "timestamp": "seed",
}
"""Names seen in place of the right ones, folded -> the right one."""


def fill(name: str, auth: dict[str, Any]) -> str:
    """Say what to send in place of a text that is missing, empty or none."""
    others = (key for key in auth if key not in MADE_OF)
    other = next((key for key in others if suggest.meant(key, (name,), RENAMED) == name), "")
    value = auth.get(name)
    if other:
        return f"Rename {other!r} to {name!r}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        unix = name == "seed"
        return f"Send {name} as {MADE_OF[name] if unix else 'a text, in quotes'}"
    return f"Send auth.{name}: {MADE_OF[name]}"


MADE_OF = {
    "login": "the login of your site, which `emulator credentials placetopay` lists",
    "tranKey": "Base64 of SHA-256 of raw nonce, seed and secretKey",
    "nonce": "Base64 of random bytes",
    "seed": "the time now in ISO 8601 with its zone, such as 2026-01-31T09:56:06-05:00",
}


def not_an_object(auth: object) -> str:
    """Say what to send in place of an auth that is not an object."""
    match auth:
        case str() if auth.lstrip().startswith("{"):
            return "auth is JSON in a text. Send the object itself: encode the message once"
        case list():
            return "auth is a list. Send its object, without the brackets"
        case _:
            return "Send auth as an object with login, tranKey, nonce and seed"


def misplaced(message: dict[str, Any], exchange: Exchange) -> str:
    """Say where the auth of a message is, or what to do."""
    if "auth" in message:
        return "auth is null. Send an object with login, tranKey, nonce and seed"
    if any(name in message for name in MADE_OF):
        return "Put login, tranKey, nonce and seed into an object named auth"
    other = next((key for key in message if key.lower() in ("auth", "authentication")), "")
    if other:
        return f"Rename {other!r} to 'auth'"
    for name, value in message.items():
        if isinstance(value, dict) and "auth" in value:
            inner = cast("dict[str, Any]", value)
            if len(inner) > 1 and name not in READ_IN_BODY:
                return f"The message is inside {name[:40]!r}. Send its members without it"
            return f"Move auth out of {name[:40]!r}, to the top of the message"
        if isinstance(value, str) and value.lstrip().startswith("{") and '"auth"' in value:
            return f"The message is JSON in the text {name[:40]!r}. Send it as the body itself"
    if exchange.request.header("authorization") is not None:
        return "The header Authorization is not read. Send auth in the body"
    return "Add auth: an object with login, tranKey, nonce and seed"


_OWN_WORDS = {"created": "seed", "secret": "secretKey", "username": "login"}
_TERM = re.compile(rf"(?<![\w$<%{{'])({'|'.join(_OWN_WORDS)})(?!\w|=|: ?…)")


def in_own_words(hint: str) -> str:
    """Return a hint of the scheme with Placetopay's names in place of the scheme's terms."""
    return _TERM.sub(lambda term: _OWN_WORDS[term[1]], hint)
