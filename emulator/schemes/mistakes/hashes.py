"""Hash functions that a client may have used, by the length of what they give.

The length of a digest says which functions can have made it, so a search tries one or two of
them and not a dozen.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from emulator.core.messages import Message
from emulator.schemes.mistakes.search import UNUSUAL, Budget, Reading, Step, Ways, axis, said


@dataclass(frozen=True, slots=True)
class Hash:
    """One hash function.

    Attributes:
        name: As `hashlib` and `hmac` know it.
        title: As people write it.
        digest: Returns the raw digest of bytes.
        size: Bytes of a digest.
    """

    name: str
    title: str
    digest: Callable[[bytes], bytes]
    size: int

    def hmac(self, key: bytes, data: bytes) -> bytes:
        """Return the raw HMAC (RFC 2104) of `data`."""
        return hmac.digest(key, data, self.name)

    def instead_of(self, *right: Hash) -> Reading:
        """Return the step of hashing with this one; empty where it is one of the right ones."""
        if self in right:
            return ()
        return said(Message("Hashed with {title}; use SHA-256").with_(title=self.title))


def _hash(name: str, title: str) -> Hash:
    new = getattr(hashlib, name, partial(hashlib.new, name))

    def digest(data: bytes) -> bytes:
        return new(data).digest()

    def weak(data: bytes) -> bytes:
        return new(data, usedforsecurity=False).digest()

    quick = digest if name == "sha256" else weak
    return Hash(name, title, quick, len(quick(b"")))


COMMON = tuple(
    _hash(name, title)
    for name, title in (
        ("sha256", "SHA-256"),
        ("sha1", "SHA-1"),
        ("md5", "MD5"),
        ("sha512", "SHA-512"),
        ("sha384", "SHA-384"),
        ("sha224", "SHA-224"),
    )
)
"""What programmers take, one for each length."""

UNCOMMON = tuple(
    _hash(name, title)
    for name, title in (
        ("sha3_256", "SHA3-256"),
        ("sha3_512", "SHA3-512"),
        ("sha3_384", "SHA3-384"),
        ("sha3_224", "SHA3-224"),
        ("sha512_256", "SHA-512/256"),
        ("sha512_224", "SHA-512/224"),
        ("blake2s", "BLAKE2s"),
        ("blake2b", "BLAKE2b"),
        ("ripemd160", "RIPEMD-160"),
        ("sm3", "SM3"),
    )
    if name in hashlib.algorithms_available
)
"""What they take now and then."""

BY_NAME = {each.name: each for each in (*COMMON, *UNCOMMON)}
SHA256, SHA1, MD5, SHA512 = (BY_NAME[name] for name in ("sha256", "sha1", "md5", "sha512"))


def of_sizes(hashes: Iterable[Hash], sizes: Iterable[int]) -> tuple[Hash, ...]:
    """Return the functions whose digests have one of the lengths."""
    wanted = frozenset(sizes)
    return tuple(each for each in hashes if each.size in wanted)


def functions(sizes: frozenset[int], budget: Budget) -> Ways[tuple[Hash, ...]]:
    """Return the functions to try: the usual ones of each length, then the others."""
    common, uncommon = of_sizes(COMMON, sizes), of_sizes(UNCOMMON, sizes)
    return axis(common, (Step("", lambda _: uncommon, UNUSUAL),), budget)
