"""The stories about Placetopay, and about any provider, each played twice.

Once by a careful client, after which all that the file expects holds; once by a careless one that
makes a usual mistake, and is told which. Nobody waits: the emulator's pauses are only noted, and
a client's patience is measured against what was noted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

import httpx2
import pytest
from playing import START, Play, date_of, played, refused, tried

from emulator.client import ClientError, TransportError, UncertainSaleError
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.provider import Delivery
from emulator.scenario.when import chance

BACK = "https://shop.example/back"
NOTIFY = "https://shop.test/notify"
Lost = (TransportError, UncertainSaleError)
"""An answer that did not come, or not whole: nobody knows what was done."""


def broken(answer: httpx2.Response, play: Play) -> set[str]:
    """Return the expectations that were not met; fail on a bug of the emulator's."""
    assert answer.status_code == 200, answer.text
    assert not any(exchange.bug for exchange in play.exchanges)
    return {each["that"] for each in answer.json()["expectations"] if not each["passed"]}


def that(play: Play, words: str) -> str:
    """Return the one expectation of the file that says these words."""
    assert play.namespace.scenario is not None
    [found] = [e.that for e in play.namespace.scenario.scenario.expect or () if words in e.that]
    return found


async def control(play: Play, path: str, **members: Any) -> httpx2.Response:
    """Post to the control API in this process."""
    url = f"http://localhost/_ns/{play.namespace.name}/_emulator/{path}"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(play.emulator.app)) as client:
        return await client.post(url, **members)


async def unmet(play: Play) -> set[str]:
    return broken(await control(play, "requests/verify"), play)


async def session(client: Any, number: int = 1) -> dict[str, Any]:
    return await client.create_session(f"A-{number}", 12_000, return_url=BACK)


async def create(client: Any, reference: str) -> int:
    answer = await client.create_session(reference, 12_000, return_url=BACK)
    return answer["requestId"]


def code_of(error: ClientError) -> str:
    """Return the number that Placetopay's refusal ends with, such as 103."""
    return error.answer.json()["status"]["message"].split()[-1]


# Placetopay, in this process


