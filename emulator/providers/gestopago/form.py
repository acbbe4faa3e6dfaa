"""Reading form fields from a body (urlencoded or multipart) and from a query, strictly.

A servlet lets junk pass: a bad escape, a field given twice. A client that relies on that has a
bug which the next version of the container will show, so all of it is refused here, by name.
What RFC 2046 allows around the parts of a multipart body (text before and after them) is no
junk. Nothing but SchemeError leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote_from_bytes

from emulator.core.errors import FailureMode, SchemeError, Source, Standing
from emulator.core.exchange import Request
from emulator.provider.body import check_encoding, reads_as_utf_8
from emulator.providers.gestopago.behaviours import EXCHANGE

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_URL_STANDARD = Source("WHATWG URL", "application/x-www-form-urlencoded")

MEDIA_TYPE = FailureMode(
    "gestopago.media-type", "The body is not in a form that the endpoint reads", EXCHANGE
)
MALFORMED_FORM = FailureMode(
    "gestopago.malformed-form",
    "The form or the query cannot be decoded",
    _URL_STANDARD.but(Standing.CHOSEN),
)
MALFORMED_MULTIPART = FailureMode(
    "gestopago.malformed-multipart",
    "The multipart body cannot be taken apart",
    Source("RFC 7578", "section 4"),
)
DUPLICATE_FIELD = FailureMode(
    "gestopago.duplicate-field",
    "A field is given twice",
    _URL_STANDARD.but(Standing.CHOSEN),
)

_MAX_FIELDS = 1_000
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BOUNDARY = re.compile(
    r"""(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))\s*(?:;.*)?""",
    re.IGNORECASE | re.DOTALL,
)
_BOUNDARIES = re.compile(r"(?:^|;)\s*boundary\*?\s*=", re.IGNORECASE)
_PART_CHARSETS = re.compile(r";\s*charset\*?\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_DISPOSITION = re.compile(
    r"""form-data((?:\s*;\s*[\w*-]+=(?:"[^"\r\n]*"|[^\s;"]*))+)\s*(?:;\s*)?""", re.IGNORECASE
)
_PARAMETER = re.compile(r""";\s*([\w*-]+)=(?:"([^"\r\n]*)"|([^\s;"]*))""")
_NAME = re.compile(r"\w{1,40}")
_PLAIN_ENCODINGS = ("7bit", "8bit", "binary")
_CLOSING = re.compile(rb"--[ \t]*(?:\r\n|\Z)")
_CR_LF = "End the lines of a multipart body with CR LF, not with LF alone"
_LEAVE_TO_THE_CLIENT = "Leave the Content-Type of a multipart body to the HTTP client"


def query_fields(request: Request) -> dict[str, str]:
    """Return the fields of the query.

    Raises:
        SchemeError: `gestopago.malformed-form`, `gestopago.duplicate-field`, at `query`.
    """
    if not request.query:
        return {}
    try:
        raw = request.query.encode("ascii")
    except UnicodeEncodeError:
        raise _malformed("query", "a character beyond ASCII", "percent-encode it") from None
    return _urlencoded(raw, "query")


def body_fields(request: Request, *accepted: str) -> dict[str, str]:
    """Return the fields of the body; none if it is empty.

    Args:
        request: The request.
        accepted: Media types the endpoint reads.

    Raises:
        SchemeError: A code of `emulator.provider.body`, `gestopago.media-type`,
            `gestopago.malformed-form`, `gestopago.malformed-multipart`,
            `gestopago.duplicate-field`, at `body`.
    """
    if not request.body:
        return {}
    if wrong := check_encoding(request):
        raise SchemeError(wrong)
    types = [value for name, value in request.headers if name == "content-type"]
    media_type = request.media_type
    if not types or media_type not in accepted:
        raise SchemeError(
            MEDIA_TYPE.diagnose(
                "headers.content-type",
                expected=" or ".join(accepted),
                received=types[0] if types else "no Content-Type",
                hint=_media_type_hint(request.body, types),
            )
        )
    if media_type == URLENCODED:
        return _urlencoded(request.body, "body")
    return _multipart(request.body, _delimiter(types[0]))


def has_form(request: Request) -> bool:
    """Tell whether the body says it is a form."""
    return request.media_type in (URLENCODED, MULTIPART)


def with_field(request: Request, name: str, value: bytes | None) -> Request:
    """Return a request with another value of a field, wherever it has the field.

    Args:
        request: One whose query and form can be read.
        name: Of the field.
        value: The text to be sent, as bytes; None takes the field out.
    """
    query = _with_pair(request.query.encode("ascii"), name, value).decode("ascii")
    body = request.body
    if request.media_type == URLENCODED:
        body = _with_pair(body, name, value)
    elif request.media_type == MULTIPART and body:
        body = _with_part(body, _delimiter(request.header("content-type") or ""), name, value)
    return replace(request, query=query, body=body)


def _with_pair(raw: bytes, name: str, value: bytes | None) -> bytes:
    pairs: list[bytes] = []
    for pair in raw.split(b"&"):
        if not pair or _decoded(pair.partition(b"=")[0], "form") != name:
            pairs.append(pair)
        elif value is not None:
            written = quote_from_bytes(value, safe="").encode("ascii")
            pairs.append(pair.partition(b"=")[0] + b"=" + written)
    return b"&".join(pairs)


def _with_part(raw: bytes, delimiter: bytes, name: str, value: bytes | None) -> bytes:
    before, parts, after = _apart(raw, delimiter)
    kept = [before]
    for part in parts:
        if _part(part)[0] != name:
            kept.append(part)
        elif value is not None:
            head, blank, _ = part.partition(b"\r\n\r\n")
            kept.append(head + blank + value)
    return (b"\r\n" + delimiter).join((*kept, after)).removeprefix(b"\r\n")


def names_of(fields: Iterable[str]) -> str:
    """Return the names of fields for a diagnosis; a name may be junk that holds a secret."""
    shown = (name if _NAME.fullmatch(name) else "(no name)" for name in sorted(fields))
    return ", ".join(shown) or "no field"


def _media_type_hint(body: bytes, types: list[str]) -> str:
    if body.lstrip()[:1] in (b"{", b"["):
        return "The fields were sent as JSON; send them as a form"
    if types and types[0].lower().startswith(MULTIPART):
        return "The login is urlencoded, not multipart"
    return f"Say that the body is a form: Content-Type: {URLENCODED}"


def _urlencoded(raw: bytes, where: str) -> dict[str, str]:
    pieces = raw.split(b"&")
    if len(pieces) > _MAX_FIELDS:
        raise _malformed(where, f"{len(pieces)} fields", f"Send at most {_MAX_FIELDS} fields")
    fields = (piece.partition(b"=") for piece in pieces if piece)
    return _unique(((_decoded(n, where), _decoded(v, where)) for n, _, v in fields), where)


_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def _unescaped(escapes: re.Match[bytes]) -> bytes:
    """Return the bytes of escapes in a row: all at once, a long value is full of them."""
    return bytes.fromhex(escapes[0].replace(b"%", b"").decode())


def _decoded(piece: bytes, where: str) -> str:
    if bad := _BAD_ESCAPE.search(piece):
        shown = piece[bad.start() : bad.start() + 3].decode("ascii", "replace")
        raise _malformed(
            where, f"the escape {shown!r}", "A % stands alone; percent-encode it as %25"
        )
    if b"%" in piece or b"+" in piece:
        piece = _ESCAPES.sub(_unescaped, piece.replace(b"+", b" "))
    try:
        return piece.decode()
    except UnicodeDecodeError:
        raise _malformed(where, "bytes that are not UTF-8", "Encode the text as UTF-8") from None


def _delimiter(content_type: str) -> bytes:
    parameters = content_type.partition(";")[2]
    boundary = _BOUNDARY.fullmatch(parameters)
    if len(_BOUNDARIES.findall(parameters)) > 1:
        raise _bad_multipart(
            "headers.content-type", "one boundary", "more than one", _LEAVE_TO_THE_CLIENT
        )
    if boundary is None:
        raise _bad_multipart(
            "headers.content-type",
            "a boundary",
            "none that can be read",
            _LEAVE_TO_THE_CLIENT,
        )
    try:
        return b"--" + (boundary[1] or boundary[2]).encode("ascii")
    except UnicodeEncodeError:
        raise _bad_multipart(
            "headers.content-type", "an ASCII boundary", "another", _LEAVE_TO_THE_CLIENT
        ) from None


def _multipart(body: bytes, delimiter: bytes) -> dict[str, str]:
    _, parts, _ = _apart(body, delimiter)
    if len(parts) > _MAX_FIELDS:
        raise _bad_multipart(
            "body", f"at most {_MAX_FIELDS} parts", f"{len(parts)}", "Send fewer fields"
        )
    return _unique(map(_part, parts), "body")


def _apart(body: bytes, delimiter: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return what is before the parts, the parts, and what begins with the last `--`.

    Source:
        RFC 2046, section 5.1.1: what is before the first and after the last boundary is ignored.
    """
    before, *pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    line_feeds = body.count(b"\n" + delimiter) > body.count(b"\r\n" + delimiter)
    if not pieces or delimiter in before:
        raise _bad_multipart(
            "body",
            "the boundary that Content-Type names, each time on a line of its own",
            "another beginning",
            _CR_LF
            if line_feeds
            else f"The body does not begin with that boundary; {_LEAVE_TO_THE_CLIENT}",
        )
    last = next((index for index, piece in enumerate(pieces) if _CLOSING.match(piece)), None)
    if last is None:
        raise _bad_multipart(
            "body",
            "the closing boundary, with -- after it",
            "another end",
            _CR_LF
            if line_feeds
            else "The body was cut, or Content-Length is too small; send it whole",
        )
    after = (b"\r\n" + delimiter).join(pieces[last:])
    return before, pieces[:last], after


