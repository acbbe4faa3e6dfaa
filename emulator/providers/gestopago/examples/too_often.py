"""Logins and catalogues that come too often: they get warnings."""

from __future__ import annotations

from emulator.providers.gestopago.examples.build import (
    get_product_list,
    good_login,
    method_call,
    token_example,
)

TOO_OFTEN = (
    *(token_example(f"log-in-{n}", good_login) for n in (1, 2)),
    token_example(
        "log-in-per-request",
        good_login,
        after=("log-in-1", "log-in-2"),
        warnings=("gestopago.token-per-request",),
    ),
    *(get_product_list(f"catalogue-{n}", method_call("getProductList")) for n in (1, 2, 3)),
    get_product_list(
        "catalogue-too-often",
        method_call("getProductList"),
        after=("catalogue-1", "catalogue-2", "catalogue-3"),
        warnings=("gestopago.catalogue-too-often",),
    ),
)
