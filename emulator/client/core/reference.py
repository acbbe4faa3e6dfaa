"""`docs/client.md` and the exports that type checkers see, made from the clients themselves.

A test says so when they are out of date::

    python -m emulator.client.core.reference > docs/client.md
    python -m emulator.client.core.reference exports > emulator/client/__init__.pyi
"""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any, get_type_hints, is_typeddict

from emulator import client as clients
from emulator.client.core import errors
from emulator.client.core.operation import Operation, Resource

_ROOT = Path(clients.__file__).parent
PAGE = _ROOT.parents[1] / "docs" / "client.md"
EXPORTS = _ROOT / "__init__.pyi"

_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Source):")
_FUNCTIONS = """def modules() -> dict[str, str]: ...
def exports() -> dict[str, str]: ...
"""
_INTRODUCTION = """# The client library

*Made from the code: `python -m emulator.client.core.reference > docs/client.md`.*

`emulator.client` has a client for each provider and one for the emulator's control API. Each comes
twice: `Placetopay` blocks, the methods of `AsyncPlacetopay` are awaited. Both have the same
arguments, methods, results and errors. They work against the real provider, too: change the base
URL and the keys.

```python
from emulator.client import Control, Placetopay, RefusedError

with Control("http://127.0.0.1:8900") as control:
    site = control.credentials.of("placetopay")

with Placetopay.from_credentials(site, retries=2) as placetopay:
    try:
        made = placetopay.create_session("A-1", "115000", return_url="https://shop.example/back")
    except RefusedError as error:
        print(error.code, error.message, error.diagnosis)
```

## What all clients have in common

* **Arguments are checked** when the client is made, and before a request is sent. The error names
  the argument and never shows its value. An unknown argument is a `TypeError` that names the
  nearest right one.
* **Results are typed dictionaries** with the provider's own names. Required members are checked
  when an answer comes. Members that the provider adds later are kept, and optional members stay as
  they were sent.
* **Errors** are those of one tree, below. Nothing of the HTTP, JSON or cryptography libraries comes
  out of a client; the cause is in `__cause__`.
* **Repeats** are off. `retries=2` repeats what only reads (marked *safe to repeat* below) after a
  failed connection, a timeout, or the statuses 429, 502, 503 and 504. The pause doubles each time;
  `Retry-After` is respected up to the client's timeout. What moves money is never repeated.
* **`timeout`** is for one request, its whole answer included.
* **`clock` and `sleep`** can be replaced. With `clock=control.clock.time` and
  `sleep=control.clock.advance` a blocking client goes by the emulator's clock, and
  `wait_until_final` takes no real time.
* **`transport=`** replaces the network: `httpx2.ASGITransport(Emulator().app)` is an emulator in
  this process, for the asynchronous clients.
* **A client can be shared** between threads, or between the tasks of one event loop. Close it with
  `close()` or `aclose()`, or use it in a `with` block.

## Errors

"""


def page() -> str:
    """Return the reference page."""
    lines = [_INTRODUCTION + _rendered(_doc(errors).partition("\n\n")[2]), ""]
    for each in vars(errors).values():
        if inspect.isclass(each) and each.__module__ == errors.__name__:
            lines += [f"### `{each.__name__}`", "", _rendered(_doc(each)), ""]
    for name, module in clients.modules().items():
        lines += _client(name, import_module(f"{clients.__name__}.{module}"))
    return "\n".join(lines).rstrip() + "\n"


def exports() -> str:
    """Return `emulator/client/__init__.pyi`: the exports that type checkers see."""
    by_module: dict[str, list[str]] = {}
    for name, module in clients.exports().items():
        by_module.setdefault(f"{clients.__name__}.{module}", []).append(name)
    lines: list[str] = []
    for module in sorted(by_module):
        names = [f"    {name}," for name in sorted(by_module[module])]
        lines += [f"from {module} import (", *names, ")"]
    names = [f'    "{name}",' for name in sorted(clients.exports())]
    return "\n".join([*lines, "", "__all__ = [", *names, "]", "", _FUNCTIONS])


def _client(name: str, module: ModuleType) -> list[str]:
    blocking = getattr(module, name)
    signature = _signature(name, inspect.signature(blocking))
    lines = [f"## {name} and Async{name}", "", _rendered(_doc(module)), "", signature, ""]
    lines += [_rendered(_doc(blocking)), "", *_methods(blocking)]
    for group, resource in resources(blocking).items():
        lines += [f"### `{name.lower()}.{group}`", "", _rendered(_doc(resource)), ""]
        lines += _methods(resource, f"{group}.")
    functions = [each for each in _public(module) if inspect.isfunction(each)]
    for function in functions:
        lines += _entry(function.__name__, function, of=f"emulator.client.{name.lower()}.")
    types = [each for each in _public(module) if is_typeddict(each)]
    if types:
        lines += [f"### Results of {name}", "", *map(_type, types), ""]
    return lines


def _public(module: ModuleType) -> list[Any]:
    return [getattr(module, name) for name in module.__all__]


