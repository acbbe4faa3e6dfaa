"""What the services do: the merchant's four, and the payer's three.

The merchant's services exist twice, plain and JWS, and do the same; `sealing.seal` signs the
answers of the latter. The payer's are those of a bank's application: read a QR, pay it, ask.
Mind the spelling: `idQr` and `codEif` on the merchant's side, `idQR` and `codEIF` on the payer's.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core.errors import Source, Standing
from emulator.core.exchange import Exchange, Reply
from emulator.core.messages import Message
from emulator.provider import Endpoint, Refusal
from emulator.providers.tesabiz import qr, state, webhooks
from emulator.providers.tesabiz.auth import MERCHANT
from emulator.providers.tesabiz.failures import (
    ACCOUNT_CURRENCY,
    ACCOUNT_UNKNOWN,
    CURRENCY,
    ERRORS,
    EXPIRY_PAST,
    MEMBER_MISSING,
    PAYER_CLIENT,
    PAYMENT_MISMATCH,
    QR_UNREADABLE,
    READING_CODE,
    SECURITY,
)
from emulator.providers.tesabiz.member_tables import (
    FREE,
    INFO_ORIGEN,
    NUMBERED,
    PAY_QR,
    QR_COBRO,
    READ_QR,
    STATUS_PAY_QR,
    Json,
    MemberRule,
)
from emulator.providers.tesabiz.members import check, check_parts, invalid, part_of
from emulator.providers.tesabiz.sealing import (
    PROVIDER_CERTIFICATE,
    PROVIDER_KEY,
    SECURE,
    is_secure,
    load_private_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.core.store import Record
    from emulator.provider import Context, Handle
    from emulator.providers.tesabiz.settings import Settings

PLAIN = "/ws-qr-service/qr/simple/"
PAYER = "/ws-qr/qr/simple/"

SUCCESS = {"codReturn": "0", "txtReturn": "SUCCESS"}

# --- the merchant's side ---------------------------------------------------------------------


def encript(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Make a QR and answer its text.

    Raises:
        Refusal: `data`, `transaction.duplicate`.
    """
    record = _create(exchange, context)
    return _made(record, record["text"])


