"""Sentences for people, with named places: hints first of all.

::

    HASHED = Message("Hashed with {function}; use SHA-256")
    hint = HASHED.with_(function="MD5")

A message is a text and can stand wherever one is wanted. It also keeps its template and what was
put into the places. So all messages can be listed and tested, and translated later.

`Message` is always called with a literal, in the words of the user: `listed` reads them from the
source, as gettext does, so no list is kept by hand. The schemes write all their hints so; a
provider's hint is a `Message` in the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from types import MappingProxyType

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Message(str):
    """A sentence, or a part of one, as its reader sees it.

    Args:
        template: The text. Where `with_` is called it has places such as `{key}`, and a brace
            that is not a place is doubled.

    Attributes:
        template: The text with its places.
        values: What stands in the places; empty before `with_`.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str) -> Message:
        """Make a message without values."""
        message = super().__new__(cls, template)
        message.template, message.values = template, _NOTHING
        return message

    def with_(self, **values: object) -> Message:
        """Return the message with values in places; those without one stay, to be filled later."""
        every = _Values(self.values)
        every.update(values)
        message = str.__new__(Message, self.template.format_map(every))
        message.template, message.values = self.template, every
        return message


class _Values(dict[str, object]):
    """What stands in the places; a place without a value stays as it is written."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in the source.

    Attributes:
        template: Its text.
        places: The names of its places; None where `with_` is not called on the spot.
        file: Where it stands.
        line: Where in it.
    """

    template: str
    places: frozenset[str] | None
    file: Path
    line: int


def listed(folder: Path) -> Iterator[Listed]:
    """Yield every message that the Python files of a folder write.

    Raises:
        ValueError: A message is not made of a literal.
    """
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text("utf-8")
        if "Message(" in text:
            yield from _messages(file, ast.parse(text))


def _messages(file: Path, tree: ast.Module) -> Iterator[Listed]:
    filled = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "with_"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Message":
            yield _read(file, node, filled=id(node) in filled)


def _read(file: Path, call: ast.Call, *, filled: bool) -> Listed:
    first = call.args[0]
    template = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(template, str):
        raise ValueError(f"{file}:{call.lineno}: the text of a message is not a literal")
    names = {name for _, name, _, _ in Formatter().parse(template) if name} if filled else None
    return Listed(template, None if names is None else frozenset(names), file, call.lineno)
