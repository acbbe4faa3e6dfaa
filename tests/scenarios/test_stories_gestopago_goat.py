"""GestoPago's and Goat's scenarios as stories: one client survives each, naive ones do not.

Who survives meets every expectation of the file. Who is naive makes a mistake that real clients
make, and the file says which. Whatever clients do, the emulator itself stays right.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import httpx2
import pytest
from playing import START, Play, date_of, load_into, played, refused, tried

from emulator.client import ClientError, RefusedError, UncertainSaleError
from emulator.core.exchange import Request
from emulator.http.server import Server
from emulator.providers.gestopago.signing import log_in_request, method_request, sign_text

PATIENCE = 10
"""After so many attempts even a naive client stops."""


async def unmet(play: Play) -> list[str]:
    """Return the expectations of the loaded file that are not met, by their `that`."""
    play.check()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(play.emulator.app)) as control:
        answer = await control.post(
            f"http://localhost/_ns/{play.namespace.name}/_emulator/requests/verify"
        )
    return read(play, answer)


def read(play: Play, answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    report = answer.json()
    engine = play.namespace.scenario
    assert engine is not None
    assert report["scenario"] == engine.scenario.scenario
    assert len(report["expectations"]) == len(engine.scenario.expect or ()) > 0
    broken = [each for each in report["expectations"] if not each["passed"]]
    assert report["passed"] is not bool(broken)
    assert not any(exchange.bug for exchange in play.exchanges)
    return [each["that"] for each in broken]


async def stubbornly(operation: Callable[[], Awaitable[Any]]) -> None:
    """Try again at once until it works."""
    for _ in range(PATIENCE):
        if not isinstance(await tried(operation()), ClientError):
            return
    raise AssertionError("it never works")


async def with_new_tokens(
    call: Callable[[str], Awaitable[httpx2.Response]],
    token: str,
    log_in: Callable[[], Awaitable[str]],
) -> str:
    """Repeat a call with one new token after the other until it works; return the last token."""
    for _ in range(PATIENCE):
        if (await call(token)).status_code == 200:
            return token
        token = await log_in()
    raise AssertionError("it never works")


class Bare:
    """What naive clients are made of: requests that bear the token they are given, no more."""

    def __init__(self, play: Play, provider: str) -> None:
        self._url = f"http://localhost/_ns/{play.namespace.name}/{provider}"
        self._http = httpx2.AsyncClient(transport=play.recorder)
        self._record = play.namespace.credentials(provider)[0]

    async def whoami(self, token: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        return await self._http.get(f"{self._url}/whoami", headers=headers)

    async def again(self, request: httpx2.Request) -> httpx2.Response:
        """Send what was sent before, as it is."""
        return await self._http.post(
            str(request.url), headers=dict(request.headers), content=request.content
        )

    async def log_in(self) -> str:
        """Return whatever GestoPago's answer to a login has in place of a token."""
        return (await self._post(log_in_request(self._record))).json()["token"]

    async def send_tx(self, token: str, payload: dict[str, Any]) -> httpx2.Response:
        signed = sign_text(json.dumps(payload), self._record)
        return await self._post(method_request("sendTx", token, {"signed": signed}))

    async def _post(self, made: Request) -> httpx2.Response:
        return await self._http.post(
            self._url + made.path, headers=dict(made.headers), content=made.body
        )


def sale(client: Any, number: int, **other: Any) -> dict[str, Any]:
    product = {"id_servicio": 133, "id_producto": 582, **other}
    return client.payload(telefono=f"55{number:08d}", **product)


# GestoPago


