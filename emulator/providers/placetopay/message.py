"""What a request to create a session may say, and what of it comes back in a query.

Three ways to be wrong, as the provider has them: refused; cut or dropped in silence (over-long
city, more than fifty items, a tax of an unknown kind); not looked at (any member that is not
listed). null, "", [] and {} are the same as absent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NoReturn, cast

from emulator.errors import Behaviour, FailureMode, Source, Standing, shorten
from emulator.providers.placetopay.currency import DECIMALS
from emulator.providers.placetopay.failures import (
    CARD_IN_NAME,
    CREATE,
    DISPERSION_SUM,
    EXPIRATION_TOO_SOON,
    FIELD_REQUIRED,
    FIELD_TOO_LONG,
    FIELD_TYPE,
    FIELD_VALUE,
    INVALID,
    NOT_ALLOWED,
    NOT_COMBINABLE,
    REFERENCE_LENGTH,
    REQUIRED,
    TOO_MANY_DISPERSIONS,
    refuse,
)
from emulator.providers.placetopay.status import LOCALE, site_zone
from emulator.schemes.username_token import parse_created

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emulator.store import Record

SOONEST = timedelta(minutes=5)

TAX_KINDS = (
    "valueAddedTax",
    "exciseDuty",
    "ice",
    "airportTax",
    "stateTax",
    "reducedStateTax",
    "municipalTax",
)
DETAIL_KINDS = (
    "discount",
    "additional",
    "vatDevolutionBase",
    "shipping",
    "handlingFee",
    "insurance",
    "giftWrap",
    "subtotal",
    "fee",
    "tip",
    "airline",
    "interests",
)
DISPLAY_ON = ("none", "payment", "receipt", "both", "approved")
MODIFIER_CODES = ("17934", "18083", "19210", "18910", "18999")
INITIATORS = (
    "AGENT",
    "CARDHOLDER_COF",
    "CARDHOLDER_RECURRING_VARIABLE_AMOUNT",
    "CARDHOLDER_RECURRING_FIXED_AMOUNT",
    "CARDHOLDER_WITH_INSTALLMENTS",
    "MERCHANT_COF",
    "MERCHANT_RECURRING_VARIABLE_AMOUNT",
    "MERCHANT_RECURRING_FIXED_AMOUNT",
    "MERCHANT_WITH_INSTALLMENTS",
)
DELIVERIES = (
    "DIRECT_DELIVERY",
    "CUSTOMER_PICKUP",
    "COMMERCIAL_SHIPPING",
    "OTHER",
    "NOT_AVAILABLE",
)

_TEXT_16 = r"[a-zA-Z0-9_]{4,16}"
_NIT = r"[1-9]\d{6,9}"
DOCUMENTS = {
    **dict.fromkeys(("PPN", "TAX", "LIC"), _TEXT_16),
    "EIN": r"[1-9]\d?-\d{7}",
    "CC": r"[1-9][0-9]{3,9}",
    "CE": r"([a-zA-Z]{1,5})?[1-9][0-9]{3,7}",
    "TI": r"[1-9][0-9]{4,11}",
    **dict.fromkeys(("NIT", "RUT"), _NIT),
    "CI": r"\d{10}",
    "RUC": r"\d{13}",
    "CRCPF": r"[1-9][0-9]{8}",
    "CPJ": r"[1-9][0-9]{9}",
    **dict.fromkeys(("DIMEX", "DIDI"), r"[1-9][0-9]{10,11}"),
    "CLRUT": r"\d{1,2}(?:\.?\d{1,3}){2}-[\dKk]",
    "CIP": r"(N|E|PE\d+)?\d{2,6}\d{2,6}",
    "PARUC": r"[a-zA-Z0-9\-]{1,16}",
    "CPF": r"\d{10,11}",
    "DNI": r"\d{8}",
    "PERUC": r"(10|15|16|17|20)\d{9}",
    **dict.fromkeys(("HNDNI", "HNDR"), r"[a-zA-Z0-9]{1,15}"),
    "RTN": r"[0-9]{14,16}",
    "BZSSN": r"[0-9]{9}",
    "BRN": r"[0-9]{5,7}",
    "UYCI": r"\d{6,7}-[0-9]",
    "UYRUT": r"\d{12}",
}
"""documentType -> form of the document."""

ROUNDING = Behaviour(
    "Amounts are rounded to the decimals of their currency in ISO 4217",
    Source("Placetopay docs, Checkout", "Tax details"),
)
HALVES = Behaviour(
    "Halves are rounded away from zero; numeric text is taken for the number it spells",
    Source("Placetopay docs, Checkout", "Tax details", Standing.INFERRED),
)
TOTALS = Behaviour(
    "A total of zero, or of a million millions and more, is refused",
    CREATE.but(Standing.CHOSEN),
)
EXPIRATION_ZONE = Behaviour(
    "An expiration without a zone is refused",
    CREATE.but(Standing.CHOSEN),
)
AUTOPAY_ALONE = Behaviour(
    "autopay goes with type autopay only, and without payment and subscription",
    CREATE.but(Standing.CHOSEN),
)
ECHO = Behaviour(
    "A query echoes what was asked without auth and members that are absent or empty;"
    " allowPartial and subscribe are always there, expiration is verbatim",
    Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED),
)
NOT_ECHOED = Behaviour(
    "A query echoes neither cancelUrl nor captureAddress, skipResult and noBuyerFill when false",
    Source("placetopay-org/checkout-android", "examples, 2023", Standing.INFERRED),
)
ECHO_ORDER = Behaviour(
    "Members of request no recording shows, such as paymentMethod, type and metadata, stand"
    " between fields and returnUrl",
    CREATE.but(Standing.CHOSEN),
)
FIELDS_MERGED = Behaviour(
    "fields of the message, then of payment and subscription, come back as one list: first of a"
    " keyword wins, the rest beyond fifty is dropped",
    CREATE.but(Standing.INFERRED),
)
SILENT = Behaviour(
    "Dropped in silence: taxes and details of an unknown kind, items beyond fifty, a buyer's"
    " over-long email or a card number in the buyer's name. Cut: sku, name and qty of items;"
    " city, postalCode and street of addresses",
    CREATE,
)
STRICT = Behaviour(
    "What the documentation bounds but whose refusal nobody recorded is refused with 400"
    " request_not_valid, of payer with payer_data_not_valid",
    CREATE.but(Standing.CHOSEN),
)
DISPERSION_ECHO = Behaviour(
    "A query echoes each dispersion with reference, description, allowPartial and subscribe",
    Source("Placetopay docs, Checkout", "Session, query, samples"),
)
CATEGORY = Behaviour(
    "The category of an item may be any text, although two are documented",
    Source("placetopay-org/checkout-android", "examples", Standing.OBSERVED),
)
METHODS = Behaviour(
    "The codes in paymentMethod are checked for their form only",
    CREATE.but(Standing.CHOSEN),
)

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_METHODS = re.compile(r"\w+(,\w+)*", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"\d{1,25}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", re.ASCII)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()  # a date in every zone
_TOTAL_BELOW = 10**12  # so that a double holds three decimals exactly


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A request to create a session that is in order.

    Attributes:
        echo: `request` of a query's answer.
        options: What else the hosted page needs; a query does not show it.
        expires_at: Seconds since the epoch.
    """

    echo: dict[str, Any]
    options: dict[str, Any]
    expires_at: float


