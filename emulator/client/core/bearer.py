"""A bearer token that is fetched when first needed and once more when it has expired."""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.client.core.answer import Answer
from emulator.client.core.steps import Alone, Call, Steps, send

_VISIBLE = re.compile(r"[!-~]+")


def is_token(value: object) -> bool:
    """Tell whether a member of an answer can be sent as an access token."""
    return isinstance(value, str) and _VISIBLE.fullmatch(value) is not None


class BearerToken:
    """The access token of one client.

    Args:
        fetch: Makes the steps that get a token.
        expired: Tells from an answer that the token was the reason.
    """

    def __init__(self, fetch: Callable[[], Steps[str]], expired: Callable[[Answer], bool]) -> None:
        self._fetch = fetch
        self._expired = expired
        self._token = ""

    def send(self, call: Call, deliver: Callable[[Call], Steps[Answer]] = send) -> Steps[Answer]:
        """Send `call` with the token; renew the token and repeat it, once, if it has expired.

        Args:
            call: Without the token.
            deliver: Makes the steps that send the call itself; the requests for a token do not
                go through it.
        """
        token = self._token or (yield Alone(self._renew("")))
        answer = yield from deliver(_signed(call, token))
        if self._expired(answer):
            token = yield Alone(self._renew(token))
            answer = yield from deliver(_signed(call, token))
        return answer

    def _renew(self, stale: str) -> Steps[str]:
        """Fetch a token unless another call has replaced `stale` meanwhile."""
        if self._token == stale:
            self._token = yield from self._fetch()
        return self._token


def _signed(call: Call, token: str) -> Call:
    return call.with_headers({"authorization": f"Bearer {token}"})
