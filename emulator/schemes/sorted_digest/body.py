"""Read a body: a flat JSON object, its numbers as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from emulator.core import json_text
from emulator.core.errors import SchemeError
from emulator.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
from emulator.schemes.sorted_digest.failures import NESTED, NOT_AN_OBJECT, NOT_JSON, REPEATED
from emulator.schemes.sorted_digest.make import Number, Value


def parse(body: bytes) -> dict[str, Value]:
    """Read a flat JSON object, in body order, keeping numbers as written.

    Raises:
        SchemeError: `sorted-digest.not-json`, `sorted-digest.repeated-member`,
            `sorted-digest.not-an-object`, or `sorted-digest.nested`, whose `where` is the name
            of the member (for the others it is `body`). What is nested too deep for the parser
            is `nested` even where it would turn out not to be JSON further in.
    """
    return parse_keeping(body)


def parse_keeping(body: bytes, keys: Callable[[], Iterable[str]] = tuple) -> dict[str, Value]:
    """Be `parse`; `keys` returns secrets that the refusal must not show."""
    try:
        members = json_text.read_object(body, Number)
    except json_text.TooDeep as error:
        outline = _outline(body.decode())
        if not isinstance(outline, dict):
            raise _unreadable(body, json_text.NotAnObject(outline), keys()) from error
        members = outline
    except ValueError as error:
        raise _unreadable(body, error, keys()) from error
    for name, value in members.items():
        if isinstance(value, dict | list):
            raise SchemeError(
                NESTED.diagnose(
                    name,
                    expected="a string, a number, true, false or null",
                    received=json_text.kind(cast("object", value)),
                    hint=Message(
                        "Send a flat object: for a nested value the samples sign {x=1}, Array, "
                        "map[x:1] and {'x': 1}, so there is no signature that all agree on"
                    ),
                )
            )
    return members


def _unreadable(body: bytes, error: ValueError, keys: Iterable[str]) -> SchemeError:
    from emulator.schemes.sorted_digest import mistakes

    fault = mistakes.explain_unreadable(body, error, keys)
    mode, expected = NOT_JSON, "UTF-8 JSON"
    if isinstance(error, json_text.NotAnObject):
        mode, expected = NOT_AN_OBJECT, "an object"
    elif isinstance(error, json_text.RepeatedMember):
        mode, expected = REPEATED, "each member once"
    return SchemeError(
        mode.diagnose("body", expected=expected, received=fault.received, hint=fault.hint)
    )


_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


def _outline(text: str) -> dict[str, Any] | list[Any]:
    """Return the outside of what is nested too deep for the parser, without recursion."""
    name, inside = "", False
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" if not inside:
                inside = True
            case "{":
                return {name: {}}
            case "[":
                return {name: []} if inside else []
            case _:
                name = token[1] or ""
    return []
