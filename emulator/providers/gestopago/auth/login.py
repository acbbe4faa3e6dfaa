"""The login: three fields that must all be right."""

from __future__ import annotations

from emulator.core import suggest
from emulator.core.errors import Diagnosis, FailureMode, SchemeError
from emulator.core.exchange import Exchange
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS, Context
from emulator.providers.gestopago.auth.device import ACTIVE, inactive
from emulator.providers.gestopago.auth.front import check_api_key
from emulator.providers.gestopago.auth.login_mistakes import differ, recognise
from emulator.providers.gestopago.behaviours import DATASHEET
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.form import (
    URLENCODED,
    body_fields,
    has_form,
    names_of,
    query_fields,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import conflict

LOGIN_FIELDS = ("idDistribuidor", "codigoDispositivo", "password")
MASKED = "(the secret itself, masked)"
LOGIN_FIELD_MISSING = FailureMode(
    "gestopago.login-field-missing", "The login lacks one of its three fields", DATASHEET
)
UNKNOWN_DEVICE = FailureMode(
    "gestopago.unknown-device", "No such codigoDispositivo is registered", DATASHEET
)
DISTRIBUTOR = FailureMode(
    "gestopago.distributor", "idDistribuidor is not the one of this device", DATASHEET
)
PASSWORD = FailureMode("gestopago.password", "The password is wrong", DATASHEET)


def log_in(exchange: Exchange, context: Context[Settings]) -> None:
    """Check a login.

    Raises:
        Refusal: `api-key` with `api-gateway.key-missing`, `api-gateway.key`; else
            `login-invalid` with a code of `form`, `gestopago.field-conflict`,
            `gestopago.login-field-missing`, `gestopago.unknown-device`,
            `gestopago.distributor`, `gestopago.password`, `gestopago.inactive`.

    Source:
        GestoPago Security Datasheet v2.00, "Authorization".
    """
    check_api_key(exchange, context)
    with ERRORS.refusing("login-invalid"):
        fields = _login_fields(exchange)
        exchange.payload = {name: fields[name] for name in LOGIN_FIELDS[:2]}
        _check_login(exchange, context, fields)


def _login_fields(exchange: Exchange) -> dict[str, str]:
    query = query_fields(exchange.request)
    read = has_form(exchange.request) or not all(query.get(name) for name in LOGIN_FIELDS)
    body = body_fields(exchange.request, URLENCODED) if read else {}
    for name in LOGIN_FIELDS:
        if name in query and name in body and query[name] != body[name]:
            raise SchemeError(conflict(name))
    fields = {**query, **body}
    for name in LOGIN_FIELDS:
        if not fields.get(name):
            raise SchemeError(
                LOGIN_FIELD_MISSING.diagnose(
                    f"body.{name}",
                    expected=", ".join(LOGIN_FIELDS),
                    received=names_of(fields),
                    hint=_misspelt(name, fields),
                )
            )
    return fields


def _check_login(exchange: Exchange, context: Context[Settings], fields: dict[str, str]) -> None:
    device, distributor = fields["codigoDispositivo"], fields["idDistribuidor"]
    record = context.credential(device)
    if record is None:
        raise SchemeError(_unknown(device, context))
    right = str(record["idDistribuidor"])
    if distributor != right:
        swapped = distributor == record["password"]
        raise SchemeError(
            DISTRIBUTOR.diagnose(
                "body.idDistribuidor",
                expected=right,
                received=MASKED if swapped else distributor,
                hint=_SWAPPED
                if swapped
                else lambda: (
                    recognise(distributor, right)
                    or Message("Send idDistribuidor={right} for {device}").with_(
                        right=right, device=device
                    )
                ),
            )
        )
    exchange.credential = device
    if differ(record["password"], fields["password"]):
        raise SchemeError(
            PASSWORD.diagnose(
                "body.password",
                expected="the registered password",
                received=f"{len(fields['password'])} characters",
                hint=lambda: (
                    recognise(fields["password"], record["password"])
                    or Message("Take the password of {device}; {where_to_find}").with_(
                        device=device, where_to_find=WHERE_TO_FIND
                    )
                ),
            )
        )
    if record["status"] != ACTIVE:
        raise SchemeError(inactive(record))


_SWAPPED = Message("The password was sent in this field; the fields are mixed up")
WHERE_TO_FIND = Message("`emulator credentials gestopago` prints what is registered")


def _unknown(device: str, context: Context[Settings]) -> Diagnosis:
    known = list(context.store.table(CREDENTIALS).items())
    devices = [registered for registered, _ in known]
    swapped = any(device == record["password"] for _, record in known)
    return UNKNOWN_DEVICE.diagnose(
        "body.codigoDispositivo",
        expected="a registered device, exactly as registered",
        received=MASKED if swapped else device,
        hint=_SWAPPED
        if swapped
        else lambda: next(
            (hint for right in devices if (hint := recognise(device, right))),
            suggest.identity(device, devices, "gestopago"),
        ),
    )


def _misspelt(name: str, fields: dict[str, str]) -> str:
    for other in fields:
        if other.lstrip().startswith("{"):
            return Message("The fields were sent as JSON; send them as a form")
        if other != name and suggest.fold(other) == suggest.fold(name):
            return Message("It must be written {name}, not {other}").with_(name=name, other=other)
    return (
        Message("{name} is empty; {where_to_find}").with_(name=name, where_to_find=WHERE_TO_FIND)
        if name in fields
        else Message("Add the field {name}").with_(name=name)
    )
