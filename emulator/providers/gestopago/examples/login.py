"""Wrong logins, and calls of wrong paths."""

from __future__ import annotations

import json
from dataclasses import replace

from emulator.core.exchange import Request
from emulator.provider import Context, Example
from emulator.providers.gestopago.auth import LOGIN_FIELDS
from emulator.providers.gestopago.examples.build import (
    changed,
    good_login,
    login_with,
    record_with,
    token_example,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    default_record,
    log_in_request,
)


def _inactive_login(context: Context[Settings]) -> Request:
    return log_in_request(record_with(context, "inactive"))


def _login_as_json(context: Context[Settings]) -> Request:
    record = default_record(context)
    body = json.dumps({name: record[name] for name in LOGIN_FIELDS}).encode()
    headers = [("content-type", "application/json")]
    return replace(log_in_request(record), headers=headers, body=body)


def _twice(request: Request) -> Request:
    return replace(request, body=request.body + b"&" + request.body)


LOGIN = (
    token_example(
        "log-in-as-json",
        _login_as_json,
        "gestopago.media-type",
    ),
    token_example("log-in-field-missing", login_with(password=""), "gestopago.login-field-missing"),
    token_example("log-in-twice", changed(good_login, _twice), "gestopago.duplicate-field"),
    token_example(
        "log-in-bad-escape",
        changed(good_login, lambda request: replace(request, body=request.body + b"%zz")),
        "gestopago.malformed-form",
    ),
    token_example(
        "log-in-unknown-device",
        login_with(codigoDispositivo="gps1-tpv-01"),
        "gestopago.unknown-device",
    ),
    token_example("log-in-distributor", login_with(idDistribuidor="01"), "gestopago.distributor"),
    token_example("log-in-password", login_with(password="wrong12345"), "gestopago.password"),  # noqa: S106
    token_example("log-in-inactive", _inactive_login, "gestopago.inactive"),
    Example(
        "log-in-without-slash",
        "",  # no endpoint is there
        changed(good_login, lambda request: replace(request, path=request.path[:-1])),
        "gestopago.path-slash",
    ),
    Example(
        "legacy-method",
        "",  # no endpoint is there
        changed(good_login, lambda request: replace(request, path="/sistema/service/getSaldo.do")),
        "gestopago.legacy-method",
    ),
)
