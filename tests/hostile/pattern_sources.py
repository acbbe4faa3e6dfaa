"""Finds every regular expression of the product by walking its source.

A pattern is found in one of three ways: its expression has a value in its module; it is compiled
before the first request, as tables of patterns are; or `TABLES` says where the patterns of
that place come from. A place that none of these covers fails the test, so nothing escapes.
"""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_CALLS = {"compile", "match", "search", "sub", "subn", "fullmatch", "split", "findall", "finditer"}
_WHOLE = "fullmatch"
_START = "match"
_ANYWHERE = "search"
_ESCAPES = "(used otherwise)"
_OF_TEXT = {"split"}
"""What texts have too: a pattern is split by through `re.split`."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression and how it is applied.

    Attributes:
        source: Its text; of bytes, each byte as the character of its number.
        flags: Of the module `re`.
        applied: `fullmatch`, `match`, or `search` for everything that looks at each position.
        where: `file:line`.
    """

    source: str
    flags: int
    applied: str
    where: str


@dataclass(frozen=True)
class Place:
    """A call of the module `re`.

    Attributes:
        file: Path below the root of the project.
        call: The call.
        applied: How what it compiles is applied, as far as the source shows.
    """

    file: str
    call: ast.Call
    applied: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.call.lineno}"

    @property
    def key(self) -> tuple[str, str]:
        """The file and the expression of the pattern: what stays when lines move."""
        return self.file, ast.unparse(self.call.args[0])


@dataclass
class Found:
    """What the walk has found.

    Attributes:
        patterns: Each regular expression.
        uncovered: Places whose patterns are not known.
    """

    patterns: list[Pattern] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


def _column(module: str, name: str, index: int) -> Callable[[], Iterable[str]]:
    def read() -> Iterator[str]:
        rows = getattr(importlib.import_module(module), name)
        for row in rows.values() if isinstance(rows, dict) else rows:
            yield row[index] if isinstance(row, tuple) else row

    return read


def _no_more(*patterns: str) -> Callable[[], Iterable[str]]:
    return lambda: patterns


_GLOB = _no_more(translate("*a?[b-d]*e*"))  # what any glob becomes: atomic groups, no backtracking

TABLES: dict[tuple[str, str], Callable[[], Iterable[str]]] = {
    ("emulator/providers/gestopago/sales/local_time.py", "pattern"): _column(
        "emulator.providers.gestopago.sales.local_time", "_FORMS", 0
    ),
    ("emulator/providers/placetopay/message/person.py", "form"): _column(
        "emulator.providers.placetopay.message.person", "DOCUMENTS", 0
    ),
    ("emulator/scenario/yaml12.py", "pattern"): _column("emulator.scenario.yaml12", "_ADVICE", 0),
    ("emulator/schemes/mistakes/times.py", "form"): _column(
        "emulator.schemes.mistakes.times", "WRITTEN", 1
    ),
    ("emulator/schemes/mistakes/masks.py", "'|'.join(map(re.escape, known))"): _no_more(
        "secret|other"
    ),
    ("emulator/scenario/ready_rule.py", "'|'.join(map(translate, match.endpoints)) or '.*'"): _GLOB,
    ("emulator/scenario/matching.py", "'|'.join(map(translate, match.endpoints))"): _GLOB,
    ("emulator/scenario/matching.py", "translate(match.diagnosis)"): _GLOB,
    ("emulator/scenario/webhook_rules.py", "'|'.join(map(translate, self.events))"): _GLOB,
    ("emulator/scenario/comparison.py", "translate(matcher.glob)"): _GLOB,
}
"""Where the patterns of a place come from that is reached only when a request is served."""


@cache
def find() -> Found:
    """Walk the source of the product."""
    found = Found()
    recorded = _compiled_at_import()
    for place in places():
        value = _value(place)
        if value is not None:
            found.patterns.append(_pattern(place, *value))
        elif place.where in recorded:
            found.patterns += [_pattern(place, *each) for each in recorded[place.where]]
        elif place.key in TABLES:
            flags = _flags(place)
            found.patterns += [_pattern(place, text, flags) for text in TABLES[place.key]()]
        else:
            found.uncovered.append(f"{place.where}: {place.key[1]}")
    return found


