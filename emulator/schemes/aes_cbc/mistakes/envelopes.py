"""Texts that contain more than a ciphertext: its IV, a name, a MAC."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from emulator.core.json_text import any_value
from emulator.core.messages import Message
from emulator.schemes.aes_cbc.mistakes.forms import any_bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A format of a framework.

    Attributes:
        name: What it is called.
        fits: Recognises it by the text, or by the bytes of the text as Base64.
        remedy: What to do instead.
    """

    name: str
    fits: Callable[[str, bytes], bool]
    remedy: str = ""


def envelope(text: str) -> str:
    """Return a hint that names the framework whose envelope `text` is; "" if it is none."""
    bare = text.strip().strip("\"'")
    try:
        inside = any_bytes(bare)
    except ValueError:
        inside = b""
    for each in ENVELOPES:
        if each.fits(bare, inside):
            return Message("This is {name}; {remedy}").with_(
                name=each.name, remedy=each.remedy or PLAIN
            )
    return ""


PLAIN = (
    "the provider knows no such envelope: encrypt the JSON with AES-256-CBC, the key and the IV "
    "alone, and send the Base64 of the ciphertext"
)


def _text(pattern: str) -> Callable[[str, bytes], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda text, _: compiled.match(text) is not None


def _inside(pattern: bytes) -> Callable[[str, bytes], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda _, inside: compiled.match(inside) is not None


def _either(pattern: str) -> Callable[[str, bytes], bool]:
    """Match the text itself, or its bytes as Base64."""
    by_text, by_inside = _text(pattern), _inside(pattern.encode())
    return lambda text, inside: by_text(text, b"") or by_inside("", inside)


def _members(*names: str) -> Callable[[str, bytes], bool]:
    """Match a JSON object that has these members, as it is or in Base64."""
    wanted = set(names)

    def fits(text: str, inside: bytes) -> bool:
        for each in (text.encode("utf-8", "replace"), inside):
            if not each.lstrip().startswith(b"{"):
                continue
            try:
                value: object = any_value(each)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and wanted <= cast("dict[str, Any]", value).keys():
                return True
        return False

    return fits


ENVELOPES: tuple[Envelope, ...] = (
    Envelope(
        Message(
            "OpenSSL's format with a salt (the ciphertext begins with Salted__): the key was "
            "given as text and taken for a passphrase"
        ),
        _inside(rb"Salted__"),
        "decode the key first: CryptoJS.enc.Base64.parse(key) with {iv}, openssl enc -K -iv",
    ),
    Envelope(
        Message("Laravel's envelope of iv, value and mac (Crypt::encryptString, encrypt())"),
        _members("iv", "value", "mac"),
        "the provider knows no such envelope: use openssl_encrypt($json, 'aes-256-cbc', $key, 0, "
        "$iv) and send what it returns",
    ),
    Envelope(
        "the JSON of CryptoJS with a passphrase (ct, iv, s)",
        _members("ct", "iv", "s"),
        "use CryptoJS.AES.encrypt(json, CryptoJS.enc.Base64.parse(key), {iv}) and send its "
        "toString()",
    ),
    Envelope(Message("Rails' envelope of Active Record encryption (p, h)"), _members("p", "h")),
    Envelope("a JWE as JSON", _members("ciphertext", "protected")),
    Envelope("a JWE", _text(r"eyJ[\w-]+(\.[\w-]*){4}\Z")),
    Envelope(
        "a JWT or JWS, which is signed and not encrypted", _text(r"eyJ[\w-]+\.[\w-]*\.[\w-]*\Z")
    ),
    Envelope(Message("Fernet (Python's cryptography)"), _text(r"gAAAAA[\w-]{40,}=*\Z")),
    Envelope(
        "the envelope of Rails' MessageEncryptor (data--iv--tag)",
        _either(
            r"[A-Za-z0-9+/%]+={0,2}--([A-Za-z0-9+/]{16}--[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{22}==|"
            r"[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\Z"
        ),
    ),
    Envelope(
        "what Django signs (value:time:signature)", _text(r"\.?[\w-]{6,}:\w{6}:[\w-]{27,43}\Z")
    ),
    Envelope("an OpenPGP message", _either(r"-----BEGIN PGP ")),
    Envelope("an age file", _either(r"(-----BEGIN AGE|age-encryption\.org/)")),
    Envelope("a CMS or PKCS#7 message", _text(r"-----BEGIN (CMS|PKCS7|SMIME)")),
    Envelope("an Ansible vault", _text(r"\$ANSIBLE_VAULT;")),
    Envelope("a text of HashiCorp Vault's transit engine", _text(r"vault:v\d+:")),
    Envelope("defuse/php-encryption", _text(r"def50[02][0-9a-f]{100,}\Z")),
    Envelope(Message("Halite (PHP)"), _text(r"MUI[EF]A[\w-]+")),
    Envelope(Message("ASP.NET's data protection"), _text(r"CfDJ8[\w-]+\Z")),
    Envelope("a ciphertext of AWS KMS", _text(r"AQICAH[\w+/=]+\Z")),
    Envelope(
        Message("CakePHP's Security::encrypt, with a MAC in hexadecimal in front"),
        _inside(rb"[0-9a-f]{64}(?=[^A-Za-z]*[\x80-\xff])"),
    ),
    Envelope(
        Message("Yii's Security::encryptByKey, with a salt and a MAC in hexadecimal in front"),
        _inside(rb".{16}[0-9a-f]{64}(?=.*[\x80-\xff])"),
    ),
)
"""Formats of frameworks, the most common first."""
