"""`multipart/form-data` (RFC 7578), read strictly.

RFC 2046 allows text before and after the parts: it is ignored.
"""

from __future__ import annotations

import re

from emulator.core.messages import Message
from emulator.provider.body import reads_as_utf_8
from emulator.providers.gestopago.form.failures import bad_multipart
from emulator.providers.gestopago.form.names import MAX_FIELDS, unique

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
_PLAIN_ENCODINGS = ("7bit", "8bit", "binary")
_CLOSING = re.compile(rb"--[ \t]*(?:\r\n|\Z)")
_CR_LF = Message("End the lines of a multipart body with CR LF, not with LF alone")
_LEAVE_TO_THE_CLIENT = Message("Leave the Content-Type of a multipart body to the HTTP client")


def with_part(raw: bytes, delimiter: bytes, name: str, value: bytes | None) -> bytes:
    """Return a multipart body with another value of a field, or without the field."""
    before, parts, after = _apart(raw, delimiter)
    kept = [before]
    for part in parts:
        if _part(part)[0] != name:
            kept.append(part)
        elif value is not None:
            head, blank, _ = part.partition(b"\r\n\r\n")
            kept.append(head + blank + value)
    return (b"\r\n" + delimiter).join((*kept, after)).removeprefix(b"\r\n")


def delimiter_of(content_type: str) -> bytes:
    """Return the line that separates the parts, from the Content-Type.

    Raises:
        SchemeError: `gestopago.malformed-multipart`.
    """
    parameters = content_type.partition(";")[2]
    boundary = _BOUNDARY.fullmatch(parameters)
    if len(_BOUNDARIES.findall(parameters)) > 1:
        raise bad_multipart(
            "headers.content-type", "one boundary", "more than one", _LEAVE_TO_THE_CLIENT
        )
    if boundary is None:
        raise bad_multipart(
            "headers.content-type",
            "a boundary",
            "none that can be read",
            _LEAVE_TO_THE_CLIENT,
        )
    try:
        return b"--" + (boundary[1] or boundary[2]).encode("ascii")
    except UnicodeEncodeError:
        raise bad_multipart(
            "headers.content-type", "an ASCII boundary", "another", _LEAVE_TO_THE_CLIENT
        ) from None


def read_parts(body: bytes, delimiter: bytes) -> dict[str, str]:
    """Return the fields of a multipart body.

    Raises:
        SchemeError: `gestopago.malformed-multipart` or `gestopago.duplicate-field`.
    """
    _, parts, _ = _apart(body, delimiter)
    if len(parts) > MAX_FIELDS:
        raise bad_multipart(
            "body", f"at most {MAX_FIELDS} parts", f"{len(parts)}", Message("Send fewer fields")
        )
    return unique(map(_part, parts), "body")


def _apart(body: bytes, delimiter: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return what is before the parts, the parts, and what begins with the last `--`.

    Source:
        RFC 2046, section 5.1.1: what is before the first and after the last boundary is ignored.
    """
    before, *pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    line_feeds = body.count(b"\n" + delimiter) > body.count(b"\r\n" + delimiter)
    if not pieces or delimiter in before:
        raise bad_multipart(
            "body",
            "the boundary that Content-Type names, each time on a line of its own",
            "another beginning",
            _CR_LF
            if line_feeds
            else Message("The body does not begin with that boundary; {leave_to_the_client}").with_(
                leave_to_the_client=_LEAVE_TO_THE_CLIENT
            ),
        )
    last = next((index for index, piece in enumerate(pieces) if _CLOSING.match(piece)), None)
    if last is None:
        raise bad_multipart(
            "body",
            "the closing boundary, with -- after it",
            "another end",
            _CR_LF
            if line_feeds
            else Message("The body was cut, or Content-Length is too small; send it whole"),
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
            raise bad_multipart(
                "body",
                "each header of a part once",
                "one twice",
                Message("Leave out the second {name}").with_(name=name),
            )
        headers[name] = value.strip()
    disposition = _parameters(headers.get("content-disposition", ""))
    name = disposition.get("name")
    if not blank or first.strip(b" \t") or name is None:
        raise bad_multipart(
            "body",
            "Content-Disposition: form-data with a name",
            "a part without",
            Message(
                'Begin each part with Content-Disposition: form-data; name="…" and a blank line'
            ),
        )
    if headers.get("content-transfer-encoding", "binary").lower() not in _PLAIN_ENCODINGS:
        raise bad_multipart(
            "body",
            "a part as it is",
            headers["content-transfer-encoding"],
            Message("Send the part without Content-Transfer-Encoding (RFC 7578, section 4.7)"),
        )
    if "filename" in disposition or "filename*" in disposition:
        raise bad_multipart(
            "body",
            "fields",
            "a file",
            Message("Send the text as a field; a file name makes it a file"),
        )
    for charset in _PART_CHARSETS.findall(headers.get("content-type", "")):
        if not reads_as_utf_8(charset, content):
            raise bad_multipart(
                "body",
                "a part in UTF-8",
                "another charset",
                Message("Write the part in UTF-8 and say so"),
            )
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        raise bad_multipart(
            "body", "UTF-8", "other bytes", Message("Write the part in UTF-8")
        ) from None


def _parameters(disposition: str) -> dict[str, str]:
    """Return the parameters of a form-data disposition; none if it is wrong or repeats one."""
    found = _DISPOSITION.fullmatch(disposition)
    pairs = _PARAMETER.findall(found[1]) if found else []
    parameters = {name.lower(): quoted or bare for name, quoted, bare in pairs}
    return parameters if len(parameters) == len(pairs) else {}
