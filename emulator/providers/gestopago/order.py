"""What a sendTx asks for: the members of its payload, each checked by the rule of its product.

Every refusal says what to write instead; `member_hints.py` finds the words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from emulator.core.errors import Diagnosis, FailureMode
from emulator.provider import Refusal
from emulator.providers.gestopago import failures, local_time, member_hints, products
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.member_hints import MATCHED, UNEXPLAINED
from emulator.providers.gestopago.products import CENT, Product

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")
_MOBILE = re.compile(r"[2-9][0-9]{9}")
_PLACEHOLDER = re.compile(r"1{10}")
_PIN_PLACEHOLDER = re.compile(r"#?1{10}")
_UPC = re.compile(r"[\x21-\x7e]{1,15}")


@dataclass(frozen=True, slots=True)
class Order:
    """What a sendTx asks for, checked.

    Attributes:
        product: What.
        phone: The number it is for, as sent; empty for an enquiry without.
        account: The biller's reference; empty for a top-up.
        amount: How much.
        upc: The integrator's own number of it.
        warnings: What is allowed and unwise.
    """

    product: Product
    phone: str
    account: str
    amount: Decimal
    upc: str
    warnings: tuple[Diagnosis, ...] = ()

    @property
    def reference(self) -> str:
        """What the ticket names: the bill, or the phone."""
        return self.account or self.phone


def read(payload: Mapping[str, Any], now: datetime) -> Order:
    """Read an order out of the payload of sendTx or confirmTx.

    Args:
        payload: The decrypted JSON.
        now: The present, for `horaLocal`.

    Raises:
        Refusal: `technical` with `gestopago.payload-field-missing` or `gestopago.payload-field`;
            `unknown-product`; `phone`; `reference`; `amount`.
    """
    product = read_product(payload)
    upc = required_text(payload, "upc")
    if not _UPC.fullmatch(upc):
        raise malformed("upc", "1 to 15 characters without spaces", upc, member_hints.upc(upc))
    hour = required_text(payload, local_time.MEMBER)
    local = local_time.read(hour)
    if local is None:
        hint = local_time.hint(hour, now)
        raise malformed(local_time.MEMBER, "yyyyMMddHHmmss", hour, hint)
    phone = _read_phone(product, _text(payload, "telefono") or "", payload)
    account = _text(payload, "referencia") or ""
    if product.front == products.TOP_UP:
        account = ""
    else:
        check_reference(product, account, payload, malformed="reference", length="reference")
    for name in UNEXPLAINED:
        _text(payload, name)
    far_off = local_time.warning(hour, local, now)
    warnings = () if far_off is None else (far_off,)
    return Order(product, phone, account, _read_amount(product, payload), upc, warnings)


def read_product(payload: Mapping[str, Any]) -> Product:
    """Find the product that both ids name.

    Raises:
        Refusal: `technical` with `gestopago.payload-field-missing` or `gestopago.payload-field`;
            `unknown-product`.
    """
    service, number = read_number(payload, "idServicio"), read_number(payload, "idProducto")
    product = products.find(service, number)
    if product is None:
        raise unknown_product(service, number)
    return product


def unknown_product(service: int, number: int | None) -> Refusal:
    """Refuse ids that are no pair of the catalogue; `number` is None where only a service came."""
    return refusal(
        "unknown-product",
        failures.UNKNOWN_PRODUCT,
        "signed.idServicio",
        expected=products.known_ids(),
        received=f"{service}" if number is None else f"{service}/{number}",
        hint=member_hints.product(service, number),
    )


def check_reference(
    product: Product, reference: str, payload: Mapping[str, Any], *, malformed: str, length: str
) -> None:
    """Check a reference by the rule of its biller.

    Args:
        product: What is paid.
        reference: As sent; empty if it is missing.
        payload: Where it was looked for.
        malformed: The error for one with foreign characters.
        length: The error for one of another length.

    Raises:
        Refusal: One of the two.
    """
    rule = product.references
    told = {
        "expected": f"{rule.form}, as {product.service_name} has them",
        "hint": member_hints.reference(product, reference, payload),
    }
    if not rule.has_its_characters(reference):
        received = reference or "nothing"
        raise refusal(malformed, failures.REFERENCE, "signed.referencia", received=received, **told)
    if len(reference) not in rule.lengths:
        raise refusal(
            length,
            failures.REFERENCE_LENGTH,
            "signed.referencia",
            received=f"{len(reference)} characters",
            **told,
        )


def _read_phone(product: Product, phone: str, payload: Mapping[str, Any]) -> str:
    if not phone and product.front == products.ENQUIRY:
        return phone
    if product.is_pin:
        right = bool(_PIN_PLACEHOLDER.fullmatch(phone))
    else:
        placeholder = product.front != products.TOP_UP and _PLACEHOLDER.fullmatch(phone)
        right = bool(placeholder or _MOBILE.fullmatch(phone))
    if right:
        return phone
    raise refusal(
        "phone",
        failures.PHONE,
        "signed.telefono",
        expected=_PHONES[product.is_pin, product.front == products.TOP_UP],
        received=phone or "nothing",
        hint=member_hints.phone(product, phone, payload),
    )


_PHONES = {
    (True, True): "#1111111111 or 1111111111 for a PIN",
    (True, False): "#1111111111 or 1111111111 for a PIN",
    (False, True): "ten digits that begin with 2 to 9",
    (False, False): "1111111111, or ten digits that begin with 2 to 9",
}


def _read_amount(product: Product, payload: Mapping[str, Any]) -> Decimal:
    value = payload.get("montoPago")
    sent = amount(value)
    if product.front == products.BILL:
        if sent is not None and sent >= product.least:
            return sent.quantize(CENT)
        expected = f"at least {product.least}, two decimals"
    else:
        if value is None or value == "" or sent in (0, product.price):
            return product.price
        expected = f"{product.price}, or nothing"
    raise refusal(
        "amount",
        failures.AMOUNT,
        "signed.montoPago",
        expected=expected,
        received=told(value) if value is not None else "nothing",
        hint=member_hints.amount(product, value, payload),
    )


def amount(value: object) -> Decimal | None:
    """Return an amount of at most two decimals, sent as a number or as text; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    lexeme = value if isinstance(value, str) else repr(value)
    return Decimal(lexeme) if _AMOUNT.fullmatch(lexeme) else None


