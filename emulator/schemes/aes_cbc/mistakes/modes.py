"""Other modes of operation than CBC, block by block."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

from emulator.schemes.aes_cbc.make import BLOCK


class Blocks:
    """AES with one key, block by block."""

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305 - the other modes are made of it

    def encrypt(self, blocks: bytes) -> bytes:
        """Encrypt block by block."""
        return self._cipher.encryptor().update(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        """Decrypt block by block."""
        return self._cipher.decryptor().update(blocks)

    def cbc(self, data: bytes, iv: bytes) -> bytes:
        """Decrypt the whole blocks in CBC mode."""
        whole = data[: len(data) // BLOCK * BLOCK]
        return xor(self.decrypt(whole), iv + whole)

    def ctr(self, counter: bytes, data: bytes) -> bytes:
        """Decrypt in CTR mode."""
        return Cipher(AES(self._key), CTR(counter)).encryptor().update(data)


def _ctr(cipher: Blocks, iv: bytes, data: bytes) -> bytes:
    return cipher.ctr(iv, data)


def _ofb(cipher: Blocks, iv: bytes, data: bytes) -> bytes:
    stream, block = bytearray(), iv
    while len(stream) < len(data):
        block = cipher.encrypt(block)
        stream += block
    return xor(bytes(stream), data)


def cfb(cipher: Blocks, iv: bytes, data: bytes) -> bytes:
    """Decrypt in CFB mode."""
    feed = (iv + data)[: (len(data) + BLOCK - 1) // BLOCK * BLOCK]
    return xor(cipher.encrypt(feed), data)


def cfb8(cipher: Blocks, iv: bytes, data: bytes) -> bytes:
    """Decrypt in CFB mode, one byte at a time."""
    feed = iv + data
    windows = b"".join(feed[at : at + BLOCK] for at in range(len(data)))
    return xor(cipher.encrypt(windows)[::BLOCK], data)


Stream = tuple[str, Callable[[Blocks, bytes, bytes], bytes]]

STREAMS: tuple[Stream, ...] = (
    ("CTR", _ctr),
    ("CFB", cfb),
    ("OFB", _ofb),
    ("CFB-8", cfb8),
)


def xor(left: bytes, right: bytes) -> bytes:
    """Combine two byte strings, bit by bit (XOR)."""
    length = min(len(left), len(right))
    return (int.from_bytes(left[:length]) ^ int.from_bytes(right[:length])).to_bytes(length)
