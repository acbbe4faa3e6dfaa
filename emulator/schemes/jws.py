"""JSON Web Signature (RFC 7515): compact serialization, RS256 only.

::

    signing input = base64url(protected header) "." base64url(payload)
    signature     = RSASSA-PKCS1-v1_5 with SHA-256 over the signing input
    text          = signing input "." base64url(signature)

The algorithm and the key are what was agreed with the sender, never what the text asks for:
`alg` must say RS256, and `kid`, `jwk`, `jku`, `x5c`, `x5u` are not even looked at.

PyJWT signs and gives the verdict. What stands here besides is the strictness it lacks
(canonical base64url, unique members, `typ`) and, after a refusal, the search for the mistake.
An RS256 signature can be *opened* with the public key and then shows the digest that was
signed, so most wrong recipes cost a hash, not another RSA operation.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import warnings
from binascii import a2b_base64, b2a_base64
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from jwt.algorithms import RSAAlgorithm

from emulator.errors import (
    Behaviour,
    ConfigurationError,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
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

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


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


def to_base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Return the bytes whose one canonical spelling is `text`.

    Raises:
        ValueError: `text` is padded, has a foreign character, an impossible length, or
            bits behind the last byte that are not zero.
    """
    standard = text.encode("ascii").translate(_TO_STANDARD)
    raw = a2b_base64(standard + b"=" * (-len(standard) % 4))
    # One comparison covers what the decoder lets pass: it skips foreign characters.
    if to_base64url(raw) != text:
        raise ValueError("not canonical base64url")
    return raw


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_STRICT = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse_constant)


