"""Who sends, and what was sent.

Plain services, for tests: nothing is signed, and the caller that names a registered
`infoTx.sisOrigen` is that merchant.

JWS services::

    {"code": "B89", "payload": "<JWS, RS256, of the plain message>"}

`code` names the merchant, and the key of its registered certificate must prove the payload. The
message inside must have no `iat`: jsonwebtoken adds one unless told `noTimestamp: true`, which
the documentation marks as important. There is no nonce, no time and so no protection against
replay besides `idTrans`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from emulator.core import suggest
from emulator.core.errors import ConfigurationError, Diagnosis, SchemeError
from emulator.core.json_text import read_object
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Refusal, State
from emulator.provider.body import check_body
from emulator.providers.tesabiz.credentials import MERCHANTS
from emulator.providers.tesabiz.failures import (
    CERTIFICATE_DATES,
    CODE_MISSING,
    CODE_UNKNOWN,
    ENVELOPE,
    ERRORS,
    INACTIVE,
    MEDIA_TYPE,
    NOT_JSON,
    ORIGIN_FOREIGN,
    ORIGIN_UNKNOWN,
    TIMESTAMP,
)
from emulator.providers.tesabiz.member_tables import INFO_TX, TIMESTAMPS, Json
from emulator.providers.tesabiz.members import check, part_of
from emulator.providers.tesabiz.sealing import PROVIDER_CERTIFICATE, is_secure
from emulator.schemes import jws

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

MERCHANT = State[Record]("merchant")
"""The credential of who sent an exchange."""

_ERROR_OF = {jws.PAYLOAD.code: "auth.payload"}
"""Which error a scheme's failure is; `auth.signature` if not here."""


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Find the merchant and read the message.

    Raises:
        Refusal: For both: a code of `emulator.provider.body`, `tesabiz.media-type`,
            `tesabiz.not-json`, `tesabiz.member-missing`, `tesabiz.member-form`,
            `tesabiz.inactive`. Plain: `tesabiz.origin-unknown`. JWS: `tesabiz.envelope`,
            `tesabiz.code-missing`, `tesabiz.code-unknown`, `jws.*`,
            `tesabiz.certificate-dates`, `tesabiz.timestamp-claim`, `tesabiz.origin-foreign`.

    Source:
        Tesabiz, Proceso de seguridad.
    """
    with ERRORS.refusing("media-type"):
        check_body(exchange.request)
    if exchange.request.media_type != "application/json":
        raise Refusal(
            ERRORS["media-type"],
            MEDIA_TYPE.diagnose(
                "headers.content-type",
                expected="application/json",
                received=exchange.request.media_type or "(none)",
                hint=_MEDIA_HINTS.get(
                    exchange.request.media_type, "Send JSON, with Content-Type: application/json"
                ),
            ),
        )
    if is_secure(exchange):
        _authenticate_signer(exchange, context)
    else:
        _authenticate_origin(exchange, context)


def _authenticate_origin(exchange: Exchange, context: Context[Settings]) -> None:
    exchange.payload = message = _read(exchange, jws_hint=_WRONG_SERVICE)
    info_tx = part_of(message, "infoTx")
    check(info_tx, INFO_TX, "body.infoTx", exchange, context.settings)
    origin: str = info_tx["sisOrigen"]
    merchant = _merchant_of(origin, context)
    if merchant is None:
        raise Refusal(
            ERRORS["auth.origin"],
            ORIGIN_UNKNOWN.diagnose(
                "body.infoTx.sisOrigen",
                expected="a registered source system, such as SO_1",
                received=origin,
                hint=_recognise_origin(origin, context),
            ),
        )
    exchange.credential = merchant["code"]
    MERCHANT.set(exchange, merchant)
    _require_active(merchant, "body.infoTx.sisOrigen")


def _authenticate_signer(exchange: Exchange, context: Context[Settings]) -> None:
    envelope = _read(exchange, jws_hint=_BARE_JWS)
    merchant = _find_signer(envelope, exchange, context)
    payload = envelope.get("payload")
    if not isinstance(payload, str) or (
        len(envelope) != 2 and context.settings.unknown_members == "refuse"
    ):
        raise _not_envelope(envelope)
    try:
        compact = verify(payload, merchant, context)
        exchange.payload = message = jws.read_payload(compact)
    except SchemeError as error:
        diagnosis = error.diagnosis
        where = f"body.payload.{diagnosis.where}".rstrip(".")
        name = _ERROR_OF.get(diagnosis.code, "auth.signature")
        raise Refusal(ERRORS[name], diagnosis.at(where)) from error
    _check_certificate(merchant, exchange, context)
    if claims := [name for name in TIMESTAMPS if name in message]:
        _judge_timestamp(claims, message, exchange, context)
    info_tx = part_of(message, "infoTx", "body.payload")
    check(info_tx, INFO_TX, "body.payload.infoTx", exchange, context.settings)
    origin: str = info_tx["sisOrigen"]
    if origin not in merchant["sisOrigen"]:
        owner = _merchant_of(origin, context)
        raise Refusal(
            ERRORS["auth.origin"],
            ORIGIN_FOREIGN.diagnose(
                "body.payload.infoTx.sisOrigen",
                expected=" or ".join(merchant["sisOrigen"]),
                received=origin,
                hint=Message(
                    "{origin} is of the merchant {owner}, and code says {code}: take both from "
                    "the same registration"
                ).with_(origin=origin, owner=owner["code"], code=merchant["code"])
                if owner
                else _recognise_origin(origin, context),
            ),
        )


def verify(text: str, merchant: Record, context: Context[Settings]) -> jws.Compact:
    """Return what a merchant signed, or tell whose key and which mistake it was.

    Raises:
        SchemeError: `jws.*`.
    """
    key = jws.load_certificate_key(merchant["certificate"])
    try:
        return jws.verify(text, key)
    except SchemeError as refused:
        # Once more, with all the keys there are: only now they are worth their loading.
        provider_pem = context.keys.text(PROVIDER_CERTIFICATE)
        others = {"Tesabiz": jws.load_certificate_key(provider_pem), **_others(merchant, context)}
        jws.verify(text, key, also=others, pems=(merchant["certificate"], provider_pem))
        raise refused from None


def _others(merchant: Record, context: Context[Settings]) -> dict[str, RSAPublicKey]:
    """Return keys that are not the merchant's now, by owner: the merchant's other ones first."""
    records = dict(context.store.table(CREDENTIALS).items())
    code: str = merchant["code"]
    named: dict[str, Record] = {}
    for name in MERCHANTS.key_names:
        with suppress(ConfigurationError):  # keys made before there were such files
            named[f"merchant {code}, the {name} one"] = MERCHANTS.rekeyed(
                records[code], name, context.keys
            )
    named |= {
        f"merchant {other}": record
        for other, record in records.items()
        if other != code and record["certificate"]
    }
    return {
        whose: jws.load_certificate_key(record["certificate"])
        for whose, record in named.items()
        if record["certificate"] != merchant["certificate"]
    }


def _find_signer(envelope: Json, exchange: Exchange, context: Context[Settings]) -> Record:
    code = envelope.get("code")
    if not isinstance(code, str):
        if "payload" not in envelope:
            raise _not_envelope(envelope)
        raise Refusal(
            ERRORS["auth.code"],
            CODE_MISSING.diagnose(
                "body.code",
                expected="the merchant code, text such as B89",
                received=jws.shown(code) if "code" in envelope else "(absent)",
                hint=_recognise(CODE_MISTAKES, envelope),
            ),
        )
    merchant = context.credential(code)
    if merchant is None or not merchant["certificate"]:
        raise Refusal(
            ERRORS["auth.code"],
            CODE_UNKNOWN.diagnose(
                "body.code",
                expected="the code of a merchant whose certificate is registered, such as B89",
                received=code,
                hint=_recognise_code(code, context),
            ),
        )
    exchange.credential = code
    MERCHANT.set(exchange, merchant)
    _require_active(merchant, "body.code")
    return merchant


def _require_active(merchant: Record, where: str) -> None:
    if merchant["status"] == "inactive":
        raise Refusal(
            ERRORS["auth.inactive"],
            INACTIVE.diagnose(
                where,
                expected="an active merchant",
                received=merchant["code"],
                hint=Message(
                    "This merchant is registered as inactive, to try that out: use another one, "
                    "or register it again with status active"
                ),
            ),
        )


def _check_certificate(merchant: Record, exchange: Exchange, context: Context[Settings]) -> None:
    first, last = _validity(merchant["certificate"])
    now = context.clock.timestamp()
    expired = merchant["status"] == "expired"
    if first <= now <= last and not expired:
        return
    diagnosis = CERTIFICATE_DATES.diagnose(
        "certificate",
        expected=f"{_iso(first)} to {_iso(last)}" if not expired else "a renewed certificate",
        received=_iso(now),
        hint=Message("Make a new certificate of the same key and register it")
        if now > last or expired
        else Message("The certificate is from the future; look at the clocks"),
    )
    if expired or context.settings.reject_expired_certificate:
        raise Refusal(ERRORS["auth.certificate"], diagnosis)
    if diagnosis not in exchange.warnings:
        exchange.warnings.append(diagnosis)


@lru_cache(maxsize=256)
def _validity(certificate: str) -> tuple[float, float]:
    first, last = jws.certificate_validity(certificate)
    return first.timestamp(), last.timestamp()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def timestamp_problem(claims: list[str], message: Json, where: str) -> Diagnosis:
    """Say that a signed message has time stamps it must not have."""
    return TIMESTAMP.diagnose(
        f"{where}.{claims[0]}",
        expected="no iat, exp or nbf",
        received=jws.shown({name: message[name] for name in claims}),
        hint=Message(
            "Sign with noTimestamp: true (jsonwebtoken), or leave the claim out: the "
            "library adds it to the message"
        ),
    )


def _judge_timestamp(
    claims: list[str], message: Json, exchange: Exchange, context: Context[Settings]
) -> None:
    diagnosis = timestamp_problem(claims, message, "body.payload")
    if context.settings.timestamp_claims == "refuse":
        raise Refusal(ERRORS["claims"], diagnosis, {"member": claims[0]})
    if diagnosis not in exchange.warnings:
        exchange.warnings.append(diagnosis)


# --- what came instead -----------------------------------------------------------------------

_MEDIA_HINTS = {
    "": "Set the header Content-Type: application/json",
    "application/x-www-form-urlencoded": "The services take JSON, not a form: send the message as "
    "JSON, with Content-Type: application/json",
    "multipart/form-data": "The services take JSON, not a form: send the message as JSON, with "
    "Content-Type: application/json",
    "text/plain": "The HTTP library was given a text; name its type application/json",
    "application/jose": "The JWS goes into {code, payload}; send that as application/json",
    "application/jwt": "The JWS goes into {code, payload}; send that as application/json",
}
_WRONG_SERVICE = "This is a JWS; the plain services take the message itself"
_BARE_JWS = "The JWS was sent without its envelope {code, payload}"


def _read(exchange: Exchange, jws_hint: str) -> Json:
    body = exchange.request.body
    secure = is_secure(exchange)
    try:
        return read_object(body)
    except ValueError as error:
        from emulator.core import json_faults

        text = body.decode("utf-8", "replace")
        is_jws = jws.is_compact(text.strip().strip('"'))
        mode = ENVELOPE if secure and is_jws else NOT_JSON
        fault = json_faults.explain(body, error)
        raise Refusal(
            ERRORS["auth.envelope" if mode is ENVELOPE else "bad-request"],
            mode.diagnose(
                "body",
                expected='{"code": …, "payload": …}' if secure else '{"infoTx": …, …}',
                received=f"{len(body)} bytes: {fault.received}",
                hint=jws_hint if is_jws else fault.hint,
            ),
        ) from error


def _not_envelope(envelope: Json) -> Refusal:
    payload = envelope.get("payload")
    received = ", ".join(f"{name}: {type(value).__name__}" for name, value in envelope.items())
    return Refusal(
        ERRORS["auth.envelope"],
        ENVELOPE.diagnose(
            "body" if payload is None else "body.payload",
            expected='{"code": text, "payload": text}',
            received=received.encode("utf-8", "replace").decode("utf-8"),
            hint=_recognise(ENVELOPE_MISTAKES, envelope),
        ),
    )


def _is_json_jws(value: object) -> bool:
    """Tell whether this is a JWS in one of its JSON serializations (RFC 7515, section 7.2)."""
    return isinstance(value, dict) and (
        {"payload", "signature"} <= value.keys() or "signatures" in value
    )


KnownMistake = tuple[str, "Callable[[Any], bool]"]

CODE_MISTAKES: tuple[KnownMistake, ...] = (
    ("The code is text; put it in quotes", lambda envelope: isinstance(envelope.get("code"), int)),
    (
        "The whole body is a JWS in JSON (flattened or general serialization); send {code, "
        "payload}, the payload being the compact JWS: header.payload.signature",
        _is_json_jws,
    ),
    ("Add code to the envelope: the merchant code, such as B89", lambda _: True),
)
"""What may have become of the code: the hint, and what tells."""

ENVELOPE_MISTAKES: tuple[KnownMistake, ...] = (
    (
        "This is the plain message; sign it, and send {code, payload}",
        lambda envelope: "infoTx" in envelope,
    ),
    (
        "The payload is a JWS in JSON (flattened or general serialization); it must be the compact "
        "one, the text header.payload.signature",
        lambda envelope: _is_json_jws(envelope.get("payload")),
    ),
    (
        "The payload is the message itself; it must be the JWS made of it",
        lambda envelope: isinstance(envelope.get("payload"), dict),
    ),
    (
        "The JWS is under another name; call it payload",
        lambda envelope: (
            "payload" not in envelope and any(jws.is_compact(value) for value in envelope.values())
        ),
    ),
    (
        "There are more members than code and payload; leave the others out",
        lambda envelope: isinstance(envelope.get("payload"), str) and len(envelope) > 2,
    ),
    (
        "The payload is missing; add it: the JWS of the message",
        lambda envelope: "payload" not in envelope,
    ),
    (
        "The payload is the JWS as text, three parts with points between them: sign the message, "
        "and send what the library returns",
        lambda envelope: not isinstance(envelope.get("payload"), str),
    ),
)
"""What an envelope may have become: the hint, and what tells."""


def _recognise(mistakes: tuple[KnownMistake, ...], value: Any) -> str:
    return next((hint for hint, recipe in mistakes if recipe(value)), "")


def _merchant_of(origin: str, context: Context[Settings]) -> Record | None:
    """Return the merchant that a source system belongs to."""
    table = context.store.table(CREDENTIALS)
    return next((record for _, record in table.items() if origin in record["sisOrigen"]), None)


def _recognise_code(code: str, context: Context[Settings]) -> str:
    if context.credential(code):
        return (
            "This merchant is registered without a certificate, for the plain services alone: "
            "call those, or register its certificate"
        )
    records = [record for _, record in context.store.table(CREDENTIALS).items()]
    if any(code in record["sisOrigen"] for record in records):
        return "This is a sisOrigen; code is the merchant's code"
    signers = [record["code"] for record in records if record["certificate"]]
    return suggest.identity(code, signers, "tesabiz")


def _recognise_origin(origin: str, context: Context[Settings]) -> str:
    if context.credential(origin):
        return "This is a merchant's code; sisOrigen names the source system"
    records = [record for _, record in context.store.table(CREDENTIALS).items()]
    origins = [each for record in records for each in record["sisOrigen"]]
    return suggest.identity(origin, origins, "tesabiz")
