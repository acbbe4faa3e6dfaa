"""The console's short line says what the long one does."""

from __future__ import annotations

import pytest

from emulator.cli._console import Console
from emulator.cli._output import line
from emulator.core.exchange import Exchange, Reply, Request, Transmission
from emulator.emulator import Emulator
from emulator.journal.showing import summary


@pytest.mark.parametrize("namespace", ["default", "t-1"])
@pytest.mark.parametrize("credential", ["", "site"])
@pytest.mark.parametrize("rules", [[], ["a/b#1", "a/c#2"]])
def test_short_line_is_the_same(namespace, credential, rules):
    """What is cheap to print reads like what is not."""
    emulator = Emulator()
    console = Console("text")
    console.emulator = emulator
    exchange = Exchange(
        number=7, namespace=namespace, provider="goat", endpoint="whoami",
        request=Request(method="GET", path="/v1/whoami"), received_at=1_795_000_000.5,
        credential=credential, rules=rules, reply=Reply(200), duration_ms=1.26,
    )  # fmt: skip
    long = line(summary(exchange, emulator.namespace("default").mask()))
    assert console._short(exchange) == long


def test_a_secret_in_a_path_is_not_printed():
    """A client may put one anywhere."""
    emulator = Emulator()
    console = Console("text")
    console.emulator = emulator
    secret = emulator.namespace("default").credentials("placetopay")[0]["secretKey"]
    exchange = Exchange(
        number=1, namespace="default", provider="goat", endpoint=f"/{secret}",
        request=Request(method="GET", path=f"/{secret}"), received_at=0.0, reply=Reply(200),
    )  # fmt: skip
    assert secret not in console._short(exchange)
    assert "/***" in console._short(exchange)


def test_a_cut_stands_in_place_of_the_status():
    """A lost 200 is not a 200."""
    exchange = Exchange(
        number=1, namespace="default", provider="goat", endpoint="whoami",
        request=Request(method="GET", path="/v1/whoami"), received_at=0.0,
        verdict="injected", reply=Reply(200, transmission=Transmission(cut="reset")),
    )  # fmt: skip
    printed = line(summary(exchange, Emulator().namespace("default").mask()))
    assert " reset " in printed
    assert "200" not in printed