def resources(cls: type) -> dict[str, Any]:
    """Return the groups of operations of a Control: `{"clock": Clock}`."""
    found: dict[str, Any] = {}
    for name, value in vars(cls).items():
        made = value.fget if isinstance(value, property) else value
        if not inspect.isfunction(made) or name.startswith("_"):
            continue
        kind = get_type_hints(made).get("return")
        origin = getattr(kind, "__origin__", None)
        if inspect.isclass(origin) and issubclass(origin, Resource):
            found[name] = origin
    return found


def _methods(cls: type, prefix: str = "") -> list[str]:
    """Return the entries of the methods that are made for users, in the order of the code."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            is_own = base.__module__.startswith(f"{clients.__name__}.")
            shown = isinstance(value, Operation) or inspect.isfunction(value)
            if is_own and shown and not name.startswith("_") and name not in _HIDDEN:
                found.setdefault(name, value)
    lines: list[str] = []
    for name, value in found.items():
        lines += _entry(f"{prefix}{name}", value)
    return lines


_HIDDEN = frozenset({"run", "close", "aclose", "ask", "load", "unload"})


def _entry(name: str, value: Any, of: str = "") -> list[str]:
    is_operation = isinstance(value, Operation)
    function: Any = getattr(value, "function", value)
    found: inspect.Signature = getattr(value, "signature", None) or inspect.signature(function)
    without_self = [each for each in found.parameters.values() if each.name != "self"]
    signature = _signature(name, found.replace(parameters=without_self))
    marks = "" if not is_operation else " (safe to repeat)" if value.safe else ""
    return [f"#### `{of}{name}`{marks}", "", signature, "", _rendered(_doc(function)), ""]


def _signature(name: str, signature: inspect.Signature) -> str:
    """Return a signature in a code block, one parameter a line where it is long."""
    parts: list[str] = []
    is_keyword = False
    for each in signature.parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY and not is_keyword:
            parts.append("*")
            is_keyword = True
        parts.append(_parameter(each))
    result = signature.return_annotation
    arrow = "" if result in (inspect.Signature.empty, "None", None) else f" -> {result}"
    line = f"{name}({', '.join(parts)}){arrow}"
    if len(line) > 96:
        inner = "".join(f"    {part},\n" for part in parts)
        line = f"{name}(\n{inner}){arrow}"
    return f"```python\n{line}\n```"


def _parameter(parameter: inspect.Parameter) -> str:
    annotation = str(parameter.annotation).replace("collections.abc.", "").replace("typing.", "")
    told = f"{parameter.name}: {annotation}"
    if parameter.default is inspect.Parameter.empty:
        return told
    default: Any = parameter.default
    shown = f"{default.__module__}.{default.__name__}" if callable(default) else repr(default)
    return f"{told} = {shown}"


def _type(kind: Any) -> str:
    required: frozenset[str] = kind.__required_keys__
    names = [f"`{name}`" for name in get_type_hints(kind) if _is_required(kind, name, required)]
    others = [f"`{name}`" for name in get_type_hints(kind) if f"`{name}`" not in names]
    optional = f"; may have {', '.join(others)}" if others else ""
    has = f" Has {', '.join(names)}" if names else " Has none for sure"
    return f"* **`{kind.__name__}`** {_doc(kind).partition(chr(10))[0]}{has}{optional}."


def _is_required(kind: Any, name: str, required: frozenset[str]) -> bool:
    return name in required and "NotRequired" not in str(kind.__annotations__.get(name, ""))


def _doc(thing: Any) -> str:
    return inspect.getdoc(thing) or ""


def _rendered(text: str) -> str:
    """Return a docstring as Markdown."""
    lines: list[str] = []
    section = ""
    for paragraph in re.split(r"\n{2,}", text):
        rows = paragraph.split("\n")
        if found := _SECTION.fullmatch(rows[0]):
            section = found[1]
            lines += [f"*{section}*", "", *_items(section, rows[1:]), ""]
        elif rows[0].startswith("    ") and not section:
            if lines and lines[-2].endswith("::"):
                before = lines[-2].removesuffix("::")
                lines[-2] = f"{before}:" if before else ""
            code = dedent(paragraph)
            if lines and lines[-1] == "" and len(lines) > 1 and lines[-2] == "```":
                lines[-2:] = ["", code, "```", ""]
            else:
                kind = "text" if "──" in code or "->" in code or "POST " in code else "python"
                kind = "text" if re.match(r"\w+ {2,}", code) else kind
                lines += [f"```{kind}", code, "```", ""]
        else:
            lines += [*rows, ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).replace("\n::\n", "\n")).strip()


def _items(section: str, rows: list[str]) -> list[str]:
    """Return the entries of a section, each a point of a list."""
    if section in ("Returns", "Source"):
        return [dedent("\n".join(rows))]
    found: list[str] = []
    for row in rows:
        text = row.strip()
        if re.match(r"    \S", row) and ": " in text:
            name, _, rest = text.partition(": ")
            found.append(f"* `{name}`: {rest}")
        else:
            found.append(f"  {text}")
    return found


if __name__ == "__main__":
    sys.stdout.write(exports() if sys.argv[1:] == ["exports"] else page())
