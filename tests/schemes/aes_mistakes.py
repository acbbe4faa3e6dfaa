"""Makes ciphertexts with every mistake we know, one or several at once, for the tests.

Nothing here comes from the recogniser: a client is written down in five stages, and a mistake
is another way to do one of them.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.decrepit.ciphers.modes import CFB, CFB8, OFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB


def pkcs7(data: bytes, block: int = 16) -> bytes:
    count = block - len(data) % block
    return data + bytes([count]) * count


def run(mode: Any) -> Callable[[bytes, bytes, bytes], bytes]:
    def seal(key: bytes, iv: bytes, data: bytes) -> bytes:
        encryptor = Cipher(AES(key), mode(iv) if mode is not ECB else ECB()).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    return seal


cbc = run(CBC)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Client:
    """What a client does, from a JSON object's text to what is sent."""

    content: Callable[[bytes], bytes] = lambda text: text
    key: Callable[[bytes], bytes] = lambda key: key
    iv: Callable[[bytes, bytes], bytes] = lambda key, iv: iv
    pad: Callable[[bytes], bytes] = pkcs7
    seal: Callable[[bytes, bytes, bytes], bytes] = cbc
    around: Callable[[bytes, bytes], bytes] = lambda sealed, iv: sealed
    write: Callable[[bytes], str] = b64

    def send(self, key: bytes, iv: bytes, text: bytes) -> str:
        key, iv = self.key(key), self.iv(key, iv)
        sealed = self.seal(key, iv, self.pad(self.content(text)))
        return self.write(self.around(sealed, iv))


@dataclass(frozen=True)
class Mistake:
    """One stage done otherwise, and what the hint must say of it."""

    stage: str
    what: str
    says: str
    done: Any

    def spoil(self, client: Client) -> Client:
        return replace(client, **{self.stage: self.done})

    def __str__(self) -> str:
        return self.what.replace(" ", "-")


def text_of(key: bytes) -> bytes:
    return base64.b64encode(key)


def hexed(name: str) -> Callable[[bytes], bytes]:
    return lambda key: hashlib.new(name, text_of(key)).hexdigest()[:32].encode()


def raw_hash(name: str, of: Callable[[bytes], bytes] = text_of) -> Callable[[bytes], bytes]:
    return lambda key: hashlib.new(name, of(key)).digest()[:32].ljust(16, b"\0")


CONTENTS = (
    ("Base64", "Base64 text", base64.b64encode),
    ("hex", "hexadecimal text", lambda d: d.hex().encode()),
    ("Base64 twice", "Base64 of the Base64", lambda d: base64.b64encode(base64.b64encode(d))),
    ("a JSON text", "in quotes|encoded twice", lambda d: json.dumps(d.decode()).encode()),
    ("percent-encoded", "percent-encoded", lambda d: quote(d.decode(), safe="").encode()),
    ("form text", "form text", lambda d: urlencode(json.loads(d)).encode()),
    ("data=", "a name and a value", lambda d: b"data=" + d),
    ("xml", "XML", lambda d: b"<venta><id>298</id></venta>"),
    ("php", "serialize", lambda d: b'a:2:{s:1:"a";i:1;s:1:"b";s:3:"uno";}'),
    ("java", "Java's toString", lambda d: b"{idProducto=298, idServicio=115, telefono=55}"),
    ("python", "Python's str", lambda d: str(json.loads(d)).encode()),
    ("python bytes", "Python's str", lambda d: str(d).encode()),
    ("object", "turned into text by itself", lambda d: b"[object Object]"),
    ("gzip", "gzip", gzip.compress),
    ("zlib", "zlib", zlib.compress),
    ("a hash", "hash", lambda d: hashlib.sha256(d).hexdigest().encode()),
    ("utf-16", "UTF-16", lambda d: d.decode().encode("utf-16")),
    ("utf-16-le", "UTF-16", lambda d: d.decode().encode("utf-16-le")),
    ("latin-1", "8859-1", lambda d: d.decode().encode("latin-1")),
    ("bom", "byte order mark", lambda d: b"\xef\xbb\xbf" + d),
    ("nul", "zero byte", lambda d: d + b"\0"),
    ("html", "HTML", lambda d: b"<html><body>Error</body></html>"),
    ("a list", "in an array", lambda d: b"[" + d + b"]"),
    (
        "a jwt",
        "JWT",
        lambda d: b"eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(d).rstrip(b"=") + b".c2ln",
    ),
    (
        "java serialization",
        "Java's serialization",
        lambda d: b"\xac\xed\0\x05sr\0\x11java.util.HashMap",
    ),
    ("msgpack", "MessagePack", lambda d: b"\x82\xaaidProducto\xcd\x01\x2a\xa3upc\xa41234"),
    ("nothing", "Nothing", lambda d: b""),
    ("a number", "single value", lambda d: b"298"),
    ("hello", "plain text", lambda d: b"hello"),
    ("print_r", "print_r", lambda d: b"Array\n(\n    [idProducto] => 298\n)\n"),
    ("ruby", "Ruby", lambda d: b'{"idProducto"=>298, "upc"=>"1"}'),
    ("padded by hand", "padded by hand", lambda d: pkcs7(d + b" " * (-(len(d) + 5) % 16))),
)

