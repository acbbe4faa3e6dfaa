"""What clients make of a secret before they use it: one axis for every scheme.

A secret comes out of a file, an environment variable or a form, and picks up a line end, quotes
or a byte order mark on the way. Or it is decoded, hashed or cut because another provider wants
that. Or it is another one. All of it works on bytes; a text is its UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, pairwise

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes.preparations import constant, prepared
from emulator.schemes.mistakes.search import (
    RARE,
    UNUSUAL,
    Budget,
    Step,
    Ways,
    axis,
    only,
)

LONGEST = 1024
"""Bytes; a longer secret is used as it is."""


def ways(
    secret: bytes,
    budget: Budget,
    *,
    what: str = "the secret",
    others: Mapping[str, str] | None = None,
) -> Ways[bytes]:
    """Return the bytes that a client may have used for a secret.

    Args:
        secret: As registered.
        budget: Pays for each that is made.
        what: What the provider calls it, with its article.
        others: What a client can mistake for it: a description to a secret or name, such as
            "the secret of site B" or "the login".
    """
    if len(secret) > LONGEST:
        return only(secret)
    steps = chain(_another(what, others or {}), prepared(what), _mistyped(what, secret))
    return axis(secret, steps, budget)


def _another(what: str, others: Mapping[str, str]) -> Iterator[Step[bytes, bytes]]:
    for description, other in others.items():
        if other:
            yield Step(
                f"{description[0].upper()}{description[1:]} was used in place of {what}; use "
                f"{what} of this request's own credential",
                partial(constant, utf8(other)),
            )


def _mistyped(what: str, secret: bytes) -> Iterator[Step[bytes, bytes]]:
    """Yield one character missing, exchanged, doubled, or in another letter case."""
    if len(secret) > 128:
        return
    for count in range(1, 5):
        yield _copied(what, "the end", secret[:-count])
        yield _copied(what, "the beginning", secret[count:])
    for at in range(len(secret)):
        before, here, after = secret[:at], secret[at : at + 1], secret[at + 1 :]
        for wrong in (before + after, before + here.swapcase() + after, before + 2 * here + after):
            yield Step(partial(_typo, what, at), partial(constant, wrong), RARE)
    for at, (one, two) in enumerate(pairwise(secret)):
        swapped = secret[:at] + bytes((two, one)) + secret[at + 2 :]
        yield Step(partial(_typo, what, at), partial(constant, swapped), RARE)


def _copied(what: str, where: str, rest: bytes) -> Step[bytes, bytes]:
    return Step(
        Message(
            "Characters at {where} of {what} are missing: it was not copied whole; copy it again"
        ).with_(where=where, what=what),
        partial(constant, rest),
        UNUSUAL,
    )


def _typo(what: str, at: int) -> str:
    return f"{what[0].upper()}{what[1:]} has a typing error near character {at + 1}; copy it again"
