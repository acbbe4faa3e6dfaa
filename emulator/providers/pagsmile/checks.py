"""Checking the members of a request by hand.

Each function takes the parameters as they were verified, numbers still as written, and returns
what it has read or refuses. `null` and `""` count as not there: neither is signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from emulator.configuration import nearest
from emulator.providers.pagsmile import methods, money
from emulator.providers.pagsmile.failures import (
    ACCOUNT,
    ACCOUNT_TYPE,
    AMOUNT,
    AMOUNT_RANGE,
    AMOUNT_TYPE,
    ARRIVAL_CURRENCY,
    BANK_CODE,
    CHANNEL,
    COUNTRY,
    CURRENCY_PAIR,
    DOCUMENT,
    EXPIRED,
    FEE_BEAR,
    MEMBER_MISSING,
    MEMBER_TYPE,
    MEMBER_VALUE,
    METHOD,
    METHOD_IN_COUNTRY,
    REMARK_CHARACTERS,
    REMARK_LENGTH,
    SOURCE_CURRENCY,
    refuse,
)
from emulator.schemes.sorted_digest import Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulator.provider import Context
    from emulator.providers.pagsmile.methods import Method, Rule
    from emulator.providers.pagsmile.state import Settings
    from emulator.schemes.sorted_digest import Value

    Params = Mapping[str, Value]

PAYOUT_MEMBERS = (
    "country",
    "method",
    "account",
    "account_type",
    "custom_code",
    "fee_bear",
    "amount",
    "source_currency",
    "arrival_currency",
    "notify_url",
    "additional_remark",
)
"""Required for every payout."""

LONGEST_CODE = 50
LONGEST_URL = 128
_INTEGER = re.compile(r"[0-9]{1,12}")
_URL = re.compile(r"https?://[^\s/?#@]+([/?#][^\s]*)?", re.IGNORECASE)
_NAME = re.compile(r"[^\x00-\x1f\x7f]*")
_PIX_NAMES = {"CPF": re.compile(r"[A-Za-z ]+"), "CNPJ": re.compile(r"[A-Za-z0-9 .-]+")}
_REMARK = re.compile(r"[A-Za-z0-9_ ]+")
_PHONE = re.compile(r"[0-9]{1,15}")
_BRANCH = re.compile(r"[0-9]{4}")
_DIGIT = re.compile(r"[0-9Xx]{1,2}")

_NOTHING = (None, "")
_FORM = "Not of its form"
_RENAMED = {
    "account": ("account_number", "account_no"),
    "bank_code": ("bankcode", "bankCode", "bank"),
    "fee_bear": ("fee", "fee_bearer"),
    "arrival_currency": ("payout_currency", "currency"),
    "custom_code": ("reference_id", "customCode"),
    "method": ("methd",),
    "additional_remark": ("additionl_remark", "addtional_remark", "remark"),
    "transaction_id": ("payout_id", "id", "payoutId"),
    "payout_id": ("transaction_id", "id", "payoutId"),
    "start_time": ("start_date",),
    "end_time": ("end_date",),
}
"""Names that stand for others in the retired API, or on other pages and as typing errors."""


@dataclass(frozen=True, slots=True)
class Money:
    """How much, and who bears the fees."""

    amount: Decimal
    amount_type: str
    fee_bear: str
    source_currency: str
    arrival_currency: str


# --- one member ------------------------------------------------------------------------------


def require(params: Params, names: Iterable[str]) -> None:
    """Refuse unless all are there."""
    for name in names:
        if params.get(name) in _NOTHING:
            other = next((old for old in _RENAMED.get(name, ()) if params.get(old)), "")
            if not other:
                unknown = [
                    key for key in params if key not in (name, *PAYOUT_MEMBERS) and len(key) < 40
                ]
                other = next(iter(get_close_matches(name, unknown, n=1, cutoff=0.8)), "")
            refuse(
                "bad-request",
                MEMBER_MISSING,
                f"body.{name}",
                expected="a value",
                received="nothing" if name not in params else repr(params[name]),
                hint=f"{other} is called {name} here" if other else "",
                err=f"{name} is required",
            )


def string(params: Params, name: str, *, longest: int = 255) -> str:
    """Return a JSON string, or `""` where there is none."""
    value = params.get(name)
    if value is None:
        return ""
    if type(value) is not str:  # a Number is not one either
        _refuse_type(params, name, "a string")
    if len(value) > longest:
        invalid(name, expected=f"at most {longest} characters", received=f"{len(value)} characters")
    return value


def integer(params: Params, name: str) -> int:
    """Return a JSON integer without a sign."""
    value = params.get(name)
    if not isinstance(value, Number) or not _INTEGER.fullmatch(value):
        _refuse_type(params, name, "a whole number, without quotes, sign or fraction")
    return int(value)


def invalid(name: str, *, expected: object, received: object, hint: str = "") -> NoReturn:
    """Refuse a member with 4001000."""
    refuse(
        "bad-request",
        MEMBER_VALUE,
        f"body.{name}",
        expected=expected,
        received=received,
        hint=hint,
        err=f"invalid {name}",
    )


def _refuse_type(params: Params, name: str, expected: str) -> NoReturn:
    value = params.get(name)
    match value:
        case Number():
            received = f"the number {value}"
        case str():
            received = f"the string {value!r}"
        case None:
            received = "nothing"
        case _:
            received = "true" if value else "false"
    refuse(
        "bad-request",
        MEMBER_TYPE,
        f"body.{name}",
        expected=expected,
        received=received,
        hint="Put it in quotes, so that leading zeros are kept"
        if isinstance(value, Number) and expected == "a string"
        else "",
        err=f"invalid {name}",
    )


def _match(params: Params, name: str, form: re.Pattern[str], words: str) -> None:
    value = string(params, name)
    if value and not form.fullmatch(value):
        invalid(name, expected=words, received=value)


# --- common members --------------------------------------------------------------------------


def fresh(params: Params, entry: str, context: Context[Settings]) -> None:
    """Refuse unless the timestamp is fresh; `entry` of the catalogue is the answer."""
    require(params, ("timestamp",))
    stamp = integer(params, "timestamp")
    now = context.clock.timestamp("verify")
    window = context.settings.timestamp_window_seconds
    if abs(now - stamp) > window:
        refuse(
            entry,
            EXPIRED,
            "body.timestamp",
            expected=f"{int(now)} and at most {window} seconds around it",
            received=str(stamp),
            hint="These are milliseconds; send seconds"
            if stamp > 10**11
            else f"The clock is {abs(int(now - stamp))} seconds "
            + ("behind" if stamp < now else "ahead"),
            err="request has expired" if entry == "bad-request" else "",
        )


def callback(params: Params, name: str) -> str:
    """Return an absolute http or https URL."""
    url = string(params, name, longest=LONGEST_URL)
    if not _URL.fullmatch(url):
        invalid(name, expected="an absolute http or https URL", received=url)
    return url


def remark(params: Params, longest: int) -> None:
    """Refuse an additional_remark that is too long or has other characters."""
    text = string(params, "additional_remark", longest=1000)
    if len(text) > longest:
        refuse(
            "remark-too-long",
            REMARK_LENGTH,
            "body.additional_remark",
            expected=f"at most {longest} characters",
            received=f"{len(text)} characters",
        )
    if not _REMARK.fullmatch(text):
        refuse(
            "remark-characters",
            REMARK_CHARACTERS,
            "body.additional_remark",
            expected="letters A to Z, digits, underline and space",
            received=text,
        )


def method(params: Params) -> tuple[str, Method]:
    """Return the country and the method meant."""
    country = string(params, "country")
    name = string(params, "method").upper()
    channel = string(params, "channel").upper()
    if not methods.is_country(country):
        refuse(
            "country-unsupported",
            COUNTRY,
            "body.country",
            expected="a country code of three capital letters, such as BRA",
            received=country,
        )
    if name not in methods.NAMES:
        refuse(
            "method-unsupported",
            METHOD,
            "body.method",
            expected=", ".join(sorted(methods.NAMES)),
            received=name,
        )
    if (name == "WALLET") != bool(channel) or (channel and channel not in methods.CHANNELS):
        refuse(
            "channel-unsupported",
            CHANNEL,
            "body.channel",
            expected=", ".join(sorted(methods.CHANNELS)) if name == "WALLET" else "no channel",
            received=channel or "nothing",
        )
    found = methods.find(country, name, channel)
    if found is None:
        refuse(
            "channel-unsupported" if channel else "method-not-in-country",
            CHANNEL if channel else METHOD_IN_COUNTRY,
            "body.channel" if channel else "body.method",
            expected=", ".join(methods.methods_of(country)),
            received=f"{name} {channel}".strip(),
        )
    return country, found


def fee_bear(params: Params) -> str:
    """Return `merchant` or `beneficiary`."""
    value = string(params, "fee_bear")
    if value not in ("merchant", "beneficiary"):
        refuse(
            "fee-bear-invalid",
            FEE_BEAR,
            "body.fee_bear",
            expected="merchant or beneficiary",
            received=value,
        )
    return value


def amount(params: Params, name: str, whole: bool) -> Decimal:
    """Return a positive amount with two places at most, or none where it must be whole."""
    value = params.get(name)
    if not isinstance(value, str):
        _refuse_type(params, name, "decimal text, or a number")
    if not money.AMOUNT.fullmatch(value) or not Decimal(value) or (whole and "." in value):
        refuse(
            "amount-invalid",
            AMOUNT,
            f"body.{name}",
            expected="a positive whole number"
            if whole
            else "a positive number with at most two decimal places",
            received=value,
            hint="Write a point before the decimals, and none between thousands"
            if "," in value
            else "This currency is paid in whole units; even 1.00 is refused"
            if whole and "." in value
            else "",
        )
    return Decimal(value)


def payment(params: Params, way: Method, context: Context[Settings]) -> Money:
    """Return how much goes from which account, within the limits of the method."""
    bearer = fee_bear(params)
    arrival = string(params, "arrival_currency")
    if arrival != way.currency:
        refuse(
            "arrival-currency-unsupported",
            ARRIVAL_CURRENCY,
            "body.arrival_currency",
            expected=way.currency,
            received=arrival,
        )
    source = string(params, "source_currency")
    if source not in methods.CURRENCIES:
        refuse(
            "currency-unsupported",
            SOURCE_CURRENCY,
            "body.source_currency",
            expected=", ".join(way.sources),
            received=source,
        )
    if source not in way.sources:
        refuse(
            "source-to-arrival-currency",
            CURRENCY_PAIR,
            "body.source_currency",
            expected=", ".join(way.sources),
            received=source,
        )
    kind = string(params, "amount_type") or "arrival_amount"
    if kind not in ("arrival_amount", "source_amount"):
        refuse(
            "amount-type-invalid",
            AMOUNT_TYPE,
            "body.amount_type",
            expected="arrival_amount or source_amount",
            received=kind,
        )
    value = amount(params, "amount", arrival in money.WHOLE and kind == "arrival_amount")
    at = money.rate(context.settings.exchange_rates, source, arrival)
    arriving = money.arrival_of(value, kind, at, arrival)
    if not way.low <= arriving <= way.high:
        refuse(
            "amount-out-of-range",
            AMOUNT_RANGE,
            "body.amount",
            expected=f"{way.low} to {way.high} {arrival}",
            received=f"{arriving} {arrival}",
        )
    return Money(value, kind, bearer, source, arrival)


# --- who gets it -----------------------------------------------------------------------------


def beneficiary(params: Params, country: str, way: Method, context: Context[Settings]) -> None:
    """Refuse unless name, account, document and the rest are as the method wants them."""
    require(params, way.needs)
    document_type = string(params, "document_type").upper()
    _name(params, way, document_type)
    _match(params, "phone", _PHONE, "at most 15 digits")
    _match(params, "email", methods.EMAIL.pattern, methods.EMAIL.words)
    string(params, "email", longest=methods.EMAIL_LIMIT)
    account_type = _account(params, way, context)
    _document(params, way, document_type)
    _bank(params, country, way, account_type, context)
    _match(params, "branch", _BRANCH, "4 digits")
    for name in ("account_digit", "branch_digit"):
        _match(params, name, _DIGIT, "1 or 2 digits")
    region = string(params, "region", longest=50)
    if country == "PER" and region and region not in methods.REGIONS:
        invalid("region", expected=", ".join(methods.REGIONS), received=region)


def _name(params: Params, way: Method, document_type: str) -> None:
    name = string(params, "name")
    if not name and "name" not in way.needs:
        return
    if not 5 <= len(name) <= way.longest_name or not _NAME.fullmatch(name):
        invalid("name", expected=f"5 to {way.longest_name} characters", received=name)
    form = _PIX_NAMES.get(document_type) if way.name == "PIX" else None
    if form is not None and not form.fullmatch(name):
        invalid(
            "name",
            expected="letters A to Z and spaces"
            if document_type == "CPF"
            else "letters A to Z, digits, spaces, points and hyphens",
            received=name,
            hint="" if name.isascii() else "Write it without accents",
        )


def _account(params: Params, way: Method, context: Context[Settings]) -> str:
    account = string(params, "account")
    account_type = string(params, "account_type").upper()
    rule = way.account or way.accounts.get(account_type)
    if rule is None:
        refuse(
            "account-type-invalid",
            ACCOUNT_TYPE,
            "body.account_type",
            expected=", ".join(way.accounts),
            received=account_type,
        )
    is_checked = rule is not methods.CLABE or context.settings.clabe_check_digit
    if problem := _problem(rule, account, is_checked):
        refuse(
            "account-invalid",
            ACCOUNT,
            "body.account",
            expected=rule.words,
            received=account,
            hint=problem.removeprefix(_FORM),
        )
    return account_type


def _document(params: Params, way: Method, document_type: str) -> None:
    document = string(params, "document_id")
    if not document and not document_type:
        return
    rule = way.documents.get(document_type)
    if rule is None and not way.documents:
        return  # the method asks for none, so it looks at none
    if rule is None:
        refuse(
            "document-invalid",
            DOCUMENT,
            "body.document_type",
            expected=", ".join(way.documents),
            received=document_type or "nothing",
        )
    if problem := _problem(rule, document, is_checked=True):
        refuse(
            "document-invalid",
            DOCUMENT,
            "body.document_id",
            expected=rule.words,
            received=document or "nothing",
            hint=problem.removeprefix(_FORM),
        )


def _problem(rule: Rule, text: str, is_checked: bool) -> str:
    """Say what is wrong with a text; nothing if it is right."""
    if not rule.fits(text):
        bare = re.sub(r"[\s./-]", "", text)
        return "Leave out punctuation" if bare != text and rule.fits(bare) else _FORM
    if is_checked and rule.check is not None and not rule.check(text):
        return "The check digits are wrong"
    return ""


def _bank(
    params: Params, country: str, way: Method, account_type: str, context: Context[Settings]
) -> None:
    code = string(params, "bank_code")
    if way.name == "SPEI" and account_type != "CLABE":
        require(params, ("bank_code",))
    known = methods.banks(country)
    if not code or not known:
        return
    if context.settings.bank_codes == "listed" and code not in known and way.name != "WALLET":
        # One list of the provider lost its leading zeros, so this is a common slip.
        padded = next((each for each in sorted(known) if each.lstrip("0") == code), "")
        refuse(
            "bank-account-error",
            BANK_CODE,
            "body.bank_code",
            expected=f"a bank code of {country}",
            received=code,
            hint=f"Its leading zeros are missing: {padded}"
            if padded
            else nearest(code[:16], sorted(known)).replace("; d", "D"),
        )
    bank = string(params, "account")[:3]
    if account_type == "CLABE" and code[-3:] != bank:
        refuse(
            "bank-account-error",
            BANK_CODE,
            "body.bank_code",
            expected=f"a bank code that ends in {bank}, as the CLABE begins",
            received=code,
        )
