"""A server that other machines reach: what it says, who needs the token, two addresses."""

from __future__ import annotations

import json
import socket
from contextlib import closing

import httpx2
import pytest
from emulator_process import run

from emulator import Emulator
from emulator.cli._banner import banner, exposure
from emulator.client import ControlError, RemoteClock
from emulator.core.listening import Listener
from emulator.http.server import CannotBindError, Server
from emulator.providers import discover

TOKEN = "let-me-in"


@pytest.mark.parametrize(
    ("host", "token", "control", "said"),
    [
        ("127.0.0.1", "", None, []),
        ("localhost", "", None, []),
        ("0.0.0.0", "", None, ["call the providers", "read the test keys", "no admin token",
                               "--host 127.0.0.1", "EMULATOR_ADMIN_TOKEN", "-p 127.0.0.1:"]),
        ("0.0.0.0", TOKEN, None, ["call the providers", "asks for the admin token"]),
        ("0.0.0.0", "", ("127.0.0.1", 0), ["call the providers", "answers only this machine"]),
        ("127.0.0.1", "", ("0.0.0.0", 0), ["read the test keys", "--control-host 127.0.0.1"]),
        ("127.0.0.1", TOKEN, ("0.0.0.0", 0), []),
    ],
)  # fmt: skip
def test_says_in_a_line_who_can_reach_what(host, token, control, said):
    emulator = Emulator(admin_token=token)
    with Server(emulator, host, control=control) as server:
        line = exposure(server, emulator)
        assert "\n" not in line
        assert bool(line) == bool(said)
        assert all(each in line for each in said)
        assert line in banner(server, emulator)
        assert ("every address" in banner(server, emulator)) == (host == "0.0.0.0")


def test_the_line_stands_in_both_log_formats(serve):
    """A container is started with variables alone."""
    for form in ("text", "json"):
        _, output = serve(EMULATOR_HOST="0.0.0.0", EMULATOR_LOG_FORMAT=form).stop()
        assert output.count("there is no admin token") == 1


@pytest.mark.parametrize("token", ["a b", " ", "a\tb", "a\nb", "a\x1bb"])
def test_a_token_that_no_header_can_carry_is_refused_at_the_start(token):
    done = run("serve", "--port", "0", EMULATOR_ADMIN_TOKEN=token)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "admin token" in done.stderr
    assert token.strip() == "" or token not in done.stderr


def test_every_command_sends_the_token(serve):
    """As the variable says it, also with the line end that a file left."""
    url = serve(EMULATOR_ADMIN_TOKEN=f"{TOKEN}\n").url
    for command in (
        ("clock", "show"),
        ("requests",),
        ("scenario", "show"),
        ("scenario", "load", "goat-token-outage"),
        ("scenario", "unload"),
        ("scenario", "verify"),
        ("trigger", "placetopay.nothing"),
    ):
        refused = run(*command, EMULATOR_URL=url)
        assert refused.returncode == 2
        assert "no admin token. Send the header" in refused.stderr
        assert (
            "admin token" not in run(*command, EMULATOR_URL=url, EMULATOR_ADMIN_TOKEN=TOKEN).stderr
        )
    assert run("ready", EMULATOR_URL=url).returncode == 0


def test_the_bundled_clock_sends_the_token(monkeypatch):
    def read(*arguments: str) -> float:
        with closing(RemoteClock(*arguments)) as clock:
            return clock()

    with Server(Emulator(admin_token=TOKEN)) as server:
        with pytest.raises(ControlError, match="token"):
            read(server.url)
        assert read(server.url, TOKEN) > 0
        monkeypatch.setenv("EMULATOR_ADMIN_TOKEN", TOKEN)
        assert read(server.url) > 0


# Two addresses ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["httptools", "h11"])
def two(request):
    with Server(Emulator(), "127.0.0.1", http=request.param, control=("127.0.0.1", 0)) as server:
        yield server


def test_the_control_api_is_not_at_the_providers(two):
    """Not by any name or spelling, and a provider answers as it would."""
    for path in ("/_emulator", "/_emulator/", "/_emulator/health", "/_ns/a/_emulator/health"):
        answer = httpx2.get(two.url + path)
        assert answer.status_code == 404
        assert answer.headers["emulator-diagnosis"] == "emulator.unknown-provider"
        assert answer.json()["control"] == f"{two.control_url}/_emulator"
    for method in ("POST", "DELETE", "PATCH"):
        assert httpx2.request(method, f"{two.url}/_emulator/reset", json={}).status_code == 404
    asked = httpx2.get(f"{two.url}/_emulator/health", headers={"host": "goat.localhost"})
    assert asked.headers["emulator-diagnosis"] == "bearer.missing"


