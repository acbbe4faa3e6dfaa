"""Ways in which a secret gets into a request, and a reader that tries to get it out again.

The reader knows nothing of the emulator: it takes encodings off with what Python has for them.
"""

from __future__ import annotations

import html
import json
import quopri
import re
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote, unquote_plus
from xml.sax.saxutils import escape

Spelling = Callable[[str], str]


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _every_sign(form: str) -> Spelling:
    return lambda text: "".join(form.format(unit) for unit in _units(text))


def _units(text: str) -> list[int]:
    raw = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


SPELLINGS: dict[str, Spelling] = {
    "raw": str,
    "capitals": str.upper,
    "blanks around": lambda s: f"  {s}\t",
    "json": lambda s: json.dumps(s)[1:-1],
    "json of php": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "json in json": lambda s: json.dumps(json.dumps({"a": s}))[1:-1],
    "json, every sign escaped": _every_sign("\\u{:04x}"),
    "percent": lambda s: quote(s, safe=""),
    "percent in small letters": lambda s: re.sub(
        "%..", lambda found: found[0].lower(), quote(s, safe="")
    ),
    "percent, twice": lambda s: quote(quote(s, safe=""), safe=""),
    "percent, every sign": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "form": quote_plus,
    "base64": _b64,
    "base64, one byte before": lambda s: _b64("x" + s),
    "base64, two bytes before": lambda s: _b64(":)" + s + "tail"),
    "base64, three bytes before": lambda s: _b64("a:b" + s + " and more"),
    "base64 after other letters": lambda s: "abc" + _b64(f"user:{s}").rstrip("="),
    "base64 for urls": lambda s: urlsafe_b64encode(f"?>~{s}".encode()).decode().rstrip("="),
    "base64 in lines": lambda s: encodebytes(f"{'x' * 50}{s}{'y' * 50}".encode()).decode(),
    "base64 of base64": lambda s: _b64(_b64(s)),
    "base64 of json": lambda s: _b64(json.dumps({"key": s})),
    "base64, percent-encoded": lambda s: quote(_b64(f"u:{s}?"), safe=""),
    "hex": lambda s: s.encode().hex(),
    "hex in capitals": lambda s: f"0{s.encode().hex().upper()}",
    "quoted-printable": lambda s: quopri.encodestring(s.encode(), quotetabs=True).decode(),
    "quoted-printable, every sign": lambda s: "".join(f"={byte:02X}" for byte in s.encode()),
    "xml": lambda s: escape(s, {'"': "&quot;", "'": "&apos;"}),
    "xml, every sign": lambda s: "".join(f"&#{ord(sign)};" for sign in s),
    "xml, every sign in hex": lambda s: "".join(f"&#x{ord(sign):X};" for sign in s),
    "broken into lines": lambda s: f"{s[:5]}\r\n{s[5:]}",
    "with blanks": lambda s: f"{s[:4]} {s[4:]}",
    "with what does not show": lambda s: f"{s[:3]}\u200b{s[3:6]}\u00ad{s[6:]}\ufeff",
    "utf-16": lambda s: s.encode("utf-16-le", "surrogatepass").decode("latin-1"),
    "base64 of utf-16": lambda s: b64encode(s.encode("utf-16-le")).decode(),
    "as utf-8 read as latin-1": lambda s: s.encode().decode("latin-1"),
}


def readings(text: str, depth: int = 4) -> set[str]:
    """Return all that can be read in a text by taking encodings off, in any order."""
    found = {text}
    fresh = {text}
    for _ in range(depth):
        fresh = {under for each in fresh for under in _under(each)} - found
        found |= fresh
    return found


def _under(text: str) -> set[str]:
    found = {unquote(text), unquote_plus(text), html.unescape(text), re.sub(r"\s+", "", text)}
    found.add(re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text))
    found.add(re.sub("[\0\u200b\u00ad\ufeff]", "", text))
    found.add(re.sub(r"\\(.)", r"\1", text))
    found.add(quopri.decodestring(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace"))
    if text.isascii() or max(text) < "\u0100":
        found.add(text.encode("latin-1").decode("utf-8", "replace"))
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        standard = run.replace("-", "+").replace("_", "/")
        for shift in range(4):
            piece = standard[shift:]
            raw = b64decode(piece + "A" * (-len(piece) % 4))
            found.add(raw.decode("utf-8", "ignore"))
    for run in re.findall(r"[0-9a-fA-F]{16,}", text):
        for shift in range(2):
            piece = run[shift:]
            found.add(bytes.fromhex(piece[: len(piece) & ~1]).decode("utf-8", "ignore"))
    return found


def is_readable(secret: str, text: str) -> bool:
    """Tell whether somebody who wants to can read the secret in the text."""
    small = secret.lower()
    plain = {small, re.sub(r"\s+", "", small), small.encode().decode("latin-1")}
    return any(form in each.lower() for each in readings(text) for form in plain)
