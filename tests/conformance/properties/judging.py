"""Judging looks, and changes nothing: a scenario may have it done twice."""

from __future__ import annotations

from subject import Subject, code


def check_twice_is_the_same(subject: Subject) -> None:
    """The same verdict, message, credential and warnings, and nothing stored."""
    for name, example in subject.examples.items():
        world = subject.world()
        request = world.build(example)
        before = world.state()
        seen = [
            (code(each), each.credential, each.payload, [w.code for w in each.warnings])
            for each in world.judged(request, times=2)
        ]
        assert seen[0] == seen[1], f"{name}: judged twice, two verdicts"
        assert world.state() == before, f"{name}: judging has changed the state"