KEYS = (
    ("key as Base64 text", "key was used as Base64", lambda k: text_of(k)[:32]),
    ("key as hex text", "key was used as hexadecimal", lambda k: k.hex().encode()[:32]),
    ("key as HEX text", "key was used as hexadecimal", lambda k: k.hex().upper().encode()[:32]),
    ("key as Base64 text, 16", "Base64 text, cut to 16", lambda k: text_of(k)[:16]),
    ("key as hex text, 16", "hexadecimal text, cut to 16", lambda k: k.hex().encode()[:16]),
    ("AES-128", "AES-128", lambda k: k[:16]),
    ("AES-192", "AES-192", lambda k: k[:24]),
    ("sha256 of text", "hashed with SHA-256", raw_hash("sha256")),
    ("sha256 hex", "SHA-256 to hexadecimal", hexed("sha256")),
    ("sha512 hex", "SHA-512 to hexadecimal", hexed("sha512")),
    ("md5 hex", "MD5 to hexadecimal", hexed("md5")),
    ("sha1 hex", "SHA-1 to hexadecimal", hexed("sha1")),
    ("md5 raw", "hashed with MD5", lambda k: hashlib.md5(text_of(k)).digest()),
    ("sha1 raw 16", "hashed with SHA-1", lambda k: hashlib.sha1(text_of(k)).digest()[:16]),
    (
        "sha1 raw zeros",
        "SHA-1, zeros added",
        lambda k: hashlib.sha1(text_of(k)).digest().ljust(32, b"\0"),
    ),
    ("sha256 of raw", "decoded key was hashed", raw_hash("sha256", lambda k: k)),
    (
        "sha256 base64",
        "SHA-256 to Base64",
        lambda k: base64.b64encode(hashlib.sha256(text_of(k)).digest())[:32],
    ),
    ("halves swapped", "halves", lambda k: k[16:] + k[:16]),
    ("reversed", "reversed", lambda k: k[::-1]),
    ("zeros", "zeros", lambda k: bytes(32)),
    ("utf-8 of latin-1", "8859-1", lambda k: k.decode("latin-1").encode()[:32]),
    ("utf-8 with replacement", "replacement", lambda k: k.decode("utf-8", "replace").encode()[:32]),
    ("one bit", "One bit", lambda k: k[:7] + bytes([k[7] ^ 4]) + k[8:]),
    ("lower case", "lower case", lambda k: base64.b64decode(text_of(k).lower())),
    (
        "a character lost",
        "is gone",
        lambda k: base64.b64decode(text_of(k)[:9] + text_of(k)[10:-1] + b"==")[:32].ljust(
            32, b"\0"
        ),
    ),
    ("a byte lost", "last byte", lambda k: k[:-1] + b"\0"),
    ("pbkdf2", "PBKDF2", lambda k: hashlib.pbkdf2_hmac("sha1", text_of(k), b"salt", 1000, 32)),
)

IVS = (
    ("IV of zeros", "IV of zeros", lambda k, i: bytes(16)),
    ("IV as Base64 text", "IV was used as Base64", lambda k, i: text_of(i)[:16]),
    ("IV as hex text", "IV was used as hexadecimal", lambda k, i: i.hex().encode()[:16]),
    ("start of key", "start of the key", lambda k, i: k[:16]),
    ("IV reversed", "IV are reversed", lambda k, i: i[::-1]),
    ("IV swapped", "halves of the IV", lambda k, i: i[8:] + i[:8]),
    ("md5 of IV", "MD5", lambda k, i: hashlib.md5(text_of(i)).digest()),
    (
        "sha256 hex of IV",
        "SHA-256",
        lambda k, i: hashlib.sha256(text_of(i)).hexdigest()[:16].encode(),
    ),
    ("0000000000000000", "0000000000000000", lambda k, i: b"0" * 16),
    ("1234567890123456", "1234567890123456", lambda k, i: b"1234567890123456"),
    ("random IV", "another IV was used", lambda k, i: hashlib.sha256(i + k).digest()[16:]),
    ("one bit of the IV", "One bit of the IV", lambda k, i: bytes([i[0] ^ 1]) + i[1:]),
)


def gcm(key: bytes, iv: bytes, data: bytes) -> bytes:
    return AESGCM(key).encrypt(iv[:12], data, None)


MODES = (
    ("ECB", "ECB", run(ECB)),
    ("CTR", "CTR", run(CTR)),
    ("OFB", "OFB", run(OFB)),
    ("CFB", "CFB mode", run(CFB)),
    ("CFB-8", "CFB-8", run(CFB8)),
    ("GCM", "GCM", gcm),
    ("GCM, long nonce", "GCM", lambda k, i, d: AESGCM(k).encrypt(i, d, None)),
)


