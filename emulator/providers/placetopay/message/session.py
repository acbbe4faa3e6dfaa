"""What a request to create a session may say, and what of it comes back in a query.

Three ways to be wrong, as the provider has them: refused; cut or dropped in silence (over-long
city, more than fifty items, a tax of an unknown kind); not looked at (any member that is not
listed). null, "", [] and {} are the same as absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from emulator.core.errors import Behaviour, FailureMode, Source, Standing
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import (
    CREATE,
    EXPIRATION_TOO_SOON,
    FIELD_REQUIRED,
    FIELD_TYPE,
    FIELD_VALUE,
    NOT_ALLOWED,
    NOT_COMBINABLE,
)
from emulator.providers.placetopay.message.asked_payment import (
    A_URI,
    URI,
    described,
    read_fields,
    read_payment,
    uri_hint,
)
from emulator.providers.placetopay.message.autopay import read_autopay
from emulator.providers.placetopay.message.members import Members, put, those_there
from emulator.providers.placetopay.message.moments import NOT_ISO, is_iso, read_moment
from emulator.providers.placetopay.message.person import read_person
from emulator.providers.placetopay.state.status import LANGUAGES, LOCALE, site_zone

if TYPE_CHECKING:
    from emulator.core.errors import Diagnosis
    from emulator.core.store import Record
    from emulator.providers.placetopay.settings import Settings

SOONEST = timedelta(minutes=5)

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

METHODS = Behaviour(
    "The codes in paymentMethod are checked for their form only",
    CREATE.but(Standing.CHOSEN),
)

LOCALE_UNREADABLE = FailureMode(
    "placetopay.locale-unreadable",
    "The locale is not one of Placetopay's, and that of the site or Spanish is taken",
    Source("Placetopay docs, Checkout", "Localization"),
)
NOT_AN_ADDRESS = FailureMode(
    "placetopay.not-an-ip-address",
    "ipAddress is accepted, but is no IP address",
    CREATE.but(Standing.INFERRED),
)

_METHODS = re.compile(r"\w+(,\w+)*", re.ASCII)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()  # a date in every zone
_WIDEST_OFFSET = timedelta(hours=15)  # between two zones that a shop and its payer live in


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


def read_session(
    message: dict[str, Any],
    site: Record,
    now: datetime,
    settings: Settings,
    warnings: list[Diagnosis] | None = None,
) -> SessionRequest:
    """Read the message of `session.create`.

    Args:
        message: Without its `auth`.
        site: Whose it is.
        now: The provider's time.
        settings: The provider's.
        warnings: Where it is noted that something is accepted, but unwise.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-type`,
            `placetopay.field-too-long`, `placetopay.field-value`,
            `placetopay.control-character`, `placetopay.reference-length`,
            `placetopay.expiration-too-soon`, `placetopay.card-number-in-name`,
            `placetopay.too-many-dispersions`, `placetopay.dispersion-sum`,
            `placetopay.not-combinable`, `placetopay.partial-with-taxes` or
            `placetopay.not-allowed`.
    """
    body = Members(message, warnings)
    for name, wanted in _ALWAYS:
        body.require(name, wanted)
    address = _ip_address(body)
    user_agent = body.text("userAgent", 255)
    return_url = body.text("returnUrl", 255, URI, A_URI, hint=uri_hint)
    kind = body.choice("type", ("checkin", "autopay"))
    payment, subscription = body.object("payment"), body.object("subscription")
    autopay = body.object("autopay")
    _check_autopay(body, kind, alone=not (payment or subscription))
    if not (payment or subscription or autopay):
        body.refuse("payment", FIELD_REQUIRED, "payment, subscription or autopay")
    checkin = kind == "checkin"

    echo: dict[str, Any] = {  # in the order of the checks, which is that of the answer
        "locale": _locale(body, site),
        "buyer": read_person(body.object("buyer")),
        "payer": read_person(body.object("payer", "payer-data-not-valid"), forced=True),
        "payment": payment and read_payment(payment, site, now, settings, checkin=checkin),
        "subscription": subscription and described(subscription),
        "autopay": autopay and read_autopay(autopay),
        "fields": read_fields(body.objects("fields")),
        "paymentMethod": body.text(
            "paymentMethod", 255, _METHODS, "codes, with commas", hint=_methods_hint
        ),
        "type": kind,
        "metadata": _metadata(body.object("metadata", "metadata-not-valid"), site),
        "returnUrl": return_url,
        "ipAddress": address,
        "userAgent": user_agent,
    }
    _put_fields(echo, payment=payment, subscription=subscription)
    expires_at = _expiration(body, site, now, settings.expiration_minutes)
    echo["expiration"] = body.get("expiration")
    for name in ("captureAddress", "skipResult", "noBuyerFill"):
        if body.flag(name):
            echo[name] = True
    options = {"cancelUrl": body.text("cancelUrl", 255, URI, A_URI, hint=uri_hint)}
    return SessionRequest(those_there(echo), those_there(options), expires_at)


_ALWAYS = (
    ("ipAddress", "the payer's IP address"),
    ("userAgent", "the user agent of the payer's browser, or any text where there is none"),
    ("returnUrl", A_URI),
)


def _check_autopay(body: Members, kind: str | None, *, alone: bool) -> None:
    there = "autopay" in body
    if (kind == "autopay") == there and (alone or not there):
        return
    if not there:
        hint = "Add the object autopay, or take type autopay out"
    elif kind != "autopay":
        hint = "Send type autopay beside the object autopay"
    else:
        hint = "Send autopay without payment and subscription"
    body.refuse(
        "autopay",
        NOT_COMBINABLE,
        "autopay alone, with type autopay",
        received=kind or "no type",
        hint=hint,
    )


def _put_fields(
    echo: dict[str, Any], *, payment: Members | None, subscription: Members | None
) -> None:
    """Put the fields of payment and subscription where they were sent."""
    taken = [each["keyword"] for each in echo["fields"]]
    for owner, part in ((payment, echo["payment"]), (subscription, echo["subscription"])):
        if not owner:
            continue
        own = [
            each for each in read_fields(owner.objects("fields")) if each["keyword"] not in taken
        ]
        own = own[: max(0, 50 - len(taken))]
        taken += [each["keyword"] for each in own]
        put(part, "fields", own)


def _methods_hint(codes: str) -> str:
    bare = re.sub(r"[\s;|]+", ",", codes.strip(" ,;|"))
    bare = re.sub(",+", ",", bare)
    if _METHODS.fullmatch(bare):
        return Message("Send {codes}: codes with a comma between them, and no blanks").with_(
            codes=bare[:80]
        )
    return Message("Send codes such as visa,master, with a comma between them")


def _ip_address(body: Members) -> str | None:
    text = body.text("ipAddress", 46)
    if text is None:
        return None
    try:
        ip_address(text)
    except ValueError:
        body.note("ipAddress", NOT_AN_ADDRESS, "an IPv4 or IPv6 address", _address_hint(text))
    return text


def _address_hint(text: str) -> str:
    first = text.split(",")[0].strip()
    if "," in text:
        return Message(
            "Send one address, such as {first}: a list comes from X-Forwarded-For"
        ).with_(first=first)
    bare = first.strip("[]").partition("%")[0]
    for core, what in (
        (bare, "brackets, blanks or zone"),
        (re.sub(r"(?<=[\]\d]):\d+$", "", first).strip("[]"), "its port"),
    ):
        try:
            ip_address(core)
        except ValueError:
            continue
        return Message("Send {core}, without {what}").with_(core=core, what=what)
    return Message("Send the payer's address as digits, such as 203.0.113.9, and not a name")


def _locale(body: Members, site: Record) -> str:
    """Return the locale that the message asks for; the site's where it cannot be read."""
    value = body.get("locale")
    if isinstance(value, str) and LOCALE.fullmatch(value):
        if value[:2].lower() not in LANGUAGES:
            body.note(
                "locale",
                LOCALE_UNREADABLE,
                f"a locale in one of {', '.join(LANGUAGES)}",
                "Send a locale such as es_CO or en_US; the answers are in Spanish",
            )
        return value
    if value is not None:
        body.note(
            "locale",
            LOCALE_UNREADABLE,
            "a locale such as es_CO",
            f"Send {_meant_locale(value, site)}; until then it is the site's {site['locale']}",
        )
    return site["locale"]


def _meant_locale(value: object, site: Record) -> str:
    parts = re.split(r"[-_ .]", value.strip()) if isinstance(value, str) else []
    if parts and len(parts[0]) == 2 and parts[0].isalpha():
        country = parts[1] if len(parts) > 1 and re.fullmatch("[A-Za-z]{2}", parts[1]) else ""
        return f"{parts[0].lower()}_{(country or site['country']).upper()}"
    return str(site["locale"])


def _expiration(body: Members, site: Record, now: datetime, default_minutes: int) -> float:
    wanted = (now + timedelta(minutes=default_minutes)).astimezone(site_zone(site))
    example = wanted.isoformat(timespec="seconds")
    value = body.get("expiration")
    if value is None:
        return now.timestamp() + default_minutes * 60
    if isinstance(value, int | float) and not isinstance(value, bool):
        body.refuse(
            "expiration",
            FIELD_TYPE,
            "a text: ISO 8601 with a zone",
            hint=_unix_hint(value, example),
        )
    text = body.text("expiration", 255) or ""
    moment = read_moment(text)
    if moment is None or moment.tzinfo is None:
        body.refuse(
            "expiration",
            FIELD_VALUE,
            "ISO 8601 with a zone",
            hint=_unreadable_hint(text, example, zoned=moment is None),
        )
    if moment - now < SOONEST:
        body.refuse(
            "expiration",
            EXPIRATION_TOO_SOON,
            f"at least 5 minutes after {now.isoformat(timespec='seconds')}",
            hint=_early_hint(moment, now, example),
            error="session.expiration",
        )
    if not is_iso(text):
        body.note("expiration", NOT_ISO, "ISO 8601", f"Send ISO 8601, such as {example}")
    return min(moment.timestamp(), _LATEST)


def _unix_hint(value: float, example: str) -> str:
    for unit, per_second in (("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000)):
        if 10**9 * per_second <= value < 10**10 * per_second:
            return Message(
                "That is Unix time in {unit}. Send ISO 8601 text, such as {example}"
            ).with_(unit=unit, example=example)
    return Message("Send ISO 8601 text, such as {example}").with_(example=example)


def _unreadable_hint(text: str, example: str, *, zoned: bool) -> str:
    if not zoned:
        return Message(
            "The time has no zone. Send Z or the offset of your zone at its end, as in {example}"
        ).with_(example=example)
    if re.fullmatch(r"\d{9,16}", text, re.ASCII):
        return _unix_hint(int(text), example)
    from emulator.schemes.mistakes import times

    known = times.named(text)
    return (
        Message("{known}. Send a time such as {example}").with_(known=known, example=example)
        if known
        else Message("Send a time such as {example}").with_(example=example)
    )


def _early_hint(moment: datetime, now: datetime, example: str) -> str:
    """Say why an expiration comes too early."""
    late = now - moment
    if late < -timedelta(seconds=1):
        return Message("Send a later time, such as {example}").with_(example=example)
    if late <= _WIDEST_OFFSET:
        return Message(
            "It is in the past. Send the time of your clock with the offset of your own "
            "zone, such as {example}: a local time with Z or another offset is hours off"
        ).with_(example=example)
    from emulator.schemes.mistakes import times

    return Message("It is in the past. {off}. Send a time such as {example}").with_(
        off=times.off(moment, now), example=example
    )


def _metadata(metadata: Members | None, site: Record) -> dict[str, Any]:
    if metadata is None:
        return {}
    echo: dict[str, Any] = {}
    put(echo, "initiatorIndicator", metadata.choice("initiatorIndicator", INITIATORS))
    put(echo, "EBTDeliveryIndicator", metadata.choice("EBTDeliveryIndicator", DELIVERIES))
    metadata.day("openingDate")
    for name in ("openingDate", "beneficiaryId", "kount"):
        put(echo, name, metadata.plain(name, 255))
    if metadata.flag("requiresConfirmation"):
        if "confirmation" not in site["allowed"]:
            metadata.refuse(
                "requiresConfirmation",
                NOT_ALLOWED,
                "a site with the confirmation flow",
                hint=Message("Add 'confirmation' to `allowed` of the credential"),
            )
        echo["requiresConfirmation"] = True
    return echo
