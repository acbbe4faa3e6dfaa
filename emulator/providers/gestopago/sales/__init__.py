"""Selling, and confirming a sale: the two methods that are about money.

`sendTx` sells. `confirmTx` only looks: a client sends it if `sendTx` got no answer. The client
waits 62 s after the sale and repeats its parameters exactly::

    sendTx -> no answer -> 62 s -> confirmTx -> 06: sold
                                             -> 70: not sold, may be sent again
"""

from __future__ import annotations

from emulator.providers.gestopago.sales.confirm import confirm_tx
from emulator.providers.gestopago.sales.matching import match_of
from emulator.providers.gestopago.sales.parameters import parameters
from emulator.providers.gestopago.sales.send import send_tx

__all__ = [
    "confirm_tx",
    "match_of",
    "parameters",
    "send_tx",
]
