"""JWT client assertion (RFC 7523): who asks for a token proves it by signing, ES256 only.

::

    header    = {"alg": "ES256", "typ": "JWT", "kid": <name of the registered key>}
    claims    = {"aud": <the server>, "iss": <client>, "iat": now, "exp": now + 3600,
                 "sub": <client>}
    signature = ECDSA on P-256 with SHA-256 over header "." claims: R || S, 32 bytes each

`kid` selects the key and the key decides who the client is; `iss`, `sub` and the name in the
request must then agree with it. There is no `jti`: an assertion may be used again until it
expires.

PyJWT signs and gives the verdict on the signature. It takes a numeric text for a time, so times
are checked here. A NumericDate may have a fraction (RFC 7519, section 2); `fractions` tells which.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from json import dumps
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from jwt.algorithms import ECAlgorithm

from emulator.core.errors import (
    Behaviour,
    ConfigurationError,
    Diagnosis,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.core.pem import read_public_key
from emulator.schemes import jws
from emulator.schemes.encoding import from_base64, to_base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RFC = Source("RFC 7523", "section 3")
GOAT = Source("Goat, Autorización", "Generar secreto", Standing.INFERRED)

NOT_A_JWT = FailureMode(
    "client-assertion.not-a-jwt",
    "The assertion is not a JWT in compact form",
    Source("RFC 7519", "section 7.2"),
)
ALG = FailureMode(
    "client-assertion.alg", "The assertion is not signed with the algorithm ES256", GOAT
)
TYP = FailureMode(
    "client-assertion.typ",
    "The header declares another type than JWT",
    Source("RFC 7519", "section 5.1", Standing.CHOSEN),
)
KID_MISSING = FailureMode("client-assertion.kid-missing", "The header does not name a key", GOAT)
KID_UNKNOWN = FailureMode(
    "client-assertion.kid-unknown", "The header names a key that is not registered", GOAT
)
SIGNATURE = FailureMode(
    "client-assertion.signature",
    "The signature does not match",
    Source("RFC 7518", "section 3.4"),
)
ISSUER = FailureMode(
    "client-assertion.issuer",
    "Issuer, subject, application and owner of the key are not one and the same client",
    RFC.but(Standing.INFERRED, "section 3, points 1 and 2"),
)
AUDIENCE = FailureMode(
    "client-assertion.audience",
    "The assertion is meant for another audience",
    RFC.but(Standing.DOCUMENTED, "section 3, point 3"),
)
CLAIM_TYPE = FailureMode(
    "client-assertion.claim-type",
    "A time is missing or is not a number of seconds",
    Source("RFC 7519", "section 2, NumericDate", Standing.CHOSEN),
)
EXPIRED = FailureMode(
    "client-assertion.expired",
    "The assertion has expired",
    RFC.but(Standing.DOCUMENTED, "section 3, point 4"),
    about_time=True,
)
IAT_IN_FUTURE = FailureMode(
    "client-assertion.iat-in-future",
    "The assertion was issued in the future",
    RFC.but(Standing.INFERRED, "section 3, point 6"),
    about_time=True,
)
LIFETIME = FailureMode(
    "client-assertion.lifetime",
    "The assertion lives too long, or ends before it begins",
    GOAT,
)
NOT_YET_VALID = FailureMode(
    "client-assertion.not-yet-valid",
    "The assertion is not valid yet",
    RFC.but(Standing.DOCUMENTED, "section 3, point 5"),
    about_time=True,
)

REUSE = Behaviour("An assertion may be used again until it expires: it has no jti", GOAT)

ES256 = ECAlgorithm(ECAlgorithm.SHA256)
SIGNATURE_BYTES = 64

ANOTHER_TYPE = "Set typ to JWT, as the sample does; a token of another kind is no assertion"
ANOTHER_APPLICATION = "The request names another application than the one that owns the key"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A registered key.

    Attributes:
        owner: The client it proves.
        public_key: On P-256.

    Raises:
        ConfigurationError: The key is on another curve.
    """

    owner: str
    public_key: EllipticCurvePublicKey

    def __post_init__(self) -> None:
        _demand_p256(self.public_key)