class Members:
    """The members of one JSON object of the message, read one at a time.

    Every reader returns None for a member that is absent or empty, and refuses one that is
    wrong, saying where it stands.

    Args:
        members: The object.
        where: Where it stands, such as `body.payment`.
        error: Entry of the catalogue that refuses it.

    Attributes:
        get: Returns a member as it is, or None where it is empty.
    """

    __slots__ = ("_error", "get", "where")

    def __init__(
        self, members: dict[str, Any], where: str = "body", error: str = "request-not-valid"
    ) -> None:
        self.get: Callable[[str], Any] = _those_there(members).get
        self.where = where
        self._error = error

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def refuse(
        self,
        name: str,
        mode: FailureMode,
        expected: str,
        *,
        hint: str = "",
        error: str = "",
        received: object = None,
    ) -> NoReturn:
        """Refuse the message because of this member."""
        place = f"{self.where}.{name}"
        field = place.removeprefix("body.")
        es, en = REQUIRED if mode is FIELD_REQUIRED else INVALID
        refuse(
            error or self._error,
            mode,
            place,
            expected=expected,
            received=_shown(self.get(name) if received is None else received),
            hint=hint,
            words=(es.format(field), en.format(field))
            if (error or self._error) == "request-not-valid"
            else None,
        )

    def require(self, name: str, expected: str) -> None:
        """Refuse the message unless the member is there."""
        if self.get(name) is None:
            self.refuse(name, FIELD_REQUIRED, expected)

    def text(
        self,
        name: str,
        longest: int,
        form: re.Pattern[str] | None = None,
        wanted: str = "",
        *,
        cut: bool = False,
    ) -> str | None:
        """Return a text of at most `longest` characters, cut to that if `cut`."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(name, FIELD_TYPE, "a text")
        if len(value) > longest:
            if not cut:
                self.refuse(name, FIELD_TOO_LONG, f"at most {longest} characters")
            value = value[:longest]
        if form is not None and not form.fullmatch(value):
            self.refuse(name, FIELD_VALUE, wanted)
        return value

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of the texts allowed."""
        value = self.get(name)
        if value is not None and not (isinstance(value, str) and value in allowed):
            self.refuse(name, FIELD_VALUE, f"one of {', '.join(allowed)}")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false; clients also send them as texts. Absent is false."""
        value = self.get(name)
        if value is True or value is False:
            return value
        if value is not None and value != "true" and value != "false":
            self.refuse(name, FIELD_TYPE, "true or false")
        return value == "true"

    def whole(self, name: str, least: int, most: int = 10**9) -> int | None:
        """Return a whole number; the documentation's samples write some as text."""
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, FIELD_TYPE, "a whole number")
        if not least <= value <= most:
            self.refuse(name, FIELD_VALUE, f"a whole number from {least}")
        return value

    def money(self, name: str, decimals: int | None) -> int | float | None:
        """Return an amount, not negative; rounded unless `decimals` is None."""
        value = self.get(name)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            number = Decimal(value)
        elif isinstance(value, bool):
            self.refuse(name, FIELD_TYPE, "a number")
        elif isinstance(value, int | float):
            if not 0 <= value < _TOTAL_BELOW:
                self.refuse(name, FIELD_VALUE, f"a number from 0 to below {_TOTAL_BELOW:.0e}")
            if isinstance(value, int):
                return value
            number = Decimal(repr(value))
        elif value is None:
            return None
        else:
            wrong = FIELD_VALUE if isinstance(value, str) else FIELD_TYPE
            self.refuse(name, wrong, "a number, such as 12000 or 12000.5")
        if decimals is not None:
            number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return int(number) if number == number.to_integral_value() else float(number)

    def day(self, name: str) -> date | None:
        """Return a calendar day."""
        value = self.text(name, 255)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse(name, FIELD_VALUE, "a day such as 2026-01-31")
        return day

    def plain(self, name: str, longest: int) -> Any:
        """Return any JSON of at most `longest` characters."""
        value: Any = self.get(name)
        if isinstance(value, str):
            return self.text(name, longest)
        if isinstance(value, dict | list):
            try:
                size = len(json.dumps(value, ensure_ascii=False))
            except RecursionError:
                size = longest + 1
            if size > longest:
                self.refuse(name, FIELD_TOO_LONG, f"at most {longest} characters of JSON")
        elif isinstance(value, int) and abs(value) >= 10**18:
            self.refuse(name, FIELD_TOO_LONG, "at most 18 digits")
        return cast("Any", value)

    def object(self, name: str, error: str = "") -> Members | None:
        """Return an object to be read in turn."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(name, FIELD_TYPE, "an object")
        members = cast("dict[str, Any]", value)
        return Members(members, f"{self.where}.{name}", error or self._error)

    def objects(self, name: str) -> list[Members]:
        """Return the objects of a list, to be read in turn."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, FIELD_TYPE, "a list of objects")
        items = cast("list[Any]", value)
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                self.refuse(f"{name}.{index}", FIELD_TYPE, "an object", received=item)
        return [
            Members(item, f"{self.where}.{name}.{index}", self._error)
            for index, item in enumerate(items)
        ]


