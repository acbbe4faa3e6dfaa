"""What every client is: its methods, arguments, repeats and waits; in both worlds."""

from __future__ import annotations

import asyncio
import inspect
import io
import pydoc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import httpx2
import pytest
from worlds import EVERY, Provider, World, arguments, needed, operations, settings

from emulator import client as clients
from emulator.client import (
    AuthenticationError,
    ClientTimeoutError,
    ConfigurationError,
    NotFinalError,
    RefusedError,
    TransportError,
    UncertainSaleError,
    UnreadableAnswerError,
)
from emulator.client.core import reference
from emulator.client.core.operation import Operation

WORLDS = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "asynchronous"])
NAMES = list(clients.modules())


def answer(content, status=200, **headers):
    return httpx2.Response(status, json=content, headers=headers)


def session(status="PENDING"):
    return answer({"requestId": 5, "status": {"status": status}})


BUSY = httpx2.Response(503, text="busy")


class TestMethods:
    @pytest.mark.parametrize(("name", "operation"), EVERY)
    def test_signature(self, name, operation):
        """`inspect.signature` and `help()` show real names and the result, in both worlds."""
        made = operations(name)[operation]
        signature = inspect.signature(made._blocking)
        kinds = {each.kind for each in signature.parameters.values()}
        assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        assert "Steps" not in str(signature.return_annotation)
        assert signature == inspect.signature(made._awaitable)
        assert inspect.iscoroutinefunction(made._awaitable)
        assert not inspect.isgeneratorfunction(made._blocking)
        assert made._blocking.__doc__ == made.function.__doc__ != ""

    @pytest.mark.parametrize("name", NAMES)
    def test_both_worlds_have_the_same(self, name):
        def public(cls):
            left_out = {"close", "aclose"}
            return {each for each in dir(cls) if not each.startswith("_")} - left_out

        assert public(getattr(clients, name)) == public(getattr(clients, f"Async{name}"))

    def test_help(self):
        """The text that a reader of `help(Placetopay)` sees."""
        out = io.StringIO()
        pydoc.Helper(output=out).help(clients.Placetopay)
        text = out.getvalue()
        assert "query_session(self, request_id: 'int') -> 'Session'" in text
        assert "Open a session for one payment." in text
        assert "async" not in text.partition("query_session")[0]

    @pytest.mark.parametrize(("name", "operation"), EVERY)
    def test_unknown_argument(self, name, operation):
        """A TypeError, before anything is sent, that names the nearest right word."""
        provider = Provider(answer({}))
        world = World(name, provider, is_async=False)
        given = arguments(name, operation)
        wrong = {f"{next(iter(given))}s": 1} if given else {"zzz": 1}
        with pytest.raises(TypeError, match="has no argument") as raised:
            world.call(operation, **given, **wrong)
        assert not given or f"did you mean {next(iter(given))!r}?" in str(raised.value)
        assert provider.requests == []

    def test_too_few_arguments(self):
        with pytest.raises(TypeError, match="request_id"):
            World("Placetopay", Provider(answer({})), is_async=False).call("query_session")

    def test_an_operation_by_itself(self):
        """Of a class that is in no world, it is the operation."""
        from emulator.client.placetopay import PlacetopayOperations

        assert isinstance(PlacetopayOperations.query_session, Operation)


