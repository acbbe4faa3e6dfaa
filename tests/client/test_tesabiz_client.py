"""The Tesabiz client, in both worlds, against the emulator in this process and against forgers."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import date

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st
from in_process import InProcess

from emulator import providers
from emulator.client import AsyncTesabiz, ClientError, ConfigurationError, Tesabiz, WebhookError
from emulator.client.tesabiz import acknowledge, verify_webhook
from emulator.core.clock_change import ClockChange
from emulator.core.configuration import shipped
from emulator.emulator import Emulator
from emulator.provider import MerchantAnswer, Webhook
from emulator.providers.tesabiz import PROVIDER, webhooks
from emulator.schemes import jws

NOW = "2026-11-22T14:00:00Z"
KEYS = shipped("keys") / "tesabiz"
BASE = "http://emulator.test/tesabiz"


def pem(name):
    return (KEYS / name).read_text("ascii")


def key(name):
    return load_pem_private_key(pem(f"{name}.key.pem").encode(), None)


IDENTITY = {
    "code": "B89",
    "sis_origen": "SO_1",
    "private_key": pem("merchant.key.pem"),
    "provider_certificate": pem("provider.crt.pem"),
}


@pytest.fixture
def emulator(monkeypatch):
    monkeypatch.setattr(providers, "discover", lambda: {"tesabiz": PROVIDER})
    made = Emulator()
    made.namespace("default").clock.change(ClockChange(freeze=NOW))
    return made


def blocking(emulator, **changes):
    clock = emulator.namespace("default").clock.time
    transport = InProcess(emulator.app)
    return Tesabiz(BASE, **{**IDENTITY, **changes}, clock=clock, transport=transport)


def qr(number="1", **changes):
    return {
        "id_trans": f"T{number}", "importe": 1700, "glosa": "Tramite",
        "cuenta_abono": "CUENTA1_BOB", **changes,
    }  # fmt: skip


def answering(content, status=200, **changes):
    """A client whose provider always gives this answer."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, content=body))
    return Tesabiz(BASE, **{**IDENTITY, **changes}, transport=transport)


def signed(inner, name="provider"):
    body = inner if isinstance(inner, bytes) else json.dumps(inner).encode()
    return {"codReturn": "0", "txtReturn": "SUCCESS", "payload": jws.sign(body, key(name))}


SUCCESS = {"codReturn": "0", "txtReturn": "SUCCESS"}
MADE = {"header": SUCCESS, "hash": "text|5B8FF436", "idQr": "1" * 20, "idQrInterno": "1"}


@pytest.mark.parametrize("secure", [True, False])
class TestRoundTrip:
    def test_life_of_a_qr(self, emulator, secure):
        """Made, drawn, looked at, blocked; plain or signed."""
        with blocking(emulator, secure=secure) as client:
            made = client.generate_qr(**qr(pos="POS1", tiempo_duracion=5))
            assert (len(made["idQr"]), made["idQrInterno"], len(made["hash"])) == (20, "1", 353)
            drawn = client.generate_qr_image(**qr("2"))
            assert drawn["png"].startswith(b"\x89PNG\r\n\x1a\n")
            found = client.details(made["idQr"])
            assert found["estado"] == "VIGENTE"
            assert (found["pos"], found["tiempoDuracion"]) == ("POS1", 5)
            assert found["fechaVencimiento"] == "2026-11-23"
            client.block(made["idQr"])
            assert client.details(made["idQr"])["estado"] == "BLOQUEADO"
        journal = emulator.namespace("default").journal
        prefix = "jws." if secure else "qr."
        assert journal.last.endpoint == f"{prefix}details"
        assert journal.last.credential == "B89"

    def test_asynchronous(self, emulator, secure):
        """The same, awaited."""

        async def scene():
            transport = httpx2.ASGITransport(emulator.app)
            async with AsyncTesabiz(BASE, **IDENTITY, secure=secure, transport=transport) as client:
                made = await client.generate_qr(**qr(fecha_vencimiento=date(2026, 12, 31)))
                drawn = await client.generate_qr_image(**qr("2", fecha_vencimiento="2026-12-31"))
                await client.block(drawn["idQr"])
                return [(await client.details(each["idQr"]))["estado"] for each in (made, drawn)]

        assert asyncio.run(scene()) == ["VIGENTE", "BLOQUEADO"]

    def test_refusal(self, emulator, secure):
        """The provider's own words, and the emulator's diagnosis in full."""
        with blocking(emulator, secure=secure) as client:
            client.generate_qr(**qr())
            with pytest.raises(ClientError, match="codReturn 30: TRANSACCION DUPLICADA") as refused:
                client.generate_qr(**qr())
        assert (refused.value.status, refused.value.code) == (200, "30")
        assert refused.value.diagnosis.code == "tesabiz.duplicate"

    def test_refused_signature(self, emulator, secure):
        with blocking(emulator, secure=secure, private_key=pem("rogue.key.pem")) as client:
            if not secure:
                assert client.generate_qr(**qr())
                return
            with pytest.raises(ClientError, match="codReturn 4") as refused:
                client.generate_qr(**qr())
        assert refused.value.code == "4"
        assert refused.value.diagnosis.code == "jws.signature"