def places() -> Iterator[Place]:
    """Yield each call of the module `re`."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in _files()}
    everywhere = _attributes_by_name(trees.values())
    for path, tree in trees.items():
        names = _names_of_compiled(tree)
        here = _methods_in(tree)
        inside = _attributes_by_name([tree])
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := _function_of_re(node)):
                applied = name if name in (_WHOLE, _START) else _ANYWHERE
                if name == "compile":
                    name = names.get(id(node), "")
                    asked = inside if name.startswith("_") else everywhere
                    of_name = asked.get(name, {_ESCAPES})
                    applied = _weakest(here if _ESCAPES in of_name else of_name)
                yield Place(path.relative_to(ROOT).as_posix(), node, applied)


def _files() -> list[Path]:
    return sorted((ROOT / "emulator").rglob("*.py"))


def _function_of_re(node: ast.Call) -> str:
    called = node.func
    if (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
        and called.attr in _CALLS
    ):
        return called.attr
    return ""


def _names_of_compiled(tree: ast.Module) -> dict[int, str]:
    """Return by call the name that its value is assigned to."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[id(node.value)] = node.targets[0].id
    return names


def _attributes_by_name(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Return by name the attributes that are asked of it; `_ESCAPES` if it is used otherwise."""
    asked: dict[str, set[str]] = {}
    for tree in trees:
        inside = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked.setdefault(node.value.id, set()).add(node.attr)
                inside.add(id(node.value))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Name)
                and isinstance(node.ctx, ast.Load)
                and id(node) not in inside
            ):
                asked.setdefault(node.id, set()).add(_ESCAPES)
    return asked


def _methods_in(tree: ast.Module) -> set[str]:
    """Return how a module applies the patterns of its tables, whose names nothing can follow."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in _CALLS - {"compile"}
        and not (isinstance(node.value, ast.Name) and node.value.id == "re")
    } - _OF_TEXT


def _weakest(asked: set[str]) -> str:
    """Return the one way of applying that costs as much as any of these."""
    if asked and asked <= {_WHOLE}:
        return _WHOLE
    return _START if asked and asked <= {_WHOLE, _START} else _ANYWHERE


def _value(place: Place) -> tuple[str | bytes, int] | None:
    module = _module(place.file)
    expression = ast.Expression(place.call.args[0])
    try:
        value = eval(compile(expression, place.file, "eval"), vars(module))
    except NameError:
        return None
    return value, _flags(place)


def _flags(place: Place) -> int:
    """Return the flags of a call; those of `sub` and `split` come by name only."""
    at = 1 if _function_of_re(place.call) == "compile" else 2
    given = place.call.args[at : at + 1] if "sub" not in _function_of_re(place.call) else []
    given += [keyword.value for keyword in place.call.keywords if keyword.arg == "flags"]
    if not given or (_function_of_re(place.call) == "split" and not place.call.keywords):
        return 0
    module = vars(_module(place.file))
    return int(eval(compile(ast.Expression(given[0]), place.file, "eval"), module))


@cache
def _module(file: str) -> Any:
    dotted = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return importlib.import_module(dotted)


def _pattern(place: Place, source: str | bytes, flags: int) -> Pattern:
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    return Pattern(text, flags, place.applied, place.where)


_RECORDER = """
import importlib, json, pathlib, re, sys
root, recorded, compile_ = pathlib.Path(sys.argv[1]), {}, re.compile
def record(pattern, flags=0):
    frame = sys._getframe(1)
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    if isinstance(text, str):
        recorded.setdefault(f"{frame.f_code.co_filename}:{frame.f_lineno}", []).append(
            [text, int(flags)])
    return compile_(pattern, flags)
re.compile = record
for path in sorted((root / "emulator").rglob("*.py")):
    name = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
    if not name.endswith("__main__"):
        importlib.import_module(name.removesuffix(".__init__"))
from emulator.emulator import Emulator
emulator = Emulator()
emulator.namespace("default").mask()
for provider in emulator.providers.values():
    provider.route("/no/such/path")
print(json.dumps(recorded))
"""


def _compiled_at_import() -> dict[str, list[tuple[str, int]]]:
    """Return by `file:line` what a fresh process compiles until the first request."""
    done = subprocess.run(
        [sys.executable, "-c", _RECORDER, str(ROOT)], capture_output=True, text=True, check=True
    )
    recorded = json.loads(done.stdout.splitlines()[-1])
    prefix = f"{ROOT}/"
    return {
        where.removeprefix(prefix): [(source, flags) for source, flags in patterns]
        for where, patterns in recorded.items()
    }
