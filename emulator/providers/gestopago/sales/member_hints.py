"""What to write in place of a member that was refused. Used only after a refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emulator.core import suggest
from emulator.core.messages import Message
from emulator.providers.gestopago import products
from emulator.providers.gestopago.products import Product

MATCHED = ("idServicio", "idProducto", "telefono", "referencia", "montoPago", "upc", "horaLocal")
"""The members by which a confirmTx finds its sale."""

UNEXPLAINED = ("operator", "unidad", "idSucursal")
MEMBERS = (*MATCHED, *UNEXPLAINED)

_BETWEEN = re.compile(r"[\s().\-/]+")
_PREFIX = re.compile(r"(?:\+|00)?(?:521?|1)|0?4[45]|01")
_CURRENCY = re.compile(r"(?i)\$|mxn?\$?|pesos?")
_UPC_LENGTH = 15


# Members that are not there


def missing(name: str, payload: Mapping[str, Any]) -> str:
    """Say where a missing member is, or that it must be added."""
    return misspelt(name, payload) or _nested(name, payload) or _to_add(name, payload)


def misspelt(name: str, payload: Mapping[str, Any]) -> str:
    """Name the member that is a misspelling of `name`; empty if there is none."""
    other = suggest.nearest(name, [each for each in payload if each not in MEMBERS])
    return (
        Message("{other!r} must be written {name!r}").with_(other=other, name=name) if other else ""
    )


def _nested(name: str, payload: Mapping[str, Any]) -> str:
    for other, value in payload.items():
        if isinstance(value, dict) and name in value:
            return Message("The members are inside {other!r}: encrypt that object alone").with_(
                other=other
            )
        if isinstance(value, str) and value.lstrip().startswith("{") and name in value:
            return Message(
                "The members are JSON text inside {other!r}: encrypt that text alone"
            ).with_(other=other)
    return ""


def _to_add(name: str, payload: Mapping[str, Any]) -> str:
    if name in payload:
        return Message("{name} is null; write {meaning}").with_(name=name, meaning=_MEANING[name])
    return Message("Add {name}, {meaning}").with_(name=name, meaning=_MEANING[name])


_MEANING = {
    "idServicio": Message("the number of the service in getProductList"),
    "idProducto": Message("the number of the product in getProductList"),
    "referencia": Message("the reference on the customer's bill"),
    "upc": Message("your own number of the sale, up to 15 characters, another for each sale"),
    "horaLocal": Message("the shop's local time as yyyyMMddHHmmss"),
}


# Types


def number(name: str, value: object) -> str:
    """Tell what is wrong with an id."""
    if isinstance(value, float) and value.is_integer():
        return Message("Write it without decimals: {number}").with_(number=int(value))
    if isinstance(value, str):
        digits = value.strip().strip("\"'").lstrip("0").removesuffix(".0")
        if re.fullmatch("[1-9][0-9]{0,8}", digits):
            return Message("Write {digits}: no leading zeros, blanks or decimals").with_(
                digits=digits
            )
    return Message("{name} is {meaning}, such as 115").with_(name=name, meaning=_MEANING[name])


def text(name: str, value: object) -> str:
    """Tell what is wrong with a member that must be text and is something else."""
    if isinstance(value, float) and value.is_integer():
        return Message('Write it as text, without decimals: "{number}"').with_(number=int(value))
    if isinstance(value, bool):
        return Message("{name} is text, not true or false").with_(name=name)
    if isinstance(value, list):
        return Message("{name} is one text, not a list").with_(name=name)
    if isinstance(value, dict):
        return Message("{name} is text, not an object").with_(name=name)
    return Message("Write {name} as text, in double quotes").with_(name=name)


def upc(value: str) -> str:
    """Tell what is wrong with a upc."""
    if not value:
        return Message("upc is empty: write {meaning}").with_(meaning=_MEANING["upc"])
    if any(character.isspace() for character in value):
        return Message("Leave out the blanks")
    if len(value) > _UPC_LENGTH:
        what = Message("a UUID is too long; ") if re.fullmatch("[0-9A-Fa-f-]{32,36}", value) else ""
        return Message(
            "It has {length} characters, but at most 15 are allowed: {what}shorten it"
        ).with_(length=len(value), what=what)
    return Message("Use only letters, digits and signs of ASCII")


# Ids


def product(service: int, number: int | None) -> str:
    """Say which pair of ids was probably meant."""
    if number is not None and products.find(number, service):
        return Message("idServicio and idProducto are exchanged: {number} is the service").with_(
            number=number
        )
    of_service = [each.number for each in products.PRODUCTS if each.service == service]
    if of_service:
        return Message("idServicio {service} has idProducto {ids}").with_(
            service=service, ids=_either(of_service)
        )
    of_number = [each.service for each in products.PRODUCTS if each.number == number]
    if of_number:
        return Message("idProducto {number} belongs to idServicio {ids}").with_(
            number=number, ids=_either(of_number)
        )
    return Message("Take both ids from one line of getProductList")


def _either(ids: list[int]) -> str:
    return " or ".join(map(str, ids))


# Phones


def phone(product: Product, value: str, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a telefono."""
    if product.is_pin:
        return Message("A PIN is not sent to a phone: write #1111111111")
    bill = product.front != products.TOP_UP
    if not value:
        wanted = Message("1111111111") if bill else Message("the customer's number, ten digits")
        return (
            misspelt("telefono", payload)
            or _nested("telefono", payload)
            or Message("Add telefono: {wanted}").with_(wanted=wanted)
        )
    if re.fullmatch("#?1{10}", value):
        if bill:
            return Message("Only a PIN has the #: write 1111111111")
        return Message("1111111111 is not a phone: a top-up needs the customer's number")
    if not value.isascii() and value.isdigit():
        return Message("Write the digits 0 to 9 of ASCII")
    if (found := _mobile(value)) and found != value:
        return Message(
            "Write ten digits, without country code, prefix, blanks or signs: {found}"
        ).with_(found=found)
    if re.fullmatch("[01][0-9]{9}", value):
        return Message("A number in Mexico begins with 2 to 9")
    digits = len(re.sub("[^0-9]", "", value))
    return Message("It has {digits} digits: write ten, the area code first").with_(digits=digits)


