"""Messages of Tesabiz: what is sent, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, NotRequired, TypedDict

from emulator.client.core.answer import Answer
from emulator.client.core.errors import ConfigurationError

_BOLIVIA = timezone(timedelta(hours=-4))


class QrText(TypedDict):
    """A QR, to be drawn by the merchant."""

    idQr: str
    """20 digits."""
    idQrInterno: str
    """The short number."""
    hash: str
    """What the QR code must hold, 353 characters."""


class QrImage(TypedDict):
    """A QR, drawn by the provider."""

    idQr: str
    """20 digits."""
    idQrInterno: str
    """The short number."""
    png: bytes
    """The image."""


class Qr(TypedDict):
    """A QR as it stands."""

    estado: str
    idQr: NotRequired[str]
    idTrans: NotRequired[str]
    importe: NotRequired[int]
    codMoneda: NotRequired[str]
    glosa: NotRequired[str]
    fechaVencimiento: NotRequired[str]
    usoUnico: NotRequired[bool]
    tiempoDuracion: NotRequired[int]
    cuentaAbono: NotRequired[str]
    pagos: NotRequired[list[dict[str, Any]]]


class QrPaid(TypedDict, total=False):
    """The `qrPagado` of a webhook."""

    idQr: str
    idQrInterno: str
    idTrans: str
    importe: int
    codMoneda: str
    codTransComercio: str


class QrMembers(TypedDict, total=False):
    """Further members of a QR.

    Attributes:
        fecha_vencimiento: Last day, such as `2026-12-31`; tomorrow in Bolivia if left out.
        cod_moneda: BOB, USD; 604 in Peru; BOB if left out.
        uso_unico: Whether it is for one payment; true if left out.
        tiempo_duracion: Minutes.
        pos: The provider's member of this name.
        cajero: The provider's member of this name.
        canal: The provider's member of this name.
        sucursal: The provider's member of this name.
        codServicio: The provider's member of this name.
        codOperacion: The provider's member of this name.
        codProducto: The provider's member of this name.
        catProducto: The provider's member of this name.
        info: The provider's member of this name.
    """

    fecha_vencimiento: date | str | None
    cod_moneda: str
    uso_unico: bool
    tiempo_duracion: int | None
    pos: str | None
    cajero: str | None
    canal: str | None
    sucursal: str | None
    codServicio: str | None
    codOperacion: str | None
    codProducto: str | None
    catProducto: str | None
    info: str | None


_OURS = {
    "fecha_vencimiento": "fechaVencimiento",
    "cod_moneda": "codMoneda",
    "uso_unico": "usoUnico",
    "tiempo_duracion": "tiempoDuracion",
}


def order(
    id_trans: str, importe: int, glosa: str, cuenta_abono: str, members: QrMembers, now: datetime
) -> dict[str, Any]:
    """Return the `qrCobro` that asks for a QR."""
    last_day = members.get("fecha_vencimiento") or _tomorrow(now)
    duration = members.get("tiempo_duracion")
    return {
        "idTrans": id_trans,
        "codMoneda": members.get("cod_moneda", "BOB"),
        "importe": importe,
        "glosa": glosa,
        "fechaVencimiento": last_day if isinstance(last_day, str) else f"{last_day:%Y-%m-%d}",
        "usoUnico": members.get("uso_unico", True),
        "cuentaAbono": cuenta_abono,
        **({} if duration is None else {"tiempoDuracion": duration}),
        **{name: value for name, value in members.items() if name not in _OURS},
    }


def encoded(message: Mapping[str, Any]) -> bytes:
    """Return a message as JSON.

    Raises:
        ConfigurationError: It has a value that JSON has not.
    """
    try:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the message cannot be sent as JSON: {error}") from error


def code_of(holder: Mapping[str, Any]) -> str:
    """Return `codReturn` where it is text, as it must be."""
    code = holder.get("codReturn")
    return code if isinstance(code, str) else ""


def said(holder: Mapping[str, Any], answer: Answer) -> str:
    """Return in a line what an answer says."""
    if not code_of(holder):
        return f"HTTP {answer.status}, without a codReturn that is text"
    return f"codReturn {code_of(holder)}: {holder.get('txtReturn', '')}"


def _tomorrow(now: datetime) -> date:
    return now.astimezone(_BOLIVIA).date() + timedelta(days=1)
