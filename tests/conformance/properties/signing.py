"""`emulator sign` makes a request that passes, for every endpoint."""

from __future__ import annotations

import pytest
from subject import BASE_URL, Subject, code

from emulator.core.errors import ConfigurationError


def check_every_endpoint(subject: Subject) -> None:
    """What is signed with no payload given is accepted, at any endpoint."""
    for endpoint in subject.signed_endpoints:
        world = subject.world()
        signed = world.sign(endpoint.name)
        assert signed.canonical or signed.before, f"{endpoint.name}: nothing is signed"
        assert signed.request.base_url == f"{BASE_URL}{subject.name}"
        exchange = world.send(world.ready(signed))
        assert exchange.endpoint == endpoint.name
        assert not code(exchange), f"{endpoint.name}: {exchange.diagnosis}"


def check_browsers_sign_nothing(subject: Subject) -> None:
    """An endpoint that is the payer's says so: the payer has no key."""
    for endpoint in subject.endpoints:
        if endpoint.for_browsers:
            with pytest.raises(ConfigurationError, match="browser"):
                subject.world().sign(endpoint.name)
