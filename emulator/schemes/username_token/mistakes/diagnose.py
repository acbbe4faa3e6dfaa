"""Which mistakes made a password digest: five things that a client can do otherwise.

    the nonce × the time × the secret × how they are put together × the hash function

and the way in which the digest was written, which is read back and not searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from emulator.core.errors import shorten
from emulator.core.messages import Message
from emulator.schemes.encoding import from_base64, utf8
from emulator.schemes.mistakes import outputs, secrets, shapes
from emulator.schemes.mistakes.hashes import SHA1, SHA256, Hash, functions
from emulator.schemes.mistakes.search import (
    Budget,
    Reading,
    SpentError,
    Ways,
    readings,
    said,
    search,
    tell,
)
from emulator.schemes.username_token.make import UsernameToken
from emulator.schemes.username_token.mistakes import created, layouts, nonces
from emulator.schemes.username_token.mistakes.fields import base64_fault, masked
from emulator.schemes.username_token.mistakes.layouts import RULE, Layout

LONGEST = 2048
"""Bytes of nonce and created, which are hashed thousands of times; what is longer is not searched.
The longest print of a time object has about a thousand."""

SEND = "send the standard Base64 (with +, / and =) of its raw bytes"
RIGHT_NOTATION = "Base64 text"

CHECK = Message(
    "No known mistake gives this digest, so it was made of other input. Check in this order: "
    "the secret (is it the one registered for this login?), the nonce (hash the raw bytes whose "
    "Base64 is sent, made once per request), the time (hash the very text that is sent)"
)


@dataclass(frozen=True, slots=True)
class RefusedDigest:
    """A refused token, and what a client can have mistaken for its secret."""

    token: UsernameToken
    password: str
    others: Mapping[str, str]


def explain(refused: RefusedDigest) -> list[Reading]:
    """Return the mistakes that give the digest, as alternatives; empty where none is known."""
    token = refused.token
    if not token.password_digest or len(token.nonce) + len(utf8(token.created)) > LONGEST:
        return []
    received = outputs.read(token.password_digest)
    sizes = received.sizes
    if not sizes:
        return []
    budget = Budget()
    username = utf8(token.username)
    test, price = received.test(), received.price

    def fits(
        secret: bytes, nonce: bytes, time: bytes, layout: Layout, hashes: tuple[Hash, ...]
    ) -> Reading | None:
        budget.spend(price * len(hashes))
        for function in hashes:
            try:
                digest = layout(function, nonce, time, secret, username)
            except ValueError:
                continue
            if (form := test(digest)) is not None:
                return (
                    *function.instead_of(SHA256, SHA1),
                    *said(*form.hints(RIGHT_NOTATION, SEND)),
                )
        return None

    axes: Sequence[Ways[Any]] = (
        secrets.ways(utf8(refused.password), budget, others=refused.others),
        nonces.ways(token, budget),
        created.ways(token.created, budget),
        layouts.ways(budget),
        functions(sizes, budget),
    )
    return readings(search(axes, fits)) or _with_lost_milliseconds(refused, received)


def _with_lost_milliseconds(refused: RefusedDigest, received: outputs.Received) -> list[Reading]:
    """Look for a time whose fraction was hashed and not sent, where nothing else explains it."""
    token, password, test = refused.token, utf8(refused.password), received.test()
    hashes = [each for each in (SHA256, SHA1) if each.size in received.sizes]
    budget = Budget(_MOST_MOMENTS)
    with suppress(SpentError):
        for done, time in created.lost_milliseconds(token.created):
            budget.spend(len(hashes) or 1)
            for function in hashes:
                if form := test(function.digest(token.nonce + time + password)):
                    return [said(done, *form.hints(RIGHT_NOTATION, SEND))]
    return []


_MOST_MOMENTS = 6_000


# --- what to say -----------------------------------------------------------------------------


def hint(refused: RefusedDigest) -> str:
    """Say which mistakes gave the digest; else what was sent in its place; else what to check."""
    if told := _instead(refused):
        return told
    if found := explain(refused):
        return tell(found)
    token = refused.token
    sent = token.password_digest
    if len(sent) in (28, 44) and {20, 32} & set(map(len, outputs.read(sent).whole)):
        return CHECK
    if looks := shapes.shape(sent):
        return Message("This is {looks}; {rule}").with_(looks=looks, rule=RULE)
    try:
        raw = from_base64(sent)
    except ValueError:
        return f"{base64_fault(sent)}; {RULE}"
    if len(raw) in (20, 32):  # of low bytes, which may have been text
        return CHECK
    return Message("This is {size}, not the 32 of SHA-256 or the 20 of SHA-1; {rule}").with_(
        size=shapes.size(len(raw)), rule=RULE
    )


def _instead(refused: RefusedDigest) -> str:
    """Say what was sent in place of a digest."""
    token = refused.token
    known: dict[bytes, str] = {
        utf8(refused.password): Message("The secret itself"),
        utf8(token.username): Message("The username"),
        token.nonce: "The nonce",
        utf8(token.nonce_text): "The nonce",
        utf8(token.created): "The time",
        **{utf8(other): other_name for other_name, other in refused.others.items()},
    }
    known.pop(b"", None)
    sent = utf8(token.password_digest)
    stripped = utf8(token.password_digest.strip().strip("\"'"))
    for raw in (sent, stripped, *(form.raw for form in outputs.forms(token.password_digest))):
        if what := known.get(raw):
            return f"{what[0].upper()}{what[1:]} was sent in place of the digest; {RULE}"
    return ""


def received(refused: RefusedDigest) -> str:
    """Return the digest as it was sent, or a mask where a secret can be read from it."""
    sent = shorten(refused.token.password_digest, LONGEST)
    for secret in (refused.password, *refused.others.values()):
        if (shown := masked(sent, secret)) != sent:
            return shown
    return sent