class TestGestopagoTokenExpiresMidBatch:
    name = "gestopago-token-expires-mid-batch"
    once = "the client fetched one token at the start and one when that had expired, no more"
    repeated = "the refused sale was repeated with the new token, and accepted"

    @played
    async def test_a_token_per_call(self):
        play = Play(self.name)
        for number in range(6):
            client = play.client("gestopago")
            await client.send_tx(sale(client, number))
        assert await unmet(play) == [self.once]

    @played
    async def test_one_that_gives_up(self):
        play = Play(self.name)
        client, bare = play.client("gestopago"), Bare(play, "gestopago")
        token = await client.authenticate()
        answers = [await bare.send_tx(token, sale(client, number)) for number in range(6)]
        assert [each.status_code for each in answers] == 3 * [200] + 3 * [403]
        assert await unmet(play) == [self.once, self.repeated]

    @played
    async def test_one_refusal_one_new_token_and_all_sold(self):
        play = Play(self.name)
        client = play.client("gestopago")
        before = await client.get_balance()
        sold = [await client.send_tx(sale(client, number)) for number in range(6)]
        price = Decimal("28.50")  # 30.00 less a commission of 5 %
        assert len({each["ID_TX"] for each in sold}) == 6
        assert play.story == [
            "token 200",
            "getBalance 200",
            *3 * ["sendTx 200"],
            "sendTx 403",
            "token 200",
            *3 * ["sendTx 200"],
        ]
        assert before - await client.get_balance() == 6 * price
        assert play.rules == {"token-dies": (7, 1)}
        assert await unmet(play) == []

    @played
    async def test_the_refusal_is_the_provider_s_own(self):
        play = Play(self.name)
        client = play.client("gestopago")
        for number in range(4):
            await client.send_tx(sale(client, number))
        [expired] = [each for each in play.exchanges if each.reply and each.reply.status == 403]
        assert expired.verdict == "injected"
        assert expired.rules == [f"{self.name}/token-dies#4"]
        assert expired.reply is not None
        assert json.loads(expired.reply.body)["token"] == "EXPIRED"

    @played
    async def test_a_batch_in_parallel_logs_in_once_more(self):
        play = Play(self.name)
        client = play.client("gestopago")
        sold = await asyncio.gather(*(client.send_tx(sale(client, n)) for n in range(12)))
        assert len({each["ID_TX"] for each in sold}) == 12
        assert play.tally["token 200"] == 2
        assert play.tally["sendTx 200"] == 12
        assert play.tally["sendTx 403"] >= 1
        assert play.rules["token-dies"][1] == 1
        play.check()

    @played
    async def test_the_old_token_stays_dead(self):
        """Who does not renew is refused for ever."""
        play = Play(self.name)
        client = play.client("gestopago")
        for number in range(4):
            await client.send_tx(sale(client, number))
        first = next(r for r in play.recorder.requests if r.url.path.endswith("sendTx.do"))
        async with httpx2.AsyncClient(transport=play.recorder) as careless:
            for _ in range(3):
                answer = await careless.post(
                    str(first.url), headers=dict(first.headers), content=first.content
                )
                assert answer.status_code == 403
                assert answer.headers["emulator-diagnosis"] == "bearer.expired"
                assert "emulator-scenario" not in answer.headers
        play.check()

    @played
    async def test_a_wrong_payload_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        client = play.client("gestopago", aes_key="A" * 43 + "=")
        for number in range(5):
            error = await refused(client.send_tx(sale(client, number)))
            assert error.diagnosis is not None
            assert error.diagnosis.code.startswith("aes-cbc.")
        assert play.rules == {"token-dies": (0, 0)}
        play.check()


