"""Making a right request: for `emulator sign`, and for the examples."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Preparation, Signed
from emulator.providers.tesabiz import state
from emulator.providers.tesabiz.endpoints import ENDPOINTS
from emulator.providers.tesabiz.sealing import SECURE, load_private_key
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

PATHS = {endpoint.name: endpoint.paths[0] for endpoint in ENDPOINTS}


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request of the first merchant ready to send.

    Args:
        endpoint: Such as `jws.encript64`.
        payload: The plain message; if None, one that is accepted, with the requests that make
            the QR it is about.
        context: Clock, store and keys.
        base_url: Where the provider is.

    Raises:
        ConfigurationError: If there is no such endpoint, or no private key to sign with.
    """
    if endpoint not in PATHS:
        raise ConfigurationError(f"tesabiz has no endpoint {endpoint!r}{nearest(endpoint, PATHS)}")
    merchant = first_merchant(context)
    content, before = (payload, ()) if payload is not None else _own(endpoint, context, base_url)
    message = encode(content)
    path = PATHS[endpoint]
    if not path.startswith(SECURE):
        return Signed(
            request(path, message, base_url),
            message.decode("utf-8"),
            ("a plain service: nothing is signed; infoTx.sisOrigen names the merchant",),
            before,
        )
    if not merchant["private_key"]:
        raise ConfigurationError(f"the merchant {merchant['code']} has no private_key to sign with")
    token = jws.sign(message, load_private_key(merchant["private_key"]))
    signing_input = token.rpartition(".")[0]
    return Signed(
        request(path, envelope(merchant["code"], token), base_url),
        signing_input,
        (
            'header = {"alg":"RS256","typ":"JWT"}, without kid; no iat in the message',
            f"message = {message.decode('utf-8')}",
            "signing input = base64url(header) . base64url(message)",
            "signature = RSASSA-PKCS1-v1_5 with SHA-256, by the merchant's private key",
            f"code = {merchant['code']}, whose registered certificate proves it",
        ),
        before,
    )


def _own(
    endpoint: str, context: Context[Settings], base_url: str
) -> tuple[dict[str, Any], tuple[Preparation, ...]]:
    """Return a message that any server accepts, and what must be sent before it.

    The signer does not have the state of the server. So what a message is about is made first, by
    the plain service: a signed message then names it by its idTrans, which is known before; a
    plain one has placeholders for what the answers say.
    """
    merchant = first_merchant(context)
    id_trans = f"{int(context.clock.time() * 1000)}{secrets.randbelow(10**6):06d}"
    info_tx = {"sisOrigen": merchant["sisOrigen"][0]}
    asked = {**state.sample_qr_cobro(context, merchant), "idTrans": id_trans}
    made = {"infoTx": info_tx, "qrCobro": asked}
    name = endpoint.rpartition(".")[2]
    if name in ("encript", "encript64"):
        return made, ()
    create = request(PATHS["qr.encript"], encode(made), base_url)
    if name in ("bloqued", "details"):
        about = {"infoTx": info_tx, "qrCobro": {"idTrans": id_trans}}
        return about, (Preparation(create),)
    qr_made = Preparation(create, {"idQr": "idQr", "hash": "hash"})
    record = {"idQr": "{idQr}", "text": "{hash}", "qrCobro": asked}
    reading = _payer_message("readQr", merchant, record, "", "")
    if name == "readQr":
        return reading, (qr_made,)
    message = _payer_message(name, merchant, record, "{codigoLectura}", f"PAGO-{id_trans}")
    if name == "statusPayQr":
        return message, (qr_made,)
    read = request(PATHS["readQr"], encode(reading), base_url)
    return message, (qr_made, Preparation(read, {"codigoLectura": "codigoLectura"}))


def first_merchant(context: Context[Settings]) -> Record:
    """Return the merchant that clients are given.

    Raises:
        ConfigurationError: If none is registered.
    """
    first = next((record for _, record in context.store.table(CREDENTIALS).items()), None)
    if first is None:
        raise ConfigurationError("no merchant is registered")
    return first


def encode(message: Any) -> bytes:
    """Return a message as compact JSON in UTF-8."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def envelope(code: str, token: str) -> bytes:
    """Return the envelope of a signed message."""
    return encode({"code": code, "payload": token})


def request(path: str, body: bytes, base_url: str = "", media_type: str = "") -> Request:
    """Return a POST."""
    return Request(
        method="POST",
        path=path,
        headers=[("content-type", media_type or "application/json")],
        body=body,
        base_url=base_url,
    )


def sample(endpoint: str, context: Context[Settings]) -> dict[str, Any]:
    """Return a message for an endpoint; about the newest QR, where it is about one."""
    merchant = first_merchant(context)
    info_tx = {"sisOrigen": merchant["sisOrigen"][0]}
    name = endpoint.rpartition(".")[2]
    if name in ("encript", "encript64"):
        return {
            "infoTx": info_tx,
            "qrCobro": state.sample_qr_cobro(context, merchant),
        }
    newest = _newest(merchant, context)
    if name in ("bloqued", "details"):
        return {"infoTx": info_tx, "qrCobro": {"idQr": newest["idQr"]}}
    number = f"PAGO-{newest['idQrInterno']}"
    return _payer_message(name, merchant, newest, _newest_reading(context), number)


def _payer_message(
    name: str, merchant: Record, qr: Record, reading: str, cod_trans: str
) -> dict[str, Any]:
    """Return a message of a bank: to read a QR, to pay it, or to ask what became of it."""
    info_tx = {"sisOrigen": merchant["sisOrigen"][0], "codCuenta": "1000123456"}
    if name == "readQr":
        return {"infoTx": info_tx, "infoQR": {"hashQR": qr["text"]}}
    if name == "statusPayQr":
        return {
            "infoTx": info_tx,
            "infoQR": {"idQR": qr["idQr"], "codTransComercio": cod_trans},
        }
    asked = qr["qrCobro"]
    return {
        "infoTx": {**info_tx, "canal": "WEB", "codigoPais": "BO", "zonaHoraria": "-4"},
        "infoOrigen": {
            "codCuenta": "1000123456",
            "origenFondos": "AHORRO",
            "destinoFondos": "COMPRA",
        },
        "infoQR": {
            "idQR": qr["idQr"],
            "codMoneda": asked["codMoneda"],
            "importe": asked["importe"],
            "glosa": asked["glosa"],
            "codigoLectura": reading,
            "codTransComercio": cod_trans,
        },
    }


def _newest(merchant: Record, context: Context[Settings]) -> Record:
    """The merchant's newest QR; if there is none, something that looks like one."""
    mine = [r for _, r in state.codes(context).items() if r["code"] == merchant["code"]]
    if mine:
        return mine[-1]
    return {
        "idQr": "26010101111000000001",
        "idQrInterno": "1",
        "text": "the text that encript answered",
        "qrCobro": state.sample_qr_cobro(context, merchant),
    }


def _newest_reading(context: Context[Settings]) -> str:
    readings = [code for code, _ in context.store.table("readings").items()]
    return readings[-1] if readings else "0000000001"
