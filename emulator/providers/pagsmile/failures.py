"""The error catalogue: one envelope, with a true HTTP status.

    {"code": 4001000, "msg": "invalid parameter", "time": 1628580845, "data": {"err": "…"}}

`data` is `{}` where there is nothing to say. The payout status alone has short codes and puts
the detail under `error`. A business refusal such as "balance insufficient" is an HTTP 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refused
from emulator.providers.pagsmile.behaviours import (
    BALANCE,
    CHECKOUT,
    CODES,
    CREATE,
    LIST,
    METHODS,
    NOTIFICATION,
    OWN,
    PROOF,
    SECURITY,
    STATUS,
)

if TYPE_CHECKING:
    from emulator.provider import Context

# --- who sends -------------------------------------------------------------------------------

APP_ID_MISSING = FailureMode(
    "pagsmile.app-id-missing", "The header AppId is missing or empty", CODES
)
HEADER_TWICE = FailureMode(
    "pagsmile.header-twice",
    "A header that authenticates is there twice",
    OWN,
)
APP_UNKNOWN = FailureMode("pagsmile.app-unknown", "No app has this AppId", CODES)
APP_INACTIVE = FailureMode("pagsmile.app-inactive", "The app is inactive", CODES)
MERCHANT_INACTIVE = FailureMode("pagsmile.merchant-inactive", "The merchant is inactive", CODES)
IP_FORBIDDEN = FailureMode(
    "pagsmile.ip-forbidden", "The request comes from an address that is not registered", CODES
)
CONTENT_TYPE = FailureMode(
    "pagsmile.content-type",
    "The body is not declared as application/json",
    SECURITY.but(Standing.INFERRED),
)

# --- what it says ----------------------------------------------------------------------------

MEMBER_MISSING = FailureMode(
    "pagsmile.member-missing", "A required member is missing, null, empty or blank", CREATE
)
MEMBER_TYPE = FailureMode(
    "pagsmile.member-type",
    "A member has another JSON type than it should",
    CREATE.but(Standing.INFERRED),
)
MEMBER_VALUE = FailureMode(
    "pagsmile.member-value", "A member is too long or short, or not of its form", CREATE
)
MEMBER_MISSPELT = FailureMode(
    "pagsmile.member-misspelt",
    "A member is ignored whose name is nearly that of an optional one",
    OWN,
)
NUMBER_AS_TEXT = FailureMode(
    "pagsmile.number-as-text",
    "A whole number came as text, as from clients that keep all parameters as text",
    CREATE.but(Standing.CHOSEN),
)
BLANKS_AROUND = FailureMode(
    "pagsmile.blanks-around", "A reference begins or ends with a blank", OWN
)
EXPIRED = FailureMode(
    "pagsmile.request-expired",
    "The timestamp is too far from the provider's time",
    LIST.but(Standing.INFERRED),
    about_time=True,
)
COUNTRY = FailureMode("pagsmile.country", "No payouts go to this country", METHODS)
METHOD = FailureMode("pagsmile.method", "There is no such method", METHODS)
METHOD_IN_COUNTRY = FailureMode(
    "pagsmile.method-in-country", "The country does not have this method", METHODS
)
COUNTRY_MISPRINTED = FailureMode(
    "pagsmile.country-misprinted",
    "The country is written as its page misprints it",
    METHODS.but(Standing.INFERRED, "Guatemala"),
)
METHOD_WITHDRAWN = FailureMode(
    "pagsmile.method-withdrawn",
    "The provider's page says that the method ends",
    METHODS.but(Standing.DOCUMENTED, "Costa Rica, newest page"),
)
CHANNEL = FailureMode(
    "pagsmile.channel",
    "The channel is missing, unknown, or not of this country and method",
    METHODS,
)
ACCOUNT_TYPE = FailureMode(
    "pagsmile.account-type", "The method does not take this account_type", METHODS
)
ACCOUNT = FailureMode(
    "pagsmile.account", "The account is not one of its type", METHODS.but(Standing.INFERRED)
)
DOCUMENT = FailureMode(
    "pagsmile.document",
    "The document is not one of the country's, or its check digits are wrong",
    METHODS.but(Standing.INFERRED),
)
BANK_CODE = FailureMode(
    "pagsmile.bank-code",
    "The bank code is not in the country's table, or not the account's",
    METHODS.but(Standing.INFERRED),
)
AMOUNT = FailureMode(
    "pagsmile.amount", "The amount is not a positive decimal with at most two places", CREATE
)
AMOUNT_TYPE = FailureMode(
    "pagsmile.amount-type", "amount_type is neither arrival_amount nor source_amount", CREATE
)
AMOUNT_RANGE = FailureMode(
    "pagsmile.amount-range", "The amount is outside the limits of the method", METHODS
)
FEE_BEAR = FailureMode("pagsmile.fee-bear", "fee_bear is neither merchant nor beneficiary", CREATE)
ARRIVAL_CURRENCY = FailureMode(
    "pagsmile.arrival-currency", "The method does not arrive in this currency", METHODS
)
SOURCE_CURRENCY = FailureMode(
    "pagsmile.source-currency", "There are no accounts in this currency", METHODS
)
CURRENCY_PAIR = FailureMode(
    "pagsmile.currency-pair",
    "The method does not go from this source to this arrival currency",
    METHODS,
)
REMARK_LENGTH = FailureMode("pagsmile.remark-length", "additional_remark is too long", CODES)
REMARK_CHARACTERS = FailureMode(
    "pagsmile.remark-characters",
    "additional_remark has other characters than letters, digits, underline and space",
    CODES.but(Standing.INFERRED),
)
START_TIME = FailureMode(
    "pagsmile.start-time", "start_time is not a time written YYYY-MM-DD HH:MM:SS", LIST
)
TIME_RANGE = FailureMode(
    "pagsmile.time-range", "From start_time to end_time it is more than 31 days", LIST
)

# --- what it asks for ------------------------------------------------------------------------

ORDER_EXISTS = FailureMode(
    "pagsmile.order-exists", "The app has used this custom_code before", CODES
)
ORDER_UNKNOWN = FailureMode(
    "pagsmile.order-unknown",
    "The app has no such payout",
    CODES.but(Standing.INFERRED),
)
NO_VOUCHER = FailureMode(
    "pagsmile.no-voucher",
    "There is no proof of this payout: by its method, or because it was not paid",
    PROOF.but(Standing.INFERRED),
)
NO_REFERENCE = FailureMode(
    "pagsmile.no-reference", "Neither payout_id nor custom_code is given", STATUS
)
ACCOUNT_UNAVAILABLE = FailureMode(
    "pagsmile.account-unavailable",
    "The merchant has no account in the source currency",
    CODES.but(Standing.INFERRED),
)
FEE_NOT_CONFIGURED = FailureMode(
    "pagsmile.fee-not-configured", "The merchant has no fee for the source currency", CODES
)
ARRIVAL_NOT_POSITIVE = FailureMode(
    "pagsmile.arrival-not-positive", "Nothing is left of the amount after fee and tax", CODES
)
BALANCE_INSUFFICIENT = FailureMode(
    "pagsmile.balance-insufficient",
    "The balance in the source currency is less than source_amount",
    BALANCE.but(Standing.INFERRED),
)
CHECKOUT_TIMEOUT = FailureMode(
    "pagsmile.checkout-timeout", "timeout is not a number of seconds from 1 to 1800", CHECKOUT
)

# --- how the merchant answers ----------------------------------------------------------------

NOT_ACKNOWLEDGED = FailureMode(
    "pagsmile.webhook-not-acknowledged",
    "The merchant did not answer the webhook with HTTP 200 and success",
    NOTIFICATION.but(Standing.INFERRED),
)

# --- the replies -----------------------------------------------------------------------------


def now(context: Context[Any]) -> int:
    """Return the provider's time, in whole seconds since the epoch."""
    return int(context.clock.timestamp("issue"))


