"""A body that says it is written in another way is refused: it would be read as something else."""

from __future__ import annotations

from subject import Subject, changed

from emulator.core.exchange import Request


def check_content_coding(subject: Subject) -> None:
    """A body declared as compressed is refused, whatever its bytes."""
    _refused(subject, lambda request: [*request.headers, ("content-encoding", "gzip")])


def check_two_content_types(subject: Subject) -> None:
    """Two types leave open which one counts."""
    _refused(subject, lambda request: [*request.headers, ("content-type", "text/plain")])


def check_another_charset(subject: Subject) -> None:
    """Text in UTF-16 that says so is refused."""
    for example in subject.signed_examples:
        world = subject.world()
        request = world.build(example)
        if not request.body:
            continue
        typed = f"{request.media_type}; charset=utf-16"
        others = [each for each in request.headers if each[0] != "content-type"]
        body = request.body.decode().encode("utf-16")
        sent = changed(request, headers=[*others, ("content-type", typed)], body=body)
        assert world.refusal(sent), f"{example.name} is accepted in UTF-16"


def _refused(subject: Subject, headers) -> None:
    bodies = 0
    for example in subject.signed_examples:
        world = subject.world()
        request: Request = world.build(example)
        if not request.body:
            continue
        bodies += 1
        refused = world.refusal(changed(request, headers=headers(request)))
        assert refused, f"{example.name} is accepted with {headers(request)[-1]}"
    assert bodies, "no example has a body"
