"""One product of the catalogue, and what its biller requires."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from zlib import crc32

from emulator.providers.gestopago.answers import attributes, element, java_double

CENT = Decimal("0.01")
TOP_UP, BILL, ENQUIRY = 1, 2, 4
"""`tipoFront`: a phone and a fixed price; a reference and an amount; only asks a balance."""

_PIN_CATEGORIES = (10, 11)


@dataclass(frozen=True, slots=True)
class References:
    """What the references of a biller look like.

    Attributes:
        lengths: How many characters they may have.
        only_digits: Whether they have no letters.
    """

    lengths: Collection[int] = range(1, 51)
    only_digits: bool = False

    def has_its_characters(self, reference: str) -> bool:
        """Tell whether it is not empty and has only allowed characters."""
        return bool((_DIGITS if self.only_digits else _CHARACTERS).fullmatch(reference))

    @property
    def form(self) -> str:
        """Describe them in words."""
        lengths = (
            f"{self.lengths[0]} to {self.lengths[-1]}"
            if isinstance(self.lengths, range)
            else " or ".join(map(str, self.lengths))
        )
        return f"{lengths} {'digits' if self.only_digits else 'letters or digits'}"


_DIGITS = re.compile("[0-9]+")
_CHARACTERS = re.compile("[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product of the catalogue.

    Attributes:
        service: `idServicio`.
        number: `idProducto`.
        service_name: `servicio`.
        name: `producto`.
        category: `idCatTipoServicio`.
        front: `tipoFront`: 1, 2 or 4.
        reference: `tipoReferencia`: a phone, b customer number, c barcode.
        price: `precio`: what a top-up costs; the least that can be paid of a bill.
        rate: Commission as a part of the amount.
        fee: Commission that is the same for any amount.
        references: What its references look like.
        verifiable: Whether verifyReference can look into it. What is owed is known then, and only
            that can be paid.
        debts: What is owed under some references; under the others an invented amount.
        legend: Text for the ticket.
    """

    service: int
    number: int
    service_name: str
    name: str
    category: int
    front: Literal[1, 2, 4]
    reference: str
    price: Decimal
    rate: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    references: References = field(default_factory=References)
    verifiable: bool = False
    debts: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    legend: str = ""

    @property
    def is_pin(self) -> bool:
        """Whether the customer is given a PIN."""
        return self.category in _PIN_CATEGORIES

    @property
    def least(self) -> Decimal:
        """The least that can be paid."""
        return max(self.price, CENT)

    def debt(self, reference: str) -> Decimal:
        """Return what is owed under a reference until it is paid: always the same."""
        invented = Decimal(5000 + crc32(reference.encode()) % 250_000) / 100
        return max(self.debts.get(reference, invented), self.price)

    def commission(self, amount: Decimal) -> Decimal:
        """Return what the distributor earns, in whole cents."""
        return (amount * self.rate + self.fee).quantize(CENT, ROUND_HALF_UP)

    def as_xml(self) -> str:
        """Return its line in the catalogue."""
        values = attributes(
            servicio=self.service_name,
            producto=self.name,
            idServicio=self.service,
            idProducto=self.number,
            idCatTipoServicio=self.category,
            tipoFront=self.front,
            hasDigitoVerificador="false",
            precio=java_double(self.price),
            showAyuda="false",
            tipoReferencia=self.reference,
        )
        return f"<producto {values}>{element('legend', f'<![CDATA[{self.legend}]]>')}</producto>"
