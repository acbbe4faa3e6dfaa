"""What a text is by its looks, where a digest or signature was expected.

Asked last, where no search has found out how the text was made.
"""

from __future__ import annotations

import re

from emulator.core.messages import Message
from emulator.core.suggest import is_placeholder
from emulator.schemes.mistakes.object_names import name_of_object

_PEM = "a PEM block, which holds a key or a certificate"

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("nothing but white space", r"\s*"),
        (
            "a bcrypt hash (password_hash, BCrypt), which is for storing passwords",
            r"\$2[abxy]?\$\d\d\$.*",
        ),
        ("an Argon2 hash, which is for storing passwords", r"\$argon2.*"),
        ("a crypt(3) hash, which is for storing passwords", r"\$[1567y]\$.*"),
        (
            "a PBKDF2 hash, which is for storing passwords",
            r"(?i)(\$?pbkdf2|sha256:\d+:).*",
        ),
        ("a scrypt hash, which is for storing passwords", r"(?i)(\$?scrypt|\$7\$|\$s0\$).*"),
        (Message("HTTP Basic credentials"), r"(?i)\s*basic\s+.*"),
        (Message("HTTP Digest credentials"), r"(?i)\s*digest\s+\w+=.*"),
        ("an AWS signature header", r"AWS4-HMAC-SHA256\b.*"),
        ("the signature of the sister API, t=…,v2=…", r"t=\d+,\s*v\d=.*"),
        ("a JSON Web Token", r"(?i:bearer\s+)?eyJ[\w-]+\.[\w-]*\.[\w-]*"),
        ("a JSON Web Encryption", r"eyJ[\w-]+(\.[\w-]*){4}"),
        (_PEM, r".*-----BEGIN .*"),
        (
            "a UUID",
            r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?",
        ),
        (
            "a word that a language prints for no value",
            r"undefined|null|None|nil|NULL|<nil>|NaN|true|false|True|False|void|0|1|-1",
        ),
        ("a JSON object", r"\s*\{.*\}\s*"),
        ("a JSON array", r"\s*\[.*\]\s*"),
        ("XML or HTML", r"\s*<.*>\s*"),
        ("the text to hash, not its hash", r"(?![A-Za-z0-9+/]+=*\Z)[^=&]+=[^&]*(&[^=&]*=.*)*"),
        ("a web address", r"https?://.*"),
        ("an e-mail address", r"[^\s@]+@\S[^\s.]*\.\S+"),
        ("a time", r"\d{4}-\d\d-\d\d[T ]\d\d.*"),
        ("a Unix time", r"\d{10}|\d{13}"),
        ("eight hexadecimal digits, as of CRC32", r"[0-9a-fA-F]{8}"),
    )
)

PLACEHOLDER = "a placeholder that was not filled in"
_LESS_THAN_A_PLACEHOLDER = ("", "a JSON object", "a JSON array", "XML or HTML")


def shape(text: str) -> str:
    """Return what the text looks like, as a noun phrase; empty where that is not known."""
    if not text:
        return "an empty text"
    bounded = text[:4096]
    if not bounded.strip().isprintable() or "\ufffd" in bounded:
        return "bytes that are not text"
    found = name_of_object(bounded) or next(
        (name for name, pattern in SHAPES if pattern.fullmatch(bounded)), ""
    )
    return PLACEHOLDER if found in _LESS_THAN_A_PLACEHOLDER and is_placeholder(bounded) else found


_SIZES = {
    16: "16 bytes, as MD5 gives",
    20: "20 bytes, as SHA-1 gives",
    28: "28 bytes, as SHA-224 gives",
    32: "32 bytes, as SHA-256 gives",
    48: "48 bytes, as SHA-384 gives",
    64: "64 bytes, as SHA-512 gives",
    128: "128 bytes, as a signature with an RSA key of 1024 bits has",
    256: "256 bytes, as a signature with an RSA key of 2048 bits has",
    512: "512 bytes, as a signature with an RSA key of 4096 bits has",
}


def size(length: int) -> str:
    """Return what has so many bytes, as a noun phrase."""
    if 68 <= length <= 72:
        return Message("{length} bytes, as an ECDSA signature in DER has").with_(length=length)
    return _SIZES.get(length, f"{length} bytes")
