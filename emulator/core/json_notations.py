"""What is sent in place of JSON, and how it is recognised: tables of hints and patterns.

Each table is read from the top, so the particular stands before the general. What looks at them,
and in which order, is `emulator.core.json_faults`.
"""

from __future__ import annotations

import re

Table = tuple[tuple[str, re.Pattern[str]], ...]


def _at_the_start(*rows: tuple[str, str]) -> Table:
    return _anywhere(*((hint, rf"\A(?:{pattern})") for hint, pattern in rows))


def _anywhere(*rows: tuple[str, str]) -> Table:
    return tuple((hint, re.compile(pattern, re.DOTALL)) for hint, pattern in rows)


def first(table: Table, text: str) -> str:
    """Return the hint of the first pattern of a table that is found in `text`."""
    return next((hint for hint, pattern in table if pattern.search(text)), "")


COMPACT = r"eyJ[\w-]+(?:\.[\w-]*){2,4}"
"""A token in JOSE's compact form."""

# --- bytes that are no JSON text -------------------------------------------------------------

BYTES = _at_the_start(
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

# --- text of another notation ------------------------------------------------------------------

_PHP = "Write it with json_encode"
_WORD = r"[A-Za-z_$][\w$]*"

NOTATIONS = _at_the_start(
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
        rf"\{{[^\S\n]*\n\s+\"?{_WORD}\"? = ",
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
        COMPACT,
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

CUT = (
    "The text ends too early. Look whether it was cut, or whether Content-Length counts "
    "characters; it counts bytes"
)

SLIPS = _anywhere(
    (CUT, r"\0\s*[\w.+-]{0,5}$"),
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
        "A call or an object of a programming language stands in the text. Handling the value "
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
