"""Requests of the hosted page: in order, and spoiled in each way that only the page knows."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Request
from emulator.provider import Example
from emulator.providers.placetopay.signing import newest_session
from emulator.providers.placetopay.state.sessions import page_code

if TYPE_CHECKING:
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

_EARLIER = "session.create"


def _page(
    context: Context[Settings],
    *,
    deed: str = "",
    body: dict[str, Any] | None = None,
    code: str = "",
) -> Request:
    """Make a request for the page of the newest session, or for a deed on it."""
    number = newest_session(context)
    path = f"/spa/session/{number}/{code or page_code(int(number), context)}{deed}"
    if body is None:
        return Request(method="GET", path=path)
    headers = [("content-type", "application/json")]
    return Request(method="POST", path=path, headers=headers, body=json.dumps(body).encode())


def _lightbox(_context: Context[Settings]) -> Request:
    return Request(method="GET", path="/lightbox.min.js")


def _pay(outcome: str) -> Any:
    return partial(_page, deed="/pay", body={"outcome": outcome})


_OTP = {"otp": "12345"}

PAGE_EXAMPLES = (
    Example("page", "page", _page, after=(_EARLIER,)),
    Example("page.state", "page.state", partial(_page, deed="/state"), after=(_EARLIER,)),
    Example("page.pay", "page.pay", _pay("approve"), after=(_EARLIER,)),
    Example("page.pay, challenged", "page.pay", _pay("challenge"), after=(_EARLIER,)),
    Example(
        "page.challenge",
        "page.challenge",
        partial(_page, deed="/challenge", body=_OTP),
        after=(_EARLIER, "page.pay, challenged"),
    ),
    Example(
        "page.cancel", "page.cancel", partial(_page, deed="/cancel", body={}), after=(_EARLIER,)
    ),
    Example("lightbox", "lightbox", _lightbox),
    Example(
        "page of a wrong code",
        "page",
        partial(_page, code="0" * 32),
        "placetopay.page-unknown",
        after=(_EARLIER,),
    ),
    Example("page of no session", "page", partial(_page, code="0" * 32), "placetopay.page-unknown"),
)