class TestConstructor:
    def made(self, name, **change):
        given = {"base_url": "https://real.test", **settings(name), **change}
        return getattr(clients, name)(**given)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("change", "argument"),
        [
            ({"base_url": "ftp://x"}, "base_url"),
            ({"base_url": "x"}, "base_url"),
            ({"base_url": 5}, "base_url"),
            ({"base_url": "https://user:hunter2@x.test"}, "base_url"),
            ({"base_url": "https://x.test/?a=b"}, "base_url"),
            ({"base_url": "https://x.test:99999"}, "base_url"),
            ({"base_url": "https://[::1"}, "base_url"),
            ({"base_url": "https://x.test/a b"}, "base_url"),
            ({"timeout": 0}, "timeout"),
            ({"timeout": float("nan")}, "timeout"),
            ({"timeout": "5"}, "timeout"),
            ({"timeout": None}, "timeout"),
            ({"retries": -1}, "retries"),
            ({"retries": True}, "retries"),
            ({"retries": 1000}, "retries"),
            ({"sleep": 5}, "sleep"),
        ],
        ids=str,
    )
    def test_shared_arguments(self, name, change, argument):
        with pytest.raises(ConfigurationError) as raised:
            self.made(name, **change)
        assert raised.value.argument == argument
        assert str(raised.value).startswith(f"{argument}: ")
        assert "hunter2" not in str(raised.value)

    @pytest.mark.parametrize(
        ("name", "argument"),
        [
            *((name, each) for name in NAMES for each in needed(name)),
            *(("Tesabiz", each) for each in ("private_key", "provider_certificate")),
        ],
    )
    @pytest.mark.parametrize("value", ["", " ", None, "s3cr3t-\ud800", b"x"], ids=repr)
    def test_own_arguments(self, name, argument, value):
        """Empty and impossible values are errors that name the argument, never the value."""
        with pytest.raises(ConfigurationError) as raised:
            self.made(name, **{argument: value})
        assert raised.value.argument == argument
        assert "s3cr3t" not in str(raised.value)

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("Gestopago", {"aes_key": "s3cr3t!"}),
            ("Gestopago", {"aes_key": "A" * 22 + "=="}),
            ("Gestopago", {"aes_iv": "A" * 43 + "="}),
            ("Gestopago", {"api_key": "s3cr3t\nx"}),
            ("Placetopay", {"hash_name": "md5"}),
            ("Goat", {"private_key": "s3cr3t"}),
            ("Goat", {"private_key": settings("Tesabiz")["private_key"]}),
            ("Tesabiz", {"private_key": settings("Goat")["private_key"]}),
            ("Tesabiz", {"provider_certificate": settings("Tesabiz")["private_key"]}),
            ("Pagsmile", {"app_id": "s3cr3t é"}),
            ("Control", {"namespace": "a/b"}),
            ("Control", {"base_url": "https://x.test/_ns/a", "namespace": "b"}),
            ("Control", {"admin_token": "s3cr3t é"}),
        ],
    )
    def test_impossible_arguments(self, name, change):
        with pytest.raises(ConfigurationError) as raised:
            self.made(name, **change)
        assert raised.value.argument in change
        assert "s3cr3t" not in str(raised.value)

    @pytest.mark.parametrize("name", NAMES)
    def test_unknown_argument(self, name):
        with pytest.raises(TypeError, match="did you mean 'retries'"):
            self.made(name, retrys=2)

    @pytest.mark.parametrize("name", [name for name in NAMES if settings(name)])
    def test_repr_shows_no_secret(self, name):
        """Nor does it show a key."""
        made = self.made(name)
        secrets = [
            each.name for each in fields(made) if each.name in settings(name) and not each.repr
        ]
        shown = repr(made)
        assert shown.startswith(f"{name}(base_url='https://real.test'")
        assert secrets
        for each in secrets:
            assert repr(settings(name)[each])[1:-1] not in shown

    def test_environment(self, monkeypatch):
        """A Control goes by EMULATOR_URL and EMULATOR_ADMIN_TOKEN."""
        monkeypatch.setenv("EMULATOR_URL", "http://elsewhere.test:1/")
        monkeypatch.setenv("EMULATOR_ADMIN_TOKEN", "t0ken")
        control = clients.Control()
        assert (control.base_url, control.admin_token) == ("http://elsewhere.test:1", "t0ken")
        assert "t0ken" not in repr(control)
        assert clients.Control("http://a.test", admin_token="").admin_token == ""


PASSING = [BUSY, httpx2.ConnectError(""), httpx2.ReadTimeout(""), httpx2.ReadError("")]