def test_no_provider_is_at_the_control_api(two):
    for path, headers in (("/goat/v1/whoami", {}), ("/v1/whoami", {"host": "goat.localhost"})):
        answer = httpx2.get(two.control_url + path, headers=headers)
        assert (answer.status_code, "emulator-exchange" in answer.headers) == (404, False)
    assert "127.0.0.1" in httpx2.get(f"{two.control_url}/goat").json()["error"]


def test_both_share_one_state_and_tell_both_addresses(two):
    credentials = httpx2.get(f"{two.control_url}/_emulator/credentials").json()
    assert credentials["goat"]["base_url"] == f"{two.url}/goat"
    named = httpx2.get(f"http://localhost:{two.control.port}/_ns/a/_emulator/credentials").json()
    assert named["goat"]["base_url"] == f"http://localhost:{two.port}/_ns/a/goat"
    before = int(httpx2.get(f"{two.url}/goat/v1/whoami").headers["emulator-exchange"])
    journal = httpx2.get(f"{two.control_url}/_emulator/requests").json()["requests"]
    assert journal[0]["number"] == before
    for url in (two.url, two.control_url):
        index = httpx2.get(url).json()
        assert index["providers"]["goat"] == f"{two.url}/goat"
        assert index["control"] == f"{two.control_url}/_emulator"
    index = httpx2.get(f"{two.control_url}/_emulator").json()
    assert index["providers"]["goat"] == f"{two.url}/goat"
    assert index["api"].startswith(two.control_url)


def test_a_page_at_the_providers_address_is_foreign_to_the_control_api(two):
    answer = httpx2.get(f"{two.control_url}/_emulator/health", headers={"origin": two.url})
    assert answer.status_code == 403


def test_one_address_tells_where_everything_is(serve):
    served = serve()
    index = httpx2.get(served.url).json()
    assert index["control"] == f"{served.url}/_emulator"
    assert set(index["providers"]) == set(discover())


def test_serve_tells_both_and_commands_find_the_other(serve):
    served = serve("--control-port", "0", "--log-format", "json")
    assert served.control not in ("", served.url)
    for url in (served.url, served.control):
        assert run("ready", "--url", url).returncode == 0
        assert "the provider believes" in run("clock", "show", "--url", url).stdout
        told = run("scenario", "load", "goat-token-outage", "--url", url, "--namespace", "t1")
        assert told.returncode == 0
    port = served.control.rpartition(":")[2]
    assert run("ready", EMULATOR_CONTROL_PORT=port, EMULATOR_PORT="1").returncode == 0
    code, output = served.stop()
    assert code == 0
    assert json.loads(output.splitlines()[0])["message"] == (
        f"ready at {served.url}, control API at {served.control}/_emulator"
    )


def test_stops_at_once_with_connections_at_both():
    with Server(Emulator(), control=("127.0.0.1", 0)) as server:
        for port in (server.port, server.control.port):
            socket.create_connection(("127.0.0.1", port)).close()
    for port in (server.port, server.control.port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_a_taken_control_port_names_its_option():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotBindError, match="--control-port 0"):
            Server(Emulator(), control=("127.0.0.1", taken.getsockname()[1]))
        done = run("serve", "--port", "0", "--control-port", str(taken.getsockname()[1]))
    assert done.returncode == 3
    assert run("serve", "--control-host", "127.0.0.1").returncode == 2


@pytest.mark.parametrize(
    ("listener", "other", "host", "url"),
    [
        (("0.0.0.0", 1), ("127.0.0.1", 2), "localhost:2", "http://localhost:1"),
        (("0.0.0.0", 1), ("10.0.0.5", 2), "emulator:2", "http://emulator:1"),
        (("127.0.0.1", 1), ("0.0.0.0", 2), "emulator:2", "http://127.0.0.1:1"),
        (("10.0.0.5", 1), ("127.0.0.1", 2), "localhost:2", "http://10.0.0.5:1"),
        (("127.0.0.1", 1), ("127.0.0.1", 2), "LOCALHOST.:2", "http://localhost:1"),
        (("::", 1), ("::1", 2), "[::1]:2", "http://[::1]:1"),
        (("::1", 1), ("::1", 2), "", "http://[::1]:1"),
        (("0.0.0.0", 1), ("127.0.0.1", 2), "", "http://127.0.0.1:1"),
    ],
)
def test_the_other_address_in_the_words_of_the_client(listener, other, host, url):
    here, there = (Listener(address, address, port) for address, port in (other, listener))
    assert there.url_beside(here, host) == url