def _mobile(value: str) -> str:
    """Return the ten digits that a number contains; empty if there are none."""
    bare = _BETWEEN.sub("", value)
    ten, before = bare[-10:], bare[:-10]
    right = re.fullmatch("[2-9][0-9]{9}", ten) and (not before or _PREFIX.fullmatch(before))
    return ten if right else ""


# Amounts


def amount(product: Product, value: object, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a montoPago."""
    if product.front == products.ENQUIRY:
        return Message("An enquiry moves no money: leave out montoPago")
    if product.front == products.TOP_UP:
        return Message("The catalogue has the price: leave out montoPago, or write {price}").with_(
            price=product.price
        )
    if value is None:
        return (
            misspelt("montoPago", payload)
            or _nested("montoPago", payload)
            or Message("Add montoPago, what is to be paid; verifyReference tells what is owed")
        )
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Message('Write the amount as text or as a number: "165.00"')
    written = value if isinstance(value, str) else repr(value)
    return _of_digits(written, product)


def _of_digits(written: str, product: Product) -> str:
    bare = _CURRENCY.sub("", written).strip()
    if not bare:
        return Message('montoPago is empty: write what is to be paid, such as "165.00"')
    if bare.startswith("-"):
        return Message("The amount is negative: write what is to be paid")
    if re.fullmatch("[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]{1,2})?", bare):
        return Message("Write no commas, currency or blanks: {amount}").with_(
            amount=bare.replace(",", "")
        )
    if re.fullmatch("[0-9]+,[0-9]{1,2}", bare):
        return Message("Write a point, not a comma: {amount}").with_(amount=bare.replace(",", "."))
    if re.fullmatch("[0-9]{1,3}(?:[.][0-9]{3})+,[0-9]{1,2}", bare):
        return Message("Write a point before the cents, and no other signs: {amount}").with_(
            amount=bare.replace(".", "").replace(",", ".")
        )
    if re.fullmatch("[0-9]{1,7}[.][0-9]{3,}", bare):
        return Message("Round it to two decimals: {rounded:.2f}").with_(rounded=Decimal(bare))
    if bare != written and re.fullmatch("[0-9]{1,7}(?:[.][0-9]{1,2})?", bare):
        return Message("Write no currency or blanks: {text}").with_(text=bare)
    if re.fullmatch("[0-9]{1,7}(?:[.][0-9]{1,2})?", bare):
        return Message("The amount is too small: {service} takes {least} at least").with_(
            service=product.service_name, least=product.least
        )
    if re.fullmatch("[0-9]{8,}(?:[.][0-9]*)?", bare):
        return Message("It is more than 9999999.99, the most that can be paid at once")
    return Message("Write digits, a point and two decimals, without exponent or signs: 165.00")


def owed(sent: Decimal, debt: Decimal) -> str:
    """Say which amount to pay."""
    if sent == debt * 100:
        return Message("The amount is in cents; write pesos: {debt}").with_(debt=debt)
    return Message("Ask verifyReference, and pay what it says in SALDO: {debt}").with_(debt=debt)


# References


def reference(product: Product, value: str, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a referencia."""
    if not value:
        return missing("referencia", payload)
    rule = product.references
    bare = re.sub(r"[\s\-._/]", "", value)
    if bare != value and rule.has_its_characters(bare) and len(bare) in rule.lengths:
        return Message("Leave out blanks and signs: {text}").with_(text=bare)
    if rule.only_digits and not rule.has_its_characters(bare):
        return Message("{service} has references of digits only: {form}").with_(
            service=product.service_name, form=rule.form
        )
    if not rule.has_its_characters(value):
        return Message("Leave out blanks and signs: {service} has {form}").with_(
            service=product.service_name, form=rule.form
        )
    zeros = [length for length in rule.lengths if len(value) < length] if rule.only_digits else []
    lost = Message("; see whether leading zeros were lost") if zeros else ""
    return Message("It has {length} characters, and {service} has {form}{lost}").with_(
        length=len(value), service=product.service_name, form=rule.form, lost=lost
    )
