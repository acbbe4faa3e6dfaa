"""`emulator serve` as its users meet it: options, errors, signals."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from emulator_process import run

from emulator.client import ClientError, Placetopay
from emulator.providers import discover


def credentials(url: str) -> dict:
    return httpx2.get(f"{url}/_emulator/credentials").raise_for_status().json()


def client(url: str, **changes: str) -> Placetopay:
    members = credentials(url)["placetopay"]
    return Placetopay(
        changes.get("base_url", members["base_url"]),
        login=members["login"],
        secret_key=changes.get("secret_key", members["secretKey"]),
    )


def test_says_where_everything_is(serve):
    """At the start it prints each base URL, the credentials and the control API."""
    served = serve()
    code, output = served.stop()
    assert code == 0
    for place in discover():
        assert f"{served.url}/{place}" in output
    assert f"{served.url}/_emulator/credentials" in output
    assert f"{served.url}/_emulator\n" in output


def test_every_option_as_environment_variable(serve, tmp_path):
    """What a service container can set is enough: scenario text, log format, seed."""
    scenario = (
        "scenario: inline\nversion: 1\nrules:\n"
        "  - {id: no, match: {provider: goat}, do: {error: goat.401}}\n"
    )
    served = serve(EMULATOR_SCENARIO=scenario, EMULATOR_LOG_FORMAT="json", EMULATOR_SEED="7")
    shown = httpx2.get(f"{served.url}/_emulator/scenario").json()
    assert (shown["scenario"], shown["seed"]) == ("inline", 7)
    with pytest.raises(ClientError), client(served.url, secret_key="wrong") as placetopay:
        placetopay.query_session(1)
    _, output = served.stop()
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[-1]["diagnosis"]["code"] == "username-token.digest-mismatch"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--port", "99999"], 2, "99999"),
        (["--port", "http"], 2, "http"),
        (["--no-such"], 2, "no-such"),
        (["--scenario", "no-such-scenario"], 2, "no-such-scenario"),
        (["--config", "/nowhere/config.toml"], 2, "/nowhere/config.toml"),
        (["--keys", "/nowhere"], 2, "/nowhere"),
        (["--seed", "-1"], 2, "-1"),
        (["--host", "203.0.113.1", "--port", "0"], 3, "203.0.113.1"),
        (["--host", "no such host", "--port", "0"], 3, "no such host"),
    ],
)
def test_bad_option_is_one_clear_line(arguments, code, says):
    """No traceback, the right exit code, and the value at fault."""
    done = run("serve", *arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 1


def test_taken_port_is_exit_code_3():
    """It says so, and how to get another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "--port 0" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[gestopgo]\n", "did you mean 'gestopago'?"),
        ("[gestopago]\ntoken_fromat = 'jwt'\n", "did you mean 'token_format'?"),
        ("[gestopago]\ntoken_format = 'jwe'\n", "'jwt'"),
        ("[gestopago\n", "not TOML"),
        ("[[placetopay.credentials]]\nlogn = 'x'\n", "logn"),
    ],
)
def test_bad_configuration_is_one_clear_line(tmp_path, text, says):
    """It names the file, the member and the nearest right word."""
    path = tmp_path / "emulator.toml"
    path.write_text(text)
    done = run("serve", "--config", str(path))
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_scenario_names_line_and_column(tmp_path):
    """All findings at once, with the nearest key."""
    path = tmp_path / "bad.yaml"
    path.write_text(
        "scenario: bad\nversion: 1\nrules:\n"
        "  - {id: a, match: {provider: goat, endpont: whoami}, do: {pass: true}}\n"
        "  - {id: b, match: {provider: goat}, when: {tmes: 1}, do: {pass: true}}\n"
    )
    done = run("serve", "--scenario", str(path))
    assert done.returncode == 2
    assert "bad.yaml:4:37: " in done.stderr
    assert "did you mean 'endpoint'?" in done.stderr
    assert "did you mean 'times'?" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly_with_requests_in_flight(serve, how):
    """A request that is being answered is answered, an idle connection closed, in under a second.

    The second is the issue's own bound for a stop; it is generous to the machine.
    """
    slow = (
        "scenario: slow\nversion: 1\nrules:\n"
        "  - {id: slow, match: {provider: placetopay, verdict: any}, do: {latency: 400ms}}\n"
    )
    served = serve(EMULATOR_SCENARIO=slow)
    statuses: list[int] = []

    def ask() -> None:
        answer = httpx2.post(f"{served.url}/placetopay/api/session", json={})
        statuses.append(answer.status_code)

    with socket.create_connection(("127.0.0.1", served.port)):
        asking = threading.Thread(target=ask)
        asking.start()
        while not _in_flight(served.url):
            time.sleep(0.01)
        time.sleep(0.1)
        code, output = served.stop(how)
        asking.join()
    assert (code, statuses) == (0, [401])
    assert "Traceback" not in output


def test_stops_in_time_although_answers_wait(serve):
    """A late answer comes early, a long poll ends empty, and nobody gets a 500."""
    slow = (
        "scenario: slow\nversion: 1\nrules:\n"
        "  - {id: slow, match: {provider: placetopay, verdict: any}, do: {latency: 20s}}\n"
    )
    served = serve(EMULATOR_SCENARIO=slow)
    answers: list[httpx2.Response] = []

    def ask(method: str, path: str, body: dict | None) -> None:
        answers.append(httpx2.request(method, served.url + path, json=body, timeout=40))

    asking = [
        threading.Thread(target=ask, args=("POST", "/placetopay/api/session", {})),
        threading.Thread(target=ask, args=("GET", "/_emulator/requests/wait?provider=goat", None)),
    ]
    for thread in asking:
        thread.start()
    while not _in_flight(served.url):
        time.sleep(0.01)
    time.sleep(0.2)
    code, output = served.stop()
    for thread in asking:
        thread.join()
    assert code == 0
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    assert "Traceback" not in output


