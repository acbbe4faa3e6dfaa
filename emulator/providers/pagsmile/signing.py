"""Making a request as it should be: for `emulator sign` and for the examples."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError, SchemeError
from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Preparation, Signed
from emulator.providers.pagsmile.endpoints import ENDPOINTS
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.pagsmile.settings import Settings

MEDIA_TYPE = "application/json; charset=UTF-8"
_ABOUT_A_PAYOUT = ("payout.status", "payout.detail", "payout.voucher")
STAMPED = frozenset({"payout.dry-run", "payout.list", "payout.detail", "payout.voucher", "balance"})
"""Endpoints that take a timestamp."""

PATHS = {endpoint.name: endpoint.paths[0] for endpoint in ENDPOINTS}
_DAY_SECONDS = 86_400


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request with the default credential; a missing timestamp is added.

    Raises:
        ConfigurationError: If there is no such endpoint, or the payload cannot be signed.
    """
    if endpoint not in PATHS:
        raise ConfigurationError(f"there is no endpoint {endpoint!r}{nearest(endpoint, PATHS)}")
    if payload is None and endpoint in _ABOUT_A_PAYOUT:
        return _about_a_payout(endpoint, context, base_url)
    if payload is None:
        payload = default_payload(endpoint, context)
    if not isinstance(payload, dict):
        raise ConfigurationError("the payload must be a JSON object")
    return _signed_members(endpoint, cast("dict[str, Any]", payload), context, base_url)


def _signed_members(
    endpoint: str, members: Mapping[str, Any], context: Context[Settings], base_url: str
) -> Signed:
    if endpoint in STAMPED:
        members = {"timestamp": int(context.clock.time()), **members}
    app = default_app(context)
    body = encode(members)
    try:
        params = sorted_digest.parse(body)
    except SchemeError as error:
        raise ConfigurationError(f"the payload cannot be signed: {error}") from error
    canonical = sorted_digest.canonical(params)
    signature = sorted_digest.signature(canonical, app["app_key"])
    return Signed(
        request(endpoint, body, app["app_id"], signature, base_url),
        canonical,
        (
            "text to hash = sorted k=v pairs that have a value, joined by &, then the app key",
            f"SHA-256, lower-case hex = {signature}",
        ),
    )


def _about_a_payout(endpoint: str, context: Context[Settings], base_url: str) -> Signed:
    """Make a request about a payout that is created before it, so that any server accepts it.

    Its id is known from the answer only, and the signature covers it: it is signed after that.
    """

    def again(members: Mapping[str, str]) -> Signed:
        return _signed_members(endpoint, members, context, base_url)

    code = f"example_{int(context.clock.time() * 1000)}"
    members = {**payout(code), "notify_url": "http://127.0.0.1:9/notify"}  # where nothing listens
    created = _signed_members("payout.create", members, context, base_url)
    if endpoint == "payout.status":
        about = again({"custom_code": code})
        return replace(about, before=(Preparation(created.request),))
    before = [Preparation(created.request, {"payoutId": "id"})]
    if endpoint == "payout.voucher":
        before.append(Preparation(_paid(code, base_url)))
    about = {"transaction_id": "{payoutId}"}
    steps = ("the id of a payout is in the answer only, so the request is signed after it",)
    return replace(again(about), steps=steps, before=tuple(before), payload=about, again=again)


def _paid(custom_code: str, base_url: str) -> Request:
    """Return the call of the control API that has a payout paid."""
    return Request(
        method="POST",
        path="/_emulator/trigger/pagsmile/payout.paid",
        headers=[("content-type", "application/json")],
        body=encode({"custom_code": custom_code}),
        base_url=base_url.rpartition("/")[0],
    )


def request(endpoint: str, body: bytes, app_id: str, signature: str, base_url: str) -> Request:
    """Return a request that carries this signature."""
    return Request(
        method="POST",
        path=PATHS[endpoint],
        headers=[
            ("appid", app_id),
            ("authorization", signature),
            ("content-type", MEDIA_TYPE),
        ],
        body=body,
        base_url=base_url,
    )


def encode(members: Mapping[str, Any]) -> bytes:
    """Return the JSON to sign and send."""
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def default_app(context: Context[Settings]) -> Record:
    """Return the credential for clients.

    Raises:
        ConfigurationError: If there is none.
    """
    found = next(iter(context.store.table(CREDENTIALS).items()), None)
    if found is None:
        raise ConfigurationError("pagsmile has no credential")
    return found[1]


def default_payload(endpoint: str, context: Context[Settings]) -> dict[str, Any]:
    """Return the parameters of a plausible request, without its timestamp."""
    now = context.clock.time()
    match endpoint:
        case "payout.create":
            return payout(f"example_{int(now * 1000)}")
        case "payout.dry-run":
            return {
                "source_currency": "USD",
                "arrival_currency": "BRL",
                "amount": "10.00",
                "fee_bear": "merchant",
                "method": "PIX",
                "country": "BRA",
            }
        case "payout.status":
            return {"custom_code": _newest(context).get("custom_code", "example")}
        case "payout.detail" | "payout.voucher":
            return {"transaction_id": _newest(context).get("id", "TS20210810073405unknownQM")}
        case "payout.list":
            return {
                "start_time": _utc(now - _DAY_SECONDS),
                "end_time": _utc(now + _DAY_SECONDS),
                "page_num": 1,
                "page_size": 100,
            }
        case "checkout":
            return {
                "user_id": "user-1",
                "custom_code": f"checkout_{int(now * 1000)}",
                "fee_bear": "merchant",
                "source_currency": "USD",
                "payout_currency": "BRL",
                "payout_amount": "10.00",
                "notify_url": "https://example.com/notify",
                "return_url": "https://example.com/return",
                "additional_remark": "checkout example",
                "country": "BRA",
            }
        case _:
            return {}


def payout(custom_code: str) -> dict[str, Any]:
    """Return the parameters of a PIX payout that is paid."""
    return {
        "name": "Test User Name",
        "account": "pagsmile_test_paid@pagsmile.com",
        "account_type": "EMAIL",
        "document_id": "50284414727",
        "document_type": "CPF",
        "method": "PIX",
        "custom_code": custom_code,
        "fee_bear": "merchant",
        "amount": "10.00",
        "source_currency": "USD",
        "arrival_currency": "BRL",
        "notify_url": "https://example.com/notify",
        "additional_remark": "pix payout request",
        "country": "BRA",
    }


def _newest(context: Context[Settings]) -> Record:
    from emulator.providers.pagsmile.state import payouts

    found = list(payouts(context).items())
    return found[-1][1] if found else {}


def _utc(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(max(seconds, 0.0), UTC).strftime("%Y-%m-%d %H:%M:%S")