def counted(data: bytes, fill: bytes) -> bytes:
    count = 16 - len(data) % 16
    return data + fill[: count - 1] + bytes([count])


def character(mark: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data + mark * (-len(data) % 16)


PADS = (
    ("zeros", "Padded with zeros", character(b"\0")),
    ("blanks", "Padded with spaces", character(b" ")),
    ("x923", "X.923", lambda d: counted(d, bytes(16))),
    ("iso 10126", "10126", lambda d: counted(d, hashlib.sha256(d).digest())),
    ("iso 7816", "7816", lambda d: character(b"\0")(d + b"\x80")),
    ("blocks of 32", "blocks of 32", lambda d: pkcs7(d + b" " * (-(len(d) + 22) % 32), 32)),
    ("a brace", "a character repeated", character(b"{")),
)

AROUND = (
    ("IV in front", "IV stands|beside the ciphertext", lambda c, i: i + c),
    ("IV behind", "IV stands|beside the ciphertext", lambda c, i: c + i),
    (
        "IV and MAC in front",
        "beside the ciphertext",
        lambda c, i: i + hashlib.sha256(c).digest() + c,
    ),
    (
        "IV in front, MAC behind",
        "beside the ciphertext",
        lambda c, i: i + c + hashlib.sha256(c).digest(),
    ),
)


def lines(length: int, end: str) -> Callable[[bytes], str]:
    def write(data: bytes) -> str:
        text = b64(data)
        return end.join(text[at : at + length] for at in range(0, len(text), length))

    return write


WRITINGS = (
    ("hex", "hexadecimal", bytes.hex),
    ("HEX", "hexadecimal", lambda d: d.hex().upper()),
    ("hex with dashes", "dashes", lambda d: d.hex("-").upper()),
    ("Base64 twice", "Base64", lambda d: b64(b64(d).encode())),
    ("Base64 of hex", "hexadecimal", lambda d: b64(d.hex().encode())),
    ("hex of Base64", "hexadecimal text of the Base64", lambda d: b64(d).encode().hex()),
    ("URL-safe", "URL-safe", lambda d: base64.urlsafe_b64encode(d).decode()),
    (
        "without =",
        "padding is missing|URL-safe",
        lambda d: base64.urlsafe_b64encode(d).decode().rstrip("="),
    ),
    ("a blank for +", "percent-encode it", lambda d: b64(d).replace("+", " ")),
    ("percent-encoded", "Percent-encoded twice", lambda d: quote(b64(d), safe="")),
    ("in quotes", "in quotes", lambda d: f'"{b64(d)}"'),
    ("b''", "Python's str", lambda d: str(base64.b64encode(d))),
    ("escaped slashes", "JSON encoder", lambda d: b64(d).replace("/", r"\/")),
    ("lines of 40", "into lines", lines(40, "\n")),
    ("lines as \\n", "into lines", lines(64, "\\n")),
    ("blanks around", "White space", lambda d: f"  {b64(d)} "),
    ("latin-1", "8859-1", lambda d: d.decode("latin-1")),
    ("signed bytes", "Java's list", lambda d: str([b - 256 if b > 127 else b for b in d])),
    ("numbers", "list of numbers", lambda d: ",".join(map(str, d))),
    (
        "node's JSON",
        "Buffer",
        lambda d: json.dumps({"type": "Buffer", "data": list(d)}, separators=(",", ":")),
    ),
    ("in an object", "JSON object", lambda d: json.dumps({"signed": b64(d)})),
    ("a data URL", "data URL", lambda d: "data:text/plain;base64," + b64(d)),
    ("the name", "field's name", lambda d: "signed=" + b64(d)),
    ("iv:ciphertext", "sent together", lambda d: "00" * 16 + ":" + d.hex()),
    ("utf-8 decoder", "decoder", lambda d: d.decode("utf-8", "replace")),
)

MISTAKES = tuple(
    Mistake(stage, f"{stage}: {what}", says, done)
    for stage, table in (
        ("content", CONTENTS),
        ("key", KEYS),
        ("iv", IVS),
        ("seal", MODES),
        ("pad", PADS),
        ("around", AROUND),
        ("write", WRITINGS),
    )
    for what, says, done in table
)

STAGES = ("write", "around", "key", "iv", "seal", "pad", "content")


def says(mistake: Mistake, hint: str) -> bool:
    return re.search(mistake.says, hint) is not None


def payload(number: int) -> bytes:
    """A JSON object with characters beyond ASCII, of any length modulo 16."""
    members = {
        "idProducto": 298,
        "referencia": "Peña & Núñez",
        "upc": secrets.token_hex(16) if number < 0 else f"{number:032}",
        "x": "x" * (number % 16),
    }
    return json.dumps(members, ensure_ascii=False).encode()
