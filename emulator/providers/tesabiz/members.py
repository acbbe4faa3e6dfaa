"""Reading messages by hand: their JSON, then each member against a table.

A table names every member a part of a message may have. What is in no table is refused: the
provider insists on `noTimestamp: true`, so a member it does not know, `iat`, hurts it. The
mistakes at the end of the file are tried after a refusal only, to say what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from emulator import suggest
from emulator.errors import FailureMode, shorten
from emulator.provider import Refusal
from emulator.providers.tesabiz.failures import (
    AMOUNT,
    CURRENCY,
    ERRORS,
    EXPIRY_FORM,
    MEMBER_FORM,
    MEMBER_MISSING,
    MEMBER_UNKNOWN,
    SINGLE_USE,
)
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

Json = dict[str, Any]

TIMESTAMPS = ("iat", "exp", "nbf")
LARGEST_AMOUNT = 9_999_999
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


# --- one member ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """What a member must be.

    Attributes:
        fits: Tells whether a value is that.
        expected: The same in words.
        mode: How it fails.
        required: Whether it must be there; a member that need not be may be null, too.
    """

    fits: Callable[[Any], bool]
    expected: str
    mode: FailureMode = MEMBER_FORM
    required: bool = True


def _text(longest: int) -> Rule:
    return Rule(
        lambda value: isinstance(value, str) and 0 < len(value) <= longest,
        f"text of 1 to {longest} characters",
    )


TEXT = _text(LONGEST)
FREE = Rule(
    lambda value: isinstance(value, str) and len(value) <= LONGEST,
    f"text of at most {LONGEST} characters, or null",
    required=False,
)
SCALAR = Rule(
    lambda value: (
        (isinstance(value, str) and len(value) <= LONGEST)
        or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9)
    ),
    "text or a number",
    required=False,
)
WHOLE_AMOUNT = Rule(
    lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_AMOUNT
    ),
    f"a whole number of minor units, 1 to {LARGEST_AMOUNT}",
    AMOUNT,
)
MINUTES = Rule(
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 527_040,
    "a whole number of minutes, 1 to 527040, or null",
    required=False,
)
DATE = Rule(
    lambda value: isinstance(value, str) and parse_date(value) is not None,
    "a date such as 2026-12-31",
    EXPIRY_FORM,
)
YES_OR_NO = Rule(lambda value: isinstance(value, bool), "true or false", SINGLE_USE)
CURRENCY_CODE = Rule(lambda value: isinstance(value, str), "text", CURRENCY)
PART = Rule(lambda value: isinstance(value, dict), "an object")

# --- the parts of messages -------------------------------------------------------------------

INFO_TX: Mapping[str, Rule] = {
    "sisOrigen": TEXT,
    **dict.fromkeys(("codCuenta", "canal", "ip", "codigoPais"), FREE),
    **dict.fromkeys(("zonaHoraria", "latitud", "longitud"), SCALAR),
}
QR_COBRO: Mapping[str, Rule] = {
    "idTrans": _text(50),
    "codMoneda": CURRENCY_CODE,
    "importe": WHOLE_AMOUNT,
    "glosa": _text(50),
    "fechaVencimiento": DATE,
    "usoUnico": YES_OR_NO,
    "tiempoDuracion": MINUTES,
    "cuentaAbono": TEXT,
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
            "info",
        ),
        FREE,
    ),
}
INFO_ORIGEN: Mapping[str, Rule] = {
    "codCuenta": TEXT,
    "origenFondos": FREE,
    "destinoFondos": FREE,
}
READ_QR: Mapping[str, Rule] = {
    "hashQR": Rule(lambda value: isinstance(value, str), "the text that the QR code holds")
}
PAY_QR: Mapping[str, Rule] = {
    "idQR": TEXT,
    "codMoneda": CURRENCY_CODE,
    "importe": WHOLE_AMOUNT,
    "glosa": FREE,
    "codigoLectura": TEXT,
    "codTransComercio": _text(50),
}
STATUS_PAY_QR: Mapping[str, Rule] = {"idQR": TEXT, "codTransComercio": _text(50)}


def check(part: Json, rules: Mapping[str, Rule], where: str, context: Context[Settings]) -> None:
    """Check every member of a part of a message.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`, `tesabiz.member-missing`, then the mode of
            the first member that is wrong, in the order of the table.
    """
    if not part.keys() <= rules.keys() and context.settings.unknown_members == "refuse":
        name = next(name for name in part if name not in rules)
        raise invalid(
            MEMBER_UNKNOWN,
            f"{where}.{name}",
            expected=", ".join(rules),
            received=name,
            hint=recognise(MEMBER_UNKNOWN, name) or renamed(name, rules),
        )
    for name, rule in rules.items():
        value = part.get(name)
        if value is None and (not rule.required or name not in part):
            if rule.required:
                raise invalid(MEMBER_MISSING, f"{where}.{name}", expected=rule.expected)
        elif not rule.fits(value):
            raise invalid(
                rule.mode,
                f"{where}.{name}",
                expected=rule.expected,
                received=jws.shown(value),
                hint=recognise(rule.mode, value),
            )


def part_of(message: Json, name: str, where: str = "body") -> Json:
    """Return the object that is the member `name` of a message.

    Raises:
        Refusal: `data`: `tesabiz.member-missing`, `tesabiz.member-form`.
    """
    part = message.get(name)
    if isinstance(part, dict):
        return cast("Json", part)
    if name not in message:
        raise invalid(
            MEMBER_MISSING,
            f"{where}.{name}",
            expected="an object",
            received=", ".join(message)[:LONGEST],
            hint=recognise(MEMBER_MISSING, message),
        )
    raise invalid(
        MEMBER_FORM,
        f"{where}.{name}",
        expected="an object",
        received=jws.shown(part),
        hint=recognise(MEMBER_FORM, part),
    )


def check_parts(
    message: Json, names: tuple[str, ...], where: str, context: Context[Settings]
) -> None:
    """Check that a message has no other parts than `names`; time stamps were judged before.

    Raises:
        Refusal: `data`: `tesabiz.member-unknown`.
    """
    if context.settings.unknown_members == "refuse":
        allowed = (
            {*names, *TIMESTAMPS} if context.settings.timestamp_claims == "ignore" else {*names}
        )
        for name in message:
            if name not in allowed:
                raise invalid(
                    MEMBER_UNKNOWN,
                    f"{where}.{name}",
                    expected=", ".join(names),
                    received=name,
                    hint=recognise(MEMBER_UNKNOWN, name) or renamed(name, names),
                )


def renamed(name: str, known: Iterable[str]) -> str:
    """Say what to do with a member that is not known."""
    names = list(known)
    close = suggest.nearest(name, names)
    return f"Rename it to {close}" if close else f"Leave it out; there are {', '.join(names)}"


def invalid(
    mode: FailureMode, where: str, *, expected: str = "", received: str = "", hint: str = ""
) -> Refusal:
    """Return the refusal of a member; its text names the member."""
    where = shorten(where, 120)
    member = where.removeprefix("body.payload.").removeprefix("body.")
    diagnosis = mode.diagnose(where, expected=expected, received=received, hint=hint)
    return Refusal(ERRORS["data"], diagnosis, {"member": member})


# --- after a refusal: what was meant ---------------------------------------------------------

Recipe = Callable[[Any], bool]

_SYNONYMS = {
    "moneda": "codMoneda",
    "codigoMoneda": "codMoneda",
    "currency": "codMoneda",
    "monto": "importe",
    "amount": "importe",
    "vigencia": "fechaVencimiento and tiempoDuracion",
    "fechaExpiracion": "fechaVencimiento",
    "singleUse": "usoUnico",
    "idTransaccion": "idTrans",
    "idQR": "idQr (on the payer's side only it is idQR)",
    "infoQR": "qrCobro (on the payer's side only it is infoQR)",
}


def _matches(pattern: str) -> Recipe:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _one_of(*values: str) -> Recipe:
    return lambda value: isinstance(value, str) and value.strip().upper() in values


RECIPES: Mapping[FailureMode, tuple[tuple[str, Recipe], ...]] = {
    AMOUNT: (
        (
            "importe counts minor units (centavos): 17.00 is written 1700",
            lambda value: isinstance(value, float),
        ),
        (
            "importe is text; send a JSON number of minor units, 1700 for 17.00",
            lambda value: isinstance(value, str),
        ),
        ("importe must be more than 0", lambda value: isinstance(value, int) and value < 1),
    ),
    CURRENCY: (
        (
            "The numeric code of ISO 4217 was sent; in Bolivia write BOB or USD",
            _one_of("068", "68", "840"),
        ),
        ("604 is the currency of a merchant registered in Peru", _one_of("604")),
        ("A symbol or name was sent; write the code, BOB or 604", _one_of("BS", "BS.", "$", "S/")),
        ("Codes are in capital letters, without spaces", _one_of("BOB", "USD")),
        ("Peru's services take the numeric code: 604", _one_of("PEN")),
    ),
    EXPIRY_FORM: (
        (
            "Written dd/MM/yyyy; write yyyy-MM-dd",
            _matches(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}"),
        ),
        ("It holds a time; send the date alone", _matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+")),
        (
            "The date needs its hyphens and all its digits: 2026-01-31",
            _matches(r"[0-9]{8}|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}"),
        ),
        (
            "A number of seconds or milliseconds was sent; send a date",
            lambda value: isinstance(value, int | float),
        ),
    ),
    SINGLE_USE: (
        (
            "A letter or word was sent; send the JSON value true or false, without quotes",
            lambda value: isinstance(value, str),
        ),
        (
            "A number was sent; send the JSON value true or false",
            lambda value: isinstance(value, int | float),
        ),
    ),
    MEMBER_UNKNOWN: tuple(
        (f"{name} does not exist; it is called {right}", _matches(name))
        for name, right in _SYNONYMS.items()
    ),
    MEMBER_MISSING: (
        (
            "This is the envelope of the JWS services; a plain service takes the message itself",
            lambda value: isinstance(value, dict) and "payload" in value,
        ),
        (
            "The message was wrapped once more; infoTx stands at the top",
            lambda value: (
                isinstance(value, dict)
                and any(
                    isinstance(inner, dict) and "infoTx" in inner
                    for inner in cast("Json", value).values()
                )
            ),
        ),
    ),
    MEMBER_FORM: (
        (
            "This is text with JSON inside: it was encoded twice; send the object",
            lambda value: isinstance(value, str) and value.lstrip().startswith("{"),
        ),
        (
            "A number was sent where text belongs; put it in quotes",
            lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        ),
        ("A digit string was sent where a number belongs; leave the quotes", _matches("[0-9]+")),
    ),
}
"""What to try after each way to fail."""

MISTAKES: tuple[tuple[str, Recipe], ...] = tuple(
    pair for recipes in RECIPES.values() for pair in recipes
)
"""Every known mistake in a member: the hint, and what tells that it was made."""


def recognise(mode: FailureMode, value: object) -> str:
    """Return the hint of the mistake that `value` shows, or nothing."""
    return next((hint for hint, recipe in RECIPES.get(mode, ()) if recipe(value)), "")