def test_host_names_in_any_case(serve):
    """Case and a dot at the end mean nothing in a host name."""
    served = serve()
    for host in ("API.Goat.ar", "goat.localhost.", f"GOAT.LOCALHOST:{served.port}"):
        answer = httpx2.get(f"{served.url}/v1/whoami", headers={"host": host})
        assert answer.headers["emulator-diagnosis"] == "bearer.missing", host


def test_a_clock_can_be_put_behind(serve):
    """`-1h` is a duration here, not a cry for help."""
    served = serve()
    done = run("clock", "offset", "-1h", "--url", served.url)
    assert "-3600" in done.stdout


def test_no_request_writes_lines_of_its_own(serve):
    """Control characters of a request are spelled out on the console."""
    served = serve()
    body = {"infoTx": {"sisOrigen": "a\n12:00 FAKE"}, "qrCobro": {}}
    httpx2.post(f"{served.url}/tesabiz/ws-qr-service/qr/simple/encript", json=body)
    _, output = served.stop()
    assert "FAKE" in output
    assert not any(line.startswith("12:00 FAKE") for line in output.splitlines())


def _in_flight(url: str) -> bool:
    return httpx2.get(f"{url}/_emulator/scenario").json()["rules"][0]["hits"] == 1


def test_host_names_and_namespaces(serve):
    """The same session, by path and by the provider's real name; another namespace has its own."""
    served = serve()
    members = credentials(served.url)["placetopay"]
    with client(served.url) as placetopay:
        created = placetopay.create_session(
            reference="A-1", amount="1000", return_url="https://shop.example/back"
        )
    by_host = Placetopay(
        served.url,
        login=members["login"],
        secret_key=members["secretKey"],
        transport=_Named("checkout-test.placetopay.com"),
    )
    with by_host:
        found = by_host.query_session(created["requestId"])
    assert found["requestId"] == created["requestId"]
    elsewhere = client(served.url, base_url=f"{served.url}/_ns/other/placetopay")
    with elsewhere, pytest.raises(ClientError) as refused:
        elsewhere.query_session(created["requestId"])
    assert refused.value.diagnosis.code != "username-token.digest-mismatch"
    journals = {
        name: httpx2.get(f"{served.url}{prefix}/_emulator/requests").json()["requests"]
        for name, prefix in (("default", ""), ("other", "/_ns/other"))
    }
    assert [len(journal) for journal in journals.values()] == [2, 1]
    by_header = httpx2.get(
        f"{served.url}/_emulator/requests", headers={"emulator-namespace": "other"}
    )
    assert by_header.json()["requests"] == journals["other"]


class _Named(httpx2.HTTPTransport):
    """Sends every request under another Host."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["host"] = self._name
        return super().handle_request(request)


def test_ready_file_holds_the_url(serve):
    """`--ready-file` appears whole, and what it names answers."""
    served = serve()
    assert httpx2.get(f"{served.url}/_emulator/ready").json()["status"] == "ok"
    assert run("ready", "--url", served.url).returncode == 0


def test_ready_says_when_nothing_answers():
    """The HEALTHCHECK fails with a reason."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = run("ready", "--url", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert done.returncode == 1
    assert "no emulator answers" in done.stderr


def test_unwritable_ready_file_is_one_clear_line(tmp_path):
    """It is a bad option like any other."""
    done = run("serve", "--port", "0", "--ready-file", str(tmp_path / "no" / "url"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_start_imports_nothing_heavy():
    """Without a scenario it starts without pydantic, YAML, Faker, httpx2 and segno."""
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from emulator.emulator import Emulator\n"
        "from emulator.http.server import Server\n"
        "Emulator().app\n"
        "heavy = {'pydantic', 'yaml', 'faker', 'httpx2', 'segno', 'jinja2'} & set(sys.modules)\n"
        "print(','.join(sorted(heavy)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_two_emulators_share_nothing():
    """State of one is not seen by another in the same process."""
    from emulator.emulator import Emulator

    first, second = Emulator(), Emulator()
    first.namespace("default").contexts["goat"].store.table("t").put("k", {})
    assert second.namespace("default").contexts["goat"].store.table("t").get("k") is None
    first.namespace("default").clock.change(_frozen())
    assert not second.namespace("default").clock.as_json()["frozen"]


def _frozen():
    from emulator.core.clock_change import ClockChange

    return ClockChange(freeze="2030-01-01T00:00:00Z")


def test_readme_lists_no_machine_path():
    """The front door names no path of one machine."""
    text = (Path(__file__).parents[2] / "README.md").read_text()
    assert "/home/" not in text
    assert "/root/" not in text


def test_stops_while_webhooks_wait_for_a_receiver_that_hangs(serve):
    """One that is given up must not ask for its place again, for ever."""
    served = serve()
    api = f"{served.url}/_emulator"

    def ask(url: str) -> None:
        with contextlib.suppress(httpx2.HTTPError):
            httpx2.post(f"{api}/trigger/tesabiz/qrPagado", json={"url": url}, timeout=60)

    with (
        socket.create_server(("127.0.0.1", 0), backlog=100) as hanging,
        ThreadPoolExecutor(40) as pool,
    ):
        for _ in range(40):
            pool.submit(ask, f"http://127.0.0.1:{hanging.getsockname()[1]}/n")
        kept = [hanging.accept()[0] for _ in range(3)]  # some are under way, others wait
        while len(httpx2.get(f"{api}/webhooks").json()["webhooks"]) < 40:
            time.sleep(0.01)
        code, _ = served.stop()
        for each in kept:
            each.close()
    assert code == 0