class TestClockSkew:
    name = "placetopay-clock-skew"

    @played
    async def test_a_careful_client_measures_the_difference(self):
        play = Play(self.name)
        ahead = 0.0
        client = play.client("placetopay", clock=lambda: play.now() + ahead)
        measured: list[int] = []
        for minute in range(20):
            while isinstance(answer := await tried(create(client, f"A-{minute}")), ClientError):
                assert code_of(answer) == "103"
                ahead = date_of(answer.answer) - play.now()
                measured.append(round(ahead))
                assert len(measured) < 5
            play.wall += 60
        assert measured == [302, 0]  # 290 s and 2 s a minute; then right again
        assert await unmet(play) == set()
        play.check()

    @played
    async def test_one_that_sends_the_same_seed_again_is_told(self):
        play = Play(self.name)
        play.wall += 400
        client = play.client("placetopay")
        with pytest.raises(ClientError):
            await create(client, "A-1")
        same = play.recorder.requests[-1]
        async with httpx2.AsyncClient(transport=play.recorder) as http:
            for _ in range(3):
                again = await http.post(
                    str(same.url), headers=dict(same.headers), content=same.content
                )
                assert again.status_code == 401
        play.wall += 900
        await create(client, "A-1")  # so it was right, only too early
        assert await unmet(play) == {
            that(play, "did not try again and again"),
            that(play, "its own nonce"),
        }
        play.check()

    @played
    async def test_one_that_exchanges_its_secret_is_told(self):
        play = Play(self.name)
        play.wall += 400
        with pytest.raises(ClientError):
            await create(play.client("placetopay"), "A-1")
        other = play.client("placetopay", secret_key="another")
        for _ in range(4):
            with pytest.raises(ClientError) as caught:
                await create(other, "A-1")
            assert code_of(caught.value) == "102"
            play.wall += 200
        assert that(play, "by the provider's time") in await unmet(play)
        play.check()

    @played
    async def test_accepted_for_five_minutes_then_refused_for_the_clock(self):
        play = Play(self.name)
        client = play.client("placetopay")
        made = await session(client)
        assert date_of(play.recorder.responses[-1]) == START + 290
        assert datetime.fromisoformat(made["status"]["date"]).timestamp() == START  # as `affects`
        play.advance("4m")
        await session(client)
        play.advance("1m10s")
        error = await refused(session(client))
        assert error.status == 401
        assert "103" in error.answer.json()["status"]["message"]
        assert error.diagnosis is not None
        assert error.diagnosis.code == "username-token.created-too-old"
        assert play.exchanges[-1].verdict == "refused"
        assert play.exchanges[-1].rules == []  # no rule wrote it
        play.check()

    @played
    async def test_a_correct_client_goes_by_the_date_header(self):
        play = Play(self.name)
        play.advance("10m")
        error = await refused(session(play.client("placetopay")))
        off = date_of(error.answer) - play.now()
        assert off == pytest.approx(290 + 20, abs=1)
        await session(play.client("placetopay", clock=lambda: play.now() + off))
        assert play.exchanges[-1].verdict == "accepted"

    @pytest.mark.slow
    @played
    async def test_a_wrong_secret_is_refused_for_its_own_reason(self):
        """Also while the clocks differ: so no client exchanges a secret that is right."""
        play = Play(self.name)
        play.advance("10m")
        error = await refused(session(play.client("placetopay", secret_key="old")))
        assert "102" in error.answer.json()["status"]["message"]
        assert error.diagnosis is not None
        assert error.diagnosis.code == "username-token.digest-mismatch"

    @played
    async def test_after_a_quarter_of_an_hour_it_is_put_right(self):
        play = Play(self.name)
        play.wall += 14 * 60 + 59
        await refused(session(play.client("placetopay")))
        play.wall += 1
        await session(play.client("placetopay"))
        assert date_of(play.recorder.responses[-1]) == START + 15 * 60
        play.check()

    @played
    async def test_unloading_puts_the_clock_right(self):
        play = Play(self.name)
        play.advance("10m")
        await refused(session(play.client("placetopay")))
        play.namespace.unload()
        await session(play.client("placetopay"))
        assert date_of(play.recorder.responses[-1]) == START