def _part(part: bytes) -> tuple[str, str]:
    head, blank, content = part.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode("latin-1").partition(":")
        name = name.strip().lower()
        if name in headers:
            raise _bad_multipart(
                "body", "each header of a part once", "one twice", f"Leave out the second {name}"
            )
        headers[name] = value.strip()
    disposition = _parameters(headers.get("content-disposition", ""))
    name = disposition.get("name")
    if not blank or first.strip(b" \t") or name is None:
        raise _bad_multipart(
            "body",
            "Content-Disposition: form-data with a name",
            "a part without",
            'Begin each part with Content-Disposition: form-data; name="…" and a blank line',
        )
    if headers.get("content-transfer-encoding", "binary").lower() not in _PLAIN_ENCODINGS:
        raise _bad_multipart(
            "body",
            "a part as it is",
            headers["content-transfer-encoding"],
            "Send the part without Content-Transfer-Encoding (RFC 7578, section 4.7)",
        )
    if "filename" in disposition or "filename*" in disposition:
        raise _bad_multipart(
            "body", "fields", "a file", "Send the text as a field; a file name makes it a file"
        )
    for charset in _PART_CHARSETS.findall(headers.get("content-type", "")):
        if not reads_as_utf_8(charset, content):
            raise _bad_multipart(
                "body", "a part in UTF-8", "another charset", "Write the part in UTF-8 and say so"
            )
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        raise _bad_multipart("body", "UTF-8", "other bytes", "Write the part in UTF-8") from None


def _parameters(disposition: str) -> dict[str, str]:
    """Return the parameters of a form-data disposition; none if it is another, or repeats one."""
    found = _DISPOSITION.fullmatch(disposition)
    pairs = _PARAMETER.findall(found[1]) if found else []
    parameters = {name.lower(): quoted or bare for name, quoted, bare in pairs}
    return parameters if len(parameters) == len(pairs) else {}


def _unique(fields: Iterable[tuple[str, str]], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        if name in found:
            raise SchemeError(
                DUPLICATE_FIELD.diagnose(
                    f"{where}.{names_of((name,))}",
                    expected="each field once",
                    received="twice",
                    hint="Send the field once",
                )
            )
        found[name] = value
    return found


def _malformed(where: str, received: str, hint: str) -> SchemeError:
    return SchemeError(
        MALFORMED_FORM.diagnose(
            where, expected="name=value&…, percent-encoded UTF-8", received=received, hint=hint
        )
    )


def _bad_multipart(where: str, expected: str, received: str, hint: str) -> SchemeError:
    return SchemeError(
        MALFORMED_MULTIPART.diagnose(where, expected=expected, received=received, hint=hint)
    )
