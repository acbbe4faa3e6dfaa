"""Registrations of keys: how they are checked, shown, and rotated.

A registration says that a public key on P-256 is a client's, under which `kid` assertions name
it, and which scopes it grants. It is kept under its keyId, so a client may have several. A
private key is kept only where the emulator has to sign in the client's place (`emulator sign`,
`GET /credentials`); nothing is ever verified with it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.errors import ConfigurationError
from emulator.core.files import create, private_folder
from emulator.core.members import check_names
from emulator.core.pem import canonical, read_private_key
from emulator.provider import CREDENTIALS, CURRENT
from emulator.providers.goat.state import SECRET_FILE, token_secret
from emulator.schemes import client_assertion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.core.store import Record
    from emulator.provider import Context, KeyFiles
    from emulator.providers.goat.settings import Settings

CREDENTIALS_FILE = "credentials.json"
STATUSES = ("active", "inactive")
OTHER_KEYS = ("next", "previous", "rogue")
KEY_NAMES = (CURRENT, *OTHER_KEYS)

_TEXTS = ("clientId", "keyId", "public_key", "private_key", "audience", "status")
_LISTS = ("scopes", "aliases")
_MEMBERS: list[str] = [*_TEXTS, *_LISTS]
_NAME = re.compile(r"[!-~]([ -~]{0,254}[!-~])?")
_SCOPE = re.compile(r"[!#-\[\]-~]{1,100}")  # RFC 6749, section 3.3


def register(credential: Mapping[str, Any], context: Context[Settings]) -> tuple[str, Record]:
    """Check the registration of a key and return its keyId and record.

    Args:
        credential: `clientId` and `public_key` (PEM of a public key or X.509 certificate on
            P-256), or `private_key` (PEM) in its place; besides `keyId` (the RFC 7638
            thumbprint if left out), `aliases` (other values of `kid` that mean this key; its
            other two fingerprints if neither they nor keyId are given), `scopes`, `status`
            (active, inactive), `audience` (can only be the server's).
        context: Settings, and the registrations there are.

    Raises:
        ConfigurationError: Names the member at fault.
    """
    _check_members(credential)
    private_key = canonical(credential.get("private_key", ""))
    key = _public_key(credential.get("public_key", ""), private_key)
    thumbprint, *others = list(client_assertion.fingerprints(key).values())[:3]
    key_id: str = credential.get("keyId") or thumbprint
    # A chosen keyId is opaque; no other text means the same unless it is an alias.
    aliases: list[str] = credential.get("aliases", others if key_id == thumbprint else [])
    holder = context.credential(key_id)
    if holder is not None and holder["clientId"] != credential["clientId"]:
        raise ConfigurationError(f"keyId: {key_id!r} is registered for {holder['clientId']!r}")
    audience = context.settings.audience
    if credential.get("audience", audience) != audience:
        raise ConfigurationError(
            f"audience: it is {audience!r} for all; the setting goat.audience changes it"
        )
    record: Record = {
        "clientId": credential["clientId"],
        "keyId": key_id,
        "audience": audience,
        "public_key": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "private_key": private_key,
        "scopes": list(dict.fromkeys(credential.get("scopes", []))),
        "status": credential.get("status", "active"),
        "aliases": [alias for alias in dict.fromkeys(aliases) if alias != key_id],
    }
    return key_id, record


def registrations(context: Context[Settings]) -> list[Record]:
    """Return all registrations, the one for clients first, with the keys a scenario wants."""
    return [
        context.credential(key) or record
        for key, record in context.store.table(CREDENTIALS).items()
    ]


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:
    """Return a copy with the key pair `<name>.key.pem`, `<name>.pub.pem` in place of its own.

    The keyId stays, as `kid` is only a name; so a client that is set to the private key goes on
    using its own.

    Raises:
        ConfigurationError: There are no such key files.
    """
    if name == CURRENT:
        return {**record}
    return {
        **record,
        "public_key": keys.text(f"{name}.pub.pem"),
        "private_key": keys.text(f"{name}.key.pem"),
    }


def _check_members(credential: Mapping[str, Any]) -> None:
    check_names(credential, _MEMBERS, ("clientId",))
    for name, value in credential.items():
        if name in _TEXTS and not isinstance(value, str):
            raise ConfigurationError(f"{name}: expected text")
        if name in _LISTS:
            form = _SCOPE if name == "scopes" else _NAME
            items = cast("list[object]", value) if isinstance(value, list) else [None]
            if not all(isinstance(item, str) and form.fullmatch(item) for item in items):
                raise ConfigurationError(f"{name}: expected a list of printable texts")
    for name in ("clientId", "keyId"):
        if (name == "clientId" or credential.get(name)) and not _NAME.fullmatch(
            credential.get(name, "")
        ):
            raise ConfigurationError(f"{name}: expected 1 to 256 printable ASCII characters")
    if credential.get("status", "active") not in STATUSES:
        raise ConfigurationError(
            f"status: {credential['status']!r} is not one of {', '.join(STATUSES)}"
        )


def _public_key(public_pem: str, private_pem: str) -> EllipticCurvePublicKey:
    own = None
    if private_pem:
        try:
            own = load_private_key(private_pem).public_key()
        except ConfigurationError as error:
            raise ConfigurationError(f"private_key: {error}") from error
        if not public_pem:
            return own
    try:
        key = client_assertion.load_public_key(public_pem)
    except ConfigurationError as error:
        raise ConfigurationError(f"public_key: {error}") from error
    if own is not None and own != key:
        raise ConfigurationError("private_key: it does not belong to the public key")
    return key


@lru_cache(maxsize=64)
def load_private_key(pem: str) -> EllipticCurvePrivateKey:
    """Return a private key on P-256.

    Raises:
        ConfigurationError: It is something else.
    """
    key = read_private_key(pem)
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ConfigurationError("This private key is not on P-256, which ES256 needs")
    return key


def default_credentials(keys: KeyFiles) -> Sequence[Mapping[str, Any]]:
    """Return the shipped registrations; in their file, keys are the names of files beside it.

    Raises:
        ConfigurationError: A key file is missing or wrong, that of access tokens too.
    """
    token_secret(keys)  # rather now than at the first request
    try:
        entries = json.loads(keys.text(CREDENTIALS_FILE))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{CREDENTIALS_FILE}: not JSON: {error}") from error
    if not (isinstance(entries, list) and entries and all(isinstance(e, dict) for e in entries)):  # pyright: ignore[reportUnknownVariableType]
        raise ConfigurationError(f"{CREDENTIALS_FILE}: expected a list of objects")
    return [
        {
            name: keys.text(str(value)) if name in ("public_key", "private_key") else value
            for name, value in entry.items()
        }
        for entry in cast("list[dict[str, Any]]", entries)
    ]


def credential_view(
    record: Record,
    keys: KeyFiles,  # noqa: ARG001
    base_url: str,
) -> dict[str, Any]:
    """Return what a client needs; `private_key` is empty where only the public one is known."""
    return {
        "base_url": base_url,
        **{name: record[name] for name in ("clientId", "keyId", "private_key", "audience")},
    }


def make_keys(directory: Path) -> None:
    """Write fresh keys of three clients and for scenarios, and whatever goes with them."""
    from secrets import token_hex

    private_folder(directory)
    for name in ("client", "client-b", "client-inactive", *OTHER_KEYS):
        _write_pair(directory, name)
    create(directory / SECRET_FILE, f"{token_hex(32)}\n", secret=True)
    clients = [
        {"clientId": "client-a", **_files("client"), "scopes": ["read", "write"]},
        {"clientId": "client-b", **_files("client-b"), "scopes": ["read"]},
        {
            "clientId": "client-inactive",
            **_files("client-inactive"),
            "scopes": ["read"],
            "status": "inactive",
        },
    ]
    create(directory / CREDENTIALS_FILE, json.dumps(clients, indent=2) + "\n", secret=True)


def _files(name: str) -> dict[str, str]:
    return {"public_key": f"{name}.pub.pem", "private_key": f"{name}.key.pem"}


def _write_pair(directory: Path, name: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    create(directory / f"{name}.key.pem", private, secret=True)
    create(directory / f"{name}.pub.pem", public, secret=False)
