"""A client of Tesabiz QR-Comercio, plain or with JWS, and the merchant's side of its webhooks.

::

    plain   POST /ws-qr-service/qr/simple/<name>       {"infoTx": …, "qrCobro": …}
    JWS     POST /tesabiz-ws-security/sc/jws/<name>    {"code": …, "payload": "<JWS of that>"}

Messages are signed without `iat`. A signed answer is believed only if the provider's certificate
proves it; `codReturn` is text, and "0" is success, outside as well as inside.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from emulator.client.core import (
    AsyncClient,
    BlockingClient,
    Call,
    ClientError,
    Core,
    Operation,
    Response,
    awaitable,
    blocking,
)
from emulator.core.errors import ConfigurationError, FailureMode, SchemeError, Source
from emulator.core.json_text import read_object
from emulator.core.pem import read_private_key
from emulator.schemes import jws

if TYPE_CHECKING:
    import httpx2
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Json = dict[str, Any]

_WEBHOOK = Source("Tesabiz, Webhook (Notificación de pago)")

NOT_A_WEBHOOK = FailureMode(
    "tesabiz-client.not-a-webhook", "The body is not a payment webhook of this kind", _WEBHOOK
)


@dataclass(frozen=True, slots=True)
class QrText:
    """A QR, to be drawn by the merchant.

    Attributes:
        id_qr: 20 digits.
        id_qr_interno: The short number.
        text: What the QR code must hold, 353 characters.
    """

    id_qr: str
    id_qr_interno: str
    text: str


@dataclass(frozen=True, slots=True)
class QrImage:
    """A QR, drawn by the provider.

    Attributes:
        id_qr: 20 digits.
        id_qr_interno: The short number.
        png: The image.
    """

    id_qr: str
    id_qr_interno: str
    png: bytes


class TesabizCore(Core):
    """What the blocking and the asynchronous client share; make one of those."""

    def __init__(self, base_url: str, clock: Callable[[], float]) -> None:
        super().__init__(base_url, clock)
        self._merchant = _Merchant("", "", None, None)

    def _generate_qr(
        self,
        id_trans: str,
        importe: int,
        *,
        glosa: str,
        cuenta_abono: str,
        fecha_vencimiento: date | str | None = None,
        cod_moneda: str = "BOB",
        uso_unico: bool = True,
        tiempo_duracion: int | None = None,
        **more: str | None,
    ) -> Operation[QrText]:
        """Make a QR and get its text.

        Args:
            id_trans: The merchant's own number, never used before.
            importe: Minor units: 1700 is 17.00.
            glosa: What the payer reads; banks may show 50 characters.
            cuenta_abono: Number or alias of the merchant's account to be credited.
            fecha_vencimiento: Last day, such as `2026-12-31`; tomorrow in Bolivia if None.
            cod_moneda: BOB, USD; 604 in Peru.
            uso_unico: Whether it is for one payment.
            tiempo_duracion: Minutes.
            more: Other members by the provider's names: `pos`, `cajero`, `canal`, `sucursal`,
                `codServicio`, `codOperacion`, `codProducto`, `catProducto`, `info`.

        Raises:
            ClientError: The provider refuses, or the answer cannot be trusted.

        Source:
            Tesabiz, Proceso de seguridad, "Consumo de servicios seguros".
        """
        asked = _qr_cobro(
            id_trans,
            importe,
            glosa,
            fecha_vencimiento or _tomorrow(self._clock()),
            cuenta_abono,
            cod_moneda,
            uso_unico,
            tiempo_duracion,
            more,
        )
        answer, response = yield from self._ask("encript", asked)
        id_qr, interno, content = _made(answer, response)
        return QrText(id_qr, interno, content)

    def _generate_qr_image(
        self,
        id_trans: str,
        importe: int,
        *,
        glosa: str,
        cuenta_abono: str,
        fecha_vencimiento: date | str | None = None,
        cod_moneda: str = "BOB",
        uso_unico: bool = True,
        tiempo_duracion: int | None = None,
        **more: str | None,
    ) -> Operation[QrImage]:
        """Make a QR and get its image; arguments as for `generate_qr`.

        Raises:
            ClientError: The provider refuses, or the answer cannot be trusted.
        """
        asked = _qr_cobro(
            id_trans,
            importe,
            glosa,
            fecha_vencimiento or _tomorrow(self._clock()),
            cuenta_abono,
            cod_moneda,
            uso_unico,
            tiempo_duracion,
            more,
        )
        answer, response = yield from self._ask("encript64", asked)
        id_qr, interno, content = _made(answer, response)
        # With the data URI's prefix or without: both have been seen by clients.
        try:
            png = b64decode(content.rpartition("base64,")[2], validate=True)
        except ValueError:
            raise ClientError("the image is not Base64", response, None) from None
        return QrImage(id_qr, interno, png)

    def _block(self, id_qr: str) -> Operation[None]:
        """Block a QR that has not been paid.

        Raises:
            ClientError: It is unknown or has ended.
        """
        yield from self._ask("bloqued", {"idQr": id_qr})

    def _details(self, id_qr: str) -> Operation[Json]:
        """Return a QR as it stands: what it was made with, `estado`, and `pagos`.

        Raises:
            ClientError: It is unknown.
        """
        answer, response = yield from self._ask("details", {"idQr": id_qr})
        found = answer.get("qrCobro")
        if not isinstance(found, dict):
            raise ClientError("the answer has no qrCobro", response, None)
        return cast("Json", found)

    def _ask(self, name: str, qr_cobro: Json) -> Operation[tuple[Json, Response]]:
        me = self._merchant
        message = _encode({"infoTx": {"sisOrigen": me.sis_origen}, "qrCobro": qr_cobro})
        path = f"/ws-qr-service/qr/simple/{name}"
        if me.private_key is not None:
            path = f"/tesabiz-ws-security/sc/jws/{name}"
            message = _encode({"code": me.code, "payload": jws.sign(message, me.private_key)})
        headers = {"content-type": "application/json"}
        response: Response = yield Call("POST", path, headers, message)
        answer = _read(response.content)
        if me.provider_key is not None:
            if _code(answer) != "0" or response.status_code != 200:
                yield from self._refused(_said(answer, response), response, _code(answer))
            answer = _opened(answer, me.provider_key, response)
        header = answer.get("header")
        header = cast("Json", header) if isinstance(header, dict) else {}
        if _code(header) != "0" or response.status_code != 200:
            yield from self._refused(_said(header, response), response, _code(header))
        return answer, response

    def verify_webhook(self, body: bytes | str) -> Json:
        """Return the `qrPagado` of a webhook that has come to the merchant's URL.

        Only a signed webhook is taken if the client is secure, only a plain one if not.

        Raises:
            SchemeError: `tesabiz-client.not-a-webhook`, `jws.*`.
        """
        return read_webhook(body, self._merchant.provider_key)

    def acknowledge(self, cod_return: str = "0", txt_return: str = "SUCCESS") -> bytes:
        """Return the body to answer a webhook with, signed if the client is secure.

        Args:
            cod_return: "0" if the payment was booked; anything else, and it comes again.
            txt_return: Why.
        """
        return acknowledge(self._merchant.private_key, cod_return, txt_return)


@dataclass(frozen=True, slots=True)
class _Merchant:
    """Who the client is, keys parsed; no keys for the plain services."""

    code: str
    sis_origen: str
    private_key: RSAPrivateKey | None
    provider_key: RSAPublicKey | None


def _merchant(
    code: str, sis_origen: str, private_key: str, provider_certificate: str, secure: bool
) -> _Merchant:
    if not secure:
        return _Merchant(code, sis_origen, None, None)
    if not private_key or not provider_certificate:
        raise ConfigurationError("the JWS services need private_key and provider_certificate")
    return _Merchant(
        code,
        sis_origen,
        load_private_key(private_key),
        jws.load_certificate_key(provider_certificate),
    )


class Tesabiz(TesabizCore, BlockingClient):
    """A blocking client.

    Args:
        base_url: The provider's address, or `<emulator>/tesabiz`.
        code: The merchant's code, such as B89.
        sis_origen: Its source system, such as SO_1.
        private_key: PEM; signs requests and acknowledgements.
        provider_certificate: PEM; proves answers and webhooks.
        secure: Use the JWS services; the plain ones need no keys.
        clock: The time, in seconds since the epoch; a QR without a last day goes by it.
        transport: Replaces the network.
        timeout: Seconds for each request.

    Raises:
        ConfigurationError: A key or certificate cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        *,
        code: str,
        sis_origen: str,
        private_key: str = "",
        provider_certificate: str = "",
        secure: bool = True,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        BlockingClient.__init__(self, base_url, clock=clock, transport=transport, timeout=timeout)
        self._merchant = _merchant(code, sis_origen, private_key, provider_certificate, secure)

    generate_qr = blocking(TesabizCore._generate_qr)  # noqa: SLF001 - the class's own base
    generate_qr_image = blocking(TesabizCore._generate_qr_image)  # noqa: SLF001
    block = blocking(TesabizCore._block)  # noqa: SLF001
    details = blocking(TesabizCore._details)  # noqa: SLF001


