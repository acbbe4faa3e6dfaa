"""What has happened stays happened, however the clock is moved: at all providers.

A walk of requests, of a payer's deeds and of clock moves in both directions. Whatever final state
was seen once is seen ever after, and no balance is more than there was.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.providers.pagsmile.signing import payout

START = 1_772_366_400.0
MOST = 4
"""Things of a kind in one walk."""

MOVES = [
    {"advance": "61s"},
    {"advance": "11m"},
    {"advance": "31m"},
    {"advance": "25h"},
    {"advance": "-61s"},
    {"advance": "-31m"},
    {"advance": "-25h"},
    {"advance": "-90d"},
    {"offset": "40m"},
    {"offset": "-26h"},
    {"offset": "0s"},
    {"freeze": "2026-03-01T12:00:00Z"},
    {"freeze": False},
    {"start": "2026-03-01T12:10:00Z"},
    {"start": "2026-03-03T00:00:00Z"},
    {"advance_per_request": "7m"},
    {"advance_per_request": "-7m"},
    {"advance_per_request": "0s"},
    {"reset": True},
]


class World:
    """One provider in one emulator, a client who signs well, and what was seen to be final."""

    def __init__(self, provider: str) -> None:
        self.emulator = Emulator(wall=lambda: START)
        self.namespace = self.emulator.namespace("default")
        self.provider = self.emulator.providers[provider]
        self.context = self.namespace.contexts[provider]
        self.made: list[Any] = []
        self.seen: dict[str, str] = {}

    async def send(self, request: Request) -> Exchange:
        return await self.emulator.serve(self.namespace, self.provider, request)

    async def ask(self, endpoint: str, payload: Any = None) -> Exchange:
        """Sign and send a request; what must be sent before it, is."""
        signed = self.provider.sign(endpoint, payload, self.context, "http://localhost/x")
        values: dict[str, str] = {}
        for each in signed.before:
            exchange = await self.send(filled(each.request, values))
            values |= each.read(exchange.reply.body)
        return await self.send(filled(signed.request, values))

    async def call(self, endpoint: str, payload: Any = None) -> Any:
        return json.loads((await self.ask(endpoint, payload)).reply.body)

    def trigger(self, event: str, members: dict[str, Any]) -> None:
        """Do what happens outside, if it can happen now."""
        try:
            self.provider.webhooks.trigger(event, members, self.context)
        except ConfigurationError:
            return

    def move(self, change: dict[str, Any]) -> None:
        self.namespace.clock.change(ClockChange.from_json(change))
        for _ in self.namespace.waking.catch_up():
            pass

    def final(self, key: str, state: str, *, follows: tuple[str, ...] = ()) -> None:
        """Note a final state, which is the one that was seen before, or may follow it."""
        before = self.seen.get(key)
        assert before in (None, state) or before in follows, f"{key} was {before}, is {state}"
        self.seen[key] = state

    def still(self, key: str, state: str) -> None:
        """Note a state that is not final: none may have been seen before."""
        assert key not in self.seen, f"{key} was {self.seen[key]}, is {state} again"


def filled(request: Request, values: dict[str, str]) -> Request:
    def fill(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return replace(
        request,
        path=fill(request.path),
        headers=[(name, fill(value)) for name, value in request.headers],
        body=fill(request.body.decode()).encode() if values else request.body,
    )


# --- Placetopay: sessions ----------------------------------------------------------------------

OUTCOMES = ("approve", "decline", "pending", "pending-approve", "pending-decline")


async def placetopay_act(world: World, deed: int) -> None:
    if not world.made or (deed % 4 == 0 and len(world.made) < MOST):
        answer = await world.call("session.create")
        if "requestId" in answer:
            world.made.append(answer["requestId"])
        return
    session = world.made[deed % len(world.made)]
    if deed % 4 == 1:
        await world.ask("session.cancel", {"requestId": session})
    elif deed % 4 == 2:
        world.trigger("pay", {"requestId": session, "outcome": OUTCOMES[deed % len(OUTCOMES)]})
    else:
        world.trigger("pay", {"requestId": session, "cancel": True})


async def placetopay_look(world: World) -> None:
    for session in world.made:
        answer = await world.call("session.query", {"requestId": session})
        if "requestId" not in answer:
            continue  # the clock runs away between seed and judgement
        status = answer["status"]["status"]
        key = f"session {session}"
        if status in ("APPROVED", "REJECTED", "PARTIAL_EXPIRED"):
            world.final(key, f"{status} {answer['status']['reason']}")
        else:
            world.still(key, status)
        for payment in answer["payment"] or ():
            its = f"{key} payment {payment['internalReference']}"
            if payment["status"]["status"] in ("APPROVED", "REJECTED"):
                world.final(its, payment["status"]["status"])
            else:
                world.still(its, payment["status"]["status"])


# --- Tesabiz: QRs ------------------------------------------------------------------------------


async def tesabiz_act(world: World, deed: int) -> None:
    merchant = next(iter(world.namespace.credentials("tesabiz")))
    info = {"sisOrigen": merchant["sisOrigen"]}
    if not world.made or (deed % 3 == 0 and len(world.made) < MOST):
        from emulator.providers.tesabiz import state

        asked = {
            **state.sample_qr_cobro(world.context, merchant),
            "idTrans": f"T{len(world.made)}",
        }
        answer = await world.call("qr.encript", {"infoTx": info, "qrCobro": asked})
        if answer["header"]["codReturn"] == "0":
            world.made.append((asked["idTrans"], answer["idQr"]))
        return
    id_trans, id_qr = world.made[deed % len(world.made)]
    if deed % 3 == 1:
        await world.ask("qr.bloqued", {"infoTx": info, "qrCobro": {"idTrans": id_trans}})
    else:
        world.trigger("qrPagado", {"idQr": id_qr})


async def tesabiz_look(world: World) -> None:
    merchant = next(iter(world.namespace.credentials("tesabiz")))
    for id_trans, _ in world.made:
        about = {"infoTx": {"sisOrigen": merchant["sisOrigen"]}, "qrCobro": {"idTrans": id_trans}}
        found = (await world.call("qr.details", about))["qrCobro"]
        key = f"QR {id_trans}"
        if found["estado"] != "VIGENTE":
            blocked = ("VENCIDO",) if found["estado"] == "BLOQUEADO" else ()
            world.final(key, found["estado"], follows=blocked)
        else:
            world.still(key, found["estado"])
        paid = len(found["pagos"])
        assert paid >= int(world.seen.get(f"{key} pagos", "0"))
        world.seen[f"{key} pagos"] = str(paid)


# --- Pagsmile: payouts and money ---------------------------------------------------------------

ACCOUNTS = ("pagsmile_test_paid@pagsmile.com", "pagsmile_test_reject@pagsmile.com")
EVENTS = ("payout.paid", "payout.rejected", "payout.refunded")


async def pagsmile_act(world: World, deed: int) -> None:
    if not world.made or (deed % 3 == 0 and len(world.made) < MOST):
        code = f"code_{len(world.made)}"
        wanted = {**payout(code), "account": ACCOUNTS[deed % 2]}
        if (await world.call("payout.create", wanted))["code"] == 200:
            world.made.append(code)
    elif deed % 3:
        code = world.made[deed % len(world.made)]
        world.trigger(EVENTS[deed % len(EVENTS)], {"custom_code": code})


async def pagsmile_look(world: World) -> None:
    for code in world.made:
        answer = await world.call("payout.status", {"custom_code": code})
        if answer["code"] != 200:
            continue
        status, key = answer["data"]["status"], f"payout {code}"
        if status in ("PAID", "REJECTED", "REFUNDED"):
            paid_before = world.seen.get(key) == "PAID" and status == "REFUNDED"
            world.final(key, status, follows=("PAID",) if paid_before else ())
        else:
            world.still(key, status)
    answer = await world.call("balance")
    for account in answer["data"] if answer["code"] == 200 else ():
        amount = Decimal(account["amount"])
        most = Decimal(world.seen.setdefault(f"balance {account['currency']}", str(amount)))
        assert 0 <= amount <= most, account


# --- GestoPago: sales and money ----------------------------------------------------------------


async def gestopago_act(world: World, deed: int) -> None:
    payload = {
        "idServicio": 133,
        "idProducto": 582,
        "telefono": f"551234567{deed % 3}",
        "upc": f"{len(world.made):013d}",
    }
    from emulator.providers.gestopago.signing import default_payload

    sale = {**default_payload("sendTx", world.namespace.clock.time()), **payload}
    if len(world.made) < MOST and (await world.ask("sendTx", sale)).verdict == "accepted":
        world.made.append(sale)


async def gestopago_look(world: World) -> None:
    for sale in world.made:
        exchange = await world.ask("confirmTx", sale)
        answer = exchange.reply.body.decode()
        if found := re.search(r"<ID_TX>([1-9]\d*)</ID_TX>", answer):
            world.final(f"sale {sale['upc']}", found[1])
        elif "no fue aplicada" in answer:  # as it is told too soon after the sale
            assert exchange.diagnosis is not None, answer
            world.still(f"sale {sale['upc']}", exchange.diagnosis.code)
    answer = (await world.ask("getBalance")).reply.body.decode()
    if found := re.search(r"<SALDO>([\d.]+)</SALDO>", answer):
        most = Decimal(world.seen.get("balance", found[1]))
        assert 0 <= Decimal(found[1]) <= most
        world.seen["balance"] = found[1]  # nothing gives money back


# --- tokens ------------------------------------------------------------------------------------


async def goat_act(world: World, deed: int) -> None:
    if len(world.made) < MOST:
        answer = await world.call("oauth.token")
        if "accessToken" in answer:
            world.made.append(answer["accessToken"])


async def look_with_tokens(world: World, path: str) -> None:
    """A token that has expired stays so; any other is accepted."""
    for number, token in enumerate(world.made):
        bearer = ("authorization", f"Bearer {token}")
        exchange = await world.send(Request(method="GET", path=path, headers=[bearer]))
        code = exchange.diagnosis.code if exchange.diagnosis else ""
        if code == "bearer.expired":
            world.final(f"token {number}", code)
        elif not code:
            world.still(f"token {number}", "accepted")


async def goat_look(world: World) -> None:
    await look_with_tokens(world, "/v1/whoami")


async def login_act(world: World, deed: int) -> None:
    if len(world.made) < MOST:
        answer = await world.call("token")
        if "token" in answer:
            world.made.append(answer["token"])


async def login_look(world: World) -> None:
    await look_with_tokens(world, "/sistema/service/sendEcho.do")


Walk = Callable[[World, int], Any]
STORIES: dict[str, tuple[str, Walk, Callable[[World], Any]]] = {
    "placetopay": ("placetopay", placetopay_act, placetopay_look),
    "tesabiz": ("tesabiz", tesabiz_act, tesabiz_look),
    "pagsmile": ("pagsmile", pagsmile_act, pagsmile_look),
    "gestopago": ("gestopago", gestopago_act, gestopago_look),
    "goat-token": ("goat", goat_act, goat_look),
    "gestopago-token": ("gestopago", login_act, login_look),
}

STEPS = st.lists(
    st.sampled_from(MOVES) | st.integers(0, 59) | st.just("look"), min_size=2, max_size=14
)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
@example(steps=[0, {"advance": "25h"}, "look", {"advance": "-25h"}])
@example(steps=[0, 1, 2, 3, {"advance": "25h"}, "look", {"reset": True}, "look", 4, 5, 6, 7])
@example(steps=[0, 2, {"offset": "40m"}, "look", {"offset": "0s"}, "look", 1, 2, 3])
@example(steps=[0, {"start": "2026-03-03T00:00:00Z"}, "look", {"start": "2026-03-01T12:10:00Z"}])
@example(steps=[0, {"advance": "90d"}, "look", {"advance": "-90d"}, 1, 2, 3, 5, 6, 9])
@example(steps=[3, {"advance_per_request": "7m"}, *["look"] * 8, {"reset": True}, 0, 3, 5])
def test_what_has_happened_stays_happened(story: str, steps: list[Any]) -> None:
    """Whatever is done, and however the clock is moved before, between and after."""
    provider, act, look = STORIES[story]
    world = World(provider)

    async def walk() -> None:
        for step in ("look", *steps, "look"):
            if isinstance(step, dict):
                world.move(step)
            elif step == "look":
                await look(world)
            else:
                await act(world, step)
        await world.emulator.close()

    asyncio.run(walk())
