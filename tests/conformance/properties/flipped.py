"""Every byte that a signature covers counts, and every byte of the signature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from subject import Subject

from emulator.core.exchange import Request

_SHORTEST = 8
"""Signs of a text that can be told apart from any other."""


def check_signed_bytes(subject: Subject) -> None:
    """What stands in the signed text and on the wire cannot be changed."""
    for endpoint in subject.signed_endpoints:
        world = subject.world()
        signed = world.sign(endpoint.name)
        if signed.again is not None:  # what was signed is not known before
            continue
        request = world.ready(signed)
        if world.verdict(request) or not world.is_keyed(request):
            continue
        for place, bad in _flipped(request, signed.canonical):
            assert world.verdict(bad), f"{endpoint.name} is accepted with another byte in {place}"


def check_signature_bytes(subject: Subject) -> None:
    """Each byte of a signature is checked."""
    for example in subject.signed_examples:
        world = subject.world()
        request = world.build(example)
        for name, part in subject.signature_parts:
            raw = part.read(request)
            for at in range(len(raw or b"")):
                bad = part.write(request, _other(raw, at))
                assert world.verdict(bad), f"{example.name}: byte {at} of {name} does not count"


def _flipped(request: Request, canonical: str) -> Iterator[tuple[str, Request]]:
    """Go through requests with one signed byte changed."""
    for index, (name, value) in enumerate(request.headers):
        if len(value) >= _SHORTEST and value in canonical:
            for at in range(len(value)):
                headers = list(request.headers)
                headers[index] = (name, _other(value.encode(), at).decode("latin-1"))
                yield f"the header {name}", replace(request, headers=headers)
    for text in _texts(request.body):
        start = request.body.find(text)
        if start >= 0 and text.decode("utf-8", "replace") in canonical:
            for at in range(start, start + len(text)):
                yield f"byte {at} of the body", replace(request, body=_other(request.body, at))


def _texts(body: bytes) -> list[bytes]:
    """Return the body, and the texts in it if it is JSON."""
    found = [body]
    with suppress(ValueError):
        found += [each.encode() for each in _leaves(json.loads(body))]
    return [each for each in found if len(each) >= _SHORTEST]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value
        yield from (each for each in value.split(".") if each != value)  # segments of a JWS


def _other(raw: bytes | None, at: int) -> bytes:
    """Return the bytes with the lowest bit of one changed."""
    assert raw is not None
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
