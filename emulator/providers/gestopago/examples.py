"""Requests in order and requests spoiled in one way; contract tests send them all.

A spoiled one is made from one in order by one change, so that its diagnosis is that change.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

from emulator.core.exchange import Request
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, Example
from emulator.providers.gestopago import products
from emulator.providers.gestopago.auth import ISSUER, LOGIN_FIELDS, TOKENS, issue_token
from emulator.providers.gestopago.auth.front import AWS_PREFIX
from emulator.providers.gestopago.form import MULTIPART
from emulator.providers.gestopago.sales import match_of, parameters
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    PLAIN_METHODS,
    default_payload,
    default_record,
    encrypt_request,
    log_in_request,
    method_request,
    sign_text,
)
from emulator.providers.gestopago.state import debts, enter_sale
from emulator.schemes import bearer

Build = Callable[[Context[Settings]], Request]

_BOUNDARY = "example-boundary"
_DAY = 24 * 3600


# Parts


def _record(context: Context[Settings], status: str) -> Record:
    records = (record for _, record in context.store.table(CREDENTIALS).items())
    return next(record for record in records if record["status"] == status)


def _token(context: Context[Settings], age: float = 0, device: str = "") -> str:
    owner = device or default_record(context)["codigoDispositivo"]
    return issue_token(owner, 0, context, context.clock.timestamp() - age)


def _payload(endpoint: str, context: Context[Settings], changes: Mapping[str, Any]) -> str:
    members = {**default_payload(endpoint, context.clock.time()), **changes}
    return json.dumps({name: value for name, value in members.items() if value is not ...})


def _signed(endpoint: str, **changes: Any) -> Build:
    """Call a method with a payload; a member given as `...` is left out."""

    def build(context: Context[Settings]) -> Request:
        signed = sign_text(_payload(endpoint, context, changes), default_record(context))
        return method_request(endpoint, _token(context), {"signed": signed})

    return build


def _text(write: Callable[[str], str]) -> Build:
    """Call sendTx with `signed` changed after the encryption."""

    def build(context: Context[Settings]) -> Request:
        text = sign_text(_payload("sendTx", context, {}), default_record(context))
        return method_request("sendTx", _token(context), {"signed": write(text)})

    return build


def _changed(build: Build, change: Callable[[Request], Request]) -> Build:
    return lambda context: change(build(context))


def _headed(build: Build, header: str, value: str | None) -> Build:
    """Replace a header, or take it away."""

    def change(request: Request) -> Request:
        others = [(name, old) for name, old in request.headers if name != header]
        return replace(request, headers=others if value is None else [*others, (header, value)])

    return _changed(build, change)


def _method(endpoint: str) -> Build:
    return lambda context: method_request(endpoint, _token(context))


def _empty_form(context: Context[Settings]) -> Request:
    return method_request("sendTx", _token(context), {})


def _at_front(endpoint: str) -> Build:
    front = f"{AWS_PREFIX}{endpoint}.do"
    return _changed(_method(endpoint), lambda request: replace(request, path=front))


def _bearer(token: Callable[[Context[Settings]], str]) -> Build:
    return lambda context: method_request("sendEcho", token(context))


def _login(**changes: str) -> Build:
    """Log in with other values; a field given as empty text is left out."""

    def build(context: Context[Settings]) -> Request:
        record = {**default_record(context), **changes}
        fields = {name: record[name] for name in LOGIN_FIELDS if record[name] != ""}
        return replace(log_in_request(record), body=urlencode(fields).encode("ascii"))

    return build


def _inactive_login(context: Context[Settings]) -> Request:
    return log_in_request(_record(context, "inactive"))


def _login_by_query(context: Context[Settings]) -> Request:
    request = log_in_request(default_record(context))
    return replace(request, query=request.body.decode("ascii"), body=b"", headers=[])


def _login_as_json(context: Context[Settings]) -> Request:
    record = default_record(context)
    body = json.dumps({name: record[name] for name in LOGIN_FIELDS}).encode()
    headers = [("content-type", "application/json")]
    return replace(log_in_request(record), headers=headers, body=body)


def _by_get(request: Request) -> Request:
    return replace(request, method="GET", query=request.body.decode("ascii"), body=b"")


def _by_get_with_body(request: Request) -> Request:
    return replace(request, method="GET")


def _verify_by_multipart(context: Context[Settings]) -> Request:
    return _multipart("verifyReference", context)


def _by_multipart(context: Context[Settings]) -> Request:
    return _multipart("sendTx", context)


def _multipart(endpoint: str, context: Context[Settings]) -> Request:
    signed = sign_text(_payload(endpoint, context, {}), default_record(context))
    body = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="signed"\r\n\r\n'
        f"{signed}\r\n--{_BOUNDARY}--\r\n"
    )
    return replace(
        method_request(endpoint, _token(context)),
        method="POST",
        headers=[
            ("authorization", f"Bearer {_token(context)}"),
            ("content-type", f"{MULTIPART}; boundary={_BOUNDARY}"),
        ],
        body=body.encode("ascii"),
    )


def _encrypt(context: Context[Settings]) -> Request:
    return encrypt_request(default_record(context), '{"idServicio":115}')


def _plus_lost(context: Context[Settings]) -> Request:
    record, token = default_record(context), _token(context)
    texts = (sign_text(_payload("sendTx", context, {"upc": f"{n}"}), record) for n in count())
    text = next(text for text in texts if "+" in text)
    request = method_request("sendTx", token, {"signed": text})
    return replace(request, body=f"signed={text}".encode("ascii"))


def _not_json(context: Context[Settings]) -> Request:
    signed = sign_text("{idServicio:115}", default_record(context))
    return method_request("sendTx", _token(context), {"signed": signed})


def _claims(**changes: Any) -> Build:
    """Call with a token whose signature is right and whose claims are others."""

    def build(context: Context[Settings]) -> Request:
        now = int(context.clock.timestamp())
        claims = {
            "iss": ISSUER,
            "sub": default_record(context)["codigoDispositivo"],
            "exp": now + 60,
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not ...}
        return method_request("sendEcho", bearer.issue(kept, TOKENS.secret(context.keys)))

    return build


def _revoked(context: Context[Settings]) -> Request:
    jti = TOKENS.jti("revoked", context)
    TOKENS.revoke({"jti": jti}, context)
    return _claims(jti=jti)(context)


def _alg_none(context: Context[Settings]) -> Request:
    header = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode("ascii")
    _, claims, signature = _token(context).split(".")
    return method_request("sendEcho", f"{header}.{claims}.{signature}")


def _bill(**changes: Any) -> Build:
    bill: dict[str, Any] = {
        "idServicio": 166,
        "idProducto": 597,
        "telefono": "1111111111",
        "referencia": "123456789012",
        "montoPago": "165.00",
    }
    return _signed("sendTx", **{**bill, **changes})


def _unverified(**changes: Any) -> Build:
    """Pay a bill without a known debt."""
    return _bill(**{"idServicio": 38, "idProducto": 5267, "referencia": "A-1", **changes})


def _bill_paid(context: Context[Settings]) -> Request:
    """Pay a bill that was paid long ago, so that it is no duplicate."""
    product = products.find(166, 597)
    assert product is not None
    debts.pay(product, "123456789012", default_record(context)["idDistribuidor"], "1", context)
    return _bill()(context)


def _confirmed_before(context: Context[Settings]) -> Request:
    """Confirm a sale of long ago for the second time."""
    payload = default_payload("sendTx", context.clock.time())
    asked, distributor = parameters(payload), default_record(context)["idDistribuidor"]
    sale = {
        "id_tx": "1",
        "autorizacion": "1",
        "at": context.clock.passed() - _DAY,
        "issued_at": context.clock.timestamp() - _DAY,
        "parameters": asked,
        "confirmations": 1,
    }
    enter_sale(sale, match_of(distributor, asked, context), (), context)
    return _signed("confirmTx", **payload)(context)


def _of(endpoint: str) -> Callable[..., Example]:
    """Return a maker of examples for one endpoint."""

    def example(
        name: str,
        build: Build,
        code: str = "",
        after: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> Example:
        return Example(name, endpoint, build, code, after, warnings)

    return example


_token_example = _of("token")
_echo = _of("sendEcho")
_catalogue = _of("getProductList")
_verify = _of("verifyReference")
_sale = _of("sendTx")
_confirm = _of("confirmTx")


def _good_login(context: Context[Settings]) -> Request:
    return log_in_request(default_record(context))


def _twice(request: Request) -> Request:
    return replace(request, body=request.body + b"&" + request.body)


def _into_query(request: Request) -> Request:
    return replace(request, query=request.body.decode("ascii"), body=b"", headers=request.headers)


def _in_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))


def _padded(context: Context[Settings]) -> Request:
    """Pad by hand, for a length where the padding is white space to JSON."""
    record = default_record(context)
    text = _payload("sendTx", context, {})
    text = text[:-1] + " " * ((6 - len(text.encode())) % 16) + "}" + "\n" * 10
    return method_request("sendTx", _token(context), {"signed": sign_text(text, record)})


def _wrapped(request: Request) -> Request:
    """Put text before and after the parts, which RFC 2046 has readers ignore."""
    return replace(request, body=b"preamble\r\n" + request.body + b"epilogue")


def _api_key(context: Context[Settings]) -> str:
    return default_record(context)["api_key"]


def _at_front_with_key(context: Context[Settings]) -> Request:
    return _headed(_at_front("sendEcho"), "x-api-key", _api_key(context))(context)


def _of_utc(context: Context[Settings]) -> Request:
    """Sell with UTC in place of the local time."""
    utc = datetime.fromtimestamp(context.clock.time(), UTC)
    return _signed("sendTx", horaLocal=f"{utc:%Y%m%d%H%M%S}")(context)


def _other_in_query(request: Request) -> Request:
    return replace(request, query="signed=AAAA")


EXAMPLES = (
    # In order
    _token_example("log-in", _good_login),
    _token_example("log-in-by-query", _login_by_query),
    *(Example(name, name, _method(name)) for name in PLAIN_METHODS),
    _verify("verifyReference", _signed("verifyReference")),
    _sale("sendTx", _signed("sendTx")),
    _sale("sendTx-multipart", _by_multipart),
    _sale("sendTx-multipart-wrapped", _changed(_by_multipart, _wrapped)),
    _sale("sendTx-query", _changed(_signed("sendTx"), _into_query)),
    _sale("sendTx-in-lines", _text(_in_lines), warnings=("gestopago.signed-in-lines",)),
    _sale("sendTx-padded-by-hand", _padded, warnings=("aes-cbc.padded-twice",)),
    _sale("sendTx-utc", _of_utc, warnings=("gestopago.local-time",)),
    _sale("sendTx-amount-empty", _signed("sendTx", montoPago="")),
    _verify("verifyReference-get", _changed(_signed("verifyReference"), _by_get)),
    _verify("verifyReference-get-with-body", _changed(_verify_by_multipart, _by_get_with_body)),
    _sale("sendTx-bill", _bill()),
    _sale(
        "sendTx-pin",
        _signed("sendTx", idServicio=669, idProducto=5611, telefono="#1111111111"),
    ),
    _sale(
        "sendTx-enquiry",
        _signed("sendTx", idServicio=687, idProducto=6752, telefono=None, referencia="77304070"),
    ),
    _confirm("confirmTx-unknown-sale", _signed("confirmTx")),
    Example("encrypt", "encrypt", _encrypt),
    # The login
    _token_example(
        "log-in-as-json",
        _login_as_json,
        "gestopago.media-type",
    ),
    _token_example("log-in-field-missing", _login(password=""), "gestopago.login-field-missing"),
    _token_example("log-in-twice", _changed(_good_login, _twice), "gestopago.duplicate-field"),
    _token_example(
        "log-in-bad-escape",
        _changed(_good_login, lambda request: replace(request, body=request.body + b"%zz")),
        "gestopago.malformed-form",
    ),
    _token_example(
        "log-in-unknown-device",
        _login(codigoDispositivo="gps1-tpv-01"),
        "gestopago.unknown-device",
    ),
    _token_example("log-in-distributor", _login(idDistribuidor="01"), "gestopago.distributor"),
    _token_example("log-in-password", _login(password="wrong12345"), "gestopago.password"),  # noqa: S106
    _token_example("log-in-inactive", _inactive_login, "gestopago.inactive"),
    Example(
        "log-in-without-slash",
        "",  # no endpoint is there
        _changed(_good_login, lambda request: replace(request, path=request.path[:-1])),
        "gestopago.path-slash",
    ),
    Example(
        "legacy-method",
        "",  # no endpoint is there
        _changed(
            _good_login, lambda request: replace(request, path="/sistema/service/getSaldo.do")
        ),
        "gestopago.legacy-method",
    ),
    # The token
    _echo("no-token", _headed(_method("sendEcho"), "authorization", None), "bearer.missing"),
    _echo(
        "basic-in-place-of-bearer",
        _headed(_method("sendEcho"), "authorization", "Basic Z3A6Z3A="),
        "bearer.scheme",
    ),
    _echo("token-undefined", _bearer(lambda _: "undefined"), "bearer.malformed"),
    _echo("token-of-a-failed-login", _bearer(lambda _: "INVALID"), "bearer.not-a-jwt"),
    _echo(
        "token-altered",
        _bearer(lambda context: _token(context).rpartition(".")[0] + "." + "A" * 43),
        "bearer.signature",
    ),
    _echo("token-alg-none", _alg_none, "bearer.alg"),
    _echo("token-without-exp", _claims(exp=...), "bearer.claims"),
    _echo("token-of-another-issuer", _claims(iss="somebody"), "bearer.issuer"),
    _echo("token-for-another-audience", _claims(aud="somebody"), "bearer.audience"),
    _echo("token-expired", _bearer(lambda context: _token(context, _DAY)), "bearer.expired"),
    _echo("token-of-tomorrow", _bearer(lambda c: _token(c, -_DAY)), "bearer.not-yet-valid"),
    _echo(
        "token-of-unknown-device",
        _bearer(lambda context: _token(context, device="GPS9-TPV-99")),
        "gestopago.unknown-bearer",
    ),
    _echo(
        "token-of-inactive-device",
        _bearer(lambda c: _token(c, device=_record(c, "inactive")["codigoDispositivo"])),
        "gestopago.inactive",
    ),
    _echo(
        "token-of-another-namespace",
        _claims(jti="00000000.1"),
        "gestopago.token-of-another-run",
    ),
    _echo("token-revoked", _revoked, "gestopago.token-revoked"),
    _echo("aws-front", _at_front_with_key),
    _echo("aws-front-without-key", _at_front("sendEcho"), "api-gateway.key-missing"),
    _echo(
        "aws-front-wrong-key",
        _headed(_at_front("sendEcho"), "x-api-key", "example"),
        "api-gateway.key",
    ),
    # Too often
    *(_token_example(f"log-in-{n}", _good_login) for n in (1, 2)),
    _token_example(
        "log-in-per-request",
        _good_login,
        after=("log-in-1", "log-in-2"),
        warnings=("gestopago.token-per-request",),
    ),
    *(_catalogue(f"catalogue-{n}", _method("getProductList")) for n in (1, 2, 3)),
    _catalogue(
        "catalogue-too-often",
        _method("getProductList"),
        after=("catalogue-1", "catalogue-2", "catalogue-3"),
        warnings=("gestopago.catalogue-too-often",),
    ),
    # The payload, encrypted
    _sale(
        "compressed",
        _headed(_signed("sendTx"), "content-encoding", "gzip"),
        "request.content-encoding",
    ),
    _sale("signed-missing", _empty_form, "gestopago.signed-missing"),
    _sale("sendTx-get", _changed(_signed("sendTx"), _by_get), "request.method"),
    _sale(
        "signed-differs-in-query",
        _changed(_signed("sendTx"), _other_in_query),
        "gestopago.field-conflict",
    ),
    _sale(
        "multipart-cut",
        _changed(_by_multipart, lambda request: replace(request, body=request.body[:-8])),
        "gestopago.malformed-multipart",
    ),
    _sale("plus-unencoded", _plus_lost, "aes-cbc.not-base64"),
    _sale(
        "not-encrypted",
        _text(lambda _: b64encode(b'{"idServicio":115}').decode("ascii")),
        "aes-cbc.ciphertext-length",
    ),
    _sale(
        "ciphertext-cut",
        _text(lambda text: b64encode(bytes(16)).decode("ascii")),  # noqa: ARG005
        "aes-cbc.padding",
    ),
    _sale("not-json", _not_json, "aes-cbc.plaintext"),
    # The payload, read
    _verify(
        "verify-member-missing",
        _signed("verifyReference", referencia=...),
        "gestopago.payload-field-missing",
    ),
    _verify(
        "verify-top-up",
        _signed("verifyReference", idServicio=115, idProducto=298),
        "gestopago.not-verifiable",
    ),
    _verify(
        "verify-length", _signed("verifyReference", referencia="1234"), "gestopago.reference-length"
    ),
    _verify(
        "verify-characters", _signed("verifyReference", referencia="12 34"), "gestopago.reference"
    ),
    _sale(
        "sendTx-member-malformed",
        _signed("sendTx", horaLocal="2020-12-22T10:45:55"),
        "gestopago.payload-field",
    ),
    _sale(
        "sendTx-ids-exchanged",
        _signed("sendTx", idServicio=298, idProducto=115),
        "gestopago.unknown-product",
    ),
    _sale("sendTx-phone", _signed("sendTx", telefono="+525512134073"), "gestopago.phone"),
    _sale("sendTx-reference", _bill(referencia=...), "gestopago.reference"),
    _sale("sendTx-amount", _bill(montoPago="165.001"), "gestopago.amount"),
    _sale("sendTx-amount-not-owed", _bill(montoPago="164.99"), "gestopago.amount-owed"),
    _sale("sendTx-balance", _unverified(montoPago=9_000_000), "gestopago.balance"),
    _sale(
        "sendTx-upc-again",
        _signed("sendTx", upc="2133135523", telefono="5512134074"),
        "gestopago.duplicate-upc",
        ("sendTx-first-upc",),
    ),
    _sale("sendTx-first-upc", _signed("sendTx", upc="2133135523")),
    _sale(
        "sendTx-top-up-again",
        _signed("sendTx", upc="another"),
        "gestopago.duplicate-top-up",
        ("sendTx",),
    ),
    _sale("sendTx-bill-again", _bill(upc="another"), "gestopago.duplicate-bill", ("sendTx-bill",)),
    _sale("sendTx-bill-paid", _bill_paid, "gestopago.nothing-owed"),
    _confirm(
        "confirmTx-at-once",
        _signed("confirmTx", upc="2133135523", horaLocal="20201222104555"),
        "gestopago.confirm-early",
        ("sendTx-to-confirm",),
    ),
    _confirm(
        "confirmTx-other-time",
        _signed("confirmTx", upc="2133135523", horaLocal="20201222104557"),
        "gestopago.confirm-mismatch",
        ("sendTx-to-confirm",),
    ),
    _confirm(
        "confirmTx-member-missing",
        _signed("confirmTx", telefono=...),
        "gestopago.phone",
        ("sendTx-to-confirm",),
    ),
    _confirm(
        "confirmTx-again",
        _confirmed_before,
        warnings=("gestopago.confirm-repeated",),
    ),
    _sale("sendTx-to-confirm", _signed("sendTx", upc="2133135523", horaLocal="20201222104555")),
)
