"""Messages of GestoPago: what is sent, and what comes back (XML, and JSON for the token)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NotRequired, TypedDict
from xml.etree import ElementTree

from emulator.client.core.errors import (
    AuthenticationError,
    ClientError,
    RefusedError,
    UnreadableAnswerError,
)

if TYPE_CHECKING:
    from emulator.client.core.answer import Answer

DONE = ("01",)
IDENTIFIED = ("10",)
UNCERTAIN = ("03", "82")
"""Codes after which it is not known whether a sale was made: a timeout, a fraud check."""
_NOT_IDENTIFIED = "11"


class Merchant(TypedDict):
    """The answer to `validate_me`."""

    CODIGO: str
    TEXTO: NotRequired[str]
    NOMBRECOMERCIO: NotRequired[str]
    DIRECCION: NotRequired[str]


class Product(TypedDict):
    """A product of the catalogue."""

    idServicio: str
    idProducto: str
    legend: str
    servicio: NotRequired[str]
    producto: NotRequired[str]
    precio: NotRequired[str]
    tipoFront: NotRequired[str]


class Reference(TypedDict):
    """What a biller says about a reference."""

    CODIGO: str
    TEXTO: NotRequired[str]
    SALDO: NotRequired[str]


class Sale(TypedDict):
    """A sale that was made; which members it has depends on the product."""

    CODIGO: str
    TEXTO: NotRequired[str]
    ID_TX: NotRequired[str]
    NUM_AUTORIZACION: NotRequired[str]
    REFERENCIA: NotRequired[str]
    MONTO: NotRequired[str]
    SALDO: NotRequired[str]
    SALDOCLIENTE: NotRequired[str]
    PIN: NotRequired[str]


class SalePayload(TypedDict):
    """What `send_tx` and `confirm_tx` send, encrypted; made by `payload`."""

    idServicio: int
    idProducto: int
    horaLocal: str
    upc: str
    telefono: NotRequired[str]
    referencia: NotRequired[str]
    montoPago: NotRequired[str]


def read(answer: Answer) -> tuple[ElementTree.Element | None, dict[str, str]]:
    """Read an XML answer: its root, and the texts of its elements; None where it is not XML."""
    try:
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - expat limits expansion
    except (ElementTree.ParseError, ValueError, LookupError):
        return None, {}
    return root, {element.tag: element.text or "" for element in root.iter() if not len(element)}


def word(answer: Answer) -> str:
    """Return what an answer has in place of a token; empty if it has none of the words."""
    said = answer.members().get("token")
    return said if said in ("INVALID", "EXPIRED") else ""


def is_expired(answer: Answer) -> bool:
    """Tell whether a new token would help.

    It would not where the AWS front says Forbidden, nor where a 401 has the code of a method that
    was done: then the token was accepted, and a sale must not be sent again.
    """
    if answer.status == HTTPStatus.FORBIDDEN:
        return word(answer) == "EXPIRED"
    code = read(answer)[1].get("CODIGO", "")
    return answer.status == HTTPStatus.UNAUTHORIZED and code in ("", _NOT_IDENTIFIED)


def is_turned_away(answer: Answer) -> bool:
    """Tell whether a request was refused before it was read as a method."""
    return HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def error_of(answer: Answer, code: str) -> type[ClientError]:
    """Tell which error a refusal is."""
    at_the_door = answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if code == _NOT_IDENTIFIED or (at_the_door and not code.isdecimal()):
        return AuthenticationError
    return RefusedError if code or is_turned_away(answer) else UnreadableAnswerError
