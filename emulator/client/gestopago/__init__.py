"""GestoPago: sales of top-ups, PINs and bills.

The token is fetched when first needed and again when a call is refused with 401, or with 403
and the token `EXPIRED`; another 403 comes from the AWS front's key, and a new token does not help.

A sale that gets no answer, or one that leaves it open, is asked about, 62 s after it and with the
same payload; it is sent again only if it was not made::

    payload = gestopago.payload(id_servicio=115, id_producto=298, telefono="5512134073")
    try:
        sale = gestopago.send_tx(payload)
    except UncertainSaleError:
        sale = gestopago.wait_until_final(payload) or gestopago.send_tx(payload)
"""

from __future__ import annotations

from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client
from emulator.client.core.errors import UncertainSaleError
from emulator.client.gestopago.messages import Merchant, Product, Reference, Sale, SalePayload
from emulator.client.gestopago.operations import GestopagoOperations

__all__ = [
    "AsyncGestopago",
    "Gestopago",
    "Merchant",
    "Product",
    "Reference",
    "Sale",
    "SalePayload",
    "UncertainSaleError",
]


@client
class Gestopago(GestopagoOperations, BlockingClient):
    """A blocking client for GestoPago.

    Args:
        base_url: The real provider's address, or `<emulator>/gestopago`.
        id_distribuidor: The distributor's number.
        codigo_dispositivo: The device, such as `GPS1-TPV-01`.
        password: Of the device.
        aes_key: Base64 text of 32 bytes.
        aes_iv: Base64 text of 16 bytes.
        api_key: For the AWS front, whose paths are then used.
        timeout: Seconds for each request; a sale may take 62.
        retries: How often a question is repeated after a failure that may pass; a sale never is.
        clock: The time that goes into `horaLocal`, in seconds since 1970.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats and polls.
    """


@client
class AsyncGestopago(GestopagoOperations, AsyncClient):
    """An asynchronous client for GestoPago; its arguments are those of `Gestopago`."""
