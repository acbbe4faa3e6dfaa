"""Reading messages by hand: their JSON, then each member against a table.

A table names every member a part of a message may have. What is in no table is refused: the
provider insists on `noTimestamp: true`, so a member it does not know, `iat`, hurts it. Where the
provider's own pages show two JSON types of a member, the second is taken with a warning. What
was meant by a wrong one is told by `meant.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import FailureMode, shorten
from emulator.provider import Refusal
from emulator.providers.tesabiz.failures import (
    AMOUNT,
    CURRENCY,
    ERRORS,
    EXPIRY_FORM,
    LONG_MEMBER,
    MEMBER_FORM,
    MEMBER_MISSING,
    MEMBER_TYPE,
    MEMBER_UNKNOWN,
    SINGLE_USE,
)
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

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
class Rule:
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


NAME = Rule(_is_name, f"text of 1 to {LONGEST} visible characters, no blank at either end")
NUMBERED = Rule(
    _is_name,
    f"text of 1 to {LONGEST} visible characters, no blank at either end",
    read=_digits_of,
)
"""A number that somebody gives: text, although it may look like a number."""
REMARK = Rule(
    lambda value: _is_text(value, float("inf")) and any(map(is_visible, value)),
    "text that is not blank, without line breaks",
    usual=lambda value: len(value) <= 50,
    usually="50 characters, as the form of the public client has it",
)
FREE = Rule(
    _is_text, f"text of at most {LONGEST} characters without line breaks, or null", required=False
)
ANYTHING = Rule(lambda _: True, "any JSON value", kind="", required=False)
SCALAR = Rule(
    lambda value: (
        _is_text(value)
        or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9)
    ),
    "text or a number",
    kind="",
    required=False,
)
WHOLE_AMOUNT = Rule(
    lambda value: _is_whole(value, LARGEST_AMOUNT),
    f"a whole number of minor units, 1 to {LARGEST_AMOUNT}",
    kind="number",
    mode=AMOUNT,
    read=_number_in,
    usual=lambda value: value <= 9_999_999,
    usually="9999999, as the form of the public client has it",
)
MINUTES = Rule(
    lambda value: _is_whole(value, 527_040),
    "a whole number of minutes, 1 to 527040, or null",
    kind="number",
    required=False,
    read=_number_in,
)
DATE = Rule(
    lambda value: isinstance(value, str) and parse_date(value) is not None,
    "a date such as 2026-12-31",
    mode=EXPIRY_FORM,
)
YES_OR_NO = Rule(
    lambda value: isinstance(value, bool), "true or false", kind="flag", mode=SINGLE_USE
)
CURRENCY_CODE = Rule(
    lambda value: isinstance(value, str), "the code of a currency, as text", mode=CURRENCY
)

# --- the parts of messages -------------------------------------------------------------------

INFO_TX: Mapping[str, Rule] = {
    "sisOrigen": NAME,
    **dict.fromkeys(("codCuenta", "canal", "ip", "codigoPais"), FREE),
    **dict.fromkeys(("zonaHoraria", "latitud", "longitud"), SCALAR),
}
QR_COBRO: Mapping[str, Rule] = {
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
INFO_ORIGEN: Mapping[str, Rule] = {
    "codCuenta": NAME,
    "origenFondos": FREE,
    "destinoFondos": FREE,
    "codEif": SCALAR,
}
READ_QR: Mapping[str, Rule] = {
    "hashQR": Rule(lambda value: isinstance(value, str), "the text that the QR code holds")
}
PAY_QR: Mapping[str, Rule] = {
    "idQR": NAME,
    "codMoneda": CURRENCY_CODE,
    "importe": WHOLE_AMOUNT,
    "glosa": FREE,
    "codigoLectura": NAME,
    "codTransComercio": NUMBERED,
}
STATUS_PAY_QR: Mapping[str, Rule] = {"idQR": NAME, "codTransComercio": NUMBERED}

PARTS: Mapping[str, tuple[str, ...]] = {
    "infoTx": tuple(INFO_TX),
    "qrCobro": tuple(QR_COBRO),
    "infoOrigen": tuple(INFO_ORIGEN),
    "infoQR": tuple({**READ_QR, **PAY_QR}),
}
"""The members of each part of a message: a member at the wrong place is told where it belongs."""


def check(
    part: Json, rules: Mapping[str, Rule], where: str, exchange: Exchange, settings: Settings
) -> Json:
    """Check every member of a part of a message.

    Returns:
        The part, with each value in the JSON type that its rule names.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`, `tesabiz.member-missing`, then the mode of
            the first member that is wrong, in the order of the table.
    """
    _check_names(part, tuple(rules), tuple(rules), where, settings)
    checked = dict(part)
    for name, rule in rules.items():
        value = part.get(name)
        if value is None and (not rule.required or name not in part):
            if rule.required:
                raise _missing(name, rule, part, where)
            continue
        checked[name] = _read(value, rule, f"{where}.{name}", exchange)
    return checked


def _read(value: Any, rule: Rule, where: str, exchange: Exchange) -> Any:
    found = value
    if not rule.fits(value):
        found = rule.read(value)
        if found is None or not rule.fits(found):
            from emulator.providers.tesabiz import meant

            raise invalid(
                rule.mode,
                where,
                expected=rule.expected,
                received=jws.shown(value),
                hint=meant.value(rule.mode, rule.kind, value),
            )
        warn(
            exchange,
            MEMBER_TYPE,
            where,
            expected=jws.shown(found),
            received=jws.shown(value),
            hint=f"Send {jws.shown(found)}: the documented JSON type of this member is "
            f"{'text' if isinstance(found, str) else 'a number'}",
        )
    if not rule.usual(found):
        warn(
            exchange,
            LONG_MEMBER,
            where,
            expected=f"at most {rule.usually}",
            received=f"{len(found)} characters" if isinstance(found, str) else found,
            hint="Keep within that form: no provider page names a limit, and a bank may have one",
        )
    return found


def warn(exchange: Exchange, mode: FailureMode, where: str, **told: Any) -> None:
    """Note what is accepted and unwise, once for each exchange."""
    diagnosis = mode.diagnose(where, **told)
    if diagnosis not in exchange.warnings:
        exchange.warnings.append(diagnosis)


def part_of(message: Json, name: str, where: str = "body") -> Json:
    """Return the object that is the member `name` of a message.

    Raises:
        Refusal: `data`: `tesabiz.member-missing`, `tesabiz.member-form`.
    """
    part = message.get(name)
    if isinstance(part, dict):
        return cast("Json", part)
    from emulator.providers.tesabiz import meant

    if name not in message:
        raise invalid(
            MEMBER_MISSING,
            f"{where}.{name}",
            expected="an object",
            received=", ".join(message)[:LONGEST],
            hint=meant.part(name, message),
        )
    raise invalid(
        MEMBER_FORM,
        f"{where}.{name}",
        expected="an object",
        received=jws.shown(part),
        hint=meant.value(MEMBER_FORM, "object", part),
    )


def check_parts(
    message: Json, names: tuple[str, ...], where: str, context: Context[Settings]
) -> None:
    """Check that a message has no other parts than `names`; time stamps were judged before.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`.
    """
    stamps = TIMESTAMPS if context.settings.timestamp_claims == "ignore" else ()
    _check_names(message, names, (*names, *stamps), where, context.settings)


def _check_names(
    members: Json, known: tuple[str, ...], allowed: tuple[str, ...], where: str, settings: Settings
) -> None:
    name = next((name for name in members if name not in allowed), None)
    if name is None or settings.unknown_members != "refuse":
        return
    from emulator.providers.tesabiz import meant

    raise invalid(
        MEMBER_UNKNOWN,
        f"{where}.{name}",
        expected=", ".join(known),
        received=name,
        hint=meant.name(name, known, members),
    )


def _missing(name: str, rule: Rule, part: Json, where: str) -> Refusal:
    from emulator.providers.tesabiz import meant

    return invalid(
        MEMBER_MISSING,
        f"{where}.{name}",
        expected=rule.expected,
        received=", ".join(part)[:LONGEST] or "(an empty object)",
        hint=meant.missing(name, rule.expected, part),
    )


def invalid(
    mode: FailureMode, where: str, *, expected: str = "", received: str = "", hint: str = ""
) -> Refusal:
    """Return the refusal of a member; its text names the member."""
    where = shorten(where, 120)
    member = where.removeprefix("body.payload.").removeprefix("body.")
    diagnosis = mode.diagnose(where, expected=expected, received=received, hint=hint)
    return Refusal(ERRORS["data"], diagnosis, {"member": member})
