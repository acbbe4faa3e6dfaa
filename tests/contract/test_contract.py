"""Every provider, by its own examples: what is in order passes, what is spoiled says why."""

from __future__ import annotations

import asyncio
from typing import Any

import properties
import pytest
from subject import Subject

from emulator import providers, schemes
from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange
from emulator.emulator import Emulator
from emulator.fidelity import declared, modules
from emulator.provider import Example, Provider

PROVIDERS = providers.discover()
CASES = [
    pytest.param(provider, example, id=f"{provider.name}-{example.name}")
    for provider in PROVIDERS.values()
    for example in provider.examples
]


def play(emulator: Emulator, provider: Provider[Any], example: Example) -> Exchange:
    """Send an example after those it needs; return the last exchange."""
    by_name = {each.name: each for each in provider.examples}
    namespace = emulator.namespace("default")

    async def send() -> Exchange:
        exchange = None
        for each in (*(by_name[name] for name in example.after), example):
            request = each.build(namespace.contexts[provider.name])
            exchange = await emulator.serve(namespace, emulator.providers[provider.name], request)
        assert exchange is not None
        await emulator.close()
        return exchange

    return asyncio.run(send())


@pytest.mark.parametrize(("provider", "example"), CASES)
def test_example(emulator, provider, example):
    """An example in order is accepted; a spoiled one is refused for its reason."""
    exchange = play(emulator, provider, example)
    assert not exchange.bug
    assert exchange.endpoint == example.endpoint or example.endpoint == ""
    assert (exchange.diagnosis.code if exchange.diagnosis else "") == example.code
    assert exchange.verdict == ("refused" if example.code else "accepted")
    assert set(example.warnings) <= {warning.code for warning in exchange.warnings}
    if exchange.diagnosis:
        assert exchange.diagnosis.summary
        assert exchange.diagnosis.where
        assert exchange.diagnosis.source


def test_failure_modes_have_one_meaning():
    """A code stands for one summary, wherever it is declared."""
    meanings: dict[str, set[str]] = {}
    for package in (schemes, providers):
        for mode in declared(FailureMode, modules(package)):
            meanings.setdefault(mode.code, set()).add(mode.summary)
    assert {code: texts for code, texts in meanings.items() if len(texts) > 1} == {}


def test_the_example_provider_conforms():
    """`tests/acme` keeps up with what a provider is: it is the walk-through's code."""
    subject = Subject("acme")
    for check in properties.discover().values():
        check(subject)
