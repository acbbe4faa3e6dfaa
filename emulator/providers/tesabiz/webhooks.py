"""The payment webhook `qrPagado`, and what Tesabiz takes for an acknowledgement.

::

    plain   {"qrPagado": {…, "pago": {…}}}     ->  {"header": {"codReturn": "0", "txtReturn": …}}
    JWS     {"payload": "<JWS of the plain>"}  ->  {"codReturn": "0", "txtReturn": …,
                                                    "payload": "<JWS of the plain answer>"}

No `code` in this direction. The merchant verifies with Tesabiz's certificate and signs with its
own key. What the payload of its answer says is not documented; here it must say what the plain
answer does. Anything else is no acknowledgement, and the webhook is sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from emulator.core.configuration import one_of
from emulator.core.errors import ConfigurationError, Diagnosis, FailureMode, SchemeError, Standing
from emulator.core.json_text import read_object
from emulator.core.members import Member
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS, Delivery, Webhook, overrides
from emulator.provider.overrides import Event
from emulator.providers.tesabiz import state
from emulator.providers.tesabiz.auth import timestamp_problem, verify
from emulator.providers.tesabiz.failures import CODE_UNKNOWN, OWN, SECURITY, WEBHOOK
from emulator.providers.tesabiz.member_tables import TIMESTAMPS, Json
from emulator.providers.tesabiz.sealing import sign
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context, MerchantAnswer
    from emulator.providers.tesabiz.settings import Settings

EVENT, REJECTED, FAILED = "qrPagado", "qrRechazado", "qrError"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a webhook says of a payment.

    Attributes:
        qr: `qrPagado.estado`.
        pago: `pago.estado`.
    """

    qr: str
    pago: str


OUTCOMES = {
    EVENT: Outcome("ACEP", "PAGADO"),
    REJECTED: Outcome("RECH", "RECHAZADO"),
    FAILED: Outcome("ERROR", "ERROR"),
}
PLAIN, JWS = "plain", "jws"
RETRIES = (10.0, 60.0, 300.0)
"""Seconds after the first attempt. Neither their number nor their time is documented."""

ANSWER_STATUS = FailureMode(
    "tesabiz.webhook-status",
    "The merchant answered with an HTTP status that is not 2xx",
    OWN.but(Standing.CHOSEN, "webhooks"),
)
ANSWER_FORM = FailureMode(
    "tesabiz.webhook-form",
    "The merchant's answer does not have the form for this kind of webhook",
    WEBHOOK.but(Standing.DOCUMENTED, "Respuesta"),
)
ANSWER_CODE = FailureMode(
    "tesabiz.webhook-code",
    'The merchant\'s answer does not say codReturn "0"',
    WEBHOOK.but(Standing.DOCUMENTED, "Respuesta"),
)
ANSWER_PAYLOAD = FailureMode(
    "tesabiz.webhook-payload",
    "The merchant's answer has no signed payload",
    SECURITY.but(Standing.DOCUMENTED, "Confirmación de pago con JWS"),
)

# --- sending ---------------------------------------------------------------------------------


def content(
    record: Record,
    pago: dict[str, Any],
    context: Context[Settings],
    outcome: Outcome = OUTCOMES[EVENT],
) -> dict[str, Any]:
    """Return the webhook of a payment: order and types as documented.

    `qrPagado.importe` is text, `pago.importe` and `idTxPagoQR` are numbers.

    Source:
        Tesabiz, Webhook (Notificación de pago).
    """
    asked = record["qrCobro"]
    paid_on = state.today(record, context.clock.timestamp("webhook"), context)
    return {
        "qrPagado": {
            "idTrans": asked["idTrans"],
            "idQrInterno": record["idQrInterno"],
            "idQr": record["idQr"],
            "codMoneda": asked["codMoneda"],
            "importe": str(asked["importe"]),
            "glosa": asked["glosa"],
            "fechaVencimiento": asked["fechaVencimiento"],
            "usoUnico": asked["usoUnico"],
            "codServicio": asked.get("codServicio"),
            "codOperacion": asked.get("codOperacion"),
            "codEif": context.settings.cod_eif,
            "cuentaAbono": asked["cuentaAbono"],
            "estado": outcome.qr,
            "pos": asked.get("pos"),
            "cajero": asked.get("cajero"),
            "canal": asked.get("canal"),
            "sisOrigen": record["sisOrigen"],
            "pago": {**pago, "fechaPago": paid_on},
            "info": asked.get("info"),
        }
    }


