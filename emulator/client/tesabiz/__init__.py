"""Tesabiz QR-Comercio, plain or with JWS, and the merchant's side of its webhooks.

::

    plain   POST /ws-qr-service/qr/simple/<name>       {"infoTx": …, "qrCobro": …}
    JWS     POST /tesabiz-ws-security/sc/jws/<name>    {"code": …, "payload": "<JWS of that>"}

Messages are signed without `iat`. A signed answer is accepted only if the provider's certificate
proves it; `codReturn` is text, and "0" is success, outside as well as inside.
"""

from __future__ import annotations

from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client
from emulator.client.tesabiz.messages import Qr, QrImage, QrPaid, QrText
from emulator.client.tesabiz.operations import TesabizOperations
from emulator.client.tesabiz.webhook import acknowledge, verify_webhook

__all__ = [
    "AsyncTesabiz",
    "Qr",
    "QrImage",
    "QrPaid",
    "QrText",
    "Tesabiz",
    "acknowledge",
    "verify_webhook",
]


@client
class Tesabiz(TesabizOperations, BlockingClient):
    """A blocking client for Tesabiz.

    Args:
        base_url: The provider's address, or `<emulator>/tesabiz`.
        code: The merchant's code, such as B89.
        sis_origen: Its source system, such as SO_1.
        private_key: PEM; signs requests and acknowledgements.
        provider_certificate: PEM; proves answers and webhooks.
        secure: Whether to use the JWS services; the plain ones need no keys.
        timeout: Seconds for each request.
        retries: How often a question is repeated after a failure that may pass.
        clock: The time, in seconds since 1970; a QR without a last day goes by it.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats and polls.
    """


@client
class AsyncTesabiz(TesabizOperations, AsyncClient):
    """An asynchronous client for Tesabiz; its arguments are those of `Tesabiz`."""
