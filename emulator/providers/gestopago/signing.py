"""Making a right request, for `emulator sign` and the examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, Preparation, Signed
from emulator.providers.gestopago.answers import MEXICO_CITY
from emulator.providers.gestopago.auth import LOGIN_FIELDS, TOKEN_PATHS
from emulator.providers.gestopago.form import URLENCODED
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import encryption
from emulator.schemes import aes_cbc

PLAIN_METHODS = ("sendEcho", "validateMe", "getBalance", "getProductList")
SIGNED_METHODS = ("verifyReference", "sendTx", "confirmTx")
ENCRYPT_PATH = "/sistema/app/public/encrypt/"


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request.

    Args:
        endpoint: `token` or the name of a method.
        payload: What to encrypt, an object or its JSON text; a default one if None.
        context: Gives the credential and the time.
        base_url: Where the provider is.

    Raises:
        ConfigurationError: There is no such endpoint, or the payload is not an object.
    """
    record = default_record(context)
    if endpoint == "token":
        login = log_in_request(record, base_url)
        return Signed(login, "&".join(f"{name}={_shown(record, name)}" for name in LOGIN_FIELDS))
    if endpoint == "encrypt":
        text = _json_text(
            default_payload("sendTx", context.clock.time()) if payload is None else payload
        )
        return Signed(encrypt_request(record, text, base_url), text)
    if endpoint in PLAIN_METHODS:
        request = method_request(endpoint, "{token}", base_url=base_url)
        return _with_login(request, "", (), record, base_url)
    if endpoint not in SIGNED_METHODS:
        known = ", ".join(("token", "encrypt", *PLAIN_METHODS, *SIGNED_METHODS))
        raise ConfigurationError(f"gestopago has no endpoint {endpoint!r}; there are {known}")
    text = _json_text(_fresh(endpoint, context.clock.time()) if payload is None else payload)
    signed = sign_text(text, record)
    request = method_request(endpoint, "{token}", {"signed": signed}, base_url=base_url)
    steps = (
        f"plaintext (JSON, UTF-8) = {text}",
        "ciphertext = AES-256-CBC(aes_key, aes_iv, plaintext with PKCS#7 padding)",
        f"signed = Base64(ciphertext) = {signed}",
        "body = signed=<percent-encoded>",
    )
    return _with_login(request, text, steps, record, base_url)


def default_record(context: Context[Settings]) -> Record:
    """Return the credential that clients use."""
    return next(record for _, record in context.store.table(CREDENTIALS).items())


def default_payload(endpoint: str, now: float) -> dict[str, Any]:
    """Return a payload that the method accepts.

    Args:
        endpoint: Name of a method that takes one.
        now: Seconds since the epoch; it makes `horaLocal` and `upc`.
    """
    if endpoint == "verifyReference":
        return {"idServicio": 166, "idProducto": 597, "referencia": "123456789012"}
    local = datetime.fromtimestamp(now, UTC).astimezone(MEXICO_CITY)
    return {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": "5512134073",
        "horaLocal": f"{local:%Y%m%d%H%M%S}",
        "upc": f"{int(now * 1000) % 10**13:013d}",
    }


def _fresh(endpoint: str, now: float) -> dict[str, Any]:
    """Return a default payload to another phone each second: the same one is a duplicate."""
    payload = default_payload(endpoint, now)
    if "telefono" in payload:
        payload["telefono"] = f"55{int(now) % 10**8:08d}"
    return payload


def sign_text(text: str, record: Record) -> str:
    """Encrypt JSON text into what `signed` holds."""
    return aes_cbc.encrypt_text(*encryption(record), text.encode())


def log_in_request(record: Record, base_url: str = "") -> Request:
    """Make the login of a credential."""
    body = urlencode({name: record[name] for name in LOGIN_FIELDS})
    return _form("POST", TOKEN_PATHS[0], body, [], base_url)


def encrypt_request(record: Record, text: str, base_url: str = "") -> Request:
    """Ask the provider's helper to encrypt JSON text."""
    request = _form("POST", ENCRYPT_PATH, urlencode({"data": text}), [], base_url)
    request.query = urlencode({"idDistribuidor": record["idDistribuidor"]})
    return request


def method_request(
    endpoint: str, token: str, fields: Mapping[str, str] | None = None, *, base_url: str = ""
) -> Request:
    """Make a call of a method: POST with a form, GET where there are no fields."""
    path = f"/sistema/service/{endpoint}.do"
    headers = [("authorization", f"Bearer {token}")]
    if fields is None:
        return Request(method="GET", path=path, headers=headers, base_url=base_url)
    return _form("POST", path, urlencode(fields), headers, base_url)


def _form(
    method: str, path: str, body: str, headers: list[tuple[str, str]], base_url: str
) -> Request:
    return Request(
        method=method,
        path=path,
        headers=[*headers, ("content-type", URLENCODED)],
        body=body.encode("ascii"),
        base_url=base_url,
    )


def _with_login(
    request: Request, canonical: str, steps: tuple[str, ...], record: Record, base_url: str
) -> Signed:
    login = log_in_request(record, base_url)
    return Signed(request, canonical, steps, (Preparation(login, {"token": "token"}),))


def _json_text(payload: object) -> str:
    if isinstance(payload, str):
        return payload
    if not isinstance(payload, Mapping):
        raise ConfigurationError("a payload of gestopago is a JSON object")
    members = cast("Mapping[str, Any]", payload)
    return json.dumps(dict(members), ensure_ascii=False, separators=(",", ":"))


def _shown(record: Record, name: str) -> str:
    return "***" if name == "password" else str(record[name])
