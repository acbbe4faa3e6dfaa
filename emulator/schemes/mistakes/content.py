"""What somebody encrypted or signed that is not the JSON object it should be.

First the layers are taken off, one after another, as long as one fits: a byte order mark, Base64,
gzip, a JSON text in quotes, another encryption. Where the right thing is inside, the layers are
the mistake. Where it is not, what is inside is told for what it is: form text, XML, PHP's
`serialize`, a hash, the name of an object.

Nothing here decides whether something passes. A layer is taken off at most `DEEPEST` times, and
nothing longer than `LONGEST` is looked at.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_to_bytes

from emulator.core import json_faults, json_text
from emulator.core.json_text import any_value
from emulator.schemes.mistakes.bytes_as_text import NOTATIONS, name_of_object

Plausible = Callable[[bytes], bool]
"""Is this the right thing? Asked of any bytes at all, so it must not raise."""

LONGEST = 1 << 16  # bytes
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Layer:
    """Something around the right thing.

    Attributes:
        name: A noun phrase: "Base64 text".
        remedy: What to do instead, as a main clause without a subject.
        open: Returns what is inside; raises ValueError where there is no such layer.
        certain: Whether hardly anything else looks so. What is inside of other layers is only
            believed if it is the right thing.
    """

    name: str
    remedy: str
    open: Callable[[bytes], bytes]
    certain: bool = True


def told(data: bytes, plausible: Plausible, done: str, more: Iterable[Layer] = ()) -> str:
    """Say in a sentence what `data` is; "" if it cannot be told.

    What is wrapped once too often is unwrapped; of the rest, the words for JSON everywhere come
    first where they say more.

    Args:
        data: What should have been plausible.
        plausible: Whether something is the right thing.
        done: What was done with it: "encrypted" or "signed".
        more: Layers that only the caller can take off.
    """
    layers = tuple(more)
    if value := other_value(data):
        return value
    known = known_fault(data)
    if "UTF-32" in known:
        return known
    if what := wrapped(data, plausible, layers):
        return f"What was {done} is {what}"
    if known and readable(data) and describe(data):
        return known
    what = explain(data, plausible, layers)
    return f"What was {done} is {what}" if what else ""


def explain(data: bytes, plausible: Plausible, more: Iterable[Layer] = ()) -> str:
    """Say what `data` is; "" if it cannot be told.

    Args:
        data: What should have been plausible.
        plausible: Whether something is the right thing.
        more: Layers that only the caller can take off, such as its encryption.

    Returns:
        A predicate and what to do: "Base64 text, and in it the JSON; use the JSON as it is". A
        sentence comes of it with "What was encrypted is ".
    """
    if len(data) > LONGEST:
        return ""
    levels = list(_levels(data, (*LAYERS, *more)))
    if wrapped := _wrapped(levels, plausible):
        return wrapped
    for level in levels:
        for taken, inside in level:
            if all(layer.certain for layer in taken) and (what := describe(inside)):
                return _sentence(taken, *what)
    return ""


def wrapped(data: bytes, plausible: Plausible, more: Iterable[Layer] = ()) -> str:
    """Say in what the right thing is wrapped, as `explain` does; "" if it is not inside."""
    return "" if len(data) > LONGEST else _wrapped(_levels(data, (*LAYERS, *more)), plausible)


def _wrapped(levels: Iterable[list[_Opened]], plausible: Plausible) -> str:
    for level in levels:
        for taken, inside in level:
            if taken and plausible(inside):
                return _sentence(taken, "the JSON", "")
    return ""


def other_value(data: bytes) -> str:
    """Say what `data` is if it is JSON, but no object, or nothing; "" if it is another thing."""
    try:
        json_text.read_object(data)
    except json_text.NotAnObject as error:
        return json_faults.explain(data, error).hint
    except ValueError as error:
        return "" if data.strip() else json_faults.explain(data, error).hint
    return ""


def fault(data: bytes) -> str:
    """Say of a text that `explain` does not know why it is not a JSON object: a sentence."""
    if told := known_fault(data):
        return told
    try:
        json_text.read_object(data)
    except ValueError as error:
        hint = json_faults.explain(data, error).hint
    else:
        return f"It lacks what an object must have here; {OBJECT}"
    if data.lstrip()[:1] in (b"{", b"[") or _ONE_RUN in hint:
        return hint
    what = "a plain text" if readable(data) else "bytes that are no text"
    return f"It is {what}; {OBJECT}"


def known_fault(data: bytes) -> str:
    """Say why a text is not a JSON object, in the words for JSON everywhere; "" if too vague."""
    try:
        json_text.read_object(data)
    except ValueError as error:
        told = json_faults.explain(data, error).hint
        return "" if any(vague in told for vague in _VAGUE) else told
    return ""


_ONE_RUN = "one run of Base64"
_VAGUE = ("ends too early", _ONE_RUN, "content-type", "Content-Type")
"""In hints that say less than `describe`, or speak of a body where there is a ciphertext."""


def readable(data: bytes) -> bool:
    """Tell whether bytes are a text: UTF-8 without control characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)


