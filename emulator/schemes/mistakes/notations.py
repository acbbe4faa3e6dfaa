"""The table of notations: one thing, what each writes and how it is read back.

First the functions that write and read, then the table `NOTATIONS`, the commonest first.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote_from_bytes, unquote_to_bytes

from emulator.core.json_text import any_value
from emulator.core.messages import Message

_LONGEST_NUMBER = 512  # bytes; the decimal text of a number costs more than its length


@dataclass(frozen=True, slots=True)
class Notation:
    """One way in which bytes become a text.

    Attributes:
        name: A noun phrase, as in "the nonce was used as {name}".
        write: Makes the text, as UTF-8 bytes; raises ValueError where it cannot.
        read: Returns the bytes of such a text; raises ValueError where the text is another.
            None where something is lost in writing.
    """

    name: str
    write: Callable[[bytes], bytes]
    read: Callable[[bytes], bytes] | None = None


def _decoded(encoding: str, errors: str = "strict") -> Callable[[bytes], bytes]:
    def write(raw: bytes) -> bytes:
        return raw.decode(encoding, errors).encode("utf-8", "surrogatepass")

    return write


def _encoded(encoding: str) -> Callable[[bytes], bytes]:
    def read(text: bytes) -> bytes:
        raw = text.decode("utf-8").encode(encoding)
        if raw.isascii():  # then it is its own reading
            raise ValueError("nothing was decoded")
        return raw

    return read


def _question_marks(raw: bytes) -> bytes:
    return bytes(byte if byte < 0x80 else 0x3F for byte in raw)


def _seven_bits(raw: bytes) -> bytes:
    return bytes(byte & 0x7F for byte in raw)


def _utf8_latin1(raw: bytes) -> bytes:
    return raw.decode("utf-8", "replace").encode("latin-1", "replace")


def _replaced_each(raw: bytes) -> bytes:
    """Put one U+FFFD for each byte over 127, as Java does for ASCII."""
    return raw.decode("ascii", "surrogateescape").translate(_REPLACED).encode()


def _utf8_each(raw: bytes) -> bytes:
    """Put one U+FFFD for each byte that is not UTF-8, as old .NET and PHP do."""
    return raw.decode("utf-8", "surrogateescape").translate(_REPLACED).encode()


_REPLACED = dict.fromkeys(range(0xDC80, 0xDD00), "�")


def _windows(raw: bytes) -> bytes:
    """Decode as Windows-1252, the five unused bytes as themselves, as browsers and .NET do."""
    return raw.decode("latin-1").translate(_WINDOWS).encode()


def _from_windows(text: bytes) -> bytes:
    raw = text.decode("utf-8").translate(_FROM_WINDOWS).encode("latin-1")
    if raw.isascii():
        raise ValueError("nothing was decoded")
    return raw


_WINDOWS = {
    byte: bytes([byte]).decode("cp1252")
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}

_FROM_WINDOWS = {ord(character): byte for byte, character in _WINDOWS.items()}


def _signed(raw: bytes) -> list[int]:
    return [byte - 256 if byte > 127 else byte for byte in raw]


def _listed(
    opening: str, between: str, closing: str, numbers: Callable[[bytes], list[int]] = list
) -> Callable[[bytes], bytes]:
    def write(raw: bytes) -> bytes:
        return (opening + between.join(map(str, numbers(raw))) + closing).encode()

    return write


def _read_list(text: bytes) -> bytes:
    """Read any list of bytes in decimal, signed or not, whatever stands around and between."""
    match = _LIST.fullmatch(text)
    if match is None:
        raise ValueError("not a list of bytes")
    numbers = [int(each) for each in re.findall(rb"-?\d{1,3}", match[1])]
    if not all(-128 <= number < 256 for number in numbers):
        raise ValueError("a number that is not a byte")
    return bytes(number % 256 for number in numbers)


_LIST = re.compile(
    rb"\s*(?:\{\"type\":\"Buffer\",\"data\":|bytearray\(|bytes\(|array\(|Array|Uint8Array)?"
    rb"[\[({]*(-?\d{1,3}(?:(?:,\s*|\s+|;)-?\d{1,3}){3,})[\])}]*\s*",
    re.ASCII,
)


def _read_indexed(text: bytes) -> bytes:
    value: object = any_value(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    numbers = cast("dict[str, object]", value)
    if list(numbers) != [str(index) for index in range(len(numbers))]:
        raise ValueError("not indexed")
    return bytes(number if isinstance(number, int) else 256 for number in numbers.values())


def _number(raw: bytes, *, signed: bool = False) -> int:
    if len(raw) > _LONGEST_NUMBER:
        raise ValueError("too long for a number")
    return int.from_bytes(raw, signed=signed)


def _read_number(text: bytes) -> bytes:
    if not re.fullmatch(rb"-?[0-9]{12,1200}", text):
        raise ValueError("not a number")
    number = int(text)
    length = (number.bit_length() + 7) // 8 if number >= 0 else number.bit_length() // 8 + 1
    return number.to_bytes(length, signed=number < 0)


def _hex(between: str = "", before: str = "", *, upper: bool = False) -> Callable[[bytes], bytes]:
    def write(raw: bytes) -> bytes:
        digits = [f"{byte:02X}" if upper else f"{byte:02x}" for byte in raw]
        return (before + between.join(digits)).encode()

    return write


def _unpadded(form: str, between: str = "") -> Callable[[bytes], bytes]:
    def write(raw: bytes) -> bytes:
        return between.join(format(byte, form) for byte in raw).encode()

    return write


def _read_hex(text: bytes) -> bytes:
    """Read pairs of digits with anything usual before, between and around them."""
    bare = re.sub(rb"\A\s*(?:0[xX]|\\x|[xX]'|#)", b"", text).rstrip(b" \t\r\n\v\f'\"")
    if not re.fullmatch(rb"[0-9A-Fa-f]{2}(?:(?:[-: ,]|\\x|, ?0x|0x)?[0-9A-Fa-f]{2})*", bare):
        raise ValueError("not hexadecimal")
    return bytes.fromhex(re.sub(rb"[-: ,]|\\x|0x", b"", bare).decode("ascii"))


def _read_unpadded_hex(text: bytes) -> bytes:
    """Read digits with separators, of which some groups have one digit only."""
    groups = re.split(rb"[-: ,]", text)
    if len(groups) < 4 or not all(re.fullmatch(rb"[0-9A-Fa-f]{1,2}", group) for group in groups):
        raise ValueError("not hexadecimal")
    return bytes(int(group, 16) for group in groups)


def _lines(length: int, end: bytes) -> Callable[[bytes], bytes]:
    def write(raw: bytes) -> bytes:
        text = base64.b64encode(raw)
        return b"".join(text[at : at + length] + end for at in range(0, len(text), length))

    return write


def read_base64(text: bytes) -> bytes:
    """Read Base64 in either alphabet, with or without padding, line breaks and blanks.

    Raises:
        ValueError: It is something else.
    """
    bare = re.sub(rb"\s+", b"", text).rstrip(b"=").translate(_STANDARD)
    if len(bare) % 4 == 1:
        raise ValueError("not Base64")
    return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _read_base32(text: bytes) -> bytes:
    bare = text.strip().rstrip(b"=").upper()
    return base64.b32decode(bare + b"=" * (-len(bare) % 8))


def _read_base32_hex(text: bytes) -> bytes:
    bare = text.strip().rstrip(b"=").upper()
    return base64.b32hexdecode(bare + b"=" * (-len(bare) % 8))


def _uuencoded(raw: bytes) -> bytes:
    return b"".join(binascii.b2a_uu(raw[at : at + 45]) for at in range(0, len(raw), 45)) + b"`\n"


def _python(raw: bytes) -> bytes:
    return repr(raw).encode()


def _unpython(text: bytes) -> bytes:
    match = re.fullmatch(rb"""\s*(?:bytearray\()?b(['"])(.*)\1\)?\s*""", text, re.DOTALL)
    if match is None:
        raise ValueError("not Python's notation of bytes")
    return _unescaped(match[2])


def _ruby(raw: bytes) -> bytes:
    return b'"' + b"".join(map(_ruby_byte, raw)) + b'"'


def _ruby_byte(byte: int) -> bytes:
    if byte in _RUBY:
        return _RUBY[byte]
    return bytes([byte]) if 0x20 <= byte < 0x7F else b"\\x%02X" % byte


_RUBY = {0x22: b'\\"', 0x5C: b"\\\\", 7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n"} | {
    11: b"\\v",
    12: b"\\f",
    13: b"\\r",
    27: b"\\e",
}


def _escaped(raw: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in raw)


def _backslashed(raw: bytes) -> bytes:
    return raw.decode("utf-8", "backslashreplace").encode()


def _unruby(text: bytes) -> bytes:
    if len(text) < 2 or not text.startswith(b'"') or not text.endswith(b'"') or b"\\x" not in text:
        raise ValueError("not a quoted string of bytes")
    return _unescaped(text[1:-1])


def _unescaped(text: bytes) -> bytes:
    def byte(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 16)])
        return _ESCAPES.get(match[2], match[2])

    return re.sub(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", byte, text, flags=re.DOTALL)


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"a": b"\a", b"b": b"\b"} | {
    b"v": b"\v",
    b"f": b"\f",
    b"e": b"\x1b",
}


def _unquote(text: bytes) -> bytes:
    if not re.search(rb"%[0-9A-Fa-f]{2}", text):
        raise ValueError("nothing is percent-encoded")
    return unquote_to_bytes(text)


def _until_nul(raw: bytes) -> bytes:
    return raw.partition(b"\0")[0]


def _wrap(write: Callable[[bytes], bytes], before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: before + write(raw) + after


def _swap_words(raw: bytes) -> bytes:
    if len(raw) % 4:
        raise ValueError("not whole words")
    return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))


