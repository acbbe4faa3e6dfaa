"""What a provider declares is complete, and known wherever providers are shown."""

from __future__ import annotations

from importlib import import_module

import overlay
from starlette.testclient import TestClient
from subject import Subject

from emulator.core.declared import declared, modules
from emulator.core.errors import FailureMode
from emulator.fidelity import page

_NEEDED = {"not-found", "method-not-allowed", "too-large", "bad-request"}


def check_needed_errors(subject: Subject) -> None:
    """The transport's own refusals are in the provider's form, too."""
    provider = subject.provider
    assert set(provider.errors) >= _NEEDED
    for status in (401, 403):
        error = provider.errors.find(str(status))
        assert error is not None, f"no alias {status}"
        assert error.status == status


def check_every_error_can_be_given(subject: Subject) -> None:
    """A scenario may name any of them: each has a status and a body."""
    world = subject.world()
    exchange = world.play(subject.good[0])
    for name in (*subject.provider.errors, *subject.provider.errors.aliases):
        error = subject.provider.errors.find(name)
        assert error is not None, f"{name} leads nowhere"
        reply = error.reply(exchange, world.context)
        assert 200 <= reply.status <= 599, name
        assert isinstance(reply.body, bytes), name


def check_every_endpoint_is_shown(subject: Subject) -> None:
    """No endpoint is without an example in order."""
    shown = {example.endpoint for example in subject.good}
    assert {endpoint.name for endpoint in subject.endpoints} <= shown


def check_every_failure_is_provoked(subject: Subject) -> None:
    """Each reason to refuse or warn that the package declares is met by an example."""
    package = import_module(subject.package)
    codes = {mode.code for mode in declared(FailureMode, modules(package))}
    own = {code for code in codes if code.startswith(f"{subject.name}.")}
    if subject.sends_webhooks:  # what a merchant answers is not met by requests
        own = {code for code in own if ".webhook" not in code and ".answer" not in code}
    provoked = {code for each in subject.examples.values() for code in (each.code, *each.warnings)}
    assert own <= provoked, f"no example for {sorted(own - provoked)}"


def check_fidelity_page(subject: Subject) -> None:
    """The page has its endpoints, errors and failure modes, each with a source."""
    with overlay.laid_over():
        text = page()
    _, found, rest = text.partition(f"## {subject.provider.title}\n")
    assert found
    section = rest.partition("\n## ")[0]
    for endpoint in subject.endpoints:
        assert f"`{endpoint.name}`" in section
    for error in subject.provider.errors:
        assert f"`{subject.name}.{error}`" in section


def check_control_api(subject: Subject) -> None:
    """The index, the health and the credentials know it; OpenAPI has its operations."""
    with TestClient(subject.emulator.app, base_url="http://localhost") as client:
        assert subject.name in client.get("/").json()["providers"]
        assert subject.name in client.get("/_emulator/health").json()["providers"]
        assert "base_url" in client.get("/_emulator/credentials").json()[subject.name]
        document = client.get("/_emulator/openapi.json").json()
        assert "/_emulator/credentials/{provider}" in document["paths"]
        own = client.get(f"/_emulator/openapi/{subject.name}.json")
        if own.status_code == 200:
            for endpoint in subject.endpoints:
                assert set(endpoint.paths) & set(own.json()["paths"]), endpoint.name
