"""The checkout: a link to a page on which the beneficiary says where the money goes."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from emulator.core.messages import Message
from emulator.providers.pagsmile import beneficiary, members, money, state
from emulator.providers.pagsmile.amounts import amount, currency_meant, fee_bear
from emulator.providers.pagsmile.answers import params_of, refuse_used, success
from emulator.providers.pagsmile.destinations import country_hint
from emulator.providers.pagsmile.failures import (
    CHECKOUT_TIMEOUT,
    COUNTRY,
    CURRENCY_PAIR,
    METHOD,
    now,
    refuse,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange, Reply
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.settings import Settings

LONGEST_SECONDS = 1800
_PAGE = "https://sandbox-payout.pagsmile.com/?t="
_CHECKOUTS = {
    ("BRA", "PIX"): (("USD", "BRL"), "BRL"),
    ("BRA", "BANKTRANSFER"): (("USD", "BRL"), "BRL"),
    ("MEX", "SPEI"): (("USD", "MXN"), "MXN"),
    ("GLOBAL", "PAYPAL"): (("USD",), "USD"),
}
"""Country and method of a checkout -> the currencies it goes from and to."""
_REQUIRED = (
    "user_id",
    "custom_code",
    "fee_bear",
    "source_currency",
    "payout_currency",
    "payout_amount",
    "notify_url",
    "return_url",
    "additional_remark",
)


def checkout(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return a link with a signed token."""
    import jwt

    app_id, params = exchange.credential, params_of(exchange)
    members.require(params, _REQUIRED)
    custom_code = members.code(params, exchange)
    bearer = fee_bear(params)
    _check(params)
    value = amount(params, "payout_amount", members.string(params, "payout_currency"))
    beneficiary.remark(params)
    claims: dict[str, Any] = {
        "user_id": members.string(params, "user_id"),
        "payout_id": "",
        "custom_code": custom_code,
        "fee_bear": bearer,
        "source_currency": members.string(params, "source_currency"),
        "payout_currency": members.string(params, "payout_currency"),
        "payout_amount": money.text(value),
        "notify_url": members.callback(params, "notify_url"),
        "return_url": members.callback(params, "return_url"),
        "additional_remark": members.string(params, "additional_remark"),
        "country": members.string(params, "country"),
        "session_timeout": _session_seconds(params, exchange),
    }
    created = now(context)
    claims["payout_id"] = state.new_id(app_id, "C", created, context)
    if not state.claim(app_id, custom_code, claims["payout_id"], context):
        refuse_used(custom_code, context)
    claims |= {
        "created_at": created,
        "iss": "Pagsmile - Transfersmile",
        "exp": created + claims["session_timeout"],
        "jti": str(context.store.table("counters").increment("checkouts")),
    }
    secret = urlsafe_b64encode(sha256(f"checkout {app_id}".encode()).digest())
    token = jwt.encode(claims, secret, algorithm="HS256")
    return success({"checkout_url": _PAGE + token}, context)


def _check(params: Params) -> None:
    country = members.string(params, "country")
    method = members.string(params, "method").upper()
    countries = tuple(dict.fromkeys(where for where, _ in _CHECKOUTS))
    if country and country not in countries:
        refuse(
            "country-unsupported",
            COUNTRY,
            "body.country",
            expected="BRA, MEX or GLOBAL",
            received=country,
            hint=country_hint(country, countries),
        )
    found = [
        currencies
        for (where, how), currencies in _CHECKOUTS.items()
        if country in ("", where) and method in ("", how)
    ]
    pairs = ", ".join(f"{where} {how}" for where, how in _CHECKOUTS)
    if not found:
        refuse(
            "payout-method-unsupported",
            METHOD,
            "body.method",
            expected=pairs,
            received=f"{country} {method}".strip(),
            hint=Message("A checkout has {pairs}; or leave method and country out").with_(
                pairs=pairs
            ),
        )
    source, payout = (members.string(params, n) for n in ("source_currency", "payout_currency"))
    if not any(source in sources and payout == to for sources, to in found):
        ways = ", ".join(f"{'|'.join(sources)} to {to}" for sources, to in found)
        known = [currency for sources, to in found for currency in (*sources, to)]
        meant = currency_meant(payout, known) or currency_meant(source, known)
        refuse(
            "source-to-payout-currency",
            CURRENCY_PAIR,
            "body.payout_currency",
            expected=ways,
            received=f"{source} to {payout}",
            hint=Message("Write the currency as {meant}").with_(meant=meant)
            if meant
            else Message("A checkout goes {ways}").with_(ways=ways),
        )


def _session_seconds(params: Params, exchange: Exchange) -> int:
    if params.get("timeout") in (None, ""):
        return LONGEST_SECONDS
    seconds = members.integer(params, "timeout", exchange)
    if not 1 <= seconds <= LONGEST_SECONDS:
        refuse(
            "bad-request",
            CHECKOUT_TIMEOUT,
            "body.timeout",
            expected=f"1 to {LONGEST_SECONDS}",
            received=str(seconds),
            hint=Message("Milliseconds? Send seconds: {seconds}").with_(seconds=seconds // 1000)
            if 1 <= seconds // 1000 <= LONGEST_SECONDS and seconds > LONGEST_SECONDS
            else Message(
                "Send 1 to {longest_seconds} seconds, or leave it out for {longest_seconds}"
            ).with_(longest_seconds=LONGEST_SECONDS),
            err="invalid timeout",
        )
    return seconds