class TestCredentialsRotated:
    name = "placetopay-credentials-rotated"

    @staticmethod
    def next_secret(play: Play) -> str:
        """As the comment in the file says it."""
        secret = play.keys("placetopay")["secretKey"]
        return hmac.digest(secret.encode(), b"next", "sha256").hex()[: len(secret)]

    @played
    async def test_a_careful_client_waits_for_the_new_secret(self):
        play = Play(self.name)
        client = play.client("placetopay")
        waiting: list[str] = []
        for number in range(3):
            if isinstance(answer := await tried(create(client, f"A-{number}")), ClientError):
                assert code_of(answer) == "106"
                waiting.append(f"A-{number}")
        assert waiting == ["A-2"]
        signal = {"signal": "new-secret-installed"}
        assert (await control(play, "scenario/signal", json=signal)).status_code == 200
        client = play.client("placetopay", secret_key=self.next_secret(play))
        for reference in waiting:
            assert await create(client, reference) == 3  # no session was made meanwhile
        assert await unmet(play) == set()
        play.check()

    @played
    async def test_one_that_hammers_is_told(self):
        play = Play(self.name)
        client = play.client("placetopay")
        for _ in range(8):
            with suppress(ClientError):
                await create(client, "A-1")
        assert await unmet(play) == {
            that(play, "instead of hammering"),
            that(play, "somebody installed"),
            that(play, "was made in the end"),
        }
        play.check()

    @played
    async def test_one_that_keeps_the_old_secret_is_told(self):
        """Its 102 is the provider's own: the digest is wrong by the secret that now counts."""
        play = Play(self.name)
        client = play.client("placetopay")
        for number in range(3):
            with suppress(ClientError):
                await create(client, f"A-{number}")
        await control(play, "scenario/signal", json={"signal": "new-secret-installed"})
        with pytest.raises(ClientError) as caught:
            await create(client, "A-2")
        assert code_of(caught.value) == "102"
        assert caught.value.diagnosis is not None
        assert caught.value.diagnosis.code == "username-token.digest-mismatch"
        assert await unmet(play) == {
            that(play, "a wrong secret"),
            that(play, "was made in the end"),
        }
        play.check()

    @played
    async def test_expired_after_two_good_requests_until_the_signal(self):
        play = Play(self.name)
        client = play.client("placetopay")
        await session(client, 1)
        await session(client, 2)
        for _ in range(5):
            error = await refused(session(client, 3))
            assert error.answer.json()["status"]["message"].endswith("106")
            assert error.diagnosis is not None
            assert error.diagnosis.code == "scenario.injected"
        assert play.rules == {"still-good": (2, 2), "expired": (5, 5), "new-secret": (0, 0)}
        assert play.namespace.scenario is not None
        assert play.namespace.scenario.signal("new-secret-installed") == [""]
        error = await refused(session(client, 3))
        assert error.answer.json()["status"]["message"].endswith("102")
        assert play.verdicts(fired=True) == 2 * ["accepted"] + 5 * ["injected"] + ["refused"]
        play.check()

    @played
    async def test_a_digest_that_is_wrong_gets_its_own_102(self):
        """While the credentials have expired too, and it uses none of the two good ones up."""
        play = Play(self.name)
        right, wrong = play.client("placetopay"), play.client("placetopay", secret_key="old")
        for _ in range(3):
            for _ in range(2):
                error = await refused(session(wrong, 3))
                assert error.answer.json()["status"]["message"].endswith("102")
                assert error.diagnosis is not None
                assert error.diagnosis.code == "username-token.digest-mismatch"
                assert "emulator-scenario" not in error.answer.headers
            answer = await tried(session(right, 3))
        assert isinstance(answer, ClientError)
        assert answer.answer.json()["status"]["message"].endswith("106")
        assert play.rules == {"still-good": (2, 2), "expired": (1, 1), "new-secret": (0, 0)}
        play.check()

    @played
    async def test_a_stranger_s_secret_is_refused_in_every_state(self):
        play = Play(self.name)
        right, wrong = play.client("placetopay"), play.client("placetopay", secret_key="old")
        for number in range(3):
            await tried(session(right, number))
        assert play.namespace.scenario is not None
        assert play.namespace.scenario.signal("new-secret-installed") == [""]
        error = await refused(session(wrong))
        assert error.diagnosis is not None
        assert error.diagnosis.code == "username-token.digest-mismatch"
        play.check()


