"""What may have become of the text of a ciphertext, and what may have been sent in its place.

`forms` undoes what the way did to a Base64 text, in all combinations up to `DEEPEST`. `envelope`
names what a framework puts around a ciphertext: its own format, of which the provider knows
nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from emulator.core.json_text import any_value
from emulator.schemes.encoding import from_base64
from emulator.schemes.mistakes.bytes_as_text import read_base64, readings
from emulator.schemes.mistakes.search import Budget, SpentError

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Form:
    """Bytes that a text may stand for.

    Attributes:
        data: The bytes.
        told: What was done to the text, the outermost first.
        iv: An IV that was sent along.
    """

    data: bytes
    told: tuple[str, ...] = ()
    iv: bytes | None = None


def forms(text: str, budget: Budget) -> Iterator[Form]:
    """Yield what `text` may stand for, with the fewest changes first, each once."""
    seen_texts, seen = {text}, set[bytes]()
    level: list[tuple[tuple[str, ...], str]] = [((), text)]
    try:
        for _ in range(DEEPEST + 1):
            for told, each in level:
                for form in _readings(told, each):
                    if form.data and form.data not in seen:
                        seen.add(form.data)
                        yield form
            level = [
                ((*told, hint), repaired)
                for told, each in level
                for hint, repaired in _repaired(each, budget)
                if repaired not in seen_texts and not seen_texts.add(repaired)
            ]
    except SpentError:
        return


def _repaired(text: str, budget: Budget) -> Iterator[tuple[str, str]]:
    for hint, repair in REPAIRS:
        budget.spend()
        try:
            repaired = repair(text)
        except (ValueError, RecursionError):
            continue
        if repaired and repaired != text:
            yield hint, repaired


def _readings(told: tuple[str, ...], text: str) -> Iterator[Form]:
    try:
        yield Form(from_base64(text), told)
    except ValueError:
        pass
    else:
        # Most Base64 has no other reading; hexadecimal digits and Base64 of text have one.
        yield from _texts_in_base64(told, text)
        return
    yield from _with_iv(told, text)
    for notation, data in readings(text.encode("utf-8", "replace")):
        if notation.name != "Base64 text" and "percent-encoded" not in notation.name:
            yield Form(data, (*told, _sent_as(notation.name)))


def _sent_as(name: str) -> str:
    return f"The ciphertext was sent as {name}; send the Base64 of its raw bytes"


def _texts_in_base64(told: tuple[str, ...], text: str) -> Iterator[Form]:
    data = from_base64(text)
    for notation, raw in readings(text.encode("ascii")):
        if raw != data and ("hexadecimal" in notation.name or "Base64" in notation.name):
            yield Form(raw, (*told, _sent_as(notation.name)))
    left, _, right = data.rpartition(b"::")
    if len(right) == 16:  # base64_encode($ciphertext . '::' . $iv)
        with suppress(ValueError):
            yield Form(read_base64(left), (*told, BESIDE), right)


# What the way does to a text


def _matched(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.DOTALL | re.IGNORECASE)

    def repair(text: str) -> str:
        match = compiled.fullmatch(text)
        if match is None:
            raise ValueError("it has no such form")
        return match[1]

    return repair


def _unescaped(text: str) -> str:
    if not re.search(r"\\u00[23]", text):
        raise ValueError("nothing is escaped")
    return re.sub(r"\\u00([23][0-9a-fA-F])", lambda match: chr(int(match[1], 16)), text)


def _only_member(text: str) -> str:
    value: object = any_value(text)
    if not isinstance(value, dict) or len(cast("dict[str, Any]", value)) != 1:
        raise ValueError("not an object of one member")
    (only,) = cast("dict[str, Any]", value).values()
    if not isinstance(only, str):
        raise ValueError("not a text")
    return only


def _standard(text: str) -> str:
    return text.translate(str.maketrans("-_", "+/"))


def _filled(text: str) -> str:
    bare = text.rstrip("=")
    return bare + "=" * (-len(bare) % 4) if re.fullmatch(r"[\w+/-]+", bare, re.ASCII) else text


REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("White space around the Base64 text; strip it", str.strip),
    (
        "A + became a space in the form; percent-encode it as %2B",
        lambda text: text.replace(" ", "+") if text == text.strip() else text,
    ),
    ("Percent-encoded twice; encode once, or leave it to the HTTP client", unquote),
    ("URL-safe Base64 (- and _); use the standard alphabet (+ and /)", _standard),
    ("The Base64 padding is missing or too long; keep the = as the encoder made them", _filled),
    (
        "The Base64 text is broken into lines; send it on one line",
        lambda text: re.sub(r"\s+|(\\r)?\\n", "", text),
    ),
    ("The Base64 text is in quotes; send it without", _matched(r"[\"'`](.*)[\"'`]")),
    (
        "Python's str() of bytes was sent (b'...'); decode it: .decode('ascii')",
        _matched(r"b(['\"].*['\"])"),
    ),
    (
        r"The Base64 text went through a JSON encoder (\/); send it as it is",
        lambda text: text.replace(r"\/", "/"),
    ),
    (r"The text has JSON's escapes (\u002b); parse the JSON, and send the text", _unescaped),
    ("The text was escaped for HTML (&#43;); send it as it is", html.unescape),
    (
        "The text begins with a byte order mark or an invisible character; leave it out",
        lambda text: text.strip("﻿​‎\0\xa0"),
    ),
    (
        "The field's name stands in its value; send the value alone",
        _matched(r"(?:signed|data|payload|encrypted)\s*[=:]\s*(.+)"),
    ),
    (
        "A data URL was sent; send the Base64 alone",
        _matched(r"data:[\w/.;=+-]*base64,(.+)"),
    ),
    ("The Base64 text stands in a JSON object; send the text alone", _only_member),
    (
        "Brackets or angle brackets stand around the text; leave them out",
        _matched(r"[<\[({](.+)[>\])}]"),
    ),
    (
        "A comma, semicolon or full stop stands after the text; leave it out",
        lambda t: t.rstrip(",;."),
    ),
)
"""What the way does to a text, the commonest first: the hint, and how to undo it."""


# An IV that was sent along


def _with_iv(told: tuple[str, ...], text: str) -> Iterator[Form]:
    for first, second in _pairs(text):
        try:
            iv, data = _any_bytes(first), _any_bytes(second)
        except ValueError:
            continue
        if len(iv) in (12, 16) and data:
            yield Form(data, (*told, BESIDE), iv)


BESIDE = "IV and ciphertext were sent together; send the Base64 of the ciphertext alone"


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"::|[:.,|;$]|--", text.strip())
    if len(parts) == 2:
        yield parts[0], parts[1]
        yield parts[1], parts[0]
    if not text.lstrip().startswith("{"):
        return
    try:
        members: object = any_value(text)
    except (ValueError, RecursionError):
        return
    if isinstance(members, dict):
        texts = {
            name.lower(): value
            for name, value in cast("dict[str, Any]", members).items()
            if isinstance(value, str)
        }
        iv = next((texts.pop(name) for name in ("iv", "nonce", "vector") if name in texts), None)
        if iv is not None and texts:
            yield iv, max(texts.values(), key=len)


def _any_bytes(text: str) -> bytes:
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        return bytes.fromhex(text)
    return read_base64(text.encode("ascii"))


# Envelopes of frameworks


@dataclass(frozen=True, slots=True)
class Envelope:
    """A format of a framework.

    Attributes:
        name: What it is called.
        fits: Tells it from the text, and from what the text is as Base64.
        remedy: What to do instead.
    """

    name: str
    fits: Callable[[str, bytes], bool]
    remedy: str = ""


def envelope(text: str) -> str:
    """Return a hint that names the framework whose envelope `text` is; "" if it is none."""
    bare = text.strip().strip("\"'")
    try:
        inside = _any_bytes(bare)
    except ValueError:
        inside = b""
    for each in ENVELOPES:
        if each.fits(bare, inside):
            return f"This is {each.name}; {each.remedy or PLAIN}"
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
    """Match the text itself, or what it is as Base64."""
    by_text, by_inside = _text(pattern), _inside(pattern.encode())
    return lambda text, inside: by_text(text, b"") or by_inside("", inside)


def _members(*names: str) -> Callable[[str, bytes], bool]:
    """Match a JSON object that has these members, in clear or in Base64."""
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
        "OpenSSL's format with a salt (the ciphertext begins with Salted__): the key was given as "
        "text and taken for a passphrase",
        _inside(rb"Salted__"),
        "decode the key first: CryptoJS.enc.Base64.parse(key) with {iv}, openssl enc -K -iv",
    ),
    Envelope(
        "Laravel's envelope of iv, value and mac (Crypt::encryptString, encrypt())",
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
    Envelope("Rails' envelope of Active Record encryption (p, h)", _members("p", "h")),
    Envelope("a JWE as JSON", _members("ciphertext", "protected")),
    Envelope("a JWE", _text(r"eyJ[\w-]+(\.[\w-]*){4}\Z")),
    Envelope(
        "a JWT or JWS, which is signed and not encrypted", _text(r"eyJ[\w-]+\.[\w-]*\.[\w-]*\Z")
    ),
    Envelope("Fernet (Python's cryptography)", _text(r"gAAAAA[\w-]{40,}=*\Z")),
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
    Envelope("Halite (PHP)", _text(r"MUI[EF]A[\w-]+")),
    Envelope("ASP.NET's data protection", _text(r"CfDJ8[\w-]+\Z")),
    Envelope("a ciphertext of AWS KMS", _text(r"AQICAH[\w+/=]+\Z")),
    Envelope(
        "CakePHP's Security::encrypt, with a MAC in hexadecimal in front",
        _inside(rb"[0-9a-f]{64}(?=[^A-Za-z]*[\x80-\xff])"),
    ),
    Envelope(
        "Yii's Security::encryptByKey, with a salt and a MAC in hexadecimal in front",
        _inside(rb".{16}[0-9a-f]{64}(?=.*[\x80-\xff])"),
    ),
)
"""Formats of frameworks, the commonest first."""
