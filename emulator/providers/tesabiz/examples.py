"""Requests that show something: in order for each service, and spoiled for each way to fail."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode
from emulator.provider import Example, body
from emulator.providers.tesabiz import failures, state
from emulator.providers.tesabiz.endpoints import PLAIN
from emulator.providers.tesabiz.sealing import load_private_key
from emulator.providers.tesabiz.signing import (
    PATHS,
    encode,
    envelope,
    first_merchant,
    request,
    sample,
)
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.core.exchange import Request
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

    Change = Callable[[dict[str, Any]], object]
    Build = Callable[[Context[Settings]], Request]

_HEADER = b'{"alg":"RS256","typ":"JWT"}'


def _message(endpoint: str, context: Context[Settings], change: Change | None) -> dict[str, Any]:
    message = sample(endpoint, context)
    if "idTrans" in message.get("qrCobro", ()):
        number = context.store.table("examples").increment("idTrans")
        message["qrCobro"]["idTrans"] = f"EJEMPLO-{number}"
    if change is not None:
        change(message)
    return message


def _plain(endpoint: str, change: Change | None = None, media_type: str = "") -> Build:
    def build(context: Context[Settings]) -> Request:
        body = encode(_message(endpoint, context, change))
        return request(PATHS[endpoint], body, media_type=media_type)

    return build


def _raw(endpoint: str, body: bytes, media_type: str = "application/json") -> Build:
    return lambda context: request(PATHS[endpoint], body, media_type=media_type)  # noqa: ARG005


def _merchant(code: str, context: Context[Settings]) -> Record:
    return context.credential(code) or first_merchant(context)


def _sign(message: bytes, header: bytes, key_pem: str) -> str:
    signing_input = f"{jws.to_base64url(header)}.{jws.to_base64url(message)}"
    signature = jws.RS256.sign(signing_input.encode("ascii"), load_private_key(key_pem))
    return f"{signing_input}.{jws.to_base64url(signature)}"


def _signed(
    endpoint: str = "jws.encript",
    change: Change | None = None,
    *,
    code: str = "",
    header: bytes = _HEADER,
    key_file: str = "",
    spell: Callable[[bytes], bytes] = lambda message: message,
    respell: Callable[[str], Any] = lambda token: token,
    wrap: Callable[[str, Any], bytes] = lambda code, token: encode(
        {"code": code, "payload": token}
    ),
) -> Build:
    """Build a signed request, spoiled at one of its stages.

    Args:
        endpoint: One of the JWS services.
        change: Changes the message.
        code: Whose it is; the first merchant's if empty.
        header: The protected header, raw.
        key_file: Signs in place of the merchant's key.
        spell: Changes the bytes that are signed.
        respell: Changes the compact text.
        wrap: Makes the body of code and text.
    """

    def build(context: Context[Settings]) -> Request:
        merchant = _merchant(code, context)
        message = _message(endpoint, context, change)
        message["infoTx"].setdefault("sisOrigen", merchant["sisOrigen"][0])
        if code:
            message["infoTx"]["sisOrigen"] = merchant["sisOrigen"][0]
        pem = context.keys.text(key_file) if key_file else merchant["private_key"]
        token = _sign(spell(encode(message)), header, pem)
        return request(PATHS[endpoint], wrap(merchant["code"], respell(token)))

    return build


def _hmac_with_certificate(context: Context[Settings]) -> Request:
    merchant = first_merchant(context)
    message = encode(_message("jws.encript", context, None))
    header = jws.to_base64url(b'{"alg":"HS256","typ":"JWT"}')
    signing_input = f"{header}.{jws.to_base64url(message)}"
    tag = hmac.digest(
        merchant["certificate"].encode("ascii"), signing_input.encode("ascii"), hashlib.sha256
    )
    token = f"{signing_input}.{jws.to_base64url(tag)}"
    return request(PATHS["jws.encript"], envelope(merchant["code"], token))


def _an_hour_later(context: Context[Settings]) -> Request:
    """Ask for the newest QR when its hour is over; the clock is not the example's to move."""
    key = state.by_id_qr(sample("qr.details", context)["qrCobro"]["idQr"], context)
    if key is not None:
        state.codes(context).update(
            key["idQrInterno"], lambda record: {**record, "expires_at": context.clock.timestamp()}
        )
    return _plain("readQr")(context)


