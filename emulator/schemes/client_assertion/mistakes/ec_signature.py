"""What an ECDSA signature says of how it was made; asked only after it has been refused.

Unlike RSA's it cannot be opened: each guess costs a verification, about a tenth of a millisecond.
So the guesses are tried by the number of deviations, and no more than `MOST_VERIFICATIONS`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm

from emulator.core.messages import Message
from emulator.schemes.client_assertion.make import ES256, SIGNATURE_BYTES
from emulator.schemes.jws.make import Compact
from emulator.schemes.jws.mistakes.signed_texts import Variant, hashed, signatures, texts
from emulator.schemes.mistakes import search

MOST_VERIFICATIONS = 220

DER = Message("The signature is in DER; ES256 wants R and S, 32 bytes each, joined")
UNHASHED = Message(
    "The text was signed in place of its hash: a function such as ecdsa.Sign in Go does not hash; "
    "give it the 32 bytes of the SHA-256 of header.payload"
)
HEX_HASHED = Message(
    "The hexadecimal text of the hash was signed; give the signing function the 32 raw bytes of "
    "the hash"
)
_DIGEST_BYTES = 32
_OTHER_HASHES = (
    (Message("Hashed with SHA-384; use SHA-256"), ECAlgorithm(ECAlgorithm.SHA384)),
    (Message("Hashed with SHA-512; use SHA-256"), ECAlgorithm(ECAlgorithm.SHA512)),
)


@dataclass(frozen=True, slots=True)
class _Guess:
    """One thing to verify.

    Attributes:
        told: What would have been done otherwise.
        key: Whose signature it would be.
        text: What would have been signed.
        raw: R || S.
        algorithm: With which hash; None where the first bytes of the text were signed as if they
            were its hash.
    """

    told: tuple[str, ...]
    key: EllipticCurvePublicKey
    text: bytes
    raw: bytes
    algorithm: ECAlgorithm | None

    def holds(self) -> bool:
        """Tell whether the guess is right."""
        if self.algorithm is None:
            return _is_of_digest(self.text[:_DIGEST_BYTES], self.key, self.raw)
        return self.algorithm.verify(self.text, self.key, self.raw)


def _is_of_digest(digest: bytes, key: EllipticCurvePublicKey, raw: bytes) -> bool:
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), digest, ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True


def explain(
    compact: Compact, key: EllipticCurvePublicKey, others: Mapping[str, EllipticCurvePublicKey]
) -> str:
    """Return what was done otherwise to sign `compact`; "" if it cannot be told.

    Args:
        compact: What was sent.
        key: The key it had to verify with.
        others: Other keys we know, by whose they are.
    """
    guesses = sorted(_guesses(compact, key, others), key=lambda guess: len(guess.told))
    found = next((guess for guess in islice(guesses, MOST_VERIFICATIONS) if guess.holds()), None)
    if found is None:
        return ""
    return search.tell([search.said(*found.told)])


def is_signature(signature: bytes) -> bool:
    """Tell whether bytes have one of the forms of a signature on P-256."""
    return next(_raws(signature), None) is not None


def from_der(signature: bytes) -> bytes:
    """Return R || S of a DER signature; empty if it is not one for P-256."""
    if not signature.startswith(b"\x30"):
        return b""
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (OverflowError, ValueError):
        return b""


def _guesses(
    compact: Compact, key: EllipticCurvePublicKey, others: Mapping[str, EllipticCurvePublicKey]
) -> Iterator[_Guess]:
    signed = list(_signed(compact))
    keys = [("", key)] + [
        (
            Message("Signed with the private key of {whose}, which is not the one kid names").with_(
                whose=whose
            ),
            other,
        )
        for whose, other in others.items()
    ]
    for form in _raws(compact.signature):
        for whose, each in keys:
            # Two deviations at once are looked for among the usual ones.
            for text in signed if not (form.hint or whose) else filter(_is_usual, signed):
                hints = (form.hint, whose, text.hint)
                yield _Guess(tuple(filter(None, hints)), each, text.data, form.data, ES256)
            for hint, algorithm in _OTHER_HASHES:
                hints = tuple(filter(None, (form.hint, whose, hint)))
                yield _Guess(hints, each, compact.signing_input, form.data, algorithm)
            for text in _unhashed(compact):
                hints = tuple(filter(None, (form.hint, whose, text.hint)))
                yield _Guess(hints, each, text.data, form.data, None)


def _unhashed(compact: Compact) -> Iterator[Variant]:
    """Yield what is signed where the signing function takes a hash and is given something else.

    Go's `ecdsa.Sign` is one: of what is too long it signs the first bytes, and says nothing.
    """
    whole = compact.signing_input
    yield Variant(UNHASHED, whole)
    hexadecimal = hashlib.sha256(whole).hexdigest()
    for text in (hexadecimal, hexadecimal.upper()):
        yield Variant(HEX_HASHED, text.encode("ascii"))


_ORDERS = (
    ("alg", "typ", "kid"),
    ("typ", "alg", "kid"),
    ("alg", "kid", "typ"),
    ("alg", "kid"),
    ("alg", "typ"),
)


def _signed(compact: Compact) -> Iterator[Variant]:
    sent = compact.protected
    headers = [
        json.dumps({name: sent[name] for name in names}, separators=separators).encode()
        for names in _ORDERS
        if all(name in sent for name in names)
        for separators in ((",", ":"), (", ", ": "))
    ]
    for text in texts(compact, headers):
        yield from hashed(text) if not text.hint else (text,)


def _is_usual(text: Variant) -> bool:
    return text.usual


def _raws(signature: bytes) -> Iterator[Variant]:
    """Yield what may be R || S, as it should be written first."""
    for form in signatures(signature):
        for hint, raw in _halves(form.data):
            yield Variant(". Besides: ".join(filter(None, (form.hint, hint))), raw)


def _halves(data: bytes) -> Iterator[tuple[str, bytes]]:
    if raw := from_der(data):
        yield DER, raw
    if len(data) == SIGNATURE_BYTES:
        yield "", data
        r, s = data[:32], data[32:]
        yield Message("S stands before R; R comes first"), s + r
        yield Message("R and S are little-endian; ES256 wants them big-endian"), r[::-1] + s[::-1]
    elif SIGNATURE_BYTES - 4 <= len(data) < SIGNATURE_BYTES:
        for cut in range(len(data) - 32, 33):
            yield (
                Message("Leading zeros of R or S were dropped; pad each to 32 bytes"),
                data[:cut].rjust(32, b"\0") + data[cut:].rjust(32, b"\0"),
            )
    elif len(data) == SIGNATURE_BYTES + 2 and data[0] == data[33] == 0:
        yield (
            Message("A zero byte stands before R and before S; each has 32 bytes"),
            data[1:33] + data[34:],
        )
    elif len(data) == SIGNATURE_BYTES + 1 and 27 <= data[64] <= 30:
        yield Message("A recovery byte stands behind the signature; leave it out"), data[:64]


def of_length(signature: Sequence[int]) -> str:
    """Return what a signature of this length may be, that is none on P-256."""
    return {
        96: Message("The signature has 96 bytes, as on P-384; use a key on P-256: ES256"),
        132: Message("The signature has 132 bytes, as on P-521; use a key on P-256: ES256"),
        256: Message("The signature has 256 bytes, as of RSA; use a key on P-256: ES256"),
        32: Message("The signature has 32 bytes, as of HMAC or a bare digest; sign with ES256"),
    }.get(len(signature), "")
