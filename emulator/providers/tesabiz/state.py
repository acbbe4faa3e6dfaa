"""QR codes and payments, and how a QR lives.

::

    VIGENTE -> BLOQUEADO             by `bloqued`
            -> PAGADO                by a payment, if usoUnico
            -> VENCIDO               when tiempoDuracion or fechaVencimiento is over

A QR is kept under its idQrInterno, which is the sequence number inside its idQr. `estado` is
found, not kept, because time changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from emulator.errors import FailureMode
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
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings
    from emulator.store import Record, Table

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
    """

    currencies: tuple[str, ...]
    zone: timezone


COUNTRIES = {
    "BO": Country(("BOB", "USD"), timezone(timedelta(hours=-4))),
    "PE": Country(("604",), timezone(timedelta(hours=-5))),
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


def sample_qr_cobro(context: Context[Settings], country: str = "BO") -> dict[str, Any]:
    """Return a qrCobro in order, filled in as the public client does: an idTrans of milliseconds.

    Its fechaVencimiento is thirty days from now, its tiempoDuracion one hour.
    """
    now = context.clock.time()
    last_day = local_date(now + 30 * 86_400, COUNTRIES[country])
    return {
        "idTrans": str(int(now * 1000)),
        "codMoneda": COUNTRIES[country].currencies[0],
        "importe": 1700,
        "glosa": "Tramite",
        "fechaVencimiento": last_day.isoformat(),
        "usoUnico": True,
        "codOperacion": "",
        "cuentaAbono": "CUENTA1_BOB",
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


def estado(record: Record, now: float) -> str:
    """Return the state of a QR at a time."""
    if record["blocked"]:
        return BLOCKED
    if record["qrCobro"]["usoUnico"] and record["pagos"]:
        return PAID
    return EXPIRED if now >= record["expires_at"] else VALID


def create(merchant: Record, qr_cobro: Record, where: str, context: Context[Settings]) -> Record:
    """Enter a new QR and return its record.

    Args:
        merchant: Whose it is; one of his systems asks.
        qr_cobro: Checked members.
        where: They stood, for the diagnosis.
        context: Clock and store.

    Raises:
        Refusal: `transaction.duplicate`.
    """
    now = context.clock.timestamp()
    country = COUNTRIES[merchant.get("country", "BO")]
    sis_origen: str = merchant["sisOrigen"]
    sequence = codes(context).increment("sequence")
    key = str(sequence)
    transactions = context.store.table("transactions")
    if not transactions.insert(_transaction(sis_origen, qr_cobro["idTrans"]), {"key": key}):
        raise Refusal(
            ERRORS["transaction.duplicate"],
            DUPLICATE.diagnose(
                f"{where}.idTrans",
                expected="an idTrans never used before",
                received=qr_cobro["idTrans"],
                hint="Make a new idTrans for every QR; ask details for one already made",
            ),
        )
    id_qr = qr.number(local_date(now, country), context.settings.cod_eif, sequence)
    record: Record = {
        "idQr": id_qr,
        "idQrInterno": key,
        "code": merchant["code"],
        "sisOrigen": sis_origen,
        "qrCobro": qr_cobro,
        "text": qr.make_text(id_qr, context.keys.text(PROVIDER_CERTIFICATE)),
        "expires_at": expiry(qr_cobro, now, country),
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
    entry = context.store.table("transactions").get(_transaction(sis_origen, id_trans))
    return codes(context).get(entry["key"]) if entry else None


def _transaction(sis_origen: str, id_trans: str) -> str:
    return f"{len(sis_origen)}:{sis_origen}{id_trans}"


def require_valid(record: Record, where: str, now: float) -> None:
    """Refuse a QR that is blocked, paid or expired.

    Raises:
        Refusal: `qr.blocked`, `qr.paid` or `qr.expired`.
    """
    found = estado(record, now)
    if found != VALID:
        name, mode = _ENDED[found]
        until = datetime.fromtimestamp(min(record["expires_at"], 2.5e11), UTC).isoformat()
        diagnosis = mode.diagnose(
            where, expected=VALID, received=f"{found}, was to be used before {until}"
        )
        raise Refusal(ERRORS[name], diagnosis)


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
    now = context.clock.timestamp()

    def attempt(current: Record) -> Record:
        require_valid(current, where, now)
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


def pay(
    record: Record, cod_trans: str, where: str, context: Context[Settings]
) -> tuple[Record, Record]:
    """Pay a QR.

    Args:
        record: The QR.
        cod_trans: codTransComercio, the payer's own number for it, unique for the QR.
        where: For the diagnosis.
        context: Clock and store.

    Returns:
        The QR as it then stands, and the `pago`.

    Raises:
        Refusal: `qr.blocked`, `qr.paid`, `qr.expired`, `payment.duplicate`.
    """
    require_valid(record, where, context.clock.timestamp())
    payments = context.store.table("payments")
    key = _payment(record["idQr"], cod_trans)
    if not payments.insert(key, {"pago": None}):
        raise Refusal(
            ERRORS["payment.duplicate"],
            PAYMENT_DUPLICATE.diagnose(
                "body.infoQR.codTransComercio",
                expected="a codTransComercio never used for this QR",
                received=cod_trans,
            ),
        )
    pago = make_pago(record, payments.increment("number"), context)
    try:
        changed = _change(record, where, lambda current: current["pagos"].append(pago), context)
    except Refusal:
        payments.delete(key)  # another payment was quicker
        raise
    payments.put(key, {"pago": pago})
    return changed, pago


def find_pago(id_qr: str, cod_trans: str, context: Context[Settings]) -> Record | None:
    """Return the `pago` made under the payer's number, or None."""
    entry = context.store.table("payments").get(_payment(id_qr, cod_trans))
    return entry["pago"] if entry else None


def _payment(id_qr: str, cod_trans: str) -> str:
    return f"{id_qr}:{cod_trans}"


def today(record: Record, timestamp: float, context: Context[Settings]) -> str:
    """Return the date at a time, where the merchant of a QR is: `2026-03-01`."""
    merchant = context.credential(record["code"]) or {}
    return local_date(timestamp, COUNTRIES[merchant.get("country", "BO")]).isoformat()


def make_pago(record: Record, sequence: int, context: Context[Settings]) -> dict[str, Any]:
    """Return a `pago` as the notice has it: numbers, texts and order as documented.

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
        "estado": "PAGADO",
        **PAYER,
    }