def encript64(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Make a QR and answer its image, PNG in Base64 without line breaks.

    Raises:
        Refusal: `data`, `transaction.duplicate`.
    """
    record = _create(exchange, context)
    image = b64encode(qr.png(record["text"])).decode("ascii")
    return _made(record, qr.DATA_URI + image if context.settings.data_uri_prefix else image)


def bloqued(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Block a QR that has not ended.

    Raises:
        Refusal: `data`, `qr.unknown`, `qr.blocked`, `qr.paid`, `qr.expired`.
    """
    record, where = _find(exchange, context)
    state.block(record, where, context)
    return Reply.json({"header": SUCCESS})


def details(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer a QR, its state and its payments.

    Raises:
        Refusal: `data`, `qr.unknown`.
    """
    record, _ = _find(exchange, context)
    found = {
        **record["qrCobro"],
        "idQr": record["idQr"],
        "idQrInterno": record["idQrInterno"],
        "estado": state.estado(record, context),
        "pagos": record["pagos"],
    }
    return Reply.json({"header": SUCCESS, "qrCobro": found})


def _made(record: Record, content: str) -> Reply:
    return Reply.json(
        {
            "header": SUCCESS,
            "hash": content,
            "idQr": record["idQr"],
            "idQrInterno": record["idQrInterno"],
        }
    )


def _create(exchange: Exchange, context: Context[Settings]) -> Record:
    message: Json = exchange.payload
    where = _where(exchange)
    check_parts(message, ("infoTx", "qrCobro"), where, context)
    asked = part_of(message, "qrCobro", where)
    where += ".qrCobro"
    asked = check(asked, QR_COBRO, where, exchange, context.settings)
    merchant = MERCHANT.get(exchange)
    country = state.COUNTRIES[merchant["country"]]
    _check_currency(asked["codMoneda"], country.currencies, where)
    _check_account(asked, merchant, where)
    today = state.local_date(context.clock.timestamp(), country).isoformat()
    if asked["fechaVencimiento"] < today:
        raise invalid(
            EXPIRY_PAST,
            f"{where}.fechaVencimiento",
            expected=f"{today} or later",
            received=asked["fechaVencimiento"],
            hint=Message(
                "Send the last day on which the QR can be paid: today, {today}, or a later "
                "day; the day is that of the merchant's country"
            ).with_(today=today),
        )
    kept = {name: asked[name] for name in QR_COBRO if name in asked}
    return state.create(merchant, message["infoTx"]["sisOrigen"], kept, where, context)


def _check_currency(currency: str, known: tuple[str, ...], where: str) -> None:
    if currency not in known:
        from emulator.providers.tesabiz import meant

        raise invalid(
            CURRENCY,
            f"{where}.codMoneda",
            expected=" or ".join(known),
            received=currency,
            hint=meant.value(CURRENCY, "text", currency),
        )


def _check_account(asked: Json, merchant: Record, where: str) -> None:
    """Refuse an account that is not the merchant's, or in another currency."""
    accounts: Mapping[str, str] = merchant["cuentaAbono"]
    account, currency = asked["cuentaAbono"], asked["codMoneda"]
    shown = ", ".join(f"{name} ({held})" for name, held in list(accounts.items())[:6])
    if account not in accounts:
        from emulator.providers.tesabiz import meant

        raise invalid(
            ACCOUNT_UNKNOWN,
            f"{where}.cuentaAbono",
            expected=shown,
            received=account,
            hint=meant.spelled(account, accounts)
            or Message(
                "Take an account of the merchant, {shown}, or register yours: its member "
                "cuentaAbono, with POST /_emulator/credentials/tesabiz"
            ).with_(shown=shown),
        )
    if accounts[account] != currency:
        fitting = [name for name, held in accounts.items() if held == currency]
        raise invalid(
            ACCOUNT_CURRENCY,
            f"{where}.cuentaAbono",
            expected=f"an account in {currency}",
            received=f"{account}, in {accounts[account]}",
            hint=Message(
                "Send the account in {currency}, {account}, or codMoneda {account_currency}"
            ).with_(currency=currency, account=fitting[0], account_currency=accounts[account])
            if fitting
            else Message(
                "Send codMoneda {account_currency}: the merchant has no account in {currency}"
            ).with_(account_currency=accounts[account], currency=currency),
        )


def _where(exchange: Exchange) -> str:
    return "body.payload" if is_secure(exchange) else "body"


_KEYS: Mapping[str, MemberRule] = {
    **dict.fromkeys(("idQr", "idQR", "idQrInterno"), FREE),
    "idTrans": replace(NUMBERED, required=False),
}
_PLACES = ("qrCobro", "infoQR", "infoQr")


def _find(exchange: Exchange, context: Context[Settings]) -> tuple[Record, str]:
    """Return the merchant's QR that a message names, and where it names it.

    The schema of `bloqued` and `details` is not public, so the id may stand in any of the three
    places it has elsewhere; where several are given, all must mean the same QR.
    """
    message: Json = exchange.payload
    where = _where(exchange)
    place = next((name for name in _PLACES if name in message), "")
    if place:
        check_parts(message, ("infoTx", place), where, context)
        part = part_of(message, place, where)
        where = f"{where}.{place}"
    else:
        check_parts(message, ("infoTx", "qrCobro", *_KEYS), where, context)
        part = {name: message[name] for name in _KEYS if name in message}
    part = check(part, _KEYS, where, exchange, context.settings)
    named = {name: part[name] for name in _KEYS if part.get(name) is not None}
    if not named:
        missing = f"{where}.idQr" if place else f"{where}.qrCobro.idQr"
        raise invalid(
            MEMBER_MISSING,
            missing,
            expected="idQr, idQrInterno or idTrans",
            hint=Message("Say which QR is meant: the idQr that encript answered, in qrCobro"),
        )
    origin = message["infoTx"]["sisOrigen"]
    found = [_lookup(name, value, origin, context) for name, value in named.items()]
    first = found[0]
    where = f"{where}.{next(iter(named))}"
    if first is None or first["code"] != exchange.credential or any(r != first for r in found):
        received = ", ".join(map(str, named.values()))
        raise state.unknown(where, received, _recognise_key(named))
    return first, where


def _lookup(name: str, value: str, origin: str, context: Context[Settings]) -> Record | None:
    if name == "idTrans":
        return state.by_transaction(origin, value, context)
    if name == "idQrInterno":
        return state.codes(context).get(value)
    return state.by_id_qr(value, context)


def _recognise_key(named: Mapping[str, str]) -> str:
    id_qr = named.get("idQr") or named.get("idQR") or ""
    if id_qr and len(id_qr) < 12:
        return "An idQr has 20 digits; the short number is idQrInterno"
    if "|" in id_qr:
        return "This is the text of the QR; send its idQr"
    if len(named) > 1:
        return "Several ids were given, not all of one QR; send the idQr alone"
    return (
        "Send the idQr that encript answered to this merchant, since the last reset and in this "
        "namespace"
    )


# --- the payer's side ------------------------------------------------------------------------


def read_qr(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell a bank what the text of a QR asks for.

    Raises:
        Refusal: `data`, `qr.unreadable`, `qr.blocked`, `qr.paid`, `qr.expired`.
    """
    asked = _payer_part(exchange, ("infoTx", "infoQR"), READ_QR, context)
    text: str = asked["hashQR"]
    key = load_private_key(context.keys.text(PROVIDER_KEY))
    id_qr = qr.open_text(text, key, context.keys.text(PROVIDER_CERTIFICATE))
    record = state.by_id_qr(id_qr, context)
    if record is None or record["text"] != text:
        raise Refusal(
            ERRORS["qr.unreadable"],
            QR_UNREADABLE.diagnose(
                "body.infoQR.hashQR",
                expected="344 characters of Base64, a bar, 8 hexadecimal digits",
                received=f"{len(text)} characters",
                hint=next((hint for hint, recipe in TEXT_MISTAKES if recipe(text)), "")
                or Message("Made by another emulator, in another namespace, or before a reset"),
            ),
        )
    state.require_valid(record, "body.infoQR.hashQR", context)
    readings = context.store.table("readings")
    reading = f"{readings.increment('number'):010d}"
    readings.put(reading, {"idQr": record["idQr"]})
    asks = record["qrCobro"]
    answer = {
        "idQR": record["idQr"],
        "codMoneda": asks["codMoneda"],
        "importe": asks["importe"],
        "glosa": asks["glosa"],
        "codEIF": context.settings.cod_eif,
    }
    return Reply.json({"header": SUCCESS, "qrCobro": answer, "codigoLectura": reading})


def pay_qr(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Pay a QR that has been read; the merchant gets a webhook.

    Raises:
        Refusal: `data`, `qr.unknown`, `qr.blocked`, `qr.paid`, `qr.expired`,
            `payment.mismatch`, `payment.reading`, `payment.duplicate`.
    """
    asked = _payer_part(exchange, ("infoTx", "infoOrigen", "infoQR"), PAY_QR, context)
    source = part_of(exchange.payload, "infoOrigen")
    check(source, INFO_ORIGEN, "body.infoOrigen", exchange, context.settings)
    record = _payable(asked["idQR"], context)
    where = "body.infoQR.idQR"
    state.require_valid(record, where, context)
    for name in ("codMoneda", "importe"):
        if asked[name] != record["qrCobro"][name]:
            raise Refusal(
                ERRORS["payment.mismatch"],
                PAYMENT_MISMATCH.diagnose(
                    f"body.infoQR.{name}",
                    expected=record["qrCobro"][name],
                    received=asked[name],
                    hint=Message(
                        "Pay what readQr answered: {name} {asked}, which is in minor units if it "
                        "is importe"
                    ).with_(name=name, asked=record["qrCobro"][name]),
                ),
            )
    readings = context.store.table("readings")
    reading = readings.get(asked["codigoLectura"])
    # Deleted first: of two payments with one code, only one finds it still there.
    if (
        reading is None
        or reading["idQr"] != record["idQr"]
        or not readings.delete(asked["codigoLectura"])
    ):
        raise Refusal(
            ERRORS["payment.reading"],
            READING_CODE.diagnose(
                "body.infoQR.codigoLectura",
                expected="the codigoLectura of a readQr of this QR, used once",
                received=asked["codigoLectura"],
                hint=Message(
                    "Read the QR with readQr before each payment, and send the codigoLectura that"
                    " it answers"
                ),
            ),
        )
    try:
        changed, pago = state.pay(record, _payer(exchange, asked), where, context)
    except Refusal:
        readings.insert(asked["codigoLectura"], reading)
        raise
    context.notify(webhooks.announce(changed, pago, context))
    return _paid(pago)


def status_pay_qr(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer a payment by the payer's own number; `infoTx` is null if there is none.

    Raises:
        Refusal: `data`, `qr.unknown`.
    """
    asked = _payer_part(exchange, ("infoTx", "infoQR"), STATUS_PAY_QR, context)
    record = _payable(asked["idQR"], context)
    return _paid(state.find_pago(_payer(exchange, asked), record["idQr"], context))


def _payer(exchange: Exchange, asked: Json) -> state.Payer:
    return state.Payer(exchange.payload["infoTx"]["sisOrigen"], asked["codTransComercio"])


def _payer_part(
    exchange: Exchange,
    names: tuple[str, ...],
    rules: Mapping[str, MemberRule],
    context: Context[Settings],
) -> Json:
    message: Json = exchange.payload
    check_parts(message, names, "body", context)
    return check(part_of(message, "infoQR"), rules, "body.infoQR", exchange, context.settings)


def _payable(id_qr: str, context: Context[Settings]) -> Record:
    record = state.by_id_qr(id_qr, context)
    if record is None:
        raise state.unknown("body.infoQR.idQR", id_qr, _recognise_key({"idQR": id_qr}))
    return record


def _paid(pago: dict[str, Any] | None) -> Reply:
    made = pago and {
        "idTransEIF": pago["idTxPagoEif"],
        "idTransQRC": str(pago["idTxPagoQR"]),
        "estadoTx": pago["estado"],
    }
    return Reply.json({"header": SUCCESS, "infoTx": made})


TEXT_MISTAKES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("This is the image; read the QR code and send its text", lambda text: "base64," in text),
    ("This is the image in Base64; read it and send its text", lambda text: text[:5] == "iVBOR"),
    ("This is an idQr; send the text that the QR code holds", lambda text: text.isdigit()),
    ("The text was cut at the bar; its last 8 digits are missing", lambda text: "|" not in text),
    (
        "There is white space in the text, or + became a space in a form",
        lambda text: any(character.isspace() for character in text),
    ),
)
"""What else was sent as the text of a QR: the hint, and what tells."""


# --- the table -------------------------------------------------------------------------------

_PLAIN_SOURCE = SECURITY.but(Standing.DOCUMENTED, "Servicios planos")
_JWS_SOURCE = SECURITY.but(Standing.DOCUMENTED, "Consumo de servicios seguros")
_SAME_NAME = SECURITY.but(Standing.INFERRED, "the other services' names")


def _post(name: str, handle: Handle, source: Source, *paths: str) -> Endpoint:
    return Endpoint(name, ("POST",), paths, handle, source)


ENDPOINTS = (
    _post("qr.encript", encript, _SAME_NAME, f"{PLAIN}encript"),
    _post("qr.encript64", encript64, _PLAIN_SOURCE, f"{PLAIN}encript64"),
    _post("qr.bloqued", bloqued, _PLAIN_SOURCE, f"{PLAIN}bloqued"),
    _post("qr.details", details, _PLAIN_SOURCE, f"{PLAIN}details"),
    _post("jws.encript", encript, _JWS_SOURCE, f"{SECURE}encript"),
    _post("jws.encript64", encript64, _JWS_SOURCE, f"{SECURE}encript64"),
    _post("jws.bloqued", bloqued, _SAME_NAME, f"{SECURE}bloqued"),
    _post("jws.details", details, _SAME_NAME, f"{SECURE}details"),
    _post("readQr", read_qr, PAYER_CLIENT, f"{PAYER}readQr"),
    _post("payQr", pay_qr, PAYER_CLIENT, f"{PAYER}payQr"),
    _post("statusPayQr", status_pay_qr, PAYER_CLIENT, f"{PAYER}statusPayQr", f"{PAYER}statusPayQR"),
)
