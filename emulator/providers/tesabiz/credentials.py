"""Merchants: how they are registered and shown, and how their keys are made.

A merchant is known by the source systems `sisOrigen` that its messages name, each of them its
own alone, and has accounts with a currency. For the JWS services it has a `code` and the
certificate that belongs to it; a merchant of the plain services, and a payer's bank, need
neither. A private key is kept only where the emulator has to sign in the merchant's place
(`emulator sign`, `GET /credentials`); nothing is ever verified with it.

For scenarios there are keys that stand for a merchant's next, previous and a stranger's; they
are the same for all merchants, and not those of the provider's own rotation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from emulator.core.errors import ConfigurationError
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.core.pem import canonical
from emulator.provider import CREDENTIALS, CURRENT
from emulator.providers.tesabiz.sealing import (
    PROVIDER_CERTIFICATE,
    SIGNING_KEYS,
    load_private_key,
    public_key_pem,
)
from emulator.providers.tesabiz.state import COUNTRIES, Country
from emulator.schemes import jws

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.tesabiz.settings import Settings

CREDENTIALS_FILE = "credentials.json"
MERCHANT_KEYS = {
    "next": "merchant-next",
    "previous": "merchant-previous",
    "rogue": "merchant-rogue",
}
"""What a scenario can have taken for a merchant's key -> the stem of its two key files."""
VERIFYING_KEYS = (CURRENT, *MERCHANT_KEYS)


class Rekeyed(dict[str, Any]):
    """A merchant's record with other keys, which knows their name; no member, so never stored."""

    name: str = CURRENT


STATUSES = ("active", "inactive", "expired")
MODES = ("", "plain", "jws")

_CHOICES: Mapping[str, Sequence[str]] = {
    "status": STATUSES,
    "country": tuple(COUNTRIES),
    "notify_mode": MODES,
}
_TEXTS = {
    "code": "",
    "certificate": "",
    "private_key": "",
    "status": "active",
    "country": "BO",
    "notify_url": "",
    "notify_mode": "",
}
_MEMBERS = ["sisOrigen", "cuentaAbono", *_TEXTS]


def register(credential: Mapping[str, Any], context: Context[Settings]) -> tuple[str, Record]:
    """Check a merchant and return its code and record.

    Args:
        credential: `sisOrigen`, one or a list. For the JWS services `code` and `certificate`
            (PEM); without them the first sisOrigen stands for the code. Besides `cuentaAbono`,
            the name of the merchant's account or an object of names and currencies (the
            country's usual ones if left out); `private_key` (PEM), `status` (active, inactive,
            expired), `country` (BO, PE), `notify_url` and `notify_mode` (plain, jws; empty: as
            the settings say).
        context: The merchants there are.

    Raises:
        ConfigurationError: Names the member at fault.
    """
    check_names(credential, _MEMBERS, ("sisOrigen",))
    record: Record = {**_TEXTS, **credential}
    for name in _TEXTS:
        if not isinstance(record[name], str):
            raise ConfigurationError(f"{name}: expected text")
        if name in _CHOICES and record[name] not in _CHOICES[name]:
            raise ConfigurationError(f"{name}: {record[name]!r} is not one of {_CHOICES[name]}")
    record["sisOrigen"] = _origins(credential.get("sisOrigen"))
    record["code"] = _code(record)
    _check_origins_free(record, context)
    accounts = _accounts(credential.get("cuentaAbono"), COUNTRIES[record["country"]])
    record["cuentaAbono"] = accounts
    _check_keys(record)
    _check_url(record["notify_url"])
    return record["code"], record


def _check_name(name: str, value: object) -> str:
    if (
        isinstance(value, str)
        and 0 < len(value) <= 50
        and value.isprintable()
        and value == value.strip()
    ):
        return value
    raise ConfigurationError(f"{name}: expected 1 to 50 printable characters")


def _origins(given: object) -> list[str]:
    listed = cast("list[object]", given) if isinstance(given, list) else [given]
    if not listed:
        raise ConfigurationError("sisOrigen: expected at least one")
    return list(dict.fromkeys(_check_name("sisOrigen", each) for each in listed))


def _code(record: Record) -> str:
    if record["code"] or record["certificate"] or record["private_key"]:
        return _check_name("code", record["code"])
    return record["sisOrigen"][0]


def _check_origins_free(record: Record, context: Context[Settings]) -> None:
    """Refuse to take over the source system of another merchant."""
    for code, other in context.store.table(CREDENTIALS).items():
        taken = [each for each in record["sisOrigen"] if each in other["sisOrigen"]]
        if code != record["code"] and taken:
            raise ConfigurationError(
                f"sisOrigen: {taken[0]!r} is registered for the merchant {code!r}; take another "
                f"one, or register {code!r} again with another one first"
            )


def _accounts(given: object, country: Country) -> dict[str, str]:
    """Return the accounts of a merchant with their currencies."""
    if given is None:
        return dict(country.accounts)
    named = {given: country.currencies[0]} if isinstance(given, str) else given
    if not isinstance(named, dict) or not named:
        raise ConfigurationError(
            "cuentaAbono: expected the name of an account, or names with currencies such as "
            '{"CUENTA1_BOB": "BOB"}'
        )
    accounts = cast("dict[str, object]", named)
    for name, currency in accounts.items():
        _check_name("cuentaAbono", name)
        if currency not in country.currencies:
            raise ConfigurationError(
                f"cuentaAbono: {name!r} is in {currency!r}, which is not one of "
                f"{', '.join(country.currencies)}"
            )
    return cast("dict[str, str]", accounts)


