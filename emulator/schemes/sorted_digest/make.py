"""Sign: the canonical string of the parameters, and its digest."""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from emulator.schemes.encoding import utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Number(str):
    """A JSON number as it was written: `Number("1.50")` is not `Number("1.5")`.

    A lexeme never goes through `int` or `float`, so it keeps its zeros, and ten thousand
    digits are harmless.
    """

    __slots__ = ()

    @property
    def decimal(self) -> Decimal:
        """The value; beyond the range of a double, infinite or zero.

        The bound keeps `1e999999999` from becoming an integer of that many digits later on.
        """
        double = float(self)
        return Decimal(double) if double == 0 or math.isinf(double) else Decimal(self)


Value: TypeAlias = str | Number | bool | None


def plain(params: Mapping[str, Value]) -> dict[str, str | Decimal | bool | None]:
    """Return ordinary values: a `Number` becomes its `Number.decimal`, the rest stays."""
    return {
        name: value.decimal if isinstance(value, Number) else value
        for name, value in params.items()
    }


def canonical(params: Mapping[str, Value]) -> str:
    """Return `k=v&k=v…`: the members that have a value, sorted by name; the key is not in it."""
    return join((name, text_of(params[name])) for name in sorted(params))


def signature(params: Mapping[str, Value] | str, key: str) -> str:
    """Return 64 lower-case hex digits.

    Args:
        params: Parameters, or their canonical string.
        key: The app key, appended as it is.
    """
    text = params if isinstance(params, str) else canonical(params)
    return sha256(text, key)


def text_of(value: Value) -> str:
    """Return the text that is signed for `value`; empty where it has no value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""


def join(pairs: Iterable[tuple[str, str]]) -> str:
    """Return `k=v&k=v…`, in the order given, without the pairs whose text is empty."""
    return "&".join(f"{name}={text}" for name, text in pairs if text)


def sha256(*parts: str | bytes) -> str:
    """Return the lower-case hex SHA-256 of the parts, one after the other; text as UTF-8."""
    data = b"".join([part if isinstance(part, bytes) else utf8(part) for part in parts])
    return hashlib.sha256(data).hexdigest()
