"""The control API: what it shows, what it changes, and who may call it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.emulator import Emulator

KEYS = st.sampled_from(
    ["that", "requests", "match", "provider", "goat", "max", "order", "unique", "pointer", "expect"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def ask(emulator: Emulator, method: str, path: str, host: str = "localhost:8900", **more: Any):
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())


def test_health_and_ready(emulator):
    """Both name version and providers."""
    for path in ("/_emulator/health", "/_emulator/ready"):
        answer = ask(emulator, "GET", path).json()
        assert answer["status"] == "ok"
        assert answer["providers"] == [*emulator.providers]


def test_credentials_have_the_promised_members(emulator):
    """The names are fixed, because people script against them."""
    promised = {
        "gestopago": ["base_url", "idDistribuidor", "codigoDispositivo", "password", "aes_key",
                      "aes_iv", "api_key"],
        "placetopay": ["base_url", "login", "secretKey"],
        "tesabiz": ["base_url", "code", "sisOrigen", "private_key", "certificate",
                    "provider_certificate", "provider_public_key", "cuentaAbono"],
        "goat": ["base_url", "clientId", "keyId", "private_key", "audience"],
        "pagsmile": ["base_url", "app_id", "app_key"],
    }  # fmt: skip
    shown = ask(emulator, "GET", "/_emulator/credentials").json()
    assert {name: sorted(shown[name]) for name in promised} == {
        name: sorted(members) for name, members in promised.items()
    }
    assert set(shown) == set(emulator.providers)
    assert all(members["base_url"].endswith(f"/{name}") for name, members in shown.items())
    assert shown["goat"]["base_url"] == "http://localhost:8900/goat"
    in_namespace = ask(emulator, "GET", "/_ns/t1/_emulator/credentials").json()
    assert in_namespace["goat"]["base_url"] == "http://localhost:8900/_ns/t1/goat"


def test_journal_shows_searches_and_empties(emulator):
    """Newest first, with filters, one in full, and empty when told."""
    for path in ("/goat/v1/whoami", "/goat/none", "/pagsmile/api/payout"):
        ask(emulator, "POST" if "payout" in path else "GET", path)
    found = ask(emulator, "GET", "/_emulator/requests").json()["requests"]
    assert [each["number"] for each in found] == [3, 2, 1]
    assert set(found[0]) >= {
        "number", "namespace", "provider", "endpoint", "method", "path", "status", "verdict",
        "credential", "diagnosis", "rules", "received_at", "duration_ms",
    }  # fmt: skip
    assert set(found[0]["diagnosis"]) == {
        "code", "summary", "where", "expected", "received", "hint", "source",
    }  # fmt: skip
    for query, numbers in (
        ("provider=goat", [2, 1]),
        ("endpoint=who*", [1]),
        ("since=2", [3]),
        ("limit=1", [3]),
        ("verdict=accepted", []),
        ("diagnosis=bearer.*", [2, 1]),
    ):
        found = ask(emulator, "GET", f"/_emulator/requests?{query}").json()["requests"]
        assert [each["number"] for each in found] == numbers, query
    whole = ask(emulator, "GET", "/_emulator/requests/1").json()
    assert whole["request"]["path"] == "/v1/whoami"
    assert whole["reply"]["status"] == 401
    assert ask(emulator, "GET", "/_emulator/requests/99").status_code == 404
    assert ask(emulator, "GET", "/_emulator/requests/x").status_code == 404
    assert ask(emulator, "GET", "/_emulator/requests?limit=x").status_code == 400
    assert ask(emulator, "DELETE", "/_emulator/requests").json() == {"removed": 3}
    assert ask(emulator, "GET", "/_emulator/requests").json() == {"requests": []}


def test_wait_returns_when_the_request_has_come(emulator):
    """A long poll ends with the exchange; without one it ends empty."""

    async def both() -> tuple[Any, Any]:
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            waiting = asyncio.create_task(
                client.get("/_emulator/requests/wait?provider=goat&timeout=10")
            )
            while not emulator.namespace("default").journal.waiting:
                await asyncio.sleep(0)
            await client.get("/pagsmile/api/payout")
            await client.get("/goat/v1/whoami")
            return (await waiting).json(), (
                await client.get("/_emulator/requests/wait?provider=tesabiz&timeout=0")
            ).json()

    come, none = asyncio.run(both())
    assert [each["provider"] for each in come["requests"]] == ["goat"]
    assert none == {"requests": [], "newest": 2}


def test_clock_is_moved_and_reset(emulator):
    """PATCH moves it; the Date header goes by it."""
    moved = ask(
        emulator,
        "PATCH",
        "/_emulator/clock",
        json={"freeze": "2026-03-01T12:00:00Z", "offset": "5m"},
    ).json()
    assert moved["now"] == "2026-03-01T12:05:00+00:00"
    assert moved["time"] == "2026-03-01T12:00:00+00:00"
    dated = ask(emulator, "GET", "/goat/v1/whoami").headers["date"]
    assert dated == "Sun, 01 Mar 2026 12:05:00 GMT"
    wrong = ask(emulator, "PATCH", "/_emulator/clock", json={"ofset": "5m"})
    assert wrong.status_code == 422
    assert "ofset" in wrong.json()["error"]
    assert not ask(emulator, "PATCH", "/_emulator/clock", json={"reset": True}).json()["frozen"]


def test_reset_is_as_after_a_start(emulator):
    """State, clock and journal are gone, and the credentials are back."""
    before = ask(emulator, "GET", "/_emulator/credentials").json()
    ask(emulator, "PATCH", "/_emulator/clock", json={"freeze": "now"})
    ask(emulator, "GET", "/goat/v1/whoami")
    assert ask(emulator, "POST", "/_emulator/reset").json()["status"] == "ok"
    assert ask(emulator, "GET", "/_emulator/requests").json() == {"requests": []}
    assert not ask(emulator, "GET", "/_emulator/clock").json()["frozen"]
    assert ask(emulator, "GET", "/_emulator/credentials").json() == before
    assert ask(emulator, "GET", "/goat/v1/whoami").headers["emulator-exchange"] == "1"


def test_credentials_of_another_key_are_those_that_verify_with_asks_for(emulator):
    path = "/_emulator/credentials"
    right, following = ask(emulator, "GET", path), ask(emulator, "GET", f"{path}?key=next")
    for provider, member in (("placetopay", "secretKey"), ("pagsmile", "app_key")):
        assert right.json()[provider][member] != following.json()[provider][member]
    assert list(ask(emulator, "GET", f"{path}?key=rolled-iv").json()) == ["gestopago"]
    unknown = ask(emulator, "GET", f"{path}?key=nxt")
    assert (unknown.status_code, "did you mean 'next'" in unknown.text) == (422, True)


def test_further_credentials_belong_to_their_namespace(emulator):
    """A credential added in one namespace is unknown in another; a wrong one is refused."""
    added = ask(
        emulator, "POST", "/_ns/a/_emulator/credentials/placetopay",
        json={"login": "mine", "secretKey": "topsecret"},
    )  # fmt: skip
    assert added.status_code == 200, added.text
    assert added.json()["login"] == "mine"
    logins = [each["login"] for each in emulator.namespace("a").credentials("placetopay")]
    assert "mine" in logins
    others = [each["login"] for each in emulator.namespace("b").credentials("placetopay")]
    assert "mine" not in others
    assert (
        ask(emulator, "POST", "/_emulator/credentials/placetopay", json={"logn": "x"}).status_code
        == 422
    )
    assert ask(emulator, "POST", "/_emulator/credentials/nobody", json={}).status_code == 404


def test_scenario_is_loaded_shown_and_unloaded(emulator):
    """A wrong one is refused with line and column, and changes nothing."""
    text = (
        "scenario: a\nversion: 1\nseed: 5\nrules:\n"
        "  - {id: r, match: {provider: goat, verdict: any}, do: {error: goat.403}}\n"
    )
    yaml = {"content-type": "application/yaml"}
    loaded = ask(emulator, "PUT", "/_emulator/scenario", content=text, headers=yaml)
    assert loaded.json()["scenario"] == "a"
    hit = ask(emulator, "GET", "/goat/v1/whoami")
    assert (hit.status_code, hit.headers["emulator-scenario"]) == (403, "a/r#1")
    wrong = ask(
        emulator, "PUT", "/_emulator/scenario", content=text.replace("seed", "sed"), headers=yaml
    )
    assert wrong.status_code == 422
    assert wrong.json()["findings"][0]["line"] == 3
    assert ask(emulator, "GET", "/_emulator/scenario").json()["scenario"] == "a"
    ask(emulator, "DELETE", "/_emulator/scenario")
    assert ask(emulator, "GET", "/goat/v1/whoami").status_code == 401


YAML = {"content-type": "application/yaml"}
STAGES = (
    "scenario: stages\nversion: 1\nseed: 5\nstates:\n  initial: old\n  names: [old, rotated, new]\n"
    "  transitions:\n"
    "    - {from: old, to: rotated, on: {fired: {rule: r, times: 2}}}\n"
    "    - {from: rotated, to: new, on: {signal: installed}}\n"
    "rules:\n  - {id: r, match: {provider: goat, verdict: any}, do: {error: goat.403}}\n"
    "expect:\n"
    "  - {that: it is over, state: new}\n"
    "  - {that: two calls, requests: {match: {provider: goat}, exactly: 2}}\n"
)


def put(emulator: Emulator, text: str, query: str = "") -> httpx2.Response:
    return ask(emulator, "PUT", f"/_emulator/scenario{query}", content=text, headers=YAML)


def verify(emulator: Emulator, items: Any = None) -> httpx2.Response:
    more = {} if items is None else {"json": items}
    return ask(emulator, "POST", "/_emulator/requests/verify", **more)


def signal(emulator: Emulator, name: object) -> httpx2.Response:
    return ask(emulator, "POST", "/_emulator/scenario/signal", json={"signal": name})


def test_what_the_loaded_scenario_expects_counts_from_its_start(emulator):
    """An empty body means it; without a scenario there is nothing to verify."""
    assert verify(emulator).status_code == 409
    ask(emulator, "GET", "/goat/v1/whoami")
    put(emulator, STAGES)
    for _ in range(2):
        ask(emulator, "GET", "/goat/v1/whoami")
    answer = verify(emulator).json()
    assert (answer["passed"], answer["scenario"], answer["forgotten"]) == (False, "stages", 0)
    assert [item["passed"] for item in answer["expectations"]] == [False, True]
    assert answer["expectations"][0]["found"] == "state rotated"
    assert signal(emulator, "installed").status_code == 200
    assert verify(emulator).json()["passed"]


def test_a_list_of_expectations_counts_the_whole_journal(emulator):
    """As it is, or under its name."""
    ask(emulator, "GET", "/goat/v1/whoami")
    put(emulator, STAGES)
    item = {"that": "one", "requests": {"match": {"provider": "goat"}, "exactly": 1}}
    assert verify(emulator, [item]).json()["passed"]
    assert verify(emulator, {"expect": [item]}).json()["passed"]


def test_near_misses_show_no_secret(emulator):
    """Not even where the value that came twice is one."""
    secret = emulator.namespace("default").credentials("placetopay")[0]["secretKey"]
    for _ in range(2):
        ask(emulator, "POST", "/placetopay/api/session", json={"key": secret})
    match = {"provider": "placetopay"}
    answer = verify(emulator, [{"that": "x", "unique": {"match": match, "pointer": "/key"}}])
    assert len(answer.json()["expectations"][0]["near_misses"]) == 2
    assert secret not in answer.text


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([{"that": "x"}], "give one of"),
        ({"expct": []}, "expct"),
        ([{"that": "x", "order": ["goat.whoami rest"]}], "did you mean 'reset'?"),
        ("x", "is not a list"),
        ([{"that": "x", "requests": {"match": {"provider": "gaot"}, "max": 1}}], "gaot"),
    ],
)
def test_expectations_that_mean_nothing_are_refused(emulator, items, says):
    """With the place and the nearest right word."""
    answer = verify(emulator, items)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


def test_a_journal_that_forgot_proves_nothing(emulator):
    """What could have been in the forgotten part fails; what cannot depend on it does not."""
    small = Emulator(journal_size=2)
    put(small, STAGES)
    for _ in range(4):
        ask(small, "GET", "/goat/v1/whoami")
    signal(small, "installed")
    answer = verify(small).json()
    assert answer["forgotten"] == 2
    assert [item["passed"] for item in answer["expectations"]] == [True, False]
    assert (
        "2 exchanges of this run are no longer in the journal"
        in (answer["expectations"][1]["found"])
    )
    put(small, STAGES)  # what was forgotten before belongs to nobody now
    for _ in range(2):
        ask(small, "GET", "/goat/v1/whoami")
    assert verify(small).json()["forgotten"] == 0
    assert verify(small).json()["expectations"][1]["passed"]
    ask(small, "DELETE", "/_emulator/requests")
    assert verify(small, []).json()["forgotten"] == 0


def test_signals_move_states_or_say_why_not(emulator):
    """An unknown one names the nearest, an early one the state that waits for it."""
    assert signal(emulator, "installed").status_code == 409
    put(emulator, STAGES)
    wrong = signal(emulator, "instaled")
    assert wrong.status_code == 409
    assert "did you mean 'installed'?" in wrong.json()["error"]
    assert wrong.json()["signals"] == ["installed"]
    early = signal(emulator, "installed")
    assert early.status_code == 409
    assert "it is taken in state rotated, not in old" in early.json()["error"]
    for _ in range(2):
        ask(emulator, "GET", "/goat/v1/whoami")
    assert ask(emulator, "GET", "/_emulator/scenario").json()["state"] == "rotated"
    given = signal(emulator, "installed")
    assert given.status_code == 200
    assert given.json()["signal"] == "installed"
    assert given.json()["state"] == "new"
    assert len(given.json()["changed"]) == 1
    for name in (None, 5, "", ["installed"]):
        assert signal(emulator, name).status_code == (409 if name == "" else 422)
    assert signal(emulator, "x" * 100_000).status_code == 409


def test_a_scenario_without_signals_says_so(emulator):
    """Nothing near can be offered."""
    put(emulator, "scenario: a\nversion: 1\nclock: {offset: 1m}\n")
    assert signal(emulator, "go").json()["error"] == "scenario a has no signal 'go': it takes none"


def test_ttl_of_the_call_replaces_that_of_the_file(emulator):
    """It is a time that passes; anything else loads nothing."""
    for ttl in ("soon", "-5m", "0s", "", "9" * 400 + "d"):
        assert put(emulator, STAGES, f"?ttl={ttl}").status_code == 422, ttl
    assert ask(emulator, "GET", "/_emulator/scenario").json() == {"scenario": None}
    assert put(emulator, f"{STAGES}ttl: 1h\n", "?ttl=5m").status_code == 200
    engine = emulator.namespace("default").scenario
    assert engine is not None
    assert engine.scenario.ttl == "5m"


def test_schema_offers_this_servers_providers(emulator):
    """What an editor asks for."""
    answer = ask(emulator, "GET", "/_emulator/scenario/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    provider = answer.json()["$defs"]["Match"]["properties"]["provider"]
    assert provider["enum"] == [*emulator.providers, "any"]


@pytest.mark.slow
@settings(max_examples=40)
@given(body=st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_body_is_a_bug(body):
    """Whatever is sent is taken or refused, never a 500."""
    emulator = Emulator()
    put(emulator, STAGES)
    for path in ("requests/verify", "scenario/signal"):
        answer = ask(emulator, "POST", f"/_emulator/{path}", content=body,
                     headers={"content-type": "application/json"})  # fmt: skip
        assert answer.status_code in (200, 400, 409, 422), answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8900", 200), ("[::1]:8900", 200), ("emulator:8900", 200),
        ("goat.localhost", 200), ("host.docker.internal", 200), ("192.168.1.7", 200),
        ("evil.example.com", 403), ("127.0.0.1.evil.com:8900", 403),
    ],
)  # fmt: skip
def test_a_rebound_public_name_is_refused(emulator, host, status):
    """What a page of a stranger could make resolve to this machine gets no answer."""
    assert ask(emulator, "GET", "/_emulator/health", host=host).status_code == status


def test_a_page_of_another_origin_is_refused(emulator):
    """A form or a fetch from a web page changes nothing."""
    evil = {"origin": "https://evil.example.com"}
    assert ask(emulator, "POST", "/_emulator/reset", headers=evil).status_code == 403
    odd = {"origin": "http://["}
    assert ask(emulator, "POST", "/_emulator/reset", headers=odd).status_code == 403
    own = {"origin": "http://localhost:8900"}
    assert ask(emulator, "POST", "/_emulator/reset", headers=own).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_cannot_change_anything(emulator, content_type):
    """Only content types that a form cannot send are taken."""
    headers = {"content-type": content_type} if content_type else {}
    refused = ask(
        emulator, "PATCH", "/_emulator/clock", content='{"advance":"1h"}', headers=headers
    )
    assert refused.status_code == 415


def test_admin_token():
    """Where one is set, every call must bring it, and the providers ask for nothing more."""
    emulator = Emulator(admin_token="let-me-in")
    assert ask(emulator, "GET", "/_emulator/credentials").status_code == 401
    bare = {"authorization": "let-me-in"}
    assert ask(emulator, "GET", "/_emulator/credentials", headers=bare).status_code == 401
    good = {"authorization": "Bearer let-me-in"}
    assert ask(emulator, "GET", "/_emulator/credentials", headers=good).status_code == 200
    assert ask(emulator, "GET", "/goat/v1/whoami").headers["emulator-diagnosis"] == "bearer.missing"


def test_openapi_describes_every_operation(emulator):
    """The document is made from the operations themselves."""
    document = ask(emulator, "GET", "/_emulator/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    promised = [
        "health", "ready", "credentials", "requests", "requests/{number}", "requests/wait",
        "requests/verify", "scenario", "scenario/load", "scenario/signal", "clock", "webhooks",
        "webhooks/{number}", "webhooks/wait", "webhooks/{number}/resend",
        "trigger/{provider}/{event}", "reset", "openapi.json",
    ]  # fmt: skip
    assert {f"/_emulator/{path}" for path in promised} <= set(document["paths"])


def test_unknown_call_and_unknown_provider_say_where_things_are(emulator):
    """A wrong address is answered in our own name, with the right ones."""
    assert ask(emulator, "GET", "/_emulator/nothing").status_code == 404
    assert "error" in ask(emulator, "GET", "/_emulator/nothing").json()
    lost = ask(emulator, "GET", "/gestopgo/x")
    assert lost.status_code == 404
    assert "/gestopago" in lost.json()["error"]
    assert lost.headers["emulator-diagnosis"] == "emulator.unknown-provider"
    assert lost.json()["code"] == "emulator.unknown-provider"
    named = ask(emulator, "GET", "/goat/v1/whoami", headers={"emulator-namespace": "no/such"})
    assert named.status_code == 400


def test_the_index_of_the_server_is_told_to_no_foreign_page(emulator):
    """As the control API: a public name in Host may be that of a page (DNS rebinding)."""
    assert "providers" in ask(emulator, "GET", "/").json()
    for headers in ({"host": "shop.example.com"}, {"origin": "https://shop.example.com"}):
        refused = ask(emulator, "GET", "/", headers=headers)
        assert refused.status_code == 403
        assert set(refused.json()) == {"error", "hint"}


def test_secrets_are_masked(emulator):
    """Neither the journal nor a diagnosis shows a secret, also where the mistake was to send it."""
    members = ask(emulator, "GET", "/_emulator/credentials").json()
    secret = members["placetopay"]["secretKey"]
    login = members["placetopay"]["login"]
    auth = {"login": login, "tranKey": secret, "nonce": "AAAA", "seed": "2026-01-01T00:00:00Z"}
    ask(emulator, "POST", "/placetopay/api/session/1", json={"auth": auth})
    form = {
        "idDistribuidor": members["gestopago"]["idDistribuidor"],
        "codigoDispositivo": members["gestopago"]["codigoDispositivo"],
        "password": members["gestopago"]["password"],
    }
    ask(emulator, "POST", "/gestopago/sistema/app/jwt-gp/authenticate/", data=form)
    ask(emulator, "GET", f"/pagsmile/x?key={members['pagsmile']['app_key']}")
    for number in (1, 2, 3):
        shown = ask(emulator, "GET", f"/_emulator/requests/{number}").text
        assert secret not in shown
        assert members["gestopago"]["password"] not in shown
        assert members["pagsmile"]["app_key"] not in shown


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("requests?provder=goat", "did you mean 'provider'"),
        ("requests?provider=gaot", "did you mean 'goat'"),
        ("requests?verdict=refuse", "did you mean 'refused'"),
        ("requests?verdict=bad", "there are accepted, refused, injected"),
        ("requests?endpoint=whoam", "did you mean 'whoami'"),
        ("requests?endpoint=whoami&provider=tesabiz", "is no endpoint of tesabiz"),
        ("requests?diagnosis=bearer.mising", "did you mean 'bearer.missing'"),
        ("requests?diagnosis=barer.*", "barer.*"),
        ("requests?since=-", "since: expected a whole number"),
        ("requests?limit=1.5", "limit: expected a whole number"),
        ("requests?limit=-1", "limit: expected 0 or more"),
        ("requests?limit=1&limit=2", "limit: it is given twice"),
        ("requests/wait?timout=1", "did you mean 'timeout'"),
        ("requests/wait?timeout=soon", "timeout"),
        ("requests/1?full=yes", "unknown query parameter 'full'; there are none"),
        ("clock?x=1", "unknown query parameter"),
        ("health?x=1", "unknown query parameter"),
        ("credentials?ky=next", "did you mean 'key'"),
        ("scenario?nme=a", "unknown query parameter"),
    ],
)
def test_a_query_that_means_nothing_is_an_error(emulator, query, said):
    """With the nearest right word; an answer that is wrong without a word costs an hour."""
    answer = ask(emulator, "GET", f"/_emulator/{query}")
    assert (answer.status_code, said in answer.json()["error"]) == (400, True), answer.text


@pytest.mark.parametrize(
    "query",
    ["endpoint=/x", "endpoint=*", "endpoint=session.*", "diagnosis=*", "diagnosis=request.method",
     "since=0", "limit=0", "verdict=injected", "diagnosis=scenario.injected"],
)  # fmt: skip
def test_a_query_that_means_something_is_taken(emulator, query):
    """A path is of no endpoint, a glob of several."""
    assert ask(emulator, "GET", f"/_emulator/requests?{query}").status_code == 200


@pytest.mark.parametrize(
    ("call", "content", "said"),
    [
        ("PATCH clock", {}, "expected an object with some of"),
        ("PATCH clock", {"advnce": "1h"}, "did you mean 'advance'"),
        ("PATCH clock", {"advance": 3600}, "advance: expected text"),
        ("PATCH clock", {"advance": None}, "advance: expected text"),
        ("PATCH clock", {"advance": "1 hour"}, "is not a duration"),
        ("PATCH clock", {"reset": "true"}, "reset: expected true"),
        ("PATCH clock", {"reset": False}, "reset: expected true"),
        ("PATCH clock", {"affects": "verify"}, "affects: expected a list"),
        ("PATCH clock", {"affects": ["verfy"]}, "affects"),
        (
            "PATCH clock",
            {"freeze": "2026-01-01T00:00:00Z", "start": "2026-01-02T00:00:00Z"},
            "contradict",
        ),
        ("POST reset", {"all": "true"}, "all: expected true"),
        ("POST reset", {"all": False}, "all: expected true"),
        ("POST reset", {"al": True}, "did you mean 'all'"),
        ("POST scenario/signal", {"signl": "x"}, "did you mean 'signal'"),
        ("POST scenario/signal", {}, "signal: it is missing"),
        ("POST credentials/goat", {"clientid": "x"}, "clientid"),
        ("POST trigger/placetopay/pay", {"cancel": 1}, "cancel: expected true"),
    ],
)
def test_a_body_that_means_nothing_is_an_error(emulator, call, content, said):
    """Each member is known, of its kind, and contradicts no other."""
    method, path = call.split()
    answer = ask(emulator, method, f"/_emulator/{path}", json=content)
    assert (answer.status_code, said in answer.json()["error"]) == (422, True), answer.text


def test_a_body_that_no_one_reads_is_an_error(emulator):
    """A call that takes none says so."""
    answer = ask(emulator, "DELETE", "/_emulator/scenario", json={"name": "a"})
    assert (answer.status_code, "takes no body" in answer.json()["error"]) == (400, True)


def test_reset_of_all_namespaces(emulator):
    """Or of this one alone."""
    for name in ("a", "b"):
        ask(emulator, "GET", f"/_ns/{name}/goat/v1/whoami")
    told = ask(emulator, "POST", "/_ns/a/_emulator/reset").json()
    assert (told["namespace"], told["namespaces"]) == ("a", ["a"])
    assert len(emulator.namespace("b").journal) == 1
    told = ask(emulator, "POST", "/_emulator/reset", json={"all": True}).json()
    assert sorted(told["namespaces"]) == ["a", "b", "default"]
    assert len(emulator.namespace("b").journal) == 0


def test_the_clock_takes_what_a_change_has(emulator):
    """The members are declared once for the call, and are those that a change has."""
    from emulator.core.clock_change import CHANGES, ClockChange

    assert [*CHANGES] == [name for name in ClockChange.__dataclass_fields__ if name != "right"]


def test_openapi_says_what_is_checked(emulator):
    """Parameters with their choices, bodies with their schema; both are what calls are held to."""
    paths = ask(emulator, "GET", "/_emulator/openapi.json").json()["paths"]
    parameters = {
        each["name"]: each["schema"] for each in paths["/_emulator/requests"]["get"]["parameters"]
    }
    assert parameters["verdict"] == {"enum": ["accepted", "refused", "injected"]}
    assert parameters["provider"] == {"enum": [*emulator.providers]}
    assert parameters["limit"] == {"type": "integer"}
    body = paths["/_emulator/clock"]["patch"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"]["reset"]["const"] is True
    assert body["schema"]["additionalProperties"] is False


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "windows-1252"])
def test_a_scenario_in_another_encoding_is_refused(emulator, encoding):
    """422 with line and column, as `scenario check` says; its text is never changed."""
    text = STAGES.replace("that: it is over", "that: café")
    wrong = ask(emulator, "PUT", "/_emulator/scenario", content=text.encode(encoding), headers=YAML)
    assert wrong.status_code == 422
    assert "save it as UTF-8" in wrong.json()["error"]
    finding = wrong.json()["findings"][0]
    assert (finding["line"], finding["column"]) == ((1, 1) if encoding == "utf-16" else (13, 15))
    assert ask(emulator, "GET", "/_emulator/scenario").json() == {"scenario": None}
    items = "- {that: café, requests: {match: {provider: goat}, max: 1}}".encode(encoding)
    said = ask(emulator, "POST", "/_emulator/requests/verify", content=items, headers=YAML)
    assert (said.status_code, "save it as UTF-8" in said.json()["error"]) == (422, True)
    login = '{"login": "café", "secretKey": "s"}'.encode(encoding)
    json_type = {"content-type": "application/json"}
    said = ask(
        emulator, "POST", "/_emulator/credentials/placetopay", content=login, headers=json_type
    )
    assert (said.status_code, "save it as UTF-8" in said.json()["error"]) == (422, True)


def test_a_byte_order_mark_is_no_part_of_a_body(emulator):
    """Editors and shells of Windows write one."""
    marked = b"\xef\xbb\xbf"
    assert put(emulator, "\ufeff" + STAGES).status_code == 200
    moved = ask(emulator, "PATCH", "/_emulator/clock", content=marked + b'{"freeze": "now"}',
                headers={"content-type": "application/json"})  # fmt: skip
    assert moved.json()["frozen"]


def test_a_shipped_scenario_is_loaded_by_name(emulator):
    """With a seed, if one is given; a path is no name, and a wrong name names the nearest."""
    path = "/_emulator/scenario/load"
    loaded = ask(emulator, "POST", path, json={"name": "goat-clock-skew", "seed": 7})
    assert (loaded.status_code, loaded.json()["scenario"]) == (200, "goat-clock-skew")
    assert loaded.json()["seed"] == 7
    assert ask(emulator, "GET", "/_emulator/scenario").json()["scenario"] == "goat-clock-skew"
    near = ask(emulator, "POST", path, json={"name": "goat-clock-skeww"})
    assert (near.status_code, "goat-clock-skew" in near.json()["error"]) == (404, True)
    for name in ("/etc/passwd", "../pyproject.toml", "scenarios/goat-clock-skew.yaml", ""):
        assert ask(emulator, "POST", path, json={"name": name}).status_code == 404
    for wrong in ({}, {"name": 5}, {"name": "goat-clock-skew", "seed": "x"}, {"nam": "x"}):
        assert ask(emulator, "POST", path, json=wrong).status_code == 422
    assert ask(emulator, "GET", "/_emulator/scenario").json()["scenario"] == "goat-clock-skew"
