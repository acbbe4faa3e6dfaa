"""What text is that should have been a JSON object: named after a refusal, never before.

`explain` knows what other languages and libraries write in place of JSON, what an encoding, a
shell or a template makes of it, and the slips of a hand. It looks in this order: bytes that are
no text (`BYTES`), JSON that was encoded once more (`_WRAPPINGS`, each undone to be sure), text
of another notation (`NOTATIONS`), and the place where reading stopped (`SLIPS`).

The hints never quote what was sent; what is quoted as `received` goes through a mask.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64decode
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import unquote_plus

from emulator.core import json_text
from emulator.core.json_notations import BYTES, COMPACT, CUT, NOTATIONS, SLIPS, first

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_UNDONE = 64 * 1024
"""Bytes of text up to which an encoding is undone to see what is below."""

_HEAD = 2_000
_AROUND = 80


class Fault(NamedTuple):
    """What came in place of a JSON object, and what to do."""

    received: str
    hint: str


def explain(
    body: bytes | str, error: ValueError, quote: Callable[[str], str] | None = None
) -> Fault:
    """Name what was sent in place of a JSON object.

    Args:
        body: What was sent.
        error: What `json_text` raised on it.
        quote: Masks the secrets of a piece of the body; the piece is not shown if None.
    """
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if not raw.strip(b" \t\r\n"):
        return Fault("nothing" if not raw else "blanks alone", _EMPTY)
    unread = isinstance(error, UnicodeDecodeError | json.JSONDecodeError)
    if unread and (hint := first(BYTES, raw[:_HEAD].decode("latin-1"))):
        return Fault(f"{len(raw)} bytes that are not JSON text", hint)
    if isinstance(error, UnicodeDecodeError):
        shown = f"byte 0x{raw[error.start]:02X} at offset {error.start}, which is not UTF-8"
        return Fault(shown, _byte_hint(raw, error))
    if isinstance(error, json_text.NotAnObject):
        return Fault(json_text.kind(error.value), explain_value(error.value))
    text = raw.decode("utf-8", "replace")
    return Fault(_place(text, error, quote), _text_hint(text, error))


def explain_value(value: object) -> str:
    """Say what a JSON value is, and what to do, where an object should be."""
    match value:
        case str() if type(value) is str:
            return _string_hint(value)
        case list():
            return _list_hint(cast("list[object]", value))
        case None:
            return "The text is null: the variable was empty when it was encoded. Send an object"
        case _:
            return "The text is a single value. Send an object: {…}"


def _string_hint(text: str) -> str:
    if not text.strip():
        return "The text is an empty string in quotes. Send an object: {…}"
    if _reads(text) is not None:
        return (
            "The JSON was encoded twice: it is a string with JSON inside. Encode the object once "
            "and send that text as it is"
        )
    if re.fullmatch(COMPACT, text.strip()):
        return "This is a token (JWT, JWS) in quotes. Put it into its member of an object"
    if _reads(_from_base64(text)) is not None:
        return "This is Base64 of JSON, in quotes: a byte array was encoded. Send the JSON itself"
    return "The text is one string in quotes. Send an object: {…}"


def _list_hint(items: list[object]) -> str:
    if not items:
        return (
            "An empty array was sent: PHP writes an empty array as []. Send an object, {}, "
            "or cast it: (object) []"
        )
    if len(items) == 1 and isinstance(items[0], dict):
        return "The object is wrapped in an array, [{…}]. Send the object alone"
    if all(isinstance(item, dict) for item in items):
        return "Several objects were sent in one array. Send one object in each request"
    if all(isinstance(item, int) for item in items):
        return "An array of numbers was sent, such as the bytes of a text. Send the text itself"
    return "An array was sent: it was made of the values without their names. Send an object"


_EMPTY = (
    "Nothing was sent: the body is empty. Send a JSON object, {} if it has no members; look "
    "whether the library got it as the body, and whether a redirect lost it"
)

# --- bytes that are no JSON text -------------------------------------------------------------


def _byte_hint(raw: bytes, error: UnicodeDecodeError) -> str:
    if error.start >= len(raw) - 3 and error.reason == "unexpected end of data":
        return (
            "The text ends in the middle of a character: its length was counted in characters. "
            "Count the bytes of its UTF-8"
        )
    if re.match(rb"\xed[\xa0-\xbf]", raw[error.start : error.start + 2]):
        return (
            "Half of a surrogate pair stands there: the encoder is CESU-8 or Java's modified "
            "UTF-8. Use the real UTF-8, getBytes(StandardCharsets.UTF_8)"
        )
    if raw.startswith((b"\xc0", b"\x4a", b"\xc0\x7f")) and not raw.isascii():
        return "This looks like EBCDIC, a mainframe's code. Encode the text in UTF-8"
    return (
        "The text is not in UTF-8; it looks like ISO-8859-1 (Latin-1) or Windows-1252. Encode it "
        "in UTF-8, whatever the default of the machine is"
    )


# --- JSON that was encoded once more ----------------------------------------------------------


def _reads(text: str) -> object | None:
    """Return the object or array that `text` is in JSON; None if it is none."""
    if not 1 < len(text) <= LONGEST_UNDONE:
        return None
    with suppress(ValueError):
        value: object = json_text.loads(text.strip("\0 \t\r\n"))
        return cast("object", value) if isinstance(value, dict | list) else None
    return None


def _from_base64(text: str) -> str:
    if len(text) > LONGEST_UNDONE or not re.fullmatch(r"[\w+/\s-]+=*", text.rstrip(), re.ASCII):
        return ""
    bare = re.sub(r"\s|=", "", text)
    padded = bare + "=" * (-len(bare) % 4)
    with suppress(ValueError):
        decode = urlsafe_b64decode if re.search("[-_]", bare) else b64decode
        return decode(padded).decode()
    return ""


def _from_hex(text: str) -> str:
    with suppress(ValueError):
        return bytes.fromhex(text.strip()).decode()
    return ""


def _backslashes_away(text: str) -> str:
    if '\\"' not in text:
        return ""
    return text.strip().strip("'\"").replace('\\"', '"').replace("\\\\", "\\")


def _bytes_literal(text: str) -> str:
    found = re.fullmatch(r"""\s*b(['"])(.*)\1\s*""", text, re.DOTALL)
    return found[2] if found else ""


def _after_name(text: str) -> str:
    _, found, value = text.partition("=")
    return value if found and re.match(r"\s*[\w.$-]+=", text) else ""


def _call_away(text: str) -> str:
    bare = text.rstrip().removesuffix(";").rstrip()
    found = re.match(r"[\s/*]*[\w.$]*\(", bare)
    return bare[found.end() : -1] if found and bare.endswith(")") else ""


def _chunks_away(text: str) -> str:
    found = re.fullmatch(r"[0-9a-fA-F]+\r\n(.*)\r\n0\r\n.*", text, re.DOTALL)
    return re.sub(r"\r\n[0-9a-fA-F]+\r\n", "", found[1]) if found else ""


_WRAPPINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (
        "The JSON is percent-encoded, as for a form. Send it as it is",
        lambda text: unquote_plus(text) if text[:1] == "%" else "",
    ),
    (
        "The JSON stands in a field of a form (name=…). Send the JSON alone as the body",
        _after_name,
    ),
    (
        "The JSON stands percent-encoded in a field of a form (name=…). Send the JSON alone, as "
        "it is, as the body",
        lambda text: unquote_plus(_after_name(text)),
    ),
    (
        "The quotes are written as &quot;: the JSON was escaped for HTML. Send it unescaped",
        lambda text: unescape(text) if "&" in text else "",
    ),
    (
        'The quotes have backslashes before them (\\"): the JSON was escaped once more. Send it '
        "without that escaping",
        _backslashes_away,
    ),
    (
        "The JSON stands in single quotes: the shell passed them on, as cmd.exe does. Use double "
        "quotes outside, or curl --data @file",
        lambda text: text.strip().strip("'") if text.strip()[:1] == "'" else "",
    ),
    (
        "The JSON stands in double quotes, and the quotes inside are not escaped. Send it without "
        "the quotes around it",
        lambda text: text.strip()[1:-1] if text.strip()[:2] == '"{' else "",
    ),
    (
        "The JSON stands in backticks. Send it without them",
        lambda text: text.strip().strip("`").removeprefix("json") if "`" in text else "",
    ),
    (
        "Python's bytes were written as text, b'…'. Send the bytes themselves, or decode() them",
        _bytes_literal,
    ),
    ("This is Base64 of the JSON. Send the JSON itself", _from_base64),
    ("This is hex of the JSON. Send the JSON itself", _from_hex),
    (
        "Parentheses or a function call (JSONP) stand around the JSON. Send the JSON alone",
        _call_away,
    ),
    (
        "The lengths of HTTP's chunks stand in the body: it was chunked twice, or by hand. Send "
        "the JSON alone",
        _chunks_away,
    ),
    (
        "Bytes 00 follow the text: a buffer was sent whole, or C's end of string. Send as many "
        "bytes as the text has",
        lambda text: text.rstrip("\0") if text.endswith("\0") else "",
    ),
    (
        "A semicolon follows the object. Send the object alone",
        lambda text: text.rstrip().rstrip(";") if text.rstrip().endswith(";") else "",
    ),
    (
        "HTTP headers stand in the body, before the JSON. Send the JSON alone as the body",
        lambda text: text.replace("\r\n", "\n").partition("\n\n")[2],
    ),
)
"""What stands around the JSON: the hint, and how to undo it."""

# --- the place where reading stopped -----------------------------------------------------------


def _text_hint(text: str, error: ValueError) -> str:
    if isinstance(error, json_text.RepeatedMember):
        return "A member is repeated. Send each member once: which one counts is up to the parser"
    if isinstance(error, json_text.LoneSurrogate):
        return (
            r"A character beyond U+FFFF takes two escapes, such as \ud83d\ude00, and one of them "
            "is missing: the text was cut between them"
        )
    if isinstance(error, json_text.Constant):
        return "NaN and Infinity are not JSON. Send a number, or leave the member out"
    if isinstance(error, json_text.TooDeep):
        return "Arrays or objects are nested too deep. Look for one that contains itself"
    if not isinstance(error, json.JSONDecodeError):
        return "The number is too large or too small. Write such long digits as text in quotes"
    return _syntax_hint(text, error)


def _syntax_hint(text: str, error: json.JSONDecodeError) -> str:
    if error.msg.startswith("Invalid control character"):
        return (
            r"A line break, tab or other control character stands inside text. Write it as \n or \t"
        )
    if "escape" in error.msg:
        return _escape_hint(text, error)
    if hint := _wrapping_hint(text):
        return hint
    if error.msg == "Extra data" and text.lstrip()[:1] in '{["':
        return _extra_hint(text[error.pos :])
    if hint := first(NOTATIONS, text.strip()[:_HEAD]):
        return hint
    if error.msg == "Extra data":
        if text[error.pos :].lstrip()[:1] in (",", ";", "|"):
            return "These are values with signs between (CSV), not JSON. Send an object: {…}"
        return _extra_hint(text[error.pos :])
    if error.msg.startswith("Unterminated string"):
        return CUT if text.count('"', error.pos) < 3 else _UNCLOSED
    before, after = text[max(0, error.pos - _AROUND) : error.pos], text[error.pos :][:_AROUND]
    around = f"{error.msg}\n{before}\0{after}"
    return first(SLIPS, around) or (
        "The JSON has a slip at this place. Write it with a JSON library, not by hand"
    )


_UNCLOSED = "Text is not closed: its second quote is missing, or is another kind of quote"


def _wrapping_hint(text: str) -> str:
    if len(text) > LONGEST_UNDONE:
        return ""
    return next((hint for hint, undo in _WRAPPINGS if _reads(undo(text)) is not None), "")


def _escape_hint(text: str, error: json.JSONDecodeError) -> str:
    if hint := _wrapping_hint(text):
        return hint
    after = text[error.pos :][:3].lstrip("\\")
    if after[:1] == "'":
        return r"JSON has no escape \'. Write the single quote as it is"
    if after[:1] in "xuU0":
        return (
            r"A character is escaped in another language's way. JSON writes \u and four hex digits"
        )
    return r"A backslash must be written twice, \\, as in the path C:\\temp"


def _extra_hint(rest: str) -> str:
    bare = rest.lstrip()
    if bare[:1] in ("}", "]"):
        return "There is a closing brace or bracket too many. Leave it out"
    if bare[:1] in ("{", "["):
        return "Two objects follow each other. Send one object in each request"
    if bare[:2] in ("//", "/*") or bare[:1] == "#":
        return "A comment follows the object. JSON has none; leave it out"
    if bare[:1] == ":":
        return "The braces around the members are missing. Send one object: {…}"
    return "Something follows the end of the object. Send the object alone"


def _place(text: str, error: ValueError, quote: Callable[[str], str] | None) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)[:120].encode("utf-8", "backslashreplace").decode()
    message = error.msg.removesuffix(" at")  # of "Unterminated string starting at"
    place = f"no JSON: {message} at line {error.lineno} column {error.colno}"
    if quote is None:
        return place
    # Masked before it is cut: half a secret would not be recognised.
    return f"{place}: {quote(text[error.pos :][:LONGEST_UNDONE])[:24]!r}"
