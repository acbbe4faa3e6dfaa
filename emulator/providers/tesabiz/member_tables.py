"""What each member of a message may be: one table for each part.

A table names every member that a part may have; `members.py` checks messages against them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from emulator.core.errors import FailureMode
from emulator.providers.tesabiz.failures import (
    AMOUNT,
    CURRENCY,
    EXPIRY_FORM,
    MEMBER_FORM,
    SINGLE_USE,
)

Json = dict[str, Any]

TIMESTAMPS = ("iat", "exp", "nbf")
LARGEST_AMOUNT = 999_999_999_999_999
LONGEST = 200
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_date(text: str) -> date | None:
    """Return the date that `text` writes as yyyy-MM-dd, or None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


# --- one member ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberRule:
    """What a member must be.

    Attributes:
        fits: Tells whether a value is that.
        expected: The same in words.
        kind: What it is to JSON: `text`, `number`, `flag`, `object`; empty for anything. The
            mistakes of `meant` go by it.
        mode: How it fails.
        required: Whether it must be there; a member that need not be may be null, too.
        read: Returns the value that another JSON type stands for, or None; taken with a warning.
        usual: Tells whether a value is within the form of the public client; a warning if not.
        usually: The same in words.
    """

    fits: Callable[[Any], bool]
    expected: str
    kind: str = "text"
    mode: FailureMode = MEMBER_FORM
    required: bool = True
    read: Callable[[Any], Any] = lambda _: None
    usual: Callable[[Any], bool] = lambda _: True
    usually: str = ""


def has_control(text: str) -> bool:
    """Tell whether a text has a control character or a line break, which none may have."""
    return _CONTROL.search(text) is not None


def _is_text(value: Any, longest: float = LONGEST) -> bool:
    return isinstance(value, str) and len(value) <= longest and not has_control(value)


def _is_name(value: Any) -> bool:
    return _is_text(value) and value.isprintable() and 0 < len(value) == len(value.strip())


def is_visible(character: str) -> bool:
    """Tell whether a character shows: a blank does not, nor one that takes no room."""
    return character.isprintable() and not character.isspace()


def _digits_of(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number_in(value: Any) -> int | None:
    fits = isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,14}", value, re.ASCII)
    return int(value) if fits else None


def _is_whole(value: Any, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= largest


NAME = MemberRule(_is_name, f"text of 1 to {LONGEST} visible characters, no blank at either end")
NUMBERED = MemberRule(
    _is_name,
    f"text of 1 to {LONGEST} visible characters, no blank at either end",
    read=_digits_of,
)
"""A number that somebody gives: text, although it may look like a number."""
REMARK = MemberRule(
    lambda value: _is_text(value, float("inf")) and any(map(is_visible, value)),
    "text that is not blank, without line breaks",
    usual=lambda value: len(value) <= 50,
    usually="50 characters, as the form of the public client has it",
)
FREE = MemberRule(
    _is_text, f"text of at most {LONGEST} characters without line breaks, or null", required=False
)
ANYTHING = MemberRule(lambda _: True, "any JSON value", kind="", required=False)
SCALAR = MemberRule(
    lambda value: (
        _is_text(value)
        or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9)
    ),
    "text or a number",
    kind="",
    required=False,
)
WHOLE_AMOUNT = MemberRule(
    lambda value: _is_whole(value, LARGEST_AMOUNT),
    f"a whole number of minor units, 1 to {LARGEST_AMOUNT}",
    kind="number",
    mode=AMOUNT,
    read=_number_in,
    usual=lambda value: value <= 9_999_999,
    usually="9999999, as the form of the public client has it",
)
MINUTES = MemberRule(
    lambda value: _is_whole(value, 527_040),
    "a whole number of minutes, 1 to 527040, or null",
    kind="number",
    required=False,
    read=_number_in,
)
DATE = MemberRule(
    lambda value: isinstance(value, str) and parse_date(value) is not None,
    "a date such as 2026-12-31",
    mode=EXPIRY_FORM,
)
YES_OR_NO = MemberRule(
    lambda value: isinstance(value, bool), "true or false", kind="flag", mode=SINGLE_USE
)
CURRENCY_CODE = MemberRule(
    lambda value: isinstance(value, str), "the code of a currency, as text", mode=CURRENCY
)

# --- the parts of messages -------------------------------------------------------------------

INFO_TX: Mapping[str, MemberRule] = {
    "sisOrigen": NAME,
    **dict.fromkeys(("codCuenta", "canal", "ip", "codigoPais"), FREE),
    **dict.fromkeys(("zonaHoraria", "latitud", "longitud"), SCALAR),
}
QR_COBRO: Mapping[str, MemberRule] = {
    "idTrans": NUMBERED,
    "codMoneda": CURRENCY_CODE,
    "importe": WHOLE_AMOUNT,
    "glosa": REMARK,
    "fechaVencimiento": DATE,
    "usoUnico": YES_OR_NO,
    "tiempoDuracion": MINUTES,
    "cuentaAbono": NAME,
    **dict.fromkeys(
        (
            "codServicio",
            "codOperacion",
            "pos",
            "cajero",
            "canal",
            "codProducto",
            "catProducto",
            "sucursal",
        ),
        FREE,
    ),
    "info": ANYTHING,
}
INFO_ORIGEN: Mapping[str, MemberRule] = {
    "codCuenta": NAME,
    "origenFondos": FREE,
    "destinoFondos": FREE,
    "codEif": SCALAR,
}
READ_QR: Mapping[str, MemberRule] = {
    "hashQR": MemberRule(lambda value: isinstance(value, str), "the text that the QR code holds")
}
PAY_QR: Mapping[str, MemberRule] = {
    "idQR": NAME,
    "codMoneda": CURRENCY_CODE,
    "importe": WHOLE_AMOUNT,
    "glosa": FREE,
    "codigoLectura": NAME,
    "codTransComercio": NUMBERED,
}
STATUS_PAY_QR: Mapping[str, MemberRule] = {"idQR": NAME, "codTransComercio": NUMBERED}

PARTS: Mapping[str, tuple[str, ...]] = {
    "infoTx": tuple(INFO_TX),
    "qrCobro": tuple(QR_COBRO),
    "infoOrigen": tuple(INFO_ORIGEN),
    "infoQR": tuple({**READ_QR, **PAY_QR}),
}
"""The members of each part of a message; from them a hint says where a member belongs."""
