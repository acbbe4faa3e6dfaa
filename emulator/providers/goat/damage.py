"""What a scenario can damage in Goat's messages.

::

    {"token": "header.payload.signature", …}   request.jws.payload, request.jws.signature
    Authorization: Bearer a.b.signature        request.jwt.signature
    {"accessToken": "a.b.signature", …}        response.jwt.signature

The assertion stays signed as it was: a damaged payload no longer fits its signature. A message
without the part, or one that cannot be read, stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core import json_text
from emulator.core.exchange import Reply, Request
from emulator.provider import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_BEARER = re.compile(r"bearer ([\w-]+\.[\w-]+\.[\w-]*)", re.ASCII | re.IGNORECASE)
_PAYLOAD, _SIGNATURE = 1, 2


def _members(body: bytes) -> dict[str, Any]:
    try:
        return json_text.read_object(body)
    except ValueError:
        return {}


def _segment(token: object, place: int) -> bytes | None:
    if isinstance(token, str) and _JWT.fullmatch(token):
        return token.split(".")[place].encode("ascii")
    return None


def _with_segment(token: str, place: int, segment: bytes | None) -> str:
    """Return the token with another segment; one taken out leaves its dots."""
    segments = token.split(".")
    segments[place] = (segment or b"").decode("latin-1")
    return ".".join(segments)


def _in_member(name: str, place: int, *, holds_json: bool = False) -> Part:
    """Make the part that is a segment of the JWT in a member of a JSON body."""

    def read(message: Request | Reply) -> bytes | None:
        return _segment(_members(message.body).get(name), place)

    def write(message: Request | Reply, segment: bytes | None) -> Request | Reply:
        if read(message) is None:
            return message
        members = _members(message.body)
        members[name] = _with_segment(members[name], place, segment)
        try:
            body = Reply.json(members).body
        except RecursionError:  # nested so deep that it could just be read
            return message
        if isinstance(message, Reply):
            return replace(message, body=body, content=members)
        return replace(message, body=body)

    return Part(read, write, "base64url", holds_json)


def _read_bearer(request: Request) -> bytes | None:
    found = _BEARER.fullmatch(request.header("authorization") or "")
    return _segment(found[1], _SIGNATURE) if found else None


def _write_bearer(request: Request, signature: bytes | None) -> Request:
    if _read_bearer(request) is None:
        return request
    headers = list(request.headers)
    place = [name for name, _ in headers].index("authorization")
    written = _with_segment(headers[place][1], _SIGNATURE, signature)
    headers[place] = ("authorization", written)
    return replace(request, headers=headers)


PARTS: Mapping[str, Part] = {
    "request.jws.payload": _in_member("token", _PAYLOAD, holds_json=True),
    "request.jws.signature": _in_member("token", _SIGNATURE),
    "request.jwt.signature": Part(_read_bearer, _write_bearer, "base64url"),
    "response.jwt.signature": _in_member("accessToken", _SIGNATURE),
}
