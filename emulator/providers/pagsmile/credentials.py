"""Apps: what is registered for each, checked by hand.

The status tells what is inactive: the app, or the merchant it belongs to.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from emulator.core import json_text
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.provider import CREDENTIALS, CURRENT, rotation
from emulator.providers.pagsmile.methods import CURRENCIES
from emulator.providers.pagsmile.money import WHOLE, rates, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.pagsmile.state import Settings

MEMBERS = ("app_id", "app_key", "security_key", "status", "ip_allow", "fees", "balances")
STATUSES = ("active", "inactive", "merchant-inactive")
FILE = "credentials.json"

KEYS = (CURRENT, "next", "previous", "rogue")
"""The app keys that a scenario can name, for requests as well as for webhooks."""

_APP_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_SECRET = re.compile(r"[!-~]{1,256}")
_MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")
_CHARGE = ("fee", "tax")


def register(mapping: Mapping[str, Any], context: Context[Settings]) -> tuple[str, Record]:
    """Check a credential: its app id, and the record to keep.

    Members are `app_id` and `app_key`; if wanted `security_key` (of payin, to recognise a mix-up),
    `status` (active, inactive, merchant-inactive), `ip_allow` (addresses or networks), `fees`
    (`{"USD": {"fee": "0.2", "tax": "0"}}`) and `balances` (`{"USD": "1000"}`).

    Raises:
        ConfigurationError: Names the member at fault; also of a setting that cannot be read.
    """
    _check_settings(context.settings)
    check_names(mapping, MEMBERS, ("app_id", "app_key"))
    app_id = _text(mapping, "app_id", _APP_ID, "1 to 64 letters, digits, '_' and '-'")
    record: Record = {
        "app_id": app_id,
        "app_key": _text(mapping, "app_key", _SECRET, "1 to 256 visible ASCII characters"),
        "status": mapping.get("status", "active"),
    }
    if record["status"] not in STATUSES:
        raise ConfigurationError(
            f"status: {record['status']!r} is not one of {', '.join(STATUSES)}"
        )
    if "security_key" in mapping:
        record["security_key"] = _text(mapping, "security_key", _SECRET, "visible ASCII")
    if "ip_allow" in mapping:
        allowed = mapping["ip_allow"]
        if not _is_list_of(str, allowed):
            raise ConfigurationError("ip_allow: expected a list of addresses or networks")
        record["ip_allow"] = list(allowed)
        networks(tuple(record["ip_allow"]))
    if "balances" in mapping:
        record["balances"] = {
            currency: _money(amount, f"balances.{currency}", currency)
            for currency, amount in _by_currency(mapping["balances"], "balances").items()
        }
    if "fees" in mapping:
        record["fees"] = {
            currency: _charges(charges, f"fees.{currency}", currency)
            for currency, charges in _by_currency(mapping["fees"], "fees").items()
        }
    return app_id, record


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
        raise ConfigurationError(f"ip_allow: {error}") from error


def default_credentials(keys: KeyFiles) -> Sequence[Mapping[str, Any]]:
    """Return the credentials of the key file, the one for clients first.

    Raises:
        ConfigurationError: If the file is missing or is no list of objects.
    """
    try:
        found = json_text.loads(keys.text(FILE))
    except ValueError as error:
        raise ConfigurationError(f"{keys.directory / FILE}: {error}") from error
    if not found or not _is_list_of(dict, found):
        raise ConfigurationError(f"{keys.directory / FILE}: expected a list of objects")
    return found


def credential_view(record: Record, keys: KeyFiles, base_url: str) -> dict[str, Any]:  # noqa: ARG001
    """Return what a client needs."""
    return {"base_url": base_url, "app_id": record["app_id"], "app_key": record["app_key"]}


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:  # noqa: ARG001
    """Return a copy of an app with the app key of this name.

    It is derived from the current one: see `emulator.provider.rotation`.
    Other names mean nothing here: a rule for all providers may use them, and nothing changes.
    """
    if name == CURRENT or name not in KEYS:
        return dict(record)
    return {**record, "app_key": rotation.named_text(record["app_key"], name)}


def signing_key(app_id: str, context: Context[Settings]) -> str:
    """Return the app key that signs an app's webhooks; empty if there is no such app."""
    record = context.store.table(CREDENTIALS).get(app_id)
    if record is None:
        return ""
    return rekey(record, context.bend.sign_with or CURRENT, context.keys)["app_key"]


def make_keys(directory: Path) -> None:
    """Write fresh apps: one for clients, and one for each way to be turned away."""

    def app(**members: Any) -> dict[str, Any]:
        alphabet = string.ascii_letters + string.digits
        key = "".join(secrets.choice(alphabet) for _ in range(32))
        return {"app_id": secrets.token_hex(16).upper(), "app_key": key, **members}

    poor = {"USD": "1", "BRL": "100"}
    apps = [
        app(security_key=f"Pagsmile_sk_{secrets.token_hex(32)}"),
        app(status="inactive"),
        app(status="merchant-inactive"),
        app(ip_allow=["203.0.113.7"]),  # TEST-NET-3: no request comes from there
        app(balances=poor, fees={"USD": {"fee": "0.2", "tax": "0"}}),
    ]
    private_folder(directory)
    create(directory / FILE, json.dumps(apps, indent=2) + "\n", secret=True)


def _check_settings(settings: Settings) -> None:
    rates(settings.exchange_rates)
    for name in ("fee", "tax", "balance"):
        _money(getattr(settings, name), name)
    for name in ("timestamp_window_seconds", "in_processing_seconds", "instant_seconds"):
        if not 0 <= getattr(settings, name) <= 10**9:
            raise ConfigurationError(f"{name}: expected 0 to 1000000000 seconds")


def _text(mapping: Mapping[str, Any], name: str, form: re.Pattern[str], words: str) -> str:
    value = mapping.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ConfigurationError(f"{name}: expected {words}")
    return value


def _by_currency(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{name}: expected an object with a currency for each member")
    members = cast("dict[str, Any]", value)
    for currency in members:
        if currency not in CURRENCIES:
            raise ConfigurationError(
                f"{name}: unknown currency {currency!r}{nearest(str(currency), list(CURRENCIES))}"
            )
    return members


def _charges(value: object, where: str, currency: str) -> dict[str, str]:
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if set(members) != set(_CHARGE):
        raise ConfigurationError(f"{where}: expected an object with fee and tax")
    return {name: _money(members[name], f"{where}.{name}", currency) for name in _CHARGE}


def _money(value: object, where: str, currency: str = "") -> str:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise ConfigurationError(f'{where}: expected decimal text such as "1000.50"')
    if currency in WHOLE and Decimal(value) % 1:
        raise ConfigurationError(f"{where}: {currency} has no cents; write whole units")
    return text(Decimal(value))


def _is_list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, kind) for each in cast("list[Any]", value)
    )