def announce(record: Record, pago: dict[str, Any], context: Context[Settings]) -> Webhook:
    """Return the webhook of a payment, addressed to the merchant whose QR it is."""
    return _addressed(content(record, pago, context), record["code"], {}, context)


def _addressed(
    message: dict[str, Any],
    code: str,
    members: Mapping[str, Any],
    context: Context[Settings],
    event: str = EVENT,
) -> Webhook:
    merchant = context.credential(code) or {}
    url = members.get("url") or merchant.get("notify_url") or context.settings.notify_url
    mode = members.get("mode") or merchant.get("notify_mode") or context.settings.notify_mode
    return Webhook(event, url, message, code, mode)


def seal_webhook(webhook: Webhook, context: Context[Settings]) -> Delivery:
    """Write a webhook as JSON, signed in JWS mode.

    Source:
        Tesabiz, Proceso de seguridad, "Confirmación de pago con JWS".
    """
    message = _moved(webhook.content, context.changes.webhook_seconds)
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    if webhook.mode == JWS:
        body = b'{"payload":"' + sign(body, context).encode("ascii") + b'"}'
    return Delivery(body, (("content-type", "application/json"),))


def _moved(message: Json, seconds: float) -> Json:
    """Return a webhook whose fechaPago is off by so many seconds; see `WEBHOOK_DATE`."""
    paid = message.get("qrPagado")
    pago = cast("Json", paid).get("pago") if isinstance(paid, dict) else None
    if not seconds or not isinstance(pago, dict):
        return message
    pago = cast("Json", pago)
    try:  # a trigger may have put anything there
        moved = date.fromisoformat(pago["fechaPago"]) + timedelta(days=_days(seconds))
    except (KeyError, TypeError, ValueError, OverflowError):
        return message
    return {
        **message,
        "qrPagado": {**cast("Json", paid), "pago": {**pago, "fechaPago": moved.isoformat()}},
    }


