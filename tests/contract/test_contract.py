"""Every provider, by its own examples: what is in order passes, what is spoiled says why."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest

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
ERRORS = [
    pytest.param(provider, name, id=f"{provider.name}.{name}")
    for provider in PROVIDERS.values()
    for name in (*provider.errors, *provider.errors.aliases)
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


def test_there_are_five():
    """The mission names them."""
    assert sorted(PROVIDERS) == ["gestopago", "goat", "pagsmile", "placetopay", "tesabiz"]


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


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_every_endpoint_is_shown(provider):
    """No endpoint without an example in order."""
    shown = {example.endpoint for example in provider.examples if not example.code}
    assert {endpoint.name for endpoint in provider.endpoints} <= shown


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_every_failure_mode_of_the_provider_is_provoked(provider):
    """Each reason to refuse or to warn that the package declares is met by an example."""
    package = import_module(f"emulator.providers.{provider.name}")
    codes = {mode.code for mode in declared(FailureMode, modules(package))}
    own = {code for code in codes if code.startswith(f"{provider.name}.")}
    provoked = {code for each in provider.examples for code in (each.code, *each.warnings)}
    if provider.trigger is not None:  # what a merchant answers is met in the webhooks' own tests
        own = {code for code in own if ".webhook" not in code and ".answer" not in code}
    assert own <= provoked


def test_failure_modes_have_one_meaning():
    """A code stands for one summary, wherever it is declared."""
    meanings: dict[str, set[str]] = {}
    for package in (schemes, providers):
        for mode in declared(FailureMode, modules(package)):
            meanings.setdefault(mode.code, set()).add(mode.summary)
    assert {code: texts for code, texts in meanings.items() if len(texts) > 1} == {}


@pytest.mark.parametrize(("provider", "name"), ERRORS)
def test_every_error_of_the_catalogue_can_be_given(emulator, provider, name):
    """A scenario may name any of them; each has a status, and a body in the provider's form."""
    example = next(each for each in provider.examples if not each.code)
    exchange = play(emulator, provider, example)
    error = provider.errors.find(name)
    assert error is not None
    reply = error.reply(exchange, emulator.namespace("default").contexts[provider.name])
    assert 200 <= reply.status <= 599
    assert isinstance(reply.body, bytes)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_catalogue_has_what_the_pipeline_needs(provider):
    """The transport's own refusals are in the provider's form too."""
    assert {"not-found", "method-not-allowed", "too-large", "bad-request"} <= set(provider.errors)
    assert {"401", "403"} <= set(provider.errors.aliases)
    assert provider.errors.find("401").status == 401
    assert provider.errors.find("403").status == 403


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_unknown_path_is_authenticated_then_not_found(emulator, provider):
    """Behind a path we do not emulate stands the neighbours' check."""
    good = next(
        each
        for each in provider.examples
        if not each.code
        and next(e for e in provider.endpoints if e.name == each.endpoint).authenticate is None
    )
    namespace = emulator.namespace("default")
    context = namespace.contexts[provider.name]
    for name in good.after:
        play(emulator, provider, next(e for e in provider.examples if e.name == name))
    request = good.build(context)
    request.path = "/no/such/endpoint"
    found = asyncio.run(emulator.serve(namespace, provider, request))
    assert found.diagnosis.code == "request.not-found"
    assert found.endpoint == "/no/such/endpoint"
    assert found.diagnosis.hint
    request = good.build(context)
    request.path = "/no/such/endpoint"
    request.headers = [(n, v) for n, v in request.headers if n == "content-type"]
    request.query, request.body = "", b""
    refused = asyncio.run(emulator.serve(namespace, provider, request))
    assert refused.verdict == "refused"
    assert refused.diagnosis.code != "request.not-found"