def read_session(
    message: dict[str, Any], site: Record, now: datetime, default_minutes: int
) -> SessionRequest:
    """Read the message of `session.create`.

    Args:
        message: Without its `auth`.
        site: Whose it is.
        now: The provider's time.
        default_minutes: How long the session lives where the message does not say.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-type`,
            `placetopay.field-too-long`, `placetopay.field-value`,
            `placetopay.reference-length`, `placetopay.expiration-too-soon`,
            `placetopay.card-number-in-name`, `placetopay.too-many-dispersions`,
            `placetopay.dispersion-sum`, `placetopay.not-combinable` or
            `placetopay.not-allowed`.
    """
    body = Members(message)
    for name, wanted in _ALWAYS:
        body.require(name, wanted)
    ip_address = body.text("ipAddress", 46)
    user_agent = body.text("userAgent", 255)
    return_url = body.text("returnUrl", 255, _URI, _A_URI)
    kind = body.choice("type", ("checkin", "autopay"))
    payment, subscription = body.object("payment"), body.object("subscription")
    autopay = body.object("autopay")
    if (kind == "autopay") != (autopay is not None) or (autopay and (payment or subscription)):
        body.refuse("autopay", NOT_COMBINABLE, "autopay alone, with type autopay", received=kind)
    if not (payment or subscription or autopay):
        body.refuse("payment", FIELD_REQUIRED, "payment, subscription or autopay")
    locale = message.get("locale")
    valid_locale = isinstance(locale, str) and LOCALE.fullmatch(locale)

    echo: dict[str, Any] = {  # in the order of the checks, which is that of the answer
        "locale": locale if valid_locale else site["locale"],
        "buyer": read_person(body.object("buyer")),
        "payer": read_person(body.object("payer", "payer-data-not-valid"), forced=True),
        "payment": payment and _payment(payment, site, now, checkin=kind == "checkin"),
        "subscription": subscription and _described(subscription),
        "autopay": autopay and _autopay(autopay),
        "fields": _fields(body, payment, subscription),
        "paymentMethod": body.text("paymentMethod", 255, _METHODS, "codes, with commas"),
        "type": kind,
        "metadata": _metadata(body.object("metadata", "metadata-not-valid"), site),
        "returnUrl": return_url,
        "ipAddress": ip_address,
        "userAgent": user_agent,
    }
    expires_at = _expiration(body, now, default_minutes)
    echo["expiration"] = body.get("expiration")
    for name in ("captureAddress", "skipResult", "noBuyerFill"):
        if body.flag(name):
            echo[name] = True
    options = {"cancelUrl": body.text("cancelUrl", 255, _URI, _A_URI)}
    return SessionRequest(_those_there(echo), _those_there(options), expires_at)


