"""How the JSON of an answer is read and checked against the type that a method promises.

Results are TypedDicts, for all providers. They have the names that stand in the provider's own
documentation, keep members that the provider adds later, can be logged and stored as JSON, and
cost no copy. `misfit` checks the required members when an answer comes; optional members stay as
the provider sent them.
"""

from __future__ import annotations

from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NotRequired,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from emulator.client.core.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from emulator.client.core.answer import Answer


def json_of(answer: Answer) -> Any:
    """Return what the JSON of an answer says.

    Raises:
        UnreadableAnswerError: It is not JSON.
    """
    try:
        return answer.json()
    except ValueError as error:
        raise UnreadableAnswerError("the answer is not JSON", answer=answer) from error


def misfit(value: object, kind: Any, where: str = "") -> str:
    """Return what keeps `value` from being of the type that a method promises; empty if nothing.

    Args:
        value: What came.
        kind: A TypedDict, a simple type, a union, or `list[...]` of them.
        where: Where in the answer the value stands.
    """
    if is_typeddict(kind):
        return _misfit_of_members(value, kind, where)
    if get_origin(kind) is list:
        if not isinstance(value, list):
            return _other(where, "a list")
        (inner,) = get_args(kind)
        items = enumerate(cast("list[object]", value))
        return next(filter(None, (misfit(each, inner, f"{where}[{i}]") for i, each in items)), "")
    if get_origin(kind) in (Union, UnionType):
        problems = [misfit(value, each, where) for each in get_args(kind)]
        return "" if "" in problems else problems[0]
    return "" if _is(value, kind) else _other(where, _name(kind))


def _misfit_of_members(value: object, kind: Any, where: str) -> str:
    if not isinstance(value, dict):
        return _other(where, "an object")
    members = cast("dict[str, object]", value)
    for name, inner in _required(kind).items():
        place = f"{where}.{name}" if where else name
        if name not in members:
            return f"{place} is missing"
        if problem := misfit(members[name], inner, place):
            return problem
    return ""


@lru_cache(maxsize=128)
def _required(kind: Any) -> dict[str, Any]:
    """Return the required members of a TypedDict, inherited ones too."""
    return {
        name: inner
        for name, inner in get_type_hints(kind, include_extras=True).items()
        if get_origin(inner) is not NotRequired
    }


def _is(value: object, kind: Any) -> bool:
    origin = get_origin(kind)
    if kind is Any or kind is object:
        return True
    if kind in (None, NoneType):
        return value is None
    if origin is Literal:
        return value in get_args(kind)
    if origin is dict:
        return isinstance(value, dict)
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _other(where: str, wanted: str) -> str:
    return f"{where or 'it'} is not {wanted}"


def _name(kind: Any) -> str:
    words = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    return words.get(kind, "of the promised kind")