UNSAFE = {
    "Placetopay": {
        "create_session", "create_subscription", "create_autopay", "cancel_session", "collect",
        "reverse", "transaction", "invalidate_token", "wait_until_final",
    },
    "Gestopago": {"send_tx", "wait_until_final"},
    "Tesabiz": {"generate_qr", "generate_qr_image", "block", "wait_until_final"},
    "Goat": {"request"},
    "Pagsmile": {"create_payout", "checkout", "wait_until_final"},
    "Control": {
        "reset", "trigger", "clock.freeze", "clock.unfreeze", "clock.start", "clock.advance",
        "clock.offset", "clock.drift", "clock.reset", "credentials.register",
        "credentials.change", "credentials.remove", "namespaces.remove", "requests.clear",
        "webhooks.resend", "scenario.load", "scenario.unload", "scenario.signal",
    },
}  # fmt: skip


class TestRepeats:
    @WORLDS
    @pytest.mark.parametrize("failure", PASSING, ids=lambda each: type(each).__name__)
    def test_a_question_is_repeated(self, is_async, failure):
        """Each time with a new request: no nonce is used twice."""
        provider = Provider(failure, failure, session())
        world = World("Placetopay", provider, is_async, retries=2)
        assert world.call("query_session", request_id=5)["requestId"] == 5
        assert len({request.content for request in provider.requests}) == 3
        first, second = world.slept
        assert 0.25 <= first <= 0.5 <= second <= 1.0

    @WORLDS
    @pytest.mark.parametrize(("name", "operation"), EVERY)
    def test_only_what_is_safe_is_repeated(self, is_async, name, operation):
        """What moves money is sent once, whatever happens."""
        provider = Provider(httpx2.ReadError("reset"))
        world = World(name, provider, is_async, retries=1)
        with pytest.raises(clients.ClientError):
            world.call(operation, **arguments(name, operation))
        if operation not in ("wait_until_final", "request", "send_tx"):  # these ask something else
            assert len(provider.requests) == (2 if operations(name)[operation].safe else 1)

    @pytest.mark.parametrize("name", UNSAFE)
    def test_what_is_not_safe(self, name):
        """By declaration; this list is here to be read when it changes."""
        made = operations(name)
        assert {each for each in made if not made[each].safe} == UNSAFE[name]

    def test_a_sale_is_never_repeated(self):
        """Nor after a 503, with retries."""
        login = answer({"token": "t", "success": True})
        provider = Provider(login, BUSY)
        world = World("Gestopago", provider, is_async=False, retries=5)
        with pytest.raises(UncertainSaleError):
            world.call("send_tx", **arguments("Gestopago", "send_tx"))
        assert len(provider.requests) == 2
        assert world.slept == []

    def test_off_unless_asked(self):
        provider = Provider(BUSY)
        world = World("Placetopay", provider, is_async=False)
        with pytest.raises(UnreadableAnswerError):
            world.call("query_session", request_id=5)
        assert len(provider.requests) == 1

    @pytest.mark.parametrize("status", [400, 401, 404, 500])
    def test_what_does_not_pass_is_not_repeated(self, status):
        provider = Provider(answer({"status": {"status": "FAILED"}}, status))
        world = World("Placetopay", provider, is_async=False, retries=3)
        with pytest.raises(RefusedError):
            world.call("query_session", request_id=5)
        assert len(provider.requests) == 1

    @pytest.mark.parametrize(("asked", "slept"), [("7", [7.0]), ("20", [])])
    def test_retry_after(self, asked, slept):
        """It is respected up to the timeout; where it asks for more, the error comes at once."""
        busy = httpx2.Response(429, text="slow down", headers={"retry-after": asked})
        world = World("Placetopay", Provider(busy, session()), False, retries=1, timeout=10)
        if slept:
            world.call("query_session", request_id=5)
        else:
            with pytest.raises(UnreadableAnswerError):
                world.call("query_session", request_id=5)
        assert world.slept == slept

    def test_the_last_error_is_raised(self):
        provider = Provider(BUSY, httpx2.ReadTimeout("slow"))
        world = World("Placetopay", provider, is_async=False, retries=1)
        with pytest.raises(ClientTimeoutError):
            world.call("query_session", request_id=5)


FINAL = {
    "Placetopay": (session(), session("APPROVED")),
    "Pagsmile": tuple(
        answer({"code": 200, "data": {"status": status}}) for status in ("PROCESSING", "PAID")
    ),
}


