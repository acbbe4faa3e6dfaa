"""The client of the control API against an emulator: blocking over a socket, awaited in process."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from worlds import BACK, Provider, World

from emulator import client as clients
from emulator.client import (
    AsyncControl,
    AsyncPlacetopay,
    ConfigurationError,
    Control,
    ControlError,
    Gestopago,
    Goat,
    Pagsmile,
    Placetopay,
    RefusedError,
    RemoteClock,
    Tesabiz,
    TransportError,
    UnreadableAnswerError,
    WebhookError,
)
from emulator.client.core import reference
from emulator.emulator import Emulator

SCENARIO = """
scenario: busy
version: 1
rules:
  - id: busy
    match: { provider: goat, endpoint: whoami }
    do: { error: goat.401 }
expect:
  - that: it was asked twice
    requests: { match: { provider: goat, endpoint: whoami }, exactly: 2 }
"""


@pytest.fixture(scope="module")
def url():
    with Emulator().run() as server:
        yield server.url


@pytest.fixture
def control(url, request):
    """A Control of a namespace that only this test has."""
    with Control(url, namespace=request.node.name.replace("[", "-").rstrip("]")) as made:
        yield made


@pytest.mark.parametrize("start", ["from emulator.client import", "with Control("])
def test_the_examples_of_the_page(url, start, capsys):
    """They run as they stand, with another address."""
    blocks = re.findall(r"^```python\n(.*?)^```$", reference.PAGE.read_text("utf-8"), re.M | re.S)
    code = next(block for block in blocks if block.startswith(start))
    names = {name: getattr(clients, name) for name in clients.__all__}
    exec(code.replace("http://127.0.0.1:8900", url), names)
    assert (capsys.readouterr().out != "") is start.startswith("with")


def test_health(control):
    assert control.health()["status"] == "ok"
    assert "placetopay" in control.health()["providers"]
    assert control.ready() is True


@pytest.mark.parametrize(
    ("cls", "call"),
    [
        (Placetopay, lambda shop: shop.create_session("A-1", 100, return_url=BACK)),
        (Gestopago, lambda shop: shop.send_echo()),
        (Tesabiz, lambda shop: shop.generate_qr("1", 1, glosa="x", cuenta_abono="CUENTA1_BOB")),
        (Goat, lambda shop: shop.whoami()),
        (Pagsmile, lambda shop: shop.balance()),
    ],
    ids=["placetopay", "gestopago", "tesabiz", "goat", "pagsmile"],
)
def test_from_credentials(control, cls, call):
    """What the emulator says of a credential makes a client that works."""
    provider = cls.__name__.lower()
    with cls.from_credentials(control.credentials.of(provider), timeout=20) as shop:
        assert shop.timeout == 20
        assert call(shop)
    assert control.requests.list(limit=1)[0]["verdict"] == "accepted"
    assert set(control.credentials.list()) >= {provider}


def test_from_credentials_that_lack_something():
    with pytest.raises(
        ConfigurationError, match="secret_key: the credential has no member"
    ) as lack:
        Placetopay.from_credentials({"base_url": "https://x.test", "login": "a"})
    assert lack.value.argument == "secret_key"
    with pytest.raises(TypeError, match="did you mean 'retries'"):
        Placetopay.from_credentials(
            {"base_url": "https://x.test", "login": "a", "secretKey": "s"}, retry=1
        )


def test_credentials(control):
    members = {"login": "mine", "secretKey": "s3cr3t", "country": "EC", "locale": "es_EC"}
    made = control.credentials.register("placetopay", members)
    assert (made["login"], made["base_url"]) == ("mine", f"{_root(control)}/placetopay")
    with pytest.raises(ControlError, match="did you mean 'secretKey'"):
        control.credentials.register("placetopay", {**members, "secretkey": "x"})
    with pytest.raises(ConfigurationError, match="did you mean 'placetopay'"):
        control.credentials.of("placetpay")


def test_a_credential_is_changed_and_removed(control):
    """Read back with all its members; another one stays as it was."""
    members = {"login": "mine", "secretKey": "s3cr3t", "country": "EC", "locale": "es_EC"}
    control.credentials.register("placetopay", members)
    assert control.credentials.get("placetopay", "mine")["country"] == "EC"
    changed = control.credentials.change("placetopay", "mine", {"status": "inactive"})
    assert (changed["status"], changed["secretKey"]) == ("inactive", "s3cr3t")
    found = {each["login"]: each for each in control.credentials.all("placetopay")}
    assert found["mine"]["status"] == "inactive"
    assert len(found) > 1
    control.credentials.remove("placetopay", "mine")
    with pytest.raises(ControlError) as gone:
        control.credentials.get("placetopay", "mine")
    assert gone.value.status == 404


def test_clock(control):
    """Frozen, moved, and put back; durations in every spelling."""
    clock = control.clock
    assert clock.freeze(datetime(2026, 3, 1, tzinfo=UTC))["frozen"] is True
    start = clock.time()
    assert start == datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    for duration in (60, 60.0, "1m", timedelta(minutes=1)):
        clock.advance(duration)
    assert clock.time() == start + 240
    assert clock.offset("4m50s")["offset_seconds"] == 290
    assert clock.offset(-0.25)["offset_seconds"] == -0.25
    assert clock.drift("+2s/m")["drift_per_second"] > 0
    assert clock.start("2027-01-01T00:00:00Z")["time"].startswith("2027-01-01")
    assert clock.unfreeze()["frozen"] is False
    assert clock.reset()["offset_seconds"] == 0
    with pytest.raises(ConfigurationError, match="zone"):
        clock.freeze(datetime(2026, 3, 1))  # noqa: DTZ001 - that is what is refused
    with pytest.raises(ControlError, match="not a duration"):
        clock.advance("soon")


def test_a_client_that_goes_by_the_clock(control):
    """With the emulator's clock and `sleep` a wait for a sale takes no time."""
    control.clock.freeze("2026-03-01T12:00:00Z")
    clock, sleep = control.clock.time, control.clock.advance
    site = control.credentials.of("gestopago")
    with Gestopago.from_credentials(site, clock=clock, sleep=sleep) as shop:
        payload = shop.payload(id_servicio=115, id_producto=298, telefono="5512134073")
        sale = shop.send_tx(payload)
        found = shop.wait_until_final(payload)
        assert found is not None
        assert found["ID_TX"] == sale["ID_TX"]
        other = shop.payload(id_servicio=115, id_producto=298, telefono="5512134074")
        assert shop.wait_until_final(other) is None
    assert clock() == datetime(2026, 3, 1, 12, 2, 4, tzinfo=UTC).timestamp()


