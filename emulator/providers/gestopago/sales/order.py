"""What a sendTx asks for: the members of its payload, each checked by the rule of its product.

Every refusal says what to write instead; `member_hints.py` has the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from emulator.core.errors import Diagnosis
from emulator.provider import Refusal
from emulator.providers.gestopago import failures, products
from emulator.providers.gestopago.products import Product
from emulator.providers.gestopago.sales import local_time, member_hints
from emulator.providers.gestopago.sales.amounts import read_amount
from emulator.providers.gestopago.sales.member_hints import UNEXPLAINED
from emulator.providers.gestopago.sales.members import (
    malformed,
    optional_text,
    read_number,
    refusal,
    required_text,
)

_MOBILE = re.compile(r"[2-9][0-9]{9}")
_PLACEHOLDER = re.compile(r"1{10}")
_PIN_PLACEHOLDER = re.compile(r"#?1{10}")
_UPC = re.compile(r"[\x21-\x7e]{1,15}")


@dataclass(frozen=True, slots=True)
class Order:
    """What a sendTx asks for, checked.

    Attributes:
        product: What is sold.
        phone: The number it is for, as sent; empty for an enquiry without.
        account: The biller's reference; empty for a top-up.
        amount: What is to be paid.
        upc: The integrator's own number of it.
        warnings: What is allowed but unwise.
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
    """Read an order from the payload of sendTx or confirmTx.

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
    phone = _read_phone(product, optional_text(payload, "telefono") or "", payload)
    account = optional_text(payload, "referencia") or ""
    if product.front == products.TOP_UP:
        account = ""
    else:
        check_reference(product, account, payload, malformed="reference", length="reference")
    for name in UNEXPLAINED:
        optional_text(payload, name)
    far_off = local_time.warning(hour, local, now)
    warnings = () if far_off is None else (far_off,)
    return Order(product, phone, account, read_amount(product, payload), upc, warnings)


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
    """Refuse ids that are not a pair of the catalogue; `number` is None if none was sent."""
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
        malformed: The error for one with characters that are not allowed.
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
