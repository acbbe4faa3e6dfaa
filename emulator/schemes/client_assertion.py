"""JWT client assertion (RFC 7523): who asks for a token proves it by signing, ES256 only.

::

    header    = {"alg": "ES256", "typ": "JWT", "kid": <name of the registered key>}
    claims    = {"aud": <the server>, "iss": <client>, "iat": now, "exp": now + 3600,
                 "sub": <client>}
    signature = ECDSA on P-256 with SHA-256 over header "." claims: R || S, 32 bytes each

`kid` selects the key and the key decides who the client is; `iss`, `sub` and the name in the
request must then agree with it. There is no `jti`: an assertion may be used again until it
expires.

PyJWT signs and gives the verdict on the signature. It takes a numeric text or a fraction for a
time, so times are checked here.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from json import dumps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from jwt.algorithms import ECAlgorithm

from emulator.errors import (
    Behaviour,
    ConfigurationError,
    Diagnosis,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.schemes import jws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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
    "A time is missing or is not a whole number of seconds",
    Source("RFC 7519", "section 2, NumericDate", Standing.CHOSEN),
)
EXPIRED = FailureMode(
    "client-assertion.expired",
    "The assertion has expired",
    RFC.but(Standing.DOCUMENTED, "section 3, point 4"),
)
IAT_IN_FUTURE = FailureMode(
    "client-assertion.iat-in-future",
    "The assertion was issued in the future",
    RFC.but(Standing.INFERRED, "section 3, point 6"),
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
)

REUSE = Behaviour("An assertion may be used again until it expires: it has no jti", GOAT)

ES256 = ECAlgorithm(ECAlgorithm.SHA256)
SIGNATURE_BYTES = 64


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
        pem: PEM text of a public key on P-256.

    Raises:
        ConfigurationError: It is something else; told which.
    """
    wanted = "send the PEM text of a public key on P-256"
    if "PRIVATE KEY-----" in pem:
        raise ConfigurationError(f"This holds a private key; keep it to yourself and {wanted}")
    if "CERTIFICATE" in pem:
        raise ConfigurationError(f"This is a certificate or a request for one; {wanted}")
    try:
        key = load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"This public key cannot be read; {wanted}") from error
    if not isinstance(key, EllipticCurvePublicKey):
        kind = type(key).__name__.removesuffix("PublicKey")
        raise ConfigurationError(f"This public key is {kind}; {wanted}")
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
    x, y = (jws.to_base64url(n.to_bytes(32, "big")) for n in (point.x, point.y))
    jwk = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return jws.to_base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def spki_sha256(key: EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo: 64 hexadecimal digits."""
    return hashlib.sha256(_spki(key)).hexdigest()


def ssh_fingerprint(key: EllipticCurvePublicKey) -> str:
    """Return what `ssh-keygen -l` prints: `SHA256:` and 43 characters of Base64."""
    digest = hashlib.sha256(_ssh_blob(key)).digest()
    return "SHA256:" + b64encode(digest).decode("ascii").rstrip("=")


def _spki(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ssh_blob(key: EllipticCurvePublicKey) -> bytes:
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return jws.from_any_base64(line.split()[1])


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
        jws.to_base64url(dumps(part, separators=(",", ":")).encode("ascii"))
        for part in (header, claims)
    )
    signature = ES256.sign(signing_input.encode("ascii"), private_key)
    return f"{signing_input}.{jws.to_base64url(signature)}"


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
        SchemeError: `client-assertion.not-a-jwt`, `.alg`, `.kid-missing`, `.kid-unknown`,
            `.signature`, `.issuer`, `.audience`, `.claim-type`, `.expired`,
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
    if not isinstance(kid, str) or not kid:
        raise attempt.refused(
            KID_MISSING, "protected.kid", "the name of a key", _member(protected, "kid")
        )
    if key is None:
        raise attempt.refused(KID_UNKNOWN, "protected.kid", _registered_as(attempt), jws.shown(kid))
    if not ES256.verify(compact.signing_input, key.public_key, compact.signature):
        raise _bad_signature(attempt, key)
    _check_client(attempt, key.owner)
    _check_audience(attempt)
    _check_times(attempt, max_lifetime.total_seconds())
    return claims


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
        # A bool is an int to Python, not to JSON; hence the exact type.
        if type(claims.get(name, 0 if name == "nbf" else None)) is not int:
            raise attempt.refused(
                CLAIM_TYPE,
                f"claims.{name}",
                "seconds since 1970 as a JSON integer",
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
            time=issued,
        )
    if expires <= issued or expires - issued > max_lifetime + skew:
        raise attempt.refused(
            LIFETIME,
            "claims.exp",
            f"at most {max_lifetime:.0f} s after iat",
            f"{jws.shown(expires - issued)} s after iat",
            time=expires,
        )
    if claims.get("nbf", issued) > now + skew:
        raise attempt.refused(
            NOT_YET_VALID,
            "claims.nbf",
            f"at most {now + skew:.0f}",
            jws.shown(claims["nbf"]),
            time=claims["nbf"],
        )


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


# --- after a refusal: which mistake was made ------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """A refused assertion and what is known about it; recipes are predicates over it.

    Attributes:
        compact: Its parts.
        claims: Unproven, before the signature was verified.
        key: What `kid` names, if it is registered.
        audience: What `aud` had to be.
        now: Seconds since 1970.
        issuer: The client the request names.
        skew: Seconds.
        other_keys: Keys we know, by whose they are.
        time: The time at fault, where one is.
    """

    compact: jws.Compact
    claims: dict[str, Any]
    key: ClientKey | None
    audience: str
    now: float
    issuer: str | None
    skew: float
    other_keys: Mapping[str, EllipticCurvePublicKey]
    time: object = None

    def refused(
        self,
        mode: FailureMode,
        where: str,
        expected: str,
        received: str,
        hint: str = "",
        *,
        time: object = None,
    ) -> SchemeError:
        """Return the error to raise, with the mistake named if it is a known one."""
        attempt = replace(self, time=time)
        hint = hint or next((each for each, recipe in RECIPES[mode] if recipe(attempt)), "")
        return SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))

    @property
    def alg(self) -> str:
        """The algorithm the header names; empty if it names none."""
        alg = self.compact.protected.get("alg")
        return alg if isinstance(alg, str) else ""

    @property
    def kid(self) -> str:
        """The key the header names; empty if it names none."""
        kid = self.compact.protected.get("kid")
        return kid if isinstance(kid, str) else ""

    @property
    def owner(self) -> str:
        """Whose the named key is; empty if it is not registered."""
        return self.key.owner if self.key else ""

    @cached_property
    def audiences(self) -> list[str]:
        """The audiences the assertion names, those of them that are texts."""
        audience: object = self.claims.get("aud")
        values = cast("list[object]", audience) if isinstance(audience, list) else [audience]
        return [value for value in values if isinstance(value, str)]

    @cached_property
    def raw(self) -> bytes:
        """The signature as R || S, whichever way it is written; empty if it is not one."""
        signature = self.compact.signature
        if len(signature) == SIGNATURE_BYTES:
            return signature
        for spelling in (signature, *jws.spellings(signature)):
            raw = spelling if len(spelling) == SIGNATURE_BYTES else from_der(spelling)
            if raw:
                return raw
        return b""

    def signed(self, message: bytes, algorithm: ECAlgorithm = ES256) -> bool:
        """Tell whether `message` is what the named key signed, however it is written."""
        return self.verifies(self.raw, message, algorithm)

    def verifies(
        self, signature: bytes, message: bytes | None = None, algorithm: ECAlgorithm = ES256
    ) -> bool:
        """Tell whether the signature would have been right in this form."""
        if self.key is None or len(signature) != SIGNATURE_BYTES:
            return False
        if message is None:
            message = self.compact.signing_input
        return algorithm.verify(message, self.key.public_key, signature)


if TYPE_CHECKING:
    Recipe = Callable[[Attempt], bool]


def from_der(signature: bytes) -> bytes:
    """Return R || S of a DER signature; empty if it is not one for P-256."""
    if not signature.startswith(b"\x30"):
        return b""
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (OverflowError, ValueError):
        return b""


def _bad_signature(attempt: Attempt, key: ClientKey) -> SchemeError:
    raw, compact = attempt.raw, attempt.compact
    signer = next(
        (
            name
            for name, other in attempt.other_keys.items()
            if len(raw) == SIGNATURE_BYTES and ES256.verify(compact.signing_input, other, raw)
            # The right key under another name is not another key.
            if _spki(other) != _spki(key.public_key)
        ),
        "",
    )
    hint = (
        f"Signed with the private key of {signer}, which is not the one kid names" if signer else ""
    )
    error = attempt.refused(
        SIGNATURE,
        "signature",
        f"{SIGNATURE_BYTES} bytes R || S by the key {thumbprint(key.public_key)}",
        f"{len(compact.signature)} bytes",
        hint,
    )
    if error.diagnosis.hint:
        return error
    return SchemeError(replace(error.diagnosis, hint=ANOTHER_KEY if raw else NO_SIGNATURE))


def _is_hmac_with_pem(attempt: Attempt) -> bool:
    keys = [*attempt.other_keys.values(), *([attempt.key.public_key] if attempt.key else [])]
    return any(jws.is_hmac(attempt.compact, jws.pem_texts(key)) for key in keys)


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


def _plain(kid: str) -> str:
    """Return a fingerprint without what only its spelling adds."""
    bare = re.sub(r"^(sha256|sha1|md5|sha-256|sha-1)[:/ ]", "", kid.strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"[0-9A-Fa-f]{2}([: ]?[0-9A-Fa-f]{2})+", bare):
        return re.sub("[: ]", "", bare).lower()
    return bare.replace("+", "-").replace("/", "_").rstrip("=")


def _fingerprint_of(attempt: Attempt) -> tuple[str, str, str]:
    """Return whose key `kid` is a fingerprint of, of which kind, and that key's thumbprint."""
    kid = _plain(attempt.kid)
    for name, key in attempt.other_keys.items():
        try:
            kinds = fingerprints(key)
        except ConfigurationError:
            continue
        for kind, value in kinds.items():
            if _plain(value) == kid:
                return name, kind, kinds["RFC 7638 thumbprint"]
    return "", "", ""


def _registered_as(attempt: Attempt) -> str:
    name, kind, registered = _fingerprint_of(attempt)
    return f"{registered}, if {name} is meant (sent: {kind})" if name else "a registered key"


def _padded_halves(attempt: Attempt) -> bool:
    """Tell whether leading zeros of R or S were dropped."""
    signature = attempt.compact.signature
    if not SIGNATURE_BYTES - 4 <= len(signature) < SIGNATURE_BYTES:
        return False
    return any(
        attempt.verifies(signature[:cut].rjust(32, b"\0") + signature[cut:].rjust(32, b"\0"))
        for cut in range(len(signature) - 32, 33)
    )


def _signed_otherwise(attempt: Attempt) -> Iterator[bytes]:
    header, _, claims = attempt.compact.signing_input.partition(b".")
    yield claims
    yield attempt.compact.payload
    yield jws.from_any_base64(header) + b"." + attempt.compact.payload
    yield jws.from_any_base64(header) + attempt.compact.payload


def _digests(attempt: Attempt) -> Iterator[bytes]:
    digest = hashlib.sha256(attempt.compact.signing_input).digest()
    yield digest
    yield digest.hex().encode("ascii")


def _other_hash(algorithm: ECAlgorithm) -> Recipe:
    return lambda attempt: attempt.signed(attempt.compact.signing_input, algorithm)


def _place(url: str) -> tuple[str, str, str]:
    """Return scheme, host and path of a URL, as far as it is one."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.path
    except ValueError:
        return "", "", ""


def _near(attempt: Attempt, change: Callable[[str], str]) -> bool:
    """Tell whether an audience is right but for what `change` takes away."""
    return any(
        value != attempt.audience and change(value) == change(attempt.audience)
        for value in attempt.audiences
    )


def _same_host_only(attempt: Attempt) -> bool:
    _, wanted, _ = _place(attempt.audience)
    return any(host == wanted != "" for _, host, _ in map(_place, attempt.audiences))


def _other_host(attempt: Attempt) -> bool:
    return any(host for _, host, _ in map(_place, attempt.audiences))


def _exceeds(power: int) -> Recipe:
    return lambda a: type(a.time) is int and a.time > 10**power


def _hours_off(attempt: Attempt, later: int) -> bool:
    """Tell whether `iat` (or `nbf`) is off the clock by whole hours, as time zones are."""
    time = attempt.claims.get("iat") if attempt.time is None else attempt.time
    # The bound keeps an absurd number from overflowing the subtraction.
    if type(time) is not int or abs(time) > 10**12:
        return False
    ahead = (time - attempt.now) * later
    hours = round(ahead / 3600) if 0 < ahead < 15 * 3600 else 0
    return hours > 0 and abs(ahead - hours * 3600) <= max(attempt.skew, 60)


def _is_numeric_text(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", value) is not None


ANOTHER_APPLICATION = "The request names another application than the one that owns the key"
ANOTHER_KEY = (
    "Not made with the private key of the key that kid names, or header or claims were "
    "changed after signing"
)
NO_SIGNATURE = "This is not an ES256 signature in any known form; it was cut or altered"

_UNITS: tuple[tuple[str, Recipe], ...] = (
    ("The time is in nanoseconds; use seconds", _exceeds(17)),
    ("The time is in microseconds; use seconds", _exceeds(14)),
    ("The time is in milliseconds; use seconds", _exceeds(11)),
)

_AHEAD: tuple[tuple[str, Recipe], ...] = (
    *_UNITS,
    (
        "The time is whole hours ahead: local time east of Greenwich was taken for UTC",
        lambda a: _hours_off(a, +1),
    ),
    ("The client's clock is ahead", lambda a: type(a.time) is int),
)

RECIPES: Mapping[FailureMode, tuple[tuple[str, Recipe], ...]] = {
    ALG: (
        (
            "alg is none: the assertion is not signed; sign with ES256",
            lambda a: a.alg.lower() == "none",
        ),
        (
            "HMAC with the public key as its secret, which everybody has; "
            "sign with ES256 and the private key",
            _is_hmac_with_pem,
        ),
        (
            "HMAC uses a shared secret; sign with ES256 and the private key",
            lambda a: a.alg.startswith("HS"),
        ),
        ("RSA was used; use a key on P-256 and ES256", lambda a: a.alg.startswith(("RS", "PS"))),
        (
            "Another curve or hash was used; use a key on P-256 and ES256",
            lambda a: a.alg in ("ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448"),
        ),
        ("The header names no algorithm", lambda a: "alg" not in a.compact.protected),
        (
            "The algorithm is to be written ES256",
            lambda a: (
                re.sub("[^A-Z0-9]", "", a.alg.upper())
                in ("ES256", "ECDSA", "SHA256WITHECDSA", "ECDSASHA256", "ECDSAWITHSHA256")
            ),
        ),
    ),
    KID_MISSING: (
        (
            "kid is among the claims; it belongs in the header",
            lambda a: any(name in a.claims for name in ("kid", "keyId", "keyid")),
        ),
        (
            "The header member is called kid",
            lambda a: any(n in a.compact.protected for n in ("keyId", "keyid", "key_id", "KID")),
        ),
        (
            "x5t, x5c or a key in the header is not looked at; name the registered key in kid",
            lambda a: any(
                name in a.compact.protected
                for name in ("x5t", "x5t#S256", "x5c", "x5u", "jwk", "jku")
            ),
        ),
        ("kid must be text", lambda a: bool(a.compact.protected.get("kid"))),
        ("kid is empty", lambda a: "kid" in a.compact.protected),
        (
            "Put the fingerprint of the registered key into the header as kid",
            lambda a: "kid" not in a.compact.protected,
        ),
    ),
    KID_UNKNOWN: (
        (
            "kid is a key itself; send its fingerprint",
            lambda a: "-----BEGIN" in a.kid or a.kid.startswith(("ssh-", "ecdsa-")),
        ),
        (
            "kid is a URL; send the fingerprint of the registered key",
            lambda a: a.kid.lower().startswith(("http://", "https://")),
        ),
        (
            "kid is the client's name; send the fingerprint of its key",
            lambda a: a.kid in (a.issuer, a.claims.get("iss")),
        ),
        (
            "kid is a fingerprint of a registered key, but of another kind than registered",
            lambda a: bool(_fingerprint_of(a)[0]),
        ),
        (
            "kid is a fingerprint, but of a key that is not registered",
            lambda a: (
                re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[\w-]{43}", _plain(a.kid))
                is not None
            ),
        ),
    ),
    SIGNATURE: (
        ("The signature is empty", lambda a: not a.compact.signature),
        (
            "The signature is in DER; ES256 wants R and S, 32 bytes each, joined",
            lambda a: a.verifies(from_der(a.compact.signature)),
        ),
        (
            "The signature is hexadecimal text; encode its raw bytes with base64url",
            lambda a: any(
                a.verifies(spelling) or a.verifies(from_der(spelling))
                for spelling in jws.spellings(a.compact.signature)
            ),
        ),
        (
            "The signature was Base64 text already and was encoded once more",
            lambda a: a.verifies(jws.from_any_base64(a.compact.signature)),
        ),
        ("Leading zeros of R or S were dropped; pad each to 32 bytes", _padded_halves),
        (
            "S stands before R",
            lambda a: a.verifies(a.compact.signature[32:] + a.compact.signature[:32]),
        ),
        ("Hashed with SHA-384; use SHA-256", _other_hash(ECAlgorithm(ECAlgorithm.SHA384))),
        ("Hashed with SHA-512; use SHA-256", _other_hash(ECAlgorithm(ECAlgorithm.SHA512))),
        (
            "Hashed twice: the signing function hashes by itself",
            lambda a: any(map(a.signed, _digests(a))),
        ),
        (
            "Signed the claims alone or decoded bytes; sign the base64url text header.claims",
            lambda a: any(map(a.signed, _signed_otherwise(a))),
        ),
        (
            "Signed standard Base64, sent base64url; sign what is sent",
            lambda a: any(map(a.signed, jws.as_standard(a.compact.signing_input))),
        ),
        (
            "Signed a line break along with the text",
            lambda a: a.signed(a.compact.signing_input + b"\n"),
        ),
        (
            "The signature is in DER, and by another key or over another text besides; "
            "ES256 wants R and S, 32 bytes each, joined",
            lambda a: from_der(a.compact.signature) != b"",
        ),
    ),
    ISSUER: (
        (
            "iss and sub are missing; both are the client's name",
            lambda a: "iss" not in a.claims and "sub" not in a.claims,
        ),
        ("sub is missing; it is the client's name, like iss", lambda a: "sub" not in a.claims),
        ("iss is missing; it is the client's name, like sub", lambda a: "iss" not in a.claims),
        (
            "iss is the key's name; it must be the client's",
            lambda a: a.kid != "" and a.claims["iss"] == a.kid,
        ),
        (
            "iss is the audience; it must be the client's name",
            lambda a: a.claims["iss"] == a.audience,
        ),
        (
            "sub differs from iss; a client asserts itself, both are its name",
            lambda a: a.claims["iss"] == a.owner,
        ),
        (
            "iss differs from sub; a client asserts itself, both are its name",
            lambda a: a.claims["sub"] == a.owner,
        ),
        (
            "Signed with the key of another client than iss and sub name",
            lambda a: a.claims["iss"] == a.claims["sub"],
        ),
    ),
    AUDIENCE: (
        ("aud is missing", lambda a: "aud" not in a.claims),
        (
            "aud is text or an array of texts",
            lambda a: a.audience in a.audiences or not a.audiences,
        ),
        (
            "aud has a slash at its end that does not belong there",
            lambda a: _near(a, lambda url: url.rstrip("/")),
        ),
        ("aud begins with https", lambda a: _near(a, lambda url: re.sub("^https?", "", url))),
        ("aud has white space around it", lambda a: _near(a, str.strip)),
        (
            "aud is compared letter by letter, upper and lower case too",
            lambda a: _near(a, str.lower),
        ),
        (
            "aud holds several audiences in one text; use an array",
            lambda a: any(a.audience in re.split(r"[\s,;]+", value) for value in a.audiences),
        ),
        (
            "aud is a client's name; it must be the server's",
            lambda a: bool(a.owner) and a.owner in a.audiences,
        ),
        (
            "aud is an address at the right server, perhaps the one that was called; "
            "it is a fixed text instead",
            _same_host_only,
        ),
        (
            "aud names another host, such as the emulator's own; "
            "it is a fixed text, wherever the request is sent",
            _other_host,
        ),
    ),
    CLAIM_TYPE: (
        ("exp is missing", lambda a: "exp" not in a.claims),
        ("iat is missing", lambda a: "iat" not in a.claims),
        ("The time is a number in quotation marks", lambda a: _is_numeric_text(a.time)),
        ("The time is a date as text; use seconds since 1970", lambda a: isinstance(a.time, str)),
        (
            "The time has a fraction; round it down to whole seconds",
            lambda a: isinstance(a.time, float),
        ),
    ),
    EXPIRED: (
        (
            "exp is a duration; it must be a time: iat + 3600",
            lambda a: a.claims["exp"] < 10**8,
        ),
        ("exp equals iat; add the lifetime", lambda a: a.claims["exp"] == a.claims["iat"]),
        (
            "iat is whole hours behind: local time west of Greenwich was taken for UTC, "
            "or an old assertion was sent again",
            lambda a: _hours_off(a, -1),
        ),
        (
            "An old assertion was sent again, or the client's clock is behind; make a new one",
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    IAT_IN_FUTURE: _AHEAD,
    LIFETIME: (
        *_UNITS,
        ("exp is not after iat", lambda a: a.claims["exp"] <= a.claims["iat"]),
        (
            "The assertion lives too long: exp is iat + 3600 at most",
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    NOT_YET_VALID: _AHEAD,
}
"""What to try after each way to fail, the most telling first."""

MISTAKES: tuple[tuple[str, Recipe], ...] = tuple(
    dict.fromkeys(pair for recipes in RECIPES.values() for pair in recipes)
)
"""Every known mistake but those of `jws` in form: the hint, and what tells that it was made."""
