"""A request made ready to send, with what was signed in it and what must be sent before."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from emulator.core.exchange import Request


@dataclass(frozen=True, slots=True)
class Preparation:
    """A request to send before another one, which takes something out of its answer.

    Attributes:
        request: It may itself have placeholders of preparations before it.
        takes: Names of placeholders, each with the member of the answer that takes its place:
            `{"token": "accessToken"}` fills `{token}` in every later request. Where a name does
            not say which one, it is the JSON text before the value: `"keyword":"token","value":`.
    """

    request: Request
    takes: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, answer: bytes) -> dict[str, str]:
        """Return the values of the placeholders, found in a JSON answer at any depth."""
        found = _members(json.loads(answer))
        return {
            name: _after(member, answer.decode()) if '"' in member else str(found[member])
            for name, member in self.takes.items()
        }


def _after(text: str, answer: str) -> str:
    """Return the value after some JSON text, text without its quotes."""
    value = answer.rpartition(text)[2]
    return re.split(r"[\",}]", value.removeprefix('"'), maxsplit=1)[0]


def _members(value: object) -> dict[str, object]:
    """Return the members of an object and of the objects in it, the outer ones first."""
    found: dict[str, object] = {}
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        for inner in members.values():
            found = {**_members(inner), **found}
        found |= members
    return found


@dataclass(frozen=True, slots=True)
class Signed:
    """A request made ready to send, and what was signed in it.

    Attributes:
        request: With all its headers and body, except for placeholders such as `{token}`.
        canonical: The text or bytes that the signature covers, shown to the user.
        steps: What was done, a line each, such as `nonce (raw) = …`.
        before: What must be sent first, in order: it fetches a token, or makes what the request
            is about.
        payload: Where the signature covers placeholders: the payload, with them in it. It is
            signed by `again` once they are filled.
        again: Signs a payload.
    """

    request: Request
    canonical: str
    steps: tuple[str, ...] = ()
    before: tuple[Preparation, ...] = ()
    payload: Mapping[str, str] | None = None
    again: Callable[[Mapping[str, str]], Signed] | None = None

    def ready(self, send: Callable[[Request], bytes]) -> Request:
        """Send what comes before and return the request with its placeholders filled.

        Args:
            send: Sends a request and returns the body of the answer.
        """
        values: dict[str, str] = {}
        for each in self.before:
            values |= each.read(send(self._below(_filled(each.request, values))))
        if self.again is not None and self.payload is not None:
            payload = {name: _fill(text, values) for name, text in self.payload.items()}
            return self.again(payload).request
        return _filled(self.request, values)

    def _below(self, request: Request) -> Request:
        """Return a request whose path was filled with a whole URL as one below the base URL."""
        if request.base_url:
            return request
        base_url = self.request.base_url
        return replace(request, path=request.path.removeprefix(base_url), base_url=base_url)


def _filled(request: Request, values: Mapping[str, str]) -> Request:
    return replace(
        request,
        path=_fill(request.path, values),
        query=_fill(request.query, values),
        headers=[(name, _fill(value, values)) for name, value in request.headers],
        body=_fill(request.body.decode(), values).encode(),
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
