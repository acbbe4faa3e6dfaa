"""Each fault alone: what it takes, and what it does to the handling."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emulator.core.clock import Clock
from emulator.core.exchange import Exchange, Reply, Request, Transmission
from emulator.core.store import MemoryEngine, Space
from emulator.faults import known, known_of_webhooks
from emulator.faults.fault import Fault, Handling
from emulator.faults.latency import Latency
from emulator.provider import Context, ErrorCatalogue, KeyFiles, ProviderError, Refused

NOW = 1_772_366_400.0  # 2026-03-01T12:00:00Z
DRAWS = st.floats(0, 1, exclude_max=True)


def _render(refused: Refused) -> Reply:
    return Reply.json({"code": refused.error.code}, refused.error.status)


ENTRY: Any = ProviderError("token-expired", 403, "Too old", _render, None, code=103)


class Table:
    """An exchange that is handled, what became of it, and how long it waited."""

    def __init__(self, draw: float = 0.5) -> None:
        space = Space(MemoryEngine(), "default", "emulator")
        self.clock = Clock(space, lambda: NOW)
        self.log: list[Any] = []
        provider: Any = SimpleNamespace(
            name="acme", errors=ErrorCatalogue(ENTRY, aliases={"403": "token-expired"})
        )
        self.handling = Handling(
            provider,
            Exchange(
                number=1,
                namespace="default",
                provider="acme",
                endpoint="token",
                request=Request(method="POST", path="/token"),
                received_at=NOW,
            ),
            Context(self.clock, space, KeyFiles(Path()), None, lambda webhook: None),
            self.sleep,
            rule="s/r#1",
            draw=lambda label: draw,
        )

    async def sleep(self, seconds: float) -> None:
        self.log.append(seconds)

    async def proceed(self) -> Reply:
        self.log.append("work")
        return Reply(200, b"true")

    def play(self, name: str, value: object) -> Reply:
        return asyncio.run(make(name, value).around(self.handling, self.proceed))


def make(name: str, value: object) -> Fault:
    fault: Any = known()[name]
    return fault.model_validate(value)


def test_the_folder_is_the_list():
    assert sorted(known()) == [
        "after_bytes",
        "after_commit",
        "clock",
        "connection",
        "corrupt",
        "drip",
        "error",
        "goto",
        "hold",
        "latency",
        "pass",
        "respond",
        "sign_with",
        "token",
        "verify_with",
    ]
    assert sorted(known_of_webhooks()) == [
        "copies",
        "corrupt",
        "delay",
        "deliver",
        "gap",
        "retry",
        "sign_with",
        "timestamp_offset",
        "window",
    ]
    assert sorted(name for name, fault in known().items() if fault.ending) == [
        "connection",
        "error",
        "pass",
        "respond",
    ]


def test_nothing_heavy_without_a_scenario():
    """Serving without a scenario imports neither pydantic nor yaml."""
    code = (
        "import sys, emulator.faults, emulator.faults.fault, emulator.scenario;"
        "sys.exit(bool({'pydantic', 'yaml'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestError:
    @pytest.mark.parametrize("name", ["acme.token-expired", "acme.403"])
    def test_the_providers_own_form(self, name: str):
        table = Table()
        reply = table.play("error", name)
        assert (reply.status, reply.body) == (403, b'{"code":103}')
        assert table.log == []
        assert table.handling.exchange.verdict == "injected"
        diagnosis = table.handling.exchange.diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "scenario.injected"
        assert diagnosis.received == f"error {name}"
        assert diagnosis.hint == "s/r#1"

    @pytest.mark.parametrize("value", ["token-expired", "", "a.b c", "acme.", 403, None, ["a.b"]])
    def test_what_is_no_name(self, value: object):
        with pytest.raises(ValidationError):
            make("error", value)


class TestRespond:
    @pytest.mark.parametrize(
        ("value", "body", "media_type"),
        [
            ({"status": 503}, b"", ""),
            ({"status": 503, "text": ""}, b"", ""),
            ({"status": 503, "text": "está"}, "está".encode(), "text/plain; charset=utf-8"),
            ({"status": 503, "json": {"a": [1]}}, b'{"a":[1]}', "application/json"),
            ({"status": 503, "json": None}, b"null", "application/json"),
            (
                {"status": 503, "text": "<p>", "headers": {"Content-Type": "text/html"}},
                b"<p>",
                "text/html",
            ),
            ({"status": 204}, b"", ""),
        ],
    )
    def test_body(self, value: dict[str, Any], body: bytes, media_type: str):
        table = Table()
        reply = table.play("respond", value)
        assert (reply.status, reply.body, reply.media_type) == (value["status"], body, media_type)
        assert table.log == []
        assert table.handling.exchange.verdict == "injected"

    def test_headers(self):
        reply = Table().play("respond", {"status": 429, "headers": {"Retry-After": "3"}})
        assert reply.headers == [("retry-after", "3")]

    @pytest.mark.parametrize(
        "headers",
        [
            {"a b": "x"},
            {"": "x"},
            {"a:": "x"},
            {"ä": "x"},
            {"a": "x\r\ny: z"},
            {"a": "x\x00"},
            {"a": " x"},
            {"a": "€"},
            {"a": 3},
            {"a": None},
            {"content-length": "3"},
            {"Transfer-Encoding": "chunked"},
            {"Connection": "close"},
            {"a": "1", "A": "2"},
        ],
    )
    def test_headers_that_cannot_be(self, headers: dict[str, Any]):
        with pytest.raises(ValidationError):
            make("respond", {"status": 200, "headers": headers})

    @given(name=st.text(max_size=4), value=st.text(max_size=4))
    def test_headers_taken_can_be_sent(self, name: str, value: str):
        """What is taken survives the encoding of a header, and can split no message."""
        try:
            make("respond", {"status": 200, "headers": {name: value}})
        except ValidationError:
            return
        name.encode("ascii")
        assert not set("\r\n\0") & set(value.encode("latin-1").decode("latin-1"))

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"status": 100},
            {"status": 600},
            {"status": "503"},
            {"status": 503.0},
            {"status": True},
            {"status": 503, "text": "a", "json": 1},
            {"status": 304, "text": "a"},
            {"status": 204, "json": None},
            {"status": 200, "body": "a"},
        ],
    )
    def test_what_is_no_answer(self, value: dict[str, Any]):
        with pytest.raises(ValidationError):
            make("respond", value)


class TestLatency:
    def test_the_work_is_done_first(self):
        """The answer is late, not the booking."""
        table = Table()
        assert table.play("latency", "1m30s").body == b"true"
        assert table.log == ["work", 90.0]
        assert table.handling.exchange.verdict == "accepted"

    @pytest.mark.parametrize(
        ("value", "draw", "wait"),
        [
            ("200ms", 0.9, 0.2),
            ({"uniform": ["1s", "3s"]}, 0.0, 1.0),
            ({"uniform": ["1s", "3s"]}, 0.25, 1.5),
            ({"lognormal": {"median": "120ms", "p99": "2500ms"}}, 0.5, 0.12),
            ({"lognormal": {"median": "120ms", "p99": "2500ms"}}, 0.99, 2.5),
            ({"lognormal": {"median": "120ms", "p99": "2500ms", "max": "2s"}}, 0.99, 2.0),
            ({"lognormal": {"median": "1s", "p99": "1s"}}, 0.1, 1.0),
            ({"normal": {"mean": "1s", "deviation": "100ms"}}, 0.5, 1.0),
            ({"normal": {"mean": "1s", "deviation": "100ms"}}, 0.8413447460685429, 1.1),
            ({"normal": {"mean": "1s", "deviation": "10s"}}, 0.0, 0.0),
        ],
    )
    def test_quantiles(self, value: object, draw: float, wait: float):
        table = Table(draw)
        table.play("latency", value)
        assert table.log[1] == pytest.approx(wait)

    @given(draws=st.tuples(DRAWS, DRAWS))
    def test_a_greater_draw_waits_longer(self, draws: tuple[float, float]):
        """All distributions are finite, not negative, and grow with the draw."""
        for value in (
            {"uniform": ["0s", "3s"]},
            {"lognormal": {"median": "120ms", "p99": "2500ms"}},
            {"normal": {"mean": "1s", "deviation": "2s"}},
        ):
            latency = Latency.model_validate(value)
            less, more = (latency.at(draw) for draw in sorted(draws))
            assert 0 <= less <= more < 10_000

    @pytest.mark.parametrize(
        "value",
        [
            "soon",
            "-1s",
            "",
            5,
            None,
            True,
            {},
            {"uniform": ["1s"]},
            {"uniform": ["2s", "1s"]},
            {"uniform": ["0s", "1s"], "normal": {"mean": "1s", "deviation": "1s"}},
            {"lognormal": {"median": "0s", "p99": "1s"}},
            {"lognormal": {"median": "2s", "p99": "1s"}},
            {"lognormal": {"median": "1s", "p99": "2s", "max": "0s"}},
            {"lognormal": {"median": "1s"}},
            {"normal": {"mean": "1s", "deviation": "-1s"}},
        ],
    )
    def test_what_is_no_latency(self, value: object):
        with pytest.raises(ValidationError):
            make("latency", value)


class TestClock:
    @pytest.mark.parametrize(
        ("value", "scope_time", "believed", "changed"),
        [
            ({"advance": "24h1s"}, NOW + 86_401, NOW + 86_401, True),
            ({"offset": "+4m50s"}, NOW, NOW + 290, True),
            ({"offset": "-1h", "affects": ["verify"]}, NOW, NOW - 3600, True),
            ({"offset": "1h", "affects": ["issue"]}, NOW, NOW, True),
            ({"advance": "1h", "affects": ["issue"]}, NOW + 3600, NOW + 3600, True),
            ({"freeze": "2026-03-02T12:00:00Z"}, NOW + 86_400, NOW + 86_400, True),
            ({"freeze": "now"}, NOW, NOW, True),
            ({"start": "2026-03-01T13:00:00+01:00"}, NOW, NOW, True),
            ({"reset": True}, NOW, NOW, True),
        ],
    )
    def test_change(self, value: object, scope_time: float, believed: float, changed: bool):
        table = Table()
        assert table.play("clock", value).body == b"true"
        assert table.clock.time() == scope_time
        assert table.clock.timestamp("verify") == believed
        assert table.handling.judge_again is changed
        assert table.log == ["work"]

    @pytest.mark.parametrize(
        "value",
        [
            {"offset": "4:50"},
            {"drift": "2s"},
            {"freeze": "2026-03-01"},
            {"freeze": "9999-12-31T23:59:59-14:00"},
            {"freeze": "0001-01-01T00:00:00+14:00"},
            {"start": "now"},
            {"reset": False},
            {"reset": 1},
            {"advance": "9" * 400 + "d"},
            {"affects": []},
            {"affects": ["all"]},
            {"speed": 2},
            "1h",
        ],
    )
    def test_what_is_no_change(self, value: object):
        with pytest.raises(ValidationError):
            make("clock", value)


class TestConnection:
    @pytest.mark.parametrize("kind", ["reset", "empty", "garbage", "hang"])
    def test_nothing_is_done_and_nothing_comes(self, kind: str):
        table = Table()
        reply = table.play("connection", kind)
        assert table.log == []
        assert reply.transmission == Transmission(cut=kind)
        assert table.handling.exchange.verdict == "injected"
        diagnosis = table.handling.exchange.diagnosis
        assert diagnosis is not None
        assert (diagnosis.received, diagnosis.hint) == (f"connection {kind}", "s/r#1")

    @pytest.mark.parametrize("kind", ["close", "truncate", "malformed-chunk"])
    def test_the_true_answer_is_cut(self, kind: str):
        table = Table()
        reply = table.play("connection", kind)
        assert table.log == ["work"]
        assert (reply.status, reply.body) == (200, b"true")
        assert reply.transmission == Transmission(cut=kind)

    @pytest.mark.parametrize("kind", ["reset", "close"])
    def test_after_commit_does_the_work_once(self, kind: str):
        table = Table()
        table.handling.committed = True
        assert table.play("connection", kind).body == b"true"
        assert table.log == ["work"]

    @pytest.mark.parametrize(
        ("name", "value", "transmission"),
        [
            ("after_bytes", 0, Transmission(after_bytes=0)),
            ("after_bytes", 40, Transmission(after_bytes=40)),
            ("hold", "1m5s", Transmission(hold_seconds=65.0)),
            ("hold", "0s", Transmission(hold_seconds=0.0)),
            (
                "drip",
                {"bytes": 16, "every": "50ms"},
                Transmission(drip_bytes=16, drip_seconds=0.05),
            ),
        ],
    )
    def test_what_goes_with_it(self, name: str, value: object, transmission: Transmission):
        """They say how, and go on towards the true answer."""
        table = Table()
        assert table.play(name, value).body == b"true"
        assert table.handling.transmission == transmission
        assert table.log == ["work"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("connection", "rst"),
            ("connection", None),
            ("connection", {"kind": "reset"}),
            ("after_bytes", -1),
            ("after_bytes", 1.5),
            ("after_bytes", True),
            ("hold", 65),
            ("hold", "-1s"),
            ("drip", {"bytes": 16}),
            ("drip", {"bytes": 0, "every": "1s"}),
            ("drip", {"bytes": 16, "every": "-1s"}),
            ("drip", {"bytes": 16, "every": "1s", "times": 2}),
        ],
    )
    def test_what_it_cannot_be(self, name: str, value: object):
        with pytest.raises(ValidationError):
            make(name, value)


class TestPass:
    def test_true_answer(self):
        table = Table()
        assert table.play("pass", True).body == b"true"
        assert table.handling.exchange.verdict == "accepted"

    @pytest.mark.parametrize("value", [False, 1, 1.0, "true", None, {}])
    def test_only_true(self, value: object):
        with pytest.raises(ValidationError):
            make("pass", value)