class TestGestopagoKeyRolled:
    name = "gestopago-key-rolled"
    stopped = "the client stopped after two refusals at most, instead of sending for ever"
    token_good = "it did not blame the token, which was good all the time"
    sold = "in the end it sold, with the new IV or with the old one restored"

    @played
    async def test_a_careful_client_loads_the_new_iv(self):
        play = Play(self.name)
        client = play.client("gestopago")
        payload = sale(client, 1)
        error = await tried(client.send_tx(payload))
        assert error.status == 200  # so says GestoPago that it could not read
        assert error.diagnosis.code.startswith("aes-cbc.")
        provider = play.emulator.providers["gestopago"]
        record = play.namespace.credentials("gestopago")[0]
        rolled = provider.credentials.rekeyed(
            record, "rolled-iv", play.emulator.key_files("gestopago")
        )
        after = play.client("gestopago", aes_iv=rolled["aes_iv"])
        assert await after.confirm_tx(payload) is None
        await after.send_tx(payload)
        assert await unmet(play) == []

    @played
    async def test_a_careful_client_waits_for_the_old_iv(self):
        play = Play(self.name)
        client = play.client("gestopago")
        payload = sale(client, 1)
        assert isinstance(await tried(client.send_tx(payload)), ClientError)
        assert play.namespace.scenario is not None
        assert play.namespace.scenario.signal("old-iv-restored") == [""]
        await client.send_tx(payload)
        assert await unmet(play) == []

    @played
    async def test_one_that_sends_for_ever(self):
        play = Play(self.name)
        client = play.client("gestopago")
        payload = sale(client, 1)
        for _ in range(PATIENCE):
            assert isinstance(await tried(client.send_tx(payload)), ClientError)
        assert await unmet(play) == [self.stopped, self.sold]

    @played
    async def test_one_that_takes_it_for_a_matter_of_tokens(self):
        play = Play(self.name)
        for _ in range(PATIENCE):
            client = play.client("gestopago")
            assert isinstance(await tried(client.send_tx(sale(client, 1))), ClientError)
        assert await unmet(play) == [self.stopped, self.token_good, self.sold]


class TestGestopago401And403:
    name = "gestopago-401-and-403"
    met = "the client worked on until it had met every refusal"
    no_invalid = "no call bore the INVALID that a refused login has in place of a token"
    logins = (
        "it logged in for the 401, the EXPIRED and the refused login, and not for the front's 403"
    )

    @played
    async def test_a_careful_client(self):
        play = Play(self.name)
        client = play.client("gestopago")
        answers: list[Any] = []
        for number in range(5):
            payload = sale(client, number)
            answers.append(await tried(client.send_tx(payload)))
            if isinstance(answers[-1], ClientError):
                answers.append(await client.send_tx(payload))
        refusals = [each.status for each in answers if isinstance(each, ClientError)]
        assert refusals == [200, 403]  # the login's, and the front's
        assert await unmet(play) == []

    @played
    async def test_one_that_goes_by_the_status(self):
        """Log in, whatever was refused and whatever the login says; then repeat the call."""
        play = Play(self.name)
        client, bare = play.client("gestopago"), Bare(play, "gestopago")
        token = await bare.log_in()
        for number in range(5):
            sell = partial(bare.send_tx, payload=sale(client, number))
            token = await with_new_tokens(sell, token, bare.log_in)
        assert await unmet(play) == [self.no_invalid, self.logins]

    @played
    async def test_one_that_stops_at_the_first_refusal(self):
        play = Play(self.name)
        client, bare = play.client("gestopago"), Bare(play, "gestopago")
        token = await bare.log_in()
        answers = [await bare.send_tx(token, sale(client, number)) for number in range(2)]
        assert [each.status_code for each in answers] == [200, 401]
        assert await unmet(play) == [self.met, self.logins]

    @played
    async def test_a_correct_client_tells_them_apart(self):
        play = Play(self.name)
        client = play.client("gestopago")
        await client.send_echo()
        await client.get_balance()  # 401 inside, repeated with a new token
        login = await refused(client.send_echo())
        assert login.status == 200
        assert login.answer.json() == {"token": "INVALID", "success": False}
        await client.send_echo()  # the old token is refused, a new login does it
        front = await refused(client.send_tx(sale(client, 1)))
        assert front.status == 403
        assert "EXPIRED" not in front.answer.text
        await client.send_tx(sale(client, 1))
        assert play.story == [
            "token 200",
            "sendEcho 200",
            "getBalance 401",
            "token 200",
            "getBalance 200",
            "sendEcho 403",
            "token 200",
            "sendEcho 403",
            "token 200",
            "sendEcho 200",
            "sendTx 403",
            "sendTx 200",
        ]
        assert play.verdicts(fired=True) == ["injected", "refused", "injected", "injected"]
        assert play.rules == {
            "proxy-ate-the-header": (7, 1),
            "token-expires": (7, 1),
            "login-refused-with-200": (4, 1),
            "front-says-forbidden": (7, 1),
        }
        play.check()

    @played
    async def test_a_wrong_password_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        client = play.client("gestopago", password="wrong")
        for _ in range(4):
            error = await refused(client.send_echo())
            assert error.diagnosis is not None
            assert error.diagnosis.code == "gestopago.password"
        assert set(play.rules.values()) == {(0, 0)}
        play.check()


