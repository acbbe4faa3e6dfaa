"""Examples: for each endpoint requests in order, and for each way to fail one spoiled so.

They drive the contract tests; each tells the diagnosis it meets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Context, Example
from emulator.providers.pagsmile import methods, signing, state
from emulator.providers.pagsmile.settings import Settings
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    from emulator.core.store import Record

Build = Callable[[Context[Settings]], Request]
Wanted = Callable[["Record"], bool]

_CODE = "example_1"


def _build(
    endpoint: str, app: Wanted | None = None, drop: tuple[str, ...] = (), **changes: Any
) -> Build:
    """Make a signed request: the default one with members changed or dropped, of an app."""

    def build(context: Context[Settings]) -> Request:
        members = {**_payload(endpoint, context), **changes}
        members = {name: value for name, value in members.items() if name not in drop}
        return _signed(endpoint, signing.encode(members), context, app)

    return build


def _payload(endpoint: str, context: Context[Settings]) -> dict[str, Any]:
    members = signing.default_payload(endpoint, context)
    if endpoint in ("payout.create", "checkout"):
        members["custom_code"] = _CODE
    if endpoint in signing.STAMPED:
        members["timestamp"] = int(context.clock.time())
    return members


def _signed(
    endpoint: str, body: bytes, context: Context[Settings], app: Wanted | None = None
) -> Request:
    record = signing.default_app(context) if app is None else _app(context, app)
    signature = sorted_digest.signature(sorted_digest.parse(body), record["app_key"])
    return signing.request(endpoint, body, record["app_id"], signature, "")


def _app(context: Context[Settings], wanted: Wanted) -> Record:
    return next(record for _, record in context.store.table(CREDENTIALS).items() if wanted(record))


def _poor(record: Record) -> bool:
    return "balances" in record


def _timestamp(endpoint: str, seconds: int, write: Callable[[int], Any] = int) -> Build:
    def build(context: Context[Settings]) -> Request:
        return _build(endpoint, timestamp=write(int(context.clock.time()) + seconds))(context)

    return build


def _of_paid(endpoint: str, **changes: Any) -> Build:
    """Make a request about the newest payout, which the bank has paid meanwhile."""

    def build(context: Context[Settings]) -> Request:
        for payout_id, _ in reversed(list(state.payouts(context).items())):
            state.settle(payout_id, state.PAID, context)
            break
        return _build(endpoint, **changes)(context)

    return build


def _header(name: str, change: Callable[[str], str | None]) -> Build:
    """Make a request with one header changed, or without it where `change` returns None."""

    def build(context: Context[Settings]) -> Request:
        request = _build("payout.create")(context)
        request.headers = [
            (key, new)
            for key, value in request.headers
            if (new := change(value) if key == name else value) is not None
        ]
        return request

    return build


def _in_utf_16(context: Context[Settings]) -> Request:
    """Make a request whose body is written in UTF-16, and says so."""
    request = _header("content-type", lambda value: f"{value}; charset=utf-16")(context)
    request.body = request.body.decode().encode("utf-16")
    return request


def _body(body: bytes) -> Build:
    """Make a request with this body, under a signature that does not matter."""

    def build(context: Context[Settings]) -> Request:
        record = signing.default_app(context)
        return signing.request("payout.create", body, record["app_id"], "0" * 64, "")

    return build


def _twice(context: Context[Settings]) -> Request:
    request = _build("payout.create")(context)
    request.headers += [(name, value) for name, value in request.headers if name == "appid"]
    return request


def _merchant_id(context: Context[Settings]) -> Request:
    request = _build("balance")(context)
    request.headers = [
        ("merchantid" if name == "appid" else name, value) for name, value in request.headers
    ]
    return request


def _bad(what: str, code: str, **changes: Any) -> Example:
    return Example(what, "payout.create", _build("payout.create", **changes), code)


_CREATED = ("payout.create",)

_GOOD = (
    Example("payout.create", "payout.create", _build("payout.create")),
    Example(
        "payout.create-number",
        "payout.create",
        _build("payout.create", amount=150, custom_code="example_2"),
    ),
    Example(
        "payout.create-spei",
        "payout.create",
        _build(
            "payout.create",
            account="646020146401877826",
            account_type="clabe",
            bank_code="90646",
            document_id="MAMB780915969",
            document_type="RFC",
            method="SPEI",
            arrival_currency="MXN",
            country="MEX",
            custom_code="example_3",
        ),
    ),
    Example(
        "payout.create-blanks-around",
        "payout.create",
        _build("payout.create", custom_code=" example_4"),
        warnings=("pagsmile.blanks-around",),
    ),
    Example(
        "payout.create-misspelt",
        "payout.create",
        _build("payout.create", amountType="source_amount", custom_code="example_5"),
        warnings=("pagsmile.member-misspelt",),
    ),
    Example(
        "payout.create-misprinted",
        "payout.create",
        _build(
            "payout.create",
            phone="50212345678",
            email="test@example.com",
            account="12345678",
            account_type="SAVINGS",
            bank_code=sorted(methods.banks("GTM"))[0],
            document_id="1234567",
            document_type="NIT",
            method="BANKTRANSFER",
            amount="100",
            arrival_currency="GTQ",
            country="GTQ",
            custom_code="example_7",
        ),
        warnings=("pagsmile.country-misprinted",),
    ),
    Example(
        "payout.create-withdrawn",
        "payout.create",
        _build(
            "payout.create",
            account="CR05015202001026284066",
            account_type="SAVINGS",
            bank_code="152",
            document_id="114712748",
            document_type="CI",
            method="BANKTRANSFER",
            amount="1000",
            arrival_currency="CRC",
            country="CRI",
            custom_code="example_6",
        ),
        warnings=("pagsmile.method-withdrawn",),
    ),
    Example("payout.dry-run", "payout.dry-run", _build("payout.dry-run")),
    Example("payout.status", "payout.status", _build("payout.status"), after=_CREATED),
    Example("payout.list", "payout.list", _build("payout.list"), after=_CREATED),
    Example("payout.detail", "payout.detail", _build("payout.detail"), after=_CREATED),
    Example("payout.voucher", "payout.voucher", _of_paid("payout.voucher"), after=_CREATED),
    Example("checkout", "checkout", _build("checkout")),
    Example("balance", "balance", _build("balance")),
    Example("balance-merchant-id", "balance", _merchant_id),
    Example(
        "balance-timestamp-as-text",
        "balance",
        _timestamp("balance", 0, str),
        warnings=("pagsmile.number-as-text",),
    ),
)

_BAD_AUTHENTICATION = tuple(
    Example(name, "payout.create", build, code)
    for name, code, build in (
        ("app-id-missing", "pagsmile.app-id-missing", _header("appid", lambda _: None)),
        ("app-id-twice", "pagsmile.header-twice", _twice),
        (
            "app-unknown",
            "pagsmile.app-unknown",
            _header("appid", lambda value: value.lower() + "0"),
        ),
        (
            "app-inactive",
            "pagsmile.app-inactive",
            _build("payout.create", lambda r: r["status"] == "inactive"),
        ),
        (
            "merchant-inactive",
            "pagsmile.merchant-inactive",
            _build("payout.create", lambda r: r["status"] == "merchant-inactive"),
        ),
        (
            "ip-forbidden",
            "pagsmile.ip-forbidden",
            _build("payout.create", lambda r: "ip_allow" in r),
        ),
        (
            "content-type",
            "pagsmile.content-type",
            _header("content-type", lambda _: "text/plain"),
        ),
        (
            "charset",
            "request.charset",
            _in_utf_16,
        ),
        (
            "authorization-missing",
            "sorted-digest.missing",
            _header("authorization", lambda _: None),
        ),
        (
            "authorization-malformed",
            "sorted-digest.malformed",
            _header("authorization", lambda value: f"Bearer {value}"),
        ),
        (
            "authorization-upper-case",
            "sorted-digest.upper-case",
            _header("authorization", lambda value: value.upper()),
        ),
        (
            "authorization-mismatch",
            "sorted-digest.mismatch",
            _header("authorization", lambda value: value[::-1]),
        ),
        ("body-not-json", "sorted-digest.not-json", _body(b'{"amount": "10.00",}')),
        (
            "body-repeated-member",
            "sorted-digest.repeated-member",
            _body(b'{"amount": "10", "amount": "20"}'),
        ),
        ("body-not-an-object", "sorted-digest.not-an-object", _body(b"[]")),
        ("body-nested", "sorted-digest.nested", _body(b'{"beneficiary": {"name": "Ana"}}')),
    )
)

_BAD_PAYOUTS = (
    _bad("member-missing", "pagsmile.member-missing", name=""),
    _bad("member-type", "pagsmile.member-type", document_id=50284414727),
    _bad("member-value", "pagsmile.member-value", notify_url="example.com/notify"),
    _bad("country", "pagsmile.country", country="XXX"),
    _bad("method", "pagsmile.method", method="CHEQUE"),
    _bad("method-in-country", "pagsmile.method-in-country", method="SPEI"),
    _bad("channel", "pagsmile.channel", method="WALLET", channel="Vita"),
    _bad("account-type", "pagsmile.account-type", account_type="IBAN"),
    _bad("account", "pagsmile.account", account="nobody"),
    _bad("document", "pagsmile.document", document_id="50284414728"),
    _bad(
        "bank-code",
        "pagsmile.bank-code",
        method="BANKTRANSFER",
        bank_code="1",
        branch="0002",
        account_type="CHECKING",
        account="22222222",
    ),
    _bad("amount", "pagsmile.amount", amount="10.001"),
    _bad("amount-type", "pagsmile.amount-type", amount_type="amount"),
    _bad("amount-range", "pagsmile.amount-range", amount="50000.01"),
    _bad("fee-bear", "pagsmile.fee-bear", fee_bear="both"),
    _bad("arrival-currency", "pagsmile.arrival-currency", arrival_currency="MXN"),
    _bad("source-currency", "pagsmile.source-currency", source_currency="JPY"),
    _bad("currency-pair", "pagsmile.currency-pair", source_currency="MXN"),
    _bad("remark-length", "pagsmile.remark-length", additional_remark="a" * 41),
    _bad("remark-characters", "pagsmile.remark-characters", additional_remark="a-b"),
    Example(
        "order-exists",
        "payout.create",
        _build("payout.create"),
        "pagsmile.order-exists",
        after=_CREATED,
    ),
    Example(
        "account-unavailable",
        "payout.create",
        _build("payout.create", _poor, source_currency="EUR"),
        "pagsmile.account-unavailable",
    ),
    Example(
        "fee-not-configured",
        "payout.create",
        _build("payout.create", _poor, source_currency="BRL"),
        "pagsmile.fee-not-configured",
    ),
    Example(
        "balance-insufficient",
        "payout.create",
        _build("payout.create", _poor),
        "pagsmile.balance-insufficient",
    ),
    _bad(
        "arrival-not-positive",
        "pagsmile.arrival-not-positive",
        fee_bear="beneficiary",
        amount="0.01",
    ),
)

_BAD_QUESTIONS = (
    Example(
        "order-unknown",
        "payout.status",
        _build("payout.status", custom_code="nowhere"),
        "pagsmile.order-unknown",
    ),
    Example(
        "no-voucher",
        "payout.voucher",
        _build("payout.voucher"),
        "pagsmile.no-voucher",
        after=_CREATED,
    ),
    Example(
        "no-reference",
        "payout.status",
        _build("payout.status", drop=("custom_code",)),
        "pagsmile.no-reference",
    ),
    *(
        Example(
            f"{endpoint}-expired",
            endpoint,
            _timestamp(endpoint, -301),
            "pagsmile.request-expired",
        )
        for endpoint in sorted(signing.STAMPED)
    ),
    Example(
        "start-time",
        "payout.list",
        _build("payout.list", start_time="2021-08-10"),
        "pagsmile.start-time",
    ),
    Example(
        "time-range",
        "payout.list",
        _build("payout.list", start_time="2021-08-01 00:00:00", end_time="2021-09-01 00:00:01"),
        "pagsmile.time-range",
    ),
    Example(
        "checkout-timeout",
        "checkout",
        _build("checkout", timeout=1801),
        "pagsmile.checkout-timeout",
    ),
)

EXAMPLES = (*_GOOD, *_BAD_AUTHENTICATION, *_BAD_PAYOUTS, *_BAD_QUESTIONS)
