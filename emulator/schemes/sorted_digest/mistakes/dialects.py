"""What languages make of values, and the signing samples of the documentation of a body.

A number has one text in the JSON and often another one once a language has read it: `10.00`
becomes `10`, `10.0` or `1e+01`. A client copied from one of the samples signs what its language
made of the body, so `DIALECTS` tells it what that is.

One thing: how each language writes a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cmp_to_key, partial
from typing import NamedTuple

from emulator.core.messages import Message
from emulator.schemes.sorted_digest.make import Number, Value, join, text_of

# --- numbers -------------------------------------------------------------------------------


class _Floats(NamedTuple):
    """How one language writes a double.

    Attributes:
        low: Decimal exponents from here on are written out, `0.0001`.
        high: Those from here on get an exponent, `1e+06`.
        exponent: Format of the exponent.
        tail: What a mantissa without a fraction ends with.
        precision: Significant digits; 0 means as few as tell the double from others.
        whole: What a number without a fraction ends with, where no exponent is written.
    """

    low: int
    high: int
    exponent: str
    tail: str = ""
    precision: int = 0
    whole: str = ""

    def __call__(self, lexeme: str) -> str:
        double = float(lexeme)
        if math.isinf(double):
            return lexeme
        written = Decimal(f"{double:.{self.precision - 1}e}" if self.precision else repr(double))
        sign = "-" if written.is_signed() else ""
        digits = "".join(map(str, written.as_tuple().digits)).rstrip("0") or "0"
        exponent = written.adjusted() if written else 0
        if not self.low <= exponent < self.high:
            fraction = f".{digits[1:]}" if digits[1:] else self.tail
            return f"{sign}{digits[0]}{fraction}{self.exponent.format(exponent)}"
        digits = "0" * -exponent + digits
        point = max(exponent, 0) + 1
        fraction = f".{digits[point:]}" if digits[point:] else self.whole
        return f"{sign}{digits[:point].ljust(point, '0')}{fraction}"


_go = _Floats(-4, 6, "e{:+03d}")
_java_double = _Floats(-3, 7, "E{}", tail=".0", whole=".0")
javascript_number = _Floats(-6, 21, "e{:+d}")
_PHP_FLOATS = {
    14: _Floats(-4, 14, "E{:+d}", tail=".0", precision=14),
    17: _Floats(-4, 17, "E{:+d}", tail=".0", precision=17),
    -1: _Floats(-4, 17, "E{:+d}", tail=".0"),
}


def _whole(lexeme: str) -> bool:
    return lexeme.lstrip("-").isdigit()


def _php(precision: int, lexeme: str) -> str:
    """Write as PHP does under the setting `precision`; -1 is the shortest text."""
    if _whole(lexeme) and len(lexeme) <= 20 and -(2**63) <= int(lexeme) < 2**63:
        return str(int(lexeme))
    return _PHP_FLOATS[precision](lexeme)


def php_number(lexeme: str) -> str:
    """Write as PHP does in JSON and queries: the shortest text."""
    return _php(-1, lexeme)


def _java(lexeme: str) -> str:
    """Write as `String.valueOf` of an Integer, Long, BigInteger or Double."""
    return lexeme if _whole(lexeme) else _java_double(lexeme)


def python_number(lexeme: str) -> str:
    """Write as Python's `str` of an int or float does."""
    return lexeme if _whole(lexeme) else repr(float(lexeme))


def _decimal(lexeme: str) -> Decimal | None:
    """Return an exact value of a size that a person would write."""
    if len(lexeme) > 64 or math.isinf(float(lexeme)):
        return None
    value = Number(lexeme).decimal
    return value if -64 < value.adjusted() < 64 else None


def _python_decimal(lexeme: str) -> str:
    value = None if _whole(lexeme) else _decimal(lexeme)
    return lexeme if value is None else str(value)


def _trimmed(lexeme: str) -> str:
    value = _decimal(lexeme)
    if value is None:
        return lexeme
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _formatted(pattern: str, lexeme: str) -> str:
    value = _decimal(lexeme)
    return lexeme if value is None else format(value, pattern)


def _stripped(lexeme: str) -> str:
    """Write as `BigDecimal.stripTrailingZeros().toString()` does: `1E+1` for 10.00."""
    value = _decimal(lexeme)
    return lexeme if value is None else str(value.normalize())


def _big_decimal(lexeme: str) -> str:
    """Write as Ruby's `BigDecimal#to_s` does: `0.155e2` for 15.5."""
    value = _decimal(lexeme)
    if not value:
        return lexeme if value is None else "0.0"
    digits = "".join(map(str, value.normalize().as_tuple().digits))
    return f"{'-' if value.is_signed() else ''}0.{digits}e{value.adjusted() + 1}"


def _double(lexeme: str) -> str:
    """Write as Python and Ruby do where every number is a float: `10.0`."""
    return lexeme if math.isinf(float(lexeme)) else repr(float(lexeme))


def _cents(lexeme: str) -> str:
    value = _decimal(lexeme)
    return lexeme if value is None else _trimmed(f"{value * 100:f}")


def _comma(lexeme: str) -> str:
    return _formatted(".2f", lexeme).replace(".", ",")


def _bare_comma(lexeme: str) -> str:
    return lexeme.replace(".", ",")


def _points(lexeme: str) -> str:
    """Write as in most of Latin America: `1.234,50`."""
    return _formatted(",.2f", lexeme).translate(str.maketrans(",.", ".,"))


