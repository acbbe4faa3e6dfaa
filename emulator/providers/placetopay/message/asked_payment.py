"""The payment of a message: what it may say, and what of it comes back in a query."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode, Standing
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import (
    CREATE,
    DISPERSION_SUM,
    FIELD_VALUE,
    NOT_COMBINABLE,
    REFERENCE_LENGTH,
    TOO_MANY_DISPERSIONS,
)
from emulator.providers.placetopay.message.amounts import read_amount
from emulator.providers.placetopay.message.members import Members, put, those_there
from emulator.providers.placetopay.message.money import decimal
from emulator.providers.placetopay.message.person import read_person
from emulator.providers.placetopay.state.status import site_zone

if TYPE_CHECKING:
    from datetime import date, datetime

    from emulator.core.store import Record
    from emulator.providers.placetopay.settings import Settings

DISPLAY_ON = ("none", "payment", "receipt", "both", "approved")
MODIFIER_CODES = ("17934", "18083", "19210", "18910", "18999")


PARTIAL_WITH_TAXES = FailureMode(
    "placetopay.partial-with-taxes",
    "allowPartial goes with taxes or details, which the documentation does not allow",
    CREATE.but(Standing.DOCUMENTED, "Tax details"),
)

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", re.ASCII)
A_URI = "a URI such as https://shop.example/return"
_DIGITS = re.compile(r"\d{1,25}", re.ASCII)


def uri_hint(text: str) -> str:
    """Say what keeps a text from being a URI, and what to send."""
    plain = text.strip()
    if plain != text:
        return Message("Take the blanks around it out")
    if re.search(r"\s", text):
        return Message("Write each blank in it as %20")
    if plain.startswith("//"):
        return "Send the scheme too: https:" + plain[:80]
    if plain.startswith("/"):
        return Message(
            "Send the whole URL: scheme and host before the path, such as https://shop.example"
        )
    if re.match(r"[\w-]+(\.[\w-]+)*(:\d+)?(/|\?|$)", plain, re.ASCII):
        return Message("Send the scheme too, https:// or http://, before the host")
    return Message("Send {a_uri}").with_(a_uri=A_URI)


def read_reference(members: Members) -> str | int:
    """Return the reference, as it was sent, or refuse the message."""
    value = members.get("reference")
    number = isinstance(value, int) and not isinstance(value, bool)
    blank = isinstance(value, str) and not value.strip()
    if not (number or isinstance(value, str)) or blank or len(str(value)[:40]) > 32:
        members.refuse(
            "reference",
            REFERENCE_LENGTH,
            "a text of 1 to 32 characters",
            error="session.reference",
            hint=_reference_hint(members, value),
        )
    reference = members.text_or_number("reference", 32, plain=True)
    assert reference is not None  # it is there
    return reference


def _reference_hint(members: Members, value: object) -> str:
    if isinstance(value, str) and value.strip():
        return Message("Send at most 32 characters; it has {count}").with_(count=len(value))
    if isinstance(value, str):
        return Message("Send the number of your order: it has only blanks")
    if value is None:
        return members.missing("reference", "the number of your order, 1 to 32 characters")
    return Message("Send one text, such as the number of your order")


def described(members: Members) -> dict[str, Any]:
    """Return reference and description."""
    reference = read_reference(members)
    echo: dict[str, Any] = {"reference": reference}
    put(echo, "description", members.text_or_number("description", 255))
    return echo


def read_payment(
    payment: Members, site: Record, now: datetime, settings: Settings, *, checkin: bool
) -> dict[str, Any]:
    """Return the payment as a query echoes it, without its fields; or refuse the message."""
    said = described(payment)
    amount = read_amount(payment, "amount")
    allow_partial = payment.flag("allowPartial")
    dispersion = payment.objects("dispersion")
    _check_combination(payment, amount, settings, partial=allow_partial, checkin=checkin)
    recurring = payment.object("recurring")
    today = now.astimezone(site_zone(site)).date()
    echo = said | {
        "amount": amount,
        "allowPartial": allow_partial,
        "shipping": read_person(payment.object("shipping", "shipping-address-data-not-valid")),
        "items": [_item(item) for item in payment.objects("items")[:50]],
        "recurring": recurring and _recurring(recurring, today),
        "subscribe": payment.flag("subscribe"),
        "dispersion": dispersion and _dispersion(payment, dispersion, amount, said),
        "modifiers": [_modifier(each) for each in payment.objects("modifiers")],
        "processorFields": read_fields(payment.objects("processorFields")),
    }
    return those_there(echo)


def _check_combination(
    payment: Members, amount: Record, settings: Settings, *, partial: bool, checkin: bool
) -> None:
    """Refuse members that exclude each other."""
    dispersed = "dispersion" in payment
    detailed = next((name for name in ("taxes", "details") if name in amount), "")
    for name, other, together in (
        ("recurring", "allowPartial", partial and "recurring" in payment),
        ("dispersion", "allowPartial", partial and dispersed),
        ("dispersion", "type checkin", checkin and dispersed),
        ("allowPartial", "type checkin", checkin and partial),
        (f"amount.{detailed}", "dispersion", dispersed and detailed),
    ):
        if together:
            payment.refuse(
                name,
                NOT_COMBINABLE,
                f"not with {other}",
                received="both",
                hint=Message("Send either {name} or {other}").with_(name=name, other=other)
                if other != "dispersion"
                else Message("Move the {detailed} into the amounts of the dispersion").with_(
                    detailed=detailed
                ),
            )
    if not (partial and detailed):
        return
    where, expected = f"amount.{detailed}", "not with allowPartial"
    hint = f"Leave {detailed} out where allowPartial is true"
    if settings.partial_with_taxes == "refuse":
        payment.refuse(where, PARTIAL_WITH_TAXES, expected, received="both", hint=hint)
    payment.note(where, PARTIAL_WITH_TAXES, expected, hint, received="both")


def _item(item: Members) -> dict[str, Any]:
    echo: dict[str, Any] = {}
    put(echo, "sku", _text_or_any_number(item, "sku", 30))
    put(echo, "name", item.text("name", 120, cut=True))
    put(echo, "category", item.text("category", 255))
    put(echo, "qty", _text_or_any_number(item, "qty", 30))
    for name in ("price", "tax"):
        put(echo, name, item.money_as_sent(name, None))
    put(echo, "additional", item.plain("additional", 1000))
    return echo


def _text_or_any_number(item: Members, name: str, longest: int) -> str | int | float | None:
    """Return a text or a number: sku and qty were recorded as numbers, so no webhook is due."""
    value = item.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return item.plain(name, longest)
    return item.text(name, longest, cut=True)


def _recurring(recurring: Members, today: date) -> dict[str, Any]:
    for name in ("periodicity", "interval", "maxPeriods"):
        recurring.require(name, _RECURRING[name])
    echo: dict[str, Any] = {"periodicity": recurring.choice("periodicity", ("D", "M", "Y"))}
    recurring.whole("interval", 1)
    following = recurring.day("nextPayment")
    if following is not None and following <= today:
        recurring.refuse("nextPayment", FIELD_VALUE, f"a day after {today}")
    periods = recurring.whole("maxPeriods", -1)
    if periods == 0:
        recurring.refuse(
            "maxPeriods",
            FIELD_VALUE,
            "-1, or a number from 1",
            received="0",
            hint=Message("Send -1 for no end, or the number of charges"),
        )
    recurring.day("dueDate")
    recurring.day("startDate")
    recurring.text("notificationUrl", 255, URI, A_URI, hint=uri_hint)
    for name in ("interval", *ECHOED):
        put(echo, name, recurring.get(name))
    return echo


ECHOED = ("nextPayment", "maxPeriods", "startDate", "dueDate", "notificationUrl")
"""Members of a recurring that come back as they were sent."""

_RECURRING = {
    "periodicity": "D, M or Y",
    "interval": "a whole number from 1",
    "maxPeriods": "the number of charges, or -1 for no end",
}


def _dispersion(
    payment: Members,
    dispersion: list[Members],
    total: dict[str, Any],
    described: dict[str, Any],
) -> list[dict[str, Any]]:
    if len(dispersion) > 3:
        payment.refuse(
            "dispersion",
            TOO_MANY_DISPERSIONS,
            "at most 3",
            received=f"{len(dispersion)}",
            error="max-dispersion-error",
            hint=Message("Send at most 3 parts; more must be enabled for the site by Placetopay"),
        )
    echo: list[dict[str, Any]] = []
    for each in dispersion:
        amount = read_amount(each, "amount")
        part = {**described, "amount": amount, "allowPartial": False, "subscribe": False}
        put(part, "agreement", _agreement(each))
        put(part, "agreementType", each.choice("agreementType", ("MERCHANT", "AIRLINE")))
        echo.append(part)
    amounts = [part["amount"] for part in echo]
    added = sum((decimal(amount["total"]) for amount in amounts), Decimal(0))
    whole = f"{total['total']} {total['currency']}"
    foreign = any(amount["currency"] != total["currency"] for amount in amounts)
    if foreign or added != decimal(total["total"]):
        payment.refuse(
            "dispersion",
            DISPERSION_SUM,
            whole,
            received=" + ".join(f"{each['total']} {each['currency']}" for each in amounts),
            hint=Message("Send every part in {currency}").with_(currency=total["currency"])
            if foreign
            else Message("Send parts whose sum is {whole}; theirs is {added}").with_(
                whole=whole, added=added
            ),
        )
    return echo


def _agreement(part: Members) -> Any:
    value = part.get("agreement")
    if isinstance(value, int) and not isinstance(value, bool):
        return part.whole("agreement", 0, 10**18)
    return part.text("agreement", 25, _DIGITS, "a number")


def _modifier(modifier: Members) -> dict[str, Any]:
    for name, wanted in (
        ("type", "FEDERAL_GOVERNMENT"),
        ("code", f"one of {', '.join(MODIFIER_CODES)}"),
        ("additional", "an object with invoice"),
    ):
        modifier.require(name, wanted)
    code = modifier.get("code")
    if str(code if isinstance(code, str | int) else "")[:9] not in MODIFIER_CODES:
        modifier.refuse("code", FIELD_VALUE, f"one of {', '.join(MODIFIER_CODES)}")
    additional = modifier.object("additional")
    assert additional is not None  # required above
    additional.require("invoice", "a text of at most 9 characters")
    return {
        "type": modifier.choice("type", ("FEDERAL_GOVERNMENT",)),
        "code": code,
        "additional": {"invoice": additional.text_or_number("invoice", 9)},
    }


def read_fields(pairs: list[Members]) -> list[dict[str, Any]]:
    """Return the name-value pairs, the first of each keyword."""
    echo: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        pair.require("keyword", "a text of at most 50 characters")
        keyword = str(pair.text_or_number("keyword", 50))
        value = pair.plain("value", 255)
        shown = pair.choice("displayOn", DISPLAY_ON) or "none"
        echo.setdefault(keyword, {"keyword": keyword, "value": value, "displayOn": shown})
    return list(echo.values())[:50]
