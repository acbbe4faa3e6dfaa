"""YAML as scenario files have it: the 1.2 core schema's everyday part, and nothing that surprises.

A plain scalar is null, true, false, a decimal number, or text. So `on`, `NO`, `12:30:45`, `0401`
and dates are text, which YAML 1.1 would change. Refused are doubled keys, anchors, aliases,
merge keys, tags and a second document. JSON is a subset.

PyYAML scans; this reads its events, in its own loop, because a composer that calls itself
would meet Python's recursion limit before it met ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from emulator.core.errors import shorten

Path = tuple[str | int, ...]
Position = tuple[int, int]
"""Line and column, both from 1."""

MAX_LENGTH = 128 * 1024  # what an environment variable can hold on Linux
MAX_DEPTH = 40

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LOST = "\ud800"  # no text that was read has it
# Line breaks to YAML 1.1 and so to PyYAML, but not to YAML 1.2, JSON or an editor.
_OLD_BREAKS = re.compile("[\x85\u2028\u2029]")


@dataclass(slots=True)
class Document:
    """What was read.

    Attributes:
        data: Plain data; None where nothing could be read.
        values: Where each value stands.
        keys: Where the key of each value stands, by the path of the value.
        faults: What is wrong, and where.
        unread: Paths whose value is not what the author wrote, because it could not be read.
    """

    data: Any = None
    values: dict[Path, Position] = field(default_factory=dict[Path, Position])
    keys: dict[Path, Position] = field(default_factory=dict[Path, Position])
    faults: list[tuple[Position, str]] = field(default_factory=list[tuple[Position, str]])
    unread: set[Path] = field(default_factory=set[Path])

    def position(self, path: Path) -> Position:
        """Return where the value at `path` stands, or the nearest thing around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))


@dataclass(slots=True)
class _Open:
    """A mapping or list not closed yet."""

    path: Path
    content: dict[str, Any] | list[Any]
    key: str | None = None

    def next_path(self) -> Path:
        if isinstance(self.content, list):
            return (*self.path, len(self.content))
        return (*self.path, self.key or "")


def read(text: str) -> Document:
    """Read a document; never raises, whatever the text."""
    document = Document()
    if len(text) > MAX_LENGTH:
        document.faults.append(((1, 1), f"is longer than {MAX_LENGTH // 1024} KiB"))
    elif found := _OLD_BREAKS.search(text):
        escape = f"\\u{ord(found[0]):04x}"
        document.faults.append(
            (_position(text, found.start()), f'has a raw {escape}; write "{escape}"')
        )
    else:
        try:
            parse: Any = yaml.parse  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            _Reader(document).read(parse(_without_tabs(text), Loader=yaml.BaseLoader))
            return document
        except yaml.reader.ReaderError as error:
            where = _position(text, error.position)
            document.faults.append((where, f"cannot hold the character U+{_code(error):04X}"))
        except yaml.MarkedYAMLError as error:
            document.faults.append(_syntax(error, text))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # PyYAML lets an escape beyond Unicode, "\U00110000", through to chr().
            document.faults.append(((1, 1), f"not YAML: {error}"))
    document.unread.add(())
    return document


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[_Open] = []
        self.done = False

    def read(self, events: Iterator[Any]) -> None:
        """Go through PyYAML's events, once."""
        for event in events:
            where: Position = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                if self.done:
                    self._fault(where, "a second document; a scenario file holds one")
                    return
                if event.version and event.version != (1, 2):
                    self._fault(where, "is read as YAML 1.2, not as another version")
                self.done = True
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._close()
            elif isinstance(event, yaml.NodeEvent):
                if len(self.open) >= MAX_DEPTH:
                    self._fault(where, f"is nested deeper than {MAX_DEPTH} levels")
                    self.document.unread.add(())
                    return
                self._node(event, where)
        if not self.done:
            self._fault((1, 1), "is empty")
            self.document.unread.add(())

    def _node(self, event: Any, where: Position) -> None:
        parent = self.open[-1] if self.open else None
        if parent is not None and isinstance(parent.content, dict) and parent.key is None:
            self._key(event, where, parent)
            return
        path = parent.next_path() if parent else ()
        self.document.values[path] = where
        if isinstance(event, yaml.AliasEvent):
            alias = shown("*" + event.anchor)
            self._fault(where, f"alias {alias}: write the value out, or in quotes if it is text")
            self.document.unread.add(path)
        elif event.anchor is not None:
            self._fault(where, f"anchor {shown('&' + event.anchor)}: write each value out")
        tag: str | None = getattr(event, "tag", None)
        if tag not in (None, "!"):
            self._fault(where, f"tag {shown(tag)}: values have the type they look like")
            self.document.unread.add(path)
        value: Any = None
        if isinstance(event, yaml.MappingStartEvent):
            value = dict[str, Any]()
        elif isinstance(event, yaml.SequenceStartEvent):
            value = list[Any]()
        elif isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, where, path)
        self._put(parent, value)
        if isinstance(value, dict | list):
            self.open.append(_Open(path, value))  # pyright: ignore[reportUnknownArgumentType]

    def _put(self, parent: _Open | None, value: Any) -> None:
        if parent is None:
            self.document.data = value
        elif isinstance(parent.content, list):
            parent.content.append(value)
        else:
            parent.content[parent.key or ""] = value
            parent.key = None

    def _key(self, event: Any, where: Position, parent: _Open) -> None:
        """Take a key; one that cannot be is read on under a name that leaves with its mapping."""
        parent.key = f"{_LOST}{len(parent.content)}"
        if isinstance(event, yaml.AliasEvent):
            self._fault(where, f"alias {shown('*' + event.anchor)}: write the key out")
        elif not isinstance(event, yaml.ScalarEvent):
            self._fault(where, "a key must be text")
            path = (*parent.next_path(), "key")
            self.open.append(_Open(path, [] if isinstance(event, yaml.SequenceStartEvent) else {}))
        else:
            key = self._text(event.value, where)
            if event.anchor is not None or event.tag not in (None, "!"):
                self._fault(where, f"key {shown(key)} has an anchor or a tag; write it without")
            if key == "<<" and event.style is None:
                self._fault(where, "merge key '<<': write the keys out")
            elif key in parent.content:
                self._fault(where, f"key {shown(key)} is given twice")
            else:
                parent.key = key
                self.document.keys[parent.next_path()] = where

    def _close(self) -> None:
        closed = self.open.pop().content
        if isinstance(closed, dict):
            for key in [key for key in closed if key.startswith(_LOST)]:
                del closed[key]

    def _scalar(self, event: Any, where: Position, path: Path) -> Any:
        text = self._text(event.value, where)
        if event.style is not None or event.tag == "!":
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            if len(text) <= 19:
                return int(text)
        elif _FLOAT.fullmatch(text):
            number = float(text)
            if number - number == 0.0:
                return number
        else:
            return text
        self._fault(where, "is too large a number; write it in quotes if it is text")
        self.document.unread.add(path)
        return None

    def _text(self, text: str, where: Position) -> str:
        """Join the surrogate pairs that JSON writes as two escapes."""
        if not any("\ud800" <= character <= "\udfff" for character in text):
            return text
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fault(where, "has half of a surrogate pair")
            return text.encode("utf-8", "replace").decode("utf-8")

    def _fault(self, where: Position, message: str) -> None:
        self.document.faults.append((where, message))