_Opened = tuple[tuple[Layer, ...], bytes]
"""The layers that were taken off, the outermost first, and what is inside."""


def _levels(data: bytes, layers: tuple[Layer, ...]) -> Iterator[list[_Opened]]:
    """Yield what comes to light after no layer, after one, after two …; nothing twice."""
    level: list[_Opened] = [((), data)]
    seen = {data}
    for _ in range(DEEPEST + 1):
        yield level
        inner: list[_Opened] = []
        for taken, inside in level:
            for layer, opened in _opened(inside, layers):
                if opened not in seen:
                    seen.add(opened)
                    inner.append(((*taken, layer), opened))
        level = inner


def describe(data: bytes) -> tuple[str, str] | None:
    """Return what `data` is, as a noun phrase, and what to do; None if it is nothing we know."""
    for kind in _KINDS:
        if kind.fits(data):
            return kind.name, kind.remedy
    return None


def _opened(data: bytes, layers: Iterable[Layer]) -> Iterable[tuple[Layer, bytes]]:
    for layer in layers:
        try:
            inside = layer.open(data)
        except (ValueError, RecursionError, zlib.error):
            continue
        if inside and inside != data:
            yield layer, inside


def _sentence(taken: tuple[Layer, ...], end: str, remedy: str) -> str:
    chain = ", and in it ".join((*(layer.name for layer in taken), end))
    return f"{chain}; {taken[0].remedy if taken else remedy}"


# Layers: what may stand around the right thing


def _without_mark(encoding: str, mark: bytes) -> Callable[[bytes], bytes]:
    def open_(data: bytes) -> bytes:
        if not data.startswith(mark):
            raise ValueError("no byte order mark")
        return data.removeprefix(mark).decode(encoding).encode()

    return open_


def _utf16(encoding: str, zero: int) -> Callable[[bytes], bytes]:
    def open_(data: bytes) -> bytes:
        if len(data) < 4 or data[zero] or data[zero + 2]:
            raise ValueError("not UTF-16 without a mark")
        return data.decode(encoding).encode()

    return open_


def _from_latin1(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if not all(character.isprintable() or character in "\r\n\t" for character in text):
            raise ValueError("not a text") from None
        return text.encode()
    raise ValueError("it is UTF-8")


def _without_zeros(data: bytes) -> bytes:
    return data.strip(b"\0")


def _without_padding(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= 32 or not data.endswith(bytes([count]) * count):
        raise ValueError("not padded")
    return data[:-count]


def _inflated(window: int, data: bytes) -> bytes:
    opener = zlib.decompressobj(window)
    inside = opener.decompress(data, LONGEST)
    if not opener.eof or opener.unconsumed_tail:
        raise ValueError("not whole")
    return inside


def _json_text(data: bytes) -> bytes:
    value: object = any_value(data.decode())
    if not isinstance(value, str):
        raise ValueError("not a JSON text")
    return value.encode()


def _single_quoted(data: bytes) -> bytes:
    match = re.fullmatch(rb"\s*(['`])(\{.*\})\1;?\s*", data, re.DOTALL)
    if match is None:
        raise ValueError("not in quotes")
    return match[2]


def _escaped(data: bytes) -> bytes:
    """Read JSON whose quotes have backslashes before them, but no quotes around."""
    if b'\\"' not in data or data[:1] == b'"':
        raise ValueError("nothing is escaped")
    return _json_text(b'"' + data.strip() + b'"')


def _html(data: bytes) -> bytes:
    if not re.search(rb"&(quot|#34|#39|amp|#x22);", data):
        raise ValueError("nothing is escaped")
    import html

    return html.unescape(data.decode()).encode()


def _percent(data: bytes) -> bytes:
    if not re.match(rb"(%[0-9A-Fa-f]{2}|[\w.~*+-])+\Z", data) or b"%" not in data:
        raise ValueError("nothing is percent-encoded")
    return unquote_to_bytes(data.replace(b"+", b" "))


def _php_string(data: bytes) -> bytes:
    match = re.fullmatch(rb's:(\d{1,6}):"(.*)";', data, re.DOTALL)
    if match is None:
        raise ValueError("not a serialized text")
    return match[2]


def _assigned(data: bytes) -> bytes:
    match = re.match(
        rb"\s*(?:(?:data|json|signed|payload|body|message|text)\s*[=:]|var \w+ ?=)\s*",
        data,
        re.IGNORECASE,
    )
    value = data[match.end() :].rstrip().removesuffix(b";") if match else b""
    if not value:
        raise ValueError("no name before it")
    return value if value[:1] != b"%" else unquote_to_bytes(value)


def _only_item(data: bytes) -> bytes:
    value: object = any_value(data.decode())
    if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)):  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError("not a list of one object")
    return json.dumps(value[0]).encode()


