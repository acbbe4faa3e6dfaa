"""The answers of a refusal: JSON, a page of Tomcat, or XML."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from emulator.core.exchange import Reply
from emulator.provider import Context, Refused, Render
from emulator.providers.gestopago import answers
from emulator.providers.gestopago.answers import element, message, text
from emulator.providers.gestopago.settings import Settings

SUCCESS = "01"
IDENTIFIED = "10"
APPLIED = "06"
DONE = "Operacion realizada con exito"
POST_ONLY = ("token", "sendTx", "confirmTx", "encrypt")
"""Endpoints that do not accept GET."""

_OAS_STATUS = {"55": 400, "06": 401, "70": 401, "04": 401, "82": 500}


def json_reply(content: Mapping[str, Any]) -> Render:
    """Return a maker of refusals that all have this JSON."""

    def render(refused: Refused) -> Reply:
        return Reply.json(content, refused.error.status)

    return render


def page(refused: Refused) -> Reply:
    """Make a servlet container's error page."""
    error, exchange = refused.error, refused.exchange
    title = f"HTTP Status {error.status} – {HTTPStatus(error.status).phrase}"
    page = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1></body></html>"
    )
    reply = Reply(error.status, page.encode(), "text/html;charset=utf-8")
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        reply.headers.append(("allow", "POST" if exchange.endpoint in POST_ONLY else "GET, POST"))
    return reply


def unauthorized(refused: Refused) -> Reply:
    """Make a 401: XML for sendEcho, else an error page."""
    exchange, settings = refused.exchange, refused.context.settings
    if exchange.endpoint != "sendEcho":
        return page(refused)
    device, valid = text("ECHO", exchange.credential), text("VALID", 0)
    return answers.response(settings, device, valid, status=refused.error.status)


def _status(code: str, context: Context[Settings]) -> int:
    return _OAS_STATUS.get(code, 200) if context.settings.business_status == "oas" else 200


def business(refused: Refused) -> Reply:
    """Make a refusal in the form that the method uses."""
    error, exchange, context = refused.error, refused.exchange, refused.context
    code = str(error.code or context.settings.technical_code)
    settings, status = context.settings, _status(code, context)
    if exchange.endpoint == "confirmTx":
        spelt = message(code, error.message, text("ID_TX", -1))
        return answers.response(settings, text("NUM_AUTORIZACION", 0), spelt, status=status)
    spelt = message(code, error.message)
    if exchange.endpoint == "sendTx":
        return answers.response(settings, text("NUM_AUTORIZACION", -1), spelt, status=status)
    return answers.response(settings, spelt, status=status)


def duplicate(refused: Refused) -> Reply:
    """Repeat the numbers of the first sale; invent them if a scenario asks and there is none."""
    context, detail = refused.context, refused.detail
    number = detail.get("autorizacion", "109863")
    date = answers.sale_date(answers.issue_time(context))
    return answers.response(
        context.settings,
        text("ID_TX", detail.get("id_tx", "108121")),
        text("NUM_AUTORIZACION", number),
        text("SALDO", detail.get("saldo", "0.0")),
        text("FECHA", detail.get("fecha", date)),
        text("MONTO", detail.get("monto", "0.0")),
        message(APPLIED, refused.error.message.format(number)),
        status=_status(APPLIED, context),
    )


def timed_out(refused: Refused) -> Reply:
    """Make the answer of a biller that was too slow."""
    context = refused.context
    date = answers.sale_date(answers.issue_time(context))
    return answers.response(
        context.settings,
        text("NUM_AUTORIZACION", -1),
        message("82", refused.error.message, text("COMISION", 0), text("FECHA", date)),
        status=_status("82", context),
    )


def not_identified(refused: Refused) -> Reply:
    """Make the answer to a device that is not identified."""
    spelt = message(str(refused.error.code), refused.error.message)
    no_client = element("IDENTIFYME", text("VALID", 0))
    return answers.response(refused.context.settings, spelt, no_client)
