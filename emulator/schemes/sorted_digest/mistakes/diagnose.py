"""Which mistakes made a signature wrong; asked only after `sorted_digest` has refused it.

    the text of the parameters × the key × how it is used × the hash function

and the way in which the signature was written, which is read back and not searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emulator.core import json_faults
from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes import masks, outputs, secrets, shapes
from emulator.schemes.mistakes.hashes import SHA256, Hash, functions
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
from emulator.schemes.sorted_digest.make import Value
from emulator.schemes.sorted_digest.mistakes import keyed
from emulator.schemes.sorted_digest.mistakes.keyed import Keyed
from emulator.schemes.sorted_digest.mistakes.parameters import Parameters, Text

LONGEST_RECOGNISED = 8 * 1024
"""Bytes of body up to which mistakes are looked for: a refusal must stay cheap."""

MOST_RECOGNISED = 256
"""Members up to which mistakes are looked for."""

RULE = "send the SHA-256 of the sorted parameters and the key, in lower-case hexadecimal digits"
SEND = "send 64 lower-case hexadecimal digits"
RIGHT_NOTATION = "hexadecimal text"

_BASIC = re.compile(r"^(\s*basic\s+).+", re.IGNORECASE | re.DOTALL)


def explain_unreadable(body: bytes, error: ValueError, keys: Iterable[str]) -> json_faults.Fault:
    """Return what stands where reading stopped, and which slip it looks like."""
    known = masks.forms(*keys)
    return json_faults.explain(body, error, lambda piece: masks.mask(piece, known))


@dataclass(frozen=True)
class RefusedSignature:
    """A refused request: all that a search may look at."""

    body: bytes
    params: Mapping[str, Value]
    key: str
    app_id: str = ""
    other_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str = ""

    @property
    def too_long(self) -> bool:
        """Whether looking for the mistake would cost too much."""
        return len(self.body) > LONGEST_RECOGNISED or len(self.params) > MOST_RECOGNISED

    @cached_property
    def secrets(self) -> list[str]:
        """What must not be shown, in the forms in which it could be sent."""
        return masks.forms(self.key, *self.other_keys.values())

    @cached_property
    def parameters(self) -> Parameters:
        """What can have been signed."""
        return Parameters(self.body, self.params, self.app_id, self.path, self.key)


def masked(refused: RefusedSignature, received: str) -> str:
    """Return a refused signature, with every secret in it masked."""
    return masks.mask(_BASIC.sub(r"\1(credentials, masked)", received), refused.secrets)


# --- the search ------------------------------------------------------------------------------


def explain(refused: RefusedSignature, received: str) -> list[Reading]:
    """Return the mistakes that give the signature, as alternatives; empty where none is known."""
    if refused.too_long or not refused.key:
        return []
    sent = outputs.read(received)
    if not sent.sizes:
        return []
    budget = Budget()
    test, price = sent.test(), sent.price + len(refused.body) // 600

    def fits(text: Text, key: bytes, use: Keyed, hashes: tuple[Hash, ...]) -> Reading | None:
        budget.spend(price * len(hashes))
        if text.codec:
            try:
                key = key.decode().encode(text.codec)
            except ValueError:
                return None
        if text.complete and use is keyed.appended:
            key = b""
        for function in hashes:
            try:
                digest = use(function, text.data, key)
            except ValueError:
                continue
            if (form := test(digest)) is not None:
                return (*function.instead_of(SHA256), *said(*form.hints(RIGHT_NOTATION, SEND)))
        return None

    others = {"the app id": refused.app_id, **refused.other_keys}
    axes: Sequence[Ways[Any]] = (
        refused.parameters.ways(budget),
        secrets.ways(utf8(refused.key), budget, what="the key", others=others),
        keyed.ways(budget),
        functions(sent.sizes, budget),
    )
    return readings(search(axes, fits)) or _at_other_times(refused, sent)


def _at_other_times(refused: RefusedSignature, sent: outputs.Received) -> list[Reading]:
    """Look for the right signature of another moment, where nothing else explains it.

    There are thousands, so that nothing is combined with them but the form of the digest.
    """
    key, test = utf8(refused.key), sent.test()
    budget = Budget(_MOST_MOMENTS)
    with suppress(SpentError):
        for done, text in refused.parameters.at_other_times():
            budget.spend(1 + len(text) // 600)
            if (form := test(SHA256.digest(text + key))) is not None:
                return [said(done, *form.hints(RIGHT_NOTATION, SEND))]
    return []


_MOST_MOMENTS = 6_000


# --- what to say -----------------------------------------------------------------------------


def upper_case_hint(_attempt: RefusedSignature, _received: str) -> str:
    """Return what to say of the right digits in upper case."""
    return Message("Write the hex digits in lower case")


def mismatch_hint(refused: RefusedSignature, received: str) -> str:
    """Return what to say of 64 hex digits that are wrong."""
    return _known(refused, received) or _no_hint(refused)


def malformed_hint(refused: RefusedSignature, received: str) -> str:
    """Return what to say of a signature that is not 64 hex digits."""
    if known := _known(refused, received):
        return known
    if looks := shapes.shape(received):
        return Message("This is {looks}; {rule}").with_(looks=looks, rule=RULE)
    forms = [form for form in outputs.forms(received) if form.is_written_so]
    if not forms:
        return Message("This is no digest; {rule}").with_(rule=RULE)
    form = min(forms, key=lambda each: (len(each.raw) != 32, len(each.raw) not in outputs.SIZES))
    if len(form.raw) != SHA256.size:
        return Message("This is {size}, not the 32 of SHA-256; {rule}").with_(
            size=shapes.size(len(form.raw)), rule=RULE
        )
    told = ". ".join(form.hints(RIGHT_NOTATION, SEND))
    return ". ".join(filter(None, (told, _no_hint(refused))))


def _known(refused: RefusedSignature, received: str) -> str:
    if not refused.key:
        return Message("There is no key for this app, so no signature can match")
    bare = received.strip().strip("\"'")
    bare = re.sub(r"(?i)\A(bearer|token|basic)\s+", "", bare)
    if bare.rstrip("=").casefold() in map(str.casefold, refused.secrets):
        return Message("The secret itself was sent; {rule}").with_(rule=RULE)
    if bare == refused.app_id:
        return Message("The app id was sent in place of the signature; {rule}").with_(rule=RULE)
    return masks.mask(tell(explain(refused, received)), refused.secrets)


def _no_hint(refused: RefusedSignature) -> str:
    if refused.too_long:
        return Message("The body is too long to look for the mistake; try a shorter one")
    canonical = masks.mask(refused.parameters.canonical, refused.secrets)
    return (
        Message(
            "No known mistake gives this. Check in this order: the app key (is it the one of this "
            "app, used as it is?), the values (is each one the very text that is sent? A time or "
            "an "
            "id made twice differs), then the text. Before the key is appended, the text to hash "
            "is: "
        )
        + canonical
    )
