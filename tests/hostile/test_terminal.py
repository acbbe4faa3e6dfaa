"""No control or bidirectional character reaches a terminal, from any field of anything printed."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import unicodedata
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.cli import main
from emulator.cli._console import Console
from emulator.core.errors import Diagnosis, Hint
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.terminal import json_text, plain, printable

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "B"}
ALL = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")
    or unicodedata.bidirectional(chr(code)) in TURNS
] + ["\u200e", "\u200f", "\u061c", "\ufeff", "\u200b", "\xad", "\U000e0041"]
BAD = frozenset(ALL) - {"\n", "\t"}
ATTACK = (
    "x\x1b]0;title\x07\x1b[2J\x9b31m\x85\u202eabc\u2066\u200f\u061c\u2028\rover\x7f \x1b[31mred"
)
FORGING = f"{ATTACK}\nFORGED line"
OUR_STYLES = re.compile(r"\x1b\[(?:0|1|2|3[1-7])m")


def assert_harmless(output: str) -> None:
    assert "\x1b[31mred" not in output, "a field brings a colour"
    assert BAD.isdisjoint(OUR_STYLES.sub("", output)), repr(output)
    assert not [line for line in output.splitlines() if line.startswith("FORGED")], output


def test_every_such_character_is_spelt_out():
    assert len(ALL) > 2000
    for character in ALL:
        assert plain(character).isascii()
        assert printable(character) == (character if character in "\n\t" else plain(character))
        assert json.loads(json_text([character])) == [character]
        assert BAD.isdisjoint(json_text([character]))


@given(st.text())
def test_all_other_text_stays(text):
    assert plain("ñandú, ação, 日本 😀") == "ñandú, ação, 日本 😀"
    assert BAD.isdisjoint(printable(text))
    assert json.loads(json_text({text: text})) == {text: text}


# The console of a server --------------------------------------------------------------------------


@pytest.fixture
def console(monkeypatch) -> tuple[Console, list[str]]:
    """A console whose terminal takes colours, and what it got."""
    got: list[str] = []
    monkeypatch.setattr(click, "echo", lambda text, **_: got.append(str(text)))
    console = Console("text")
    console.emulator = Emulator()
    return console, got


def exchange(**changes: Any) -> Exchange:
    told = Diagnosis(
        code=FORGING, summary=FORGING, where=FORGING, expected=FORGING, received=FORGING,
        likely=Hint(FORGING),
    )  # fmt: skip
    request = Request(
        method=FORGING, path=f"/{FORGING}", query=FORGING, headers=[(FORGING, FORGING)],
        body=FORGING.encode(), client=FORGING, base_url=FORGING,
    )  # fmt: skip
    members: dict[str, Any] = {
        "number": 7, "namespace": "default", "provider": "goat", "endpoint": FORGING,
        "request": request, "received_at": 0.0, "credential": FORGING, "rules": [FORGING],
        "reply": Reply(200), "diagnosis": told, "verdict": "refused", "warnings": [told],
    }  # fmt: skip
    return Exchange(**{**members, **changes})


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "changes",
    [{}, {"verdict": "accepted", "diagnosis": None, "warnings": []}, {"verdict": "injected"}],
)
def test_an_exchange_on_the_console(console, form, changes):
    """Method, path, header, credential, rules, and each part of a diagnosis."""
    its, got = console
    its._json = form == "json"
    its.exchange(exchange(**changes))
    assert_harmless("\n".join(got))
    if form == "json":
        [line] = "".join(got).splitlines()
        assert json.loads(line)["method"] == FORGING


@pytest.mark.parametrize("form", ["text", "json"])
def test_any_other_line_on_the_console(console, form):
    """A webhook's URL and answer, the name of a file, what a stranger sent."""
    its, got = console
    its._json = form == "json"
    its.line(f"webhook 1 -> {FORGING}")
    assert_harmless("\n".join(got))


def test_a_bug_of_ours_that_quotes_a_client(emulator, monkeypatch, capsys):
    monkeypatch.setattr(
        "emulator.runtime.serve.judge", lambda *_: (_ for _ in ()).throw(RuntimeError(ATTACK))
    )
    provider, request = emulator.providers["goat"], Request(method="GET", path="/v1/whoami")
    asyncio.run(emulator.serve(emulator.namespace("default"), provider, request))
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert_harmless(said)


# Commands that show what a server says ------------------------------------------------------------

