"""What an RSA signature says of how it was made; asked only after it has been refused.

A signature can be *opened* with the public key, and then shows the digest that was signed. So the
product is cheap: a few forms of the signature times the keys we know cost an RSA operation each,
and all the texts that may have been signed cost a hash each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512

from emulator.core.messages import Message
from emulator.schemes.jws.make import Compact
from emulator.schemes.jws.mistakes.signed_texts import Variant, hashed, signatures, texts
from emulator.schemes.mistakes import search

# What PKCS#1 v1.5 puts before the digest (RFC 8017, section 9.2, note 1).
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
    "sha224": bytes.fromhex("302d300d06096086480165030402040500041c"),
}

USUAL_HEADERS = (
    b'{"alg":"RS256"}',
    b'{"alg":"RS256","typ":"JWT"}',
    b'{"typ":"JWT","alg":"RS256"}',
    b'{"alg": "RS256", "typ": "JWT"}',
    b'{"typ": "JWT", "alg": "RS256"}',
)

_PSS_HASHES = (SHA256(), SHA1(), SHA384(), SHA512())  # noqa: S303 - SHA-1 is the mistake

BARE = Message("The bare digest was encrypted; use a signing function, which names the hash")
CHANGED = Message(
    "Made with the right key, but over something else: header or payload were changed or "
    "written again after signing; sign last, and send the very text that was signed"
)
PSS_USED = Message("PSS padding was used although alg says RS256; use PKCS#1 v1.5")
HMAC_USED = Message(
    "HMAC was used although alg says RS256, with the public key or certificate as its secret; sign "
    "with RS256 and the private key"
)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a signature holds under a key.

    Attributes:
        told: What was done otherwise to the signature and with which key.
        recovered: What was signed: a DigestInfo, or something else.
        foreign: Whether the key is not the one that is trusted.
    """

    told: tuple[str, ...]
    recovered: bytes
    foreign: bool


def recover(key: RSAPublicKey, signature: bytes) -> bytes:
    """Return what a signature holds under the key; empty if another key made it."""
    try:
        return key.recover_data_from_signature(signature, PKCS1v15(), None)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return b""


def explain(compact: Compact, key: RSAPublicKey, also: Mapping[str, RSAPublicKey]) -> str:
    """Return what was done otherwise to sign `compact`; "" if it cannot be told.

    Args:
        compact: What was sent.
        key: The key it had to verify with.
        also: Other keys we know, by whose they are.
    """
    signed = list(texts(compact, USUAL_HEADERS))
    best: tuple[str, ...] = ()
    for opened in sorted(_opened(compact.signature, key, also), key=lambda each: len(each.told)):
        told = _over(opened, signed)
        if told is not None:
            return _tell((*opened.told, *told))
        if not opened.foreign or opened.recovered.startswith(tuple(DIGEST_INFO.values())):
            best = best or (*opened.told, CHANGED if not opened.foreign else _CHANGED_TOO)
    return _tell(best or _pss(compact, key, also, signed))


_CHANGED_TOO = "header or payload were changed after signing besides; sign last"


def _keys(
    key: RSAPublicKey, also: Mapping[str, RSAPublicKey]
) -> Iterator[tuple[str, RSAPublicKey]]:
    yield "", key
    for whose, other in also.items():
        yield (
            Message("Signed with the private key of {whose}; sign with your own").with_(
                whose=whose
            ),
            other,
        )


def _opened(
    signature: bytes, key: RSAPublicKey, also: Mapping[str, RSAPublicKey]
) -> Iterator[_Opened]:
    for form in signatures(signature):
        for whose, each in _keys(key, also):
            if len(form.data) == (each.key_size + 7) // 8 and (found := recover(each, form.data)):
                yield _Opened(tuple(filter(None, (form.hint, whose))), found, bool(whose))


def _over(opened: _Opened, signed: Sequence[Variant]) -> tuple[str, ...] | None:
    """Return which text was signed and how it was hashed; None if it is none of ours."""
    recovered = opened.recovered
    for name, info in DIGEST_INFO.items():
        if recovered.startswith(info):
            told = (
                ""
                if name == "sha256"
                else Message("Hashed with {name}; use SHA-256").with_(name=_name(name))
            )
            return _with_digest(recovered[len(info) :], name, told, signed)
    for digest in (recovered, _from_hex(recovered)):
        for name, length in (("sha256", 32), ("sha512", 64), ("sha1", 20), ("md5", 16)):
            if len(digest) == length:
                told = _with_digest(digest, name, BARE, signed)
                if told is not None:
                    return told
    if recovered in [each.data for each in signed]:
        return (Message("The text was encrypted, not hashed and signed; use a signing function"),)
    return None


def _with_digest(
    digest: bytes, name: str, told: str, signed: Sequence[Variant]
) -> tuple[str, ...] | None:
    for text in signed:
        if hashlib.new(name, text.data, usedforsecurity=False).digest() == digest:
            return tuple(filter(None, (text.hint, told)))
    for text in signed:
        if text.usual:
            for each in hashed(text):
                if hashlib.new(name, each.data, usedforsecurity=False).digest() == digest:
                    return tuple(filter(None, (each.hint, told)))
    return None


def _pss(
    compact: Compact,
    key: RSAPublicKey,
    also: Mapping[str, RSAPublicKey],
    signed: Sequence[Variant],
) -> tuple[str, ...]:
    for whose, each in _keys(key, also):
        for text in signed[:4]:
            for hash_ in _PSS_HASHES:
                try:
                    each.verify(compact.signature, text.data, PSS(MGF1(hash_), PSS.AUTO), hash_)
                except (InvalidSignature, ValueError):
                    continue
                return tuple(filter(None, (PSS_USED, whose, text.hint)))
            if len(compact.signature) != (each.key_size + 7) // 8:
                break
    return ()


def _name(hash_name: str) -> str:
    return "MD5" if hash_name == "md5" else f"SHA-{hash_name[3:]}"


def _from_hex(raw: bytes) -> bytes:
    try:
        return bytes.fromhex(raw.decode("ascii"))
    except ValueError:
        return b""


def _tell(hints: Sequence[str]) -> str:
    return search.tell([search.said(*hints)])
