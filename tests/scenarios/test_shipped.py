"""Every shipped scenario, played from its first request to recovery against the bundled clients.

In each: what a correct client sees, which rules fired on what, and that a request which is wrong
in itself is refused for its own reason and uses no rule up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from playing import START, Play, date_of, played

from emulator.client import ClientError

RETURN = "https://shop.example/back"


async def refused(operation: Awaitable[Any]) -> ClientError:
    """Return why an operation was refused."""
    with pytest.raises(ClientError) as caught:
        await operation
    return caught.value


async def tried(operation: Awaitable[Any]) -> Any:
    """Return what came of an operation: its result, or why it was refused."""
    try:
        return await operation
    except ClientError as error:
        return error


# GestoPago


def sale(client: Any, number: int) -> dict[str, Any]:
    return client.payload(id_servicio=133, id_producto=582, telefono=f"55{number:08d}")


class TestGestopagoTokenExpiresMidBatch:
    name = "gestopago-token-expires-mid-batch"

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
        play.check()

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


class TestGestopago401And403:
    name = "gestopago-401-and-403"

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


# Placetopay


async def create(client: Any, number: int = 1) -> dict[str, Any]:
    return await client.create_session(f"A-{number}", 12_000, return_url=RETURN)


class TestPlacetopayClockSkew:
    name = "placetopay-clock-skew"

    @played
    async def test_accepted_for_five_minutes_then_refused_for_the_clock(self):
        play = Play(self.name)
        client = play.client("placetopay")
        made = await create(client)
        assert date_of(play.recorder.responses[-1]) == START + 290
        assert datetime.fromisoformat(made["status"]["date"]).timestamp() == START  # as `affects`
        play.advance("4m")
        await create(client)
        play.advance("1m10s")
        error = await refused(create(client))
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
        error = await refused(create(play.client("placetopay")))
        off = date_of(error.answer) - play.now()
        assert off == pytest.approx(290 + 20, abs=1)
        await create(play.client("placetopay", clock=lambda: play.now() + off))
        assert play.exchanges[-1].verdict == "accepted"

    @played
    async def test_a_wrong_secret_is_refused_for_its_own_reason(self):
        """Also while the clocks differ: so nobody exchanges a secret that is right."""
        play = Play(self.name)
        play.advance("10m")
        error = await refused(create(play.client("placetopay", secret_key="old")))
        assert "102" in error.answer.json()["status"]["message"]
        assert error.diagnosis is not None
        assert error.diagnosis.code == "username-token.digest-mismatch"

    @played
    async def test_after_a_quarter_of_an_hour_it_is_put_right(self):
        play = Play(self.name)
        play.wall += 14 * 60 + 59
        await refused(create(play.client("placetopay")))
        play.wall += 1
        await create(play.client("placetopay"))
        assert date_of(play.recorder.responses[-1]) == START + 15 * 60
        play.check()

    @played
    async def test_unloading_puts_the_clock_right(self):
        play = Play(self.name)
        play.advance("10m")
        await refused(create(play.client("placetopay")))
        play.namespace.unload()
        await create(play.client("placetopay"))
        assert date_of(play.recorder.responses[-1]) == START


class TestPlacetopayFlakyGateway:
    """The evening itself needs a socket; see the stories."""

    name = "placetopay-flaky-gateway"

    @played
    async def test_every_answer_is_late(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("placetopay")
        made = await create(client)
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
        made = await create(client)
        for _ in range(23):
            await client.query_session(made["requestId"])
        error = await refused(client.query_session(made["requestId"]))
        assert error.status == 403
        assert error.answer.headers["content-type"].startswith("text/html")

    @played
    async def test_a_wrong_secret_is_refused_for_its_own_reason(self, waits: list[float]):
        play = Play(self.name)
        client = play.client("placetopay", secret_key="old")
        for number in range(30):
            assert (await refused(create(client, number))).status == 401
        assert set(play.rules.values()) == {(0, 0)}
        assert waits == []


class TestPlacetopayCredentialsRotated:
    name = "placetopay-credentials-rotated"

    @played
    async def test_expired_after_two_good_requests_until_the_signal(self):
        play = Play(self.name)
        client = play.client("placetopay")
        await create(client, 1)
        await create(client, 2)
        for _ in range(5):
            error = await refused(create(client, 3))
            assert error.answer.json()["status"]["message"].endswith("106")
            assert error.diagnosis is not None
            assert error.diagnosis.code == "scenario.injected"
        assert play.rules == {"still-good": (2, 2), "expired": (5, 5), "new-secret": (0, 0)}
        assert play.namespace.scenario is not None
        assert play.namespace.scenario.signal("new-secret-installed") == [""]
        error = await refused(create(client, 3))
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
                error = await refused(create(wrong, 3))
                assert error.answer.json()["status"]["message"].endswith("102")
                assert error.diagnosis is not None
                assert error.diagnosis.code == "username-token.digest-mismatch"
                assert "emulator-scenario" not in error.answer.headers
            answer = await tried(create(right, 3))
        assert isinstance(answer, ClientError)
        assert answer.answer.json()["status"]["message"].endswith("106")
        assert play.rules == {"still-good": (2, 2), "expired": (1, 1), "new-secret": (0, 0)}
        play.check()

    @played
    async def test_a_stranger_s_secret_is_refused_in_every_state(self):
        play = Play(self.name)
        right, wrong = play.client("placetopay"), play.client("placetopay", secret_key="old")
        for number in range(3):
            await tried(create(right, number))
        assert play.namespace.scenario is not None
        assert play.namespace.scenario.signal("new-secret-installed") == [""]
        error = await refused(create(wrong))
        assert error.diagnosis is not None
        assert error.diagnosis.code == "username-token.digest-mismatch"
        play.check()


# Tesabiz


async def qr(client: Any, id_trans: str = "T-1") -> str:
    made = await client.generate_qr(id_trans, 1_700, glosa="Zapatos", cuenta_abono="CUENTA1_BOB")
    return made["idQr"]


def rogue_key(play: Play) -> str:
    return play.emulator.key_files("tesabiz").text("rogue.key.pem")


class TestTesabizUnauthorized:
    name = "tesabiz-unauthorized"

    @pytest.mark.parametrize("secure", [True, False], ids=["jws", "plain"])
    @played
    async def test_three_closed_doors_then_health(self, secure: bool):
        play = Play(self.name)
        client = play.client("tesabiz", secure=secure)
        errors = [await refused(qr(client)) for _ in range(3)]
        assert [error.status for error in errors] == [401, 403, 200]
        assert errors[1].answer.headers["content-type"].startswith("text/html")
        last = errors[2].answer.json()
        assert (last if secure else last["header"])["codReturn"] == "4"
        id_qr = await qr(client)  # the same idTrans: nothing was made before
        assert (await client.details(id_qr))["idQr"] == id_qr
        assert play.rules == {"closed-doors": (5, 3)}
        assert play.verdicts(fired=True) == 3 * ["injected"]
        play.check()

    @played
    async def test_a_foreign_signature_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        error = await refused(qr(play.client("tesabiz", private_key=rogue_key(play))))
        assert error.status == 200
        assert error.answer.json()["codReturn"] == "4"
        assert error.diagnosis is not None
        assert error.diagnosis.code == "jws.signature"
        assert play.rules == {"closed-doors": (0, 0)}
        play.check()


class TestTesabizSlowAndDown:
    name = "tesabiz-slow-and-down"

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


# Goat


class TestGoatTokenOutage:
    name = "goat-token-outage"

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


class TestGoatTokenExpiresMidFlight:
    name = "goat-token-expires-mid-flight"

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
        play.check()

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


class TestGoatClockSkew:
    name = "goat-clock-skew"

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
        play.check()

    @played
    async def test_a_scope_that_is_not_there_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        error = await refused(play.client("goat").whoami("admin"))
        assert error.status == 403
        assert error.diagnosis is not None
        assert error.diagnosis.code == "goat.scope-missing"
        assert set(play.rules.values()) == {(0, 0)}


# Pagsmile


async def pay(client: Any, custom_code: str = "P-1") -> dict[str, Any]:
    return await client.create_payout(
        name="Test User Name",
        phone="5511987654321",
        email="user@example.com",
        account="50284414727",
        account_type="CPF",
        document_id="50284414727",
        document_type="CPF",
        method="PIX",
        custom_code=custom_code,
        fee_bear="merchant",
        amount="10.00",
        source_currency="USD",
        arrival_currency="BRL",
        notify_url="https://shop.example/notify",
        additional_remark="shoes",
        country="BRA",
    )


class TestPagsmileSignatureRefused:
    name = "pagsmile-signature-refused"

    @played
    async def test_the_same_payout_goes_through_in_the_end(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        before = await client.balance()
        errors: list[ClientError] = []
        for _ in range(3):
            errors.append(await refused(pay(client)))
            assert play.namespace.scenario is not None
            assert play.namespace.scenario.signal("put-right")
        assert [error.status for error in errors] == [401, 401, 403]
        codes = [error.answer.json()["code"] for error in errors]
        assert codes[:2] == [4004003, 4004103]
        assert await client.balance() == before
        assert (await pay(client))["custom_code"] == "P-1"
        assert await client.balance() != before
        assert set(play.rules.values()) == {(1, 1)}
        assert play.verdicts(fired=True) == 3 * ["injected"]
        play.check()

    @played
    async def test_a_wrong_key_gets_its_own_401(self):
        play = Play(self.name)
        error = await refused(pay(play.client("pagsmile", app_key="wrong")))
        assert error.answer.json()["code"] == 4004003
        assert error.diagnosis is not None
        assert error.diagnosis.code == "sorted-digest.mismatch"
        assert set(play.rules.values()) == {(0, 0)}
        play.check()


class TestPagsmileDegradingEvening:
    name = "pagsmile-degrading-evening"

    @played
    async def test_what_is_slow_is_made(self, waits: list[float]):
        """The outage in the middle needs real sockets: it is played in the stories."""
        play = Play(self.name)
        client = play.client("pagsmile")
        await pay(client, "P-0")
        assert waits == []
        play.advance("61s")
        for number in range(1, 6):
            await pay(client, f"P-{number}")
        late = [wait for wait in waits if wait != 0.05]  # the others are between the drops
        assert len(late) == 5
        assert all(0.4 <= wait < 1.5 for wait in late)
        assert play.tally == {"payout.create 200": 6}
        assert play.rules["slow-body"] == (5, 5)
        play.check()

    @played
    async def test_the_new_key_alone_opens_in_the_end(self, waits: list[float]):
        play = Play(self.name)
        provider, record = play.emulator.providers["pagsmile"], play.keys("pagsmile")
        play.advance("3m31s")
        error = await refused(pay(play.client("pagsmile")))
        assert error.status == 401
        assert error.diagnosis is not None
        assert error.diagnosis.code == "sorted-digest.mismatch"
        key = provider.credentials.rekeyed(record, "next", play.emulator.key_files("pagsmile"))[
            "app_key"
        ]
        await pay(play.client("pagsmile", app_key=key))
        for name in ("previous", "rogue"):
            key = provider.credentials.rekeyed(record, name, play.emulator.key_files("pagsmile"))[
                "app_key"
            ]
            assert (await refused(pay(play.client("pagsmile", app_key=key)))).status == 401
        play.check()

    @played
    async def test_it_leaves_by_itself(self, waits: list[float]):
        play = Play(self.name)
        engine = play.namespace.scenario
        assert engine is not None
        assert engine.running
        engine._elapsed = lambda: engine._deadline
        play.advance("2m30s")
        await pay(play.client("pagsmile"), "P-1")
        await pay(play.client("pagsmile"), "P-2")
        assert not engine.running
        assert waits == []

    @played
    async def test_a_wrong_key_is_refused_for_its_own_reason(self, waits: list[float]):
        play = Play(self.name)
        play.advance("2m30s")
        for _ in range(4):
            error = await refused(pay(play.client("pagsmile", app_key="wrong")))
            assert error.status == 401
        assert waits == []
        assert set(play.rules.values()) == {(0, 0)}


class TestPagsmileRateLimited:
    name = "pagsmile-rate-limited"

    @played
    async def test_the_same_payout_after_waiting(self):
        play = Play(self.name)
        client = play.client("pagsmile")
        told: list[str | None] = []
        for number in range(9):
            while isinstance(answer := await tried(pay(client, f"P-{number}")), ClientError):
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

    @played
    async def test_a_wrong_key_is_refused_for_its_own_reason(self):
        play = Play(self.name)
        for _ in range(5):
            error = await refused(pay(play.client("pagsmile", app_key="wrong")))
            assert error.status == 401
        assert set(play.rules.values()) == {(0, 0)}


# Any provider

TOUCH: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "gestopago": lambda client: client.send_echo(),
    "goat": lambda client: client.whoami(),
    "pagsmile": lambda client: client.balance(),
    "placetopay": create,
    "tesabiz": qr,
}


class TestAnyProviderMaintenance:
    name = "any-provider-maintenance"

    @pytest.mark.parametrize("provider", TOUCH)
    @played
    async def test_closed_for_ten_minutes(self, provider: str):
        play = Play(self.name)
        client = play.client(provider)
        for _ in range(2):
            error = await refused(TOUCH[provider](client))  # no error of a parser
            assert error.status == 503
            assert error.answer.headers["retry-after"] == "600"
            assert error.answer.headers["content-type"] == "text/html; charset=utf-8"
        play.advance("600s")
        await TOUCH[provider](client)
        assert play.rules == {"closed": (2, 2)}
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
        error = await refused(TOUCH[provider](play.client(provider, **wrong)))
        assert error.status != 503
        assert play.exchanges[-1].verdict == "refused"
        assert play.rules == {"closed": (0, 0)}
        play.check()

    def test_knows_every_provider(self):
        assert set(TOUCH) == set(Play(self.name).emulator.providers)
