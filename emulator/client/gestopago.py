"""GestoPago's clients: log in once a day, encrypt the payload, read the XML.

The token is fetched when first needed and again when a call is refused with 401, or with 403
and the token `EXPIRED`; another 403 comes from the AWS front's key and is no reason to.

A sale that gets no answer, or one that leaves it open, is asked about with `confirm_tx`, 62 s
after it and with the same payload; it is sent again only if that says it was not made::

    payload = client.payload(id_servicio=115, id_producto=298, telefono="5512134073")
    try:
        sale = client.send_tx(payload)
    except (httpx2.TransportError, UncertainSaleError):
        time.sleep(62)
        sale = client.confirm_tx(payload) or client.send_tx(payload)
"""

# ruff: noqa: SLF001 - the operations are private to the two classes at the end
from __future__ import annotations

import json
import secrets
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx2

from emulator.client.core import (
    AsyncClient,
    BearerToken,
    BlockingClient,
    Call,
    ClientError,
    Core,
    Operation,
    Response,
    awaitable,
    blocking,
)
from emulator.schemes import aes_cbc

Answer = dict[str, str]
"""The elements of an XML answer by their names: `{"CODIGO": "01", "ID_TX": "108121", …}`."""

_FORM = "application/x-www-form-urlencoded"
_MEXICO_CITY = timezone(timedelta(hours=-6))
_DONE = ("01",)
_UNCERTAIN = ("03", "82")
"""Codes after which a sale may have been made or not: a timeout at the biller, a fraud check."""


class UncertainSaleError(ClientError):
    """The answer to a sale does not tell whether it was made: ask with `confirm_tx`.

    The code is 82 or 03, or the answer cannot be read, as that of a broken gateway.
    """