def _days(seconds: float) -> int:
    """Return the days between a noon and so many seconds after it."""
    return int((seconds + 43_200) // 86_400)


# --- the merchant's answer -------------------------------------------------------------------


def judge_answer(answer: MerchantAnswer) -> Diagnosis | None:
    """Tell why an answer is no acknowledgement; None if it is one.

    In this order: `tesabiz.webhook-status`, `tesabiz.webhook-form`, `tesabiz.webhook-code`; in JWS
    mode then `tesabiz.webhook-payload`, `jws.*`, `tesabiz.timestamp-claim`, and form and code of
    what is inside.

    Source:
        Tesabiz, Webhook, and Proceso de seguridad, "Confirmación de pago con JWS".
    """
    webhook, body = answer.webhook, answer.body
    if not 200 <= answer.status < 300:
        return ANSWER_STATUS.diagnose("answer.status", expected="200", received=answer.status)
    try:
        said = read_object(body)
    except ValueError as error:
        from emulator.core import json_faults

        fault = json_faults.explain(body, error)
        return ANSWER_FORM.diagnose(
            "answer.body",
            expected=_EXPECTED[webhook.mode == JWS],
            received=f"{len(body)} bytes: {fault.received}",
            hint=_recognise(webhook, body) or fault.hint,
        )
    if webhook.mode != JWS:
        return _judge_header(said, "answer.body", lambda: _recognise(webhook, body))
    if "codReturn" not in said:
        return ANSWER_FORM.diagnose(
            "answer.body",
            expected=_EXPECTED[True],
            received=jws.shown(list(said)),
            hint=_recognise(webhook, body),
        )
    return _judge_code(said, "answer.body") or _judge_payload(said, webhook, answer.context)


_EXPECTED = (
    '{"header": {"codReturn": "0", "txtReturn": "SUCCESS"}}',
    '{"codReturn": "0", "txtReturn": "SUCCESS", "payload": "<JWS>"}',
)


def _judge_header(answer: Json, where: str, hint: Callable[[], str]) -> Diagnosis | None:
    header = answer.get("header")
    if not isinstance(header, dict):
        return ANSWER_FORM.diagnose(
            where, expected=_EXPECTED[0], received=jws.shown(list(answer)), hint=hint()
        )
    return _judge_code(cast("Json", header), f"{where}.header")


def _judge_code(holder: Json, where: str) -> Diagnosis | None:
    code = holder.get("codReturn")
    if code == "0":
        return None
    return ANSWER_CODE.diagnose(
        f"{where}.codReturn",
        expected='"0"',
        received=jws.shown(code) if "codReturn" in holder else "(absent)",
        hint=next((hint for hint, recipe in CODE_MISTAKES if recipe(code)), ""),
    )


def _judge_payload(answer: Json, webhook: Webhook, context: Context[Settings]) -> Diagnosis | None:
    token = answer.get("payload")
    where = "answer.body.payload"
    if not isinstance(token, str):
        return ANSWER_PAYLOAD.diagnose(
            where,
            expected='the JWS of {"header": …}, signed by the merchant',
            received=type(token).__name__ if "payload" in answer else "(absent)",
            hint=Message("Sign the answer, too")
            if token is None
            else Message("The payload is the JWS, as text"),
        )
    merchant = context.credential(webhook.credential)
    if merchant is None:
        return CODE_UNKNOWN.diagnose("webhook.credential", received=webhook.credential)
    try:
        compact = verify(token, merchant, context)
        message = jws.read_payload(compact)
    except SchemeError as error:
        return error.diagnosis.at(f"{where}.{error.diagnosis.where}".rstrip("."))
    claims = [name for name in TIMESTAMPS if name in message]
    if claims and context.settings.timestamp_claims == "refuse":
        return timestamp_problem(claims, message, where)
    return _judge_header(message, where, lambda: FLAT_INSIDE if "codReturn" in message else "")


FLAT_INSIDE = "Flat outside, with header inside: sign the answer of the plain webhook"

CODE_MISTAKES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    (
        'codReturn is text: write "0" in quotes',
        lambda code: isinstance(code, int) and not isinstance(code, bool) and code == 0,
    ),
    ('Success is "0", not an HTTP status', lambda code: code in ("200", 200)),
    (
        'Success is "0", neither a word nor a truth value',
        lambda code: (
            isinstance(code, bool)
            or (isinstance(code, str) and code.strip().upper() in ("OK", "SUCCESS", "TRUE"))
        ),
    ),
    (
        "Success is one 0, without padding",
        lambda code: isinstance(code, str) and re.fullmatch(r"\s*0+\s*", code) is not None,
    ),
)

ANSWER_MISTAKES: tuple[tuple[str, str, Callable[[bytes, Json], bool]], ...] = (
    (
        "",
        "The answer is empty; HTTP 200 alone acknowledges nothing",
        lambda body, _: not body.strip(),
    ),
    (
        "",
        "An HTML page was sent: a framework's error or login page",
        lambda body, _: body.lstrip()[:1] == b"<",
    ),
    (
        PLAIN,
        "This is the answer to a signed webhook; a plain one wants header",
        lambda _, answer: "codReturn" in answer and "payload" in answer,
    ),
    (PLAIN, "codReturn belongs inside header", lambda _, answer: "codReturn" in answer),
    (
        JWS,
        "This is the answer to a plain webhook; a signed one wants codReturn outside and a payload",
        lambda _, answer: "header" in answer,
    ),
    (
        JWS,
        "The JWS was sent without the object around it",
        lambda body, _: jws.is_compact(body.decode("utf-8", "replace").strip().strip('"')),
    ),
    (
        JWS,
        "Only the JWS was sent; codReturn belongs beside it",
        lambda _, answer: "payload" in answer,
    ),
)
"""What merchants answer instead: the mode of the webhook if it matters, the hint, what tells."""