# GestoPago, where the connection breaks: over sockets


class TestGestopagoDamagedAndLost:
    name = "gestopago-damaged-and-lost"
    damaged = "all three kinds of damage were met"
    asked = "the lost sale was asked about with confirmTx before anything else was sold"
    waited = "confirmTx came 62 s after the sale at the earliest, when its answer can be trusted"
    logged_in = "the 401 was answered with a new login, and the sale repeated"

    def orders(self, client: Any) -> list[dict[str, Any]]:
        return [
            sale(client, 1, id_servicio=115, id_producto=298),
            sale(
                client,
                2,
                id_servicio=107,
                id_producto=271,
                referencia="A1",
                monto=Decimal(client.verify_reference(107, 271, "A1")["SALDO"]),
            ),
            sale(client, 3, id_servicio=115, id_producto=298),
            *(sale(client, number) for number in range(4, 7)),
        ]

    def unmet(self, server: Server, play: Play) -> list[str]:
        root = f"{server.url}/_ns/{play.namespace.name}"
        return read(play, httpx2.post(f"{root}/_emulator/requests/verify"))

    def test_a_careful_client(self, server: Server):
        play = load_into(server, self.name, "careful")
        sold: list[str] = []
        aside: list[dict[str, Any]] = []
        refusals: list[ClientError] = []
        with play.blocking("gestopago", server.url) as client:
            before, orders = client.get_balance(), self.orders(client)
            for order in orders:
                try:
                    sold.append(client.send_tx(order)["ID_TX"])
                except RefusedError as error:
                    refusals.append(error)
                    aside.append(order)
                except UncertainSaleError:
                    play.advance("62s")
                    sold.append(client.confirm_tx(order)["ID_TX"])
            assert [error.status for error in refusals] == 3 * [200]
            causes = [error.diagnosis.code for error in refusals if error.diagnosis]
            assert [code.partition(".")[0] for code in causes] == 3 * ["aes-cbc"]
            sold += [client.send_tx(order)["ID_TX"] for order in aside]
            spent = before - client.get_balance()
        assert len(set(sold)) == 6
        bill = Decimal(orders[1]["montoPago"]) - Decimal("5.84")
        assert spent == 2 * Decimal("47.50") + bill + 3 * Decimal("28.50")
        assert self.unmet(server, play) == []

    def test_one_that_sends_the_lost_sale_again(self, server: Server):
        """It retries whatever fails, blindly; GestoPago knows the upc and answers 06."""
        play = load_into(server, self.name, "again")
        with play.blocking("gestopago", server.url) as client:
            for order in self.orders(client):
                for _ in range(PATIENCE):
                    try:
                        client.send_tx(order)
                        break
                    except UncertainSaleError:
                        pass
                    except ClientError as error:
                        if error.diagnosis and error.diagnosis.code == "gestopago.duplicate-upc":
                            break
        assert self.unmet(server, play) == [self.asked]

    def test_one_that_asks_too_early(self, server: Server):
        play = load_into(server, self.name, "early")
        with play.blocking("gestopago", server.url) as client:
            for order in self.orders(client):
                try:
                    client.send_tx(order)
                except RefusedError:
                    continue
                except UncertainSaleError:
                    assert client.confirm_tx(order) is None  # it stands, and is not seen yet
                    with pytest.raises(ClientError, match="06"):
                        client.send_tx(order)
        assert self.unmet(server, play) == [self.waited]

    def test_one_that_forgets_the_lost_sale(self, server: Server):
        play = load_into(server, self.name, "forgets")
        with play.blocking("gestopago", server.url) as client:
            for order in self.orders(client):
                with suppress(ClientError):
                    client.send_tx(order)
        assert self.unmet(server, play) == [self.asked]


# Goat


