"""What a provider *is*: its endpoints, its check of a request, its errors, its webhooks.

A provider is a package below `emulator.providers` whose `__init__` names a `PROVIDER`. A request
asks it four things, in this order: which endpoint, `authenticate`, `handle`, `seal`; and where one
of them raises a `Refusal`, the provider's own error is the reply.
"""

from __future__ import annotations

from emulator.provider.access_tokens import AccessTokens
from emulator.provider.changes import (
    NOTHING_TO_CHANGE,
    RIGHT,
    TOKEN_OPTIONS,
    Changes,
    TokenChanges,
    WatchedChanges,
)
from emulator.provider.context import Context, Rekey
from emulator.provider.credentials import Credentials
from emulator.provider.endpoint import NOT_FOUND, Authenticate, Endpoint, Handle
from emulator.provider.example import Example
from emulator.provider.exchange_state import State
from emulator.provider.headers import header_part, one_header
from emulator.provider.key_files import CREDENTIALS, CURRENT, KeyFiles
from emulator.provider.life import Life
from emulator.provider.overrides import Event
from emulator.provider.part import Part, Remake
from emulator.provider.provider import Provider
from emulator.provider.refusal import (
    ErrorCatalogue,
    ProviderError,
    Refusal,
    Refused,
    Render,
    usual_errors,
)
from emulator.provider.signed import Preparation, Signed
from emulator.provider.tokens import Tokens
from emulator.provider.webhook import Delivery, Webhook
from emulator.provider.webhooks import MerchantAnswer, Webhooks

__all__ = [
    "CREDENTIALS",
    "CURRENT",
    "NOTHING_TO_CHANGE",
    "NOT_FOUND",
    "RIGHT",
    "TOKEN_OPTIONS",
    "AccessTokens",
    "Authenticate",
    "Changes",
    "Context",
    "Credentials",
    "Delivery",
    "Endpoint",
    "ErrorCatalogue",
    "Event",
    "Example",
    "Handle",
    "KeyFiles",
    "Life",
    "MerchantAnswer",
    "Part",
    "Preparation",
    "Provider",
    "ProviderError",
    "Refusal",
    "Refused",
    "Rekey",
    "Remake",
    "Render",
    "Signed",
    "State",
    "TokenChanges",
    "Tokens",
    "WatchedChanges",
    "Webhook",
    "Webhooks",
    "header_part",
    "one_header",
    "usual_errors",
]
