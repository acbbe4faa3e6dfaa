"""A request that is too large, or no HTTP: refused in the provider's form, and told why.

All with small limits, over real sockets, with each of the parsers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from raw_http import connect, get, post, read_answer, send

from emulator.core import http_problems
from emulator.core.declared import declared
from emulator.core.errors import ConfigurationError
from emulator.core.http_problems import ProblemMode
from emulator.core.limits import Limits
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.providers import discover

SMALL = Limits(
    head_bytes=2000,
    target_bytes=300,
    headers=20,
    body_bytes=5000,
    head_seconds=60,
    body_seconds=60,
)
PATHS = {
    name: f"/{name}{next(each.paths[0] for each in provider.endpoints if 'POST' in each.methods)}"
    for name, provider in discover().items()
}


@pytest.fixture(scope="module", params=["httptools", "h11"])
def small(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(Emulator(limits=SMALL), http=request.param) as server:
        yield server


def request_line(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines, ""]).encode()


CHUNK = b"5\r\nabcde\r\n"
ATTACKS = {
    "long header": (lambda path: get(path, "x: " + "a" * 2500), 431, "request.head-too-large"),
    "head without end": (
        lambda path: request_line(path) + b"x: a\r\n" * 400,
        431,
        "request.head-too-large",
    ),
    "many headers": (lambda path: get(path, *["x: a"] * 30), 431, "request.too-many-headers"),
    "long query": (lambda path: get(f"{path}?{'a' * 400}"), 414, "request.target-too-long"),
    "line without end": (
        lambda path: f"GET {path}?{'a' * 900}".encode(),
        414,
        "request.target-too-long",
    ),
    "long body": (lambda path: post(path, b"x" * 5001), 413, "request.too-large"),
    "announced body": (
        lambda path: request_line(path, "Content-Length: 999999999999999999", ""),
        413,
        "request.too-large",
    ),
    "body after 100": (
        lambda path: request_line(path, "Content-Length: 5001", "Expect: 100-continue", ""),
        413,
        "request.too-large",
    ),
    "chunked body": (
        lambda path: (
            request_line(path, "Transfer-Encoding: chunked", "") + b"5\r\nabcde\r\n" * 1100
        ),
        413,
        "request.too-large",
    ),
    "chunk without size": (
        lambda path: request_line(path, "Transfer-Encoding: chunked", "") + b"no\r\n",
        400,
        "request.not-http",
    ),
    "two lengths": (
        lambda path: request_line(path, "Content-Length: 3", "Content-Length: 4", "") + b"abcd",
        400,
        "request.not-http",
    ),
    "header without a colon": (
        lambda path: request_line(path, "nonsense", ""),
        400,
        "request.not-http",
    ),
}


@pytest.mark.parametrize("provider", PATHS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_refused_in_the_form_of_the_provider(small, provider, attack):
    make, status, code = ATTACKS[attack]
    answer = send(small, make(PATHS[provider]))
    assert (answer.status, answer.headers.get("emulator-diagnosis")) == (status, code)
    assert answer.headers["connection"] == "close"
    assert "emulator-bug" not in answer.headers
    exchange = small.emulator.namespace("default").journal.last
    assert (exchange.provider, exchange.reply.status) == (provider, status)
    assert exchange.diagnosis.code == code
    assert exchange.diagnosis.hint
    assert answer.body == exchange.reply.body
    kept = exchange.request
    assert len(kept.path) + len(kept.query) + sum(map(len, (n + v for n, v in kept.headers))) < 9000


@pytest.mark.parametrize("attack", ATTACKS)
def test_problem_is_told_before_a_wrong_path(small, attack):
    """No word is looked for in a path that is too long."""
    make, status, code = ATTACKS[attack]
    answer = send(small, make("/placetopay/api/sesion"))
    assert (answer.status, answer.headers.get("emulator-diagnosis")) == (status, code)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("path", ["/_emulator/scenario/signal", "/_ns/a/_emulator/scenario/signal"])
def test_refused_in_json_by_the_control_api(small, attack, path):
    make, status, code = ATTACKS[attack]
    answer = send(small, make(path))
    assert (answer.status, answer.headers.get("emulator-diagnosis")) == (status, code)
    assert answer.headers["connection"] == "close"
    told = json.loads(answer.body)["error"]
    assert "[limits]" in told or code == "request.not-http"


@pytest.mark.parametrize("attack", [name for name in ATTACKS if "body" not in name])
def test_refused_in_json_where_no_provider_is_meant(small, attack):
    """Of a body that is not taken, only the form matters."""
    make, status, code = ATTACKS[attack]
    answer = send(small, make("/nobody"))
    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_body_that_is_too_large_is_not_asked_for(small):
    """A client that waits for 100 Continue is refused at once, before it sends anything."""
    with connect(small) as connection:
        connection.sendall(ATTACKS["body after 100"][0](PATHS["goat"]))
        assert read_answer(connection).status == 413


def test_client_that_sends_all_before_it_reads_gets_the_answer(small):
    """The connection is not reset under it: half a megabyte of body, then the answer."""
    assert send(small, post(PATHS["goat"], b"x" * 500_000)).status == 413
    answer = send(small, get(PATHS["goat"], "x: " + "a" * 500_000))
    assert answer.status == 431


def test_endless_body_is_cut(small):
    """What comes after the answer is thrown away, and not for ever."""
    sent = 0
    with connect(small) as connection:
        head = request_line(PATHS["goat"], "Transfer-Encoding: chunked", "")
        with suppress(ConnectionError):
            connection.sendall(head)
            while sent < 200 * 1024 * 1024:
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
    assert sent < 150 * 1024 * 1024


@pytest.mark.parametrize(
    "junk", [b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"G\xc3\xa9T / HTTP/1.1\r\n\r\n"]
)
def test_what_is_not_http_at_all_is_told_in_json(small, junk):
    answer = send(small, junk)
    assert answer.status == 400
    assert json.loads(answer.body)["code"] == "request.not-http"


def test_requests_within_the_limits_share_a_connection(small):
    """Large ones, in pieces, one after the other: no limit adds up."""
    with connect(small) as connection:
        for _ in range(4):
            data = post(PATHS["placetopay"], b"x" * 4900, "x: " + "a" * 1500)
            for at in range(0, len(data), 1000):
                connection.sendall(data[at : at + 1000])
            assert read_answer(connection).status == 401


def test_earlier_requests_are_answered_first(small):
    """A request that is refused before it is read waits for those before it."""
    good = get("/goat/v1/whoami")
    with connect(small) as connection:
        connection.sendall(good + good + b"nonsense\r\n\r\n")
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert [received[i + 9 : i + 12] for i in places(received, b"HTTP/1.1 ")] == [
        b"401", b"401", b"400",
    ]  # fmt: skip


def places(text: bytes, word: bytes) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(word, at)]


def test_trailers_are_no_headers(small):
    """What comes after a chunked body gives no authorization, and is not kept (RFC 9110, 6.5.1)."""
    head = request_line(PATHS["goat"], "Transfer-Encoding: chunked", "")
    body = b"2\r\n{}\r\n0\r\n" + b"authorization: Bearer x\r\n" * 40 + b"\r\n"
    send(small, head + body)
    kept = small.emulator.namespace("default").journal.last.request
    assert "authorization" not in dict(kept.headers)
    assert kept.body == b"{}"


def test_pipelined_requests_are_bounded():
    """Ten thousand requests in one packet do not wait in memory for one another."""
    with Server(Emulator(), http="httptools") as server, connect(server) as connection:
        with suppress(ConnectionError):
            connection.sendall(b"GET /goat/v1/whoami HTTP/1.1\r\nHost: a\r\n\r\n" * 3000)
        answered = 0
        with suppress(ConnectionError):
            while chunk := connection.recv(65536):
                answered += chunk.count(b"HTTP/1.1 401")
        assert answered <= 1000


def test_default_limits_let_through_what_browsers_and_clients_send(server):
    """60 headers, 50 KiB of cookies, a query of 7 KiB, a body of a mebibyte: all of it at once."""
    headers = [f"x-{n}: {'a' * 100}" for n in range(60)] + ["Cookie: " + "c" * 45_000]
    answer = send(server, post(f"/goat/oauth/app/token?{'q' * 7000}", b"x" * 2**20, *headers))
    assert answer.status == 400
    assert answer.headers["emulator-diagnosis"].startswith("goat.")


@pytest.mark.parametrize("wrong", [0, -1])
def test_limits_are_more_than_nothing(wrong):
    with pytest.raises(ConfigurationError, match=r"limits\.body_bytes"):
        Limits(body_bytes=wrong)


def test_limits_come_from_the_configuration_file(tmp_path):
    file = tmp_path / "emulator.toml"
    file.write_text("[limits]\nbody_bytes = 10\nhead_seconds = 2.5\n")
    limits = Emulator(config=file).limits
    assert (limits.body_bytes, limits.head_seconds, limits.headers) == (10, 2.5, 200)
    file.write_text("[limits]\nbody_byte = 10\n")
    with pytest.raises(ConfigurationError, match="did you mean 'body_bytes'"):
        Emulator(config=file)


def test_every_limit_is_documented():
    """With its default, in `docs/limits.md`."""
    text = (Path(__file__).parents[2] / "docs" / "limits.md").read_text("utf-8")
    for each in fields(Limits):
        assert f"| `{each.name}` | {each.default} |" in text
    for mode in declared(ProblemMode, [http_problems]):
        assert f"{mode.status}, `{mode.code}`" in text