def _guid(raw: bytes) -> bytes:
    if len(raw) != 16:
        raise ValueError("not 16 bytes")
    return str(uuid.UUID(bytes_le=raw)).encode()


def _uuid(raw: bytes) -> bytes:
    if len(raw) != 16:
        raise ValueError("not 16 bytes")
    return str(uuid.UUID(bytes=raw)).encode()


def _read_uuid(text: bytes) -> bytes:
    if not re.fullmatch(rb"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?", text):
        raise ValueError("not a UUID")
    return uuid.UUID(text.decode("ascii")).bytes


NOTATIONS: tuple[Notation, ...] = (
    Notation("Base64 text", base64.b64encode, read_base64),
    Notation("hexadecimal text", _hex(), _read_hex),
    Notation("hexadecimal text in capital letters", _hex(upper=True), _read_hex),
    Notation("text in UTF-8, a replacement character for each wrong byte", _utf8_each),
    Notation(
        "text in UTF-8, a replacement character for what is not UTF-8",
        _decoded("utf-8", "replace"),
    ),
    Notation("text in ASCII, a question mark for each byte over 127", _question_marks),
    Notation("text in ASCII, a replacement character for each byte over 127", _replaced_each),
    Notation(
        "text in ISO 8859-1, encoded as UTF-8 again", _decoded("latin-1"), _encoded("latin-1")
    ),
    Notation("text in Windows-1252, encoded as UTF-8 again", _windows, _from_windows),
    Notation(
        "text in Windows-1252, a replacement character for five bytes",
        _decoded("cp1252", "replace"),
    ),
    Notation("text in UTF-8, without what is not UTF-8", _decoded("utf-8", "ignore")),
    Notation("text in ASCII, without the bytes over 127", _decoded("ascii", "ignore")),
    Notation("text in ASCII, the highest bit of each byte left out (Node)", _seven_bits),
    Notation("text in UTF-8, encoded as ISO 8859-1 again", _utf8_latin1),
    Notation("text in UTF-16 (little-endian)", _decoded("utf-16-le", "replace")),
    Notation("text in UTF-16 (big-endian)", _decoded("utf-16-be", "replace")),
    Notation(Message("Python's str() of bytes (b'...')"), _python, _unpython),
    Notation(
        Message("Python's str() of the Base64 bytes (b'...')"),
        _wrap(base64.b64encode, b"b'", b"'"),
        lambda text: read_base64(_unpython(text)),
    ),
    Notation(
        Message("Python's str() of the hexadecimal bytes (b'...')"),
        _wrap(_hex(), b"b'", b"'"),
        lambda text: _read_hex(_unpython(text)),
    ),
    Notation("a Base64 text with a line end", base64.encodebytes),
    Notation("a Base64 text without its =", lambda raw: base64.b64encode(raw).rstrip(b"=")),
    Notation("URL-safe Base64 text", base64.urlsafe_b64encode),
    Notation(
        Message("URL-safe Base64 text without ="),
        lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    ),
    Notation("a Base64 text in lines of 76 that end in CR LF", _lines(76, b"\r\n")),
    Notation("a Base64 text in lines of 64", _lines(64, b"\n")),
    Notation("hexadecimal text with dashes (BitConverter)", _hex("-", upper=True), _read_hex),
    Notation("hexadecimal text with dashes", _hex("-"), _read_hex),
    Notation("hexadecimal text with colons", _hex(":"), _read_hex),
    Notation("hexadecimal text with colons, in capital letters", _hex(":", upper=True), _read_hex),
    Notation("hexadecimal text with blanks", _hex(" "), _read_hex),
    Notation("hexadecimal text with blanks, in capital letters", _hex(" ", upper=True), _read_hex),
    Notation("hexadecimal text that begins with 0x", _hex(before="0x"), _read_hex),
    Notation("hexadecimal text without zeros in front of single digits (%x)", _unpadded("x")),
    Notation("hexadecimal text without zeros in front of single digits (%X)", _unpadded("X")),
    Notation(
        "hexadecimal text with blanks, without zeros in front of single digits",
        _unpadded("x", " "),
        _read_unpadded_hex,
    ),
    Notation(
        "hexadecimal text of signed bytes (Integer.toHexString(b), without & 0xff)",
        lambda raw: "".join(f"{number & 0xFFFFFFFF:x}" for number in _signed(raw)).encode(),
    ),
    Notation(
        "hexadecimal text of signed bytes (ffffff before each byte over 127)",
        lambda raw: "".join(f"{number & 0xFFFFFFFF:02x}" for number in _signed(raw)).encode(),
    ),
    Notation(
        "a number in hexadecimal, which has no zeros in front (BigInteger)",
        lambda raw: b"%x" % _number(raw),
    ),
    Notation(
        "a number in decimal (BigInteger)", lambda raw: str(_number(raw)).encode(), _read_number
    ),
    Notation(
        "a signed number in hexadecimal (BigInteger without its sign argument)",
        lambda raw: b"%x" % _number(raw, signed=True),
    ),
    Notation(
        "a signed number in decimal (BigInteger without its sign argument)",
        lambda raw: str(_number(raw, signed=True)).encode(),
    ),
    Notation(
        Message("Java's list of signed bytes (Arrays.toString)"),
        _listed("[", ", ", "]", _signed),
        _read_list,
    ),
    Notation("a list of numbers in brackets", _listed("[", ", ", "]"), _read_list),
    Notation(Message("JavaScript's list of numbers (1,2,3)"), _listed("", ",", ""), _read_list),
    Notation(Message("JSON's list of numbers"), _listed("[", ",", "]"), _read_list),
    Notation(Message("Go's list of numbers ([1 2 3])"), _listed("[", " ", "]"), _read_list),
    Notation("numbers with blanks between", _listed("", " ", ""), _read_list),
    Notation("numbers with a comma and a blank between", _listed("", ", ", ""), _read_list),
    Notation("signed numbers with commas between", _listed("", ",", "", _signed), _read_list),
    Notation("a list of signed numbers", _listed("[", ",", "]", _signed), _read_list),
    Notation("numbers with nothing between", _listed("", "", "")),
    Notation(
        Message("Node's JSON of a Buffer"),
        _listed('{"type":"Buffer","data":[', ",", "]}"),
        _read_list,
    ),
    Notation(
        "the JSON of a Uint8Array, with indexes",
        lambda raw: json.dumps(
            {str(index): byte for index, byte in enumerate(raw)}, separators=(",", ":")
        ).encode(),
        _read_indexed,
    ),
    Notation("Python's bytearray(...)", _wrap(_python, b"bytearray(", b")"), _unpython),
    Notation(Message("Ruby's inspect of a string"), _ruby, _unruby),
    Notation(r"escapes (\x..) for all bytes", _escaped, _read_hex),
    Notation(r"escapes (\x..) for the bytes that are not text", _backslashed),
    Notation("percent-encoded text", lambda raw: quote_from_bytes(raw, safe="").encode(), _unquote),
    Notation(
        "percent-encoded text of the Base64",
        lambda raw: quote_from_bytes(base64.b64encode(raw), safe="").encode(),
        lambda text: read_base64(_unquote(text)),
    ),
    Notation(
        Message("Base64 text of the hexadecimal text"),
        lambda raw: base64.b64encode(raw.hex().encode()),
        lambda text: _read_hex(read_base64(text)),
    ),
    Notation(
        "hexadecimal text of the Base64 text",
        lambda raw: base64.b64encode(raw).hex().encode(),
        lambda text: read_base64(_read_hex(text)),
    ),
    Notation(
        Message("Base64 of the Base64 text"),
        lambda raw: base64.b64encode(base64.b64encode(raw)),
        lambda text: read_base64(read_base64(text)),
    ),
    Notation("Base32 text", base64.b32encode, _read_base32),
    Notation(Message("Base32 text without ="), lambda raw: base64.b32encode(raw).rstrip(b"=")),
    Notation(Message("Base32 text (extended hex)"), base64.b32hexencode, _read_base32_hex),
    Notation(Message("Base85 text (Python's b85encode)"), base64.b85encode, base64.b85decode),
    Notation("Ascii85 text", base64.a85encode, base64.a85decode),
    Notation(
        Message("Ascii85 text in <~ ~>"),
        lambda raw: base64.a85encode(raw, adobe=True),
        lambda text: base64.a85decode(text, adobe=True),
    ),
    Notation("uuencoded text", _uuencoded),
    Notation("a UUID", _uuid, _read_uuid),
    Notation("a GUID, whose first parts .NET writes backwards", _guid),
    Notation("bytes in reverse order", lambda raw: raw[::-1]),
    Notation("words of four bytes in reverse order", _swap_words),
    Notation("bytes up to the first zero byte", _until_nul),
    Notation(
        "bytes without white space and zero bytes around", lambda raw: raw.strip(b" \t\n\r\0\x0b")
    ),
)
"""Every way we know, the commonest first."""
