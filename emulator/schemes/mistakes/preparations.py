"""What programs do to a secret before they use it: one thing, the table of them."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote_from_bytes, quote_plus, unquote_to_bytes

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes.hashes import MD5, SHA1, SHA256, SHA512, Hash
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Step,
)

_Change = Callable[[bytes], bytes]

USE_IT_AS_IT_IS = "use it exactly as it is registered"


def constant(value: bytes, _: bytes) -> bytes:
    """Return a function that gives the same for everything."""
    return value


def prepared(what: str) -> Iterator[Step[bytes, bytes]]:
    """Return one preparation as a step."""
    for cost, done, change in PREPARATIONS:
        yield Step(partial(_done, done, what), change, cost)


def _done(done: Message, what: str) -> str:
    told = done.with_(secret=what)
    return _TOLD.with_(done=f"{told[0].upper()}{told[1:]}", remedy=USE_IT_AS_IT_IS)


_TOLD = Message("{done}; {remedy}")


def _around(before: str, after: str) -> _Change:
    first, last = before.encode(), after.encode()
    return lambda secret: first + secret + last


def _text(change: Callable[[str], str]) -> _Change:
    return lambda secret: utf8(change(secret.decode()))


def _encoded(*codecs: str) -> _Change:
    def change(secret: bytes) -> bytes:
        return secret.decode(codecs[0]).encode(codecs[-1])

    return change


def _hashed(function: Hash, write: _Change, *, after: bytes = b"") -> _Change:
    return lambda secret: write(function.digest(secret + after))


def _hashed_twice(function: Hash) -> _Change:
    return lambda secret: _hex(function.digest(_hex(function.digest(secret))))


def _hex(raw: bytes) -> bytes:
    return raw.hex().encode()


def _upper_hex(raw: bytes) -> bytes:
    return raw.hex().upper().encode()


def _from_hex(secret: bytes) -> bytes:
    return bytes.fromhex(secret.decode("ascii"))


def _from_base64(secret: bytes) -> bytes:
    standard = secret.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if not re.fullmatch(rb"[A-Za-z0-9+/]+", standard) or len(standard) % 4 == 1:
        raise ValueError("not Base64")
    return base64.b64decode(standard + b"=" * (-len(standard) % 4))


def _cut(length: int) -> _Change:
    return lambda secret: secret[:length]


def _filled(length: int, by: bytes) -> _Change:
    return lambda secret: secret.ljust(length, by)


def _lost(pattern: str) -> _Change:
    lost = re.compile(pattern.encode(), re.DOTALL)
    return lambda secret: lost.sub(b"", secret)


_FUNCTIONS = ((MD5, LIKELY), (SHA1, LIKELY), (SHA256, LIKELY), (SHA512, UNUSUAL))

_WRITINGS: tuple[tuple[str, Callable[[bytes], bytes], int], ...] = (
    ("the hexadecimal text of the {}", _hex, 0),
    ("the raw {}", bytes, 0),
    ("the Base64 of the {}", base64.b64encode, 0),
    ("the hexadecimal text, in capital letters, of the {}", _upper_hex, 1),
    (
        "the Base64 of the hexadecimal text of the {}",
        lambda raw: base64.b64encode(_hex(raw)),
        1,
    ),
)

PREPARATIONS: tuple[tuple[int, Message, _Change], ...] = (
    (LIKELY, Message("A line feed after {secret} was used with it"), _around("", "\n")),
    (LIKELY, Message("A line end (CR LF) after {secret} was used with it"), _around("", "\r\n")),
    (LIKELY, Message("A space after {secret} was used with it"), _around("", " ")),
    (LIKELY, Message("A space before {secret} was used with it"), _around(" ", "")),
    (LIKELY, Message("A byte order mark before {secret} was used with it"), _around("\ufeff", "")),
    (LIKELY, Message("Quotes around {secret} were used with it"), _around('"', '"')),
    (LIKELY, Message("Single quotes around {secret} were used with it"), _around("'", "'")),
    (LIKELY, Message("White space that belongs to {secret} was stripped"), lambda s: s.strip()),
    (LIKELY, Message("{secret} was used in lower case"), _text(str.lower)),
    (LIKELY, Message("{secret} was used in upper case"), _text(str.upper)),
    (LIKELY, Message("The Base64 of {secret} was used"), base64.b64encode),
    (LIKELY, Message("{secret} was decoded from Base64"), _from_base64),
    (LIKELY, Message("{secret} was decoded from hexadecimal"), _from_hex),
    (LIKELY, Message("The hexadecimal text of {secret} was used"), _hex),
    (
        LIKELY,
        Message("An empty text was used in place of {secret}: it was not loaded"),
        lambda _: b"",
    ),
    *(
        (
            min(cost + more, RARE),
            Message("{writing} of {secret} was used").with_(writing=writing.format(function.title)),
            change,
        )
        for function, cost in _FUNCTIONS
        for writing, write, more in _WRITINGS
        for change in (_hashed(function, write),)
    ),
    (UNUSUAL, Message("{secret} was URL-encoded"), lambda s: quote_from_bytes(s, safe="").encode()),
    (UNUSUAL, Message("{secret} was URL-encoded"), _text(quote_plus)),
    (UNUSUAL, Message("{secret} was URL-decoded"), unquote_to_bytes),
    (
        UNUSUAL,
        Message("{secret} was URL-decoded, a + becoming a space"),
        lambda s: unquote_to_bytes(s.replace(b"+", b" ")),
    ),
    (UNUSUAL, Message("A tab after {secret} was used with it"), _around("", "\t")),
    (UNUSUAL, Message("A carriage return after {secret} was used with it"), _around("", "\r")),
    (UNUSUAL, Message("A line feed before {secret} was used with it"), _around("\n", "")),
    (UNUSUAL, Message("Two line feeds after {secret} were used with it"), _around("", "\n\n")),
    (UNUSUAL, Message("Spaces around {secret} were used with it"), _around(" ", " ")),
    (UNUSUAL, Message("A NUL after {secret} was used with it"), _around("", "\0")),
    (
        UNUSUAL,
        Message("A zero-width blank (U+200B) after {secret} was used with it"),
        _around("", "\u200b"),
    ),
    (
        UNUSUAL,
        Message("A zero-width blank (U+200B) before {secret} was used with it"),
        _around("\u200b", ""),
    ),
    (
        UNUSUAL,
        Message("A no-break space (U+00A0) after {secret} was used with it"),
        _around("", "\xa0"),
    ),
    (
        UNUSUAL,
        Message("A no-break space (U+00A0) before {secret} was used with it"),
        _around("\xa0", ""),
    ),
    (UNUSUAL, Message("Quotes that belong to {secret} were stripped"), lambda s: s.strip(b"\"'`")),
    (UNUSUAL, Message("Typographic quotes around {secret} were used with it"), _around("“", "”")),
    (UNUSUAL, Message("Backquotes around {secret} were used with it"), _around("`", "`")),
    (UNUSUAL, Message("Angle brackets around {secret} were used with it"), _around("<", ">")),
    (UNUSUAL, Message("Braces around {secret} were used with it"), _around("{", "}")),
    (UNUSUAL, Message("Brackets around {secret} were used with it"), _around("[", "]")),
    (UNUSUAL, Message("An opening quote before {secret} was used with it"), _around('"', "")),
    (UNUSUAL, Message("A closing quote after {secret} was used with it"), _around("", '"')),
    (UNUSUAL, Message("A comma after {secret} was used with it"), _around("", ",")),
    (UNUSUAL, Message("A semicolon after {secret} was used with it"), _around("", ";")),
    (UNUSUAL, Message("A full stop after {secret} was used with it"), _around("", ".")),
    (UNUSUAL, Message("A colon before {secret} was used with it"), _around(":", "")),
    (UNUSUAL, Message("An equals sign before {secret} was used with it"), _around("=", "")),
    (
        UNUSUAL,
        Message("Python's str() of the bytes of {secret} was used (b'...')"),
        _around("b'", "'"),
    ),
    (
        UNUSUAL,
        Message("The hexadecimal text, in capital letters, of {secret} was used"),
        _upper_hex,
    ),
    (UNUSUAL, Message("The URL-safe Base64 of {secret} was used"), base64.urlsafe_b64encode),
    (
        UNUSUAL,
        Message("The Base64 of {secret} was used, without its ="),
        lambda s: base64.b64encode(s).rstrip(b"="),
    ),
    (
        UNUSUAL,
        Message("The Base64 of {secret}, with a line feed (`echo`), was used"),
        lambda s: base64.b64encode(s + b"\n"),
    ),
    (UNUSUAL, Message("The Base64 of {secret} was used with a line feed"), base64.encodebytes),
    (
        UNUSUAL,
        Message("{secret} was decoded from Base64 twice"),
        lambda s: _from_base64(_from_base64(s)),
    ),
    (
        UNUSUAL,
        Message("{secret} was decoded from hexadecimal and encoded in Base64"),
        lambda s: base64.b64encode(_from_hex(s)),
    ),
    (
        UNUSUAL,
        Message("{secret} was decoded from Base64 and written in hexadecimal"),
        lambda s: _hex(_from_base64(s)),
    ),
    *(
        (
            UNUSUAL,
            Message(
                "The hexadecimal text of the {function} of {secret} and a line feed (`echo`) was "
                "used"
            ).with_(function=function.title),
            _hashed(function, _hex, after=b"\n"),
        )
        for function in (MD5, SHA1, SHA256)
    ),
    *(
        (
            RARE,
            Message("{secret} was hashed twice with {function}").with_(function=function.title),
            _hashed_twice(function),
        )
        for function in (MD5, SHA1, SHA256)
    ),
    (
        UNUSUAL,
        Message("{secret} was encoded as UTF-16 (little-endian)"),
        _encoded("utf-8", "utf-16-le"),
    ),
    (
        UNUSUAL,
        Message("{secret} was encoded as UTF-16 (big-endian)"),
        _encoded("utf-8", "utf-16-be"),
    ),
    (
        RARE,
        Message("{secret} was encoded as UTF-16 with a byte order mark"),
        _encoded("utf-8", "utf-16"),
    ),
    (UNUSUAL, Message("{secret} was encoded as Latin-1"), _encoded("utf-8", "latin-1")),
    (UNUSUAL, Message("{secret} was encoded as UTF-8 twice"), _encoded("latin-1", "utf-8")),
    (
        RARE,
        Message("{secret} was brought to Unicode form NFD"),
        _text(partial(unicodedata.normalize, "NFD")),
    ),
    (
        RARE,
        Message("{secret} was brought to Unicode form NFC"),
        _text(partial(unicodedata.normalize, "NFC")),
    ),
    (
        UNUSUAL,
        Message("Characters outside ASCII in {secret} became question marks"),
        lambda s: s.decode().encode("ascii", "replace"),
    ),
    (UNUSUAL, Message("{secret} was HTML-escaped"), _text(html.escape)),
    (UNUSUAL, Message("{secret} was HTML-unescaped"), _text(html.unescape)),
    (UNUSUAL, Message("{secret} was written as a JSON string, with its quotes"), _text(json.dumps)),
    (
        UNUSUAL,
        Message("{secret} was escaped as in JSON or by addslashes"),
        _text(lambda s: json.dumps(s, ensure_ascii=False)[1:-1]),
    ),
    (
        UNUSUAL,
        Message("{secret} was escaped by addslashes"),
        lambda s: re.sub(rb"([\\'\"])", rb"\\\1", s),
    ),
    (
        UNUSUAL,
        Message("Backslashes in {secret} were taken for escapes"),
        lambda s: s.replace(b"\\", b""),
    ),
    (
        UNUSUAL,
        Message("{secret} was cut at a #, as if a comment began there"),
        _lost(r"(?<!\s)\s*#.*"),
    ),
    (
        UNUSUAL,
        Message(
            "A $ in {secret} was taken for a variable, as by a shell or an .env file; put single "
            "quotes around it"
        ),
        _lost(r"\$\w*"),
    ),
    (UNUSUAL, Message("{secret} was cut at a blank"), _lost(r"\s.*")),
    (UNUSUAL, Message("{secret} was cut at a ="), _lost(r"=.*")),
    (UNUSUAL, Message("{secret} was cut at a :"), _lost(r":.*")),
    (UNUSUAL, Message("{secret} was cut at an &"), _lost(r"&.*")),
    (UNUSUAL, Message("Dashes in {secret} were removed"), lambda s: s.replace(b"-", b"")),
    (
        UNUSUAL,
        Message("Everything but letters and digits was removed from {secret}"),
        _lost(r"[^A-Za-z0-9]"),
    ),
    *(
        (
            RARE,
            Message("The line of the configuration file, {line}…, was used for {secret}").with_(
                line=f"{name}{sign}"
            ),
            _around(f"{name}{sign}", ""),
        )
        for name in (
            "SECRET_KEY",
            "SECRET",
            "API_KEY",
            "APP_KEY",
            "KEY",
            "TRAN_KEY",
            "secretKey",
            "secret_key",
            "secret",
            "app_key",
            "appKey",
            "tranKey",
            "key",
            "password",
        )
        for sign in ("=", ": ", ":")
    ),
    *(
        (
            RARE,
            Message("The word {word} was used: {secret} was not loaded").with_(word=repr(word)),
            partial(constant, word),
        )
        for word in (
            b"undefined",
            b"null",
            b"None",
            b"nil",
            b"NULL",
            b"<nil>",
            b"NaN",
            b"false",
            b"False",
            b"[object Object]",
            b"Array",
            b"secret",
            b"password",
            b"key",
            b"changeme",
            b"test",
        )
    ),
    *(
        (
            RARE,
            Message(
                "The placeholder {placeholder} was used: {secret} was not put in its place"
            ).with_(placeholder=pattern.format(name)),
            partial(constant, pattern.format(name).encode()),
        )
        for name in ("SECRET_KEY", "SECRET", "APP_KEY", "API_KEY", "KEY", "secretKey", "secret")
        for pattern in ("${{{}}}", "${}", "{{{{{}}}}}", "%{}%", "<{}>", "YOUR_{}", "{}")
    ),
    *(
        (UNUSUAL, Message("{secret} was cut to {length} bytes").with_(length=n), _cut(n))
        for n in (8, 16, 20, 24, 32, 64)
    ),
    (UNUSUAL, Message("The first half of {secret} was used"), lambda s: s[: len(s) // 2]),
    (UNUSUAL, Message("The second half of {secret} was used"), lambda s: s[len(s) // 2 :]),
    *(
        (
            RARE,
            Message("{secret} was filled up to {length} bytes with {filling}").with_(
                length=length, filling=name
            ),
            _filled(length, by),
        )
        for length in (16, 24, 32, 64)
        for name, by in (("zero bytes", b"\0"), ("zeros", b"0"), ("blanks", b" "))
    ),
    (UNUSUAL, Message("{secret} was used twice, one after the other"), lambda s: s + s),
    (UNUSUAL, Message("{secret} was used backwards"), lambda s: s[::-1]),
    (RARE, Message("{secret} was used with a capital letter at the start"), _text(str.capitalize)),
    (RARE, Message("{secret} was used with upper and lower case exchanged"), _text(str.swapcase)),
)
"""Cost; what was done, with {secret} for the secret; and how it is done."""
