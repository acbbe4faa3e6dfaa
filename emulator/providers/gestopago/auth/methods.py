"""The check of a call: its path, the API key, the token, then the payload."""

from __future__ import annotations

from emulator.core.exchange import Exchange
from emulator.provider import Context
from emulator.providers.gestopago.auth.bearer_token import check_token
from emulator.providers.gestopago.auth.front import check_api_key
from emulator.providers.gestopago.auth.paths import check_name
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import read_payload


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the token, and decrypt `signed` if there is one.

    Raises:
        Refusal: `api-key`; `not-found` with `gestopago.path-slash` or
            `gestopago.legacy-method`; `token-missing`,
            `token-incorrect` or `token-expired` with a `bearer.*` code,
            `gestopago.token-of-another-run`, `gestopago.token-revoked`,
            `gestopago.unknown-bearer` or `gestopago.inactive`; `technical` with a code of `form`,
            `gestopago.field-conflict` or an `aes-cbc.*`.

    Source:
        GestoPago Security Datasheet v2.00.
    """
    _check(exchange, context, required=False)


def authenticate_signed(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the token and decrypt `signed`, which must be there.

    Raises:
        Refusal: As `authenticate`, and `technical` with `gestopago.signed-missing`.
    """
    _check(exchange, context, required=True)


def _check(exchange: Exchange, context: Context[Settings], *, required: bool) -> None:
    check_name(exchange.request.path)
    check_api_key(exchange, context)
    record = check_token(exchange, context)
    with ERRORS.refusing("technical"):
        read_payload(exchange, record, context, required=required)
