"""QR codes and payments, and how a QR lives.

::

    VIGENTE -> BLOQUEADO             by `bloqued`
            -> PAGADO                by a payment, if usoUnico
            -> VENCIDO               when tiempoDuracion or fechaVencimiento is over

These three are final, wherever the clock goes. A payment that is rejected, or fails, changes
nothing: the QR can still be paid.

A QR is kept under its idQrInterno, which is the sequence number inside its idQr. `estado` is
found, not kept, because time changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode
from emulator.core.messages import Message
from emulator.provider import Refusal
from emulator.providers.tesabiz import qr
from emulator.providers.tesabiz.failures import (
    DUPLICATE,
    ERRORS,
    PAYMENT_DUPLICATE,
    QR_BLOCKED,
    QR_EXPIRED,
    QR_PAID,
    QR_UNKNOWN,
)
from emulator.providers.tesabiz.sealing import PROVIDER_CERTIFICATE

if TYPE_CHECKING:
    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

VALID, BLOCKED, PAID, EXPIRED = "VIGENTE", "BLOQUEADO", "PAGADO", "VENCIDO"

_ENDED: dict[str, tuple[str, FailureMode]] = {
    BLOCKED: ("qr.blocked", QR_BLOCKED),
    PAID: ("qr.paid", QR_PAID),
    EXPIRED: ("qr.expired", QR_EXPIRED),
}


@dataclass(frozen=True, slots=True)
class Country:
    """Where a merchant is registered.

    Attributes:
        currencies: Values of codMoneda.
        zone: Its local time, by which its dates go.
        accounts: Accounts of a merchant that registers none, each with its currency.
    """

    currencies: tuple[str, ...]
    zone: timezone
    accounts: Mapping[str, str]


COUNTRIES = {
    "BO": Country(
        ("BOB", "USD"),
        timezone(timedelta(hours=-4)),
        {"CUENTA1_BOB": "BOB", "CUENTA1_USD": "USD"},
    ),
    "PE": Country(("604",), timezone(timedelta(hours=-5)), {"12345678900000": "604"}),
}

PAYER = {"codEifOrigen": "2222", "ciNitOrigen": "4827193", "titularOrigen": "Maria Quispe"}
"""Whose account every payment comes from."""


def local_date(timestamp: float, country: Country) -> date:
    """Return the date in a country at a time, in seconds since the epoch."""
    return datetime.fromtimestamp(timestamp, country.zone).date()


def expiry(qr_cobro: Record, created_at: float, country: Country) -> float:
    """Return when a QR expires: after its minutes, or its last day, whichever is sooner."""
    offset = country.zone.utcoffset(None).total_seconds()
    last_day = date.fromisoformat(qr_cobro["fechaVencimiento"])
    days = last_day.toordinal() + 1 - date(1970, 1, 1).toordinal()
    end_of_day = days * 86_400 - offset
    minutes = qr_cobro.get("tiempoDuracion")
    return end_of_day if minutes is None else min(end_of_day, created_at + minutes * 60)


def sample_qr_cobro(context: Context[Settings], merchant: Record) -> dict[str, Any]:
    """Return a qrCobro in order, filled in as the public client does: an idTrans of milliseconds.

    Its fechaVencimiento is thirty days from now, its tiempoDuracion one hour; it is for the
    merchant's first account.
    """
    now = context.clock.time()
    last_day = local_date(now + 30 * 86_400, COUNTRIES[merchant["country"]])
    account, currency = next(iter(merchant["cuentaAbono"].items()))
    return {
        "idTrans": str(int(now * 1000)),
        "codMoneda": currency,
        "importe": 1700,
        "glosa": "Tramite",
        "fechaVencimiento": last_day.isoformat(),
        "usoUnico": True,
        "codOperacion": "",
        "cuentaAbono": account,
        "pos": "POS1",
        "cajero": "CAJ1",
        "canal": "WEB",
        "tiempoDuracion": 60,
        "codProducto": "COD_1234",
        "catProducto": "CAT_1234",
        "sucursal": "Sucursal_1",
        "info": "Info",
    }


def codes(context: Context[Settings]) -> Table:
    """Return the table of QR codes, by idQrInterno."""
    return context.store.table("codes")


def estado(record: Record, context: Context[Settings]) -> str:
    """Return the state of a QR; one that has expired stays so when the clock goes back."""
    if record["blocked"]:
        return BLOCKED
    if record["qrCobro"]["usoUnico"] and record["pagos"]:
        return PAID
    latest = context.clock.reached(record["set_backs"])
    return EXPIRED if latest >= record["expires_at"] else VALID


def create(
    merchant: Record, origin: str, qr_cobro: Record, where: str, context: Context[Settings]
) -> Record:
    """Enter a new QR and return its record.

    Args:
        merchant: Whose it is.
        origin: The merchant's source system that asks.
        qr_cobro: Checked members.
        where: They stood, for the diagnosis.
        context: Clock and store.

    Raises:
        Refusal: `transaction.duplicate`.
    """
    now = context.clock.timestamp()
    country = COUNTRIES[merchant["country"]]
    sequence = codes(context).increment("sequence")
    key = str(sequence)
    transactions = context.store.table("transactions")
    if not transactions.insert(_numbered(origin, qr_cobro["idTrans"]), {"key": key}):
        raise Refusal(
            ERRORS["transaction.duplicate"],
            DUPLICATE.diagnose(
                f"{where}.idTrans",
                expected="an idTrans never used before",
                received=qr_cobro["idTrans"],
                hint=Message("Make a new idTrans for every QR; ask details for one already made"),
            ),
        )
    id_qr = qr.number(local_date(now, country), context.settings.cod_eif, sequence)
    record: Record = {
        "idQr": id_qr,
        "idQrInterno": key,
        "code": merchant["code"],
        "sisOrigen": origin,
        "qrCobro": qr_cobro,
        "text": qr.make_text(id_qr, context.keys.text(PROVIDER_CERTIFICATE)),
        "expires_at": expiry(qr_cobro, now, country),
        "set_backs": context.clock.set_backs(),
        "blocked": False,
        "pagos": [],
    }
    codes(context).put(key, record)
    return record


def by_id_qr(id_qr: str, context: Context[Settings]) -> Record | None:
    """Return the QR with an idQr, or None."""
    record = codes(context).get(qr.sequence_of(id_qr))
    return record if record and record["idQr"] == id_qr else None


def by_transaction(sis_origen: str, id_trans: str, context: Context[Settings]) -> Record | None:
    """Return the QR made for an idTrans, or None."""
    entry = context.store.table("transactions").get(_numbered(sis_origen, id_trans))
    return codes(context).get(entry["key"]) if entry else None


def _numbered(sis_origen: str, number: str) -> str:
    """Return the key of what a source system has given a number."""
    return f"{len(sis_origen)}:{sis_origen}{number}"


def require_valid(record: Record, where: str, context: Context[Settings]) -> None:
    """Refuse a QR that is blocked, paid or expired.

    Raises:
        Refusal: `qr.blocked`, `qr.paid` or `qr.expired`.
    """
    found = estado(record, context)
    if found != VALID:
        name, mode = _ENDED[found]
        until = datetime.fromtimestamp(min(record["expires_at"], 2.5e11), UTC).isoformat()
        diagnosis = mode.diagnose(
            where,
            expected=VALID,
            received=f"{found}, was to be used before {until}",
            hint=_AFTER_THE_END[found],
        )
        raise Refusal(ERRORS[name], diagnosis)


_AFTER_THE_END = {
    BLOCKED: "The merchant has blocked this QR for good: make a new one with encript",
    PAID: "A QR with usoUnico true takes one payment: ask details for that one, and make a new QR "
    "for another sale",
    EXPIRED: "It ends after tiempoDuracion minutes or at the end of fechaVencimiento, whichever "
    "is sooner, and stays ended when the clock goes back: make a new one",
}


def unknown(where: str, received: object, hint: str = "") -> Refusal:
    """Return the refusal of a QR that does not exist, or is another merchant's."""
    return Refusal(
        ERRORS["qr.unknown"],
        QR_UNKNOWN.diagnose(where, expected="an idQr from encript", received=received, hint=hint),
    )