def _same_transaction(context: Context[Settings]) -> Request:
    return _plain("qr.encript", lambda m: m["qrCobro"].update(idTrans=_newest_id(context)))(context)


def _newest_id(context: Context[Settings]) -> str:
    return [record for _, record in state.codes(context).items()][-1]["qrCobro"]["idTrans"]


def _by_transaction(context: Context[Settings]) -> Request:
    by = {"idTrans": _newest_id(context)}
    return _plain("qr.details", lambda m: m.update(qrCobro=by))(context)


def _by_payers_spelling(message: dict[str, Any]) -> None:
    message["infoQR"] = {"idQR": message.pop("qrCobro")["idQr"]}


def _set(**members: Any) -> Change:
    return lambda message: message["qrCobro"].update(members)


def _without(name: str) -> Change:
    return lambda message: message["qrCobro"].pop(name)


def _minimal(message: dict[str, Any]) -> None:
    keep = ("idTrans", "codMoneda", "importe", "glosa", "fechaVencimiento", "usoUnico")
    asked = message["qrCobro"]
    message["qrCobro"] = {name: asked[name] for name in (*keep, "cuentaAbono")}


def _good(name: str, endpoint: str, build: Build, *after: str) -> Example:
    return Example(name, endpoint, build, after=after)


def _unwise(name: str, mode: FailureMode, change: Change) -> Example:
    """What is accepted with a warning."""
    return Example(name, "qr.encript", _plain("qr.encript", change), warnings=(mode.code,))


def _bad(name: str, endpoint: str, mode: FailureMode | str, build: Build, *after: str) -> Example:
    code = mode if isinstance(mode, str) else mode.code
    return Example(name, endpoint, build, code, after)


def _spoiled(name: str, mode: FailureMode, change: Change) -> tuple[Example, Example]:
    """The same mistake in a message to the plain service and to the JWS service."""
    return (
        _bad(name, "qr.encript", mode, _plain("qr.encript", change)),
        _bad(f"{name}-jws", "jws.encript", mode, _signed("jws.encript", change)),
    )


