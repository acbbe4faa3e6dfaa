"""A small catalogue of what can be sold.

The rules of a biller for references and amounts are in its product, and nowhere else.
"""

from __future__ import annotations

from emulator.providers.gestopago.products.catalogue import PRODUCTS, find, known_ids, of_service
from emulator.providers.gestopago.products.product import BILL, CENT, ENQUIRY, TOP_UP, Product

__all__ = [
    "BILL",
    "CENT",
    "ENQUIRY",
    "PRODUCTS",
    "TOP_UP",
    "Product",
    "find",
    "known_ids",
    "of_service",
]
