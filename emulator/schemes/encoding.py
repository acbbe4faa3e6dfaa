"""Strict reading of what the schemes carry: Base64, base64url and UTF-8.

A text is read only where it is the one canonical spelling of its bytes (RFC 4648, sections
3.2 to 3.5): decoders skip foreign characters and let the bits behind the last byte be
anything, so what was decoded must encode to the very same text. A signature or ciphertext
with one character altered then never reads like the right one.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


def utf8(text: str) -> bytes:
    """Return UTF-8, also of lone surrogates: JSON can carry them, and they must not crash."""
    return text.encode("utf-8", "surrogatepass")


def to_base64(raw: bytes) -> str:
    """Return standard Base64, padded, on one line."""
    return b2a_base64(raw, newline=False).decode("ascii")


def from_base64(text: str) -> bytes:
    """Return the bytes whose one canonical spelling in standard Base64 is `text`.

    Raises:
        ValueError: Anything else, such as another alphabet, white space, padding missing or
            in excess, or bits behind the last byte that are not zero.
    """
    standard = text.encode("ascii")
    raw = a2b_base64(standard)
    if b2a_base64(raw, newline=False) != standard:
        raise ValueError("not canonical Base64")
    return raw


def to_base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Return the bytes whose one canonical spelling is `text`.

    Raises:
        ValueError: `text` is padded, has a foreign character, an impossible length, or
            bits behind the last byte that are not zero.
    """
    url = text.encode("ascii")
    raw = a2b_base64(url.translate(TO_STANDARD) + b"=" * (-len(url) % 4))
    if b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=") != url:
        raise ValueError("not canonical base64url")
    return raw
