"""What was meant by a wrong member: tried after a refusal only.

Each table joins a hint to what tells that it is the mistake. The first that tells is named; the
last of a table always does, so that no refusal is without a next step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.core import suggest
from emulator.core.errors import FailureMode
from emulator.providers.tesabiz.failures import (
    AMOUNT,
    CURRENCY,
    EXPIRY_FORM,
    MEMBER_FORM,
    SINGLE_USE,
)
from emulator.providers.tesabiz.member_tables import (
    PARTS,
    TIMESTAMPS,
    Json,
    has_control,
    is_visible,
)

Test = Callable[[Any], bool]
Table = tuple[tuple[str, Test], ...]

# --- values ----------------------------------------------------------------------------------


def _matches(pattern: str) -> Test:
    form = re.compile(pattern)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _one_of(*values: str) -> Test:
    return lambda value: isinstance(value, str) and value.strip().upper() in values


_is_decimal_text = _matches(r"\s*-?[0-9]+[.,][0-9]+\s*")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _always(_: Any) -> bool:
    return True


_NULL: Table = (
    ("null was sent: the variable was empty. Give the member a value", lambda v: v is None),
)

_AMOUNT: Table = (
    *_NULL,
    (
        "importe counts minor units (centavos) and has no decimal point: 17.00 is written 1700, "
        "and 1700.00 is written 170000",
        lambda value: isinstance(value, float) or _is_decimal_text(value),
    ),
    ("importe must be more than 0", lambda value: _is_number(value) and value < 1),
    (
        "importe is too large: it counts minor units (centavos), 1700 for 17.00",
        _is_number,
    ),
    (
        "importe is text; send a JSON number of minor units, without separators, sign, blanks or "
        "zeros before it: 1700 for 17.00",
        lambda value: isinstance(value, str),
    ),
    ("Send a JSON number of minor units: 1700 for 17.00", _always),
)
_CURRENCY: Table = (
    *_NULL,
    (
        "The numeric code of ISO 4217 was sent; in Bolivia write BOB or USD",
        lambda value: _one_of("068", "68", "840")(value) or value in (68, 840),
    ),
    (
        "604 is text, and the currency of a merchant that is registered in Peru: send it in quotes "
        "with such a merchant, BOB or USD with another one",
        lambda value: _one_of("604")(value) or value == 604,
    ),
    (
        "A symbol or name was sent; write the code, BOB or 604",
        _one_of("BS", "BS.", "$", "S/", "S/.", "$US", "BOLIVIANOS", "BOLIVIANO", "SOLES"),
    ),
    (
        "BOB and USD are codes in capital letters without spaces, for a merchant in Bolivia; one "
        "in Peru writes 604",
        _one_of("BOB", "USD"),
    ),
    ("Peru's services take the numeric code: 604", _one_of("PEN", "SOL")),
    ("codMoneda is text: BOB or USD in Bolivia, 604 in Peru", _always),
)
_DATE: Table = (
    *_NULL,
    (
        "The day was written first; begin with the year, yyyy-MM-dd: 2026-01-31",
        _matches(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}"),
    ),
    (
        "The year has two digits; write yyyy-MM-dd: 2026-01-31",
        _matches(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}"),
    ),
    ("It holds a time; send the date alone", _matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+")),
    (
        "The calendar has no such day",
        _matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    ),
    (
        "The date needs its hyphens and all its digits: 2026-01-31",
        _matches(r"[0-9]{8}|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}"),
    ),
    ("A number of seconds or milliseconds was sent; send a date: 2026-01-31", _is_number),
    ("Write the last day as text, yyyy-MM-dd in digits 0 to 9: 2026-01-31", _always),
)
_FLAG: Table = (
    *_NULL,
    (
        "A letter or word was sent; send the JSON value true or false, without quotes",
        lambda value: isinstance(value, str),
    ),
    ("A number was sent; send the JSON value true or false", _is_number),
    ("Send the JSON value true for one payment, false for many", _always),
)
_TWICE: tuple[str, Test] = (
    "This is text with JSON inside: it was encoded twice; send the object itself",
    lambda value: isinstance(value, str) and value.lstrip()[:1] in ("{", "["),
)
_FORM: Mapping[str, Table] = {
    "text": (
        *_NULL,
        (
            "A number was sent where text belongs; put it in quotes",
            lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        ),
        (
            "true or false was sent where text belongs; put the text in quotes",
            lambda value: isinstance(value, bool),
        ),
        (
            "It is empty or blank: the variable was not filled in",
            lambda value: isinstance(value, str) and not any(map(is_visible, value)),
        ),
        (
            "It holds a line break, a tab or another control character; take it out",
            lambda value: isinstance(value, str) and has_control(value),
        ),
        (
            "There is a blank at its beginning or end; take it away",
            lambda value: isinstance(value, str) and value != value.strip(),
        ),
        (
            "It holds a character that cannot be seen, such as a zero-width or no-break space; "
            "take it out",
            lambda value: isinstance(value, str) and not value.isprintable(),
        ),
        ("It is too long", lambda value: isinstance(value, str)),
        ("An object or array was sent where text belongs; send the text alone", _always),
    ),
    "number": (
        (
            "It has a decimal point; send a whole number: 60",
            lambda value: isinstance(value, float) or _is_decimal_text(value),
        ),
        ("The number is too small or too large", _is_number),
        (
            "A unit stands in the number; send the minutes alone, as a JSON number: 60 for 1 h",
            _matches(r"\s*(P[\dDTHMS.]+|[0-9]+([.,:][0-9]+)*\s*[a-zA-Z]+|[0-9]+:[0-9:]+)\s*"),
        ),
        ("Send a JSON number: digits alone, without quotes", _always),
    ),
    "object": (
        _TWICE,
        ("The object is wrapped in an array; send the object alone", lambda v: isinstance(v, list)),
        ("Send an object here: {…}", _always),
    ),
    "": (("Send text or a number", _always),),
}
_TABLES: Mapping[FailureMode, Table] = {
    AMOUNT: _AMOUNT,
    CURRENCY: _CURRENCY,
    EXPIRY_FORM: _DATE,
    SINGLE_USE: _FLAG,
}

VALUES: tuple[tuple[FailureMode, str, str], ...] = (
    *((mode, "text", hint) for mode, table in _TABLES.items() for hint, _ in table),
    *((MEMBER_FORM, kind, hint) for kind, table in _FORM.items() for hint, _ in table),
)
"""Every known mistake in a value: how it fails, the kind of value wanted, the hint."""


def value(mode: FailureMode, kind: str, wrong: object) -> str:
    """Return the hint for a wrong value.

    Args:
        mode: How it failed.
        kind: What belongs there; see `member_tables.MemberRule`.
        wrong: What was sent.
    """
    table = _TABLES.get(mode) or _FORM[kind]
    return next(hint for hint, recipe in table if recipe(wrong))


# --- names -----------------------------------------------------------------------------------

SYNONYMS = {
    "moneda": "codMoneda",
    "codigomoneda": "codMoneda",
    "currency": "codMoneda",
    "monto": "importe",
    "amount": "importe",
    "vigencia": "fechaVencimiento or tiempoDuracion",
    "fechaexpiracion": "fechaVencimiento",
    "expirationdate": "fechaVencimiento",
    "duracion": "tiempoDuracion",
    "singleuse": "usoUnico",
    "idtransaccion": "idTrans",
    "transactionid": "idTrans",
    "descripcion": "glosa",
    "description": "glosa",
    "concepto": "glosa",
    "cuenta": "cuentaAbono",
    "account": "cuentaAbono",
    "sistemaorigen": "sisOrigen",
    "infoqr": "qrCobro",
    "qrcobro": "infoQR",
}
"""Names seen in place of the right ones, folded -> the right one."""


def name(wrong: str, known: tuple[str, ...], present: Json) -> str:
    """Return the hint for a member that no table has.

    Args:
        wrong: Its name.
        known: The names there are at this place.
        present: What else is at this place.
    """
    if wrong in TIMESTAMPS:
        return (
            "Leave the claim out: jsonwebtoken adds iat unless it is told noTimestamp: true, and "
            "a plain message has none"
        )
    right = suggest.meant(wrong, known, SYNONYMS, 0.75)
    if right:
        spelled = suggest.fold(right) == suggest.fold(wrong)
        told = (
            f"Write it {right}: capital letters, hyphens and underscores count"
            if spelled
            else f"{_shown(wrong)} does not exist here; it is called {right}"
        )
        return (
            f"{told}. {right} is there already, so leave this one out" if right in present else told
        )
    if place := _place(wrong, known):
        return place
    return (
        "Leave it out; only the names under expected are known. The setting "
        'unknown_members = "ignore" lets further members pass'
    )


def _place(wrong: str, known: tuple[str, ...]) -> str:
    """Return the hint for a member that belongs into another part of the message."""
    part = next((part for part, names in PARTS.items() if wrong in names and part in known), "")
    if part:
        return f"{wrong} belongs inside {part}"
    if wrong in ("code", "payload"):
        return "This is the envelope of the JWS services; a plain service takes the message itself"
    part = next((part for part, names in PARTS.items() if wrong in names), "")
    return f"{wrong} is a member of {part}, not of this object; move it there" if part else ""


def _shown(name: str) -> str:
    return name[:40].encode("utf-8", "backslashreplace").decode()


def spelled(wrong: str, known: Iterable[str]) -> str:
    """Return the hint for a name that is a known one in another spelling, or nothing."""
    right = next((each for each in known if suggest.fold(each) == suggest.fold(wrong)), "")
    return (
        f"Write it as it is registered, {right}: capital letters and blanks count" if right else ""
    )


def missing(name: str, expected: str, present: Json) -> str:
    """Return the hint for a member that is not there.

    Args:
        name: Its name.
        expected: What it must be.
        present: What is there.
    """
    for other in present:
        if other != name and suggest.meant(other, (name,), SYNONYMS, 0.75) == name:
            return f"Rename {_shown(other)} to {name}"
    return f"Add {name}: {expected}"


def part(name: str, message: Json) -> str:
    """Return the hint for a message without one of its parts."""
    for other, inner in message.items():
        if other != name and suggest.fold(other) == suggest.fold(name):
            return f"Write it {name}: capital letters, hyphens and underscores count"
        if isinstance(inner, dict) and "infoTx" in inner:
            return (
                f"The message was wrapped once more, in {_shown(other)}; infoTx stands at the top"
            )
        if name in PARTS and other in PARTS[name] and not isinstance(inner, dict):
            return f"{other} belongs inside the object {name}"
    if "payload" in message:
        return "This is the envelope of the JWS services; a plain service takes the message itself"
    for other in message:
        if SYNONYMS.get(suggest.fold(other)) == name:
            return f"This service calls the part {name}, not {_shown(other)}"
    names = PARTS.get(name, ())
    return f"Add the object {name} with {', '.join(names[:4])}" + (" …" if len(names) > 4 else "")