class Shop:
    """A merchant that is notified: what it is told, and what it has booked.

    Args:
        name: Of the scenario.
        careful: Whether he verifies signatures, and believes only what a query says.
        algorithm: What his site's notifications are signed with.
    """

    def __init__(self, name: str, *, careful: bool, algorithm: str = "sha1") -> None:
        self.play = play = Play(name)
        self.careful = careful
        self.keys = play.keys("placetopay")
        play.namespace.register(
            "placetopay",
            {
                "login": self.keys["login"],
                "secretKey": self.keys["secretKey"],
                "notificationUrl": NOTIFY,
                "notificationAlgorithm": algorithm,
            },
        )
        play.namespace.outbox._send = self.receive
        self.client = play.client("placetopay")
        self.told: list[dict[str, Any]] = []
        self.pending: dict[str, int] = {}
        self.booked: list[str] = []

    async def sell(self, *references: str, paid: bool = True) -> None:
        for reference in references:
            self.pending[reference] = await create(self.client, reference)
            if paid:
                await self.trigger("pay", requestId=self.pending[reference])

    async def trigger(self, event: str, **members: Any) -> None:
        answer = await control(self.play, f"trigger/placetopay/{event}", json=members)
        assert answer.status_code == 200, answer.text

    async def receive(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        assert url == NOTIFY
        webhook = json.loads(delivery.body)
        self.told.append(webhook)
        if self.careful:
            if not self.signed(webhook):
                return 400, b""
            await self.ask(webhook["reference"])
        elif webhook["status"]["status"] == "APPROVED":
            self.book(webhook["reference"])
        return 200, b""

    def signed(self, webhook: dict[str, Any]) -> bool:
        name, mark, digest = webhook["signature"].rpartition(":")
        status = webhook["status"]
        base = f"{webhook['requestId']}{status['status']}{status['date']}{self.keys['secretKey']}"
        wanted = hashlib.new(name if mark else "sha1", base.encode()).hexdigest()
        return hmac.compare_digest(wanted, digest)

    async def ask(self, reference: str) -> None:
        """Query what became of a session, and book it if it was paid."""
        session = await self.client.query_session(self.pending[reference])
        if session["status"]["status"] == "APPROVED":
            self.book(reference)

    def book(self, reference: str) -> None:
        if self.pending.pop(reference, None) is not None:
            self.booked.append(reference)

    async def probe(self) -> None:
        """Every few minutes: ask for what is still pending."""
        self.play.wall += 300
        for reference in list(self.pending):
            await self.ask(reference)


class TestLostNotification:
    name = "placetopay-lost-notification"

    @played
    async def test_a_careful_client_asks_for_what_is_pending(self):
        shop = Shop(self.name, careful=True)
        await shop.sell("A-1", "A-2")
        assert [webhook["reference"] for webhook in shop.told] == ["A-2"]
        assert shop.booked == ["A-2"]
        await shop.probe()
        assert shop.booked == ["A-2", "A-1"]
        assert await unmet(shop.play) == set()
        shop.play.check()

    @played
    async def test_one_that_waits_for_ever_is_told(self):
        shop = Shop(self.name, careful=False)
        await shop.sell("A-1", "A-2")
        shop.play.wall += 24 * 3600
        await asyncio.sleep(0)
        assert list(shop.pending) == ["A-1"]  # paid, and not delivered
        assert await unmet(shop.play) == {that(shop.play, "asked for the session itself")}
        shop.play.check()

    @played
    async def test_one_that_does_not_acknowledge_is_told(self):
        shop = Shop(self.name, careful=True)

        async def fail(url: str, delivery: Delivery) -> tuple[int, bytes]:
            return 500, b"Traceback"

        shop.play.namespace.outbox._send = fail
        await shop.sell("A-1", "A-2")
        await shop.probe()
        assert await unmet(shop.play) == {that(shop.play, "every notification that arrived")}


class TestForgedNotification:
    name = "placetopay-forged-notification"

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    @played
    async def test_a_careful_client_verifies_and_asks(self, algorithm: str):
        shop = Shop(self.name, careful=True, algorithm=algorithm)
        await shop.sell("A-1", "A-2", "A-3")
        assert [shop.signed(webhook) for webhook in shop.told] == [False, False, True]
        assert shop.booked == ["A-3"]
        await shop.probe()
        assert sorted(shop.booked) == ["A-1", "A-2", "A-3"]
        assert await unmet(shop.play) == set()
        shop.play.check()

    @played
    async def test_a_stranger_s_lie_books_nothing(self):
        shop = Shop(self.name, careful=True)
        await shop.sell("A-1", paid=False)
        await shop.trigger("notification", **{"/status/status": "APPROVED"})
        await shop.sell("A-2", "A-3")
        await shop.probe()
        assert sorted(shop.booked) == ["A-2", "A-3"]
        assert await unmet(shop.play) == set()

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    @played
    async def test_one_that_books_what_it_reads_is_told(self, algorithm: str):
        shop = Shop(self.name, careful=False, algorithm=algorithm)
        await shop.sell("A-1", paid=False)
        await shop.trigger("notification", **{"/status/status": "APPROVED"})
        await shop.sell("A-2", "A-3")
        assert shop.booked == ["A-1", "A-2", "A-3"]  # one was never paid
        assert await unmet(shop.play) == {
            that(shop.play, "only the true notification"),
            that(shop.play, "before it believed anything"),
        }
        shop.play.check()


# Over sockets, where connections break


class Stage:
    """A server whose pauses take no time, and the clients before it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.server = Server(Emulator(sleep=self._sleep))
        self._numbers = count(1)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def play(self, name: str) -> Play:
        return Play(name, f"stage-{next(self._numbers)}", emulator=self.server.emulator)

    def client(self, play: Play, provider: str, patience: float = 30.0, **other: Any) -> Any:
        return play.blocking(
            provider, self.server.url, transport=Watch(self.waits, patience), **other
        )

    def unmet(self, play: Play) -> set[str]:
        url = f"{self.server.url}/_ns/{play.namespace.name}/_emulator/requests/verify"
        return broken(httpx2.post(url), play)


class Watch(httpx2.BaseTransport):
    """The network as a client with some patience has it: what took longer, it has given up."""

    def __init__(self, waits: list[float], patience: float) -> None:
        self._inner = httpx2.HTTPTransport()
        self._waits = waits
        self._patience = patience

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        before = len(self._waits)
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx2.TransportError:
            if max(self._waits[before:], default=0) <= self._patience:
                raise
        if max(self._waits[before:], default=0) > self._patience:
            raise httpx2.ReadTimeout("given up", request=request)
        return response

    def close(self) -> None:
        self._inner.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    with stage.server:
        yield stage


class TestFlakyGateway:
    name = "placetopay-flaky-gateway"

    @staticmethod
    def outcome(hit: int) -> str:
        """What becomes of the n-th creation, nothing else being asked meanwhile."""
        if hit % 10 == 0:
            return "reset"
        if hit % 25 == 0:
            return "403"
        seldom = chance(20260301, "placetopay-flaky-gateway/gateway-503", hit) < 0.2
        return "503" if seldom else "200"

    def test_a_careful_client_takes_a_new_reference(self, stage: Stage):
        play = stage.play(self.name)
        known: dict[str, int] = {}
        with stage.client(play, "placetopay") as client:
            for order in range(40):
                for attempt in range(10):
                    reference = f"A-{order}-{attempt}"
                    with suppress(ClientError):
                        made = client.create_session(reference, 12_000, return_url=BACK)
                        known[reference] = made["requestId"]
                        break
            outcomes = [each.outcome for each in play.exchanges]
            assert outcomes == [self.outcome(hit) for hit in range(1, len(outcomes) + 1)]
            assert {"200", "403", "503", "reset"} == set(outcomes)
            assert len(known) == 40
            for request_id in known.values():
                session = asked(client.query_session, request_id, despite=ClientError)
                assert session["status"]["status"] == "PENDING"
        assert max(known.values()) == 40 + outcomes.count("reset")  # the lost ones were made
        assert stage.unmet(play) == set()

    def test_one_that_sends_the_same_reference_again_is_told(self, stage: Stage):
        play = stage.play(self.name)
        with stage.client(play, "placetopay") as client:
            for order in range(12):
                create = partial(client.create_session, f"A-{order}", 12_000, return_url=BACK)
                made = asked(create, despite=ClientError)
                asked(client.query_session, made["requestId"], despite=ClientError)
        assert stage.unmet(play) == {that(play, "a retry has a new reference")}

    def test_one_that_replays_the_request_is_told(self, stage: Stage):
        """Byte by byte, as a retry of the HTTP library does."""
        play = stage.play(self.name)
        with stage.client(play, "placetopay") as client:
            send = client._http.send

            def twice(request: httpx2.Request, *, stream: bool) -> httpx2.Response:
                for _ in range(3):
                    with suppress(httpx2.TransportError):
                        response = send(request, stream=stream)
                        if response.status_code < 500:
                            return response
                return send(request, stream=stream)

            client._http.send = twice
            for order in range(12):
                with suppress(ClientError):
                    made = client.create_session(f"A-{order}", 12_000, return_url=BACK)
                    client.query_session(made["requestId"])
        assert stage.unmet(play) == {
            that(play, "does not replay"),
            that(play, "a retry has a new reference"),
        }

    @played
    async def test_every_answer_is_late(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("placetopay")
        made = await session(client)
        for _ in range(29):
            with suppress(ClientError):
                await client.query_session(made["requestId"])
        assert len(waits) == 30
        assert all(0 < wait <= 8 for wait in waits)
        assert 0.06 < sorted(waits)[15] < 0.24
        assert len(set(waits)) == 30
        assert play.rules["slow-tail"] == (30, 30)
        assert play.rules["firewall"] == (30, 1)
        play.check()

    @played
    async def test_the_firewall_answers_with_html(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("placetopay")
        made = await session(client)
        for _ in range(23):
            await client.query_session(made["requestId"])
        error = await refused(client.query_session(made["requestId"]))
        assert error.status == 403
        assert error.answer.headers["content-type"].startswith("text/html")

    @pytest.mark.slow
    @played
    async def test_a_wrong_secret_is_refused_for_its_own_reason(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("placetopay", secret_key="old")
        for number in range(30):
            assert (await refused(session(client, number))).status == 401
        assert set(play.rules.values()) == {(0, 0)}
        assert waits == []


def asked(question: Callable[..., Any], *about: Any, despite: Any = Lost) -> Any:
    """Ask until there is an answer, but not for ever; for what does no harm twice."""
    for _ in range(8):
        with suppress(*(despite if isinstance(despite, tuple) else (despite,))):
            return question(*about)
    raise AssertionError("there was no answer")


PAYOUT = {
    "name": "Test User Name",
    "account": "50284414727",
    "account_type": "CPF",
    "document_id": "50284414727",
    "document_type": "CPF",
    "method": "PIX",
    "fee_bear": "merchant",
    "amount": "10.00",
    "source_currency": "USD",
    "arrival_currency": "BRL",
    "notify_url": NOTIFY,
    "additional_remark": "shoes",
    "country": "BRA",
}


def sell(play: Play, client: Any, number: int) -> str:
    """GestoPago: of a sale without an answer, confirmTx knows what became; after 62 seconds."""
    order = client.payload(id_servicio=133, id_producto=582, telefono=f"55{number:08d}")
    for _ in range(8):
        try:
            return client.send_tx(order)["ID_TX"]
        except Lost:
            play.advance("62s")
            found = asked(client.confirm_tx, order)
            if found is not None:
                return found["ID_TX"]
    raise AssertionError("it was not sold")


def pay(play: Play, client: Any, number: int) -> str:
    """Pagsmile: of a payout without an answer, its status is known by custom_code."""
    code = f"P-{number}"
    for _ in range(8):
        try:
            return client.create_payout(custom_code=code, **PAYOUT)["custom_code"]
        except Lost:
            try:
                return asked(partial(client.payout_status, custom_code=code))["custom_code"]
            except ClientError as error:
                if error.answer.json()["code"] != 4001021:  # order not existed
                    raise
    raise AssertionError("it was not paid")


def open_session(play: Play, client: Any, number: int) -> str:
    """Placetopay: a session without an answer is left to expire; the next has a new reference."""
    for attempt in range(8):
        with suppress(*Lost):
            reference = f"A-{number}-{attempt}"
            made = client.create_session(reference, 100, return_url=BACK)["requestId"]
            return str(asked(client.query_session, made)["requestId"])
    raise AssertionError("it was not opened")


def show_qr(play: Play, client: Any, number: int) -> str:
    """Tesabiz: a QR without an answer is never shown; the next has a new idTrans."""
    for attempt in range(8):
        with suppress(*Lost):
            made = client.generate_qr(
                f"T-{number}-{attempt}", 1_700, glosa="Zapatos", cuenta_abono="CUENTA1_BOB"
            )
            return asked(client.details, made["idQr"])["idQr"]
    raise AssertionError("it was not made")


def show_me(play: Play, client: Any, number: int) -> str:
    """Goat: what only reads is simply asked again."""
    return f"{asked(client.whoami)['clientId']}-{number}"


TOUCH: dict[str, Callable[..., Any]] = {
    "gestopago": lambda client, number: client.send_echo(),
    "goat": lambda client, number: client.whoami(),
    "pagsmile": lambda client, number: client.balance(),
    "placetopay": lambda client, number: client.create_session(f"A-{number}", 100, return_url=BACK),
    "tesabiz": lambda client, number: client.generate_qr(
        f"T-{number}", 1_700, glosa="Zapatos", cuenta_abono="CUENTA1_BOB"
    ),
}
"""Something that each provider does for any client."""

CAREFUL: dict[str, Callable[[Play, Any, int], str]] = {
    "gestopago": sell,
    "goat": show_me,
    "pagsmile": pay,
    "placetopay": open_session,
    "tesabiz": show_qr,
}
by_provider = pytest.mark.parametrize("provider", CAREFUL)


def pay_blindly(client: Any, code: Callable[[], str]) -> None:
    """Send a payout until an answer comes, whatever has become of the one before."""
    for _ in range(4):
        with suppress(Lost, ClientError):
            client.create_payout(custom_code=code(), **PAYOUT)
            return


class TestHalfAnAnswer:
    name = "any-provider-half-an-answer"

    @pytest.mark.slow
    @by_provider
    def test_a_careful_client_gets_all_done_once(self, stage: Stage, provider: str):
        play = stage.play(self.name)
        with stage.client(play, provider) as client:
            done = [CAREFUL[provider](play, client, number) for number in range(9)]
        assert len(set(done)) == 9
        assert stage.unmet(play) == set()

    @by_provider
    def test_one_that_dies_of_it_is_told(self, stage: Stage, provider: str):
        play = stage.play(self.name)
        with stage.client(play, provider) as client, pytest.raises(Lost):
            all(TOUCH[provider](client, number) for number in range(9))
        assert stage.unmet(play) == {
            that(play, "none of them stopped the client"),
            that(play, "in spite of that"),
        }

    def test_one_that_sends_the_same_order_again_is_told(self, stage: Stage):
        play = stage.play(self.name)
        with stage.client(play, "pagsmile") as client:
            for number in range(9):
                pay_blindly(client, lambda number=number: f"P-{number}")
        assert stage.unmet(play) == {that(play, "nothing was sent again")}


class TestSlowNetwork:
    name = "any-provider-slow-network"

    @by_provider
    def test_a_careful_client_is_patient_but_not_for_ever(self, stage: Stage, provider: str):
        play = stage.play(self.name)
        before = len(stage.waits)
        with stage.client(play, provider, patience=20.0) as client:
            done = [CAREFUL[provider](play, client, number) for number in range(6)]
        assert len(set(done)) == 6
        waits = stage.waits[before:]
        assert {65.0, 0.05} <= set(waits)  # the silence, and the drip
        assert all(1 <= wait < 4 for wait in waits if wait not in (65.0, 0.05))
        assert stage.unmet(play) == set()

    def test_one_that_gives_up_after_a_second_is_told(self, stage: Stage):
        play = stage.play(self.name)
        with stage.client(play, "pagsmile", patience=1.0) as client:
            for number in range(6):
                pay_blindly(client, lambda number=number: f"P-{number}")
        assert that(play, "nothing was sent again") in stage.unmet(play)

    def test_one_without_a_limit_is_told(self, stage: Stage):
        """It stands still until the other side hangs up, and then it dies of that."""
        play = stage.play(self.name)
        with stage.client(play, "tesabiz", patience=1e9) as client, pytest.raises(Lost):
            all(TOUCH["tesabiz"](client, number) for number in range(9))
        assert stage.waits[-1] == 65.0
        assert stage.unmet(play) == {that(play, "the client went on")}


class TestDroppedConnections:
    name = "any-provider-dropped-connections"

    @pytest.mark.slow
    @by_provider
    def test_a_careful_client_looks_up_what_is_in_doubt(self, stage: Stage, provider: str):
        play = stage.play(self.name)
        with stage.client(play, provider) as client:
            done = [CAREFUL[provider](play, client, number) for number in range(9)]
        assert len(set(done)) == 9
        outcomes = {each.outcome for each in play.exchanges}
        assert {"reset", "empty", "close"} <= outcomes
        assert stage.unmet(play) == set()
        if provider in ("gestopago", "pagsmile"):
            assert play.rules["order-dropped"][1] > 3
            assert play.rules["looked-up"][1] == play.rules["order-dropped"][1]

    def test_one_that_sends_again_at_once_is_told(self, stage: Stage):
        play = stage.play(self.name)
        codes = count()
        with stage.client(play, "pagsmile") as client:
            for _ in range(6):
                pay_blindly(client, lambda: f"P-{next(codes)}")
        payouts = play.namespace.contexts["pagsmile"].store.table("payouts")
        assert len(list(payouts.items())) == 6 + 1  # one was paid twice
        assert stage.unmet(play) == {
            that(play, "looked up before any other"),
            that(play, "nothing was left in doubt"),
        }

    def test_one_that_gives_up_is_told(self, stage: Stage):
        play = stage.play(self.name)
        with stage.client(play, "pagsmile") as client, pytest.raises(Lost):
            all(client.create_payout(custom_code=f"P-{number}", **PAYOUT) for number in range(6))
        assert stage.unmet(play) == {
            that(play, "nothing was left in doubt"),
            that(play, "went on, and was served"),
        }


# Any provider, in this process


class TestMaintenance:
    name = "any-provider-maintenance"

    @by_provider
    @played
    async def test_one_that_knocks_and_knocks_is_told(self, provider: str):
        play = Play(self.name)
        client = play.client(provider)
        await knocking(lambda: TOUCH[provider](client, 1), 6)
        play.wall += 600
        await TOUCH[provider](client, 1)
        assert await unmet(play) == {that(play, "did not ask again and again")}
        play.check()

    @by_provider
    @played
    async def test_one_that_loses_the_payment_is_told(self, provider: str):
        play = Play(self.name)
        await knocking(lambda: TOUCH[provider](play.client(provider), 1), 1)
        assert await unmet(play) == {that(play, "came back after the maintenance")}
        play.check()

    @pytest.mark.parametrize("provider", TOUCH)
    @played
    async def test_closed_for_ten_minutes(self, provider: str):
        play = Play(self.name)
        client = play.client(provider)
        for _ in range(2):
            error = await refused(TOUCH[provider](client, 1))  # no error of a parser
            assert error.status == 503
            assert error.answer.headers["retry-after"] == "600"
            assert error.answer.headers["content-type"] == "text/html; charset=utf-8"
        play.advance("600s")
        await TOUCH[provider](client, 1)
        assert play.rules == {"closed": (2, 2)}
        assert await unmet(play) == set()
        play.check()

    @pytest.mark.parametrize(
        ("provider", "wrong"),
        [
            ("gestopago", {"password": "wrong"}),
            ("goat", {"client_id": "client-b"}),
            ("pagsmile", {"app_key": "wrong"}),
            ("placetopay", {"secret_key": "old"}),
            ("tesabiz", {"code": "B00"}),
        ],
    )
    @played
    async def test_hides_no_mistake_of_the_client(self, provider: str, wrong: dict[str, str]):
        play = Play(self.name)
        error = await refused(TOUCH[provider](play.client(provider, **wrong), 1))
        assert error.status != 503
        assert play.exchanges[-1].verdict == "refused"
        assert play.rules == {"closed": (0, 0)}
        play.check()

    def test_tells_of_no_provider_that_is_gone(self):
        """A new provider may have an entry; without one these stories are not played for it."""
        assert set(TOUCH) <= set(Play(self.name).emulator.providers)


async def knocking(operation: Callable[[], Awaitable[Any]], times: int) -> None:
    for _ in range(times):
        with pytest.raises(ClientError):
            await operation()
