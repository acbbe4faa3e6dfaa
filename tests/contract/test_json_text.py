"""One reader of JSON, and what is said of text that it refuses."""

import base64
import gzip
import json
import pickle
import zlib
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import json_faults, json_text

GOOD = '{"login": "site", "name": "Peña", "amount": 10.5, "ok": true}'
COMPACT = "eyJhbGciOiJSUzI1NiJ9.eyJpbmZvVHgiOnt9fQ.c2lnbmF0dXJl"

FAULTS = {
    # bytes
    "nothing": (b"", "body is empty"),
    "blanks": (b" \r\n", "body is empty"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
    "UTF-16 with a mark": (GOOD.encode("utf-16"), "UTF-16"),
    "UTF-16 LE": (GOOD.encode("utf-16-le"), "UTF-16"),
    "UTF-16 BE": (GOOD.encode("utf-16-be"), "UTF-16"),
    "UTF-32": (GOOD.encode("utf-32"), "UTF-32"),
    "UTF-32 LE": (GOOD.encode("utf-32-le"), "UTF-32"),
    "UTF-32 BE": (GOOD.encode("utf-32-be"), "UTF-32"),
    "Latin-1": (GOOD.encode("latin-1"), "ISO-8859-1"),
    "cp1252": ('{"a": "“x”"}'.encode("cp1252"), "Windows-1252"),
    "CESU-8": (b'{"a": "\xed\xa0\xbd\xed\xb8\x80"}', "CESU-8"),
    "cut in a character": ('{"a": "ñ'.encode()[:-1], "middle of a character"),
    "gzip": (gzip.compress(GOOD.encode()), "gzip"),
    "deflate": (zlib.compress(GOOD.encode()), "zlib"),
    "pickle": (pickle.dumps({"a": 1}), "pickle"),
    "MessagePack": (b"\x81\xa5login\xa4site", "MessagePack"),
    "Java serialization": (b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap", "serialized by Java"),
    "writeUTF": (b"\x00\x3e" + GOOD.encode(), "writeUTF"),
    # encoded once more
    "encoded twice": (json.dumps(GOOD).encode(), "encoded twice"),
    "array around": (f"[{GOOD}]".encode(), "wrapped in an array"),
    "empty array": (b"[]", "PHP writes an empty array"),
    "two in an array": (f"[{GOOD},{GOOD}]".encode(), "Several objects"),
    "values alone": (b'["a", 1]', "without their names"),
    "null": (b"null", "null"),
    "true": (b"true", "single value"),
    "percent-encoded": (quote(GOOD).encode(), "percent-encoded"),
    "percent-encoded with plus": (quote(GOOD).replace("%20", "+").encode(), "percent-encoded"),
    "in a field": (b"data=" + GOOD.encode(), "field of a form"),
    "encoded in a field": (urlencode({"json": GOOD}).encode(), "field of a form"),
    "HTML entities": (GOOD.replace('"', "&quot;").encode(), "&quot;"),
    "backslashes": (GOOD.replace('"', '\\"').encode(), "backslashes before"),
    "backslashes in quotes": (f'"{GOOD}"'.encode(), "quotes"),
    "single quotes of cmd": (f"'{GOOD}'".encode(), "cmd.exe"),
    "b''": (repr(b'{"a": 1}').encode(), "Python's bytes"),
    "Base64": (base64.b64encode(GOOD.encode()), "Base64 of the JSON"),
    "base64url": (base64.urlsafe_b64encode(GOOD.encode()).rstrip(b"="), "Base64 of the JSON"),
    "Base64 in quotes": (b'"' + base64.b64encode(GOOD.encode()) + b'"', "byte array"),
    "hex": (GOOD.encode().hex().encode(), "hex of the JSON"),
    "JSONP": (f"callback({GOOD});".encode(), "JSONP"),
    "chunks": (b'8\r\n{"a": 1}\r\n0\r\n\r\n', "chunks"),
    "NUL at the end": (GOOD.encode() + b"\0\0\0", "Bytes 00"),
    "semicolon at the end": (GOOD.encode() + b";", "semicolon follows"),
    "fenced": (f"```json\n{GOOD}\n```".encode(), "backticks"),
    "headers in the body": (b"Content-Type: application/json\r\n\r\n" + GOOD.encode(), "headers"),
    # other notations
    "form": (b"login=site&amount=10.50", "form"),
    "form with brackets": (b"auth[login]=site&x=1", "form"),
    "multipart": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', "multipart"),
    "XML": (b'<?xml version="1.0"?><auth/>', "XML"),
    "SOAP": (b'<soapenv:Envelope xmlns:soapenv="x"/>', "SOAP"),
    "HTML": (b"<!DOCTYPE html><html></html>", "HTML"),
    "[object Object]": (b"[object Object]", "JSON.stringify"),
    "undefined": (b"undefined", "empty or not set"),
    "None": (b"None", "empty or not set"),
    "a Python object": (b"<shop.Order object at 0x7f1c>", "Python"),
    "a Java object": (b"com.shop.Order@1b2c3d4e", "toString"),
    "a .NET type": (b"System.Net.Http.StringContent", ".NET"),
    "a .NET dictionary": (
        b"System.Collections.Generic.Dictionary`2[System.String,System.Object]",
        ".NET",
    ),
    "Map.toString": (b"{login=site, amount=10.5}", "toString"),
    "a nested Map": (b"{auth={login=site}, amount=10.5}", "toString"),
    "a Kotlin data class": (b"Order(login=site, amount=10.5)", "Kotlin"),
    "a Java record": (b"Order[login=site, amount=10.5]", "Java"),
    "C# anonymous": (b"{ login = site, amount = 10.5 }", "C#"),
    "Python's dict": (b"{'login': 'site', 'ok': True}", "single ones"),
    "OrderedDict": (b"OrderedDict([('login', 'site')])", "Python"),
    "print_r": (b"Array\n(\n    [login] => site\n)\n", "print_r"),
    "print_r of an object": (b"stdClass Object\n(\n    [login] => site\n)\n", "print_r"),
    "PHP's Array": (b"Array", "PHP"),
    "var_dump": (b'array(1) {\n  ["login"]=>\n  string(4) "site"\n}', "var_dump"),
    "var_export": (b"array (\n  'login' => 'site',\n)", "var_export"),
    "serialize": (b'a:1:{s:5:"login";s:4:"site";}', "serialize"),
    "serialized object": (b'O:8:"stdClass":1:{s:5:"login";s:4:"site";}', "serialize"),
    "a PHP warning": (b"<br />\n<b>Warning</b>: Undefined variable\n{}", "PHP warning"),
    "Ruby": (b'{"login"=>"site", "ok"=>true}', "Ruby"),
    "Ruby's symbols": (b'{:login=>"site"}', "Ruby"),
    "Ruby with blanks": (b'{"login" => "site"}', "Ruby"),
    "Perl": (b"$VAR1 = {'login' => 'site'};", "Perl"),
    "a Go map": (b"map[amount:10.5 login:site]", "Go"),
    "a Go struct": (b"{Login:site Amount:10.5}", "Go"),
    "a Go pointer": (b"&{site 10.5}", "Go"),
    "Elixir": (b'%{"login" => "site"}', "Elixir"),
    "Rust": (b'Order { login: "site", amount: 10.5 }', "Rust"),
    "PowerShell": (b"@{login=site; amount=10.5}", "PowerShell"),
    "a file": (b"@body.json", "name of a file"),
    "a variable": (b"${BODY}", "name of a variable"),
    "a template": (b"{{body}}", "name of a variable"),
    "YAML": (b"login: site\namount: 10.5\n", "YAML"),
    "a token": (COMPACT.encode(), "token"),
    "a quoted token": (f'"{COMPACT}"'.encode(), "token"),
    "ciphertext": (base64.b64encode(bytes(range(120, 200))), "ciphertext"),
    # slips
    "trailing comma": (b'{"a": 1,}', "comma follows the last"),
    "trailing comma in an array": (b'{"a": [1, ]}', "comma follows the last"),
    "missing comma": (b'{"a": 1 "b": 2}', "comma between"),
    "missing comma, line by line": (b'{\n"a": "1"\n"b": 2}', "comma between"),
    "double comma": (b'{"a": 1,, "b": 2}', "two commas"),
    "missing colon": (b'{"a" "b"}', "colon"),
    "= for a colon": (b'{"a" = "b"}', "= or =>"),
    "semicolons": (b'{"a": 1; "b": 2}', "; where"),
    "missing value": (b'{"a": , "b": 2}', "value is missing"),
    "unquoted name": (b"{login: 'x'}", "name has no quotes"),
    "unquoted second name": (b'{"a": 1, login: "x"}', "name has no quotes"),
    "unquoted value": (b'{"a": COP}', "Text has no quotes"),
    "unquoted date": (b'{"a": 2026-11-30}', "Text has no quotes"),
    "single quotes": (b"{'a': 'b'}", "single ones"),
    "single quotes within": (b"{\"a\": 'b'}", "single ones"),
    "u''": (b"{u'a': 1}", "single ones"),
    "curly quotes": ('{“a”: "b"}'.encode(), "curly"),
    "curly quotes of a value": ('{"a": «b»}'.encode(), "curly"),
    "full-width": ('{"a"： "b"}'.encode(), "full-width"),
    "no-break space": ('{\xa0"a": 1}'.encode(), "blank"),
    "line comment": (b'{"a": 1, // one\n "b": 2}', "comment"),
    "block comment": (b'{/* one */ "a": 1}', "comment"),
    "hash comment": (b'{# one\n "a": 1}', "comment"),
    "comment behind": (b'{"a": 1} // one', "comment"),
    "asterisk": (b'{* "a": 1}', "marks a required member"),
    "ellipsis": (b'{"a": 1, ...}', "ellipsis"),
    "None in it": (b'{"a": None}', "null, true and false"),
    "True in it": (b'{"a": True}', "null, true and false"),
    "undefined in it": (b'{"a": undefined}', "undefined"),
    "nil in it": (b'{"a": nil}', "another language's"),
    "NULL in it": (b'{"a": NULL}', "another language's"),
    "NaN": (b'{"a": NaN}', "NaN"),
    "-Infinity": (b'{"a": -Infinity}', "Infinity"),
    "Decimal": (b'{"a": Decimal("1.5")}', "programming language"),
    "new Date": (b'{"a": new Date(1)}', "programming language"),
    "placeholder": (b'{"a": {{amount}}}', "laceholder"),
    "shell variable": (b'{"a": $AMOUNT}', "laceholder"),
    "decimal comma": (b'{"a": 10,50}', "comma for the decimal point"),
    "thousands": (b'{"a": 1,234.50}', "comma for the decimal point"),
    "leading zero": (b'{"a": 001}', "begins with a zero"),
    "plus": (b'{"a": +1}', "plus"),
    ".5": (b'{"a": .5}', "0.5"),
    "5.": (b'{"a": 5.}', "0.5"),
    "0x1F": (b'{"a": 0x1F}', "digits"),
    "BigInt": (b'{"a": 10n}', "digits"),
    "1_000": (b'{"a": 1_000}', "digits"),
    "$100": (b'{"a": $100}', "digits"),
    "10 USD": (b'{"a": 10.00 USD}', "digits"),
    "cut": (b'{"a": {"b": 1', "too early"),
    "cut in text": (b'{"a": "b', "too early"),
    "cut in a word": (b'{"a": tr', "too early"),
    "cut after a comma": (b'{"a": 1,', "too early"),
    "one brace too many": (b'{"a": 1}}', "too many"),
    "wrong bracket": (b'{"a": [1}', "bracket"),
    "two documents": (b'{"a": 1}\n{"b": 2}', "Two objects"),
    "no braces": (b'"a": 1, "b": 2', "braces"),
    "quote inside": (b'{"a": "an "inner" quote"}', "quote inside"),
    "line break": (b'{"a": "b\nc"}', r"\n"),
    "escaped single quote": (b'{"a": "it\\\'s"}', "single quote"),
    "hex escape": (b'{"a": "\\x41"}', r"\u"),
    "path": (b'{"a": "C:\\dir"}', "backslash"),
    "lone surrogate": (b'{"a": "\\ud800"}', "U+FFFF"),
    "repeated member": (b'{"a": 1, "a": 2}', "Send each member once"),
    "nested too deep": (b'{"a":' + b"[" * 200_000, "too deep"),
    "float beyond a double": (b'{"a": 1e999}', "too large"),
    "integer of 5,000 digits": (b'{"a": ' + b"9" * 5_000 + b"}", "too large"),
}


def fault(body):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - any of the reader's
        json_text.read_object(body)
    return json_faults.explain(body, refused.value)


@pytest.mark.parametrize(("body", "hint"), FAULTS.values(), ids=FAULTS)
def test_fault(body, hint):
    """What came in place of an object is named."""
    found = fault(body)
    assert hint in found.hint
    assert found.received


@given(st.text() | st.binary())
def test_never_without_hint(body):
    """Whatever cannot be read has a hint, and text that the diagnosis can carry."""
    try:
        json_text.read_object(body)
    except ValueError as error:
        received, hint = json_faults.explain(body, error)
        assert hint
        assert received.encode()


@given(st.integers(0, len(GOOD.encode()) - 1))
def test_cut_anywhere(length):
    """A text cut anywhere is empty, or ends too early."""
    found = fault(GOOD.encode()[:length])
    assert any(word in found.hint for word in ("empty", "too early", "middle of a character"))


@given(
    st.dictionaries(
        st.text(),
        st.text() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_reads_what_json_writes(value):
    """Every object of JSON is read, and is the same."""
    assert json_text.read_object(json.dumps(value)) == value


def test_keeps_lexemes():
    """With a reader of numbers, a number stays as it is written."""
    assert json_text.read_object('{"a": 1.50, "b": [1e999, 01234]}'.replace("01234", "7"), str) == {
        "a": "1.50",
        "b": ["1e999", "7"],
    }


def test_secrets_stay_out():
    """What stands at the fault is shown only through a mask."""
    body = b'{"a": SECRET}'
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        json_text.read_object(body)
    assert "SECRET" not in repr(json_faults.explain(body, refused.value))
    shown = json_faults.explain(body, refused.value, lambda text: text.replace("SECRET", "…"))
    assert "SECRET" not in repr(shown)
    assert "…}" in shown.received
