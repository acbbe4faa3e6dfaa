"""What to write in place of a member that was refused; asked only after a refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emulator.core import suggest
from emulator.providers.gestopago import products
from emulator.providers.gestopago.products import Product

MATCHED = ("idServicio", "idProducto", "telefono", "referencia", "montoPago", "upc", "horaLocal")
"""What makes a confirmTx mean a sale."""

UNEXPLAINED = ("operator", "unidad", "idSucursal")
MEMBERS = (*MATCHED, *UNEXPLAINED)

_BETWEEN = re.compile(r"[\s().\-/]+")
_PREFIX = re.compile(r"(?:\+|00)?(?:521?|1)|0?4[45]|01")
_CURRENCY = re.compile(r"(?i)\$|mxn?\$?|pesos?")
_UPC_LENGTH = 15


# Members that are not there


def missing(name: str, payload: Mapping[str, Any]) -> str:
    """Tell where a member is that is missing, or to add it."""
    return misspelt(name, payload) or _nested(name, payload) or _to_add(name, payload)


def misspelt(name: str, payload: Mapping[str, Any]) -> str:
    """Name the member that was meant to be `name`; empty if there is none."""
    other = suggest.nearest(name, [each for each in payload if each not in MEMBERS])
    return f"{other!r} must be written {name!r}" if other else ""


def _nested(name: str, payload: Mapping[str, Any]) -> str:
    for other, value in payload.items():
        if isinstance(value, dict) and name in value:
            return f"The members are inside {other!r}: encrypt that object alone"
        if isinstance(value, str) and value.lstrip().startswith("{") and name in value:
            return f"The members are JSON text inside {other!r}: encrypt that text alone"
    return ""


def _to_add(name: str, payload: Mapping[str, Any]) -> str:
    if name in payload:
        return f"{name} is null; write {_MEANING[name]}"
    return f"Add {name}, {_MEANING[name]}"


_MEANING = {
    "idServicio": "the number of the service in getProductList",
    "idProducto": "the number of the product in getProductList",
    "referencia": "the reference on the customer's bill",
    "upc": "your own number of the sale, up to 15 characters, another for each sale",
    "horaLocal": "the shop's local time as yyyyMMddHHmmss",
}


# Types


def number(name: str, value: object) -> str:
    """Tell what is wrong with an id."""
    if isinstance(value, float) and value.is_integer():
        return f"Write it without decimals: {int(value)}"
    if isinstance(value, str):
        digits = value.strip().strip("\"'").lstrip("0").removesuffix(".0")
        if re.fullmatch("[1-9][0-9]{0,8}", digits):
            return f"Write {digits}: no leading zeros, blanks or decimals"
    return f"{name} is {_MEANING[name]}, such as 115"


def text(name: str, value: object) -> str:
    """Tell what is wrong with a member that must be text and is something else."""
    if isinstance(value, float) and value.is_integer():
        return f'Write it as text, without decimals: "{int(value)}"'
    if isinstance(value, bool):
        return f"{name} is text, not true or false"
    if isinstance(value, list):
        return f"{name} is one text, not a list"
    if isinstance(value, dict):
        return f"{name} is text, not an object"
    return f"Write {name} as text, in double quotes"


def upc(value: str) -> str:
    """Tell what is wrong with a upc."""
    if not value:
        return f"upc is empty: write {_MEANING['upc']}"
    if any(character.isspace() for character in value):
        return "Leave out the blanks"
    if len(value) > _UPC_LENGTH:
        what = "a UUID is too long; " if re.fullmatch("[0-9A-Fa-f-]{32,36}", value) else ""
        return f"It has {len(value)} characters, and 15 are the most: {what}shorten it"
    return "Use letters, digits and signs of ASCII alone"


# Ids


def product(service: int, number: int | None) -> str:
    """Tell which pair was meant."""
    if number is not None and products.find(number, service):
        return f"idServicio and idProducto are exchanged: {number} is the service"
    of_service = [each.number for each in products.PRODUCTS if each.service == service]
    if of_service:
        return f"idServicio {service} has idProducto {_either(of_service)}"
    of_number = [each.service for each in products.PRODUCTS if each.number == number]
    if of_number:
        return f"idProducto {number} belongs to idServicio {_either(of_number)}"
    return "Take both ids from one line of getProductList"


def _either(ids: list[int]) -> str:
    return " or ".join(map(str, ids))


# Phones


def phone(product: Product, value: str, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a telefono."""
    if product.is_pin:
        return "A PIN goes to no phone: write #1111111111"
    bill = product.front != products.TOP_UP
    if not value:
        wanted = "1111111111" if bill else "the customer's number, ten digits"
        return (
            misspelt("telefono", payload)
            or _nested("telefono", payload)
            or f"Add telefono: {wanted}"
        )
    if re.fullmatch("#?1{10}", value):
        if bill:
            return "Only a PIN has the #: write 1111111111"
        return "1111111111 stands for no phone: a top-up wants the customer's number"
    if not value.isascii() and value.isdigit():
        return "Write the digits 0 to 9 of ASCII"
    if (found := _mobile(value)) and found != value:
        return f"Write ten digits, without country code, prefix, blanks or signs: {found}"
    if re.fullmatch("[01][0-9]{9}", value):
        return "A number in Mexico begins with 2 to 9"
    digits = len(re.sub("[^0-9]", "", value))
    return f"It has {digits} digits: write ten, the area code first"


