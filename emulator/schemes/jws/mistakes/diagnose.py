"""Which mistake made a JWS wrong; asked only after `jws` has refused it.

Here are the mistakes of form, of the header and of the payload; `rsa_signature` knows those of the
signature, `signed_texts` what may have been signed.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.json_text import RepeatedMember, any_value, read_object
from emulator.core.suggest import is_placeholder
from emulator.schemes.encoding import to_base64url
from emulator.schemes.jws.failures import (
    ALG,
    HEADER,
    NOT_BASE64URL,
    NOT_COMPACT,
    PAYLOAD,
    SIGNATURE,
)
from emulator.schemes.jws.make import Compact, is_compact
from emulator.schemes.jws.mistakes import rsa_signature
from emulator.schemes.jws.mistakes.signed_texts import from_any_base64
from emulator.schemes.mistakes import content
from emulator.schemes.mistakes.bytes_as_text import name_of_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.core.errors import FailureMode

_NOTHING = Compact({}, b"", b"", b"")


@dataclass(frozen=True)
class Attempt:
    """A refused text and what is known about it; recipes are predicates over it.

    Attributes:
        text: As received.
        compact: Its parts, as far as they could be read.
        public_key: The key it had to verify with.
        pems: Texts that may have been taken for a shared secret.
        header: The raw protected header.
    """

    text: str = ""
    compact: Compact = _NOTHING
    public_key: RSAPublicKey | None = None
    pems: tuple[str, ...] = ()
    header: bytes = b""

    @property
    def alg(self) -> str:
        """The algorithm the header names; empty if it names none."""
        alg = self.compact.protected.get("alg")
        return alg if isinstance(alg, str) else ""

    @property
    def key_bytes(self) -> int:
        """The length every signature of the key has, in bytes."""
        return (self.public_key.key_size + 7) // 8 if self.public_key else 0

    @cached_property
    def json(self) -> dict[str, Any]:
        """The text as a JSON object; empty if it is none."""
        try:
            return read_object(self.text.encode("utf-8"))
        except ValueError:
            return {}


if TYPE_CHECKING:
    Recipe = Callable[[Attempt], bool]


def pem_texts(key: RSAPublicKey | EllipticCurvePublicKey, *more: str) -> Iterator[bytes]:
    """Yield the texts that may have been taken for a shared secret instead of the key."""
    texts = list(more)
    formats = [PublicFormat.SubjectPublicKeyInfo]
    if isinstance(key, RSAPublicKey):
        formats.append(PublicFormat.PKCS1)
    texts += [key.public_bytes(Encoding.PEM, each).decode("ascii") for each in formats]
    for text in texts:
        bare = text.strip()
        for variant in dict.fromkeys((text, bare, f"{bare}\n", bare.replace("\n", "\\n"))):
            yield variant.encode("utf-8", "surrogatepass")


def is_hmac(compact: Compact, secrets: Iterable[bytes]) -> bool:
    """Tell whether the signature is an HMAC under one of `secrets`, whatever `alg` says."""
    name = {32: "sha256", 48: "sha384", 64: "sha512"}.get(len(compact.signature))
    return name is not None and any(
        hmac.compare_digest(hmac.digest(secret, compact.signing_input, name), compact.signature)
        for secret in secrets
    )


def _holds_compact(value: object) -> bool:
    return isinstance(value, dict) and any(map(is_compact, cast("dict[str, Any]", value).values()))


def _json_string(payload: bytes) -> str:
    try:
        value: object = any_value(payload.decode("utf-8"))
    except (RecursionError, ValueError):
        return ""
    return value if isinstance(value, str) else ""


def _detached(attempt: Attempt) -> bool:
    return not attempt.compact.payload and bool(attempt.compact.signature)


def _is_encoded_twice(payload: bytes) -> bool:
    try:
        return bool(read_object(_json_string(payload).encode("utf-8")))
    except ValueError:
        return False


def _is_signed_twice(payload: bytes) -> bool:
    return is_compact(_json_string(payload)) or is_compact(payload.decode("utf-8", "replace"))


def _is_base64_json(payload: bytes) -> bool:
    try:
        return bool(read_object(from_any_base64(payload)))
    except ValueError:
        return False


def _has_member_twice(raw: bytes) -> bool:
    try:
        read_object(raw)
    except RepeatedMember:
        return True
    except ValueError:
        return False
    return False


LONGEST = 65_536
"""Characters of a text that is searched for mistakes; a JWS has a few thousand."""
_MOST_DOTS = 4
"""Of a JWS or JWE; what has more is no text whose end was cut."""


def _decoded(text: str) -> str:
    raw = text.encode("ascii", "replace")
    try:
        inside = bytes.fromhex(text)
    except ValueError:
        inside = from_any_base64(raw)
    return inside.decode("ascii", "replace")


def _ends_in_stray_bits(text: str) -> bool:
    return text.count(".") <= _MOST_DOTS and any(
        len(part) % 4 == 1 or to_base64url(from_any_base64(part.encode("ascii"))) != part
        for part in text.split(".")
        if re.fullmatch(r"[A-Za-z0-9_-]+", part)
    )


ANOTHER_KEY = (
    "Not made with the private key that belongs to the registered certificate; sign with that key, "
    "or register the certificate of this one"
)
CUT = (
    "The signature does not have the length of the registered key: it is in another form, was cut, "
    "or a key of another size made it; send all bytes that the signing function returns"
)

_SHAPES: tuple[tuple[str, Recipe], ...] = (
    ("The text is empty", lambda a: not a.text.strip()),
    (
        "Python's bytes were turned into text by str() (b'…'); decode them: .decode('ascii')",
        lambda a: re.match(r"\s*b(['\"]).*\1\s*\Z", a.text, re.DOTALL) is not None,
    ),
    (
        "A private key was sent; consider it lost, and make a new pair",
        lambda a: "PRIVATE KEY-----" in a.text,
    ),
    (
        "A certificate or key was sent in place of the signed text",
        lambda a: "-----BEGIN " in a.text,
    ),
    (
        "This is the JSON serialization; send the compact one, header.payload.signature",
        lambda a: "signatures" in a.json or {"payload", "signature"} <= a.json.keys(),
    ),
    (
        "The whole JSON envelope was sent; here belongs the compact text alone",
        lambda a: _holds_compact(a.json),
    ),
    (
        "A placeholder was not filled in; put the text that the signing function returns there",
        lambda a: is_placeholder(a.text),
    ),
    ("This is plain JSON; sign it first", lambda a: a.text.lstrip().startswith("{")),
    (
        "A variable was not set: the text is what a language prints for nothing; sign first",
        lambda a: a.text.strip().lower() in ("undefined", "null", "none", "nil", "nan", "false"),
    ),
    (
        "An object was turned into text; send the text that the signing function returns",
        lambda a: bool(name_of_object(a.text)),
    ),
    (
        "Form text was sent; send the compact text, header.payload.signature",
        lambda a: re.match(r"\w{1,20}=\w", a.text) is not None,
    ),
    ("XML was sent; send the compact text of a JWS", lambda a: a.text.lstrip().startswith("<")),
    ("The prefix Bearer belongs to an HTTP header only", lambda a: a.text[:7].lower() == "bearer "),
    (
        "The text is in quotation marks: it was encoded as JSON once too often",
        lambda a: a.text.strip()[:1] in ('"', "'") or a.text.strip()[-1:] in ('"', "'"),
    ),
    (
        "There is white space or a line break in or around the text",
        lambda a: re.search(r"\s", a.text) is not None,
    ),
    ("The text is percent-encoded", lambda a: "%" in a.text),
    ("Five parts are a JWE: sign, do not encrypt", lambda a: a.text.count(".") == 4),
    ("The signature is missing: two parts only", lambda a: a.text.count(".") == 1),
    ("Base64 is padded with =; base64url in a JWS is not", lambda a: "=" in a.text),
    (
        "Standard Base64 was used; base64url has - for + and _ for /",
        lambda a: "+" in a.text or "/" in a.text,
    ),
    (
        "A part ends in stray bits: it was cut or its last character altered",
        lambda a: _ends_in_stray_bits(a.text),
    ),
    (
        "The whole compact text was encoded once more; send it as it was signed",
        lambda a: is_compact(_decoded(a.text)),
    ),
)

RECIPES: Mapping[FailureMode, tuple[tuple[str, Recipe], ...]] = {
    NOT_COMPACT: _SHAPES,
    NOT_BASE64URL: _SHAPES,
    HEADER: (
        ("A member of the header occurs twice", lambda a: _has_member_twice(a.header)),
        (
            "The header was encoded twice",
            lambda a: _is_base64_json(a.header) or _is_encoded_twice(a.header),
        ),
        ("The header is empty; it must name the algorithm", lambda a: a.header == b""),
        ("Extensions marked critical are not understood", lambda a: b'"crit"' in a.header),
        (
            "The payload must be encoded; leave b64 out",
            lambda a: re.search(rb'"b64"\s*:\s*false', a.header) is not None,
        ),
    ),
    ALG: (
        (
            "alg is none: the text is not signed; sign with RS256",
            lambda a: a.alg.lower() == "none",
        ),
        (
            "HMAC with the public key or certificate as its secret, which everybody has; "
            "sign with RS256 and the private key",
            lambda a: (
                a.public_key is not None and is_hmac(a.compact, pem_texts(a.public_key, *a.pems))
            ),
        ),
        (
            "HMAC uses a shared secret; sign with RS256 and the private key",
            lambda a: a.alg.startswith("HS"),
        ),
        ("PSS padding was used; use PKCS#1 v1.5, RS256", lambda a: a.alg.startswith("PS")),
        ("The right kind of key, another hash: use RS256", lambda a: a.alg in ("RS384", "RS512")),
        (
            "An elliptic curve was used; use an RSA key and RS256",
            lambda a: a.alg.startswith(("ES", "Ed")),
        ),
        (
            "The header names no algorithm; set alg to RS256",
            lambda a: "alg" not in a.compact.protected,
        ),
        (
            "alg is of encryption; a JWS is signed: set alg to RS256",
            lambda a: (
                a.alg.startswith(("RSA", "A128", "A256", "dir", "ECDH")) and "SHA" not in a.alg
            ),
        ),
        (
            "The algorithm is to be written RS256",
            lambda a: (
                re.sub("[^A-Z0-9]", "", a.alg.upper())
                in ("RS256", "RSASHA256", "SHA256WITHRSA", "SHA256RSA", "SHA256")
            ),
        ),
    ),
    SIGNATURE: (
        ("The signature is empty", lambda a: not a.compact.signature),
        ("The payload is missing (detached); send it between the dots", _detached),
    ),
    PAYLOAD: (
        ("The payload is empty", lambda a: not a.compact.payload),
        (
            "The payload is a JWS itself: it was signed twice",
            lambda a: _is_signed_twice(a.compact.payload),
        ),
        (
            "The payload is a JSON string with JSON inside: it was encoded twice; "
            "sign the object, not its text",
            lambda a: _is_encoded_twice(a.compact.payload),
        ),
        (
            "The payload was encoded with Base64 before signing; signing does that",
            lambda a: _is_base64_json(a.compact.payload),
        ),
        ("A member of the payload occurs twice", lambda a: _has_member_twice(a.compact.payload)),
    ),
}
"""What to try after each way to fail, the most telling first."""

MISTAKES: tuple[tuple[str, Recipe], ...] = tuple(
    dict.fromkeys(pair for recipes in RECIPES.values() for pair in recipes)
)
"""Every known mistake: the hint, and what tells that it was made."""


def recognise(mode: FailureMode, attempt: Attempt) -> str:
    """Return the hint of the first mistake that fits; where none does, what to check."""
    if len(attempt.text) > LONGEST and mode in (NOT_COMPACT, NOT_BASE64URL):
        return f"{_CHECKS[mode]}; this text has {len(attempt.text)} characters"
    if hint := next((hint for hint, recipe in RECIPES[mode] if recipe(attempt)), ""):
        return hint
    part = {PAYLOAD: attempt.compact.payload, HEADER: attempt.header}.get(mode)
    if part is not None:
        return content.told(part, _is_object, "signed") or content.fault(part)
    return "" if mode is SIGNATURE else _CHECKS[mode]


_CHECKS = {
    NOT_COMPACT: "Send header.payload.signature, three parts of base64url joined by two dots",
    NOT_BASE64URL: "A part holds characters that base64url has not: send the text as it was signed",
    ALG: "Set alg to RS256 in the header, and sign with RSA, PKCS#1 v1.5 and SHA-256",
}
"""What to do where no mistake is known."""


def _is_object(data: bytes) -> bool:
    try:
        read_object(data)
    except ValueError:
        return False
    return True


def recognise_signature(attempt: Attempt, also: Mapping[str, RSAPublicKey]) -> str:
    """Return what to say of a wrong signature: the mistake, or whose key made it, or what."""
    compact, key = attempt.compact, attempt.public_key
    if hint := recognise(SIGNATURE, attempt):
        return hint
    if key is None:
        return ANOTHER_KEY
    if hint := rsa_signature.explain(compact, key, also):
        return hint
    if is_hmac(compact, pem_texts(key, *attempt.pems)):
        return rsa_signature.HMAC_USED
    if len(compact.signature) == attempt.key_bytes:
        return ANOTHER_KEY
    return _OF_LENGTH.get(len(compact.signature), CUT)


_OF_LENGTH = {
    64: "The signature has 64 bytes, as of an elliptic curve or HMAC-SHA512; use RSA: RS256",
    32: "The signature has 32 bytes, as of HMAC-SHA256 or a bare digest; sign with RS256",
}
