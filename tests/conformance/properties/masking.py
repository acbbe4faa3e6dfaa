"""A secret is shown nowhere, wherever a client puts it."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.testclient import TestClient
from subject import Subject, World

from emulator.cli._console import Console
from emulator.cli._output import line
from emulator.core.exchange import Exchange, Request
from emulator.journal.showing import full, summary
from emulator.provider import Webhook
from properties.hints import refusals

_SHORTEST = 8
"""Characters of a text that can be told apart from any other."""


def check_what_is_never_sent_is_secret(subject: Subject) -> None:
    """What a client is given, keeps to itself, and needs for signing, is masked.

    A member of the credential that is in no request and in no message is one: what else is it for?
    """
    world = subject.world()
    declared = world.secrets()
    sent: list[str] = []
    for example in subject.shown:
        exchange = subject.world().play(example)
        request = exchange.request
        parts = (request.path, request.query, str(request.headers), json.dumps(exchange.payload))
        sent += [*parts, request.body.decode("latin-1")]
    wire = "\n".join(sent)
    for name, value in world.view().items():
        public = name == "base_url" or "PUBLIC KEY" in str(value) or "CERTIFICATE" in str(value)
        if public or not isinstance(value, str) or len(value) < _SHORTEST or value in wire:
            continue
        if value.startswith(("http://", "https://")):
            continue
        assert value in declared, f"{name} is never sent, and yet it is not masked"


def check_requests(subject: Subject) -> None:
    """Journal, console and control API show a secret in no place of a request."""
    world = subject.world()
    requests = [world.build(example) for example in subject.signed_examples if not example.after]
    for secret in _secrets(world):
        for request in requests[:2]:
            for place, spelling, bad in _places(request, secret):
                exchange = world.send(bad)
                assert not exchange.bug, exchange.bug
                for shown in _shown(world, exchange):
                    told = _readable(secret, shown)
                    assert not told, f"{spelling} in {place} is shown: {shown[:200]}"


def check_errors(subject: Subject) -> None:
    """What is said of a refusal has no secret in it, not even before it is masked."""
    for what, world, exchange in refusals(subject):
        diagnosis = exchange.diagnosis
        assert diagnosis is not None, what
        told = f"{diagnosis.hint} {diagnosis.expected} {diagnosis.received}"
        for secret in world.secrets():
            assert len(secret) < _SHORTEST or secret not in told, f"{what} tells a secret"


def check_webhooks(subject: Subject) -> None:
    """A webhook that holds a secret, in its address or its content, does not show it."""
    if not subject.sends_webhooks:
        return
    world = subject.world()
    secrets = _secrets(world)
    webhooks = list(world.webhooks())

    async def story() -> None:
        for webhook in webhooks:
            for secret in secrets:
                url = f"http://127.0.0.1:9/{quote(secret, safe='')}"
                content = {**webhook.content, "a": [secret], "b": {secret: 1}}
                lying: Webhook = replace(webhook, url=url, content=content)
                await world.namespace.outbox.send_now(subject.name, lying)
        await world.namespace.close()

    asyncio.run(story())
    with TestClient(subject.emulator.app, base_url="http://localhost") as client:
        shown = client.get(f"/_ns/{world.namespace.name}/_emulator/webhooks").text
    assert not secrets or '"number"' in shown
    for secret in secrets:
        assert not _readable(secret, shown), "a webhook shows a secret"


def _secrets(world: World) -> list[str]:
    """Return the declared secrets of the first merchant: texts, and the last line of a key."""
    (_, record), *_ = world.credentials
    declared = [str(record[each]) for each in world.subject.secret_members if record.get(each)]
    return [each for each in declared if len(each) >= _SHORTEST]


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "it": str,
    "its base64": lambda secret: b64encode(secret.encode()).decode(),
    "its percent-encoding": lambda secret: quote(secret, safe=""),
}


def _places(request: Request, secret: str) -> Iterator[tuple[str, str, Request]]:
    for spelling, spell in _SPELLINGS.items():
        text = spell(secret)
        flat = text.replace("\n", "")
        yield "a header", spelling, _with(request, headers=[*request.headers, ("x-what", flat)])
        yield "a header's name", spelling, _with(request, headers=[*request.headers, (flat, "1")])
        for name, value in request.headers:
            others = [each for each in request.headers if each != (name, value)]
            put = _with(request, headers=[*others, (name, flat)])
            yield f"the header {name}", spelling, put
        yield "the query", spelling, _with(request, query=f"a={quote(flat)}&{quote(flat)}=1")
        yield "the path", spelling, _with(request, path=f"{request.path}/{flat}")
        body = json.dumps({"a": {"b": [text]}, text: 1}).encode()
        yield "the body", spelling, _with(request, body=body)
        yield "the form", spelling, _with(request, body=f"a={quote(text)}".encode())


def _with(request: Request, **changes: Any) -> Request:
    return replace(request, **changes)


def _shown(world: World, exchange: Exchange) -> Iterator[str]:
    mask = world.namespace.mask()
    yield line(summary(exchange, mask))
    yield json.dumps(full(exchange, mask), ensure_ascii=False)
    for log_format in ("text", "json"):
        console = Console(log_format)
        console.emulator = world.subject.emulator
        lines: list[str] = []
        console._print = lines.append
        console.exchange(exchange)
        yield from lines


def _readable(secret: str, shown: str) -> bool:
    forms = (secret, json.dumps(secret)[1:-1], *(spell(secret) for spell in _SPELLINGS.values()))
    return any(form in shown for form in forms)