def test_payout_until_final(control):
    control.clock.freeze("2026-03-01T12:00:00Z")
    from emulator.providers.pagsmile import signing

    options = {"clock": control.clock.time, "sleep": control.clock.advance}
    with Pagsmile.from_credentials(control.credentials.of("pagsmile"), **options) as shop:
        payout = shop.create_payout(**signing.payout("code_1"))
        assert shop.wait_until_final(payout_id=payout["id"])["status"] == "PAID"


def test_session_and_qr_until_final(control):
    """Both end by a trigger."""
    with Placetopay.from_credentials(control.credentials.of("placetopay")) as shop:
        made = shop.create_session("A-1", 100, return_url=BACK)
        control.trigger("placetopay", "pay", {"requestId": made["requestId"]})
        final = shop.wait_until_final(made["requestId"])
        assert final["status"]["status"] == "APPROVED"
    with Tesabiz.from_credentials(control.credentials.of("tesabiz")) as shop:
        made = shop.generate_qr("1", 1700, glosa="x", cuenta_abono="CUENTA1_BOB")
        shop.block(made["idQr"])
        assert shop.wait_until_final(made["idQr"])["estado"] == "BLOQUEADO"


def test_requests(control):
    """Listed, found, waited for, verified, cleared."""
    site = {**control.credentials.of("placetopay"), "secretKey": "another"}
    with Placetopay.from_credentials(site) as shop, pytest.raises(RefusedError) as refused:
        shop.query_session(1)
    exchange = control.requests.get(refused.value.exchange)
    assert exchange["diagnosis"]["code"] == refused.value.diagnosis.code
    assert "request" in exchange
    assert control.requests.list(provider="placetopay", verdict="refused")
    assert control.requests.list(verdict="accepted") == []
    assert control.requests.wait(endpoint="session.*", seconds=5)
    assert control.requests.wait(verdict="injected", seconds=0.01) == []
    expected = {"that": "none", "requests": {"match": {"provider": "goat"}, "exactly": 0}}
    assert control.requests.verify([expected])["passed"] is True
    text = "- that: one\n  requests: { match: { provider: placetopay }, exactly: 5 }\n"
    report = control.requests.verify(text)
    assert (report["passed"], report["expectations"][0]["that"]) == (False, "one")
    assert control.requests.clear() == 1
    with pytest.raises(ControlError, match="no exchange 1") as gone:
        control.requests.get(1)
    assert gone.value.status == 404
    with pytest.raises(ControlError, match="no scenario is loaded"):
        control.requests.verify()


