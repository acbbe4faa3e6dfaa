"""What is wrong with a document's form: what pydantic found, in our words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from emulator.scenario.mistakes import Hint, Mistake, did_you_mean, mapping, no_hint, one_of
from emulator.scenario.schema import json_schema
from emulator.scenario.yaml12 import Document, Path, shown

_MOST = 5_000  # of what pydantic found; far more than is shown
_LONGEST = 300  # of what a check of ours says

_WANTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
}
_PATTERNS = (  # by what they begin with
    ("^[a-z0-9][", "cannot be a name; use a-z, 0-9, '.', '_' and '-'"),
    ("^[a-z0-9_-]+", "names no error; write for example goat.token-expired"),
    ("^(request|", "names no part of a message; write for example response.body"),
)
_YES_NO = {
    **dict.fromkeys(("yes", "y", "on", "true"), "true"),
    **dict.fromkeys(("no", "n", "off", "false"), "false"),
}
_OF_FORM = ("string_type", "string_pattern_mismatch", "string_too_short")
_ABOUT_KEY = re.compile("'([a-z_]+)' ")


def explain(document: Document, error: ValidationError, at: Path = ()) -> Iterator[Mistake]:
    """Say in our words what pydantic found.

    Args:
        document: What was read.
        error: Of its data.
        at: Where in a scenario file the document would stand.
    """
    for details in error.errors(include_url=False)[:_MOST]:
        path: Path = ()
        for part in details["loc"]:
            # Parts such as '<mapping>' and '[key]' are pydantic's, not the document's.
            if (*path, part) in document.values:
                path = (*path, part)
        if any(path[:length] in document.unread for length in range(len(path) + 1)):
            continue
        if details["type"] == "missing":
            yield Mistake(path, f"key {details['loc'][-1]!r} is missing")
        elif details["type"] == "extra_forbidden":
            key = str(details["loc"][-1])
            hint = _place_of_key(key, (*at, *path[:-1]))
            yield Mistake(path, f"unknown key {shown(key)}", hint, at_key=True)
        else:
            message, hint = _complaint(details, (*at, *path))
            of_form = details["type"] in _OF_FORM
            is_key = bool(details["loc"]) and details["loc"][-1] == "[key]"
            about = _ABOUT_KEY.match(message)
            if about and (*path, about[1]) in document.keys:  # such as "'copies' needs …"
                path, is_key = (*path, about[1]), True
            yield Mistake(path, message, hint, is_key, of_form)


def _complaint(details: ErrorDetails, path: Path) -> tuple[str, Hint]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "wrong":
        message = str(context["message"])
        if len(message) > _LONGEST:
            return f"{message[:_LONGEST]} …", no_hint
        return message, lambda: _as_constant(value, message)
    if kind == "string_type":
        return f"{shown(value)} is not text", lambda: _as_text(value, path)
    if kind in _WANTED:
        return f"{shown(value)} is not {_WANTED[kind]}", lambda: _as_wanted(kind, value, path)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        if path[-1:] == ("times",):
            return f"{shown(value)} is neither a number nor 'rest'", did_you_mean(value, choices)
        return f"{shown(value)} is not one of {choices}", did_you_mean(value, choices)
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        plain = (words for start, words in _PATTERNS if pattern.startswith(start))
        return f"{shown(value)} {next(plain, f'does not match {pattern!r}')}", no_hint
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        message = f"{shown(value)} is {'less' if 'ge' in context else 'more'} than {bound:g}"
        percent = path[-1:] == ("probability",) and 2 <= float(value) <= 100
        return message, (lambda: f"; {value:g} % is {value / 100:g}") if percent else no_hint
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters", no_hint
    if kind == "string_too_short" or (kind == "too_short" and context["actual_length"] == 0):
        return "is empty", no_hint
    if kind in ("too_short", "too_long"):
        word, bound = (
            ("fewer", context["min_length"])
            if kind == "too_short"
            else ("more", context["max_length"])
        )
        return f"has {context['actual_length']} entries, {word} than {bound}", no_hint
    return details["msg"], no_hint


def _as_constant(value: object, message: str) -> str:
    """Say how the one value that is allowed is written."""
    if isinstance(value, str) and message == f"{value!r} is not {value}":
        return "; write it without quotes"
    if message.endswith(" is not true"):
        if value is False:
            return "; leave the key out"
        if isinstance(value, str) and _YES_NO.get(value.lower()) == "true":
            return "; write true"
    return ""


def _as_text(value: object, path: Path) -> str:
    """Say how a number is written where text is wanted."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    number = json.dumps(value)
    if any("ms|s|m|h|d" in node.get("pattern", "") for node in _nodes(path)):
        return f'; write "{number}s" or "{number}ms"'
    return f'; write it in quotes: "{number}"'


def _as_wanted(kind: str, value: object, path: Path) -> str:
    """Say how the value is written if it is what it seems to be."""
    if kind in ("int_type", "float_type") and isinstance(value, str):
        percent = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%", value)
        if percent and kind == "float_type":
            return f"; {value} is {float(percent[1]) / 100:g}"
        if re.fullmatch(r"[0-9]{1,18}", value):
            return f"; write it without quotes: {int(value)}"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in _YES_NO:
        return f"; write {_YES_NO[value.lower()]}"
    if kind == "model_type" and isinstance(value, list) and path[-1:] == ("do",):
        return "; write all of it in one mapping, or one after the other in 'steps'"
    if kind == "list_type" and isinstance(value, dict):
        return "; a list has '- ' before each entry"
    pair = any(node.get("minItems", 0) > 1 for node in _nodes(path))
    word = str(value) if isinstance(value, str | int) else ""
    if kind == "list_type" and 0 < len(word) <= 40 and word.isprintable() and not pair:
        return f"; write [{word}]"
    return ""


def _place_of_key(key: str, path: Path) -> Hint:
    """Return a hint at the key that was meant, or at the place where this one would be right."""

    def hint() -> str:
        known = _keys(path)
        below = [name for name in known if key in _keys((*path, name))]
        if below:
            return f"; it stands under {' or '.join(map(repr, below[:2]))}"
        word, colon, _ = key.partition(":")
        if colon and word in known:
            return f"; a space is missing after '{word}:'"
        if close := did_you_mean(key, known)():
            return close
        above = path
        while above and isinstance(above[-1], int):
            above = above[:-1]
        if above:
            if key in (beside := _keys(above[:-1])):
                return f"; it stands beside {above[-1]!r}, not in it"
            if other := [name for name in beside if key in _keys((*above[:-1], name))]:
                return f"; it stands under {other[0]!r}"
        return one_of(key, known)()

    return hint


# What the schema says of a place


@cache
def _schema() -> dict[str, Any]:
    return json_schema()


def _keys(path: Path) -> list[str]:
    """Return the keys a mapping at `path` may have."""
    return sorted({key for node in _nodes(path) for key in node.get("properties", ())})


def _nodes(path: Path) -> list[Mapping[str, Any]]:
    """Return what the schema says of the value at `path`, one node for each form it can have."""
    schema = _schema()

    def expand(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if "$ref" in node:
            yield from expand(schema["$defs"][node["$ref"].rpartition("/")[2]])
        for choice in node.get("oneOf", ()):
            yield from expand(choice)
        yield node

    nodes = list(expand(schema))
    for part in path:
        below = (
            node.get("items")
            if isinstance(part, int)
            else node.get("properties", {}).get(part) or node.get("additionalProperties")
            for node in nodes
        )
        nodes = [each for node in below for each in expand(mapping(cast(object, node)))]
    return nodes
