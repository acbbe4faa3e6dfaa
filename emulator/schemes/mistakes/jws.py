"""Which mistake made a JWS wrong; asked only after `jws` has refused it.

An RS256 signature can be *opened* with the public key and then shows the digest that was
signed, so most wrong recipes cost a hash, not another RSA operation.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from binascii import a2b_base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.json_text import RepeatedMember, read_object
from emulator.schemes.encoding import TO_STANDARD, to_base64url
from emulator.schemes.jws import (
    ALG,
    HEADER,
    NOT_BASE64URL,
    NOT_COMPACT,
    PAYLOAD,
    RS256,
    SIGNATURE,
    Compact,
    is_compact,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.errors import FailureMode

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
            return read_object(self.text.encode("utf-8"))
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


def from_hex(raw: bytes) -> bytes:
    """Return the bytes that `raw` spells in hexadecimal; empty if it does not."""
    try:
        return bytes.fromhex(raw.decode("ascii"))
    except ValueError:
        return b""


def from_any_base64(raw: bytes) -> bytes:
    """Return the bytes that `raw` spells in either Base64; empty if it does not."""
    standard = raw.translate(TO_STANDARD).rstrip(b"=")
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
    parts = [part.translate(TO_STANDARD) for part in signing_input.split(b".")]
    yield b".".join(part + b"=" * (-len(part) % 4) for part in parts)
    yield b".".join(parts)


def _reserialized(payload: bytes) -> Iterator[bytes]:
    """Yield other spellings of a JSON payload, as common libraries write them."""
    try:
        value = read_object(payload)
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


def recognise(mode: FailureMode, attempt: Attempt) -> str:
    """Return the hint of the first mistake that fits, or ""."""
    return next((hint for hint, recipe in RECIPES[mode] if recipe(attempt)), "")


def recognise_signature(attempt: Attempt, also: Mapping[str, RSAPublicKey]) -> str:
    """Return what to say of a wrong signature: the mistake, or whose key made it, or what."""
    compact = attempt.compact
    if hint := recognise(SIGNATURE, attempt):
        return hint
    for name, key in also.items():
        if RS256.verify(compact.signing_input, key, compact.signature):
            return f"Signed with the private key of {name}; sign with your own"
    if attempt.opened:
        return CHANGED
    return ANOTHER_KEY if len(compact.signature) == attempt.key_bytes else CUT
