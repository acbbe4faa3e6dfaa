"""Take a JWS apart, and verify it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulator.core.errors import (
    FailureMode,
    SchemeError,
)
from emulator.core.json_text import read_object
from emulator.core.messages import Message
from emulator.schemes.encoding import from_base64url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

from emulator.schemes.jws.failures import (
    ALG,
    HEADER,
    NOT_BASE64URL,
    NOT_COMPACT,
    PAYLOAD,
    SIGNATURE,
    TYP,
)
from emulator.schemes.jws.make import RS256, Compact
from emulator.schemes.shown import shown


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
                hint=Message("Set typ to JWT, as the provider's sample does, or leave it out"),
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


def _refused(
    mode: FailureMode, where: str = "", *, expected: str, received: str, **known: Any
) -> SchemeError:
    """Return the error to raise; `known` is what `mistakes.RefusedText` may look at."""
    from emulator.schemes.jws import mistakes

    refused = mistakes.RefusedText(**known)
    return SchemeError(
        mode.diagnose(
            where,
            expected=expected,
            received=received,
            hint=lambda: mistakes.recognise(mode, refused),
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
    from emulator.schemes.jws import mistakes
    from emulator.schemes.jws.mistakes.rsa_signature import recover

    refused = mistakes.RefusedText(compact=compact, public_key=public_key, pems=pems)
    recovered = recover(public_key, compact.signature)
    opened = f"made over {recovered.hex()}" if recovered else "which do not open with this key"
    return SchemeError(
        SIGNATURE.diagnose(
            "signature",
            expected=f"SHA-256 {hashlib.sha256(compact.signing_input).hexdigest()}",
            received=f"{len(compact.signature)} bytes, {opened}",
            hint=lambda: mistakes.recognise_signature(refused, also),
        )
    )
