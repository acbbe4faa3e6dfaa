"""Tesabiz's and Pagsmile's scenarios, each played by a client that survives it and by naive ones.

The file's own expectations hold for the first and catch the others. A request that is wrong is
refused for its own reason, and no rule fires on it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from playing import START, Play, load_into, played, refused, tried

from emulator.client import ClientError, ClientTimeoutError, TransportError, WebhookError
from emulator.client.tesabiz import acknowledge, verify_webhook
from emulator.core.errors import SchemeError
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.provider import Delivery
from emulator.providers.tesabiz.signing import sample
from emulator.schemes import jws, sorted_digest
from emulator.schemes.encoding import from_base64url


def missed(report: dict[str, Any]) -> list[str]:
    """Return which expectations failed, as a verification tells it."""
    assert report["expectations"]
    return [item["that"] for item in report["expectations"] if not item["passed"]]


async def verified(play: Play) -> list[str]:
    """Verify the scenario's own expectations; return those that failed."""
    assert not any(exchange.bug for exchange in play.exchanges)
    url = f"http://localhost/_ns/{play.namespace.name}/_emulator/requests/verify"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(play.emulator.app)) as http:
        answer = await http.post(url)
    assert answer.status_code == 200, answer.text
    return missed(answer.json())


def verified_at(server: Server, play: Play) -> list[str]:
    """Do the same over the wire."""
    assert not any(exchange.bug for exchange in play.exchanges)
    url = f"{server.url}/_ns/{play.namespace.name}/_emulator/requests/verify"
    return missed(httpx2.post(url).json())


def signal(play: Play, name: str) -> None:
    """What an operator does."""
    assert play.namespace.scenario is not None
    assert play.namespace.scenario.signal(name)


Answer = Callable[[Delivery], Awaitable[tuple[int, bytes]]]


class Shop:
    """A merchant's endpoint in this process, which answers webhooks as told."""

    url = "http://localhost/webhooks"  # loopback: Pagsmile's webhooks go there without a trigger

    def __init__(self, play: Play, answer: Answer) -> None:
        self._play = play
        self._answer = answer
        play.namespace.outbox._send = self._send

    async def _send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        assert url == self.url
        return await self._answer(delivery)

    async def closes(self) -> None:
        """Let the time go by until no webhook is under way."""
        for _ in range(20_000):
            if not self._play.namespace.outbox.waiting:
                return
            self._play.wall += 30
            self._play.namespace.outbox.wake()
            await asyncio.sleep(0)
        raise AssertionError("it never ended")


class Books:
    """What was paid, and how often it was booked."""

    def __init__(self) -> None:
        self.booked: list[str] = []
        self.known: set[str] = set()

    async def once(self, payment: str) -> None:
        """Claim the payment before anything is awaited, then book it."""
        if payment not in self.known:
            self.known.add(payment)
            await self.again(payment)

    async def hasty(self, payment: str) -> None:
        """Look, wait, book: the copy that came meanwhile looked too."""
        if payment not in self.booked:
            await self.again(payment)

    async def again(self, payment: str) -> None:
        await asyncio.sleep(0)
        self.booked.append(payment)


# Tesabiz


async def qr(client: Any, id_trans: str = "T-1") -> str:
    made = await client.generate_qr(id_trans, 1_700, glosa="Zapatos", cuenta_abono="CUENTA1_BOB")
    return made["idQr"]


def rogue_key(play: Play) -> str:
    return play.emulator.key_files("tesabiz").text("rogue.key.pem")


def certificate(play: Play, name: str) -> str:
    return play.emulator.key_files("tesabiz").text(f"{name}.crt.pem")


def proven(error: ClientError, certificates: list[str]) -> str | None:
    """Return the QR of an answer that one of the certificates proves."""
    for each in certificates:
        with suppress(SchemeError):
            token = error.answer.json()["payload"]
            return jws.read_payload(jws.verify(token, jws.load_certificate_key(each)))["idQr"]
    return None


def decoded(error: ClientError, certificates: list[str]) -> str | None:
    """Return the QR of an answer, whoever wrote it."""
    payload = error.answer.json()["payload"].split(".")[1]
    return from_base64url(payload).decode("utf-8", "replace")


