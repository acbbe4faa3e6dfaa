"""How a body says it is written: refused where it is not what our parsers read.

A provider's own server may inflate or transcode; here a body is uncompressed UTF-8, so one that
claims otherwise would be read differently on the two sides.
"""

from __future__ import annotations

import re

from emulator.errors import Diagnosis, FailureMode, Source, Standing
from emulator.exchange import Request

_OWN = Source("emulator", "bodies", Standing.CHOSEN)

CONTENT_ENCODING = FailureMode(
    "request.content-encoding", "The body is declared as compressed", _OWN
)
CHARSET = FailureMode("request.charset", "The body is declared in another charset than UTF-8", _OWN)
CONTENT_TYPE_TWICE = FailureMode(
    "request.content-type-twice", "There is more than one Content-Type", _OWN
)

_UTF_8 = frozenset({"utf-8", "utf8"})
_CHARSETS = re.compile(r";\s*charset\*?\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]|%[89a-fA-F]")


def check_encoding(request: Request, *, if_ascii: tuple[str, ...] = ()) -> Diagnosis | None:
    """Tell what is wrong with the declaration of a body; None if nothing is, or no body is there.

    Args:
        request: The request.
        if_ascii: Charsets, lower-case, that do as well where the body is ASCII, its
            percent-escapes included.
    """
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
        known = charset.lower() in _UTF_8 or (
            charset.lower() in if_ascii and not _BEYOND_ASCII.search(request.body)
        )
        if not known:
            return CHARSET.diagnose(
                "headers.content-type",
                expected="charset=utf-8, or none",
                received=charset,
                hint="Encode the body in UTF-8 and say so",
            )
    return None