_PLAIN = "use the JSON as it is"

LAYERS: tuple[Layer, ...] = (
    Layer(
        "text that begins with a UTF-8 byte order mark",
        "leave the mark out: encode as UTF-8 without it",
        _without_mark("utf-8", b"\xef\xbb\xbf"),
    ),
    Layer("UTF-16", "encode the JSON as UTF-8", _without_mark("utf-16-le", b"\xff\xfe")),
    Layer("UTF-16", "encode the JSON as UTF-8", _without_mark("utf-16-be", b"\xfe\xff")),
    Layer("UTF-16", "encode the JSON as UTF-8", _utf16("utf-16-le", 1)),
    Layer("UTF-16", "encode the JSON as UTF-8", _utf16("utf-16-be", 0)),
    Layer("ISO 8859-1 text", "encode the JSON as UTF-8", _from_latin1),
    Layer("text with zero bytes around", "leave the zero bytes out", _without_zeros),
    Layer(
        "text that was padded by hand before the library padded it",
        "leave the padding to the library",
        _without_padding,
    ),
    Layer("a JSON text in quotes", "encode the object as JSON once, not twice", _json_text),
    Layer("JSON in quotes", "leave the quotes around the object out", _single_quoted),
    Layer("JSON with backslashes before its quotes", "encode it as JSON once, not twice", _escaped),
    Layer("text with HTML entities such as &quot;", "do not escape the JSON for HTML", _html),
    Layer("percent-encoded text", f"do not percent-encode it; {_PLAIN}", _percent),
    Layer(
        "a name and a value, as in a form",
        "take the value alone, without name and equals sign",
        _assigned,
    ),
    Layer("a list", "take the object alone, not in a list", _only_item),
    Layer("PHP's serialize() of a text", f"{_PLAIN}, not serialized", _php_string),
    Layer(
        "gzip",
        f"do not compress; {_PLAIN}",
        partial(_inflated, 31),
    ),
    Layer("zlib data", f"do not compress; {_PLAIN}", partial(_inflated, 15)),
    Layer("deflated data", f"do not compress; {_PLAIN}", partial(_inflated, -15)),
    *(
        Layer(
            notation.name,
            _PLAIN,
            notation.read,
            notation.name.startswith(("Base64", "hexadecimal", "Python")),
        )
        for notation in NOTATIONS
        if notation.read is not None and "percent-encoded" not in notation.name
    ),
)
"""What may stand around the JSON, the commonest first."""


# Kinds: what may be there instead of the right thing


@dataclass(frozen=True, slots=True)
class Kind:
    """Something else than JSON.

    Attributes:
        name: A noun phrase.
        remedy: What to do instead, as a main clause without a subject.
        fits: Tells whether bytes are of this kind.
    """

    name: str
    remedy: str
    fits: Callable[[bytes], bool]


def _like(pattern: bytes, flags: int = 0) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern, flags | re.DOTALL)
    return lambda data: compiled.match(data) is not None


def _names_object(data: bytes) -> bool:
    return len(data) < 200 and bool(name_of_object(data.decode("utf-8", "replace")))


def _json(kind: Callable[[object], bool]) -> Callable[[bytes], bool]:
    def fits(data: bytes) -> bool:
        try:
            return kind(any_value(data.decode()))
        except ValueError:
            return False

    return fits


def _is_envelope(value: object) -> bool:
    return isinstance(value, dict) and {"iv", "value", "mac"} <= set(map(str, value))  # pyright: ignore[reportUnknownArgumentType]


OBJECT = "make a JSON object of the fields (json_encode, JSON.stringify, json.dumps)"

