"""How a body says it is written: refused where our parsers would read something else.

A provider's own server may inflate or transcode; here a body is uncompressed UTF-8. JSON is
UTF-8 whatever its Content-Type says (RFC 8259 gives a charset no meaning there), so only bytes
that are not UTF-8 are refused. In a form, another charset does no harm where it and UTF-8 give
the same text.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from emulator.core import json_text
from emulator.core.errors import (
    Behaviour,
    Diagnosis,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.core.exchange import Request

_OWN = Source("emulator", "bodies", Standing.CHOSEN)

CONTENT_ENCODING = FailureMode(
    "request.content-encoding", "The body is declared as compressed", _OWN
)
CHARSET = FailureMode("request.charset", "The body is declared in another charset than UTF-8", _OWN)
CONTENT_TYPE_TWICE = FailureMode(
    "request.content-type-twice", "There is more than one Content-Type", _OWN
)
NOT_JSON = FailureMode("request.not-json", "The body is not a JSON object", _OWN)
JSON_CHARSET = Behaviour(
    "A charset after application/json has no meaning: JSON is UTF-8, and only bytes that are not"
    " UTF-8 are refused",
    Source("RFC 8259", "sections 8.1 and 11"),
)
FORM_CHARSET = Behaviour(
    "A form may be declared in any charset in which its bytes give the same text as in UTF-8",
    _OWN,
)

_CHARSETS = re.compile(r";\s*charset\*?\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_NO_CHARSETS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
"""What Python's codecs hold besides charsets; some take minutes for a megabyte."""
_BEYOND_ASCII_ESCAPED = re.compile(rb"%[89a-fA-F][0-9a-fA-F]")
_BEYOND_ASCII = "é".encode()
_LIKE_JSON = re.compile(r"application/(?:[^;\s]+\+)?json")


def check_encoding(request: Request) -> Diagnosis | None:
    """Tell what is wrong with how a body is declared; None if nothing is, or there is no body."""
    if not request.body:
        return None
    types = [value for name, value in request.headers if name == "content-type"]
    if len(types) > 1:
        return CONTENT_TYPE_TWICE.diagnose(
            "headers.content-type",
            expected="one Content-Type",
            received=" and ".join(types),
            hint="Send one Content-Type",
        )
    for name, value in request.headers:
        if name == "content-encoding" and value.strip().lower() not in ("", "identity"):
            return CONTENT_ENCODING.diagnose(
                "headers.content-encoding",
                expected="an uncompressed body",
                received=value,
                hint="Send the body as it is, without Content-Encoding",
            )
    for charset in _CHARSETS.findall(types[0]) if types and ";" in types[0] else ():
        if not _harmless(charset, request):
            return CHARSET.diagnose(
                "headers.content-type",
                expected="charset=utf-8, or none",
                received=charset,
                hint="Write the body in UTF-8, and say charset=utf-8 or nothing",
            )
    return None


def check_body(request: Request) -> None:
    """Refuse a body that is declared as something that we would not read as its sender does.

    Raises:
        SchemeError: As `check_encoding` tells.
    """
    if wrong := check_encoding(request):
        raise SchemeError(wrong)


def json_object(body: bytes) -> dict[str, Any]:
    """Return the members of a body, each of them there once; none of an empty body.

    Raises:
        SchemeError: `request.not-json`, with what was sent in its place.
    """
    if not body:
        return {}
    try:
        return json_text.read_object(body)
    except ValueError as error:
        from emulator.core import json_faults

        fault = json_faults.explain(body, error)
        raise SchemeError(
            NOT_JSON.diagnose(
                "body", expected="a JSON object", received=fault.received, hint=fault.hint
            )
        ) from error


def reads_as_utf_8(charset: str, content: bytes) -> bool:
    """Tell whether a charset and UTF-8 make the same text of some bytes.

    Args:
        charset: As a Content-Type names it, such as `ISO-8859-1`.
        content: The bytes.
    """
    try:
        name = codecs.lookup(charset).name
        if name in _NO_CHARSETS:
            return False
        return name == "utf-8" or content.decode(name) == content.decode()
    except (LookupError, UnicodeError, ValueError):
        return False


def _harmless(charset: str, request: Request) -> bool:
    if _LIKE_JSON.fullmatch(request.media_type):
        return _is_utf_8(request.body) or reads_as_utf_8(charset, _BEYOND_ASCII)
    escaped = request.media_type == "application/x-www-form-urlencoded" and (
        _BEYOND_ASCII_ESCAPED.search(request.body)
    )
    return reads_as_utf_8(charset, _BEYOND_ASCII if escaped else request.body)


def _is_utf_8(body: bytes) -> bool:
    """Tell whether a body is text in UTF-8; a zero byte means UTF-16 or UTF-32."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body