def shown(value: object) -> str:
    """Return the value as messages show it: on one line, and not much of it."""
    constant = value is None or isinstance(value, bool)
    return shorten(json.dumps(value) if constant else repr(value), 100)


_NO_TABS = "indent with spaces, not with tabs"
_TAB_FIRST = re.compile(r" *\t")
_ADVICE = (
    ("mapping values are not", "after an earlier colon a space is missing, or text needs quotes"),
    ("expected <block end>", "it does not line up with what is before it"),
    (r"found character '\\t'", _NO_TABS),
    ("found character '[@`%]'", "text that begins so needs quotes"),
    ("expected alphabetic or numeric", "text that begins with '*' or '&' needs quotes"),
    ("expected the node content", "a value is missing"),
    ("could not find expected ':'", "is there a colon, with a space after it?"),
)


_IN_BRACKETS = ("while parsing a flow mapping", "while parsing a flow sequence")


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[Position, str]:
    """Say where PyYAML gave up, and what was probably meant."""
    problem, mark, start = error.problem or error.context, error.problem_mark, error.context_mark
    message = f"not YAML: {problem}"
    advice = next((advice for pattern, advice in _ADVICE if re.match(pattern, str(problem))), "")
    if start is not None and "quoted scalar" in str(error.context) and "end of" in str(problem):
        mark, message = start, "not YAML: the quote is not closed"
    elif start is not None and error.context in _IN_BRACKETS:
        advice = f"the bracket opened at {start.line + 1}:{start.column + 1} is not closed"
    mark = mark or start
    if mark is not None and _TAB_FIRST.match(text, mark.index - mark.column):
        advice = _NO_TABS
    where = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return where, f"{message}; {advice}" if advice else message


def _position(text: str, offset: int) -> Position:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _code(error: yaml.reader.ReaderError) -> int:
    character: Any = error.character
    return character if isinstance(character, int) else ord(character)


def _without_tabs(text: str) -> str:
    """Let JSON be indented with tabs, which YAML does not; strings in JSON hold no raw tab."""
    if "\t" in text and text.lstrip().startswith(("{", "[")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return text
        return text.replace("\t", " ")
    return text