class AsyncTesabiz(TesabizCore, AsyncClient):
    """An asynchronous client; arguments as for `Tesabiz`.

    Raises:
        ConfigurationError: A key or certificate cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        *,
        code: str,
        sis_origen: str,
        private_key: str = "",
        provider_certificate: str = "",
        secure: bool = True,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        AsyncClient.__init__(self, base_url, clock=clock, transport=transport, timeout=timeout)
        self._merchant = _merchant(code, sis_origen, private_key, provider_certificate, secure)

    generate_qr = awaitable(TesabizCore._generate_qr)  # noqa: SLF001 - the class's own base
    generate_qr_image = awaitable(TesabizCore._generate_qr_image)  # noqa: SLF001
    block = awaitable(TesabizCore._block)  # noqa: SLF001
    details = awaitable(TesabizCore._details)  # noqa: SLF001


# --- the merchant's own endpoint -------------------------------------------------------------


def load_private_key(pem: str) -> RSAPrivateKey:
    """Return the merchant's private key.

    Raises:
        ConfigurationError: It is not an unencrypted RSA key in PEM.
    """
    try:
        key = read_private_key(pem)
    except ConfigurationError as error:
        raise ConfigurationError(f"private_key: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("private_key: RS256 needs an RSA key")
    return key


def verify_webhook(body: bytes | str, provider_certificate: str = "") -> Json:
    """Return the `qrPagado` of a webhook that has come to the merchant's URL.

    Args:
        body: The request's body, as it came.
        provider_certificate: PEM. Without it only a plain webhook is taken, which anybody can
            write; with it only a signed one.

    Raises:
        ConfigurationError: The certificate cannot be read.
        SchemeError: `tesabiz-client.not-a-webhook`, `jws.*`.

    Source:
        Tesabiz, Proceso de seguridad, "Confirmación de pago con JWS".
    """
    key = jws.load_certificate_key(provider_certificate) if provider_certificate else None
    return read_webhook(body, key)


def read_webhook(body: bytes | str, provider_key: RSAPublicKey | None) -> Json:
    """Do the work of `verify_webhook` with a key already parsed."""
    webhook = _read(body.encode("utf-8", "replace") if isinstance(body, str) else body)
    if provider_key is not None:
        token = webhook.get("payload")
        if not isinstance(token, str):
            raise _not_a_webhook('{"payload": "<JWS>"}', webhook)
        webhook = jws.read_payload(jws.verify(token, provider_key))
    paid = webhook.get("qrPagado")
    if not isinstance(paid, dict):
        raise _not_a_webhook('{"qrPagado": {…}}', webhook)
    return cast("Json", paid)


def acknowledge(
    private_key: RSAPrivateKey | None = None, cod_return: str = "0", txt_return: str = "SUCCESS"
) -> bytes:
    """Return the body to answer a webhook with.

    Args:
        private_key: The merchant's; None to answer a plain webhook.
        cod_return: "0" if the payment was booked; anything else, and it comes again.
        txt_return: Why.

    Returns:
        `{"header": {…}}`, or flat with that as signed `payload`.

    Source:
        Tesabiz, Webhook; Proceso de seguridad, "Confirmación de pago con JWS".
    """
    said = {"codReturn": cod_return, "txtReturn": txt_return}
    plain = _encode({"header": said})
    if private_key is None:
        return plain
    return _encode({**said, "payload": jws.sign(plain, private_key)})


def _not_a_webhook(expected: str, webhook: Json) -> SchemeError:
    received = ", ".join(webhook).encode("utf-8", "replace").decode("utf-8")
    return SchemeError(NOT_A_WEBHOOK.diagnose("body", expected=expected, received=received))


# --- messages --------------------------------------------------------------------------------


def _qr_cobro(
    id_trans: str,
    importe: int,
    glosa: str,
    fecha_vencimiento: date | str,
    cuenta_abono: str,
    cod_moneda: str,
    uso_unico: bool,
    tiempo_duracion: int | None,
    more: Mapping[str, str | None],
) -> Json:
    last_day = (
        fecha_vencimiento
        if isinstance(fecha_vencimiento, str)
        else fecha_vencimiento.strftime("%Y-%m-%d")
    )
    return {
        "idTrans": id_trans,
        "codMoneda": cod_moneda,
        "importe": importe,
        "glosa": glosa,
        "fechaVencimiento": last_day,
        "usoUnico": uso_unico,
        "cuentaAbono": cuenta_abono,
        **({} if tiempo_duracion is None else {"tiempoDuracion": tiempo_duracion}),
        **more,
    }


def _tomorrow(now: float) -> date:
    return datetime.fromtimestamp(now, timezone(timedelta(hours=-4))).date() + timedelta(days=1)


def _encode(message: Json) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _read(body: bytes) -> Json:
    """Return a JSON object; an empty one if it is none."""
    try:
        return read_object(body)
    except ValueError:
        return {}


def _code(holder: Json) -> str:
    code = holder.get("codReturn")
    return code if isinstance(code, str) else ""


def _said(holder: Json, response: Response) -> str:
    if not _code(holder):
        return f"HTTP {response.status_code}, without a codReturn that is text"
    return f"codReturn {_code(holder)}: {holder.get('txtReturn', '')}"


def _opened(answer: Json, provider_key: RSAPublicKey, response: Response) -> Json:
    token = answer.get("payload")
    if not isinstance(token, str):
        raise ClientError("the answer has no signed payload", response, None)
    try:
        return jws.read_payload(jws.verify(token, provider_key))
    except SchemeError as error:
        raise ClientError("the answer cannot be trusted", response, error.diagnosis) from error


def _made(answer: Json, response: Response) -> tuple[str, str, str]:
    values = [answer.get(name) for name in ("idQr", "idQrInterno", "hash")]
    if not all(isinstance(value, str) and value for value in values):
        raise ClientError("the answer lacks idQr, idQrInterno or hash", response, None)
    return cast("tuple[str, str, str]", tuple(values))
