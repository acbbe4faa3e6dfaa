"""GestoPago's answers: XML on one line, amounts as Java prints them, Spanish months.

At least one client reads only the first line of an answer. So an answer has one line.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any

from emulator.core.exchange import Reply
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings

MEXICO_CITY = timezone(timedelta(hours=-6))
_MONTHS = ("Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic")


def text(name: str, value: object) -> str:
    """Return an element that holds text."""
    escaped = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{escaped}</{name}>"


def element(name: str, *children: str) -> str:
    """Return an element that holds elements."""
    return f"<{name}>{''.join(children)}</{name}>"


def message(code: str, wording: str, *children: str) -> str:
    """Return the `MENSAJE` that nearly every answer has."""
    return element("MENSAJE", text("CODIGO", code), text("TEXTO", wording), *children)


def attributes(**values: object) -> str:
    """Return attributes in single quotes, as the catalogue has them."""
    return " ".join(
        "{}='{}'".format(
            name,
            str(value).replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;"),
        )
        for name, value in values.items()
    )


def response(settings: Settings, *children: str, status: int = 200) -> Reply:
    """Return an XML answer with the root `RESPONSE`, in the configured charset."""
    charset = settings.charset.upper()
    document = f"<?xml version='1.0' encoding='{charset}'?>{element('RESPONSE', *children)}"
    return Reply(
        status, document.encode(charset, "xmlcharrefreplace"), f"text/xml;charset={charset}"
    )


def java_double(amount: Decimal) -> str:
    """Print an amount as Java's `Double.toString`: `165.0`, `0.0`, `-3.965850019E7`."""
    if not amount:
        return "0.0"
    if Decimal("0.001") <= abs(amount) < 10_000_000:
        plain = f"{amount.normalize():f}"
        return plain if "." in plain else f"{plain}.0"
    digits = "".join(map(str, amount.as_tuple().digits)).strip("0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{amount.adjusted()}"


def grouped(amount: Decimal) -> str:
    """Print an amount with two decimals and thousands commas: `187,708.59`."""
    return f"{amount:,.2f}"


def sale_date(now: datetime) -> str:
    """Print the `FECHA` of a sale: `18/Dic/2020 19:24:23`."""
    return _sale_date(now.replace(microsecond=0))


@lru_cache(maxsize=64)
def _sale_date(second: datetime) -> str:
    local = second.astimezone(MEXICO_CITY)
    return f"{local:%d}/{_MONTHS[local.month - 1]}/{local:%Y %H:%M:%S}"


def confirmation_date(at: float) -> str:
    """Print the `FECHA` of a confirmation: `21/01/2021 13:44:32`."""
    local = datetime.fromtimestamp(at, UTC).astimezone(MEXICO_CITY)
    return f"{local:%d/%m/%Y %H:%M:%S}"


def issue_time(context: Context[Any]) -> datetime:
    """Return the time that goes into answers."""
    return context.clock.now("issue")