class GestopagoCore(Core):
    """The operations, without input and output."""

    def _take(self, login: Mapping[str, str], aes_key: str, aes_iv: str, api_key: str) -> None:
        """Keep the credential; the AES key and IV are Base64 text, as the provider mails them."""
        self._login = dict(login)
        self._key = b64decode(aes_key, validate=True)
        self._iv = b64decode(aes_iv, validate=True)
        self._headers = {"x-api-key": api_key} if api_key else {}
        self._login_path, self._methods_path = (
            ("/service/preprod/authenticate", "/service/preprod")
            if api_key
            else ("/sistema/app/jwt-gp/authenticate/", "/sistema/service")
        )
        self._token = BearerToken(self._authenticate, _is_expired)

    def payload(
        self,
        *,
        id_servicio: int,
        id_producto: int,
        telefono: str | None = None,
        referencia: str | None = None,
        monto: Decimal | None = None,
        upc: str | None = None,
    ) -> dict[str, Any]:
        """Make the payload of a sale; keep it, because `confirm_tx` wants the very same.

        Args:
            id_servicio: From the catalogue.
            id_producto: From the catalogue.
            telefono: Ten digits; `#1111111111` for a PIN; an enquiry (tipoFront 4) needs none.
            referencia: The bill's reference.
            monto: The bill's amount.
            upc: Your own number of the sale, up to 15 characters; a random one if None.
        """
        local = datetime.fromtimestamp(self._clock(), UTC).astimezone(_MEXICO_CITY)
        payload: dict[str, Any] = {
            "idServicio": id_servicio,
            "idProducto": id_producto,
            "horaLocal": f"{local:%Y%m%d%H%M%S}",
            "upc": upc or f"{secrets.randbelow(10**15):015d}",
        }
        if telefono is not None:
            payload["telefono"] = telefono
        if referencia is not None:
            payload["referencia"] = referencia
        if monto is not None:
            payload["montoPago"] = f"{monto:.2f}"
        return payload

    def _authenticate(self) -> Operation[str]:
        """Log in and return a new token, which lives 24 hours.

        The other methods do it by themselves; GestoPago forbids a token per request.

        Raises:
            ClientError: The login is wrong, which GestoPago says with HTTP 200.
        """
        headers = {**self._headers, "content-type": _FORM}
        body = urlencode(self._login).encode("ascii")
        response: Response = yield Call("POST", self._login_path, headers, body)
        members = _json_members(response)
        token = members.get("token")
        if members.get("success") is not True or not isinstance(token, str):
            yield from self._refused("GestoPago refused the login", response, _word(response))
        return str(token)

    def _send_echo(self) -> Operation[str]:
        """Return the device whose token it is.

        Raises:
            ClientError: The provider refuses.
        """
        answer = yield from self._ask("sendEcho", accepted=())
        return answer.get("ECHO", "")

    def _validate_me(self) -> Operation[Answer]:
        """Return who the merchant is: `NOMBRECOMERCIO`, `DIRECCION`, ….

        Raises:
            ClientError: Not identified (11), or the provider refuses.
        """
        return (yield from self._ask("validateMe", accepted=("10",)))

    def _get_balance(self) -> Operation[Decimal]:
        """Return what the distributor's bag holds.

        Raises:
            ClientError: The provider refuses.
        """
        answer = yield from self._ask("getBalance")
        return Decimal(answer["SALDO_F"].replace(",", ""))

    def _get_product_list(self) -> Operation[list[Answer]]:
        """Return the catalogue, one dictionary of attributes and `legend` per product.

        Fetch it once a day, at 00:05.

        Raises:
            ClientError: The provider refuses.
        """
        response: Response = yield from self._send("getProductList", None)
        root, answer = _read(response)
        if root is None or answer.get("CODIGO") not in _DONE:
            code = answer.get("CODIGO", "")
            yield from self._refused("GestoPago refused getProductList", response, code)
            return []
        return [
            {**product.attrib, "legend": product.findtext("legend", "")}
            for product in root.iter("producto")
        ]

    def _verify_reference(
        self, id_servicio: int, id_producto: int, referencia: str
    ) -> Operation[Answer]:
        """Ask a biller about a reference: `SALDO` where it tells; code 04 means just pay.

        Raises:
            ClientError: The reference is wrong (02, 03, 05, 55), or the provider refuses.
        """
        payload = {
            "idServicio": id_servicio,
            "idProducto": id_producto,
            "referencia": referencia,
        }
        return (yield from self._ask("verifyReference", payload, accepted=("01", "04")))

    def _send_tx(self, payload: Mapping[str, Any]) -> Operation[Answer]:
        """Sell what `payload` asks for: `ID_TX`, `NUM_AUTORIZACION`, `SALDO`, `PIN`, ….

        Raises:
            UncertainSaleError: The sale may have been made: wait 62 s, then `confirm_tx`.
            ClientError: The sale was not made: 06 (it was made before), 02, 55, ….
        """
        return (yield from self._ask("sendTx", payload, error=_sale_error))

    def _confirm_tx(self, payload: Mapping[str, Any]) -> Operation[Answer | None]:
        """Tell what became of a sale whose answer did not come; None if it was not made.

        Not before 62 s after `send_tx`, once, and with the same payload.

        Raises:
            ClientError: The provider refuses.
        """
        answer = yield from self._ask("confirmTx", payload, accepted=("06", "70"))
        return answer if answer["CODIGO"] == "06" else None

    def _ask(
        self,
        method: str,
        payload: Mapping[str, Any] | None = None,
        *,
        accepted: tuple[str, ...] = _DONE,
        error: Callable[[Response, str], type[ClientError]] | None = None,
    ) -> Operation[Answer]:
        """Call a method.

        Args:
            method: Its name.
            payload: What to encrypt; None where there is nothing.
            accepted: The codes of success; none for an answer without.
            error: Tells by the answer and its code which error a refusal is; None for the usual.
        """
        response: Response = yield from self._send(method, payload)
        root, answer = _read(response)
        code = answer.get("CODIGO", "")
        if root is None or (code not in accepted if accepted else answer.get("VALID") != "1"):
            said = f" with {code} {answer.get('TEXTO', '').strip()}" if code else ""
            code = code or _word(response)
            raised = error(response, code) if error else ClientError
            verb = "does not tell of" if raised is UncertainSaleError else "refused"
            yield from self._refused(f"GestoPago {verb} {method}{said}", response, code, raised)
        return answer

    def _send(self, method: str, payload: Mapping[str, Any] | None) -> Operation[Response]:
        url = f"{self._methods_path}/{method}.do"
        if payload is None:
            return (yield from self._token.send(Call("GET", url, dict(self._headers))))
        text = json.dumps(dict(payload), ensure_ascii=False, separators=(",", ":"))
        signed = aes_cbc.encrypt_text(self._key, self._iv, text.encode())
        body = urlencode({"signed": signed}).encode("ascii")
        headers = {**self._headers, "content-type": _FORM}
        return (yield from self._token.send(Call("POST", url, headers, body)))