class TestGoatTokenOutage:
    name = "goat-token-outage"
    waited = "no client asked for a token before Retry-After was over"
    replaced = "the token that lied about its life was replaced, and calls went through in the end"
    shared = "the client backed off and shared its token, instead of hammering"

    async def patiently(self, play: Play, client: Any) -> None:
        """Wait as long as is said, else longer each time, and try again."""
        for attempt in range(PATIENCE):
            answer = await tried(client.whoami())
            if not isinstance(answer, ClientError):
                return
            play.advance(f"{answer.answer.headers.get('retry-after', 5 * 2**attempt)}s")
        raise AssertionError("Goat did not come back")

    @played
    async def test_a_careful_client(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(8):
            await self.patiently(play, client)
        statuses = [entry for entry in play.story if entry.startswith("oauth")]
        assert statuses == [f"oauth.token {status}" for status in (503, 503, 429, 200, 200, 200)]
        assert await unmet(play) == []

    @played
    async def test_one_that_tries_again_at_once(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(8):
            await stubbornly(client.whoami)
        assert await unmet(play) == [self.waited]

    @played
    async def test_a_token_per_call(self):
        play = Play(self.name)
        for _ in range(8):
            await self.patiently(play, play.client("goat"))
        assert await unmet(play) == [self.shared]

    @played
    async def test_one_that_believes_expires_in(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        await self.patiently(play, client)
        token = bearer_of(play)
        answers = [await bare.whoami(token) for _ in range(8)]
        assert [each.status_code for each in answers] == [200] + 7 * [401]
        assert await unmet(play) == [self.replaced]

    @played
    async def test_a_patient_client_gets_in_at_the_fourth_attempt(self):
        play = Play(self.name)
        client = play.client("goat")
        errors = [await refused(client.whoami()) for _ in range(3)]
        assert [error.status for error in errors] == [503, 503, 429]
        assert errors[0].answer.body == b""
        assert errors[2].answer.headers["retry-after"] == "3"
        play.advance("3s")
        for _ in range(2):  # what it is told lives an hour; it lives 5 s, and a call takes 2
            assert (await client.whoami())["clientId"] == "client-a"
        early = await refused(client.whoami())  # the new token is not valid yet
        assert early.diagnosis is not None
        assert early.diagnosis.code == "bearer.not-yet-valid"
        play.advance("2m")
        await client.whoami()
        assert play.story == [
            "oauth.token 503",
            "oauth.token 503",
            "oauth.token 429",
            "oauth.token 200",
            "whoami 200",
            "whoami 200",
            "whoami 401",
            "oauth.token 200",
            "whoami 401",
            "whoami 200",
        ]
        assert play.rules == {"limping": (3, 3), "too-soon": (0, 0), "tokens-that-fail": (2, 2)}
        play.check()

    @played
    async def test_asked_again_at_once_it_says_429_again(self):
        play = Play(self.name)
        client = play.client("goat")
        errors = [await refused(client.whoami()) for _ in range(4)]
        assert [error.status for error in errors] == [503, 503, 429, 429]
        await client.whoami()
        assert play.rules["too-soon"] == (1, 1)
        play.check()

    @played
    async def test_a_foreign_key_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        other = play.emulator.key_files("goat").text("client-b.key.pem")
        error = await refused(play.client("goat", private_key=other).create_token())
        assert error.status == 401
        assert error.diagnosis is not None
        assert error.diagnosis.code == "client-assertion.signature"
        assert set(play.rules.values()) == {(0, 0)}
        play.check()


def bearer_of(play: Play) -> str:
    """Return the token that the last request bore."""
    return play.recorder.requests[-1].headers["authorization"].removeprefix("Bearer ")


class TestGoatClockSkew:
    name = "goat-clock-skew"
    few = "the client did not ask in a loop for tokens that its clock could not get"
    by_their_time = "after the refusal it signed by the provider's time and got a token"
    kept = "no call went without a good token meanwhile"

    @played
    async def test_a_careful_client(self):
        play = Play(self.name)
        client = play.client("goat")
        await client.whoami()
        play.advance("5m30s")
        error = await tried(client.create_token())  # in good time, before the old one ends
        assert error.status == 401
        await client.whoami()
        off = date_of(error.answer) - play.now()
        await play.client("goat", clock=lambda: play.now() + off).whoami()
        assert await unmet(play) == []

    @played
    async def test_one_that_asks_in_a_loop(self):
        play = Play(self.name)
        client = play.client("goat")
        await client.whoami()
        play.advance("5m30s")
        for _ in range(PATIENCE):
            assert isinstance(await tried(client.create_token()), ClientError)
        assert await unmet(play) == [self.few, self.by_their_time]

    @played
    async def test_one_that_throws_the_good_token_away(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        await client.whoami()
        play.advance("5m30s")
        assert isinstance(await tried(client.create_token()), ClientError)
        assert (await bare.whoami("None")).status_code == 401
        assert await unmet(play) == [self.by_their_time, self.kept]

    @played
    async def test_tokens_for_five_minutes_then_iat_lies_in_the_future(self):
        play = Play(self.name)
        client = play.client("goat")
        await client.whoami()
        assert date_of(play.recorder.responses[-1]) == START - 50
        play.advance("4m")
        await client.create_token()
        play.advance("1m30s")
        error = await refused(client.create_token())
        assert error.status == 401
        assert error.diagnosis is not None
        assert error.diagnosis.code == "client-assertion.iat-in-future"
        assert play.exchanges[-1].verdict == "refused"
        await client.whoami()  # the token it has goes on working
        play.check()

    @played
    async def test_a_correct_client_goes_by_the_date_header(self):
        play = Play(self.name)
        play.advance("15m")
        error = await refused(play.client("goat").create_token())
        off = date_of(error.answer) - play.now()
        assert off == pytest.approx(-50 - 30, abs=1)
        await play.client("goat", clock=lambda: play.now() + off).whoami()

    @played
    async def test_a_foreign_key_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        play.advance("15m")
        other = play.emulator.key_files("goat").text("client-b.key.pem")
        error = await refused(play.client("goat", private_key=other).create_token())
        assert error.diagnosis is not None
        assert error.diagnosis.code == "client-assertion.signature"


class TestGoat401And403:
    name = "goat-401-and-403"
    repeated = "the call refused with 401 was repeated with a new token"
    met = "the client worked on until it met the 403"
    told_apart = "it fetched a new token for the 401 and none for the 403"

    @played
    async def test_one_that_treats_both_alike(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")

        async def log_in() -> str:
            return (await client.create_token())["accessToken"]

        token = await log_in()
        for _ in range(4):
            token = await with_new_tokens(bare.whoami, token, log_in)
        assert await unmet(play) == [self.told_apart]

    @played
    async def test_one_that_stops_at_the_first_refusal(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        token = (await client.create_token())["accessToken"]
        answers = [await bare.whoami(token) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 401]
        assert await unmet(play) == [self.repeated, self.met, self.told_apart]

    @played
    async def test_a_new_token_for_the_401_none_for_the_403(self):
        play = Play(self.name)
        client = play.client("goat")
        await client.whoami()
        await client.whoami()
        error = await refused(client.whoami())
        assert error.status == 403
        await client.whoami()
        assert play.story == [
            "oauth.token 200",
            "whoami 200",
            "whoami 401",
            "oauth.token 200",
            "whoami 200",
            "whoami 403",
            "whoami 200",
        ]
        assert play.verdicts(fired=True) == ["injected", "injected"]
        assert play.rules == {"token-no-longer-known": (5, 1), "scope-withdrawn": (5, 1)}
        assert await unmet(play) == []

    @played
    async def test_a_scope_that_is_not_there_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        error = await refused(play.client("goat").whoami("admin"))
        assert error.status == 403
        assert error.diagnosis is not None
        assert error.diagnosis.code == "goat.scope-missing"
        assert set(play.rules.values()) == {(0, 0)}


class TestGoatTokenExpiresMidFlight:
    name = "goat-token-expires-mid-flight"
    once = "the client fetched one token at the start and one when that had expired, no more"
    repeated = "the call refused with 401 was repeated with the new token"

    @played
    async def test_a_token_per_call(self):
        play = Play(self.name)
        for _ in range(5):
            await play.client("goat").whoami()
        assert await unmet(play) == [self.once]

    @played
    async def test_one_that_sends_the_old_assertion_again(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        token = (await client.create_token())["accessToken"]
        answers = [await bare.whoami(token) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 401]
        for _ in range(PATIENCE):
            assert (await bare.again(play.recorder.requests[0])).status_code == 401
        assert await unmet(play) == [self.once, self.repeated]

    @played
    async def test_one_refusal_one_new_token(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(5):
            await client.whoami()
        assert play.story == [
            "oauth.token 200",
            "whoami 200",
            "whoami 200",
            "whoami 401",
            "oauth.token 200",
            *3 * ["whoami 200"],
        ]
        [expired] = [each for each in play.exchanges if each.rules]
        assert expired.verdict == "refused"
        assert expired.diagnosis is not None
        assert expired.diagnosis.code == "bearer.expired"
        assert play.rules == {"token-dies": (6, 1)}
        play.check()

    @played
    async def test_calls_in_parallel_share_the_new_token(self):
        play = Play(self.name)
        client = play.client("goat")
        seen = await asyncio.gather(*(client.whoami() for _ in range(12)))
        assert len(seen) == 12
        assert play.tally["oauth.token 200"] == 2
        assert play.tally["whoami 200"] == 12
        assert await unmet(play) == []

    @played
    async def test_the_assertion_of_an_hour_ago_has_expired_too(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(3):
            await client.whoami()
        first = play.recorder.requests[0]
        async with httpx2.AsyncClient(transport=play.recorder) as careless:
            answer = await careless.post(
                str(first.url), headers=dict(first.headers), content=first.content
            )
        assert answer.status_code == 401
        assert answer.headers["emulator-diagnosis"] == "client-assertion.expired"


class TestGoatTokenRevoked:
    name = "goat-token-revoked"
    repeated = "the refused call was repeated with a new token"
    one = "one new token was enough"
    stopped = "no client went on with the dead token"

    @played
    async def test_a_careful_client(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(8):
            await client.whoami()
        [dead] = [each for each in play.exchanges if each.verdict == "refused"]
        assert dead.diagnosis is not None
        assert dead.diagnosis.code == "goat.token-revoked"
        assert play.story[4:7] == ["whoami 401", "oauth.token 200", "whoami 200"]
        assert await unmet(play) == []

    @played
    async def test_one_that_goes_by_its_own_watch(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        answer = await client.create_token()
        ends = play.now() + answer["expiresIn"]
        for _ in range(PATIENCE):
            assert play.now() < ends
            await bare.whoami(answer["accessToken"])
        assert await unmet(play) == [self.repeated, self.one, self.stopped]

    @played
    async def test_a_token_per_call(self):
        play = Play(self.name)
        for _ in range(8):
            await play.client("goat").whoami()
        assert await unmet(play) == [self.one]


class TestGoatLongBatch:
    name = "goat-long-batch"
    done = "the whole batch was done"
    shared = "each token served several calls"
    cheap = "the end of a token cost one refused call at most"

    @played
    async def test_a_careful_client_that_waits_for_the_401(self):
        play = Play(self.name)
        client = play.client("goat")
        for _ in range(12):
            await client.whoami()
        assert play.tally == {"oauth.token 200": 3, "whoami 200": 12, "whoami 401": 2}
        assert await unmet(play) == []

    @played
    async def test_a_careful_client_that_renews_in_time(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        token, ends = "", 0.0
        for _ in range(12):
            if play.now() >= ends:
                ends = play.now()
                answer = await client.create_token()
                token, ends = answer["accessToken"], ends + answer["expiresIn"]
            assert (await bare.whoami(token)).status_code == 200
        assert await unmet(play) == []

    @played
    async def test_a_token_per_call(self):
        play = Play(self.name)
        for _ in range(12):
            await play.client("goat").whoami()
        assert await unmet(play) == [self.shared]

    @played
    async def test_one_that_goes_on_with_the_expired_token(self):
        play = Play(self.name)
        client, bare = play.client("goat"), Bare(play, "goat")
        token = (await client.create_token())["accessToken"]
        for _ in range(12):
            await bare.whoami(token)
        assert await unmet(play) == [self.done, self.shared, self.cheap]
