"""Who can call the control API.

A web page that a developer visits must not control the emulator, and must not read from it. So a
call is answered only if its `Host` cannot be a rebound public name, and if it does not come from a
page of another origin. This holds for every method. With `--admin-token` a call also needs that
bearer token; a call with the token is not from a page, and can use any name.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping

from starlette.datastructures import Headers

from emulator.control.answering import Answer
from emulator.core.web_pages import foreign_page, is_safe_host

OPEN = frozenset({"/health", "/ready"})
"""Calls without a token, for health checks of containers. Some, such as HAProxy's, have no Host;
every browser sends one."""

_BEARER = re.compile(rb"bearer +", re.IGNORECASE)
_HOST_HINT = (
    "Use 127.0.0.1, or a name of your own network; `--host NAME` makes a name ours. A server with a"
    " public name needs --admin-token, and each call that token"
)
_PAGE_HINT = (
    "Call the control API from your program or your tests. A page can call it only if the page has"
    " the same scheme, host and port"
)
_BEARER_HINT = (
    "Send the header `Authorization: Bearer TOKEN`. The commands of `emulator` send what"
    " EMULATOR_ADMIN_TOKEN says; it is the value of --admin-token"
)


def refusal(
    headers: Headers,
    scheme: str,
    path: str,
    *,
    own: Collection[str],
    token: str,
) -> Answer | None:
    """Return the answer to a caller that is refused; None if the call is allowed.

    Args:
        headers: The headers of the request.
        scheme: `http` or `https`.
        path: The path of the call, below `/_emulator`.
        own: Our names, and those of the providers.
        token: The token that the call must have; empty for none.
    """
    brings = bool(token) and _brings(headers, token)
    is_open = path.rstrip("/") in OPEN
    nameless = is_open and "host" not in headers
    if found := foreign(headers, scheme, own, any_host=brings or nameless):
        return found
    if token and not brings and not is_open:
        said = "the admin token is another" if "authorization" in headers else "no admin token"
        return _refuse(401, said, _BEARER_HINT, {"www-authenticate": "Bearer"})
    return None


def foreign(
    headers: Headers, scheme: str, own: Collection[str], *, any_host: bool = False
) -> Answer | None:
    """Return the answer to a call that a web page may have made; None to another.

    Args:
        headers: Of the request.
        scheme: By which it came.
        own: Names that are ours, and the providers'.
        any_host: Whether the caller may use any name.
    """
    host = headers.get("host", "")
    page = foreign_page(headers.get("origin"), headers.get("sec-fetch-site"), scheme, host)
    if page:
        return _refuse(403, f"{page} may not call the emulator", _PAGE_HINT)
    if not any_host and not is_safe_host(host, own):
        told = f"Host {host!r} is not a name of this machine or its network"
        return _refuse(403, told, _HOST_HINT)
    return None


def _brings(headers: Headers, token: str) -> bool:
    """Tell whether the call has the token, in the same time whether right or wrong."""
    given = next((value for name, value in headers.raw if name == b"authorization"), b"")
    bearer = _BEARER.match(given)
    return bearer is not None and hmac.compare_digest(given[bearer.end() :], token.encode())


def _refuse(status: int, error: str, hint: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer({"error": error, "hint": hint}, status, headers)