def _recognise(webhook: Webhook, body: bytes) -> str:
    try:
        answer = read_object(body)
    except ValueError:
        answer = {}
    mode = JWS if webhook.mode == JWS else PLAIN
    return next(
        (
            hint
            for its, hint, recipe in ANSWER_MISTAKES
            if its in ("", mode) and recipe(body, answer)
        ),
        "",
    )


# --- on demand -------------------------------------------------------------------------------

_MEMBERS = {
    "idQr": Member("Which QR; the newest that can be paid without, or one that is made"),
    "credential": Member("A merchant's code, to look among that merchant's QRs only"),
    "url": Member("Where the webhook goes, in place of the merchant's notify_url"),
    "mode": Member("How it is sent", choices=(PLAIN, JWS)),
}
EVENTS = {
    EVENT: Event("A QR is paid, and its webhook is sent", _MEMBERS),
    REJECTED: Event(
        "A payment of a QR is rejected: its webhook says RECH, and the QR can still be paid",
        _MEMBERS,
    ),
    FAILED: Event(
        "A payment of a QR fails: its webhook says ERROR, and the QR can still be paid", _MEMBERS
    ),
}


def trigger(event: str, given: Mapping[str, Any], context: Context[Settings]) -> Webhook:
    """Pay a QR, or try to, and return its webhook.

    Args:
        event: `qrPagado`; `qrRechazado` and `qrError` leave the QR as it is.
        given: `idQr`, or else the newest QR that can be paid, one made for the purpose if
            there is none; `credential`, a merchant's code, to look among its QRs only; `url` and
            `mode` of the webhook; JSON pointers such as `/qrPagado/importe` with what the webhook
            says there, each of the kind that it replaces.
        context: Clock and store.

    Raises:
        ConfigurationError: Names what cannot be done.
    """
    members, pointers = overrides.read("tesabiz", event, EVENTS, given)
    _check_merchant(members, context)
    record = _choose(members, context)
    if (found := state.estado(record, context)) != state.VALID:
        raise ConfigurationError(f"the QR {record['idQr']} cannot be paid: it is {found}")
    sample = content(record, state.make_pago(record, 0, context), context)
    overrides.replaced(sample, pointers)  # before anything is paid
    number = context.store.table("payments").increment("triggers")
    payer = state.Payer("", f"TRIGGER-{number}")
    outcome = OUTCOMES[event]
    if event == EVENT:
        record, pago = state.pay(record, payer, "idQr", context)
    else:
        pago = state.fail(record, payer, outcome.pago, context)
    message = overrides.replaced(content(record, pago, context, outcome), pointers)
    return _addressed(message, record["code"], members, context, event)


def _check_merchant(members: Mapping[str, Any], context: Context[Settings]) -> None:
    for name in ("idQr", "url", "credential"):
        if members.get(name) == "":
            raise ConfigurationError(f"{name}: it is empty; leave it out, or give one")
    if "credential" in members and context.credential(members["credential"]) is None:
        known = [key for key, _ in context.store.table(CREDENTIALS).items()]
        shown = members["credential"][:80]
        raise ConfigurationError(f"credential: no merchant {shown!r}{one_of(shown, known)}")


def _choose(members: Mapping[str, Any], context: Context[Settings]) -> Record:
    code = members.get("credential")
    if "idQr" in members:
        record = state.by_id_qr(members["idQr"], context)
        if record is None or code not in (None, record["code"]):
            raise ConfigurationError(f"idQr: no QR {members['idQr']!r}")
        return record
    for _, record in reversed(list(state.codes(context).items())):
        if code in (None, record["code"]) and state.estado(record, context) == state.VALID:
            return record
    return _make_sample(code, context)


def _make_sample(code: str | None, context: Context[Settings]) -> Record:
    merchants = context.store.table(CREDENTIALS).items()
    merchant = next((m for key, m in merchants if code in (None, key)), None)
    if merchant is None:
        raise ConfigurationError("no merchant is registered")
    number = context.store.table("payments").increment("samples")
    asked = {
        **state.sample_qr_cobro(context, merchant),
        "idTrans": f"TRIGGER-{number}",
    }
    return state.create(merchant, merchant["sisOrigen"][0], asked, "sample", context)