FORMATS: tuple[Callable[[str], str], ...] = (
    _trimmed,
    partial(_formatted, ".2f"),
    partial(_formatted, ".6f"),
    partial(_formatted, ".1f"),
    partial(_formatted, ".0f"),
    partial(_formatted, ".4f"),
    partial(_formatted, ".3f"),
    partial(_formatted, ".8f"),
    partial(_formatted, ".6e"),
    partial(_formatted, ",.2f"),
    partial(_formatted, ",.0f"),
    _comma,
    _bare_comma,
    _points,
    _stripped,
    _big_decimal,
    _double,
    _java_double,
    _cents,
    python_number,
    _python_decimal,
    _java,
    javascript_number,
    _go,
    partial(_php, 14),
    partial(_php, 17),
    partial(_php, -1),
)

LIKELY_FORMATS = frozenset(
    (_trimmed, *FORMATS[1:3], _cents, python_number, javascript_number, _go, _stripped, _double)
)
"""Those that are looked for first."""

NUMERIC = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)


# --- values: "" where the member is left out ------------------------------------------------


def _php_text(precision: int, value: Value) -> str:
    match value:
        case Number():
            return _php(precision, value) if float(value) else ""
        case str():
            return "" if value == "0" else value
        case _:
            return "1" if value else ""


def _python_text(number: Callable[[str], str], true: str, value: Value) -> str:
    match value:
        case Number():
            return number(value) if float(value) else ""
        case str():
            return value
        case _:
            return true if value else ""


def _go_text(number: Callable[[str], str], value: Value) -> str:
    match value:
        case Number():
            return number(value)
        case None:
            return "<nil>"
        case _:
            return text_of(value)


def _number_text(number: Callable[[str], str], value: Value) -> str:
    return number(value) if isinstance(value, Number) else text_of(value)


def php_order(names: Iterable[str]) -> list[str]:
    """Sort as `ksort` does: two names that look like numbers are compared as numbers."""
    keys = {name: float(name) if NUMERIC.fullmatch(name) else None for name in names}
    if all(key is None for key in keys.values()):
        return sorted(keys)

    def compare(a: str, b: str) -> int:
        x, y = keys[a], keys[b]
        if x is None or y is None or x == y:
            return (a > b) - (a < b)
        return 1 if x > y else -1

    return sorted(sorted(keys), key=cmp_to_key(compare))


class Dialect(NamedTuple):
    """What the sample of one language makes of parameters that came from JSON."""

    name: str
    habit: str
    text: Callable[[Value], str]
    order: Callable[[Iterable[str]], list[str]] = sorted
    strips: bool = False

    def canonical(self, params: Mapping[str, Value]) -> str:
        """Return what it hashes before the key."""
        text = join((name, self.text(params[name])) for name in self.order(params))
        return text.rstrip("&") if self.strips else text

    def pairs(self, params: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
        """Return the members that it signs, with their texts, in the order of the body."""
        return tuple((name, text) for name in params if (text := self.text(params[name])))

    def alike(self, params: Mapping[str, Value]) -> list[str]:
        """Return the names of the other samples that make the same of the parameters."""
        signed = self.canonical(params)
        return [
            each.name for each in DIALECTS if each is not self and each.canonical(params) == signed
        ]


DIALECTS: tuple[Dialect, ...] = (
    *(
        Dialect(
            Message("PHP with precision={precision}").with_(precision=precision),
            'empty() leaves out "0", 0 and false, true becomes 1, floats are rounded, and ksort '
            "takes numeric names as numbers. Sign the text that the JSON has",
            partial(_php_text, precision),
            php_order,
        )
        for precision in _PHP_FLOATS
    ),
    *(
        Dialect(
            name,
            "`if value` leaves out 0 and false, str(True) is True, and floats lose their zeros. "
            "Sign the text that the JSON has",
            partial(_python_text, number, "True"),
            strips=True,
        )
        for name, number in (
            ("Python", python_number),
            (Message("Python with Decimal"), _python_decimal),
        )
    ),
    Dialect(
        Message("Go with float64"),
        "%v writes 1e+06 for 1000000, and <nil> for null. Decode with UseNumber, "
        "and leave null out",
        partial(_go_text, _go),
        strips=True,
    ),
    Dialect(
        "Go with UseNumber",
        "%v writes <nil> for null. Leave null out",
        partial(_go_text, str),
        strips=True,
    ),
    Dialect(
        Message("Go with decimal"),
        Message(
            "String() drops the zeros at the end, and null becomes <nil>. "
            "Sign the text that the JSON has"
        ),
        partial(_go_text, _trimmed),
        strips=True,
    ),
    Dialect(
        Message("Java with String.valueOf"),
        "10.00 becomes 10.0, and 10000000 becomes 1.0E7. Read the body into a Map<String, String>",
        partial(_number_text, _java),
    ),
    Dialect(
        "JavaScript",
        Message("String(number) drops the zeros at the end. Sign the text that the JSON has"),
        partial(_number_text, javascript_number),
    ),
    Dialect(
        Message("JavaScript with truthiness"),
        "a filter by truthiness leaves out 0 and false. They are values; sign them",
        partial(_python_text, javascript_number, "true"),
    ),
)

PRINTED: tuple[tuple[str, Callable[[str], str], str, str, str], ...] = (
    ("Python", python_number, "True", "False", "None"),
    (Message("Python with Decimal"), _python_decimal, "True", "False", "None"),
    ("JavaScript", javascript_number, "true", "false", "null"),
    ("JavaScript", javascript_number, "true", "false", "undefined"),
    ("PHP", partial(_php, 14), "1", "", ""),
    ("Java", _java, "true", "false", "null"),
    ("Go", _go, "true", "false", "<nil>"),
    ("Ruby", python_number, "true", "false", ""),
    ("C#", javascript_number, "True", "False", ""),
)
"""What languages print for a number, true, false and null, without any filter."""