class Gestopago(GestopagoCore, BlockingClient):
    """A client for GestoPago.

    Args:
        base_url: The real provider's address, or `<emulator>/gestopago`.
        id_distribuidor: The distributor's number.
        codigo_dispositivo: The device, such as `GPS1-TPV-01`.
        password: Of the device.
        aes_key: Base64 text of 32 bytes.
        aes_iv: Base64 text of 16 bytes.
        api_key: For the AWS front, whose paths are then used.
        clock: The time that goes into `horaLocal`.
        transport: Replaces the network.
        timeout: Seconds for each request; a sale may take 62.
    """

    def __init__(
        self,
        base_url: str,
        *,
        id_distribuidor: int | str,
        codigo_dispositivo: str,
        password: str,
        aes_key: str,
        aes_iv: str,
        api_key: str = "",
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        login = _login(id_distribuidor, codigo_dispositivo, password)
        self._take(login, aes_key, aes_iv, api_key)

    authenticate = blocking(GestopagoCore._authenticate)
    send_echo = blocking(GestopagoCore._send_echo)
    validate_me = blocking(GestopagoCore._validate_me)
    get_balance = blocking(GestopagoCore._get_balance)
    get_product_list = blocking(GestopagoCore._get_product_list)
    verify_reference = blocking(GestopagoCore._verify_reference)
    send_tx = blocking(GestopagoCore._send_tx)
    confirm_tx = blocking(GestopagoCore._confirm_tx)


class AsyncGestopago(GestopagoCore, AsyncClient):
    """A client for GestoPago, asynchronous.

    Args:
        base_url: The real provider's address, or `<emulator>/gestopago`.
        id_distribuidor: The distributor's number.
        codigo_dispositivo: The device, such as `GPS1-TPV-01`.
        password: Of the device.
        aes_key: Base64 text of 32 bytes.
        aes_iv: Base64 text of 16 bytes.
        api_key: For the AWS front, whose paths are then used.
        clock: The time that goes into `horaLocal`.
        transport: Replaces the network.
        timeout: Seconds for each request; a sale may take 62.
    """

    def __init__(
        self,
        base_url: str,
        *,
        id_distribuidor: int | str,
        codigo_dispositivo: str,
        password: str,
        aes_key: str,
        aes_iv: str,
        api_key: str = "",
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        login = _login(id_distribuidor, codigo_dispositivo, password)
        self._take(login, aes_key, aes_iv, api_key)

    authenticate = awaitable(GestopagoCore._authenticate)
    send_echo = awaitable(GestopagoCore._send_echo)
    validate_me = awaitable(GestopagoCore._validate_me)
    get_balance = awaitable(GestopagoCore._get_balance)
    get_product_list = awaitable(GestopagoCore._get_product_list)
    verify_reference = awaitable(GestopagoCore._verify_reference)
    send_tx = awaitable(GestopagoCore._send_tx)
    confirm_tx = awaitable(GestopagoCore._confirm_tx)


def _login(id_distribuidor: int | str, codigo_dispositivo: str, password: str) -> dict[str, str]:
    return {
        "idDistribuidor": str(id_distribuidor),
        "codigoDispositivo": codigo_dispositivo,
        "password": password,
    }


def _is_expired(response: Response) -> bool:
    """Tell whether a new token would help: not where the AWS front says Forbidden."""
    if response.status_code == HTTPStatus.FORBIDDEN:
        return _json_members(response).get("token") == "EXPIRED"
    return response.status_code == HTTPStatus.UNAUTHORIZED


def _sale_error(response: Response, code: str) -> type[ClientError]:
    """Tell which error an answer to a sale is: certain only where the provider says so."""
    refused = HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    if code in _UNCERTAIN or not (code or refused):
        return UncertainSaleError
    return ClientError


def _word(response: Response) -> str:
    """Return what an answer has in place of a token; empty if it has none of the words."""
    said = _json_members(response).get("token")
    return said if said in ("INVALID", "EXPIRED") else ""


def _json_members(response: Response) -> dict[str, Any]:
    try:
        content: object = response.json()
    except (ValueError, RecursionError):
        return {}
    return dict(content) if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _read(response: Response) -> tuple[ElementTree.Element | None, Answer]:
    """Read an XML answer; None where it is not one."""
    try:
        root = ElementTree.fromstring(response.content)  # noqa: S314 - expat limits expansion
    except (ElementTree.ParseError, ValueError, LookupError):
        return None, {}
    return root, {element.tag: element.text or "" for element in root.iter() if not len(element)}
