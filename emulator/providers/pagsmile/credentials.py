"""Apps: what is registered for each.

The status tells what is inactive: the app, or the merchant it belongs to. The `security_key` is
of payin; it is there to recognise a mix-up.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.provider import CREDENTIALS, CURRENT
from emulator.provider.credential_members import ABSENT, OTHER_KEYS, Fresh, Member, one_of, text
from emulator.provider.credentials import Credentials, Registration
from emulator.providers.pagsmile.methods import CURRENCIES
from emulator.providers.pagsmile.money import WHOLE, rates
from emulator.providers.pagsmile.money import text as money_text

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from emulator.provider import Context
    from emulator.providers.pagsmile.settings import Settings

KEYS = (CURRENT, *OTHER_KEYS)
"""The app keys that a scenario can name, for requests as well as for webhooks."""

_SECRET = "[!-~]{1,256}"  # noqa: S105 - what one looks like
_MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")
_CHARGE = ("fee", "tax")


@lru_cache(maxsize=64)
def networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that are written.

    Raises:
        ConfigurationError: If one is not a network.
    """
    from ipaddress import ip_network

    try:
        return tuple(ip_network(each, strict=False) for each in written)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def signing_key(app_id: str, context: Context[Settings]) -> str:
    """Return the app key that signs an app's webhooks; empty if there is no such app."""
    record = context.store.table(CREDENTIALS).get(app_id)
    if record is None:
        return ""
    return APPS.rekeyed(record, context.changes.sign_with or CURRENT, context.keys)["app_key"]


def _addresses(value: Any) -> list[str]:
    items = cast("list[Any]", value) if isinstance(value, list) else [None]
    if not all(isinstance(each, str) for each in items):
        raise ConfigurationError("expected a list of addresses or networks")
    addresses = cast("list[str]", items)
    networks(tuple(addresses))
    return list(addresses)


def _balances(value: Any) -> dict[str, str]:
    return {currency: _money(amount, currency) for currency, amount in _by_currency(value).items()}


def _fees(value: Any) -> dict[str, dict[str, str]]:
    return {
        currency: _charges(charges, currency) for currency, charges in _by_currency(value).items()
    }


def _by_currency(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError("expected an object with a currency for each member")
    members = cast("dict[str, Any]", value)
    for currency in members:
        if currency not in CURRENCIES:
            close = nearest(currency[:80], list(CURRENCIES))
            raise ConfigurationError(f"unknown currency {currency[:80]!r}{close}")
    return members


def _charges(value: object, currency: str) -> dict[str, str]:
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if set(members) != set(_CHARGE):
        raise ConfigurationError(f"{currency}: expected an object with fee and tax")
    return {name: _money(members[name], currency, f"{currency}.{name}") for name in _CHARGE}


def _money(value: object, currency: str, where: str = "") -> str:
    where = where or currency
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise ConfigurationError(f'{where}: expected decimal text such as "1000.50"')
    if currency in WHOLE and Decimal(value) % 1:
        raise ConfigurationError(f"{where}: {currency} has no cents; write whole units")
    return money_text(Decimal(value))


def _check_settings(registration: Registration[Settings]) -> None:
    """Refuse settings that cannot be read: at the start, with the first app."""
    settings = registration.context.settings
    rates(settings.exchange_rates)
    for name in ("fee", "tax", "balance"):
        _money(getattr(settings, name), "", name)
    for name in ("timestamp_window_seconds", "in_processing_seconds", "instant_seconds"):
        if not 0 <= getattr(settings, name) <= 10**9:
            raise ConfigurationError(f"{name}: expected 0 to 1000000000 seconds")


def _optional(wanted: str, read: Any, schema: dict[str, Any]) -> Member:
    return Member(wanted=wanted, read=read, schema=schema, default=ABSENT)


APPS = Credentials(
    key="app_id",
    members={
        "app_id": text(
            "1 to 64 letters, digits, '_' and '-'",
            "[0-9A-Za-z_-]{1,64}",
            fresh=lambda: token_hex(16).upper(),
        ),
        "app_key": text("1 to 256 visible ASCII characters", _SECRET, secret=True, keys=OTHER_KEYS),
        "status": one_of("active", "inactive", "merchant-inactive"),
        "security_key": text(
            "1 to 256 visible ASCII characters",
            _SECRET,
            secret=True,
            default=ABSENT,
            fresh=lambda: f"Pagsmile_sk_{token_hex(32)}",
        ),
        "ip_allow": _optional(
            "a list of addresses or networks that requests may come from",
            _addresses,
            {"type": "array", "items": {"type": "string"}},
        ),
        "balances": _optional(
            'what the app has of each currency, such as {"USD": "1000"}',
            _balances,
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        "fees": _optional(
            'what a payout costs in each currency, such as {"USD": {"fee": "0.2", "tax": "0"}}',
            _fees,
            {"type": "object", "additionalProperties": {"type": "object"}},
        ),
    },
    shown=("app_id", "app_key"),
    check=_check_settings,
    fresh=(
        {"security_key": Fresh()},
        {"status": "inactive"},
        {"status": "merchant-inactive"},
        {"ip_allow": ["203.0.113.7"]},  # TEST-NET-3: no request comes from there
        {
            "balances": {"USD": "1", "BRL": "100"},
            "fees": {"USD": {"fee": "0.2", "tax": "0"}},
        },
    ),
)