def test_scenario(control):
    """Loaded at the start of the block, unloaded at its end."""
    with Goat.from_credentials(control.credentials.of("goat")) as goat:
        with control.scenario(SCENARIO) as scenario:
            assert scenario.name == "busy"
            with pytest.raises(RefusedError):
                goat.whoami()
            assert scenario.show()["rules"][0]["hits"] == 2
            assert scenario.verify()["passed"] is True
        assert scenario.show()["scenario"] is None
        assert goat.whoami()["clientId"]


@pytest.mark.parametrize("kind", ["name", "path", "data"])
def test_sources_of_a_scenario(control, kind, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(SCENARIO, "utf-8")
    data = {"scenario": "mine", "version": 1, "clock": {"offset": "1m"}}
    source = {"name": "placetopay-clock-skew", "path": str(file), "data": data}[kind]
    with control.scenario(source, ttl="5m") as scenario:
        wanted = {"name": "placetopay-clock-skew", "path": "busy", "data": "mine"}[kind]
        assert scenario.name == scenario.show()["scenario"] == wanted


def test_wrong_scenarios(control):
    with pytest.raises(ConfigurationError, match="did you mean 'placetopay-clock-skew'"):
        control.scenario("placetopay-clock-scew").load()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        control.scenario("nowhere.yaml").load()
    with pytest.raises(ControlError) as wrong:
        control.scenario("scenario: x\nrules: 5\n").load()
    assert wrong.value.findings[0]["line"] == 1
    with control.scenario(SCENARIO) as scenario, pytest.raises(ControlError, match="no signal"):
        scenario.signal("x")


def test_a_scenario_that_was_replaced_stays(control):
    with control.scenario(SCENARIO), control.scenario("placetopay-clock-skew") as other:
        pass
    assert other.show()["scenario"] is None
    other.load()
    with control.scenario(SCENARIO):
        other.load()
    assert other.show()["scenario"] == "placetopay-clock-skew"


def test_the_error_of_the_block_is_not_hidden():
    """Where the emulator is gone too."""
    world = World("Control", Provider(httpx2.Response(200, json={"scenario": "x"})), is_async=False)
    with pytest.raises(ZeroDivisionError), world.client.scenario(SCENARIO):  # noqa: PT012
        world.client.close()
        raise ZeroDivisionError


def test_webhooks(control):
    """Sent by a trigger, listed, waited for; verified by the client of the merchant."""
    sent = control.trigger("tesabiz", "qrPagado", {"url": "http://127.0.0.1:9/x"}, copies=2)
    assert (sent["provider"], sent["acknowledged"]) == ("tesabiz", False)
    found = control.webhooks.wait(provider="tesabiz", seconds=5)
    assert found[0]["event"] == "qrPagado"
    assert found[0]["attempts"]
    number = found[0]["number"]
    assert control.webhooks.get(number)["content"] == found[0]["content"]
    again = control.webhooks.resend(number)
    assert len(again["attempts"]) > len(found[0]["attempts"])
    assert control.webhooks.list(acknowledged=True) == []
    assert control.webhooks.list(provider="goat") == []
    assert control.webhooks.wait(since=99, seconds=0.15) == []
    with pytest.raises(ControlError, match="no webhook 99"):
        control.webhooks.get(99)
    with pytest.raises(ControlError, match="no event"):
        control.trigger("tesabiz", "qrPagdo")


def test_namespaces(control, url):
    """One exists from its first use, until it is removed."""

    def names():
        return [each["name"] for each in others.namespaces.list()]

    control.clock.freeze()
    with Control(url) as others:
        assert control.namespace in names()
        others.namespaces.remove(control.namespace)
        assert control.namespace not in names()
        with pytest.raises(ControlError, match="there is no namespace 'nowhere'"):
            others.namespaces.remove("nowhere")


def test_reset(control):
    control.clock.freeze()
    assert control.reset()["status"] == "ok"
    assert control.clock.show()["frozen"] is False


def test_remote_clock(control):
    control.clock.freeze("2026-03-01T12:00:00Z")
    clock = RemoteClock(f"{control.base_url}/_ns/{control.namespace}")
    assert clock() == control.clock.time()
    clock.close()


def test_asynchronous():
    """The same operations, awaited, with an emulator in this process."""
    transport = httpx2.ASGITransport(Emulator().app)

    async def play():
        async with AsyncControl("http://localhost", transport=transport) as control:
            await control.clock.freeze("2026-03-01T12:00:00Z")
            site = await control.credentials.of("placetopay")
            now = await control.clock.time()
            options = {"transport": transport, "clock": lambda: now}
            async with AsyncPlacetopay.from_credentials(site, **options) as shop:
                async with control.scenario(SCENARIO) as scenario:
                    made = await shop.create_session("A-1", 100, return_url=BACK)
                    assert (await scenario.show())["scenario"] == "busy"
                await control.trigger("placetopay", "pay", {"requestId": made["requestId"]})
                assert (await shop.wait_until_final(made["requestId"]))["payment"]
            assert (await control.requests.wait(endpoint="session.create", seconds=1))[0]["number"]
            assert (await scenario.show())["scenario"] is None
            assert (await control.webhooks.list())[0]["provider"] == "placetopay"
            assert (await control.reset(all=True))["status"] == "ok"

    asyncio.run(play())


def test_admin_token():
    """It goes with every call; a wrong one is an error with the emulator's hint."""
    provider = Provider(httpx2.Response(401, json={"error": "no admin token", "hint": "Send it"}))
    world = World("Control", provider, is_async=False, admin_token="t0ken")
    with pytest.raises(ControlError, match=r"no admin token\. Send it") as refused:
        world.call("requests.list")
    assert (refused.value.hint, refused.value.status) == ("Send it", 401)
    assert provider.requests[0].headers["authorization"] == "Bearer t0ken"
    assert "t0ken" not in str(refused.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status": 5}', b""])
def test_what_is_no_emulator(body):
    provider = Provider(httpx2.Response(200, content=body))
    with pytest.raises(UnreadableAnswerError):
        World("Control", provider, is_async=False).call("health")


def test_no_server():
    with Control("http://127.0.0.1:9") as control, pytest.raises(TransportError) as nobody:
        control.ready()
    assert nobody.value.sent is False


class TestPagsmileWebhook:
    """Its signature is in a header and covers the body."""

    KEY = "app-key"

    def signed(self, body):
        from emulator.schemes import sorted_digest

        return {"Authorization": sorted_digest.signature(sorted_digest.parse(body), self.KEY)}

    BODY = b'{"payoutId":"TS1","custom_code":"c","status":"PAID","msg":"success","timestamp":1}'

    def client(self):
        return Pagsmile("https://real.test", app_id="a", app_key=self.KEY)

    @pytest.mark.parametrize("form", [bytes, bytes.decode])
    def test_true(self, form):
        found = self.client().verify_webhook(form(self.BODY), self.signed(self.BODY))
        assert (found["payoutId"], found["status"]) == ("TS1", "PAID")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (BODY.replace(b"PAID", b"REJECTED"), "pagsmile-client.wrong-signature"),
            (BODY.replace(b'"timestamp":1', b'"timestamp":1.0'), "pagsmile-client.wrong-signature"),
            (b'{"payoutId":"TS1","status":{}}', "pagsmile-client.not-a-notification"),
            (b'{"payoutId":"TS1","status":"x","y":[1]}', "sorted-digest"),
            (b"", "pagsmile-client.not-a-notification"),
            (b"\xff", "pagsmile-client.not-a-notification"),
        ],
    )
    def test_forged(self, body, code):
        with pytest.raises(WebhookError) as refused:
            self.client().verify_webhook(body, self.signed(self.BODY))
        assert refused.value.diagnosis.code.startswith(code)
        assert self.KEY not in str(refused.value)

    def test_without_a_signature(self):
        for headers in ({}, {"authorization": ""}, {"authorization": "é"}):
            with pytest.raises(WebhookError):
                self.client().verify_webhook(self.BODY, headers)


def _root(control):
    return f"{control.base_url}/_ns/{control.namespace}"
