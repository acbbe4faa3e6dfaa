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


def _done(done: str, what: str) -> str:
    told = done.replace("{}", what)
    return f"{told[0].upper()}{told[1:]}; {USE_IT_AS_IT_IS}"


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

PREPARATIONS: tuple[tuple[int, str, _Change], ...] = (
    (LIKELY, "A line feed after {} was used with it", _around("", "\n")),
    (LIKELY, "A line end (CR LF) after {} was used with it", _around("", "\r\n")),
    (LIKELY, "A space after {} was used with it", _around("", " ")),
    (LIKELY, "A space before {} was used with it", _around(" ", "")),
    (LIKELY, "A byte order mark before {} was used with it", _around("\ufeff", "")),
    (LIKELY, "Quotes around {} were used with it", _around('"', '"')),
    (LIKELY, "Single quotes around {} were used with it", _around("'", "'")),
    (LIKELY, "White space that belongs to {} was stripped", lambda s: s.strip()),
    (LIKELY, "{} was used in lower case", _text(str.lower)),
    (LIKELY, "{} was used in upper case", _text(str.upper)),
    (LIKELY, "The Base64 of {} was used", base64.b64encode),
    (LIKELY, "{} was decoded from Base64", _from_base64),
    (LIKELY, "{} was decoded from hexadecimal", _from_hex),
    (LIKELY, "The hexadecimal text of {} was used", _hex),
    (LIKELY, "An empty text was used in place of {}: it was not loaded", lambda _: b""),
    *(
        (min(cost + more, RARE), f"{writing.format(function.title)} of {{}} was used", change)
        for function, cost in _FUNCTIONS
        for writing, write, more in _WRITINGS
        for change in (_hashed(function, write),)
    ),
    (UNUSUAL, "{} was URL-encoded", lambda s: quote_from_bytes(s, safe="").encode()),
    (UNUSUAL, "{} was URL-encoded", _text(quote_plus)),
    (UNUSUAL, "{} was URL-decoded", unquote_to_bytes),
    (
        UNUSUAL,
        "{} was URL-decoded, a + becoming a space",
        lambda s: unquote_to_bytes(s.replace(b"+", b" ")),
    ),
    (UNUSUAL, "A tab after {} was used with it", _around("", "\t")),
    (UNUSUAL, "A carriage return after {} was used with it", _around("", "\r")),
    (UNUSUAL, "A line feed before {} was used with it", _around("\n", "")),
    (UNUSUAL, "Two line feeds after {} were used with it", _around("", "\n\n")),
    (UNUSUAL, "Spaces around {} were used with it", _around(" ", " ")),
    (UNUSUAL, "A NUL after {} was used with it", _around("", "\0")),
    (UNUSUAL, "A zero-width blank (U+200B) after {} was used with it", _around("", "\u200b")),
    (UNUSUAL, "A zero-width blank (U+200B) before {} was used with it", _around("\u200b", "")),
    (UNUSUAL, "A no-break space (U+00A0) after {} was used with it", _around("", "\xa0")),
    (UNUSUAL, "A no-break space (U+00A0) before {} was used with it", _around("\xa0", "")),
    (UNUSUAL, "Quotes that belong to {} were stripped", lambda s: s.strip(b"\"'`")),
    (UNUSUAL, "Typographic quotes around {} were used with it", _around("“", "”")),
    (UNUSUAL, "Backquotes around {} were used with it", _around("`", "`")),
    (UNUSUAL, "Angle brackets around {} were used with it", _around("<", ">")),
    (UNUSUAL, "Braces around {} were used with it", _around("{", "}")),
    (UNUSUAL, "Brackets around {} were used with it", _around("[", "]")),
    (UNUSUAL, "An opening quote before {} was used with it", _around('"', "")),
    (UNUSUAL, "A closing quote after {} was used with it", _around("", '"')),
    (UNUSUAL, "A comma after {} was used with it", _around("", ",")),
    (UNUSUAL, "A semicolon after {} was used with it", _around("", ";")),
    (UNUSUAL, "A full stop after {} was used with it", _around("", ".")),
    (UNUSUAL, "A colon before {} was used with it", _around(":", "")),
    (UNUSUAL, "An equals sign before {} was used with it", _around("=", "")),
    (UNUSUAL, "Python's str() of the bytes of {} was used (b'...')", _around("b'", "'")),
    (UNUSUAL, "The hexadecimal text, in capital letters, of {} was used", _upper_hex),
    (UNUSUAL, "The URL-safe Base64 of {} was used", base64.urlsafe_b64encode),
    (
        UNUSUAL,
        "The Base64 of {} was used, without its =",
        lambda s: base64.b64encode(s).rstrip(b"="),
    ),
    (
        UNUSUAL,
        "The Base64 of {}, with a line feed (`echo`), was used",
        lambda s: base64.b64encode(s + b"\n"),
    ),
    (UNUSUAL, "The Base64 of {} was used with a line feed", base64.encodebytes),
    (UNUSUAL, "{} was decoded from Base64 twice", lambda s: _from_base64(_from_base64(s))),
    (
        UNUSUAL,
        "{} was decoded from hexadecimal and encoded in Base64",
        lambda s: base64.b64encode(_from_hex(s)),
    ),
    (
        UNUSUAL,
        "{} was decoded from Base64 and written in hexadecimal",
        lambda s: _hex(_from_base64(s)),
    ),
    *(
        (
            UNUSUAL,
            f"The hexadecimal text of the {function.title} of {{}} and a line feed (`echo`) "
            "was used",
            _hashed(function, _hex, after=b"\n"),
        )
        for function in (MD5, SHA1, SHA256)
    ),
    *(
        (
            RARE,
            f"{{}} was hashed twice with {function.title}",
            _hashed_twice(function),
        )
        for function in (MD5, SHA1, SHA256)
    ),
    (UNUSUAL, "{} was encoded as UTF-16 (little-endian)", _encoded("utf-8", "utf-16-le")),
    (UNUSUAL, "{} was encoded as UTF-16 (big-endian)", _encoded("utf-8", "utf-16-be")),
    (RARE, "{} was encoded as UTF-16 with a byte order mark", _encoded("utf-8", "utf-16")),
    (UNUSUAL, "{} was encoded as Latin-1", _encoded("utf-8", "latin-1")),
    (UNUSUAL, "{} was encoded as UTF-8 twice", _encoded("latin-1", "utf-8")),
    (RARE, "{} was brought to Unicode form NFD", _text(partial(unicodedata.normalize, "NFD"))),
    (RARE, "{} was brought to Unicode form NFC", _text(partial(unicodedata.normalize, "NFC"))),
    (
        UNUSUAL,
        "Characters outside ASCII in {} became question marks",
        lambda s: s.decode().encode("ascii", "replace"),
    ),
    (UNUSUAL, "{} was HTML-escaped", _text(html.escape)),
    (UNUSUAL, "{} was HTML-unescaped", _text(html.unescape)),
    (UNUSUAL, "{} was written as a JSON string, with its quotes", _text(json.dumps)),
    (
        UNUSUAL,
        "{} was escaped as in JSON or by addslashes",
        _text(lambda s: json.dumps(s, ensure_ascii=False)[1:-1]),
    ),
    (
        UNUSUAL,
        "{} was escaped by addslashes",
        lambda s: re.sub(rb"([\\'\"])", rb"\\\1", s),
    ),
    (UNUSUAL, "Backslashes in {} were taken for escapes", lambda s: s.replace(b"\\", b"")),
    (
        UNUSUAL,
        "{} was cut at a #, as if a comment began there",
        _lost(r"(?<!\s)\s*#.*"),
    ),
    (
        UNUSUAL,
        "A $ in {} was taken for a variable, as by a shell or an .env file; put single quotes "
        "around it",
        _lost(r"\$\w*"),
    ),
    (UNUSUAL, "{} was cut at a blank", _lost(r"\s.*")),
    (UNUSUAL, "{} was cut at a =", _lost(r"=.*")),
    (UNUSUAL, "{} was cut at a :", _lost(r":.*")),
    (UNUSUAL, "{} was cut at an &", _lost(r"&.*")),
    (UNUSUAL, "Dashes in {} were removed", lambda s: s.replace(b"-", b"")),
    (UNUSUAL, "Everything but letters and digits was removed from {}", _lost(r"[^A-Za-z0-9]")),
    *(
        (
            RARE,
            f"The line of the configuration file, {name}{sign}…, was used for {{}}",
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
        (RARE, f"The word {word!r} was used: {{}} was not loaded", partial(constant, word))
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
            f"The placeholder {pattern.format(name)} was used: {{}} was not put in its place",
            partial(constant, pattern.format(name).encode()),
        )
        for name in ("SECRET_KEY", "SECRET", "APP_KEY", "API_KEY", "KEY", "secretKey", "secret")
        for pattern in ("${{{}}}", "${}", "{{{{{}}}}}", "%{}%", "<{}>", "YOUR_{}", "{}")
    ),
    *((UNUSUAL, f"{{}} was cut to {n} bytes", _cut(n)) for n in (8, 16, 20, 24, 32, 64)),
    (UNUSUAL, "The first half of {} was used", lambda s: s[: len(s) // 2]),
    (UNUSUAL, "The second half of {} was used", lambda s: s[len(s) // 2 :]),
    *(
        (RARE, f"{{}} was filled up to {length} bytes with {name}", _filled(length, by))
        for length in (16, 24, 32, 64)
        for name, by in (("zero bytes", b"\0"), ("zeros", b"0"), ("blanks", b" "))
    ),
    (UNUSUAL, "{} was used twice, one after the other", lambda s: s + s),
    (UNUSUAL, "{} was used backwards", lambda s: s[::-1]),
    (RARE, "{} was used with a capital letter at the start", _text(str.capitalize)),
    (RARE, "{} was used with upper and lower case exchanged", _text(str.swapcase)),
)
"""Cost; what was done, with {} for the secret; and how it is done."""