class TestTesabizKeyRotation:
    name = "tesabiz-key-rotation"
    called = "the operator was called and installed the new certificate"
    proof = "no forged answer was believed; the QR was ordered until one could be proven"

    async def shop(self, play: Play, read: Callable[..., str | None]) -> int:
        """Make six QR codes; return how many orders it took."""
        client, trusted, orders = play.client("tesabiz"), list[str](), 0
        for number in range(6):
            shown = None
            while not shown:
                orders += 1
                assert orders < 20
                shown = await tried(qr(client, f"T-{number}-{orders}"))
                if isinstance(shown, ClientError):
                    assert "cannot be trusted" in str(shown)
                    shown = read(shown, trusted)
                    if not shown and not trusted:
                        signal(play, "new-cert-installed")
                        trusted.append(certificate(play, "next"))
        play.check()
        return orders

    @played
    async def test_who_trusts_a_set_of_certificates_meets_all(self):
        play = Play(self.name)
        assert await self.shop(play, proven) == 6 + 1 + 3
        assert await verified(play) == []
        assert play.rules["forgeries"][1] >= 5

    @played
    async def test_what_was_forged_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        old = play.client("tesabiz")
        await qr(old, "T-1")
        await qr(old, "T-2")
        signal(play, "new-cert-installed")
        client = play.client("tesabiz", provider_certificate=certificate(play, "next"))
        seen: list[str] = []
        for number in range(3, 8):
            error = await tried(qr(client, f"T-{number}"))
            if isinstance(error, ClientError):
                assert isinstance(error.__cause__, SchemeError)
                seen.append(error.__cause__.diagnosis.code)
        assert seen == ["jws.signature", "jws.signature", "jws.alg"]
        assert await verified(play) == []

    @played
    async def test_who_decodes_without_verifying_calls_nobody(self):
        play = Play(self.name)
        await self.shop(play, decoded)
        assert await verified(play) == [self.called, self.proof]

    @played
    async def test_who_believes_anything_after_the_exchange(self):
        """The new certificate is installed, and with it verification was switched off."""
        play = Play(self.name)
        client = play.client("tesabiz")
        for number in range(2):
            await qr(client, f"T-{number}")
        with pytest.raises(ClientError):
            await qr(client, "T-2")
        signal(play, "new-cert-installed")
        for number in range(3, 6):
            shown = await tried(qr(client, f"T-{number}"))
            assert decoded(shown, []) if isinstance(shown, ClientError) else shown
        assert await verified(play) == [self.proof]


class TestTesabizPaymentCallbacks:
    name = "tesabiz-payment-callbacks"
    acknowledged = "every true webhook was acknowledged in the end"
    copies = "copies were acknowledged too, and the forged webhook was not"

    def shop(self, play: Play, how: str, books: Books) -> Shop:
        """Have signed webhooks sent to a merchant who verifies, acknowledges and books so."""
        merchant = play.namespace.credentials("tesabiz")[0]
        address = {"notify_url": Shop.url, "notify_mode": "jws"}
        play.namespace.register("tesabiz", {**merchant, **address})
        trusted, key = certificate(play, "provider"), merchant["private_key"]

        async def answer(delivery: Delivery) -> tuple[int, bytes]:
            try:
                paid = verify_webhook(delivery.body, provider_certificate=trusted)
            except WebhookError:
                if how != "unverified":
                    return 200, acknowledge(key, cod_return="1", txt_return="FIRMA INVALIDA")
                segment = json.loads(delivery.body)["payload"].split(".")[1]
                paid = json.loads(from_base64url(segment))["qrPagado"]
            payment = f"{paid['idTrans']} {paid['pago']['idTxPagoEif']}"
            if how == "copies-are-errors" and payment in books.known:
                return 200, acknowledge(key, cod_return="1", txt_return="YA PROCESADO")
            await (books.hasty if how == "hasty" else books.once)(payment)
            return 200, acknowledge(key)

        return Shop(play, answer)

    async def day(self, play: Play, how: str) -> Books:
        """Sell eight times, each paid at once by a payer who reads the QR."""
        books = Books()
        shop = self.shop(play, how, books)
        client, provider = play.client("tesabiz"), play.emulator.providers["tesabiz"]
        context = play.namespace.contexts["tesabiz"]
        for number in range(8):
            await qr(client, f"T-{number}")
            for endpoint in ("readQr", "payQr"):
                asked = sample(endpoint, context)  # about the newest QR
                request = provider.sign(endpoint, asked, context, "").request
                exchange = await play.emulator.serve(play.namespace, provider, request)
                assert exchange.verdict == "accepted"
        await shop.closes()
        return books

    @played
    async def test_who_verifies_and_books_once(self, waits: list[float]):
        play = Play(self.name)
        books = await self.day(play, "careful")
        assert sorted(books.booked) == sorted(set(books.booked))
        assert len(books.booked) == 7  # the eighth was told by a stranger only
        assert [each[:3] for each in books.booked[:2]] != ["T-0", "T-1"]  # the first came late
        assert waits == [0.04, 0.04]
        assert await verified(play) == []
        first, *_, last = play.namespace.outbox.records()
        assert first["attempts"][0]["diagnosis"]["code"] == "webhook.dropped"
        assert not last["acknowledged"]

    @pytest.mark.parametrize(
        ("how", "that"),
        [("unverified", [copies]), ("copies-are-errors", [copies])],
        ids=["unverified", "copies-are-errors"],
    )
    @played
    async def test_who_acknowledges_wrongly(self, how: str, that: list[str], waits: list[float]):
        play = Play(self.name)
        await self.day(play, how)
        assert await verified(play) == that

    @played
    async def test_who_looks_before_booking_and_waits_between(self, waits: list[float]):
        """Booked three times, and the provider cannot know: as the description says."""
        play = Play(self.name)
        books = await self.day(play, "hasty")
        assert len(books.booked) == 7 + 2
        assert await verified(play) == []

    @played
    async def test_who_answers_nothing(self, waits: list[float]):
        play = Play(self.name)

        async def silent(self: Any, url: str, delivery: Delivery) -> tuple[int, bytes]:
            return 200, b""

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shop, "_send", silent)
            await self.day(play, "careful")
        assert await verified(play) == [self.acknowledged, self.copies]