class TestWaits:
    @WORLDS
    @pytest.mark.parametrize("name", FINAL)
    def test_until_final(self, is_async, name):
        """Polls with growing pauses; a failure that passes is not the end."""
        still, final = FINAL[name]
        provider = Provider(still, still, httpx2.ReadError(""), BUSY, final)
        world = World(name, provider, is_async)
        found = world.call("wait_until_final", **arguments(name, "wait_until_final"))
        assert found in (final.json(), final.json().get("data"))
        assert world.slept == [2.0, 3.0, 4.5, 6.75]

    @WORLDS
    def test_limit(self, is_async):
        """The error has what was seen last."""
        world = World("Placetopay", Provider(session()), is_async)
        with pytest.raises(NotFinalError, match="session 5 is not final after 10") as raised:
            world.call("wait_until_final", request_id=5, limit=10)
        assert raised.value.last["status"]["status"] == "PENDING"
        assert sum(world.slept) == 10

    def test_pauses_grow_to_a_minute(self):
        world = World("Placetopay", Provider(session()), is_async=False)
        with pytest.raises(NotFinalError):
            world.call("wait_until_final", request_id=5)
        assert max(world.slept) == 60
        assert sum(world.slept) == 1800

    def test_a_refusal_is_the_end(self):
        provider = Provider(answer({"status": {"status": "FAILED", "message": "no"}}, 404))
        world = World("Placetopay", provider, is_async=False)
        with pytest.raises(RefusedError):
            world.call("wait_until_final", request_id=5)
        assert world.slept == []

    @pytest.mark.parametrize(("code", "found"), [("06", True), ("70", False)])
    def test_a_sale(self, code, found):
        """It waits 62 s, asks, and goes on while the answer is uncertain."""

        def said(code):
            text = f"<RESPONSE><MENSAJE><CODIGO>{code}</CODIGO></MENSAJE></RESPONSE>"
            return httpx2.Response(200, text=text)

        login = answer({"token": "t", "success": True})
        world = World("Gestopago", Provider(login, said("82"), said("03"), said(code)), False)
        sale = world.call("wait_until_final", **arguments("Gestopago", "wait_until_final"))
        assert (sale is not None) is found
        assert world.slept == [62.0, 5.0, 7.5]


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "operation", "refusal"),
        [
            ("Placetopay", "query_session", (401, {"status": {"status": "FAILED", "reason": 401}})),
            ("Pagsmile", "balance", (401, {"code": 4004003, "msg": "permission denied"})),
            ("Goat", "whoami", (401, {"code": 2000, "message": "Unauthorized", "errorId": "x"})),
            ("Gestopago", "get_balance", (200, {"token": "INVALID", "success": False})),
        ],
    )
    @WORLDS
    def test_authentication(self, is_async, name, operation, refusal):
        status, content = refusal
        with pytest.raises(AuthenticationError) as raised:
            World(name, Provider(answer(content, status)), is_async).call(
                operation, **arguments(name, operation)
            )
        assert raised.value.status == status
        assert raised.value.answer.members() == content

    @pytest.mark.parametrize(
        ("base", "sent"),
        [("http://127.0.0.1:1/goat", "Bearer t0ken"), ("https://api.goat.ar", None)],
    )
    def test_diagnosis(self, base, sent, monkeypatch):
        """It comes from the emulator's journal; the admin token goes to a near host only."""
        monkeypatch.setenv("EMULATOR_ADMIN_TOKEN", "t0ken")
        marks = {"emulator-diagnosis": "bearer.missing", "emulator-exchange": "7"}
        refusal = answer({"code": 1, "message": "no", "errorId": "x"}, 401, **marks)
        told = {"code": "bearer.missing", "summary": "No token", "hint": "Send one", "new": 5}
        provider = Provider(refusal, answer({"diagnosis": told}))
        world = World("Goat", provider, is_async=False, base_url=base)
        with pytest.raises(AuthenticationError, match="Send one") as raised:
            world.call("create_token")
        assert (raised.value.diagnosis.hint, raised.value.exchange) == ("Send one", 7)
        journal = provider.requests[1]
        assert journal.url.path == "/_emulator/requests/7"
        assert journal.headers.get("authorization") == sent

    def test_a_lost_sale_is_uncertain(self):
        """Where the connection broke after the sale was sent; not where it was never made."""
        login = answer({"token": "t", "success": True})
        sale = arguments("Gestopago", "send_tx")
        for failure in (httpx2.ReadError("reset"), httpx2.ReadTimeout("")):
            with pytest.raises(UncertainSaleError) as raised:
                World("Gestopago", Provider(login, failure), False).call("send_tx", **sale)
            assert isinstance(raised.value.__cause__, TransportError)
        for answers in ((login, httpx2.ConnectError("")), (httpx2.ReadError(""),), (BUSY,)):
            with pytest.raises((TransportError, UnreadableAnswerError)):
                World("Gestopago", Provider(*answers), False).call("send_tx", **sale)

    def test_a_token_that_is_none(self):
        """A token that cannot be a header is an answer that cannot be read."""
        login = answer({"token": "a\r\nb: c", "success": True})
        with pytest.raises(clients.ClientError):
            World("Gestopago", Provider(login), is_async=False).call("get_balance")

    def test_threads_share_one_login(self):
        """A blocking client can be used by many threads at once."""
        logins = []

        def provider(request):
            if request.url.path.endswith("authenticate/"):
                logins.append(request)
                return answer({"token": "t", "success": True})
            return httpx2.Response(200, text="<R><VALID>1</VALID><ECHO>d</ECHO></R>")

        world = World("Gestopago", provider, is_async=False)
        with ThreadPoolExecutor(8) as pool:
            echoes = list(pool.map(lambda _: world.call("send_echo"), range(32)))
        assert echoes == ["d"] * 32
        assert len(logins) == 1

    def test_cancellation(self):
        """A task that is cancelled stops; the cancellation is not an error of the client."""

        async def never(request):
            await asyncio.Event().wait()

        async def play():
            transport = httpx2.MockTransport(never)
            async with clients.AsyncPagsmile(
                "https://real.test", **settings("Pagsmile"), transport=transport, retries=3
            ) as pagsmile:
                task = asyncio.create_task(pagsmile.balance())
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(play())