class TestTrust:
    def test_answer_in_order(self):
        assert answering(signed(MADE)).generate_qr(**qr())["hash"] == "text|5B8FF436"
        assert answering(MADE, secure=False).generate_qr(**qr())["idQrInterno"] == "1"

    @pytest.mark.parametrize(("content", "text"), [
        (signed(MADE, "rogue"), "cannot be trusted"),
        (signed(MADE, "next"), "cannot be trusted"),
        (signed(b"[]"), "cannot be trusted"),
        ({**signed(MADE), "payload": None}, "no signed payload"),
        (SUCCESS, "no signed payload"),
        (MADE, "without a codReturn"),
        ({**signed(MADE), "codReturn": 0}, "without a codReturn"),
        ({**signed(MADE), "codReturn": "1"}, "codReturn 1"),
        (signed({**MADE, "header": {"codReturn": "30", "txtReturn": "X"}}), "codReturn 30: X"),
        (signed({**MADE, "header": None}), "without a codReturn"),
        (signed({"header": SUCCESS}), "idQr is missing"),
        (signed({**MADE, "hash": 1}), "hash is not text"),
        (b"", "HTTP 200, without"),
        (b"<html>", "HTTP 200, without"),
        (b"[1]", "HTTP 200, without"),
    ])  # fmt: skip
    def test_answer_out_of_order(self, content, text):
        """What is not signed by the provider, or not a success, is never believed."""
        with pytest.raises(ClientError, match=text):
            answering(content).generate_qr(**qr())

    def test_status(self):
        with pytest.raises(ClientError, match="codReturn 0"):
            answering(signed(MADE), 500).generate_qr(**qr())

    @pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
    def test_image(self, prefix):
        answer = {**MADE, "hash": prefix + b64encode(b"png").decode()}
        assert answering(signed(answer)).generate_qr_image(**qr())["png"] == b"png"

    def test_image_with_line_breaks(self):
        answer = {**MADE, "hash": "cG\nnA=="}
        with pytest.raises(ClientError, match="not Base64"):
            answering(signed(answer)).generate_qr_image(**qr())

    def test_details_without_qr(self):
        with pytest.raises(ClientError, match="no qrCobro"):
            answering(signed({"header": SUCCESS})).details("1" * 20)

    def test_message(self):
        """What is signed is the message itself: no iat, and a header of two members."""
        seen = []

        def provider(request):
            seen.append(json.loads(request.content))
            return httpx2.Response(200, json=signed(MADE))

        client = Tesabiz(BASE, **IDENTITY, transport=httpx2.MockTransport(provider))
        client.generate_qr(**qr(fecha_vencimiento="2026-12-31", info=None))
        assert list(seen[0]) == ["code", "payload"]
        compact = jws.verify(seen[0]["payload"], key("merchant").public_key())
        assert compact.protected == {"alg": "RS256", "typ": "JWT"}
        assert json.loads(compact.payload) == {
            "infoTx": {"sisOrigen": "SO_1"},
            "qrCobro": {
                "idTrans": "T1", "codMoneda": "BOB", "importe": 1700, "glosa": "Tramite",
                "fechaVencimiento": "2026-12-31", "usoUnico": True, "cuentaAbono": "CUENTA1_BOB",
                "info": None,
            },
        }  # fmt: skip

    @pytest.mark.parametrize("change", [
        {"private_key": ""}, {"provider_certificate": ""}, {"private_key": "x"},
        {"private_key": pem("merchant.crt.pem")}, {"provider_certificate": pem("merchant.key.pem")},
    ])  # fmt: skip
    def test_keys_are_checked_at_once(self, change):
        with pytest.raises(ConfigurationError):
            Tesabiz(BASE, **{**IDENTITY, **change})

    def test_line_breaks_of_keys(self, emulator):
        """Keys out of environment variables, their line breaks two characters, do as well."""
        keys = ("private_key", "provider_certificate")
        spelled = {name: IDENTITY[name].replace("\n", "\\n") for name in keys}
        with blocking(emulator, **spelled) as client:
            made = client.generate_qr("T-1", 1700, glosa="x", cuenta_abono="CUENTA1_BOB")
        assert len(made["idQr"]) == 20

    def test_plain_needs_no_keys(self):
        Tesabiz(BASE, code="B89", sis_origen="SO_1", secure=False).close()


