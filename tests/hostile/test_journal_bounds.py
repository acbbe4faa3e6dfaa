"""The journal: bounded in number and in bytes, and honest about what it no longer has."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from counting import bytes_kept
from raw_http import get, post, send
from test_waits import exchange

from emulator.core.exchange import Reply, Request
from emulator.journal.journal import Journal
from emulator.journal.kept import BESIDES, BODY_SHOWN, HEADER_SHOWN, TARGET_SHOWN, Kept, Shelf

JSON = "Content-Type: application/json"
YAML = "Content-Type: application/yaml"
MIB = 2**20


def shown(server, path: str) -> dict:
    return json.loads(send(server, get(f"/_emulator{path}")).body)


def whole(**more):
    """An exchange of which everything is kept."""
    return exchange(1, **more)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {"a": [1, -2.5, True, None, "ñ", {"b": []}]},
        [],
        "text",
        10**400,
        {"half": "\ud800"},
        {"amount": Decimal("1.10")},
        {"far": float("inf")},
    ],
)
def test_what_is_kept_comes_back_as_it_was(payload):
    """Each part, of every kind."""
    came = whole(
        payload=payload,
        credential="me",
        parameters={"id": "7"},
        rules=["a/b#1"],
        bug="Traceback",
        arrived=Request(method="PUT", path="/x", headers=[("a", "1"), ("a", "2")]),
    )
    came.request.headers = [("host", "x"), ("x-a", "\x00ÿ")]
    came.request.body, came.request.query = b"\xff\x00", "a=1"
    came.reply = Reply(201, b"yes", "text/plain", [("date", "today")])
    kept = Kept(came, lambda kept: None)
    assert kept.exchange == came
    assert kept.exchange is not kept.exchange


def test_too_deep_a_message_is_kept_too():
    deep: list = []
    for _ in range(3_000):
        deep = [deep]
    assert Kept(whole(payload=deep), lambda kept: None).exchange.payload is deep


@pytest.mark.parametrize("part", ["path", "query", "headers", "body", "base_url", "method"])
def test_every_part_of_a_request_is_capped(part):
    """And what is missing is counted."""
    long = 500_000
    value = {
        "headers": [(f"h{number}", "x" * 50_000) for number in range(10)],
        "body": b"x" * long,
    }.get(part, "x" * long)
    came = whole()
    setattr(came.request, part, value)
    came.arrived = came.request
    kept = Kept(came, lambda kept: None)
    assert kept.weight < 2 * (BODY_SHOWN + BESIDES + 1_000)
    limits = {"body": BODY_SHOWN, "method": 1024, "path": TARGET_SHOWN}
    least = long - limits.get(part, BODY_SHOWN)
    for whose in ("request", "arrived"):
        assert least <= kept.exchange.cut[f"{whose}.{part}"] <= long + 20
    assert getattr(came.request, part) == value  # the reply is still to be made


def test_everything_else_that_a_client_can_write_is_capped():
    long = "x" * 500_000
    came = whole(credential=long, parameters={"id": long}, bug=long, payload={"a": long})
    came.endpoint = long
    came.reply = Reply(200, long.encode(), "text/plain", [("location", long)])
    kept = Kept(came, lambda kept: None)
    assert kept.weight < 90_000
    assert set(kept.exchange.cut) == {
        "endpoint", "credential", "parameters", "bug", "payload", "reply.body", "reply.headers",
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 12])
def test_no_half_of_a_secret_is_shown_where_a_text_is_cut(server, count):
    """Wherever it begins."""
    secret = server.emulator.namespace("default").credentials("pagsmile")[0]["app_key"]
    for start in range(BODY_SHOWN - 40, BODY_SHOWN + BESIDES + 8, 257):
        body = (secret * count).ljust(start, ".").encode() + secret.encode() + b"." * 9_000
        answer = send(server, post("/pagsmile/api/payout", body, "Content-Type: text/plain"))
        told = shown(server, f"/requests/{answer.headers['emulator-exchange']}")
        assert secret[:8] not in told["request"]["body"]
        assert told["cut"]["request.body"] == len(body) - BODY_SHOWN
        assert told["request"]["body"].endswith(f"… ({len(body) - BODY_SHOWN} more)")


def test_a_long_header_path_and_query_say_how_much_is_missing(server):
    answer = send(server, get(f"/goat/{'p' * 6000}?{'q' * 900}", f"X-Long: {'h' * 30_000}"))
    told = shown(server, f"/requests/{answer.headers['emulator-exchange']}")
    assert told["cut"] == {
        "endpoint": 6001 - TARGET_SHOWN,
        "request.path": 6001 - TARGET_SHOWN,
        "request.headers": 30_000 - HEADER_SHOWN,
    }
    assert told["request"]["path"] == told["path"] == told["endpoint"]
    assert told["path"].endswith(f"… ({6001 - TARGET_SHOWN} more)")
    (header,) = [value for name, value in told["request"]["headers"] if name == "x-long"]
    assert header.rstrip("…").strip("h") == ""
    assert len(header) <= HEADER_SHOWN + 1
    assert told["request"]["query"] == "q" * 900


def test_all_journals_together_have_a_bound_in_bytes():
    """The oldest of all leave first, whosever they are, and each journal counts its own."""
    shelf = Shelf(MIB)
    journals = [Journal(1_000, shelf) for _ in range(4)]
    for number in range(1, 401):
        for journal in journals:
            came = exchange(number)
            came.request.body = bytes(10_000)
            journal.enter(came)
    assert shelf.held <= MIB
    assert 80 < sum(map(len, journals)) < MIB // 10_000
    for journal in journals:
        assert journal.forgotten == 400 - len(journal)
        assert [each.number for each in journal] == list(range(401 - len(journal), 401))
    for journal in journals:
        journal.clear()
    assert (shelf.held, sum(map(len, journals))) == (0, 0)


@pytest.mark.slow
def test_what_has_left_leaves_no_trace():
    """Ten thousand exchanges that came and went take no room: neither by count nor by reset."""

    def come_and_go() -> object:
        shelf = Shelf(64 * MIB)
        journal = Journal(10, shelf)
        for number in range(1, 10_001):
            journal.enter(exchange(number))
        return shelf, journal

    assert bytes_kept(come_and_go) < 60_000


def test_it_says_why_an_exchange_is_missing(serving):
    """Too many, emptied, reset, and never there."""
    server = serving(journal_size=2)
    for _ in range(4):
        send(server, get("/goat/v1/whoami"))

    def why(number: object) -> str:
        answer = send(server, get(f"/_emulator/requests/{number}"))
        assert answer.status == 404
        return json.loads(answer.body)["error"]

    assert "it was dropped: the journal keeps the newest 2 exchanges" in why(1)
    assert "--journal" in why(2)
    assert send(server, get("/_emulator/requests/3")).status == 200
    assert "it has not come; the newest is 4" in why(5)
    assert "it has not come" in why("x" * 2_000)
    assert len(why("x" * 2_000)) < 200
    send(server, b"DELETE /_emulator/requests HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert "the journal was emptied after it came" in why(4)
    send(server, post("/_emulator/reset", b"{}", JSON))
    assert "it has not come; none has come" in why(4)


def test_it_says_that_bytes_were_the_reason(serving):
    server = serving(journal_bytes=MIB)
    body = b"x" * 15_000
    for _ in range(80):
        send(server, post("/pagsmile/api/payout", body, "Content-Type: text/plain"))
    answer = send(server, get("/_emulator/requests/1"))
    assert "the journals of all namespaces keep 1 MiB together" in answer.body.decode()
    assert "--journal-mib" in answer.body.decode()


def verified(server, *items: dict) -> list[dict]:
    body = json.dumps(list(items)).encode()
    return json.loads(send(server, post("/_emulator/requests/verify", body, JSON)).body)[
        "expectations"
    ]


def test_what_is_cut_proves_nothing(server):
    """An expectation that the missing part could have broken is not met, and says why."""
    came = exchange(1, "placetopay", payload={"a": 1, "text": "x" * 100_000})
    came.request.body = json.dumps(came.payload).encode()
    server.emulator.namespace("default").journal.enter(came)
    any_of = {"provider": "placetopay", "verdict": "any"}
    unmet = verified(
        server,
        {"that": "a", "requests": {"match": {**any_of, "payload": {"/b": 2}}, "max": 0}},
        {"that": "b", "requests": {"match": {**any_of, "payload": {"/a": 1}}, "exactly": 1}},
        {"that": "c", "unique": {"match": any_of, "pointer": "/auth/nonce"}},
    )
    for each in unmet:
        assert not each["passed"], each
        assert "1 exchange is too long for the journal to keep whole" in each["found"]
    met = verified(
        server,
        {"that": "d", "requests": {"match": any_of, "exactly": 1}},
        {"that": "e", "requests": {"match": {"provider": "goat", "payload": {"/b": 2}}, "max": 0}},
        {"that": "f", "requests": {"match": {**any_of, "credential": "emulator-ec"}, "max": 0}},
    )
    assert all(each["passed"] for each in met), met


def test_a_long_header_proves_nothing(server):
    send(server, get("/goat/v1/whoami", *(f"X-H{n}: {'h' * 9_000}" for n in range(4))))
    match = {"provider": "goat", "verdict": "any", "header": {"x-h3": {"present": False}}}
    (none,) = verified(server, {"that": "a", "requests": {"match": match, "min": 1}})
    assert not none["passed"] or "too long" not in none["found"]
    (most,) = verified(server, {"that": "a", "requests": {"match": match, "max": 5}})
    assert (most["passed"], "too long" in most["found"]) == (False, True)


def test_webhooks_that_are_gone_prove_nothing(server):
    """What has left the outbox could have been one without an acknowledgement."""
    outbox = server.emulator.namespace("default").outbox
    outbox._table.increment("number", 3)
    for wanted in ({"max_unacked": 0}, {"acked": 0}):
        (report,) = verified(server, {"that": "a", "webhooks": wanted})
        assert not report["passed"]
        assert "3 webhooks of this run are no longer kept" in report["found"]