def _change(
    record: Record, where: str, change: Callable[[Record], None], context: Context[Settings]
) -> Record:
    """Change a QR if it is still valid at that moment."""

    def attempt(current: Record) -> Record:
        require_valid(current, where, context)
        change(current)
        return current

    changed = codes(context).update(record["idQrInterno"], attempt)
    if changed is None:
        raise unknown(where, record["idQr"])
    return changed


def block(record: Record, where: str, context: Context[Settings]) -> Record:
    """Block a QR.

    Raises:
        Refusal: `qr.blocked`, `qr.paid` or `qr.expired`.
    """
    return _change(record, where, lambda current: current.update(blocked=True), context)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays.

    Attributes:
        origin: The source system of the bank.
        number: Its codTransComercio, never used before.
    """

    origin: str
    number: str


def pay(
    record: Record, payer: Payer, where: str, context: Context[Settings]
) -> tuple[Record, Record]:
    """Pay a QR.

    Args:
        record: The QR.
        payer: Whose payment it is.
        where: For the diagnosis.
        context: Clock and store.

    Returns:
        The QR as it then stands, and the `pago`.

    Raises:
        Refusal: `qr.blocked`, `qr.paid`, `qr.expired`, `payment.duplicate`.
    """
    require_valid(record, where, context)
    payments = context.store.table("payments")
    key = _numbered(payer.origin, payer.number)
    if not payments.insert(key, {"idQr": record["idQr"], "pago": None}):
        raise _number_used(record, payer, context)
    pago = make_pago(record, payments.increment("number"), context)
    try:
        changed = _change(record, where, lambda current: current["pagos"].append(pago), context)
    except Refusal:
        payments.delete(key)  # another payment was quicker
        raise
    payments.put(key, {"idQr": record["idQr"], "pago": pago})
    return changed, pago


def fail(record: Record, payer: Payer, outcome: str, context: Context[Settings]) -> dict[str, Any]:
    """Enter a payment that failed and return its `pago`; the QR stays as it is.

    Args:
        record: The QR.
        payer: Whose payment it is.
        outcome: What became of it, the estado of the `pago`.
        context: Clock and store.
    """
    payments = context.store.table("payments")
    pago = make_pago(record, payments.increment("number"), context, outcome)
    payments.insert(_numbered(payer.origin, payer.number), {"idQr": record["idQr"], "pago": pago})
    return pago


def _number_used(record: Record, payer: Payer, context: Context[Settings]) -> Refusal:
    earlier = context.store.table("payments").get(_numbered(payer.origin, payer.number)) or {}
    same = earlier.get("idQr") == record["idQr"]
    return Refusal(
        ERRORS["payment.duplicate"],
        PAYMENT_DUPLICATE.diagnose(
            "body.infoQR.codTransComercio",
            expected="a codTransComercio that this bank has never used",
            received=payer.number,
            hint=Message(
                "This QR was paid under this number: ask statusPayQr whether the answer was "
                "lost, or give another payment its own number"
            )
            if same
            else Message("Another QR was paid under this number: give each payment its own number"),
        ),
    )


def find_pago(payer: Payer, id_qr: str, context: Context[Settings]) -> Record | None:
    """Return the `pago` of a QR made under the payer's number, or None."""
    entry = context.store.table("payments").get(_numbered(payer.origin, payer.number))
    return entry["pago"] if entry and entry["idQr"] == id_qr else None


def today(record: Record, timestamp: float, context: Context[Settings]) -> str:
    """Return the date at a time, where the merchant of a QR is: `2026-03-01`."""
    merchant = context.credential(record["code"])
    country = COUNTRIES[merchant["country"] if merchant else "BO"]
    return local_date(timestamp, country).isoformat()


def make_pago(
    record: Record, sequence: int, context: Context[Settings], outcome: str = "PAGADO"
) -> dict[str, Any]:
    """Return a `pago` as the webhook has it: numbers, texts and order as documented.

    Args:
        record: The QR.
        sequence: Which payment it is.
        context: Clock and credentials.
        outcome: Its estado.

    Source:
        Tesabiz, Webhook (Notificación de pago).
    """
    asked = record["qrCobro"]
    return {
        "idTxPagoEif": str(sequence),
        "idTxPagoQR": 10_000_000 + sequence,
        "codMoneda": asked["codMoneda"],
        "importe": asked["importe"],
        "fechaPago": today(record, context.clock.timestamp(), context),
        "estado": outcome,
        **PAYER,
    }