TOLD = dict.fromkeys(("code", "summary", "where", "expected", "received", "hint"), FORGING)
SUMMARY = {
    "number": 1, "namespace": FORGING, "provider": FORGING, "endpoint": FORGING,
    "method": FORGING, "path": FORGING, "status": 200, "connection": FORGING, "verdict": FORGING,
    "credential": FORGING, "diagnosis": TOLD, "warnings": [TOLD], "rules": [FORGING],
    "received_at": FORGING, "duration_ms": 1.0,
}  # fmt: skip
EXPECTED = {"that": FORGING, "expected": FORGING, "found": FORGING, "near_misses": [FORGING]}
ANSWERS: dict[str, Any] = {
    "requests": {"requests": [SUMMARY]},
    "trigger": {
        "event": FORGING, "url": FORGING, "plan": FORGING, "acknowledged": False,
        "attempts": [{"status": FORGING, "diagnosis": TOLD, "body": FORGING}],
    },
    "planned": {"event": FORGING, "url": FORGING, "plan": FORGING, "acknowledged": True,
                "attempts": []},
    "done": {"status": FORGING, FORGING: FORGING},
    "clock": {"now": FORGING, "time": FORGING, "frozen": True, "offset_seconds": 0,
              "drift_per_second": 1, "affects": [FORGING]},
    "scenario": {"scenario": FORGING, "seed": 1, FORGING: FORGING},
    "signal": {"changed": [FORGING], "states": {FORGING: FORGING}, "state": FORGING},
    "verify": {"scenario": FORGING, "passed": False,
               "expectations": [{**EXPECTED, "passed": False}, {**EXPECTED, "passed": True}]},
    "ready": {"providers": [FORGING]},
    "error": {"error": ATTACK, "hint": ATTACK},
    "text": ATTACK,
}  # fmt: skip
COMMANDS = [
    (("requests",), "requests"), (("requests", "--format", "json"), "requests"),
    (("trigger", "tesabiz.qrPagado"), "trigger"), (("trigger", "tesabiz.qrPagado"), "planned"),
    (("trigger", "placetopay.pay"), "done"), (("clock", "show"), "clock"),
    (("scenario", "load", "goat-token-outage"), "scenario"), (("scenario", "show"), "scenario"),
    (("scenario", "signal", FORGING), "signal"), (("scenario", "verify"), "verify"),
    (("scenario", "verify", "--format", "json"), "verify"), (("ready",), "ready"),
    *[(command, wrong)
      for wrong in ("error", "text")
      for command in (("requests",), ("clock", "show"), ("scenario", "show"), ("ready",),
                      ("scenario", "unload"), ("trigger", "goat.x"))],
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile_server():
    """A server that answers everything with what it is told."""

    class Answers(BaseHTTPRequestHandler):
        answer: Any = None

        def reply(self) -> None:
            wrong = type(self).answer in (ANSWERS["error"], ANSWERS["text"])
            body = json.dumps(type(self).answer).encode()
            self.send_response(422 if wrong else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Answers, f"do_{method}", Answers.reply)
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Answers, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("command", "answer"), COMMANDS)
def test_what_a_server_answers(hostile_server, command, answer):
    answers, url = hostile_server
    answers.answer = ANSWERS[answer]
    done = CliRunner().invoke(main, [*command, "--url", url], color=True)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "x\\x1b]0;" in done.output or "x\\u001b]0;" in done.output
    assert_harmless(done.output)


# Files --------------------------------------------------------------------------------------------


def spoilt(text: str) -> str:
    return (
        f"scenario: a\nversion: 1\nrules:\n  - {{id: {json.dumps(text)}, match: {{}}, do: {{}}}}\n"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", ATTACK), ("a.yaml", spoilt(FORGING)), (f"{ATTACK}.yaml", "a: 1"),
        (f"{FORGING}.yaml", "a: 1"), ("a.yaml", f'scenario: a\nversion: 1\n"{ATTACK}": 1\n'),
        ("a.yaml", f"scenario: a\nversion: 1\ndescription: {json.dumps(FORGING)}\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_bad_scenario_file(tmp_path, name, content, form):
    path = tmp_path / name
    path.write_text(content, "utf-8", "surrogatepass")
    for command in (("check", "--format", form), ("explain",)):
        done = CliRunner().invoke(main, ["scenario", *command, str(path)], color=True)
        assert_harmless(done.output)
        if form == "json" and command[0] == "check":
            json.loads(done.output)


@pytest.mark.parametrize(
    "content",
    [f"[{ATTACK!r}]", f"['{FORGING}']", '["gestopago\\u001b[2J"]\n', "[goat]\nx\\u202e = 1",
     '[goat]\n"\\u001b[2J" = 1\n', "\x1b[2J", '[[placetopay.credentials]]\n"\\u202e" = 1\n'],
)  # fmt: skip
def test_a_bad_configuration_file(tmp_path, content):
    path = tmp_path / "emulator.toml"
    path.write_text(content, "utf-8", "surrogatepass")
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--config", str(path)], color=True)
    assert done.exit_code == 2
    assert_harmless(done.output)


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--scenario", ATTACK), ("serve", "--config", ATTACK), ("serve", "--keys", ATTACK),
        ("serve", "--host", ATTACK, "--port", "0"), ("serve", "--port", ATTACK),
        ("serve", f"--{ATTACK}"), ("serve", ATTACK), (ATTACK,), ("scenario", ATTACK),
        ("requests", "--url", ATTACK), ("requests", "--url", f"http://{ATTACK}"),
        ("requests", "--namespace", ATTACK), ("sign", ATTACK), ("sign", "goat", ATTACK),
        ("trigger", ATTACK), ("trigger", "goat.x", "--override", ATTACK), ("keys", "show", ATTACK),
        ("credentials", ATTACK), ("exec", "--", ATTACK),
    ],
)  # fmt: skip
def test_an_error_that_quotes_what_was_typed(arguments):
    done = CliRunner().invoke(main, arguments, color=True)
    assert done.exit_code in (1, 2, 3)
    assert isinstance(done.exception, SystemExit)
    assert_harmless(done.output)
