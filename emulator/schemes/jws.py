"""JSON Web Signature (RFC 7515): compact serialization, RS256 only.

::

    signing input = base64url(protected header) "." base64url(payload)
    signature     = RSASSA-PKCS1-v1_5 with SHA-256 over the signing input
    text          = signing input "." base64url(signature)

The algorithm and the key are what was agreed with the sender, never what the text asks for:
`alg` must say RS256, and `kid`, `jwk`, `jku`, `x5c`, `x5u` are not even looked at.

PyJWT signs and gives the verdict. What stands here besides is the strictness it lacks
(canonical base64url, unique members, `typ`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from emulator.core.errors import (
    Behaviour,
    ConfigurationError,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.core.json_text import read_object
from emulator.core.pem import public_key_of, read_certificate, serial_of
from emulator.schemes.encoding import from_base64url, to_base64url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

RFC = Source("RFC 7515")
TESABIZ = Source("Tesabiz, Proceso de seguridad")

NOT_COMPACT = FailureMode(
    "jws.not-compact",
    "The text is not three parts joined by dots",
    RFC.but(Standing.DOCUMENTED, "section 7.1"),
)
NOT_BASE64URL = FailureMode(
    "jws.not-base64url",
    "A part is not base64url without padding",
    RFC.but(Standing.DOCUMENTED, "section 2"),
)
HEADER = FailureMode(
    "jws.header",
    "The protected header is not a JSON object this side understands",
    RFC.but(Standing.DOCUMENTED, "section 5.2, steps 3 to 5"),
)
ALG = FailureMode(
    "jws.alg",
    "The signature algorithm is not RS256",
    TESABIZ.but(Standing.INFERRED, "Ejemplo para enviar el payload firmado"),
)
TYP = FailureMode(
    "jws.typ",
    "The header declares another type than JWT or JOSE",
    RFC.but(Standing.CHOSEN, "section 4.1.9"),
)
SIGNATURE = FailureMode(
    "jws.signature",
    "The signature does not match",
    RFC.but(Standing.DOCUMENTED, "section 5.2, step 8"),
)
PAYLOAD = FailureMode(
    "jws.payload",
    "The payload is not a JSON object",
    TESABIZ.but(Standing.INFERRED, "Construcción de la trama JSON normal"),
)
CERTIFICATES = Behaviour(
    "A certificate only carries the key: X.509 v1, self-signed or expired makes no difference",
    TESABIZ.but(Standing.INFERRED, "Generación de firma"),
)

RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)
MINIMUM_BITS = 2048  # RFC 7518, section 3.3


@dataclass(frozen=True, slots=True)
class Compact:
    """A JWS taken apart; nothing in it is proven until `verify` returned it.

    Attributes:
        protected: The protected header.
        payload: Raw bytes.
        signing_input: The first two parts as received, with the dot.
        signature: Raw bytes.
    """

    protected: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes


def shown(value: object) -> str:
    """Return `value` as JSON text fit for a diagnosis: encodable, private keys masked."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return f"({type(value).__name__})"
    if "PRIVATE KEY" in text:
        return "(the secret itself, masked)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def parse(text: str) -> Compact:
    """Take the compact serialization apart, without verifying anything.

    Raises:
        SchemeError: `jws.not-compact`, `jws.not-base64url`, `jws.header`.

    Source:
        RFC 7515, section 5.2, steps 1 to 7.
    """
    dots = text.count(".")
    if dots != 2:
        raise _refused(
            NOT_COMPACT,
            expected="header.payload.signature",
            received=f"{dots + 1} parts" if dots else "1 part",
            text=text,
        )
    first, second, third = text.split(".")
    header = _part("protected", first, text)
    payload = _part("payload", second, text)
    signature = _part("signature", third, text)
    signing_input = text[: -len(third) - 1].encode("ascii")
    try:
        protected = read_object(header)
    except ValueError as error:
        raise _unreadable(
            HEADER,
            "protected",
            header,
            error,
            expected="a JSON object without crit, each member once",
            header=header,
        ) from None
    if "crit" in protected:
        raise _bad_header(header, "crit is present")
    # RFC 7797 changes the signing input; without `crit` it must not be used at all.
    if protected.get("b64") is False:
        raise _bad_header(header, "b64 is false")
    return Compact(protected, payload, signing_input, signature)


def _part(where: str, segment: str, text: str) -> bytes:
    try:
        return from_base64url(segment)
    except ValueError:
        raise _refused(
            NOT_BASE64URL,
            where,
            expected="A-Z a-z 0-9 - _ without padding",
            received=f"{len(segment)} characters",
            text=text,
        ) from None


def _bad_header(header: bytes, reason: str) -> SchemeError:
    return _refused(
        HEADER,
        "protected",
        expected="a JSON object without crit, each member once",
        received=reason,
        header=header,
    )


def sign(payload: bytes, private_key: RSAPrivateKey, *, typ: str | None = "JWT") -> str:
    """Sign `payload` as it is.

    Args:
        payload: Raw bytes, such as the UTF-8 text of a JSON object.
        private_key: RSA, 2048 bits or more.
        typ: Left out of the header if `None`.

    Returns:
        The compact serialization. Its header is `{"alg":"RS256","typ":"JWT"}` to the byte,
        which is what the sample in the provider's documentation emits.
    """
    header = b'{"alg":"RS256"'
    if typ is not None:
        header += b',"typ":' + json.dumps(typ).encode("ascii")
    signing_input = f"{to_base64url(header + b'}')}.{to_base64url(payload)}"
    signature = RS256.sign(signing_input.encode("ascii"), private_key)
    return f"{signing_input}.{to_base64url(signature)}"


