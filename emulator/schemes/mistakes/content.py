"""What somebody encrypted or signed that is not the JSON object it should be.

First the layers are taken off, one after another, as long as one fits: a byte order mark, Base64,
gzip, a JSON text in quotes, another encryption. Where the right thing is inside, the layers are
the mistake. Where it is not, what is inside is told for what it is: form text, XML, PHP's
`serialize`, a hash, the name of an object.

Nothing here decides whether something passes. A layer is taken off at most `DEEPEST` times, and
nothing longer than `LONGEST` is looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from emulator.core import json_faults, json_text
from emulator.core.messages import Message
from emulator.schemes.mistakes.kinds import OBJECT, describe
from emulator.schemes.mistakes.layers import LAYERS, LONGEST, Layer

Plausible = Callable[[bytes], bool]
"""Is this the right thing? Asked of any bytes at all, so it must not raise."""

DEEPEST = 3


def told(data: bytes, plausible: Plausible, done: str, more: Iterable[Layer] = ()) -> str:
    """Say in a sentence what `data` is; "" if it cannot be told.

    What is wrapped once too often is unwrapped; of the rest, the words for JSON everywhere come
    first where they say more.

    Args:
        data: What should have been plausible.
        plausible: Whether something is the right thing.
        done: What was done with it: "encrypted" or "signed".
        more: Layers that only the caller can take off.
    """
    layers = tuple(more)
    if value := other_value(data):
        return value
    known = known_fault(data)
    if "UTF-32" in known:
        return known
    if what := wrapped(data, plausible, layers):
        return Message("What was {done} is {what}").with_(done=done, what=what)
    if known and readable(data) and describe(data):
        return known
    what = explain(data, plausible, layers)
    return Message("What was {done} is {what}").with_(done=done, what=what) if what else ""


def explain(data: bytes, plausible: Plausible, more: Iterable[Layer] = ()) -> str:
    """Say what `data` is; "" if it cannot be told.

    Args:
        data: What should have been plausible.
        plausible: Whether something is the right thing.
        more: Layers that only the caller can take off, such as its encryption.

    Returns:
        A predicate and what to do: "Base64 text, and in it the JSON; use the JSON as it is". A
        sentence comes of it with "What was encrypted is ".
    """
    if len(data) > LONGEST:
        return ""
    levels = list(_levels(data, (*LAYERS, *more)))
    if wrapped := _wrapped(levels, plausible):
        return wrapped
    for level in levels:
        for taken, inside in level:
            if all(layer.certain for layer in taken) and (what := describe(inside)):
                return _sentence(taken, *what)
    return ""


def wrapped(data: bytes, plausible: Plausible, more: Iterable[Layer] = ()) -> str:
    """Say in what the right thing is wrapped, as `explain` does; "" if it is not inside."""
    return "" if len(data) > LONGEST else _wrapped(_levels(data, (*LAYERS, *more)), plausible)


def _wrapped(levels: Iterable[list[_Opened]], plausible: Plausible) -> str:
    for level in levels:
        for taken, inside in level:
            if taken and plausible(inside):
                return _sentence(taken, "the JSON", "")
    return ""


def other_value(data: bytes) -> str:
    """Say what `data` is if it is JSON, but no object, or nothing; "" if it is another thing."""
    try:
        json_text.read_object(data)
    except json_text.NotAnObject as error:
        return json_faults.explain(data, error).hint
    except ValueError as error:
        return "" if data.strip() else json_faults.explain(data, error).hint
    return ""


def fault(data: bytes) -> str:
    """Say of a text that `explain` does not know why it is not a JSON object: a sentence."""
    if told := known_fault(data):
        return told
    try:
        json_text.read_object(data)
    except ValueError as error:
        hint = json_faults.explain(data, error).hint
    else:
        return Message("It lacks what an object must have here; {object}").with_(object=OBJECT)
    if data.lstrip()[:1] in (b"{", b"[") or _ONE_RUN in hint:
        return hint
    what = "a plain text" if readable(data) else "bytes that are no text"
    return f"It is {what}; {OBJECT}"


def known_fault(data: bytes) -> str:
    """Say why a text is not a JSON object, in the words for JSON everywhere; "" if too vague."""
    try:
        json_text.read_object(data)
    except ValueError as error:
        told = json_faults.explain(data, error).hint
        return "" if any(vague in told for vague in _VAGUE) else told
    return ""


_ONE_RUN = "one run of Base64"

_VAGUE = ("ends too early", _ONE_RUN, "content-type", "Content-Type")
"""In hints that say less than `describe`, or speak of a body where there is a ciphertext."""


def readable(data: bytes) -> bool:
    """Tell whether bytes are a text: UTF-8 without control characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)


_Opened = tuple[tuple[Layer, ...], bytes]
"""The layers that were taken off, the outermost first, and what is inside."""


def _levels(data: bytes, layers: tuple[Layer, ...]) -> Iterator[list[_Opened]]:
    """Yield what comes to light after no layer, after one, after two …; nothing twice."""
    level: list[_Opened] = [((), data)]
    seen = {data}
    for _ in range(DEEPEST + 1):
        yield level
        inner: list[_Opened] = []
        for taken, inside in level:
            for layer, opened in _opened(inside, layers):
                if opened not in seen:
                    seen.add(opened)
                    inner.append(((*taken, layer), opened))
        level = inner


def _opened(data: bytes, layers: Iterable[Layer]) -> Iterable[tuple[Layer, bytes]]:
    for layer in layers:
        try:
            inside = layer.open(data)
        except (ValueError, RecursionError, zlib.error):
            continue
        if inside and inside != data:
            yield layer, inside


def _sentence(taken: tuple[Layer, ...], end: str, remedy: str) -> str:
    chain = ", and in it ".join((*(layer.name for layer in taken), end))
    return f"{chain}; {taken[0].remedy if taken else remedy}"