def envelope(code: object, message: str, data: object, context: Context[Any]) -> dict[str, Any]:
    """Return the body of every answer."""
    return {"code": code, "msg": message, "time": now(context), "data": data}


def render(refused: Refused) -> Reply:
    """Make the refusal; `detail` may have `err`."""
    err = refused.detail.get("err")
    return _enveloped(refused, {"err": err} if err else {})


def _render_status(refused: Refused) -> Reply:
    return _enveloped(refused, {"error": refused.detail.get("err") or refused.error.message})


def _enveloped(refused: Refused, data: dict[str, Any]) -> Reply:
    error = refused.error
    return Reply.json(envelope(error.code, error.message, data, refused.context), error.status)


def _table(*rows: tuple[int, int, str, str, str]) -> tuple[ProviderError, ...]:
    return tuple(
        ProviderError(name, status, summary, render, CODES, code, message)
        for status, code, name, message, summary in rows
    )


TABLE = _table(
    (401, 4004001, "invalid-token", "invalid token", "The checkout's token is not one"),
    (401, 4004002, "token-expired", "token expired", "The checkout's token has expired"),
    (401, 4004003, "signature-mismatch", "permission denied", "The signature does not match"),
    (401, 4004100, "app-id-missing", "MerchantId or AppId is required", "No AppId"),
    (401, 4004101, "authorization-missing", "Authorization is required", "No signature"),
    (401, 4004103, "ip-forbidden", "IP address has no permission", "Unregistered address"),
    (404, 4004004, "not-found", "not found", "There is no such endpoint"),
    (429, 4004029, "too-many-requests", "too many requests", "Asked too often"),
    (400, 4001000, "bad-request", "invalid parameter", "A member, or the body, is wrong"),
    (400, 4001001, "document-invalid", "invalid document_id", "The document is wrong"),
    (400, 4001002, "account-invalid", "invalid account", "The account is wrong"),
    (400, 4001003, "account-type-invalid", "invalid account type", "account_type is wrong"),
    (400, 4001004, "amount-invalid", "invalid amount", "The amount is wrong"),
    (400, 4001005, "amount-type-invalid", "invalid amount type", "amount_type is wrong"),
    (400, 4001006, "amount-out-of-range", "invalid amount range", "Outside the limits"),
    (400, 4001007, "fee-bear-invalid", "invalid fee_bear", "fee_bear is wrong"),
    (400, 4001008, "start-time-invalid", "invalid start_time", "start_time is wrong"),
    (400, 4001009, "remark-too-long", "invalid additional_remark", "The remark is too long"),
    (400, 4001010, "remark-characters", "invalid additional_remark", "Characters not allowed"),
    (400, 4001011, "request-expired", "request has expired", "The timestamp is not fresh"),
    (400, 4001012, "time-range-too-long", "time range must in 31 days", "More than 31 days"),
    (400, 4001013, "monthly-limit", "amount reached monthly limit", "The month's limit is met"),
    (400, 4001014, "account-error", "account err", "Something is wrong with the account"),
    (400, 4001020, "order-exists", "order already existed", "custom_code was used before"),
    (400, 4001021, "order-not-found", "order not existed", "There is no such payout"),
    (400, 4001022, "order-closed", "order is closed", "The payout is closed"),
    (400, 4001023, "order-finished", "order is finished", "The payout is final"),
    (400, 4001100, "country-unsupported", "country not supported", "No such country"),
    (
        400,
        4001101,
        "arrival-currency-unsupported",
        "arrival_currency not supported",
        "Not the currency of the method",
    ),
    (
        400,
        4001102,
        "method-not-in-country",
        "method not supported in country",
        "The country does not have the method",
    ),
    (400, 4001103, "method-inactive", "method or channel is inactive", "Switched off"),
    (400, 4001104, "method-unsupported", "method not supported", "No such method"),
    (400, 4001105, "channel-unsupported", "channel not supported", "No such channel"),
    (400, 4001106, "currency-unsupported", "currency not supported", "No such currency"),
    (
        400,
        4001107,
        "payout-method-unsupported",
        "not supported payout method",
        "No such method in the checkout",
    ),
    (
        400,
        4001108,
        "payout-currency-unsupported",
        "payout currency not supported",
        "No such payout_currency in the checkout",
    ),
    (
        400,
        4001110,
        "source-to-payout-currency",
        "Don't support payouts from source_currency to payout_currency",
        "The checkout does not join these currencies",
    ),
    (
        400,
        4001111,
        "source-to-arrival-currency",
        "Don't support payouts from source_currency to arrival_currency",
        "The method does not join these currencies",
    ),
    (400, 4001200, "merchant-unknown", "merchant not existed", "There is no such merchant"),
    (400, 4001201, "merchant-inactive", "merchant is inactive", "The merchant is inactive"),
    (400, 4001202, "app-inactive", "app is inactive", "The app is inactive"),
    (400, 4001203, "app-unknown", "app not existed", "There is no such app"),
    (400, 4001302, "bank-account-error", "bank account error", "The bank is not known"),
    (500, 5001000, "system-error", "system error", "The service broke down"),
    (500, 5001001, "fee-config-error", "fee config error", "The fees are set up wrongly"),
    (500, 5001002, "fee-config-error-2", "fee config error", "The fees are set up wrongly"),
    (500, 5001003, "fee-not-configured", "fee not configured", "No fee is set up"),
    (
        500,
        5001004,
        "arrival-amount-negative",
        "arrival amount is less than zero",
        "Fee and tax eat up the amount",
    ),
    (500, 5001005, "channel-config-error", "channel config error", "The channel is not set up"),
    (500, 5001100, "account-unavailable", "account is not available", "No such account"),
    (500, 5001101, "account-balance-error", "account balance error", "The balance is unclear"),
    (500, 5001102, "balance-insufficient", "balance insufficient", "Too little money"),
    (500, 5001103, "checkout-token-error", "checkout token error", "No token could be made"),
)
"""The published table, except for its row of success."""