class TestPackage:
    def test_exports(self):
        """What type checkers see is what there is."""
        made = reference.EXPORTS.read_text("utf-8")
        assert reference.exports() == made, reference.__doc__
        assert sorted(clients.exports()) == clients.__all__
        for name in clients.__all__:
            assert getattr(clients, name).__name__ == name

    def test_reference_page(self):
        shown = reference.PAGE.read_text("utf-8")
        assert shown == reference.page(), reference.__doc__

    def test_found_by_folder(self, tmp_path, monkeypatch):
        """A new module is a client; there is no list."""
        text = "class NewPay: ...\nclass AsyncNewPay: ...\n"
        (tmp_path / "new_pay.py").write_text(text, "utf-8")
        monkeypatch.setattr(clients, "__path__", [*clients.__path__, str(tmp_path)])
        assert clients.NewPay.__name__ == "NewPay"
        assert clients.AsyncNewPay.__name__ == "AsyncNewPay"
        assert "NewPay" in dir(clients)

    def test_unknown_name(self):
        with pytest.raises(AttributeError, match="no attribute 'Stripe'"):
            _ = clients.Stripe

    def test_importing_is_cheap(self):
        """No HTTP library, no cryptography, no client before one is named."""
        heavy = ("httpx2", "cryptography", "jwt", "asyncio", "pydantic", "yaml", "starlette")
        code = f"""
import sys, emulator.client
found = [each for each in {heavy!r} if each in sys.modules]
emulator.client.ClientError, dir(emulator.client)
found += [each for each in sys.modules if each.startswith("emulator.client.p")]
from emulator.client import Placetopay
found += [each for each in ("httpx2", "emulator.client.goat") if each in sys.modules]
sys.exit(str(found) if found else 0)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stderr == ""

    def test_modules_are_short(self):
        root = Path(clients.__file__).parent
        for file in root.rglob("*.py"):
            assert len(file.read_text("utf-8").splitlines()) <= 300, file