class TestWebhook:
    def deliver(self, emulator, mode):
        context = emulator.namespace("default").contexts["tesabiz"]
        webhook = webhooks.trigger("qrPagado", {"mode": mode}, context)
        return webhook, webhooks.seal_webhook(webhook, context).body, context

    @pytest.mark.parametrize("mode", ["plain", "jws"])
    def test_acknowledged(self, emulator, mode):
        """What the provider sends is verified, what the client answers is acknowledged."""
        webhook, body, context = self.deliver(emulator, mode)
        with blocking(emulator, secure=mode == "jws") as client:
            assert client.verify_webhook(body) == webhook.content["qrPagado"]
            assert client.verify_webhook(body.decode()) == webhook.content["qrPagado"]
            assert (
                webhooks.judge_answer(MerchantAnswer(webhook, 200, client.acknowledge(), context))
                is None
            )
            no = client.acknowledge(cod_return="1", txt_return="NO")
        assert (
            webhooks.judge_answer(MerchantAnswer(webhook, 200, no, context)).code
            == "tesabiz.webhook-code"
        )

    def test_standalone(self, emulator):
        webhook, body, context = self.deliver(emulator, "jws")
        assert (
            verify_webhook(body, provider_certificate=pem("provider.crt.pem"))
            == webhook.content["qrPagado"]
        )
        answer = acknowledge(pem("merchant.key.pem"))
        assert webhooks.judge_answer(MerchantAnswer(webhook, 200, answer, context)) is None
        webhook, body, context = self.deliver(emulator, "plain")
        assert verify_webhook(body) == webhook.content["qrPagado"]
        assert webhooks.judge_answer(MerchantAnswer(webhook, 200, acknowledge(), context)) is None

    def test_forged(self):
        """Nothing but the provider's own signature is taken, and no plain webhook."""
        content = json.dumps({"qrPagado": {"idTrans": "1"}}).encode()
        for body, wanted in (
            (content, "tesabiz-client.not-a-webhook"),
            (b'{"payload":1}', "tesabiz-client.not-a-webhook"),
            (b"", "tesabiz-client.not-a-webhook"),
            (json.dumps({"payload": jws.sign(content, key("rogue"))}), "jws.signature"),
            (json.dumps({"payload": jws.sign(b"{}", key("provider"))}),
             "tesabiz-client.not-a-webhook"),
            (json.dumps({"payload": jws.sign(b"[]", key("provider"))}), "jws.payload"),
        ):  # fmt: skip
            with pytest.raises(WebhookError) as refused:
                verify_webhook(body, provider_certificate=pem("provider.crt.pem"))
            assert refused.value.diagnosis.code == wanted
        with pytest.raises(WebhookError):
            verify_webhook(json.dumps({"payload": jws.sign(content, key("provider"))}))

    @given(body=st.binary() | st.text())
    def test_any_body(self, body):
        """Raises nothing but the one exception."""
        for certificate in ("", pem("provider.crt.pem")):
            with pytest.raises(WebhookError) as refused:
                verify_webhook(body, provider_certificate=certificate)
            str(refused.value).encode()

    def test_sealed_by_another(self, emulator):
        """A webhook of another emulator's key is not believed."""
        _, _, context = self.deliver(emulator, "jws")
        webhook = Webhook("qrPagado", "", {"qrPagado": {}}, "B89", "jws")
        body = webhooks.seal_webhook(webhook, context).body
        assert verify_webhook(body, provider_certificate=pem("provider.crt.pem")) == {}
        with pytest.raises(WebhookError):
            verify_webhook(body, provider_certificate=pem("next.crt.pem"))
