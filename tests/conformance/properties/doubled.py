"""What is there twice has two meanings: it is refused."""

from __future__ import annotations

import json
from typing import Any

from subject import Subject, changed, code

from emulator.core.errors import ConfigurationError


def check_headers(subject: Subject) -> None:
    """A header without which a request is refused must be there once."""
    found = False
    for example in subject.signed_examples:
        world = subject.world()
        request = world.build(example)
        for name, value in request.headers:
            others = [each for each in request.headers if each[0] != name]
            if name.startswith("content-") or not world.verdict(changed(request, headers=others)):
                continue
            found = True
            for pair in ((value, "x"), ("x", value), (value, value)):
                twice = [*others, *((name, each) for each in pair)]
                sent = changed(request, headers=twice)
                assert world.refusal(sent), f"{example.name} is accepted with two headers {name}"
    if not found:  # authentication stands in the body
        check_members(subject)


class Again(str):
    """The name of a member that is written as another one is, and is not equal to it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def check_members(subject: Subject) -> None:
    """A member of a body or of a signed message must be there once, also if it is signed twice."""
    tried = 0
    for example in subject.signed_examples:
        world = subject.world()
        exchange = world.play(example)
        message = exchange.payload
        request = exchange.request
        if request.body[:1] == b"{":
            tried += 1
            name = next(iter(json.loads(request.body)))
            body = json.dumps({name: "other"}).encode()[:-1] + b"," + request.body[1:]
            assert world.refusal(changed(request, body=body)), f"{example.name}: {name} twice"
        if request.media_type == "application/x-www-form-urlencoded":
            tried += 1
            body = request.body.partition(b"=")[0] + b"=other&" + request.body
            assert world.refusal(changed(request, body=body)), f"{example.name}: a field twice"
        if isinstance(message, dict) and message:
            tried += _signed_twice(subject, example.endpoint, message)
    assert tried, "no message that could be tried"


def _signed_twice(subject: Subject, endpoint: str, message: dict[str, Any]) -> bool:
    """Sign a message with a member twice; tell whether that could be done."""
    world = subject.world()
    try:
        once = world.sign(endpoint, message)
        if once.before or code(world.send(once.request)):
            return False
        name = next(iter(message))
        twice = world.sign(endpoint, {**message, Again(name): message[name]})
    except (ConfigurationError, KeyError, TypeError):
        return False  # it cannot be signed
    if twice.request.body == once.request.body:
        return False
    assert world.refusal(twice.request), f"{endpoint}: {name} is signed twice, and accepted"
    return True