def _check_keys(record: Record) -> None:
    for name in ("certificate", "private_key"):
        record[name] = canonical(record[name])
    if not record["certificate"] and not record["private_key"]:
        return  # a merchant of the plain services, or a payer's bank
    try:
        key = jws.load_certificate_key(record["certificate"])
        jws.certificate_validity(record["certificate"])
    except (ConfigurationError, ValueError) as error:
        raise ConfigurationError(f"certificate: {error}") from error
    if record["private_key"] and load_private_key(record["private_key"]).public_key() != key:
        raise ConfigurationError("private_key: it does not belong to the certificate")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = not url or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(f"notify_url: {url!r} is not an http or https URL")


def default_credentials(keys: KeyFiles) -> list[Mapping[str, Any]]:
    """Return the shipped merchants; in their file, keys are the names of files beside it."""
    try:
        entries = json.loads(keys.text(CREDENTIALS_FILE))
    except ValueError as error:
        raise ConfigurationError(f"{CREDENTIALS_FILE}: not JSON: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):  # pyright: ignore[reportUnknownVariableType]
        raise ConfigurationError(f"{CREDENTIALS_FILE}: expected a list of objects")
    return [
        {
            name: keys.text(value) if name in ("certificate", "private_key") else value
            for name, value in entry.items()
        }
        for entry in cast("list[dict[str, Any]]", entries)
    ]


def credential_view(record: Record, keys: KeyFiles, base_url: str) -> dict[str, Any]:
    """Return what a client needs.

    Beside a merchant's other key stands the provider's of that name: a rotation may be of either,
    and after rolling one only, the other one is current.
    """
    certificate = keys.text(PROVIDER_CERTIFICATE)
    rolled: dict[str, str] = {}
    if isinstance(record, Rekeyed):
        other = keys.text(f"{SIGNING_KEYS[record.name]}.crt.pem")
        rolled = {
            f"provider_certificate_{record.name}": other,
            f"provider_public_key_{record.name}": public_key_pem(other),
        }
    return {
        "base_url": base_url,
        "code": record["code"] if record["certificate"] else "",  # the plain services have none
        "sisOrigen": record["sisOrigen"][0],
        **{name: record[name] for name in ("private_key", "certificate")},
        "provider_certificate": certificate,
        "provider_public_key": public_key_pem(certificate),
        "cuentaAbono": next(iter(record["cuentaAbono"])),
        **rolled,
    }


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:
    """Return a copy of a merchant with the certificate and private key of this name.

    Other names mean nothing here: a rule for all providers may use them, and nothing changes.

    Raises:
        ConfigurationError: If the key files are missing, as they are beside older keys.
    """
    stem = MERCHANT_KEYS.get(name)
    if stem is None or not record["certificate"]:
        return dict(record)
    certificate, private_key = keys.text(f"{stem}.crt.pem"), keys.text(f"{stem}.key.pem")
    made = Rekeyed({**record, "certificate": certificate, "private_key": private_key})
    made.name = name
    return made


PAIRS = {
    "merchant": "Comercio de prueba",
    "merchant-pe": "Comercio de prueba, Peru",
    "merchant-next": "Comercio de prueba, siguiente",
    "merchant-previous": "Comercio de prueba, anterior",
    "merchant-rogue": "Impostor del comercio",
    "provider": "Emulador Tesabiz",
    "next": "Emulador Tesabiz, siguiente",
    "previous": "Emulador Tesabiz, anterior",
    "rogue": "Impostor",
}
"""The stems of the key files, and whom their certificates name."""


def make_keys(directory: Path) -> None:
    """Write fresh keys, self-signed certificates, and the list of merchants.

    The certificates are v3, the only version `cryptography` makes; the one of shipped B89
    was made by openssl, as the provider's page says, and so is v1.
    """
    private_folder(directory)
    for name, subject in PAIRS.items():
        _write_pair(directory, name, subject)
    pair = {"certificate": "merchant.crt.pem", "private_key": "merchant.key.pem"}
    peru = {"certificate": "merchant-pe.crt.pem", "private_key": "merchant-pe.key.pem"}
    merchants = [
        {"code": "B89", "sisOrigen": "SO_1", **pair},
        {"code": "B90", "sisOrigen": "SO_2", **pair, "status": "inactive"},
        {"code": "B91", "sisOrigen": "SO_3", **pair, "status": "expired"},
        {"code": "B92", "sisOrigen": "SO_4", **peru, "country": "PE"},
        {"sisOrigen": "SO_BANCO"},
    ]
    text = json.dumps(merchants, indent=2) + "\n"
    create(directory / CREDENTIALS_FILE, text, secret=True)


def _write_pair(directory: Path, name: str, subject: str) -> None:
    from datetime import UTC, datetime
    from secrets import randbits

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = generate_private_key(public_exponent=65537, key_size=2048)
    common_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(common_name)
        .issuer_name(common_name)
        .public_key(key.public_key())
        .serial_number(1 + randbits(31))  # four bytes: a QR ends in eight hexadecimal digits
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))  # tests move the clock far
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    create(directory / f"{name}.key.pem", pem, secret=True)
    create(directory / f"{name}.crt.pem", certificate.public_bytes(Encoding.PEM), secret=False)
