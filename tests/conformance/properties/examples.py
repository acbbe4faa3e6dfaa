"""The examples: one in order is accepted, a spoiled one is refused for its reason."""

from __future__ import annotations

from subject import Subject, code


def check_verdicts(subject: Subject) -> None:
    """Each meets the code that it names, and the warnings."""
    for name, example in subject.examples.items():
        exchange = subject.world().play(example)
        assert not exchange.bug, f"{name}: {exchange.bug}"
        assert exchange.endpoint == example.endpoint or example.endpoint == "", name
        assert code(exchange) == example.code, f"{name}: {exchange.diagnosis}"
        assert exchange.verdict == ("refused" if example.code else "accepted"), name
        assert set(example.warnings) <= {each.code for each in exchange.warnings}, name


def check_unknown_path(subject: Subject) -> None:
    """Behind a path that is not emulated stands the neighbours' check."""
    world = subject.world()
    guarded = (each for each in subject.shown if subject.endpoint_of(each).authenticate is None)
    request = world.build(next(guarded))
    request.path = "/no/such/endpoint"
    found = world.send(request)
    assert code(found) == "request.not-found"
    assert found.endpoint == "/no/such/endpoint"
    assert found.diagnosis is not None
    assert found.diagnosis.hint
    request.headers = [each for each in request.headers if each[0] == "content-type"]
    request.query, request.body = "", b""
    assert code(world.send(request)) not in ("", "request.not-found")