class TestTesabizCertificateExpired:
    name = "tesabiz-certificate-expired"
    called = "the operator was called and registered a new certificate"
    hammers = "no client repeats what a repetition cannot put right"
    made = "a QR was made with the new key"

    def new_key(self, play: Play) -> str:
        return play.emulator.key_files("tesabiz").text("merchant-next.key.pem")

    @played
    async def test_who_calls_the_operator(self):
        play = Play(self.name)
        client = play.client("tesabiz")
        with pytest.raises(ClientError) as caught:
            await qr(client, "T-1")
        assert caught.value.status == 200
        assert caught.value.answer.json() == {
            "codReturn": "5",
            "txtReturn": "CERTIFICADO NO VIGENTE",
            "payload": None,
        }
        signal(play, "certificate-renewed")
        client = play.client("tesabiz", private_key=self.new_key(play))
        id_qr = await qr(client, "T-1")
        assert (await client.details(id_qr))["idQr"] == id_qr
        assert play.verdicts(fired=True) == ["injected", "accepted", "accepted"]
        assert await verified(play) == []
        play.check()

    @played
    async def test_who_repeats(self):
        play = Play(self.name)
        client = play.client("tesabiz")
        for _ in range(10):
            with suppress(ClientError):
                await qr(client, "T-1")
        assert await verified(play) == [self.called, self.hammers, self.made]

    @played
    async def test_who_keeps_the_old_key(self):
        play = Play(self.name)
        client = play.client("tesabiz")
        for _ in range(2):
            with pytest.raises(ClientError):
                await qr(client, "T-1")
            with suppress(AssertionError):
                signal(play, "certificate-renewed")
        last = play.exchanges[-1]
        assert last.diagnosis is not None
        assert last.diagnosis.code == "jws.signature"
        assert await verified(play) == [self.made]

    @played
    async def test_a_stranger_is_refused_for_his_own_reason(self):
        """Before and after; and he uses no rule up as long as the certificate has expired."""
        play = Play(self.name)
        rogue = play.emulator.key_files("tesabiz").text("merchant-rogue.key.pem")
        client = play.client("tesabiz", private_key=rogue)
        for _ in range(2):
            with pytest.raises(ClientError) as caught:
                await qr(client, "T-1")
            assert caught.value.diagnosis is not None
            assert caught.value.diagnosis.code == "jws.signature"
            assert play.rules["expired"] == (0, 0)
            with suppress(AssertionError):
                signal(play, "certificate-renewed")


class Impatient(httpx2.AsyncBaseTransport):
    """Gives up where an answer would have come later than so many seconds."""

    def __init__(self, inner: Any, waits: list[float], patience: float) -> None:
        self._inner = inner
        self._waits = waits
        self._patience = patience

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        before = sum(self._waits)
        response = await self._inner.handle_async_request(request)
        if sum(self._waits) - before > self._patience:
            raise httpx2.ReadTimeout("too late", request=request)
        return response