# Comparing a confirmTx with a sale


def parameters(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the members a confirmTx is matched by, as text that compares by value."""
    return {name: _comparable(name, payload.get(name)) for name in MATCHED}


def _comparable(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "montoPago" and (sent := amount(value)) is not None:
        return f"{sent:.2f}" if sent else ""
    return told(value)


# Members of a payload


def read_number(payload: Mapping[str, Any], name: str) -> int:
    """Return an id, which may be a number or text.

    Raises:
        Refusal: `technical`.
    """
    value = payload.get(name)
    if value is None:
        raise missing(name, payload)
    lexeme = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(lexeme, str) or not _NUMBER.fullmatch(lexeme):
        raise malformed(name, "a whole number", value, member_hints.number(name, value))
    return int(lexeme)


def required_text(payload: Mapping[str, Any], name: str) -> str:
    """Return a member that must be there as text.

    Raises:
        Refusal: `technical`.
    """
    value = _text(payload, name)
    if value is None:
        raise missing(name, payload)
    return value


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    """Return a member as text; None where it is absent or null. Numbers count as text."""
    value = payload.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise malformed(name, "a string", value, member_hints.text(name, value))


def missing(name: str, payload: Mapping[str, Any]) -> Refusal:
    """Refuse a payload that lacks a member."""
    return refusal(
        "technical",
        failures.PAYLOAD_FIELD_MISSING,
        f"signed.{name}",
        expected=name,
        received=", ".join(sorted(payload)) or "an empty object",
        hint=member_hints.missing(name, payload),
    )


def malformed(name: str, expected: str, value: object, hint: str) -> Refusal:
    """Refuse a member of a wrong type or form."""
    return refusal(
        "technical",
        failures.PAYLOAD_FIELD,
        f"signed.{name}",
        expected=expected,
        received=told(value),
        hint=hint,
    )


def told(value: object) -> str:
    """Return a member's value as text."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    try:
        return json.dumps(value)
    except RecursionError:  # it was read with less of the stack in use
        return "a deeply nested value"


def refusal(error: str, mode: FailureMode, where: str, **told: Any) -> Refusal:
    """Make a refusal of the provider's catalogue."""
    return Refusal(ERRORS[error], mode.diagnose(where, **told))
