"""Tesabiz: no sequence of calls and clock moves undoes what has happened to a QR."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.providers.tesabiz import PROVIDER, webhooks

pytestmark = pytest.mark.slow

PLAIN, PAYER = "/ws-qr-service/qr/simple/", "/ws-qr/qr/simple/"
FINAL = {"BLOQUEADO", "PAGADO", "VENCIDO"}
INFO_TX = {"sisOrigen": "SO_1"}
CLOCK = [
    ClockChange(advance="7m"),
    ClockChange(advance="2h"),
    ClockChange(advance="-7m"),
    ClockChange(advance="-3h"),
    ClockChange(offset="+90m"),
    ClockChange(offset="-40m"),
    ClockChange(reset=True),
    ClockChange(reset=True, freeze="2026-11-22T14:00:00Z"),
    ClockChange(freeze=False),
]


class Bank(RuleBasedStateMachine):
    """A merchant, a bank and somebody who moves the clock."""

    codes = Bundle("codes")
    readings = Bundle("readings")

    def __init__(self):
        super().__init__()
        self.emulator = Emulator()
        self.namespace = self.emulator.namespace("default")
        self.namespace.clock.change(ClockChange(freeze="2026-11-22T14:00:00Z"))
        self.number = 0
        self.ended = {}  # idQr -> its final state, once seen
        self.paid = {}  # idQr -> its payments, as last seen
        self.single = {}  # idQr -> whether it is for one payment

    def ask(self, path, **parts):
        request = Request(
            method="POST",
            path=path,
            headers=[("content-type", "application/json")],
            body=json.dumps({"infoTx": INFO_TX, **parts}).encode(),
        )

        async def send():
            exchange = await self.emulator.serve(self.namespace, PROVIDER, request)
            await self.emulator.close()
            return exchange

        exchange = asyncio.run(send())
        assert exchange.bug == ""
        return exchange.verdict == "accepted", json.loads(exchange.reply.body)

    @rule(target=codes, once=st.booleans(), minutes=st.sampled_from([5, 60, None]))
    def make(self, once, minutes):
        self.number += 1
        accepted, answer = self.ask(
            f"{PLAIN}encript",
            qrCobro={
                "idTrans": f"T{self.number}",
                "codMoneda": "BOB",
                "importe": 1700,
                "glosa": "Tramite",
                "fechaVencimiento": "9999-12-31",
                "usoUnico": once,
                "tiempoDuracion": minutes,
                "cuentaAbono": "CUENTA1_BOB",
            },
        )
        assert accepted, answer
        self.single[answer["idQr"]] = once
        return answer["idQr"], answer["hash"]

    @rule(change=st.sampled_from(CLOCK))
    def move_the_clock(self, change):
        self.namespace.clock.change(change)

    @rule(code=codes)
    def block(self, code):
        accepted, _ = self.ask(f"{PLAIN}bloqued", qrCobro={"idQr": code[0]})
        assert accepted == (code[0] not in self.ended)

    @rule(target=readings, code=codes)
    def read(self, code):
        accepted, answer = self.ask(f"{PAYER}readQr", infoQR={"hashQR": code[1]})
        assert accepted == (code[0] not in self.ended)
        return code[0], answer.get("codigoLectura", "none")

    @rule(reading=readings, number=st.integers(1, 4))
    def pay(self, reading, number):
        accepted, _ = self.ask(
            f"{PAYER}payQr",
            infoOrigen={"codCuenta": "1"},
            infoQR={
                "idQR": reading[0],
                "codMoneda": "BOB",
                "importe": 1700,
                "codigoLectura": reading[1],
                "codTransComercio": f"P{number}",
            },
        )
        assert not (accepted and reading[0] in self.ended)
        if accepted:
            self.paid[reading[0]] = self.paid.get(reading[0], 0) + 1

    @rule(code=codes, event=st.sampled_from(["qrPagado", "qrRechazado", "qrError"]))
    def trigger(self, code, event):
        context = self.namespace.contexts["tesabiz"]
        try:
            webhooks.trigger(event, {"idQr": code[0]}, context)
        except ConfigurationError:
            assert code[0] in self.ended
            return
        assert code[0] not in self.ended
        if event == "qrPagado":
            self.paid[code[0]] = self.paid.get(code[0], 0) + 1

    @invariant()
    def what_has_ended_stays_ended(self):
        for id_qr, once in self.single.items():
            accepted, answer = self.ask(f"{PLAIN}details", qrCobro={"idQr": id_qr})
            assert accepted
            found = answer["qrCobro"]
            assert len(found["pagos"]) == self.paid.get(id_qr, 0)
            if once:
                assert (found["estado"] == "PAGADO") == (len(found["pagos"]) == 1)
            assert self.ended.get(id_qr, found["estado"]) == found["estado"]
            if found["estado"] in FINAL:
                self.ended[id_qr] = found["estado"]


TestBank = Bank.TestCase
TestBank.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