EXAMPLES: tuple[Example, ...] = (
    # in order
    _good("encript", "qr.encript", _plain("qr.encript")),
    _good("encript64", "qr.encript64", _plain("qr.encript64")),
    _good("bloqued", "qr.bloqued", _plain("qr.bloqued"), "encript"),
    _good("details", "qr.details", _plain("qr.details"), "encript"),
    _good("jws-encript", "jws.encript", _signed("jws.encript")),
    _good("jws-encript64", "jws.encript64", _signed("jws.encript64")),
    _good("jws-bloqued", "jws.bloqued", _signed("jws.bloqued"), "jws-encript"),
    _good("jws-details", "jws.details", _signed("jws.details"), "jws-encript"),
    _good("read", "readQr", _plain("readQr"), "encript"),
    _good("pay", "payQr", _plain("payQr"), "encript", "read"),
    _good("status", "statusPayQr", _plain("statusPayQr"), "encript", "read", "pay"),
    _good("minimal", "qr.encript", _plain("qr.encript", _minimal)),
    _good("many-payments", "qr.encript", _plain("qr.encript", _set(usoUnico=False))),
    _good("jose", "jws.encript", _signed(header=b'{"typ":"JOSE","alg":"RS256"}')),
    _good("without-typ", "jws.encript", _signed(header=b'{"alg":"RS256"}')),
    _good(
        "peru",
        "jws.encript",
        _signed(change=_set(codMoneda="604", cuentaAbono="12345678900000"), code="B92"),
    ),
    _good(
        "dollars",
        "qr.encript",
        _plain("qr.encript", _set(codMoneda="USD", cuentaAbono="CUENTA1_USD")),
    ),
    _unwise("amount-text", failures.MEMBER_TYPE, _set(importe="1700")),
    _unwise("note-long", failures.LONG_MEMBER, _set(glosa="x" * 51)),
    _good("details-by-transaction", "qr.details", _by_transaction, "encript"),
    _good(
        "details-in-payers-words",
        "qr.details",
        _plain("qr.details", _by_payers_spelling),
        "encript",
    ),
    # the request
    _bad(
        "no-such-service",
        f"{PLAIN}anular",
        "request.not-found",
        lambda context: request(f"{PLAIN}anular", encode(sample("qr.details", context))),
    ),
    _bad(
        "get",
        "qr.details",
        "request.method",
        lambda context: _got(_plain("qr.details")(context)),
    ),
    _bad(
        "not-declared-json",
        "qr.encript",
        failures.MEDIA_TYPE,
        _plain("qr.encript", media_type="text/plain"),
    ),
    _bad(
        "charset",
        "qr.encript",
        body.CHARSET,
        _raw(
            "qr.encript",
            '{"infoTx": {}, "glosa": "café"}'.encode("latin-1"),
            media_type="application/json; charset=iso-8859-1",
        ),
    ),
    _bad("not-json", "qr.encript", failures.NOT_JSON, _raw("qr.encript", b"infoTx=1")),
    _bad("empty", "jws.encript", failures.NOT_JSON, _raw("jws.encript", b"")),
    _bad(
        "member-twice",
        "qr.details",
        failures.NOT_JSON,
        _raw("qr.details", b'{"infoTx":{"sisOrigen":"SO_1","sisOrigen":"SO_2"}}'),
    ),
    # the envelope
    _bad(
        "jws-without-envelope",
        "jws.encript",
        failures.ENVELOPE,
        _signed(wrap=lambda code, token: token.encode("ascii")),  # noqa: ARG005
    ),
    _bad(
        "not-signed",
        "jws.encript",
        failures.ENVELOPE,
        lambda context: request(
            PATHS["jws.encript"], encode(_message("jws.encript", context, None))
        ),
    ),
    _bad(
        "payload-not-signed",
        "jws.encript",
        failures.ENVELOPE,
        lambda context: request(
            PATHS["jws.encript"],
            encode({"code": "B89", "payload": _message("jws.encript", context, None)}),
        ),
    ),
    _bad(
        "code-missing",
        "jws.encript",
        failures.CODE_MISSING,
        _signed(wrap=lambda code, token: encode({"payload": token})),  # noqa: ARG005
    ),
    _bad(
        "code-unknown",
        "jws.encript",
        failures.CODE_UNKNOWN,
        _signed(wrap=lambda code, token: envelope("B00", token)),  # noqa: ARG005
    ),
    _bad("inactive", "jws.encript", failures.INACTIVE, _signed(code="B90")),
    _bad(
        "inactive-plain",
        "qr.encript",
        failures.INACTIVE,
        _plain("qr.encript", lambda m: m["infoTx"].update(sisOrigen="SO_2")),
    ),
    _bad("expired", "jws.encript", failures.CERTIFICATE_DATES, _signed(code="B91")),
    # the signature
    _bad(
        "certificate-in-place-of-jws",
        "jws.encript",
        jws.NOT_COMPACT,
        lambda context: request(
            PATHS["jws.encript"], envelope("B89", first_merchant(context)["certificate"])
        ),
    ),
    _bad(
        "jws-cut", "jws.encript", jws.NOT_COMPACT, _signed(respell=lambda t: t.rpartition(".")[0])
    ),
    _bad("padded", "jws.encript", jws.NOT_BASE64URL, _signed(respell=lambda t: f"{t}==")),
    _bad("header-not-json", "jws.encript", jws.HEADER, _signed(header=b"RS256")),
    _bad(
        "critical-header",
        "jws.encript",
        jws.HEADER,
        _signed(header=b'{"alg":"RS256","crit":["exp"]}'),
    ),
    _bad("alg-none", "jws.encript", jws.ALG, _signed(header=b'{"alg":"none"}')),
    _bad("alg-hs256", "jws.encript", jws.ALG, _hmac_with_certificate),
    _bad("other-typ", "jws.encript", jws.TYP, _signed(header=b'{"alg":"RS256","typ":"at+jwt"}')),
    _bad("other-key", "jws.encript", jws.SIGNATURE, _signed(key_file="rogue.key.pem")),
    _bad("providers-key", "jws.encript", jws.SIGNATURE, _signed(key_file="provider.key.pem")),
    _bad(
        "encoded-twice",
        "jws.encript",
        jws.PAYLOAD,
        _signed(spell=lambda message: encode(message.decode("utf-8"))),
    ),
    _bad("list-signed", "jws.encript", jws.PAYLOAD, _signed(spell=lambda m: b"[" + m + b"]")),
    _bad(
        "issued-at",
        "jws.encript",
        failures.TIMESTAMP,
        _signed(change=lambda m: m.update(iat=1767225600)),
    ),
    # who asks
    _bad(
        "origin-unknown",
        "qr.encript",
        failures.ORIGIN_UNKNOWN,
        _plain("qr.encript", lambda m: m["infoTx"].update(sisOrigen="SO_99")),
    ),
    _bad(
        "origin-foreign",
        "jws.encript",
        failures.ORIGIN_FOREIGN,
        _signed(change=lambda m: m["infoTx"].update(sisOrigen="SO_2")),
    ),
    _bad(
        "envelope-to-plain",
        "qr.encript",
        failures.MEMBER_MISSING,
        _raw("qr.encript", b'{"code":"B89","payload":"a.b.c"}'),
    ),
    # what is asked
    *_spoiled("no-amount", failures.MEMBER_MISSING, _without("importe")),
    *_spoiled("monto", failures.MEMBER_UNKNOWN, _set(monto=1700)),
    *_spoiled("note-blank", failures.MEMBER_FORM, _set(glosa=" ")),
    *_spoiled("amount-decimal", failures.AMOUNT, _set(importe=17.5)),
    *_spoiled("amount-zero", failures.AMOUNT, _set(importe=0)),
    *_spoiled("currency-number", failures.CURRENCY, _set(codMoneda="068")),
    *_spoiled("account-unknown", failures.ACCOUNT_UNKNOWN, _set(cuentaAbono="CUENTA9_BOB")),
    *_spoiled("account-currency", failures.ACCOUNT_CURRENCY, _set(cuentaAbono="CUENTA1_USD")),
    *_spoiled("date-dmy", failures.EXPIRY_FORM, _set(fechaVencimiento="31/12/2099")),
    *_spoiled("date-past", failures.EXPIRY_PAST, _set(fechaVencimiento="2019-12-31")),
    *_spoiled("single-use-letter", failures.SINGLE_USE, _set(usoUnico="S")),
    # what has become of it
    _bad("same-transaction", "qr.encript", failures.DUPLICATE, _same_transaction, "encript"),
    _bad(
        "details-unknown",
        "qr.details",
        failures.QR_UNKNOWN,
        _plain("qr.details", _set(idQr="26010101111999999999")),
    ),
    _bad(
        "block-twice",
        "qr.bloqued",
        failures.QR_BLOCKED,
        _plain("qr.bloqued"),
        "encript",
        "bloqued",
    ),
    _bad(
        "block-paid",
        "jws.bloqued",
        failures.QR_PAID,
        _signed("jws.bloqued"),
        "encript",
        "read",
        "pay",
    ),
    _bad("pay-twice", "payQr", failures.QR_PAID, _plain("payQr"), "encript", "read", "pay"),
    _bad("read-expired", "readQr", failures.QR_EXPIRED, _an_hour_later, "encript"),
    _bad(
        "read-image",
        "readQr",
        failures.QR_UNREADABLE,
        _plain("readQr", lambda m: m["infoQR"].update(hashQR="data:image/png;base64,iVBORw0")),
    ),
    _bad(
        "pay-other-amount",
        "payQr",
        failures.PAYMENT_MISMATCH,
        _plain("payQr", lambda m: m["infoQR"].update(importe=1)),
        "encript",
        "read",
    ),
    _bad(
        "pay-unread",
        "payQr",
        failures.READING_CODE,
        _plain("payQr", lambda m: m["infoQR"].update(codigoLectura="x")),
        "encript",
    ),
    _bad(
        "pay-under-same-number",
        "payQr",
        failures.PAYMENT_DUPLICATE,
        _plain("payQr"),
        "many-payments",
        "read",
        "pay",
        "read",
    ),
)


def _got(asked: Request) -> Request:
    asked.method = "GET"
    return asked