_KINDS: tuple[Kind, ...] = (
    Kind("the private key or certificate itself", "keep it to yourself", _like(rb"\s*-----BEGIN ")),
    Kind(
        "a JWT",
        "take the JSON object itself, not a token that carries it",
        _like(rb"\s*\"?eyJ[\w-]+\.[\w-]*\.[\w-]*\"?\s*\Z"),
    ),
    Kind(
        "what a language prints for an object, not its contents",
        OBJECT,
        _names_object,
    ),
    Kind(
        "a variable that was never set",
        "look where its value should come from",
        _like(rb"(undefined|None|nil|NaN|NULL)\Z"),
    ),
    Kind("PHP's serialize()", OBJECT, _like(rb'(?:a:\d+:\{|O:\d+:"|[sidb]:\d+[:;])')),
    Kind("PHP's print_r() or var_dump()", OBJECT, _like(rb"\s*(?:Array\s*\(|array\(\d+\)\s*\{)")),
    Kind("PHP's var_export()", OBJECT, _like(rb"\s*(?:array \(|\[)\s*'\w+' ?=>")),
    Kind("Java's serialization", OBJECT, _like(rb"\xac\xed\0\x05")),
    Kind("Python's pickle", OBJECT, _like(rb"\x80[\x02-\x05].*\.\Z")),
    Kind(".NET's binary serialization", OBJECT, _like(rb"\0\x01\0\0\0\xff\xff\xff\xff")),
    Kind("HTML", OBJECT, _like(rb"\s*<(?:!doctype html|html|body|head|div|p)\b", re.IGNORECASE)),
    Kind("XML", OBJECT, _like(rb"\s*<(?:\?xml|[A-Za-z_][\w.:-]*[\s/>])")),
    Kind("multipart form data", OBJECT, _like(rb"\s*--[\w'()+,./:=?-]{1,70}\r?\nContent-")),
    Kind(
        "form text (a=b&c=d)",
        OBJECT,
        _like(rb"[\w.\[\]%*-]+=(?!=*\Z)[^{}&\s]*(?:&[\w.\[\]%*-]+=[^{}&\s]*)*\Z"),
    ),
    Kind("Ruby's inspect of a Hash", "use to_json", _like(rb"\s*\{\s*(?:\"\w+\"|:\w+) ?=>")),
    Kind("Ruby's inspect of a Hash", "use to_json", _like(rb"\s*\{\w+: \"[^{}]*\}\Z")),
    Kind(
        "Python's str() of a dict, or JSON in single quotes",
        "use json.dumps: JSON has double quotes",
        _like(rb"\s*(?:OrderedDict\(|defaultdict\(|\{\s*u?'\w+'\s*:.*(?:'|None|True|False|\d))"),
    ),
    Kind(
        "Go's print of a map",
        "use json.Marshal",
        _like(rb"\s*(?:map\[|&?\{(?=[^=\"'{},]*\}\s*\Z)[^=\"'{},]*[^\s:,] \w)"),
    ),
    Kind(
        "Java's toString() of a Map or an object",
        "use a JSON library (Jackson, Gson)",
        _like(rb"\s*[\w.$]*[{(\[]\s*\w+ ?=[^{}\"]*[\])}]\s*\Z"),
    ),
    Kind("C#'s or Kotlin's print of a record", OBJECT, _like(rb"\s*[A-Z]\w* ?[{(] ?\w+ = ")),
    Kind(
        "another encryption's envelope",
        "encrypt once, with the plain library call",
        _json(_is_envelope),
    ),
    Kind("a bcrypt or Argon2 hash", OBJECT, _like(rb"\$(?:2[aby]|argon2\w*|5|6)\$")),
    Kind(
        "a hash or other bytes in hexadecimal",
        "take the JSON itself; a hash cannot be read back",
        _like(rb"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\Z", re.I),
    ),
    Kind("a UUID", OBJECT, _like(rb"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?\Z", re.I)),
    Kind("YAML", OBJECT, _like(rb"(?:---\s)?\w+: \S.*\n\w+: \S")),
    Kind("an image, a PDF or a ZIP file", OBJECT, _like(rb"\x89PNG|%PDF|PK\x03\x04|\xff\xd8\xff")),
    Kind(
        "MessagePack",
        OBJECT,
        _like(rb"[\x81-\x8f][\xa1-\xbf][A-Za-z_]\w"),
    ),
    Kind("BSON", OBJECT, lambda data: _is_bson(data)),
)


def _is_bson(data: bytes) -> bool:
    return len(data) > 8 and int.from_bytes(data[:4], "little") == len(data) and data[-1] == 0
