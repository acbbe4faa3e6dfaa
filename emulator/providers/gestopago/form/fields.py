"""The fields of a request: read from the query or the body, or replaced."""

from __future__ import annotations

from dataclasses import replace

from emulator.core.errors import SchemeError
from emulator.core.exchange import Request
from emulator.core.messages import Message
from emulator.provider.body import check_body
from emulator.providers.gestopago.form.failures import MEDIA_TYPE, malformed
from emulator.providers.gestopago.form.multipart import delimiter_of, read_parts, with_part
from emulator.providers.gestopago.form.urlencoded import read_pairs, with_pair

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


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
        raise malformed("query", "a character beyond ASCII", Message("percent-encode it")) from None
    return read_pairs(raw, "query")


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
    check_body(request)
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
        return read_pairs(request.body, "body")
    return read_parts(request.body, delimiter_of(types[0]))


def has_form(request: Request) -> bool:
    """Tell whether the Content-Type is one of a form."""
    return request.media_type in (URLENCODED, MULTIPART)


def with_field(request: Request, name: str, value: bytes | None) -> Request:
    """Return a request with another value of a field, in the query and in the body.

    Args:
        request: One whose query and form can be read.
        name: Of the field.
        value: The text to send, as bytes; None removes the field.
    """
    query = with_pair(request.query.encode("ascii"), name, value).decode("ascii")
    body = request.body
    if request.media_type == URLENCODED:
        body = with_pair(body, name, value)
    elif request.media_type == MULTIPART and body:
        body = with_part(body, delimiter_of(request.header("content-type") or ""), name, value)
    return replace(request, query=query, body=body)


def _media_type_hint(body: bytes, types: list[str]) -> str:
    if body.lstrip()[:1] in (b"{", b"["):
        return Message("The fields were sent as JSON; send them as a form")
    if types and types[0].lower().startswith(MULTIPART):
        return Message("The login is urlencoded, not multipart")
    return Message("Say that the body is a form: Content-Type: {urlencoded}").with_(
        urlencoded=URLENCODED
    )
