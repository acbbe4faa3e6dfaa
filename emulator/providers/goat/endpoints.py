"""What an accepted request does: a token is issued, or its bearer learns who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.exchange import Reply
from emulator.providers.goat import state
from emulator.providers.goat.auth import REGISTRATION

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings


def create_token(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Issue an access token.

    Source:
        Goat, Autorización, "Get API token", 200 OK.
    """
    return Reply.json(
        {
            "type": "Bearer",
            "accessToken": state.issue(REGISTRATION.get(exchange), context),
            "expiresIn": state.TOKENS.lifetime(context).seconds,
        }
    )


def whoami(exchange: Exchange, _context: Context[Settings]) -> Reply:
    """Tell whose the access token is: `clientId`, `keyId`, `scopes`, `issuedAt`, `expiresAt`.

    Times are whole seconds since 1970.
    """
    return Reply.json(exchange.payload)
