"""What text is that should have been a JSON object: named after a refusal, never before.

`explain` knows what other languages and libraries write in place of JSON, what an encoding, a
shell or a template makes of it, and the slips of a hand. It looks in this order: bytes that are
no text (`_BYTES`), JSON that was encoded once more (`_WRAPPINGS`, each undone to be sure), text
of another notation (`_NOTATIONS`), and the place where reading stopped (`_SLIPS`).

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

from emulator import json_text

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
    if unread and (hint := _first(_BYTES, raw[:_HEAD].decode("latin-1"))):
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
    if _COMPACT.fullmatch(text.strip()):
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
_COMPACT = re.compile(r"eyJ[\w-]+(?:\.[\w-]*){2,4}")

Table = tuple[tuple[str, re.Pattern[str]], ...]


def _table(*rows: tuple[str, str]) -> Table:
    return tuple((hint, re.compile(pattern, re.DOTALL)) for hint, pattern in rows)


def _first(table: Table, text: str, *, anywhere: bool = False) -> str:
    """Return the hint of the first pattern found at the start of `text`, or anywhere in it."""
    for hint, pattern in table:
        if pattern.search(text) if anywhere else pattern.match(text):
            return hint
    return ""


# --- bytes that are no JSON text -------------------------------------------------------------

_BYTES = _table(
    (
        "The text begins with a byte order mark (EF BB BF). Write UTF-8 without it: in .NET "
        "new UTF8Encoding(false), in PowerShell utf8NoBOM",
        r"\xef\xbb\xbf",
    ),
    (
        "This is UTF-32. Encode the text in UTF-8",
        r"\xff\xfe\0\0|\0\0\xfe\xff|[^\0]\0{3}|\0{3}[^\0]",
    ),
    (
        "This is UTF-16, the Unicode of .NET and Windows. Encode the text in UTF-8",
        r"\xff\xfe|\xfe\xff|[^\0]\0[^\0]\0|\0[^\0]\0[^\0]",
    ),
    ("This is compressed with gzip. Send the text uncompressed", r"\x1f\x8b"),
    (
        "This is compressed with zlib (deflate). Send the text uncompressed",
        r"\x78[\x01\x5e\x9c\xda]",
    ),
    ("This is a zip archive. Send the text itself", r"PK\x03\x04"),
    ("This is compressed with zstd. Send the text uncompressed", r"\x28\xb5\x2f\xfd"),
    (
        "This is an object serialized by Java (ObjectOutputStream). Write it as JSON text",
        r"\xac\xed\0\x05",
    ),
    (
        "This is an object serialized by .NET (BinaryFormatter). Write it as JSON text",
        r"\0\x01\0\0\0\xff\xff\xff\xff",
    ),
    ("This is a Python pickle. Write it with json.dumps", r"\x80[\x02-\x05][\x00-\x7f\x95]"),
    ("This is MessagePack. Write it as JSON text", r"[\x80-\x8f\xde][\xa0-\xbf\xd9]"),
    ("This is CBOR. Write it as JSON text", r"[\xa0-\xbf][\x60-\x78]"),
    (
        "This is BSON, MongoDB's form. Write it as JSON text",
        r".{2}\0\0[\x01-\x13][A-Za-z_]\w*\0",
    ),
    (
        "The text begins with its length in two bytes: Java's writeUTF does that. Write the "
        "bytes of the text, getBytes(UTF_8)",
        r"[\0-\x08].\{",
    ),
    ("This is a PDF. Send a JSON object", r"%PDF-"),
)
"""What the first bytes show."""


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
    if len(text) > LONGEST_UNDONE or not re.fullmatch(r"[\w+/\s-]+=*\s*", text, re.ASCII):
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
    found = re.fullmatch(r"[\s/*]*[\w.$]*\((.*)\)\s*;?\s*", text, re.DOTALL)
    return found[1] if found else ""


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
        lambda text: re.sub(r"^`+(?:json)?|`+$", "", text.strip()) if "`" in text else "",
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

# --- text of another notation ------------------------------------------------------------------

_PHP = "Write it with json_encode"
_WORD = r"[A-Za-z_$][\w$]*"

_NOTATIONS = _table(
    (
        "A JavaScript object was turned into text by itself. Write it with JSON.stringify",
        r"\[object \w+\]",
    ),
    (
        "This is a multipart form. Send a JSON object, with Content-Type application/json",
        r"--[^\r\n]+\r?\nContent-",
    ),
    (
        "This is a whole HTTP request or its headers. Send the JSON alone as the body",
        r"(?:GET|POST|PUT|PATCH) \S+ HTTP/|HTTP/1|Content-[A-Z][a-z]+: ",
    ),
    (
        "This is an object's default text in Python, <… object at 0x…>. Write its members "
        "with json.dumps",
        r"<[\w.]+ (?:object|instance) at 0x|<built-in |<function |<coroutine ",
    ),
    ("This is a Ruby object's default text, #<…>. Write it with to_json", r"#<\w"),
    (
        "This is a PHP warning or error before the JSON. Mend it, or set display_errors=Off",
        r"(?:<br />\s*)?<b>\w+</b>: |(?:PHP )?(?:Warning|Notice|Fatal error|Deprecated): ",
    ),
    ("This is SOAP (XML). Send a JSON object", r"<[^>]*?(?:Envelope|soap)|<\?xml.*?Envelope"),
    ("This is an HTML page. Send a JSON object", r"(?i:<!doctype html|<html|<!--|<form|<body)"),
    ("This is XML. Send a JSON object", r"<\?xml|<[A-Za-z!]"),
    (f"This is what PHP's print_r writes. {_PHP}", r"(?:Array|\w+ Object)\s*\(\s"),
    ("This is the word that PHP writes for an array as text. " + _PHP, r"(?:Array|Object)$"),
    (
        f"This is what PHP's var_dump writes. {_PHP}",
        r"array\(\d+\) \{|object\([\w\\]+\)#\d|string\(\d+\) \"",
    ),
    (
        f"This is what PHP's var_export writes. {_PHP}",
        r"array ?\(\s|\(object\) ?array|\[\s*'\w+' *=>",
    ),
    (f"This is what PHP's serialize writes. {_PHP}", r"[aO]:\d+:[{\"]|s:\d+:\""),
    ("This is Perl's Data::Dumper. Write it with encode_json", r"\$VAR1 ="),
    (
        "This is Go's own text of a map or struct (%v). Write it with json.Marshal",
        rf"map\[|&\{{|&map\[|\{{{_WORD}:[^\s\"',{{}}]+ {_WORD}:",
    ),
    (
        "This is Go's own text of a value (%#v). Write it with json.Marshal",
        r"map\[\w+\]\S+\{|[\w.]+\{\w+:\"",
    ),
    ("This is an Elixir map. Write it with Jason.encode!", r"%\w*\{"),
    (
        "This is Ruby's own text of a Hash (inspect, to_s). Write it with to_json",
        r"\{\s*(?::\w+|\"[^\"]*\"|'[^']*') ?=> ?",
    ),
    ("This is a Clojure map. Write it with a JSON library", r"\{:[\w-]+ "),
    (
        "This is Python's own text of an object. Write its members with json.dumps",
        r"(?:OrderedDict|defaultdict|dict|namespace|SimpleNamespace|mappingproxy)\(|"
        rf"{_WORD}\({_WORD}=(?:'|Decimal)",
    ),
    (
        "This is the name and address of a Java object, its default toString. Write it with "
        "a JSON library, such as Jackson's writeValueAsString",
        r"[\w.$\[;]+@[0-9a-f]{4,8}$",
    ),
    (
        "This is Java's or Kotlin's toString of an object. Write it with a JSON library, "
        "such as Jackson's writeValueAsString",
        rf"[A-Z]\w*[({{\[]\s*{_WORD}=",
    ),
    (
        "This is the text of a Map as Java's toString writes it, {name=value}. Write it with "
        "a JSON library, such as Jackson's writeValueAsString",
        rf"\{{{_WORD}=[^\s=]",
    ),
    (
        "This is the description of an NSDictionary. Write it with JSONSerialization",
        rf"\{{\s*\n\s+\"?{_WORD}\"? = ",
    ),
    (
        "This is the text of a C# object, { name = value }. Write it with JsonSerializer.Serialize",
        rf"\{{ {_WORD} = ",
    ),
    (
        "This is the name of a .NET type: ToString() was called on the object. Write it with "
        "JsonSerializer.Serialize",
        r"(?:System|Newtonsoft|Microsoft)\.[\w.`+]+(?:\[.*\])?$|[A-Z]\w+(?:\.[A-Z]\w+)+$",
    ),
    ("This is PowerShell's text of a hashtable. Write it with ConvertTo-Json", r"@\{"),
    (
        "This is R's text of a list. Write it with jsonlite::toJSON(auto_unbox = TRUE)",
        r"(?:list|structure|c)\(",
    ),
    ("This is Scala's text of a Map. Write it with a JSON library", r"(?:Hash)?Map\(.* -> "),
    (
        "This is Rust's Debug text of a value. Write it with serde_json::to_string",
        rf"[A-Z]\w*(?:\(| \{{) ?{_WORD}: |(?:Object|Some|Ok)\s?[({{]",
    ),
    ("This is Swift's text of a dictionary. Write it with JSONEncoder", r"\[\"\w+\": "),
    (
        "A name of a file was sent in place of what it holds. Read the file; with curl write "
        "--data @name",
        r"@?[\w./\\:-]+\.(?:json|txt|xml)$",
    ),
    (
        "A name of a variable was sent in place of its value. Fill it in before you send",
        r"\$\{?\w+\}?$|\{\{\s*\w+\s*\}\}$|%\w+%$|<\w+>$",
    ),
    (
        "The variable was empty or not set when the text was made. Send an object",
        r"(?:undefined|None|nil|NULL|Null|nan|NaN|False|True)$",
    ),
    (
        "A token (JWT, JWS) was sent alone. Put it into its member of a JSON object",
        _COMPACT.pattern,
    ),
    ("This is a PEM. Send a JSON object, and no key in it", r"-----BEGIN "),
    (
        "This is one run of Base64 or hex: ciphertext, a digest or compressed bytes. Send "
        "the JSON itself",
        r"[\w+/-]{24,}={0,2}$",
    ),
    (
        "This is a form (name=value&…). Send a JSON object, and set Content-Type application/json",
        r"[\w.%\[\]+-]+=",
    ),
    (
        "This is YAML. Send a JSON object",
        rf"---\s|{_WORD}: ?[^\n]*\n\s*(?:- )?{_WORD}:|{_WORD}: [^{{]*$",
    ),
    (
        "This is a table of comma-separated values. Send a JSON object",
        r"[\w\"' ]+(?:[,;\t][\w\"' ]+)+\r?\n",
    ),
    ("This is TOML or INI. Send a JSON object", r"\[[\w.]+\]\s*\n|\w+ = [^\n]+"),
)
"""What the text as a whole shows, from its first character on."""

# --- the place where reading stopped -----------------------------------------------------------

_CUT = (
    "The text ends too early. Look whether it was cut, or whether Content-Length counts "
    "characters; it counts bytes"
)

_SLIPS = _table(
    (_CUT, r"\0\s*[\w.+-]{0,5}$"),
    (
        "The text has an unusual blank, such as a no-break space (U+00A0) copied from a web "
        "page. Type the blanks again",
        r"\0\s*?[\x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]",
    ),
    ("The text has a comment. JSON has none; leave it out", r"\0\s*(?://|/\*|\#|--|<!--)"),
    (
        "The text has the * that marks a required member in documentation. Leave it out",
        r"\0\s*\*",
    ),
    (
        "The text has an ellipsis (… or ...), as documentation writes what it leaves out. "
        "Write the members, or leave it out",
        r"\0\s*(?:\.\.\.|…)",
    ),
    (
        "A comma follows the last member. Leave it out",
        r",\s*\0\s*[}\]]|\0\s*,\s*[}\]]",
    ),
    (
        "There are two commas, or one before the first member. Leave one out",
        r"[{,\[]\s*\0\s*,|\0,\s*,",
    ),
    (
        "The quotes are curly ones (“ ” ‘ ’ « »), as a text program writes them. Use the "
        'straight double quote, "',
        r"\0\s*[\u2018-\u201f\xab\xbb\uff02\u300c]",
    ),
    (
        "A full-width character (： ， ｛) stands there. Use the one of ASCII",
        r"\0\s*[\uff00-\uffef\u3001]",
    ),
    (
        "The quotes are single ones, as Python's str() or JavaScript write them. JSON takes "
        "double quotes: use json.dumps or JSON.stringify",
        r"\0\s*u?'",
    ),
    ("The quotes are backticks. JSON takes double quotes", r"\0\s*`"),
    (
        "A byte string or other literal of Python stands there (b'…', u'…', r'…'). Write "
        "plain text in double quotes",
        r"\0\s*[bur]{1,2}['\"]",
    ),
    (
        "None, True, False are Python's. JSON writes null, true and false: use json.dumps",
        r"\0\s*(?:None|True|False)\b",
    ),
    (
        "The text has undefined: the variable was not set. Give it a value or leave the "
        "member out; JSON.stringify does that",
        r"\0\s*undefined\b",
    ),
    (
        "NULL, nil, TRUE, yes and the like are another language's. JSON writes null, true "
        "and false in small letters",
        r"\0\s*(?:nil|NULL|Null|TRUE|FALSE|undef|yes|no|on|off|Nothing|NIL|NA|nullptr)\b",
    ),
    (
        "A call or an object of a programming language stands in the text. Turn the value "
        "into text or a number first",
        rf"\0\s*(?:new\s|{_WORD}(?:\.{_WORD})*\()|\0\s*<{_WORD}",
    ),
    (
        "A placeholder stands in the text. Fill it in before you send",
        r"\{\0\{|\0\s*(?:\$\{?[A-Za-z_]|\{\{|\{%|%[sd]\b|<\w+>|#\{|@\w)",
    ),
    (
        "The number has a comma for the decimal point, or between thousands. Write 1234.50",
        r"\d\0,\d|\d,\s*\0\d+(?:\.\d+)?\s*[,}\]]",
    ),
    (
        "A number begins with a zero. JSON has no such numbers: write codes and accounts as "
        "text in quotes",
        r"(?<![\w.])-?0\0\d|\0-?0\d",
    ),
    ("A number has a plus before it. Leave it out", r"\0\s*\+\d"),
    (
        "The number is not written as JSON does. Write 0.5 and 5.0, not .5 and 5.",
        r"\0\s*-?\.\d|\d\0\.(?!\d)|-\0\.",
    ),
    (
        "The number has a letter, an underscore or a currency sign in it. Write digits and "
        "a point alone",
        r"\d\0[xXnNLlfFdDmMoObB_]|\0\s*[$€£₡]\s*\d|\d\s*\0\s?(?:[A-Z]{3}\b|%)",
    ),
    (
        "Text has no quotes. Put it in double quotes",
        r"^Expecting value.*\0\s*[^\W\d]|\d\0[-/:]\d",
    ),
    (
        "A name has no quotes, as JavaScript allows. JSON wants double quotes around names: "
        "use a JSON library, such as JSON.stringify",
        r"^Expecting property.*[{,]\s*\0\s*[\w$]",
    ),
    (
        "A value is missing after the colon. Write null, or leave the member out",
        r":\s*\0\s*[,}]",
    ),
    ("There is = or => where JSON has a colon", r"^Expecting ':'.*\0\s*="),
    ("A colon between name and value is missing", r"^Expecting ':'"),
    ("There is ; where JSON has a comma", r"\0\s*;"),
    ("A comma between two members is missing", r"^Expecting ','.*\0\s*[\"{\[]"),
    (r"A quote inside text ends it too early. Write it as \"", r"^Expecting ','.*\"\s*\0"),
    ("A closing brace or bracket is the wrong one", r"\0\s*[}\]]"),
)
"""What stands where reading stopped: the parser's message, a line break, and the text around the
place, which is marked by U+0000."""


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
    if hint := _first(_NOTATIONS, text.strip()[:_HEAD]):
        return hint
    if error.msg == "Extra data":
        return _extra_hint(text[error.pos :])
    if error.msg.startswith("Unterminated string"):
        return _CUT if text.count('"', error.pos) < 3 else _UNCLOSED
    before, after = text[max(0, error.pos - _AROUND) : error.pos], text[error.pos :][:_AROUND]
    around = f"{error.msg}\n{before}\0{after}"
    return _first(_SLIPS, around, anywhere=True) or (
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