def _mobile(value: str) -> str:
    """Return the ten digits that a number has inside, or nothing."""
    bare = _BETWEEN.sub("", value)
    ten, before = bare[-10:], bare[:-10]
    right = re.fullmatch("[2-9][0-9]{9}", ten) and (not before or _PREFIX.fullmatch(before))
    return ten if right else ""


# Amounts


def amount(product: Product, value: object, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a montoPago."""
    if product.front == products.ENQUIRY:
        return "An enquiry moves no money: leave out montoPago"
    if product.front == products.TOP_UP:
        return f"The catalogue has the price: leave out montoPago, or write {product.price}"
    if value is None:
        return (
            misspelt("montoPago", payload)
            or _nested("montoPago", payload)
            or "Add montoPago, what is to be paid; verifyReference tells what is owed"
        )
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return 'Write the amount as text or as a number: "165.00"'
    written = value if isinstance(value, str) else repr(value)
    return _of_digits(written, product)


def _of_digits(written: str, product: Product) -> str:
    bare = _CURRENCY.sub("", written).strip()
    if not bare:
        return 'montoPago is empty: write what is to be paid, such as "165.00"'
    if bare.startswith("-"):
        return "The amount is negative: write what is to be paid"
    if re.fullmatch("[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]{1,2})?", bare):
        return f"Write no commas, currency or blanks: {bare.replace(',', '')}"
    if re.fullmatch("[0-9]+,[0-9]{1,2}", bare):
        return f"Write a point, not a comma: {bare.replace(',', '.')}"
    if re.fullmatch("[0-9]{1,3}(?:[.][0-9]{3})+,[0-9]{1,2}", bare):
        return f"Write a point before the cents alone: {bare.replace('.', '').replace(',', '.')}"
    if re.fullmatch("[0-9]{1,7}[.][0-9]{3,}", bare):
        return f"Round it to two decimals: {Decimal(bare):.2f}"
    if bare != written and re.fullmatch("[0-9]{1,7}(?:[.][0-9]{1,2})?", bare):
        return f"Write no currency or blanks: {bare}"
    if re.fullmatch("[0-9]{1,7}(?:[.][0-9]{1,2})?", bare):
        return f"{product.service_name} takes {product.least} at least"
    if re.fullmatch("[0-9]{8,}(?:[.][0-9]*)?", bare):
        return "It is more than 9999999.99, the most that can be paid at once"
    return "Write digits, a point and two decimals, without exponent or signs: 165.00"


def owed(sent: Decimal, debt: Decimal) -> str:
    """Tell what to pay in place of an amount that is not owed."""
    if sent == debt * 100:
        return f"The amount is in cents; write pesos: {debt}"
    return f"Ask verifyReference, and pay what it says in SALDO: {debt}"


# References


def reference(product: Product, value: str, payload: Mapping[str, Any]) -> str:
    """Tell what is wrong with a referencia."""
    if not value:
        return missing("referencia", payload)
    rule = product.references
    bare = re.sub(r"[\s\-._/]", "", value)
    if bare != value and rule.has_its_characters(bare) and len(bare) in rule.lengths:
        return f"Leave out blanks and signs: {bare}"
    if rule.only_digits and not rule.has_its_characters(bare):
        return f"{product.service_name} has references of digits alone: {rule.form}"
    if not rule.has_its_characters(value):
        return f"Leave out blanks and signs: {product.service_name} has {rule.form}"
    zeros = [length for length in rule.lengths if len(value) < length] if rule.only_digits else []
    lost = "; see whether leading zeros were lost" if zeros else ""
    return f"It has {len(value)} characters, and {product.service_name} has {rule.form}{lost}"
