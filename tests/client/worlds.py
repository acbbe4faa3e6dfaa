"""Both kinds of each client, with a provider that the test plays, and every operation once."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import MISSING, fields
from functools import cache

import httpx2
from in_process import InProcess

from emulator import client as clients
from emulator.client.core.declaring import read_credential
from emulator.client.core.operation import Operation
from emulator.client.core.reference import resources
from emulator.emulator import Emulator

BACK = "https://shop.example/back"
SCENARIO = "placetopay-clock-skew"
SALE = {"idServicio": 1, "idProducto": 2, "horaLocal": "20260301060000", "upc": "1"}

VALUES = {
    "str": "A-1",
    "int": 5,
    "int | str": 5,
    "Amount": 100,
    "Mapping[str, Any]": {},
    "Duration": 5,
    "datetime | str": "2026-01-01T00:00:00Z",
    "SalePayload": SALE,
    "Action": "confirm",
}
"""An argument of each type."""

SPECIAL = {
    "rate": "+2s/m",
    "requests.wait": {"seconds": 1},
    "webhooks.wait": {"seconds": 1},
    "card_information": {"card": "4111"},
    "request": {"method": "POST", "path": "/x", "json": {"a": 1}},
    "Pagsmile.wait_until_final": {"payout_id": "1"},
}
"""Values for arguments of these names, and more arguments for these operations."""


@cache
def credentials():
    """What the emulator's own credentials are, by provider."""
    with clients.Control("http://localhost", transport=InProcess(Emulator().app)) as control:
        return control.credentials.list()


@cache
def settings(name):
    """The arguments of a client, but for the address: what a credential of the emulator says."""
    provider = clients.modules()[name]
    given = {"base_url": ""}
    return read_credential(getattr(clients, name), credentials().get(provider, {}), given)


def needed(name):
    """Those of them that have no default."""
    found = {each.name for each in fields(getattr(clients, name)) if each.default is MISSING}
    return sorted(found - {"base_url"})


def operations(name):
    """The operations of a client by their names: `query_session`, `clock.freeze`."""
    cls = getattr(clients, name)
    found = own(cls)
    for group, resource in resources(cls).items():
        found |= {f"{group}.{key}": each for key, each in own(resource).items()}
    return found


def own(cls):
    found = {}
    for base in cls.__mro__:
        found |= {key: each for key, each in vars(base).items() if isinstance(each, Operation)}
    return found


EVERY = [(name, operation) for name in clients.modules() for operation in operations(name)]
"""Every operation of every client."""


def value(argument, kind):
    """What to give for an argument: by its name where that says more, else by its type."""
    return BACK if argument.endswith("_url") else SPECIAL.get(argument, VALUES[kind])


def arguments(name, operation):
    """Arguments of an operation: those that it must be given, by their types."""
    signature = operations(name)[operation].signature
    needed = [each for each in signature.parameters.values() if each.default is each.empty]
    given = {each.name: value(each.name, each.annotation) for each in needed[1:]}
    return given | SPECIAL.get(operation, SPECIAL.get(f"{name}.{operation}", {}))


class Provider:
    """A provider that gives answers, one after another, the last one for ever.

    Args:
        answers: Responses, functions of a request, or errors to raise.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


class World:
    """One client whose operations are called in the same way, blocking or awaited.

    Args:
        name: Of the client, such as `Placetopay`.
        provider: What it talks to: a function of a request.
        is_async: Which kind.
        change: Further arguments of the client.
    """

    def __init__(self, name, provider, is_async, **change):
        self.slept = []
        cls = getattr(clients, f"Async{name}" if is_async else name)
        given = {"base_url": "https://real.test", **settings(name), **change}
        transport = httpx2.MockTransport(provider)
        sleep = self.wait if is_async else self.slept.append
        self.client = cls(**given, transport=transport, sleep=sleep)

    async def wait(self, seconds):
        self.slept.append(seconds)

    def call(self, operation, **arguments):
        target = self.client
        *groups, name = operation.split(".")
        for group in groups:
            target = getattr(target, group)
            target = target(SCENARIO) if inspect.ismethod(target) else target
        result = getattr(target, name)(**arguments)
        return asyncio.run(result) if inspect.iscoroutine(result) else result