def from_json(raw: bytes) -> dict[str, Any]:
    """Read a JSON object strictly: UTF-8 without a mark, no NaN, no member twice.

    Raises:
        ValueError: It is not one.
    """
    try:
        value = _STRICT.decode(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return cast("dict[str, Any]", value)


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
        raise SchemeError(
            NOT_COMPACT.diagnose(
                expected="header.payload.signature",
                received=f"{dots + 1} parts" if dots else "1 part",
                hint=_recognise(NOT_COMPACT, Attempt(text)),
            )
        )
    first, second, third = text.split(".")
    header = _part("protected", first, text)
    payload = _part("payload", second, text)
    signature = _part("signature", third, text)
    compact = Compact({}, payload, text[: -len(third) - 1].encode("ascii"), signature)
    try:
        protected = from_json(header)
    except ValueError as error:
        raise _bad_header(header, str(error), compact) from None
    if "crit" in protected:
        raise _bad_header(header, "crit is present", compact)
    # RFC 7797 changes the signing input; without `crit` it must not be used at all.
    if protected.get("b64") is False:
        raise _bad_header(header, "b64 is false", compact)
    return Compact(protected, payload, compact.signing_input, signature)


def _part(where: str, segment: str, text: str) -> bytes:
    try:
        return from_base64url(segment)
    except ValueError:
        raise SchemeError(
            NOT_BASE64URL.diagnose(
                where,
                expected="A-Z a-z 0-9 - _ without padding",
                received=f"{len(segment)} characters",
                hint=_recognise(NOT_BASE64URL, Attempt(text)),
            )
        ) from None


def _bad_header(header: bytes, reason: str, compact: Compact) -> SchemeError:
    return SchemeError(
        HEADER.diagnose(
            "protected",
            expected="a JSON object without crit, each member once",
            received=reason,
            hint=_recognise(HEADER, Attempt(compact=compact, header=header)),
        )
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
        raise SchemeError(
            ALG.diagnose(
                "protected.alg",
                expected="RS256",
                received=shown(alg) if "alg" in compact.protected else "(absent)",
                hint=_recognise(ALG, Attempt(text, compact, public_key, pems=tuple(pems))),
            )
        )
    typ = compact.protected.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower() not in ("jwt", "jose"):
        raise SchemeError(TYP.diagnose("protected.typ", expected="JWT", received=shown(typ)))
    if not RS256.verify(compact.signing_input, public_key, compact.signature):
        raise _bad_signature(Attempt(text, compact, public_key, pems=tuple(pems)), also)
    return compact


def _bad_signature(attempt: Attempt, also: Mapping[str, RSAPublicKey]) -> SchemeError:
    compact = attempt.compact
    hint = _recognise(SIGNATURE, attempt)
    if not hint:
        signer = next(
            (
                name
                for name, key in also.items()
                if RS256.verify(compact.signing_input, key, compact.signature)
            ),
            "",
        )
        if signer:
            hint = f"Signed with the private key of {signer}; sign with your own"
        elif attempt.opened:
            hint = CHANGED
        elif len(compact.signature) == attempt.key_bytes:
            hint = ANOTHER_KEY
        else:
            hint = CUT
    return SchemeError(
        SIGNATURE.diagnose(
            "signature",
            expected=f"SHA-256 {hashlib.sha256(compact.signing_input).hexdigest()}",
            received=f"{len(compact.signature)} bytes, "
            + (
                f"made over {attempt.opened.hex()}"
                if attempt.opened
                else "which do not open with this key"
            ),
            hint=hint,
        )
    )


def read_payload(compact: Compact) -> dict[str, Any]:
    """Return the payload as a JSON object.

    Raises:
        SchemeError: `jws.payload`.
    """
    try:
        return from_json(compact.payload)
    except ValueError as error:
        raise SchemeError(
            PAYLOAD.diagnose(
                "payload",
                expected="a JSON object, each member once",
                received=str(error),
                hint=_recognise(PAYLOAD, Attempt(compact=compact)),
            )
        ) from None


# --- certificates ---------------------------------------------------------------------------

_LABEL = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")

_PASTED = {
    "CERTIFICATE REQUEST": "a certificate request (request.csr)",
    "NEW CERTIFICATE REQUEST": "a certificate request (request.csr)",
    "PUBLIC KEY": "a bare public key (public.key)",
    "RSA PUBLIC KEY": "a bare public key (public.key)",
}


@contextmanager
def _any_serial() -> Generator[None, None, None]:
    """Let serial 0 and below pass: home-made certificates have them, and only the key counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


@lru_cache(maxsize=256)
def _load_certificate(pem: str) -> x509.Certificate:
    labels = _LABEL.findall(pem)
    wanted = "send the X.509 certificate (certificate.pem)"
    if "PRIVATE KEY-----" in pem:
        raise ConfigurationError(f"This holds a private key; keep it to yourself and {wanted}")
    for label in labels:
        if label != "CERTIFICATE":
            what = _PASTED.get(label, f"a PEM of type {label}")
            raise ConfigurationError(f"This is {what}; {wanted}")
    if not labels:
        what = "an SSH public key" if pem.lstrip().startswith("ssh-") else "not PEM text"
        raise ConfigurationError(f"This is {what}; {wanted}")
    if len(labels) > 1:
        raise ConfigurationError(f"This holds {len(labels)} certificates; send exactly one")
    try:
        with _any_serial():
            return x509.load_pem_x509_certificate(pem.encode("utf-8"))
    except ValueError as error:
        what = r", its line breaks are written as \n" if r"\n" in pem else ""
        raise ConfigurationError(f"This certificate cannot be read{what}; {wanted}") from error


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
    certificate = _load_certificate(pem)
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("The key in this certificate cannot be read") from error
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
    certificate = _load_certificate(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def certificate_serial(pem: str) -> int:
    """Return a certificate's serial number.

    Raises:
        ConfigurationError: As `load_certificate_key`, but any kind of key will do.
    """
    with _any_serial():
        return _load_certificate(pem).serial_number


# --- after a refusal: which mistake was made ------------------------------------------------

# What PKCS#1 v1.5 puts before the digest (RFC 8017, section 9.2, note 1).
_DIGEST_INFO = {
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}

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
            return from_json(self.text.encode("utf-8"))
        except ValueError:
            return {}

    @cached_property
    def opened(self) -> bytes:
        """What the signature holds under the key; empty if another key made it."""
        if self.public_key is None:
            return b""
        try:
            return self.public_key.recover_data_from_signature(
                self.compact.signature, PKCS1v15(), None
            )
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return b""

    @property
    def segments(self) -> tuple[bytes, bytes]:
        """The first two parts as received."""
        first, _, second = self.compact.signing_input.partition(b".")
        return first, second

    def over(self, message: bytes, hash_name: str = "sha256") -> bool:
        """Tell whether `message` is what was signed, hashed with `hash_name`."""
        digest = hashlib.new(hash_name, message, usedforsecurity=False).digest()
        return self.opened == _DIGEST_INFO[hash_name] + digest

    def verifies(self, signature: bytes) -> bool:
        """Tell whether the signature would have been right in this form."""
        return self.public_key is not None and RS256.verify(
            self.compact.signing_input, self.public_key, signature
        )

    def is_pss(self) -> bool:
        """Tell whether the signature is right, but padded by the PSS scheme."""
        if self.public_key is None:
            return False
        padding = PSS(MGF1(SHA256()), PSS.AUTO)
        try:
            self.public_key.verify(
                self.compact.signature, self.compact.signing_input, padding, SHA256()
            )
        except (InvalidSignature, ValueError):
            return False
        return True


if TYPE_CHECKING:
    Recipe = Callable[[Attempt], bool]


def is_compact(text: object) -> bool:
    """Tell whether `text` looks like a JWS, whoever signed it."""
    if not isinstance(text, str) or text.count(".") != 2:
        return False
    try:
        return "alg" in from_json(from_base64url(text.partition(".")[0]))
    except ValueError:
        return False


def from_hex(raw: bytes) -> bytes:
    """Return the bytes that `raw` spells in hexadecimal; empty if it does not."""
    try:
        return bytes.fromhex(raw.decode("ascii"))
    except ValueError:
        return b""


def from_any_base64(raw: bytes) -> bytes:
    """Return the bytes that `raw` spells in either Base64; empty if it does not."""
    standard = raw.translate(_TO_STANDARD).rstrip(b"=")
    try:
        return a2b_base64(standard + b"=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        return b""


def spellings(signature: bytes) -> Iterator[bytes]:
    """Yield the hexadecimal readings of a decoded signature part.

    Hexadecimal text is valid base64url too: it may have been decoded by mistake, or
    encoded on top.
    """
    yield from_hex(to_base64url(signature).encode("ascii"))
    yield from_hex(signature)


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
    """Tell whether the signature is an HMAC under one of `secrets`."""
    hash_name = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}.get(
        str(compact.protected.get("alg"))
    )
    return hash_name is not None and any(
        hmac.compare_digest(
            hmac.digest(secret, compact.signing_input, hash_name), compact.signature
        )
        for secret in secrets
    )


def as_standard(signing_input: bytes) -> Iterator[bytes]:
    """Yield the signing input in standard Base64, with padding and without."""
    parts = [part.translate(_TO_STANDARD) for part in signing_input.split(b".")]
    yield b".".join(part + b"=" * (-len(part) % 4) for part in parts)
    yield b".".join(parts)


def _reserialized(payload: bytes) -> Iterator[bytes]:
    """Yield other spellings of a JSON payload, as common libraries write them."""
    try:
        value = from_json(payload)
        for sort in (False, True):
            for ascii_only in (False, True):
                for separators, indent in (((",", ":"), None), (None, None), (None, 2)):
                    text = json.dumps(
                        value,
                        sort_keys=sort,
                        ensure_ascii=ascii_only,
                        separators=separators,
                        indent=indent,
                    )
                    yield text.encode("utf-8")
    except (RecursionError, ValueError):
        return


def _over_another_serialization(attempt: Attempt) -> bool:
    header = attempt.segments[0]
    return any(
        attempt.over(header + b"." + to_base64url(payload).encode("ascii")) or attempt.over(payload)
        for payload in _reserialized(attempt.compact.payload)
    )


_USUAL_HEADERS = (
    b'{"alg":"RS256"}',
    b'{"alg":"RS256","typ":"JWT"}',
    b'{"typ":"JWT","alg":"RS256"}',
    b'{"alg": "RS256", "typ": "JWT"}',
    b'{"typ": "JWT", "alg": "RS256"}',
)


def _over_another_header(attempt: Attempt) -> bool:
    payload = attempt.segments[1]
    return any(
        attempt.over(to_base64url(header).encode("ascii") + b"." + payload)
        for header in _USUAL_HEADERS
    )


def _over_decoded(attempt: Attempt) -> bool:
    header, payload = from_any_base64(attempt.segments[0]), attempt.compact.payload
    return any(map(attempt.over, (payload, header + b"." + payload, header + payload)))


def _over_line_break(attempt: Attempt) -> bool:
    texts = (attempt.compact.signing_input, attempt.segments[1], attempt.compact.payload)
    return any(attempt.over(text + end) for text in texts for end in (b"\n", b"\r\n"))


def _over_digest(attempt: Attempt) -> bool:
    digest = hashlib.sha256(attempt.compact.signing_input).digest()
    return attempt.over(digest) or attempt.over(digest.hex().encode("ascii"))


def _bare_digest(attempt: Attempt) -> bool:
    digest = hashlib.sha256(attempt.compact.signing_input).digest()
    return attempt.opened in (digest, digest.hex().encode("ascii"))


def _other_hash(hash_name: str) -> Recipe:
    return lambda attempt: attempt.over(attempt.compact.signing_input, hash_name)


def _holds_compact(value: object) -> bool:
    return isinstance(value, dict) and any(map(is_compact, cast("dict[str, Any]", value).values()))


def _json_string(payload: bytes) -> str:
    try:
        value: object = json.loads(payload.decode("utf-8"))
    except (RecursionError, ValueError):
        return ""
    return value if isinstance(value, str) else ""


def _detached(attempt: Attempt) -> bool:
    return not attempt.compact.payload and bool(attempt.compact.signature)


def _is_encoded_twice(payload: bytes) -> bool:
    try:
        return bool(from_json(_json_string(payload).encode("utf-8")))
    except ValueError:
        return False


def _is_signed_twice(payload: bytes) -> bool:
    return is_compact(_json_string(payload)) or is_compact(payload.decode("utf-8", "replace"))


def _is_base64_json(payload: bytes) -> bool:
    try:
        return bool(from_json(from_any_base64(payload)))
    except ValueError:
        return False


def _has_member_twice(raw: bytes) -> bool:
    try:
        from_json(raw)
    except ValueError as error:
        return "twice" in str(error)
    return False


def _ends_in_stray_bits(text: str) -> bool:
    return any(
        len(part) % 4 == 1 or to_base64url(from_any_base64(part.encode("ascii"))) != part
        for part in text.split(".")
        if re.fullmatch(r"[A-Za-z0-9_-]+", part)
    )


CHANGED = (
    "Made with the right key, but over something else: header or payload were changed or "
    "written anew after signing"
)
ANOTHER_KEY = "Not made with the private key that belongs to the registered certificate"
CUT = "The signature does not have the length of the registered key; it was cut or altered"

_SHAPES: tuple[tuple[str, Recipe], ...] = (
    ("The text is empty", lambda a: not a.text.strip()),
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
    ("This is plain JSON; sign it first", lambda a: a.text.lstrip().startswith("{")),
    ("The prefix Bearer belongs to an HTTP header only", lambda a: a.text[:7].lower() == "bearer "),
    (
        "The text is in quotation marks: it was encoded as JSON once too often",
        lambda a: a.text.strip()[:1] in ('"', "'") or a.text.strip()[-1:] in ('"', "'"),
    ),
    (
        "There is white space or a line break in or around the text",
        lambda a: any(c.isspace() for c in a.text),
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
        ("The header names no algorithm", lambda a: "alg" not in a.compact.protected),
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
        (
            "The signature is hexadecimal text; encode its raw bytes with base64url",
            lambda a: any(map(a.verifies, spellings(a.compact.signature))),
        ),
        (
            "The signature was Base64 text already and was encoded once more",
            lambda a: a.verifies(from_any_base64(a.compact.signature)),
        ),
        (
            "The bytes of the signature are reversed (little-endian)",
            lambda a: a.verifies(a.compact.signature[::-1]),
        ),
        ("PSS padding was used although alg says RS256; use PKCS#1 v1.5", Attempt.is_pss),
        ("Hashed with SHA-1; use SHA-256", _other_hash("sha1")),
        ("Hashed with SHA-384; use SHA-256", _other_hash("sha384")),
        ("Hashed with SHA-512; use SHA-256", _other_hash("sha512")),
        ("Hashed with MD5; use SHA-256", _other_hash("md5")),
        (
            "The bare digest was encrypted; use a signing function, which names the hash",
            _bare_digest,
        ),
        ("Hashed twice: the signing function hashes by itself", _over_digest),
        (
            "Signed the payload alone; sign header.payload",
            lambda a: a.over(a.segments[1]),
        ),
        ("Signed the decoded bytes; sign the base64url text header.payload", _over_decoded),
        (
            "Signed standard Base64, sent base64url; sign what is sent",
            lambda a: any(map(a.over, as_standard(a.compact.signing_input))),
        ),
        ("Signed a line break along with the text", _over_line_break),
        (
            "Signed another serialization of the same JSON; encode once, sign and send that",
            _over_another_serialization,
        ),
        ("Signed another header than the one sent", _over_another_header),
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


def _recognise(mode: FailureMode, attempt: Attempt) -> str:
    return next((hint for hint, recipe in RECIPES[mode] if recipe(attempt)), "")
