"""How languages write all parameters at once: JSON in its forms, and what they print for a map."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL
from emulator.schemes.sorted_digest.make import Number, Value, text_of

_Write = Callable[[Mapping[str, Value]], str]


def json_forms(params: Mapping[str, Value]) -> Iterator[bytes]:
    """Yield the parameters as common JSON libraries write them."""
    orders = (sorted(params), list(params))
    separators = ((",", ":"), (", ", ": "), (",\n    ", ": "), (",\n  ", ": "))
    for names, (comma, colon), ascii_only in product(orders, separators, (False, True)):
        text = comma.join(
            f"{json.dumps(name, ensure_ascii=ascii_only)}{colon}{_json(params[name], ascii_only)}"
            for name in names
        )
        around = f"\n{comma[2:]}", "\n" if comma[1:2] == "\n" else ""
        inside = f"{around[0]}{text}{around[1]}" if comma[1:2] == "\n" else text
        yield utf8(f"{{{inside}}}")
        yield utf8(f"{{{inside}}}".replace("/", "\\/"))


def _json(value: Value, ascii_only: bool) -> str:
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=ascii_only)


def _written(
    form: str, joiner: str, around: str, text: Callable[[Value], str], *, in_order: bool = False
) -> _Write:
    def write(params: Mapping[str, Value]) -> str:
        names: Iterable[str] = sorted(params) if in_order else params
        inside = joiner.join([form.format(k=name, v=text(params[name])) for name in names])
        return around.format(inside)

    return write


def _python(value: Value) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    return str(value) if isinstance(value, Number) else repr(str(value))


def _ruby(value: Value) -> str:
    return "nil" if value is None else _json(value, ascii_only=False)


def _java(value: Value) -> str:
    return "null" if value is None else text_of(value)


def _go(value: Value) -> str:
    return "<nil>" if value is None else text_of(value)


def _php(value: Value) -> str:
    return {True: "1", False: ""}.get(value, "") if isinstance(value, bool) else text_of(value)


def _exported(value: Value) -> str:
    if isinstance(value, str) and not isinstance(value, Number):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "NULL" if value is None else text_of(value)


def _serialized(params: Mapping[str, Value]) -> str:
    def one(value: object) -> str:
        match value:
            case Number():
                return f"{'d' if '.' in value else 'i'}:{value};"
            case bool():
                return f"b:{int(value)};"
            case str():
                return f's:{len(utf8(value))}:"{value}";'
            case _:
                return "N;"

    inside = "".join(one(name) + one(value) for name, value in params.items())
    return f"a:{len(params)}:{{{inside}}}"


def _both(
    name: str, write: Callable[[bool], _Write], cost: int
) -> Iterator[tuple[str, _Write, int]]:
    yield name, write(False), cost
    yield f"{name}, sorted,", write(True), max(cost, UNUSUAL)


NOTATIONS: tuple[tuple[str, _Write, int], ...] = (
    *_both(
        Message("What Python prints for a dict"),
        lambda s: _written("'{k}': {v}", ", ", "{{{}}}", _python, in_order=s),
        LIKELY,
    ),
    *_both(
        Message("What Java prints for a Map"),
        lambda s: _written("{k}={v}", ", ", "{{{}}}", _java, in_order=s),
        LIKELY,
    ),
    *_both(
        Message("What Ruby prints for a Hash"),
        lambda s: _written('"{k}"=>{v}', ", ", "{{{}}}", _ruby, in_order=s),
        UNUSUAL,
    ),
    *_both(
        Message("What Ruby prints for a Hash"),
        lambda s: _written('"{k}" => {v}', ", ", "{{{}}}", _ruby, in_order=s),
        UNUSUAL,
    ),
    (
        Message("What Go prints for a map"),
        _written("{k}:{v}", " ", "map[{}]", _go, in_order=True),
        UNUSUAL,
    ),
    *_both(
        "What PHP's print_r prints",
        lambda s: _written("    [{k}] => {v}\n", "", "Array\n(\n{})\n", _php, in_order=s),
        UNUSUAL,
    ),
    *_both(
        Message("What PHP's var_export prints"),
        lambda s: _written("  '{k}' => {v},\n", "", "array (\n{})", _exported, in_order=s),
        RARE,
    ),
    (Message("What PHP's serialize gives"), _serialized, UNUSUAL),
    *(
        (Message("The text {text}").with_(text=text), lambda _, text=text: text, UNUSUAL)
        for text in ("[object Object]", "Array", "null", "undefined", "{}", "[]", "None")
    ),
    *_both(
        Message("A list of pairs"),
        lambda s: _written("{k},{v}", ",", "{}", _java, in_order=s),
        RARE,
    ),
    *_both(
        Message("A Python list of tuples"),
        lambda s: _written("('{k}', {v})", ", ", "[{}]", _python, in_order=s),
        UNUSUAL,
    ),
)
"""What is signed, how it is written, and what it costs."""
