"""Mistakes in `kid`, the name of the key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.errors import ConfigurationError
from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.client_assertion.failures import (
    KID_MISSING,
    KID_UNKNOWN,
)
from emulator.schemes.client_assertion.keys import fingerprints, thumbprint
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser
from emulator.schemes.encoding import to_base64url

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def _plain(kid: str) -> str:
    """Return a fingerprint without what only its spelling adds."""
    bare = re.sub(r"^(sha256|sha1|md5|sha-256|sha-1)[:/ ]", "", kid.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9A-Fa-f]{2}([: ]?[0-9A-Fa-f]{2})+", bare):
        return re.sub("[: ]", "", bare).lower()
    return bare.replace("+", "-").replace("/", "_").rstrip("=")


def _fingerprint_of(assertion: Assertion) -> tuple[str, str, str]:
    """Return whose key `kid` is a fingerprint of, of which kind, and that key's thumbprint."""
    kid = _plain(assertion.kid)
    for name, key in assertion.other_keys.items():
        try:
            kinds = fingerprints(key)
        except ConfigurationError:
            continue
        for kind, value in kinds.items():
            if _plain(value) == kid:
                return name, kind, kinds["RFC 7638 thumbprint"]
    return "", "", ""


def _kid_spelt(assertion: Assertion, change: Callable[[str], str]) -> bool:
    """Tell whether `kid` is a registered thumbprint but for what `change` takes away."""
    return any(
        assertion.kid != kid and change(assertion.kid) == change(kid)
        for kid in _registered(assertion)
    )


def _kid_cut(assertion: Assertion) -> bool:
    kid = assertion.kid
    return len(kid) >= 8 and any(
        each != kid and each.startswith(kid) for each in _registered(assertion)
    )


def _kid_of_key_text(assertion: Assertion) -> bool:
    kid = _plain(assertion.kid)
    for key in assertion.other_keys.values():
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        point = key.public_numbers()
        texts = [to_base64url(n.to_bytes(66, "big").lstrip(b"\0")) for n in (point.x, point.y)]
        for text in (pem, pem.strip(), pem.replace(b"\n", b"\r\n")):
            texts += [
                hashlib.new(name, text, usedforsecurity=False).hexdigest()
                for name in ("sha256", "sha1", "md5")
            ]
        if kid in map(_plain, texts):
            return True
    return False


def _registered(assertion: Assertion) -> Iterator[str]:
    for key in assertion.other_keys.values():
        with suppress(ConfigurationError):
            yield thumbprint(key)


def registered_as(assertion: Assertion) -> str:
    """Return what `kid` should have been, as far as it can be told."""
    name, kind, registered = _fingerprint_of(assertion)
    return f"{registered}, if {name} is meant (sent: {kind})" if name else "a registered key"


OF_KEY_NAMES: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    KID_MISSING: (
        (
            Message("kid is among the claims; it belongs in the header"),
            lambda a: any(name in a.claims for name in ("kid", "keyId", "keyid")),
        ),
        (
            Message("The header member is called kid"),
            lambda a: any(n in a.compact.protected for n in ("keyId", "keyid", "key_id", "KID")),
        ),
        (
            Message(
                "x5t, x5c or a key in the header is not looked at; name the registered key in kid"
            ),
            lambda a: any(
                name in a.compact.protected
                for name in ("x5t", "x5t#S256", "x5c", "x5u", "jwk", "jku")
            ),
        ),
        (Message("kid must be text"), lambda a: bool(a.compact.protected.get("kid"))),
        (Message("kid is empty"), lambda a: "kid" in a.compact.protected),
        (
            Message("Put the fingerprint of the registered key into the header as kid"),
            lambda a: "kid" not in a.compact.protected,
        ),
    ),
    KID_UNKNOWN: (
        (
            Message("kid is a key itself; send its fingerprint"),
            lambda a: "-----BEGIN" in a.kid or a.kid.startswith(("ssh-", "ecdsa-")),
        ),
        (
            Message("kid is a URL; send the fingerprint of the registered key"),
            lambda a: a.kid.lower().startswith(("http://", "https://")),
        ),
        (
            Message("kid is the client's name; send the fingerprint of its key"),
            lambda a: a.kid in (a.issuer, a.claims.get("iss")),
        ),
        (
            Message("kid has blanks or quotes around it; send it as it is registered"),
            lambda a: _kid_spelt(a, lambda kid: kid.strip(" \t\r\n\"'")),
        ),
        (
            Message("Upper and lower case count in kid; send it as it is registered"),
            lambda a: _kid_spelt(a, str.lower),
        ),
        (Message("kid was cut; send all of it"), _kid_cut),
        (
            Message(
                "kid is a part of the key or a hash of its PEM text; send the key's registered "
                "keyId"
            ),
            _kid_of_key_text,
        ),
        (
            Message(
                "kid is a fingerprint of a registered key, but of another kind than registered"
            ),
            lambda a: bool(_fingerprint_of(a)[0]),
        ),
        (
            Message("kid is a fingerprint, but of a key that is not registered"),
            lambda a: (
                re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[\w-]{43}", _plain(a.kid))
                is not None
            ),
        ),
    ),
}
