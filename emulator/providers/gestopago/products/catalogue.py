"""The products. The ids are real, and so are the reference rules that are documented.

The rest is invented.
"""

from __future__ import annotations

from decimal import Decimal

from emulator.providers.gestopago.products.product import BILL, ENQUIRY, TOP_UP, Product, References

PRODUCTS = (
    Product(
        service=115,
        number=298,
        service_name="AT&T",
        name="AT&T $50",
        category=3,
        front=TOP_UP,
        reference="a",
        price=Decimal("50.00"),
        rate=Decimal("0.05"),
        legend="Recarga aplicada",
    ),
    Product(
        service=133,
        number=582,
        service_name="Recarga de prueba",
        name="Recarga $30",
        category=13,
        front=TOP_UP,
        reference="a",
        price=Decimal("30.00"),
        rate=Decimal("0.05"),
        legend="Recarga aplicada",
    ),
    Product(
        service=107,
        number=271,
        service_name="Pago de servicio de prueba",
        name="Pago de factura",
        category=5,
        front=BILL,
        reference="b",
        price=Decimal("1.00"),
        fee=Decimal("5.84"),
        verifiable=True,
    ),
    Product(
        service=166,
        number=597,
        service_name="CFE",
        name="CFE pago de recibo",
        category=5,
        front=BILL,
        reference="c",
        price=Decimal("1.00"),
        fee=Decimal("5.84"),
        references=References((12, 30), only_digits=True),
        verifiable=True,
        debts={"123456789012": Decimal("165.00")},
    ),
    Product(
        service=56,
        number=185,
        service_name="AGUAKAN (Cancun)",
        name="Agua Cancun (Mun. de Benito Juarez y de Isla Mujeres)",
        category=15,
        front=BILL,
        reference="c",
        price=Decimal("10.00"),
        fee=Decimal("5.84"),
        verifiable=True,
    ),
    Product(
        service=38,
        number=5267,
        service_name="Pago sin consulta",
        name="Pago de factura sin consulta",
        category=5,
        front=BILL,
        reference="b",
        price=Decimal("10.00"),
        fee=Decimal("4.00"),
    ),
    Product(
        service=669,
        number=5611,
        service_name="Tarjeta de regalo",
        name="Tarjeta de regalo $100",
        category=11,
        front=TOP_UP,
        reference="a",
        price=Decimal("100.00"),
        rate=Decimal("0.03"),
        legend="Conserve su PIN; no hay cambios",
    ),
    Product(
        service=71,
        number=200,
        service_name="Amazon",
        name="Amazon $100",
        category=10,
        front=TOP_UP,
        reference="a",
        price=Decimal("100.00"),
        rate=Decimal("0.03"),
        legend="Conserve su PIN; no hay cambios",
    ),
    Product(
        service=2284,
        number=14302,
        service_name="ABIB",
        name="ABIB $100",
        category=13,
        front=TOP_UP,
        reference="a",
        price=Decimal("100.00"),
        rate=Decimal("0.05"),
        legend="Recarga aplicada",
    ),
    Product(
        service=2284,
        number=14305,
        service_name="ABIB",
        name="ABIB $130",
        category=13,
        front=TOP_UP,
        reference="a",
        price=Decimal("130.00"),
        rate=Decimal("0.05"),
        legend="Recarga aplicada",
    ),
    Product(
        service=687,
        number=6752,
        service_name="Consulta de saldo",
        name="Consulta de saldo",
        category=5,
        front=ENQUIRY,
        reference="b",
        price=Decimal("0.00"),
        verifiable=True,
    ),
)
_BY_IDS = {(product.service, product.number): product for product in PRODUCTS}


def find(service: int, number: int) -> Product | None:
    """Return the product with both ids, or None."""
    return _BY_IDS.get((service, number))


def of_service(service: int) -> Product | None:
    """Return the first product of a service, or None."""
    return next((product for product in PRODUCTS if product.service == service), None)


def known_ids() -> str:
    """Return all pairs of ids, for a diagnosis."""
    return ", ".join(f"{service}/{number}" for service, number in _BY_IDS)
