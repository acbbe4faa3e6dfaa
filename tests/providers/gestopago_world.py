"""A world with GestoPago alone: what its tests send, and what they read from the answers."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from emulator.core.clock_change import ClockChange
from emulator.core.configuration import shipped
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import Context
from emulator.providers.gestopago import PROVIDER
from emulator.runtime.namespace import Namespace

NOON = "2026-03-01T12:00:00Z"
LOGIN = "/sistema/app/jwt-gp/authenticate/"
FORM = ("content-type", "application/x-www-form-urlencoded")


def aes(credential: dict[str, Any], text: str | bytes) -> str:
    """AES-256-CBC with PKCS#7, padded by hand: nothing of the emulator's."""
    data = text.encode() if isinstance(text, str) else text
    count = 16 - len(data) % 16
    key, iv = b64decode(credential["aes_key"]), b64decode(credential["aes_iv"])
    context = Cipher(AES(key), CBC(iv)).encryptor()
    sealed = context.update(data + bytes([count] * count)) + context.finalize()
    return b64encode(sealed).decode()


class World:
    """One namespace with GestoPago alone, at noon."""

    def __init__(self, emulator: Emulator, name: str = "default") -> None:
        self.emulator = emulator
        self.namespace: Namespace = emulator.namespace(name)
        self.context: Context[Any] = self.namespace.contexts["gestopago"]
        self.credential = self.namespace.credentials("gestopago")[0]
        self.inactive = self.namespace.credentials("gestopago")[1]
        self.namespace.clock.change(ClockChange(freeze=NOON))
        self.token = ""

    def fresh(self, name: str) -> World:
        return World(self.emulator, name)

    def serve(self, request: Request) -> Exchange:
        exchange = asyncio.run(self.emulator.serve(self.namespace, PROVIDER, request))
        assert exchange.bug == ""
        assert exchange.reply is not None
        assert (exchange.diagnosis is None) == (exchange.verdict == "accepted")
        return exchange

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        *headers: tuple[str, str],
        query: str = "",
    ) -> Exchange:
        data = body.encode() if isinstance(body, str) else body
        return self.serve(
            Request(method=method, path=path, query=query, headers=list(headers), body=data)
        )

    def log_in(self, **changes: Any) -> Exchange:
        names = ("idDistribuidor", "codigoDispositivo", "password")
        fields = {**{name: self.credential[name] for name in names}, **changes}
        return self.send("POST", LOGIN, urlencode(fields), FORM)

    def bearer(self) -> tuple[str, str]:
        if not self.token:
            self.token = json.loads(self.log_in().reply.body)["token"]
        return "authorization", f"Bearer {self.token}"

    def call(self, method: str, payload: Any = None, **changes: Any) -> Exchange:
        path = f"/sistema/service/{method}.do"
        if payload is None and not changes:
            return self.send("GET", path, b"", self.bearer())
        text = payload if isinstance(payload, str) else json.dumps({**(payload or {}), **changes})
        body = urlencode({"signed": aes(self.credential, text)})
        return self.send("POST", path, body, FORM, self.bearer())

    def advance(self, text: str) -> None:
        self.namespace.clock.change(ClockChange(advance=text))


def alone(config: Path | None = None) -> World:
    """A world with no other provider, which would take time to load."""
    with patch("emulator.providers.discover", lambda: {"gestopago": PROVIDER}):
        return World(Emulator(keys=shipped("keys"), config=config))


def code(exchange: Exchange) -> str:
    return exchange.diagnosis.code if exchange.diagnosis else ""


def hint(exchange: Exchange) -> str:
    return exchange.diagnosis.hint if exchange.diagnosis else ""


def xml(exchange: Exchange) -> dict[str, str]:
    root = ElementTree.fromstring(exchange.reply.body)
    assert root.tag == "RESPONSE"
    return {element.tag: element.text or "" for element in root.iter() if not len(element)}


def top_up(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": f"55{12134073 + number:08d}",
        "horaLocal": "20260301060000",
        "upc": f"upc-{number}",
        **changes,
    }


def bill(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "idServicio": 166,
        "idProducto": 597,
        "telefono": "1111111111",
        "referencia": f"{123456789012 + number}",
        "montoPago": "165.00",
        "horaLocal": "20260301060000",
        "upc": f"bill-{number}",
        **changes,
    }


def unverified(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A bill of a biller that tells nobody what is owed."""
    return bill(number, **{"idServicio": 38, "idProducto": 5267, **changes})


def pin(number: int = 0, **changes: Any) -> dict[str, Any]:
    return top_up(
        number, **{"idServicio": 669, "idProducto": 5611, "telefono": "#1111111111", **changes}
    )


def multipart(*fields: tuple[str, str], boundary: str = "b0", extra: str = "") -> bytes:
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def multipart_type(boundary: str = "b0") -> tuple[str, str]:
    return "content-type", f"multipart/form-data; boundary={boundary}"
