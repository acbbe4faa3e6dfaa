"""Devices that may log in: from the key files, the configuration file and the control API.

A device has a distributor, a password, and the distributor's AES key and IV, which are Base64
text of 32 and 16 bytes as the provider mails them. For the AWS front there is an API key as well.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from emulator.core.errors import ConfigurationError
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.core.store import Record
from emulator.provider import CURRENT, Context, KeyFiles, rotation
from emulator.providers.gestopago.auth import ACTIVE, SECRET_FILE
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import encryption

CREDENTIALS_FILE = "credentials.json"
SECRETS = ("password", "aes_key", "aes_iv", "api_key")
ROLLED_IV, ROLLED_KEY, ROGUE = "rolled-iv", "rolled-key", "rogue"
SIGNING_KEYS = (CURRENT, "next", "previous", ROGUE)
VERIFYING_KEYS = (*SIGNING_KEYS, ROLLED_IV, ROLLED_KEY)

_STATUSES = (ACTIVE, "inactive")
_SHOWN = ("idDistribuidor", "codigoDispositivo", *SECRETS)
_MEMBERS = (*_SHOWN, "status")
_REQUIRED = tuple(name for name in _SHOWN if name != "api_key")
_DEVICE = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PASSWORD = re.compile(r"[\x20-\x7e]{1,64}")
_API_KEY = re.compile(r"[\x21-\x7e]{0,128}")
_API_KEY_LENGTH = 40
_KEY_BYTES = {"aes_key": 32, "aes_iv": 16}


def register(credential: Mapping[str, Any], context: Context[Settings]) -> tuple[str, Record]:  # noqa: ARG001
    """Check a credential; its key is `codigoDispositivo`.

    Args:
        credential: The members of `GET /credentials`, and `status`; `base_url` is ignored.
        context: Not needed.

    Raises:
        ConfigurationError: Names the member at fault.
    """
    members = {name: value for name, value in credential.items() if name != "base_url"}
    check_names(members, _MEMBERS, _REQUIRED)
    distributor = members.get("idDistribuidor")
    if isinstance(distributor, str) and re.fullmatch("[1-9][0-9]{0,8}", distributor):
        distributor = int(distributor)
    if not isinstance(distributor, int) or isinstance(distributor, bool):
        distributor = 0
    if not 1 <= distributor < 10**9:
        raise ConfigurationError("idDistribuidor: expected a whole number of 1 to 9 digits")
    device, password = members.get("codigoDispositivo"), members.get("password")
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise ConfigurationError(
            "codigoDispositivo: expected 1 to 40 letters, digits, '.', '_' or '-', "
            "such as GPS1-TPV-01"
        )
    if not isinstance(password, str) or not _PASSWORD.fullmatch(password):
        raise ConfigurationError("password: expected 1 to 64 printable characters")
    for name, length in _KEY_BYTES.items():
        _check_key(name, members.get(name), length)
    api_key = members.get("api_key", "")
    if not isinstance(api_key, str) or not _API_KEY.fullmatch(api_key):
        raise ConfigurationError("api_key: expected up to 128 characters without blanks")
    status = members.get("status", ACTIVE)
    if status not in _STATUSES:
        raise ConfigurationError(f"status: expected one of {', '.join(_STATUSES)}")
    return device, {
        "idDistribuidor": distributor,
        "codigoDispositivo": device,
        "password": password,
        "aes_key": members["aes_key"],
        "aes_iv": members["aes_iv"],
        "api_key": api_key,
        "status": status,
    }


def default_credentials(keys: KeyFiles) -> Sequence[Mapping[str, Any]]:
    """Return the credentials of the key files, the one for clients first.

    Raises:
        ConfigurationError: If a file is missing or malformed.
    """
    _check_key(SECRET_FILE, keys.text(SECRET_FILE).strip(), 32)
    try:
        entries: object = json.loads(keys.text(CREDENTIALS_FILE))
    except ValueError as error:
        raise ConfigurationError(f"gestopago/{CREDENTIALS_FILE}: not JSON: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"gestopago/{CREDENTIALS_FILE}: expected a list of credentials")
    return cast("list[Mapping[str, Any]]", entries)


def credential_view(record: Record, keys: KeyFiles, base_url: str) -> dict[str, Any]:  # noqa: ARG001
    """Return what a client needs."""
    return {"base_url": base_url, **{name: record[name] for name in _SHOWN}}


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:  # noqa: ARG001
    """Return a copy with the AES key and IV that a scenario's name stands for.

    ::

        next, previous, rogue   another key and another IV
        rolled-key, rolled-iv   only the one that it says
        other key = HMAC-SHA256(key, name)
        other IV  = HMAC-SHA256(IV, name), its first 16 bytes

    So who knows the right ones can work out the others. Anything else of the credential,
    the password too, stays.
    """
    rekeyed = {**record}
    key, iv = encryption(record)
    if name not in (CURRENT, ROLLED_IV):
        rekeyed["aes_key"] = _base64(rotation.named(key, name))
    if name not in (CURRENT, ROLLED_KEY):
        rekeyed["aes_iv"] = _base64(rotation.named(iv, name)[: len(iv)])
    return rekeyed


def make_keys(directory: Path) -> None:
    """Write a fresh set of key files."""
    private_folder(directory)
    distributor = {
        "aes_key": _random_key(32),
        "aes_iv": _random_key(16),
        "api_key": _random_text(_API_KEY_LENGTH),
    }
    entries = [
        {**_device("GPS1-TPV-01"), **distributor},
        {**_device("GPS1-TPV-02"), **distributor, "status": "inactive"},
    ]
    text = json.dumps(entries, indent=2)
    create(directory / CREDENTIALS_FILE, f"{text}\n", secret=True)
    create(directory / SECRET_FILE, f"{_random_key(32)}\n", secret=True)


def _device(name: str) -> dict[str, Any]:
    return {"idDistribuidor": 1, "codigoDispositivo": name, "password": _random_text(12)}


def _random_text(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _random_key(length: int) -> str:
    return _base64(secrets.token_bytes(length))


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _check_key(name: str, value: object, length: int) -> None:
    try:
        data = b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length or b64encode(data).decode("ascii") != value:
        raise ConfigurationError(f"{name}: expected Base64 of {length} bytes")
