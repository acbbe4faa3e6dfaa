"""Both kinds of each client, with a provider that the test plays, and every operation once."""

from __future__ import annotations

import asyncio
import inspect
from decimal import Decimal

import httpx2

from emulator import client as clients
from emulator.client.core.operation import Operation
from emulator.client.core.reference import resources
from emulator.core.configuration import shipped

KEYS = shipped("keys")
BACK = "https://shop.example/back"
SCENARIO = "placetopay-clock-skew"
SALE = {"idServicio": 1, "idProducto": 2, "horaLocal": "20260301060000", "upc": "1"}
SETTINGS = {
    "Placetopay": {"login": "l", "secret_key": "s"},
    "Gestopago": {
        "id_distribuidor": 1,
        "codigo_dispositivo": "d",
        "password": "p",
        "aes_key": "A" * 43 + "=",
        "aes_iv": "A" * 22 + "==",
    },
    "Tesabiz": {
        "code": "B89",
        "sis_origen": "SO_1",
        "private_key": (KEYS / "tesabiz" / "merchant.key.pem").read_text("ascii"),
        "provider_certificate": (KEYS / "tesabiz" / "provider.crt.pem").read_text("ascii"),
    },
    "Goat": {
        "client_id": "c",
        "key_id": "k",
        "private_key": next((KEYS / "goat").glob("*.key.pem")).read_text("ascii"),
    },
    "Pagsmile": {"app_id": "a", "app_key": "k"},
    "Control": {},
}
"""Arguments of each client that has no default for them."""

QR = {"id_trans": "1", "importe": 1700, "glosa": "x", "cuenta_abono": "y"}
SESSION = {"reference": "A-1", "return_url": BACK}
ARGUMENTS = {
    "create_session": {**SESSION, "amount": 100},
    "create_subscription": {**SESSION, "description": "Club"},
    "create_autopay": {**SESSION, "description": "Club", "recurring": {}},
    "query_session": {"request_id": 5},
    "cancel_session": {"request_id": 5},
    "collect": {"reference": "A", "amount": 5, "payer": {}, "token": "t"},
    "reverse": {"internal_reference": 5},
    "transaction": {"action": "confirm", "internal_reference": 5},
    "invalidate_token": {"token": "t"},
    "look_up_token": {"token": "t"},
    "card_information": {"amount": Decimal(5), "card": "4111"},
    "verify_reference": {"id_servicio": 1, "id_producto": 2, "referencia": "1"},
    "send_tx": {"payload": SALE},
    "confirm_tx": {"payload": SALE},
    "generate_qr": QR,
    "generate_qr_image": QR,
    "block": {"id_qr": "1"},
    "details": {"id_qr": "1"},
    "request": {"method": "POST", "path": "/x", "json": {"a": 1}},
    "payout_detail": {"transaction_id": "1"},
    "payout_voucher": {"transaction_id": "1"},
    "payout_list": {"start_time": "a", "end_time": "b"},
    "trigger": {"provider": "goat", "event": "x"},
    "scenario.signal": {"name": "x"},
    "clock.start": {"at": "2026-01-01T00:00:00Z"},
    "clock.advance": {"duration": 5},
    "clock.offset": {"duration": "5m"},
    "clock.drift": {"rate": "+2s/m"},
    "credentials.of": {"provider": "goat"},
    "credentials.register": {"provider": "goat", "members": {}},
    "credentials.get": {"provider": "goat", "key": "a"},
    "credentials.change": {"provider": "goat", "key": "a", "members": {}},
    "credentials.remove": {"provider": "goat", "key": "a"},
    "namespaces.remove": {"name": "x"},
    "requests.get": {"number": 1},
    "requests.wait": {"seconds": 1},
    "webhooks.get": {"number": 1},
    "webhooks.wait": {"seconds": 1},
    "webhooks.resend": {"number": 1},
}
"""Arguments of each operation that has no default for them."""

WAITS = {
    "Placetopay": {"request_id": 5},
    "Gestopago": {"payload": SALE},
    "Tesabiz": {"id_qr": "1"},
    "Pagsmile": {"payout_id": "1"},
}
"""Arguments of `wait_until_final`."""


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


def arguments(name, operation):
    if operation == "wait_until_final":
        return WAITS[name]
    return ARGUMENTS.get(operation, {})


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
        settings: Further arguments of the client.
    """

    def __init__(self, name, provider, is_async, **settings):
        self.slept = []
        cls = getattr(clients, f"Async{name}" if is_async else name)
        given = {"base_url": "https://real.test", **SETTINGS[name], **settings}
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
