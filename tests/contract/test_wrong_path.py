"""A path that leads nowhere: the one that was meant is named, and nothing is said of a token."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import providers
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.runtime import wrong_path

PROVIDERS = providers.discover()
PATHS = sorted(
    {
        (provider.name, path)
        for provider in PROVIDERS.values()
        for endpoint in provider.endpoints
        for path in endpoint.paths
        if "{" not in path and "POST" in endpoint.methods
    }
)

WRONG = {
    "slash too many": lambda path, name: f"/{path}",
    "slash within": lambda path, name: path.replace("/", "//"),
    "slash at its end": lambda path, name: path[:-1] if path[-1] == "/" else f"{path}/",
    "capitals": lambda path, name: path.upper(),
    "doubled provider": lambda path, name: f"/{name}{path}",
    "doubled start": lambda path, name: f"/{path.split('/')[1]}{path}",
    "doubled whole": lambda path, name: path.rstrip("/") + path,
    "another version": lambda path, name: f"/v2{path.replace('/v1', '')}",
    "blank at its end": lambda path, name: f"{path} ",
    "line break": lambda path, name: f"{path}\n",
    "encoded slash": lambda path, name: "/" + path[1:].replace("/", "%2F"),
    "host in the path": lambda path, name: f"/https://example.org{path}",
    "encoded question mark": lambda path, name: f"{path}?a=b",
    "beginning missing": lambda path, name: "/" + path.split("/", 2)[-1],
    "another beginning": lambda path, name: f"/checkout{path}",
    "backslashes": lambda path, name: path.replace("/", "\\"),
    "ending": lambda path, name: path[:-3] if path.endswith(".do") else f"{path}.php",
    "capitals and a slash": lambda path, name: f"/{path.upper()}/",
}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator()


def serve(emulator: Emulator, name: str, path: str, method: str = "POST") -> Exchange:
    request = Request(method=method, path=path, headers=[("content-type", "application/json")])
    namespace = emulator.namespace("default")
    return asyncio.run(emulator.serve(namespace, emulator.providers[name], request))


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(("name", "path"), PATHS)
def test_meant_path_is_named(emulator, name, path, wrong):
    """The hint names a path that exists and is the one, letter for letter."""
    changed = WRONG[wrong](path, name)
    if PROVIDERS[name].route(changed)[0] is not None or changed.count("/") < 1:
        pytest.skip("this is a path, too")
    exchange = serve(emulator, name, changed)
    diagnosis = exchange.diagnosis
    assert exchange.verdict == "refused"
    assert diagnosis is not None
    assert diagnosis.where == "path", diagnosis
    right = PROVIDERS[name].route(path)[0]
    assert right is not None
    found = wrong_path.meant(exchange.request, PROVIDERS[name])
    assert found is not None
    assert found.path in diagnosis.hint
    assert found.endpoint is right
    assert "bearer" not in diagnosis.hint.lower()


def test_the_same_step_is_said_once(emulator):
    """As for the case of a base URL that ends in a slash."""
    hint = serve(emulator, "placetopay", "//api/session").diagnosis.hint
    assert hint == "There is a slash too many. The path is /api/session"


JWS = "/tesabiz-ws-security/sc/jws/"


@pytest.mark.parametrize(
    ("name", "sent", "right"),
    [
        (
            "tesabiz",
            "/tesabiz-ws-security/sc/jws/encrypt64",
            "/tesabiz-ws-security/sc/jws/encript64",
        ),
        ("tesabiz", "/tesabiz-ws-security/sc/jws/encrypt", "/tesabiz-ws-security/sc/jws/encript"),
        ("pagsmile", "/api/payout/create", "/api/payout"),
        ("pagsmile", "/api/payout/v2/new", "/api/payout"),
        ("placetopay", "/api/session/17/query", "/api/session/17"),
    ],
)
def test_nearest_of_all_paths(emulator, name, sent, right):
    """The one most like it, or the one above it."""
    assert serve(emulator, name, sent).diagnosis.hint.endswith(f"The path is {right}")


def test_template(emulator):
    """What stands in a template's place stays what it is."""
    hint = serve(emulator, "placetopay", "/API/Session/17/").diagnosis.hint
    assert "/api/session/17" in hint


def test_wire_stays_the_providers(emulator):
    """GestoPago's paths stand behind its token: 401 it stays."""
    exchange = serve(emulator, "gestopago", "/sistema/service/sendTX")
    assert exchange.reply is not None
    assert exchange.reply.status == 401
    assert "/sistema/service/sendTx.do" in exchange.diagnosis.hint


def test_method_is_named_with_the_path(emulator):
    assert "the method POST" in serve(emulator, "pagsmile", "/api/balance/", "GET").diagnosis.hint


@pytest.mark.parametrize(
    ("name", "path", "method", "hint"),
    [
        ("placetopay", "/api/payout", "POST", "Pagsmile"),
        ("pagsmile", "/api/session", "POST", "/placetopay"),
        ("goat", "/sistema/service/sendTx.do", "POST", "GestoPago"),
        ("placetopay", "/favicon.ico", "GET", "base URL"),
    ],
)
def test_another_providers(emulator, name, path, method, hint):
    assert hint in serve(emulator, name, path, method).diagnosis.hint


@pytest.mark.parametrize(("name", "path"), PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method(emulator, name, path, method):
    """The method that is taken is named."""
    diagnosis = serve(emulator, name, path, method).diagnosis
    assert diagnosis.code == "request.method"
    assert "POST" in diagnosis.hint


@pytest.mark.slow
@given(st.text(max_size=400).map("/".__add__), st.sampled_from(sorted(PROVIDERS)))
def test_any_path(path, name):
    """Whatever is named exists, and differs from what was sent."""
    provider = PROVIDERS[name]
    if provider.route(path)[0] is not None:
        return
    found = wrong_path.meant(Request(method="POST", path=path), provider)
    if found is not None:
        assert found.path != path