def verify(
    text: str,
    public_key: RSAPublicKey,
    *,
    also: Mapping[str, RSAPublicKey] = {},
    pems: Iterable[str] = (),
) -> Compact:
    """Return what `text` carries, if `public_key` proves it.

    Args:
        text: The compact serialization.
        public_key: The one key that is trusted.
        also: Other keys we know, by whose they are. Only to name the mistake.
        pems: Texts that the sender may have taken for a shared secret, such as its
            certificate. Only to name the mistake.

    Raises:
        SchemeError: `jws.not-compact`, `jws.not-base64url`, `jws.header`, `jws.alg`,
            `jws.typ`, `jws.signature`.

    Source:
        RFC 7515, section 5.2.
    """
    compact = parse(text)
    alg = compact.protected.get("alg")
    if alg != "RS256":
        raise _refused(
            ALG,
            "protected.alg",
            expected="RS256",
            received=shown(alg) if "alg" in compact.protected else "(absent)",
            text=text,
            compact=compact,
            public_key=public_key,
            pems=tuple(pems),
        )
    typ = compact.protected.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower() not in ("jwt", "jose"):
        raise SchemeError(
            TYP.diagnose(
                "protected.typ",
                expected="JWT, JOSE or none",
                received=shown(typ),
                hint="Set typ to JWT, as the provider's sample does, or leave it out",
            )
        )
    if not RS256.verify(compact.signing_input, public_key, compact.signature):
        raise _bad_signature(compact, public_key, also, tuple(pems))
    return compact


def read_payload(compact: Compact) -> dict[str, Any]:
    """Return the payload as a JSON object.

    Raises:
        SchemeError: `jws.payload`.
    """
    try:
        return read_object(compact.payload)
    except ValueError as error:
        raise _unreadable(
            PAYLOAD,
            "payload",
            compact.payload,
            error,
            expected="a JSON object, each member once",
            compact=compact,
        ) from None


def is_compact(text: object) -> bool:
    """Tell whether `text` looks like a JWS; the signature is not checked."""
    if not isinstance(text, str) or text.count(".") != 2:
        return False
    try:
        return "alg" in read_object(from_base64url(text.partition(".")[0]))
    except ValueError:
        return False


def _refused(
    mode: FailureMode, where: str = "", *, expected: str, received: str, **known: Any
) -> SchemeError:
    """Return the error to raise; `known` is what `mistakes.jws.Attempt` may look at."""
    from emulator.schemes.mistakes import jws as mistakes

    attempt = mistakes.Attempt(**known)
    return SchemeError(
        mode.diagnose(
            where,
            expected=expected,
            received=received,
            hint=lambda: mistakes.recognise(mode, attempt),
        )
    )


def _unreadable(
    mode: FailureMode, where: str, part: bytes, error: ValueError, *, expected: str, **known: Any
) -> SchemeError:
    """Return the error to raise where a part is no JSON object, as `_refused` does."""
    from emulator.core import json_faults

    fault = json_faults.explain(part, error)
    diagnosis = _refused(mode, where, expected=expected, received=fault.received, **known).diagnosis
    return SchemeError(diagnosis.but(lambda hint: hint or fault.hint))


def _bad_signature(
    compact: Compact,
    public_key: RSAPublicKey,
    also: Mapping[str, RSAPublicKey],
    pems: tuple[str, ...],
) -> SchemeError:
    from emulator.schemes.mistakes import jws as mistakes
    from emulator.schemes.mistakes.rsa_signature import recover

    attempt = mistakes.Attempt(compact=compact, public_key=public_key, pems=pems)
    recovered = recover(public_key, compact.signature)
    opened = f"made over {recovered.hex()}" if recovered else "which do not open with this key"
    return SchemeError(
        SIGNATURE.diagnose(
            "signature",
            expected=f"SHA-256 {hashlib.sha256(compact.signing_input).hexdigest()}",
            received=f"{len(compact.signature)} bytes, {opened}",
            hint=lambda: mistakes.recognise_signature(attempt, also),
        )
    )


# --- certificates ---------------------------------------------------------------------------


@lru_cache(maxsize=256)
def load_certificate_key(pem: str) -> RSAPublicKey:
    """Return the public key of a certificate.

    The certificate is only an envelope for the key: X.509 v1, self-signed, expired and
    without any extension are all accepted, as the provider's own key ceremony makes such.

    Args:
        pem: PEM text with exactly one certificate.

    Raises:
        ConfigurationError: It is something else (told which), or the key is not RSA of at
            least 2048 bits.
    """
    key = public_key_of(read_certificate(pem))
    if not isinstance(key, RSAPublicKey):
        kind = type(key).__name__.removesuffix("PublicKey")
        raise ConfigurationError(f"The key in this certificate is {kind}; RS256 needs RSA")
    if key.key_size < MINIMUM_BITS:
        raise ConfigurationError(
            f"The key in this certificate has {key.key_size} bits; RS256 needs {MINIMUM_BITS}"
        )
    return key


def certificate_validity(pem: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a certificate's validity, aware.

    Raises:
        ConfigurationError: As `load_certificate_key`, but any kind of key will do.
    """
    certificate = read_certificate(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def certificate_serial(pem: str) -> int:
    """Return a certificate's serial number.

    Raises:
        ConfigurationError: As `load_certificate_key`, but any kind of key will do.
    """
    return serial_of(read_certificate(pem))