def _chosen(name: str, status: int, code: int, message: str, summary: str) -> ProviderError:
    return ProviderError(name, status, summary, render, OWN, code, message)


def _page(name: str, code: int, message: str, summary: str, source: Source) -> ProviderError:
    return ProviderError(name, 400, summary, render, source, code, message)


_ALIASES = {
    "400": "bad-request",
    "401": "signature-mismatch",
    "403": "forbidden",
    "404": "not-found",
    "429": "too-many-requests",
    "500": "system-error",
    "invalid-parameter": "bad-request",
    "permission-denied": "signature-mismatch",
    **{str(error.code): error.name for error in TABLE},
}

ERRORS = ErrorCatalogue(
    *TABLE,
    _page("order-exists-legacy", 4001010, "order already existed", "custom_code was used", CREATE),
    _page("request-expired-legacy", 4001009, "request has expired", "Not fresh", LIST),
    ProviderError(
        "status-invalid",
        400,
        "The question for a status lacks a reference",
        _render_status,
        STATUS,
        400,
        "invalid parameters",
    ),
    ProviderError(
        "status-system-error",
        500,
        "The service broke down over a status",
        _render_status,
        STATUS,
        500,
        "system error",
    ),
    _chosen("method-not-allowed", 405, 4004005, "method not allowed", "Not POST"),
    _chosen("too-large", 413, 4004013, "request entity too large", "The body is too large"),
    _chosen("forbidden", 403, 403, "forbidden", "A gateway blocks every request"),
    aliases=_ALIASES,
)

refuse = ERRORS.refuse
