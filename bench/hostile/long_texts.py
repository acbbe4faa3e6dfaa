"""Requests with one long text in one place: every member, header, path, query and body.

Members that a signature covers are changed before it is made, so that the request is as valid
as its text lets it be; everything else is changed afterwards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import Endpoint

SHAPES: dict[str, Callable[[int], str]] = {
    "letters": lambda n: "a" * n,
    "capitals": lambda n: "A" * n,
    "digits": lambda n: "1" * n,
    "zeros and a letter": lambda n: "0" * n + "x",
    "blanks and a letter": lambda n: " " * n + "x",
    "letter and line breaks": lambda n: "x" + "\r\n" * (n // 2) + "x",
    "slashes": lambda n: "/" * n,
    "segments": lambda n: "/a" * (n // 2) + "?",
    "dots": lambda n: "." * n,
    "dotted": lambda n: "a." * (n // 2) + "!",
    "hyphens": lambda n: "-" * n,
    "at signs": lambda n: "a@" * (n // 2),
    "quotes": lambda n: '"' * n,
    "backslashes": lambda n: "\\" * n + "x",
    "escapes": lambda n: "\\u0031" * (n // 6),
    "brackets": lambda n: "[" * n,
    "braces": lambda n: "{" * n,
    "objects": lambda n: '{"a":' * (n // 5),
    "angles": lambda n: "<a " * (n // 3),
    "entities": lambda n: "&amp;" * (n // 5),
    "pairs": lambda n: "a=b&" * (n // 4),
    "equals": lambda n: "=" * n,
    "percent": lambda n: "%25" * (n // 3),
    "base64": lambda n: "QUJD" * (n // 4) + "=",
    "hex": lambda n: "0123456789abcdef" * (n // 16),
    "list of bytes": lambda n: "[" + "12, " * (n // 4) + "1]",
    "jwt": lambda n: "eyJ" * (n // 3) + ".eyJ.",
    "many jwts": lambda n: "eyJa." * (n // 5),
    "pem begins": lambda n: "-----BEGIN A-----" * (n // 17),
    "bearer": lambda n: "bearer " * (n // 7),
    "words": lambda n: "your key " * (n // 9),
    "accents": lambda n: "é" * n,
    "combining": lambda n: "a" + "\u0301" * n,
    "ligatures": lambda n: "\ufdfa" * n,
    "replacement": lambda n: "\ufffd" * n,
    "emails": lambda n: "a@b.c," * (n // 6),
    "cards": lambda n: "4111 1111 1111 1111 " * (n // 20),
    "exponent": lambda n: "1e" + "9" * min(n, 4000),
    "decimals": lambda n: "0." + "1" * n,
    "times": lambda n: "2026-01-31T09:56:06-05:00" * (n // 25),
    "commas": lambda n: "a," * (n // 2),
    "colons": lambda n: "a:" * (n // 2),
    "php": lambda n: "Array (" * (n // 7),
    "maps": lambda n: "A{a=" * (n // 4),
}
"""Texts of about `n` characters, by what they are made of."""


@dataclass(frozen=True)
class Attack:
    """One request with one long text.

    Attributes:
        provider: Whose endpoint it is for.
        endpoint: Its name.
        place: Where the text is.
        make: Makes the request with this text.
    """

    provider: str
    endpoint: str
    place: str
    make: Callable[[str], Request]

    def __str__(self) -> str:
        return f"{self.provider}.{self.endpoint} {self.place}"


def attacks(emulator: Emulator) -> Iterator[Attack]:
    """Yield an attack for each place of each endpoint's request."""
    for name, provider in emulator.providers.items():
        for endpoint in provider.endpoints:
            asked = ask(emulator, name, _first(emulator, name, endpoint))
            payload = asked.payload if isinstance(asked.payload, dict) else None
            for pointer in _leaves(payload):

                def sign(
                    text: str,
                    name: str = name,
                    endpoint: str = endpoint.name,
                    payload: Any = payload,
                    pointer: tuple[Any, ...] = pointer,
                ) -> Request:
                    return _signed(emulator, name, endpoint, _with(payload, pointer, text))

                with suppress(ConfigurationError):  # what this client would not sign
                    sign("x")
                    yield Attack(name, endpoint.name, "signed " + _written(pointer), sign)
            for place, make in _afterwards(asked.request):
                yield Attack(name, endpoint.name, place, make)


def ask(emulator: Emulator, provider: str, request: Request) -> Exchange:
    """Serve a request in this process."""

    async def serve() -> Exchange:
        found = emulator.providers[provider]
        return await emulator.serve(emulator.namespace("default"), found, request)

    return asyncio.run(serve())


def _first(emulator: Emulator, provider: str, endpoint: Endpoint) -> Request:
    """Return a request that is right, or a bare one for an endpoint where nothing is signed."""
    try:
        return _signed(emulator, provider, endpoint.name, None)
    except ConfigurationError:
        path = endpoint.paths[0].replace("{", "").replace("}", "")
        return Request(method=endpoint.methods[0], path=path, headers=[])


def _signed(emulator: Emulator, provider: str, endpoint: str, payload: Any) -> Request:
    found = emulator.providers[provider]
    context = emulator.namespace("default").contexts[provider]
    signed = found.sign(endpoint, payload, context, f"http://127.0.0.1/{provider}")
    return signed.ready(lambda request: ask(emulator, provider, request).reply.body)


def _afterwards(request: Request) -> Iterator[tuple[str, Callable[[str], Request]]]:
    def in_header(index: int) -> Callable[[str], Request]:
        name, value = request.headers[index]

        def make(text: str) -> Request:
            headers = list(request.headers)
            word = value.partition(" ")[0] + " " if " " in value else ""
            headers[index] = (name, word + text.encode("utf-8").decode("latin-1"))
            return replace(request, headers=headers)

        return make

    for index, (name, _) in enumerate(request.headers):
        yield f"header {name}", in_header(index)
    yield (
        "header x-new",
        lambda text: replace(
            request, headers=[*request.headers, ("x-new", text.encode().decode("latin-1"))]
        ),
    )
    yield "path", lambda text: replace(request, path="/" + text)
    yield "end of the path", lambda text: replace(request, path=request.path + "/" + text)
    yield "query", lambda text: replace(request, query=text.encode().decode("latin-1"))
    yield "body", lambda text: replace(request, body=text.encode())
    yield "end of the body", lambda text: replace(request, body=request.body + text.encode())
    yield "before the body", lambda text: replace(request, body=text.encode() + request.body)
    yield from _in_body(request)


def _in_body(request: Request) -> Iterator[tuple[str, Callable[[str], Request]]]:
    try:
        content = json.loads(request.body)
    except ValueError:
        fields = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        for name in fields:
            yield (
                f"form {name}",
                lambda text, name=name: replace(
                    request, body=urlencode({**fields, name: text}).encode()
                ),
            )
        return
    for pointer in _leaves(content):
        yield (
            f"sent {_written(pointer)}",
            lambda text, pointer=pointer: replace(
                request, body=json.dumps(_with(content, pointer, text)).encode()
            ),
        )
    if isinstance(content, dict):
        yield (
            "name of a member",
            lambda text: replace(request, body=json.dumps({**content, text: 1}).encode()),
        )


def _leaves(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*above, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*above, index))
    elif above:
        yield above


def _with(content: Any, pointer: tuple[Any, ...], text: str) -> Any:
    changed = deepcopy(content)
    inner = changed
    for step in pointer[:-1]:
        inner = inner[step]
    inner[pointer[-1]] = text
    return changed


def _written(pointer: tuple[Any, ...]) -> str:
    return ".".join(map(str, pointer))