class TestTesabizSlowAndDown:
    name = "tesabiz-slow-and-down"
    again = "a QR whose answer came too late was asked for again under its idTrans"
    alone = "services that are down are left alone for a while"
    back = "after the outage somebody came back"

    async def order(
        self, play: Play, waits: list[float], *, pause: str = "20s", fresh: bool = False
    ) -> bool:
        """Order one QR, up to fifteen times; tell whether there is one in the end."""
        transport = Impatient(play.recorder, waits, 2.0)
        client = play.client("tesabiz", transport=transport)
        for attempt in range(15):
            try:
                await qr(client, f"T-{attempt}" if fresh else "T-1")
            except ClientTimeoutError:
                pass
            except ClientError as error:
                if error.status == 200:
                    return error.answer.json()["codReturn"] == "30"
            else:
                return True
            if pause:
                play.advance(pause)
        return False

    @played
    async def test_who_keeps_the_id_trans(self, waits: list[float]):
        play = Play(self.name)
        assert await self.order(play, waits)
        assert waits == 3 * [3.0]
        assert play.verdicts(fired=True).count("accepted") == 1  # one QR, although asked for often
        assert await verified(play) == []
        play.check()

    @played
    async def test_who_takes_a_new_one_each_time(self, waits: list[float]):
        play = Play(self.name)
        assert await self.order(play, waits, fresh=True)
        made = [each for each in play.exchanges if each.verdict == "accepted"]
        assert len(made) == 4  # three of them payable, and shown to nobody
        assert await verified(play) == [self.again]

    @played
    async def test_who_hammers(self, waits: list[float]):
        play = Play(self.name)
        play.advance("61s")
        assert not await self.order(play, waits, pause="")
        assert await verified(play) == [self.again, self.alone, self.back]

    @played
    async def test_the_same_idtrans_through_the_whole_evening(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("tesabiz")
        await qr(client, "T-1")
        assert waits == [3.0]
        error = await refused(qr(client, "T-1"))  # as if the first answer had come too late
        assert error.answer.json()["codReturn"] == "30"
        play.advance("61s")
        assert [(await refused(qr(client, "T-2"))).status for _ in range(3)] == 3 * [503]
        play.advance("60s")
        assert (await refused(qr(client, "T-2"))).status == 500
        await qr(client, "T-2")
        await qr(client, "T-3")
        assert waits == [3.0, 3.0]
        assert play.rules == {"slow": (2, 2), "down": (3, 3), "stumbles-on-return": (3, 1)}
        assert play.verdicts(fired=True) == ["accepted", "refused", *4 * ["injected"]]
        play.check()

    @played
    async def test_a_foreign_signature_is_refused_for_its_own_reason(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("tesabiz", private_key=rogue_key(play))
        for _ in range(3):
            error = await refused(qr(client))
            assert error.diagnosis is not None
            assert error.diagnosis.code == "jws.signature"
            play.advance("61s")
        assert waits == []
        assert set(play.rules.values()) == {(0, 0)}


class TestTesabizUnauthorized:
    name = "tesabiz-unauthorized"
    met = "HTML in place of JSON stopped no client; all three refusals were met"
    ordered = "a refusal with HTTP 200 was not taken for a QR; it was ordered until it was made"

    @pytest.mark.slow
    @played
    async def test_who_goes_by_the_status(self):
        play = Play(self.name)
        client, shown = play.client("tesabiz"), False
        while not shown:
            try:
                await qr(client, "T-1")
            except ClientError as error:
                shown = error.status == 200
        assert await verified(play) == [self.ordered]

    @played
    async def test_who_cannot_read_html(self):
        play = Play(self.name)
        client = play.client("tesabiz")
        with pytest.raises(ValueError, match=r"JSON|value"):  # noqa: PT012 - whichever attempt
            for _ in range(4):
                try:
                    await qr(client, "T-1")
                except ClientError as error:
                    json.loads(error.answer.body)
        assert await verified(play) == [self.met, self.ordered]

    @pytest.mark.parametrize("secure", [True, False], ids=["jws", "plain"])
    @played
    async def test_three_refusals_then_health(self, secure: bool):
        play = Play(self.name)
        client = play.client("tesabiz", secure=secure)
        errors = [await refused(qr(client)) for _ in range(3)]
        assert [error.status for error in errors] == [401, 403, 200]
        assert errors[1].answer.headers["content-type"].startswith("text/html")
        last = errors[2].answer.json()
        assert (last if secure else last["header"])["codReturn"] == "4"
        id_qr = await qr(client)  # the same idTrans: nothing was made before
        assert (await client.details(id_qr))["idQr"] == id_qr
        assert play.rules == {"closed": (5, 3)}
        assert play.verdicts(fired=True) == 3 * ["injected"]
        assert await verified(play) == []
        play.check()

    @played
    async def test_a_foreign_signature_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        error = await refused(qr(play.client("tesabiz", private_key=rogue_key(play))))
        assert error.status == 200
        assert error.answer.json()["codReturn"] == "4"
        assert error.diagnosis is not None
        assert error.diagnosis.code == "jws.signature"
        assert play.rules == {"closed": (0, 0)}
        play.check()


# Pagsmile

PAYOUT = {
    "name": "Test User Name",
    "phone": "5511987654321",
    "email": "user@example.com",
    "account": "50284414727",
    "account_type": "CPF",
    "document_id": "50284414727",
    "document_type": "CPF",
    "method": "PIX",
    "fee_bear": "merchant",
    "amount": "10.00",
    "source_currency": "USD",
    "arrival_currency": "BRL",
    "notify_url": Shop.url,
    "additional_remark": "shoes",
    "country": "BRA",
}


def pay(client: Any, custom_code: str, **other: str) -> Any:
    """Send a payout; to be awaited where the client is asynchronous."""
    return client.create_payout(custom_code=custom_code, **{**PAYOUT, **other})


async def send(client: Any, custom_code: str = "P-1") -> dict[str, Any]:
    """Send a payout whose webhooks go to a shop that is not there."""
    return await pay(client, custom_code, notify_url="https://shop.example/notify")


def next_key(play: Play) -> str:
    provider, record = (
        play.emulator.providers["pagsmile"],
        play.namespace.credentials("pagsmile")[0],
    )
    return provider.credentials.rekeyed(record, "next", play.emulator.key_files("pagsmile"))[
        "app_key"
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One on real sockets, where time stands still and nobody waits."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    with Server(Emulator(wall=lambda: START, sleep=sleep)) as running:
        yield running


def found(client: Any, custom_code: str) -> bool:
    """Ask what became of a payout until it is told; tell whether there is one."""
    for _ in range(10):
        try:
            client.payout_status(custom_code=custom_code)
        except TransportError:
            continue  # no answer, or none that can be read
        except ClientError as error:
            if error.answer.json()["code"] == 4001021:
                return False
            raise
        return True
    raise AssertionError("no answer came")


def pay_surely(client: Any, custom_code: str) -> None:
    """Send a payout; where no answer comes, look first."""
    for _ in range(5):
        try:
            pay(client, custom_code)
        except TransportError:
            if not found(client, custom_code):
                continue
        return
    raise AssertionError(f"{custom_code} was not paid")


def pay_hastily(client: Any, custom_code: str) -> int:
    """Send a payout again under a new custom_code until an answer comes; return how often."""
    for attempt in range(10):
        try:
            pay(client, f"{custom_code}-{attempt}")
        except ClientError:
            continue
        return attempt + 1
    raise AssertionError(f"{custom_code} was not paid")


class TestPagsmileDegradingEvening:
    name = "pagsmile-degrading-evening"
    looked_up = "a payout without an answer was looked up before anything was sent again"
    acknowledged = "webhooks were acknowledged, doubled and late as they were"

    def receive(self, play: Play, *, fresh_only: bool = False) -> list[tuple[int, str]]:
        """Have webhooks sent to a merchant who verifies them; return how each was answered.

        A payout is told of when it ends, so the first may come before the key is rolled.
        """
        keys = (next_key(play), play.keys("pagsmile")["app_key"])
        answers: list[tuple[int, str]] = []

        async def answer(delivery: Delivery) -> tuple[int, bytes]:
            signature = dict(delivery.headers)["authorization"]
            told = sorted_digest.parse(delivery.body)
            assert signature in [sorted_digest.signature(told, key) for key in keys]
            late = abs(play.now() - int(str(told["timestamp"]))) > 300
            said = b"too old" if fresh_only and late else b"success"
            answers.append((400 if said != b"success" else 200, str(told["custom_code"])))
            return answers[-1][0], said

        Shop(play, answer)
        return answers

    def told(self, server: Server, play: Play, *codes: str) -> None:
        """Ask until each payout has its two deliveries; each question lets the server go on."""
        for _ in range(2_000):
            url = f"{server.url}/_ns/{play.namespace.name}/_emulator/webhooks"
            webhooks = httpx2.get(url).json()["webhooks"]
            made = {each["content"]["custom_code"]: len(each["attempts"]) for each in webhooks}
            if all(made.get(code, 0) >= 2 for code in codes):
                return
        raise AssertionError("no webhook came")

    def evening(self, server: Server, play: Play) -> Any:
        """Come as far as the outage, with a payout in it that was not answered."""
        with play.blocking("pagsmile", server.url) as client:
            pay(client, "P-1")
            play.advance("70s")
            pay(client, "P-2")
            play.advance("2m")
            with pytest.raises(TransportError):
                pay(client, "P-3", amount="1500.00")
            with pytest.raises(TransportError):
                client.payout_status(custom_code="P-3")
            play.advance("31s")
            with pytest.raises(ClientError) as caught:
                client.payout_status(custom_code="P-3")
        assert caught.value.status == 401
        assert caught.value.diagnosis is not None
        assert caught.value.diagnosis.code == "sorted-digest.mismatch"
        return play.blocking("pagsmile", server.url, app_key=next_key(play))

    def test_who_looks_it_up(self, server: Server, monkeypatch: pytest.MonkeyPatch):
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        monkeypatch.setattr(server.emulator, "sleep", sleep)
        play = load_into(server, self.name, "evening-1")
        answers = self.receive(play)
        with self.evening(server, play) as client:
            assert found(client, "P-3")
            pay(client, "P-4")
        self.told(server, play, "P-3")
        assert [each for each in answers if each[1] == "P-3"] == 2 * [(200, "P-3")]
        assert 0.4 <= waits[0] < 1.5
        assert waits.count(0.05) > 3  # drops
        assert waits.count(65.0) == 1
        assert 1.0 in waits  # between the copies
        assert verified_at(server, play) == []

    def test_who_pays_again(self, server: Server):
        play = load_into(server, self.name, "evening-2")
        self.receive(play)
        with play.blocking("pagsmile", server.url) as client:
            play.advance("3m5s")
            with pytest.raises(TransportError):
                pay(client, "P-3", amount="1500.00")
            with pytest.raises(TransportError):
                pay(client, "P-3-again", amount="1500.00")
        play.advance("30s")
        with play.blocking("pagsmile", server.url, app_key=next_key(play)) as client:
            pay(client, "P-3-once-more", amount="1500.00")
            assert client.payout_status(custom_code="P-3-again")  # paid three times
            assert client.payout_status(custom_code="P-3")
        self.told(server, play, "P-3", "P-3-again")
        assert verified_at(server, play) == [self.looked_up]

    def test_who_refuses_what_is_late(self, server: Server):
        play = load_into(server, self.name, "evening-3")
        answers = self.receive(play, fresh_only=True)
        with self.evening(server, play) as client:
            assert found(client, "P-3")
        self.told(server, play, "P-3")
        assert [each for each in answers if each[1] == "P-3"] == 2 * [(400, "P-3")]
        assert verified_at(server, play) == [self.acknowledged]

    def test_each_app_has_an_evening_of_its_own(self, server: Server):
        play = load_into(server, self.name, "evening-4")
        second = {"app_id": "SECOND", "app_key": "its-own-key"}
        play.namespace.register("pagsmile", second)
        play.advance("3m5s")
        for other in ({}, second):
            with play.blocking("pagsmile", server.url, **other) as client:
                for number in range(2):
                    with pytest.raises(TransportError):
                        pay(client, f"P-{number}", amount="1500.00")
        assert [each.outcome for each in play.exchanges] == 2 * ["hang", "truncate"]
        assert play.rules["accepts-then-hangs"] == (4, 2)

    @played
    async def test_what_is_slow_is_made(self, waits: list[float]):
        """The outage in the middle needs real sockets: it is played in the stories."""
        play = Play(self.name)
        client = play.client("pagsmile")
        await send(client, "P-0")
        assert waits == []
        play.advance("61s")
        for number in range(1, 6):
            await send(client, f"P-{number}")
        late = [wait for wait in waits if wait != 0.05]  # the others are between the drops
        assert len(late) == 5
        assert all(0.4 <= wait < 1.5 for wait in late)
        assert play.tally == {"payout.create 200": 6}
        assert play.rules["slow-body"] == (5, 5)
        play.check()

    @pytest.mark.slow
    @played
    async def test_the_new_key_alone_opens_in_the_end(self, waits: list[float]):
        play = Play(self.name)
        provider, record = play.emulator.providers["pagsmile"], play.keys("pagsmile")
        play.advance("3m31s")
        error = await refused(send(play.client("pagsmile")))
        assert error.status == 401
        assert error.diagnosis is not None
        assert error.diagnosis.code == "sorted-digest.mismatch"
        key = provider.credentials.rekeyed(record, "next", play.emulator.key_files("pagsmile"))[
            "app_key"
        ]
        await send(play.client("pagsmile", app_key=key))
        for name in ("previous", "rogue"):
            key = provider.credentials.rekeyed(record, name, play.emulator.key_files("pagsmile"))[
                "app_key"
            ]
            assert (await refused(send(play.client("pagsmile", app_key=key)))).status == 401
        play.check()

    @played
    async def test_it_leaves_by_itself(self, waits: list[float]):
        play = Play(self.name)
        engine = play.namespace.scenario
        assert engine is not None
        assert engine.running
        engine._elapsed = lambda: engine._deadline
        play.advance("2m30s")
        await send(play.client("pagsmile"), "P-1")
        await send(play.client("pagsmile"), "P-2")
        assert not engine.running
        assert waits == []

    @pytest.mark.slow
    @played
    async def test_a_wrong_key_is_refused_for_its_own_reason(self, waits: list[float]):
        play = Play(self.name)
        play.advance("2m30s")
        for _ in range(4):
            error = await refused(send(play.client("pagsmile", app_key="wrong")))
            assert error.status == 401
        assert waits == []
        assert set(play.rules.values()) == {(0, 0)}


class TestPagsmileLostAnswer:
    name = "pagsmile-lost-answer"
    lost = "the payout whose answer was lost was looked up, and not sent again"
    never = "the one that never arrived was looked up, and only then sent again"

    def test_who_looks_it_up(self, server: Server):
        play = load_into(server, self.name, "lost-1")
        with play.blocking("pagsmile", server.url) as client:
            for number in range(4):
                pay_surely(client, f"P-{number}")
        assert [each.outcome for each in play.exchanges] == [
            *("200", "reset", "200"),
            *("200", "empty", "400", "200"),
        ]
        made = play.namespace.contexts["pagsmile"].store.table("payouts").items()
        assert sorted(each["custom_code"] for _, each in made) == ["P-0", "P-1", "P-2", "P-3"]
        assert verified_at(server, play) == []

    def test_who_pays_again(self, server: Server):
        play = load_into(server, self.name, "lost-2")
        with play.blocking("pagsmile", server.url) as client:
            assert [pay_hastily(client, f"P-{number}") for number in range(4)] == [1, 2, 2, 1]
        assert verified_at(server, play) == [self.lost, self.never]

    def test_who_repeats_and_takes_already_existed_for_a_failure(self, server: Server):
        play = load_into(server, self.name, "lost-3")
        with play.blocking("pagsmile", server.url) as client:
            pay(client, "P-1")
            with pytest.raises(TransportError):
                pay(client, "P-2")
            with pytest.raises(ClientError, match="4001020"):
                pay(client, "P-2")
        assert verified_at(server, play) == [self.lost, self.never]

    def test_who_takes_silence_for_success(self, server: Server):
        """Right about the second payout, wrong about the fourth."""
        play = load_into(server, self.name, "lost-4")
        with play.blocking("pagsmile", server.url) as client:
            for number in range(4):
                with suppress(TransportError):
                    pay(client, f"P-{number}")
        assert verified_at(server, play) == [self.lost, self.never]


class TestPagsmileWebhookDoubledAndForged:
    name = "pagsmile-webhook-doubled-and-forged"
    true = "every true webhook was acknowledged, the old one too"
    copies = "both copies were acknowledged, and neither forgery"

    def shop(self, play: Play, how: str, books: Books) -> Shop:
        key = play.keys("pagsmile")["app_key"]

        async def answer(delivery: Delivery) -> tuple[int, bytes]:
            told = json.loads(delivery.body)
            try:
                sorted_digest.verify(delivery.body, dict(delivery.headers)["authorization"], key)
            except SchemeError:
                if how != "unverified":
                    return 401, b"signature"
            if how == "fresh-only" and abs(play.now() - told["timestamp"]) > 300:
                return 400, b"too old"
            if how == "copies-are-errors" and told["custom_code"] in books.known:
                return 409, b"booked already"
            await books.once(told["custom_code"])
            return 200, b"success"

        return Shop(play, answer)

    async def day(self, how: str) -> tuple[Play, Books]:
        """Pay four times, and look until all is paid."""
        play, books = Play(self.name), Books()
        shop = self.shop(play, how, books)
        client = play.client("pagsmile")
        for number in range(4):
            await pay(client, f"P-{number}")
            play.wall += 5
            status = await client.payout_status(custom_code=f"P-{number}")
            assert status["status"] == "PAID"
            for _ in range(50):  # the copies, and what waits while the merchant books
                await asyncio.sleep(0)
        await shop.closes()
        play.check()
        return play, books

    @played
    async def test_who_verifies_and_books_once(self, waits: list[float]):
        play, books = await self.day("careful")
        assert books.booked == ["P-0", "P-2"]
        assert await verified(play) == []
        records = play.namespace.outbox.records()
        assert [len(each["attempts"]) for each in records] == [2, 7, 1, 7]
        assert not any("remark" in each for record in records for each in record["attempts"])

    @pytest.mark.parametrize(
        ("how", "that"),
        [
            ("unverified", [copies]),
            ("copies-are-errors", [copies]),
            ("fresh-only", [true, copies]),
        ],
        ids=["unverified", "copies-are-errors", "fresh-only"],
    )
    @played
    async def test_who_answers_wrongly(self, how: str, that: list[str], waits: list[float]):
        play, _ = await self.day(how)
        assert await verified(play) == that


class TestPagsmileRateLimited:
    name = "pagsmile-rate-limited"
    soon = "no client asked again before Retry-After was over"
    on = "after a 429 payouts went on"

    @played
    async def test_who_waits_as_told(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        for number in range(8):
            while isinstance(error := await tried(pay(client, f"P-{number}")), ClientError):
                assert error.status == 429
                play.advance(f"{error.answer.headers['retry-after']}s")
        assert play.tally == {"payout.create 200": 8, "payout.create 429": 2}
        assert await verified(play) == []
        play.check()

    @played
    async def test_who_repeats_at_once(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        for _ in range(3):
            await pay(client, f"P-{_}")
        for _ in range(5):
            with pytest.raises(ClientError):
                await pay(client, "P-3")
        assert await verified(play) == [self.soon, self.on]

    @played
    async def test_who_drops_it_and_goes_on(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        for number in range(5):
            with suppress(ClientError):
                await pay(client, f"P-{number}")
        play.advance("2s")
        await pay(client, "P-5")
        assert await verified(play) == [self.soon]

    @played
    async def test_the_same_payout_after_waiting(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        told: list[str | None] = []
        for number in range(9):
            while isinstance(answer := await tried(send(client, f"P-{number}")), ClientError):
                assert answer.status == 429
                assert len(told) < 4
                told.append(answer.answer.headers.get("retry-after"))
                play.advance("1s")  # too soon, once
        once = ["payout.create 200"] * 3 + ["payout.create 429"] * 2
        assert play.story == [*once, *once, *once[:3]]
        assert told == ["2", None] * 2
        assert play.rules == {"passes": (9, 9), "limit": (2, 2), "too-soon": (2, 2)}
        refusals = [each for each in play.exchanges if each.verdict == "injected"]
        assert refusals[1].reply is not None
        assert json.loads(refusals[1].reply.body)["code"] == 4004029
        play.check()

    @pytest.mark.slow
    @played
    async def test_a_wrong_key_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        for _ in range(5):
            error = await refused(send(play.client("pagsmile", app_key="wrong")))
            assert error.status == 401
        assert set(play.rules.values()) == {(0, 0)}


class TestPagsmileSignatureRefused:
    name = "pagsmile-signature-refused"
    called = "an operator was called each time, and put it right"
    hammered = "a refused key was not tried again and again"
    out = "the payout went out in the end"
    met = (
        hammered,
        "a refused address was not tried again and again",
        "a closed gateway was not tried again and again",
    )

    @played
    async def test_who_repeats_at_once(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        for number in range(5):
            with pytest.raises(ClientError):
                await pay(client, f"P-{number}")
        assert await verified(play) == [self.called, *self.met, self.out]

    @played
    async def test_the_same_payout_goes_through_in_the_end(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        before = await client.balance()
        errors: list[ClientError] = []
        for _ in range(3):
            errors.append(await refused(send(client)))
            assert play.namespace.scenario is not None
            assert play.namespace.scenario.signal("put-right")
        assert [error.status for error in errors] == [401, 401, 403]
        codes = [error.answer.json()["code"] for error in errors]
        assert codes[:2] == [4004003, 4004103]
        assert await client.balance() == before
        assert (await send(client))["custom_code"] == "P-1"
        assert await client.balance() != before
        assert set(play.rules.values()) == {(1, 1)}
        assert play.verdicts(fired=True) == 3 * ["injected"]
        assert await verified(play) == []
        play.check()

    @played
    async def test_a_wrong_key_gets_its_own_401(self):
        play = Play(self.name)
        error = await refused(send(play.client("pagsmile", app_key="wrong")))
        assert error.answer.json()["code"] == 4004003
        assert error.diagnosis is not None
        assert error.diagnosis.code == "sorted-digest.mismatch"
        assert set(play.rules.values()) == {(0, 0)}
        play.check()


class TestPagsmileHalfAnAnswer:
    name = "pagsmile-half-an-answer"
    nothing = "nothing was sent while it was unknown what became of a payout"
    asked = "the status was asked for until it could be read"
    balance = "a balance that could not be read was asked for again, and not taken for nothing"

    def test_who_takes_it_for_no_answer(self, server: Server):
        play = load_into(server, self.name, "half-1")
        with play.blocking("pagsmile", server.url) as client:
            with pytest.raises(TransportError):
                client.balance()
            assert client.balance()
            pay(client, "P-1")
            assert found(client, "P-1")
            pay(client, "P-2")
        assert [each.outcome for each in play.exchanges if each.endpoint == "payout.status"] == [
            "truncate",
            "malformed-chunk",
            "garbage",
            "200",
        ]
        assert verified_at(server, play) == []

    def test_who_takes_it_for_a_failed_payout(self, server: Server):
        play = load_into(server, self.name, "half-2")
        with play.blocking("pagsmile", server.url) as client:
            for number in range(2):
                pay(client, f"P-{number}")
                with pytest.raises(TransportError):
                    client.payout_status(custom_code=f"P-{number}")
        assert verified_at(server, play) == [self.nothing, self.asked, self.balance]

    def test_who_takes_an_unreadable_balance_for_none(self, server: Server):
        play = load_into(server, self.name, "half-3")
        with play.blocking("pagsmile", server.url) as client:
            pay(client, "P-1")
            assert found(client, "P-1")
            with pytest.raises(TransportError):
                client.balance()
        assert verified_at(server, play) == [self.balance]
