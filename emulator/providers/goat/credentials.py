"""Registrations of keys.

A registration says that a public key on P-256 is a client's, under which `kid` assertions name
it, and which scopes it grants. It is kept under its keyId, so a client may have several. A
private key is kept only where the emulator has to sign in the client's place (`emulator sign`,
`GET /credentials`); nothing is ever verified with it.

The keyId is the RFC 7638 thumbprint if it is left out. `aliases` are other values of `kid` that
mean this key: its other two fingerprints if neither they nor a keyId are given. `public_key` can
be an X.509 certificate, and can be left out beside the private key. A keyId stays when a scenario
puts another key pair in force, as `kid` is only a name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.errors import ConfigurationError
from emulator.core.pem import read_private_key
from emulator.provider import CREDENTIALS, CURRENT
from emulator.provider.credential_members import ABSENT, OTHER_KEYS, list_of, one_of, pem, text
from emulator.provider.credentials import Credentials, Registration
from emulator.provider.key_making import EcPair, HexKey
from emulator.providers.goat.state import SECRET_FILE
from emulator.schemes import client_assertion

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings

KEY_NAMES = (CURRENT, *OTHER_KEYS)

_NAME = "[!-~]([ -~]{0,254}[!-~])?"
_SCOPE = r"[!#-\[\]-~]{1,100}"  # RFC 6749, section 3.3
_CLIENTS = ("client", "client-b", "client-inactive")


@lru_cache(maxsize=64)
def load_private_key(text: str) -> EllipticCurvePrivateKey:
    """Return a private key on P-256.

    Raises:
        ConfigurationError: It is something else.
    """
    key = read_private_key(text)
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ConfigurationError("This private key is not on P-256, which ES256 needs")
    return key


def registrations(context: Context[Settings]) -> list[Record]:
    """Return all registrations, the one for clients first, with the keys a scenario wants."""
    return [
        context.credential(key) or record
        for key, record in context.store.table(CREDENTIALS).items()
    ]


def _check(registration: Registration[Settings]) -> None:
    members, context = registration.members, registration.context
    key = _public_key(members)
    thumbprint, *others = list(client_assertion.fingerprints(key).values())[:3]
    key_id: str = members["keyId"] or thumbprint
    # A chosen keyId is opaque; no other text means the same unless it is an alias.
    aliases: list[str] = members.get("aliases", others if key_id == thumbprint else [])
    holder = context.credential(key_id)
    if holder is not None and holder["clientId"] != members["clientId"]:
        raise ConfigurationError(f"keyId: {key_id!r} is registered for {holder['clientId']!r}")
    audience = context.settings.audience
    if members.get("audience", audience) != audience:
        raise ConfigurationError(
            f"audience: it is {audience!r} for all; the setting goat.audience changes it"
        )
    members |= {
        "keyId": key_id,
        "audience": audience,
        "public_key": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "aliases": [alias for alias in aliases if alias != key_id],
    }


def _public_key(members: Record) -> EllipticCurvePublicKey:
    private, public = members["private_key"], members["public_key"]
    own = load_private_key(private).public_key() if private else None
    if own is not None and not public:
        return own
    try:
        key = client_assertion.load_public_key(public)
    except ConfigurationError as error:
        raise ConfigurationError(f"public_key: {error}") from error
    if own is not None and own != key:
        raise ConfigurationError("private_key: it does not belong to the public key")
    return key


def _pair(stem: str) -> dict[str, str]:
    return {"public_key": f"{stem}.pub.pem", "private_key": f"{stem}.key.pem"}


REGISTRATIONS = Credentials(
    key="keyId",
    carried_as="clientId",
    members={
        "clientId": text("1 to 256 printable ASCII characters", _NAME),
        "keyId": text("1 to 256 printable ASCII characters", _NAME, secret=False, default=""),
        "audience": text("the audience of the server", ".*", default=ABSENT),
        "public_key": pem(
            "the PEM text of a public key or certificate on P-256",
            client_assertion.load_public_key,
            secret=False,
            files={name: f"{name}.pub.pem" for name in OTHER_KEYS},
        ),
        "private_key": pem(
            "the PEM text of a private key on P-256",
            load_private_key,
            secret=True,
            files={name: f"{name}.key.pem" for name in OTHER_KEYS},
        ),
        "scopes": list_of(
            text("a scope without blanks", _SCOPE), "a list of printable texts", default=[]
        ),
        "status": one_of("active", "inactive"),
        "aliases": list_of(text("printable text", _NAME), "a list of printable texts"),
    },
    shown=("clientId", "keyId", "private_key", "audience"),
    check=_check,
    pairs=(("public_key", "private_key"),),
    fresh=(
        {"clientId": "client-a", **_pair("client"), "scopes": ["read", "write"]},
        {"clientId": "client-b", **_pair("client-b"), "scopes": ["read"]},
        {
            "clientId": "client-inactive",
            **_pair("client-inactive"),
            "scopes": ["read"],
            "status": "inactive",
        },
    ),
    files=(HexKey(SECRET_FILE), *map(EcPair, (*_CLIENTS, *OTHER_KEYS))),
)