def _demand_p256(key: EllipticCurvePublicKey | EllipticCurvePrivateKey) -> None:
    if not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(f"The key is on the curve {key.curve.name}; ES256 needs P-256")


@lru_cache(maxsize=256)
def load_public_key(pem: str) -> EllipticCurvePublicKey:
    """Return the key to register.

    Args:
        pem: PEM text of a public key on P-256, or of a certificate, whose names and dates do not
            matter.

    Raises:
        ConfigurationError: It is something else; told which.
    """
    key = read_public_key(pem)
    if not isinstance(key, EllipticCurvePublicKey):
        kind = type(key).__name__.removesuffix("PublicKey")
        raise ConfigurationError(f"This public key is {kind}; ES256 needs one on P-256")
    _demand_p256(key)
    return key


def thumbprint(key: EllipticCurvePublicKey) -> str:
    """Return the JWK thumbprint: 43 characters of base64url.

    Raises:
        ConfigurationError: The key is not on P-256.

    Source:
        RFC 7638.
    """
    _demand_p256(key)
    point = key.public_numbers()
    x, y = (to_base64url(n.to_bytes(32, "big")) for n in (point.x, point.y))
    jwk = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return to_base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def spki_sha256(key: EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo: 64 hexadecimal digits."""
    return hashlib.sha256(_spki(key)).hexdigest()


def ssh_fingerprint(key: EllipticCurvePublicKey) -> str:
    """Return what `ssh-keygen -l` prints: `SHA256:` and 43 characters of Base64."""
    digest = hashlib.sha256(_ssh_blob(key)).digest()
    return "SHA256:" + b64encode(digest).decode("ascii").rstrip("=")


def fingerprints(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return what may be called the fingerprint of a key, by kind.

    The first three are those worth registering as aliases.

    Raises:
        ConfigurationError: The key is not on P-256.
    """
    spki, blob = _spki(key), _ssh_blob(key)
    sha256 = hashlib.sha256(spki).digest()
    return {
        "RFC 7638 thumbprint": thumbprint(key),
        "SPKI SHA-256": sha256.hex(),
        "SSH SHA-256": ssh_fingerprint(key),
        "SPKI SHA-256 in Base64": b64encode(sha256).decode("ascii"),
        "SPKI SHA-1": hashlib.sha1(spki, usedforsecurity=False).hexdigest(),
        "SPKI MD5": hashlib.md5(spki, usedforsecurity=False).hexdigest(),
        "SSH MD5": hashlib.md5(blob, usedforsecurity=False).hexdigest(),
    }


def _spki(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ssh_blob(key: EllipticCurvePublicKey) -> bytes:
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return from_base64(line.split()[1].decode("ascii"))


def make(
    issuer: str,
    key_id: str,
    private_key: EllipticCurvePrivateKey,
    *,
    audience: str,
    now: datetime,
    lifetime: timedelta = timedelta(hours=1),
) -> str:
    """Make an assertion, as the provider's own samples do.

    Raises:
        ConfigurationError: The key is not on P-256.
    """
    _demand_p256(private_key)
    issued = int(now.timestamp())
    header = {"alg": "ES256", "typ": "JWT", "kid": key_id}
    claims = {
        "aud": audience,
        "iss": issuer,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "sub": issuer,
    }
    signing_input = ".".join(
        to_base64url(dumps(part, separators=(",", ":")).encode("ascii"))
        for part in (header, claims)
    )
    signature = ES256.sign(signing_input.encode("ascii"), private_key)
    return f"{signing_input}.{to_base64url(signature)}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An assertion and what it is held against.

    Attributes:
        compact: Its parts.
        claims: Unproven, before the signature was verified.
        key: What `kid` names, if it is registered.
        audience: What `aud` had to be.
        now: Seconds since 1970.
        issuer: The client the request names.
        skew: Seconds.
        other_keys: Keys we know, by whose they are.
    """

    compact: jws.Compact
    claims: dict[str, Any]
    key: ClientKey | None
    audience: str
    now: float
    issuer: str | None
    skew: float
    other_keys: Mapping[str, EllipticCurvePublicKey]

    def refused(
        self,
        mode: FailureMode,
        where: str,
        expected: str,
        received: str,
        hint: str | Callable[[], str] = "",
        *,
        time: object = None,
    ) -> SchemeError:
        """Return the error to raise, with the mistake named if it is a known one.

        Args:
            mode: What failed.
            where: The part at fault.
            expected: What it had to be.
            received: What it is.
            hint: Known already; left out, it is looked for.
            time: The time at fault, where one is.
        """
        from emulator.schemes.mistakes import client_assertion as mistakes

        hint = hint or (lambda: mistakes.recognise(mode, self, time))
        return SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))


def verify(
    assertion: str,
    *,
    find_key: Callable[[str], ClientKey | None],
    audience: str,
    now: datetime,
    issuer: str | None,
    skew: timedelta = timedelta(seconds=60),
    max_lifetime: timedelta = timedelta(hours=1),
    other_keys: Mapping[str, EllipticCurvePublicKey] = {},
) -> dict[str, Any]:
    """Return the claims, if a registered key proves them and they hold now.

    Args:
        assertion: Compact form.
        find_key: Looks a `kid` up, exactly as sent.
        audience: What `aud` must be or contain.
        now: Aware.
        issuer: The client the request names; `None` if it names none.
        skew: How far ahead the client's clock may be.
        max_lifetime: From `iat` to `exp`; `skew` is granted on top.
        other_keys: Keys we know, by whose they are. Only to name the mistake.

    Raises:
        SchemeError: `client-assertion.not-a-jwt`, `.alg`, `.typ`, `.kid-missing`,
            `.kid-unknown`, `.signature`, `.issuer`, `.audience`, `.claim-type`, `.expired`,
            `.iat-in-future`, `.lifetime`, `.not-yet-valid`.

    Source:
        RFC 7523, section 3; Goat, Autorización.
    """
    try:
        compact = jws.parse(assertion)
        claims = jws.read_payload(compact)
    except SchemeError as error:
        raise SchemeError(_as_jwt(error.diagnosis)) from None

    protected = compact.protected
    kid = protected.get("kid")
    key = find_key(kid) if isinstance(kid, str) and kid else None
    attempt = Attempt(
        compact, claims, key, audience, now.timestamp(), issuer, skew.total_seconds(), other_keys
    )

    if protected.get("alg") != "ES256":
        raise attempt.refused(ALG, "protected.alg", "ES256", _member(protected, "alg"))
    typ = protected.get("typ", "JWT")
    if not isinstance(typ, str) or typ.upper() != "JWT":
        raise attempt.refused(
            TYP, "protected.typ", "JWT, or none", _member(protected, "typ"), ANOTHER_TYPE
        )
    if not isinstance(kid, str) or not kid:
        raise attempt.refused(
            KID_MISSING, "protected.kid", "the name of a key", _member(protected, "kid")
        )
    if key is None:
        raise _unknown_key(attempt, kid)
    if not ES256.verify(compact.signing_input, key.public_key, compact.signature):
        raise _bad_signature(attempt, key)
    _check_client(attempt, key.owner)
    _check_audience(attempt)
    _check_times(attempt, max_lifetime.total_seconds())
    return claims


def _unknown_key(attempt: Attempt, kid: str) -> SchemeError:
    from emulator.schemes.mistakes import client_assertion as mistakes

    expected = mistakes.registered_as(attempt)
    return attempt.refused(KID_UNKNOWN, "protected.kid", expected, jws.shown(kid))


def _bad_signature(attempt: Attempt, key: ClientKey) -> SchemeError:
    from emulator.schemes.mistakes import client_assertion as mistakes

    return attempt.refused(
        SIGNATURE,
        "signature",
        f"{SIGNATURE_BYTES} bytes R || S by the key {thumbprint(key.public_key)}",
        f"{len(attempt.compact.signature)} bytes",
        lambda: (
            mistakes.recognise_signature(attempt, key) or mistakes.recognise(SIGNATURE, attempt)
        ),
    )


def _check_client(attempt: Attempt, owner: str) -> None:
    issuer, subject = (attempt.claims.get(name) for name in ("iss", "sub"))
    # Told apart for the place alone: each of them has to be the owner of the key.
    if issuer != owner:
        raise attempt.refused(
            ISSUER, "claims.iss", jws.shown(owner), _member(attempt.claims, "iss")
        )
    if subject != owner:
        raise attempt.refused(
            ISSUER, "claims.sub", jws.shown(owner), _member(attempt.claims, "sub")
        )
    if attempt.issuer is not None and attempt.issuer != owner:
        raise attempt.refused(
            ISSUER, "issuer", jws.shown(owner), jws.shown(attempt.issuer), ANOTHER_APPLICATION
        )


def _check_audience(attempt: Attempt) -> None:
    audience: object = attempt.claims.get("aud")
    if audience == attempt.audience:
        return
    values = cast("list[object]", audience) if isinstance(audience, list) else []
    if attempt.audience in values and all(isinstance(value, str) for value in values):
        return
    raise attempt.refused(AUDIENCE, "claims.aud", attempt.audience, _member(attempt.claims, "aud"))


def _check_times(attempt: Attempt, max_lifetime: float) -> None:
    claims, now, skew = attempt.claims, attempt.now, attempt.skew
    for name in ("exp", "iat", "nbf"):
        # A bool is an int to Python, not to JSON; so the types must be exact.
        if type(claims.get(name, 0 if name == "nbf" else None)) not in (int, float):
            raise attempt.refused(
                CLAIM_TYPE,
                f"claims.{name}",
                "seconds since 1970 as a JSON number",
                _member(claims, name),
                time=claims.get(name),
            )
    expires, issued = claims["exp"], claims["iat"]
    if expires <= now:
        raise attempt.refused(EXPIRED, "claims.exp", f"more than {now:.0f}", jws.shown(expires))
    if issued > now + skew:
        raise attempt.refused(
            IAT_IN_FUTURE,
            "claims.iat",
            f"at most {now + skew:.0f}",
            jws.shown(issued),
            time=int(issued),
        )
    if expires <= issued or expires - issued > max_lifetime + skew:
        raise attempt.refused(
            LIFETIME,
            "claims.exp",
            f"at most {max_lifetime:.0f} s after iat",
            f"{jws.shown(expires - issued)} s after iat",
            time=int(expires),
        )
    if claims.get("nbf", issued) > now + skew:
        raise attempt.refused(
            NOT_YET_VALID,
            "claims.nbf",
            f"at most {now + skew:.0f}",
            jws.shown(claims["nbf"]),
            time=int(claims["nbf"]),
        )


def fractions(claims: Mapping[str, Any]) -> list[str]:
    """Return the times that are written with a decimal point, although it may be `.0`."""
    return [name for name in ("iat", "exp", "nbf") if isinstance(claims.get(name), float)]


def _member(members: dict[str, Any], name: str) -> str:
    return jws.shown(members[name]) if name in members else "(absent)"


def _as_jwt(diagnosis: Diagnosis) -> Diagnosis:
    where = diagnosis.where.replace("payload", "claims")
    return replace(
        diagnosis,
        code=NOT_A_JWT.code,
        summary=NOT_A_JWT.summary,
        source=NOT_A_JWT.source,
        where=where,
    )