_A_URI = "a URI such as https://shop.example/return"
_ALWAYS = (
    ("ipAddress", "the payer's IP address"),
    ("userAgent", "the payer's user agent"),
    ("returnUrl", _A_URI),
)


def _those_there(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members without those that are null, "", [] or {}; 0 and false are there."""
    return {name: value for name, value in members.items() if value or value == 0}


def _put(echo: dict[str, Any], name: str, value: Any) -> None:
    if value or value == 0:
        echo[name] = value


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return shorten(repr(_CARD.sub(lambda card: f"…{card[0][-4:]}", value)), 120)
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and abs(value) >= 10**12:
        return "a huge number"  # to write it out may be refused by Python, or it is a card's
    return "nothing" if value is None else str(value)


def _expiration(body: Members, now: datetime, default_minutes: int) -> float:
    text = body.text("expiration", 255)
    if text is None:
        return now.timestamp() + default_minutes * 60
    moment = parse_created(text)
    if moment is None:
        body.refuse("expiration", FIELD_VALUE, "ISO 8601 with a zone")
    if moment - now < SOONEST:
        body.refuse(
            "expiration",
            EXPIRATION_TOO_SOON,
            f"at least 5 minutes after {now.isoformat(timespec='seconds')}",
            hint="It is in the past: built in another zone?" if moment < now else "",
            error="session.expiration",
        )
    return min(moment.timestamp(), _LATEST)


def _reference(members: Members) -> str:
    value = members.get("reference")
    if not isinstance(value, str) or len(value) > 32:
        members.refuse(
            "reference", REFERENCE_LENGTH, "a text of 1 to 32 characters", error="session.reference"
        )
    return value


def _described(members: Members) -> dict[str, Any]:
    reference, description = _reference(members), members.text("description", 255)
    return {"reference": reference} | ({"description": description} if description else {})


def _payment(payment: Members, site: Record, now: datetime, *, checkin: bool) -> dict[str, Any]:
    echo = _described(payment)
    amount = read_amount(payment, "amount")
    allow_partial = payment.flag("allowPartial")
    recurring = payment.object("recurring")
    dispersion = payment.objects("dispersion")
    if allow_partial or dispersion:
        detailed = "taxes" in amount or "details" in amount
        for name, excluded in (
            ("recurring", allow_partial and recurring is not None),
            ("dispersion", allow_partial and dispersion),
            ("dispersion", checkin and dispersion),
            ("allowPartial", checkin and allow_partial),
            ("amount.taxes" if "taxes" in amount else "amount.details", detailed),
        ):
            if excluded:
                expected = "not with allowPartial, dispersion or checkin"
                payment.refuse(name, NOT_COMBINABLE, expected, received="it")
    echo |= {
        "amount": amount,
        "allowPartial": allow_partial,
        "shipping": read_person(payment.object("shipping", "shipping-address-data-not-valid")),
        "items": [_item(item) for item in payment.objects("items")[:50]],
        "recurring": recurring and _recurring(recurring, now.astimezone(site_zone(site)).date()),
        "subscribe": payment.flag("subscribe"),
        "dispersion": dispersion and _dispersion(payment, dispersion, amount, _described(payment)),
        "modifiers": [_modifier(each) for each in payment.objects("modifiers")],
        "processorFields": _name_values(payment.objects("processorFields")),
    }
    return _those_there(echo)


def read_amount(owner: Members, name: str) -> dict[str, Any]:
    """Return the amount that stands at `name`, or refuse the message."""
    owner.require(name, "an object with currency and total")
    amount = owner.object(name)
    assert amount is not None  # required above
    amount.require("currency", "a currency such as COP")
    amount.require("total", "a number")
    currency = amount.text("currency", 3) or ""
    decimals = DECIMALS.get(currency)
    if decimals is None:
        amount.refuse("currency", FIELD_VALUE, "an alphabetic code of ISO 4217, such as COP")
    total = amount.money("total", decimals)
    if not total:
        amount.refuse("total", FIELD_VALUE, "a number above 0")
    echo: dict[str, Any] = {}
    for part, kinds in (("taxes", TAX_KINDS), ("details", DETAIL_KINDS)):
        if part in amount:
            entries = (_part(each, kinds, decimals) for each in amount.objects(part))
            _put(echo, part, [entry for entry in entries if entry])
    echo["currency"] = currency
    echo["total"] = total
    return echo


def _part(part: Members, kinds: Sequence[str], decimals: int) -> dict[str, Any]:
    """Return a tax or a detail, or nothing where its kind is unknown."""
    kind = part.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        return {}
    amount = part.money("amount", decimals)
    if amount is None:
        part.refuse("amount", FIELD_REQUIRED, "a number")
    echo: dict[str, Any] = {"kind": kind, "amount": amount}
    _put(echo, "base", part.money("base", decimals))
    return echo


def _item(item: Members) -> dict[str, Any]:
    echo: dict[str, Any] = {}
    _put(echo, "sku", _text_or_number(item, "sku", 30))
    _put(echo, "name", item.text("name", 120, cut=True))
    _put(echo, "category", item.text("category", 255))
    _put(echo, "qty", _text_or_number(item, "qty", 30))
    for name in ("price", "tax"):
        _put(echo, name, item.money(name, None))
    _put(echo, "additional", item.plain("additional", 1000))
    return echo


def _text_or_number(item: Members, name: str, longest: int) -> str | int | float | None:
    value = item.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return item.plain(name, longest)
    return item.text(name, longest, cut=True)


def _recurring(recurring: Members, today: date) -> dict[str, Any]:
    for name in ("periodicity", "interval", "maxPeriods"):
        recurring.require(name, "periodicity D, M or Y; interval from 1; maxPeriods, -1 for ever")
    echo: dict[str, Any] = {
        "periodicity": recurring.choice("periodicity", ("D", "M", "Y")),
        "interval": recurring.whole("interval", 1),
    }
    following = recurring.day("nextPayment")
    if following is not None and following <= today:
        recurring.refuse("nextPayment", FIELD_VALUE, f"a day after {today}")
    _put(echo, "nextPayment", recurring.get("nextPayment"))
    periods = recurring.whole("maxPeriods", -1)
    if periods == 0:
        recurring.refuse("maxPeriods", FIELD_VALUE, "-1, or a number from 1", received="0")
    echo["maxPeriods"] = periods
    recurring.day("dueDate")
    _put(echo, "dueDate", recurring.get("dueDate"))
    _put(echo, "notificationUrl", recurring.text("notificationUrl", 255, _URI, _A_URI))
    return echo


def _dispersion(
    payment: Members,
    dispersion: list[Members],
    total: dict[str, Any],
    described: dict[str, Any],
) -> list[dict[str, Any]]:
    if len(dispersion) > 3:
        payment.refuse(
            "dispersion", TOO_MANY_DISPERSIONS, "at most 3", error="max-dispersion-error"
        )
    echo: list[dict[str, Any]] = []
    for each in dispersion:
        amount = read_amount(each, "amount")
        part = {**described, "amount": amount, "allowPartial": False, "subscribe": False}
        agreement = each.get("agreement")
        number = isinstance(agreement, int) and not isinstance(agreement, bool)
        if number:
            agreement = each.whole("agreement", 0, 10**18)
        elif agreement is not None:
            agreement = each.text("agreement", 25, _DIGITS, "a number")
        _put(part, "agreement", agreement)
        _put(part, "agreementType", each.choice("agreementType", ("MERCHANT", "AIRLINE")))
        echo.append(part)
    if echo:
        amounts = [part["amount"] for part in echo]
        added = sum((Decimal(str(amount["total"])) for amount in amounts), Decimal(0))
        if added != Decimal(str(total["total"])) or any(
            amount["currency"] != total["currency"] for amount in amounts
        ):
            payment.refuse(
                "dispersion",
                DISPERSION_SUM,
                f"{total['total']} {total['currency']}",
                received=" + ".join(f"{each['total']} {each['currency']}" for each in amounts),
            )
    return echo


def _modifier(modifier: Members) -> dict[str, Any]:
    for name in ("type", "code", "additional"):
        modifier.require(name, "type, code and additional.invoice")
    code = modifier.get("code")
    if str(code if isinstance(code, str | int) else "")[:9] not in MODIFIER_CODES:
        modifier.refuse("code", FIELD_VALUE, f"one of {', '.join(MODIFIER_CODES)}")
    additional = modifier.object("additional")
    assert additional is not None  # required above
    additional.require("invoice", "a text of at most 9 characters")
    return {
        "type": modifier.choice("type", ("FEDERAL_GOVERNMENT",)),
        "code": code,
        "additional": {"invoice": additional.text("invoice", 9)},
    }


def _autopay(autopay: Members) -> dict[str, Any]:
    for name in ("action", "description"):
        autopay.require(name, "action CREATE or EDIT, a reference and a description")
    recurring = autopay.object("recurring")
    action = autopay.choice("action", ("CREATE", "EDIT"))
    echo: dict[str, Any] = {"action": action}
    if action == "EDIT":
        autopay.require("id", "the id of the autopay to edit")
    else:
        autopay.require("recurring", "when what is charged, for action is CREATE")
    _put(echo, "id", autopay.text("id", 36, _UUID, "a UUID"))
    echo.update(_described(autopay))
    _put(echo, "dueDay", autopay.whole("dueDay", 1, 28))
    if recurring:
        for name in ("type", "periodicity", "interval", "nextPayment"):
            recurring.require(name, "type, periodicity, interval and nextPayment")
        rule = recurring.choice("type", ("FIXED", "MINIMUM_BALANCE", "TOTAL_BALANCE"))
        each: dict[str, Any] = {}
        _put(each, "type", rule)
        _put(each, "periodicity", recurring.choice("periodicity", ("D", "M", "Y")))
        _put(each, "interval", recurring.whole("interval", 1))
        for name in ("nextPayment", "dueDate"):
            recurring.day(name)
            _put(each, name, recurring.get(name))
        echo["recurring"] = each
        if rule == "FIXED":
            autopay.require("amount", "an amount, for recurring.type is FIXED")
    if "amount" in autopay:
        echo["amount"] = read_amount(autopay, "amount")
    return echo


def _metadata(metadata: Members | None, site: Record) -> dict[str, Any]:
    if metadata is None:
        return {}
    echo: dict[str, Any] = {}
    _put(echo, "initiatorIndicator", metadata.choice("initiatorIndicator", INITIATORS))
    _put(echo, "EBTDeliveryIndicator", metadata.choice("EBTDeliveryIndicator", DELIVERIES))
    metadata.day("openingDate")
    for name in ("openingDate", "beneficiaryId", "kount"):
        _put(echo, name, metadata.plain(name, 255))
    if metadata.flag("requiresConfirmation"):
        if "confirmation" not in site["allowed"]:
            metadata.refuse(
                "requiresConfirmation",
                NOT_ALLOWED,
                "a site with the confirmation flow",
                hint="Add 'confirmation' to `allowed` of the credential",
            )
        echo["requiresConfirmation"] = True
    return echo


def _fields(*owners: Members | None) -> list[dict[str, Any]]:
    return _name_values([each for owner in owners if owner for each in owner.objects("fields")])


def _name_values(pairs: list[Members]) -> list[dict[str, Any]]:
    echo: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        pair.require("keyword", "a text of at most 50 characters")
        keyword = pair.text("keyword", 50) or ""
        value = pair.plain("value", 255)
        shown = pair.choice("displayOn", DISPLAY_ON) or "none"
        echo.setdefault(keyword, {"keyword": keyword, "value": value, "displayOn": shown})
    return list(echo.values())[:50]


def read_person(person: Members | None, *, forced: bool = False) -> dict[str, Any]:
    """Return a Person; of one that is only suggested some mistakes are dropped."""
    if person is None:
        return {}
    echo: dict[str, Any] = {}
    document = person.text("document", 25)
    kind = person.text("documentType", 6)
    if kind is not None and kind not in DOCUMENTS:
        person.refuse("documentType", FIELD_VALUE, f"one of {', '.join(DOCUMENTS)}")
    if document and kind and not re.fullmatch(DOCUMENTS[kind], document, re.ASCII):
        person.refuse("document", FIELD_VALUE, f"a {kind} like {DOCUMENTS[kind]}")
    _put(echo, "document", document)
    _put(echo, "documentType", kind)
    for name in ("name", "surname"):
        value = person.text(name, 60)
        if value and _holds_card(value):
            if forced:
                person.refuse(name, CARD_IN_NAME, "a name", received="(a card number, masked)")
            continue
        _put(echo, name, value)
    _put(echo, "company", person.text("company", 60))
    email = person.get("email")
    if forced or not (isinstance(email, str) and len(email) > 80):
        _put(echo, "email", person.text("email", 80, _EMAIL, "an email address"))
    mobile = person.get("mobile")
    if isinstance(mobile, int) and not isinstance(mobile, bool) and 0 <= mobile < 10**18:
        echo["mobile"] = str(mobile)
    else:
        _put(echo, "mobile", person.text("mobile", 30))
    _put(echo, "address", _address(person.object("address")))
    return echo


def _address(address: Members | None) -> dict[str, Any]:
    if address is None:
        return {}
    echo: dict[str, Any] = {}
    _put(echo, "country", address.text("country", 2, _COUNTRY, "a country code such as CO"))
    _put(echo, "state", address.text("state", 3))
    for name, longest in (("city", 30), ("postalCode", 10), ("street", 128)):
        _put(echo, name, address.text(name, longest, cut=True))
    _put(echo, "phone", address.text("phone", 20))
    return echo


def _holds_card(text: str) -> bool:
    """Tell whether 13 to 19 digits in it pass the Luhn check."""
    for match in _CARD.finditer(text):
        digits = [int(digit) for digit in match[0] if digit.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            return True
    return False
