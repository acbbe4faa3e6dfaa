"""An attempt to pay: who pays, with what, how much, and what becomes of it at once.

A payer, a trigger and a merchant who charges a token all come here. The members of a choice are
read as those of any message, so what is wrong is refused in the same words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from emulator.core.errors import Behaviour, FailureMode, Source, Standing
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import (
    FIELD_REQUIRED,
    FIELD_TYPE,
    FIELD_VALUE,
    NOT_COMBINABLE,
    refuse,
)
from emulator.providers.placetopay.message.amounts import plain
from emulator.providers.placetopay.message.currency import DECIMALS
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.message.money import decimal
from emulator.providers.placetopay.message.person import read_person
from emulator.providers.placetopay.state import instruments, payments, sessions
from emulator.providers.placetopay.state.cards import BANK_METHOD, BANKS, BRANDS, CARDS
from emulator.providers.placetopay.state.instruments import Means
from emulator.providers.placetopay.state.people import international, invent
from emulator.providers.placetopay.state.status import site_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

_PAGE = Source("emulator", "placetopay, hosted page", Standing.CHOSEN)

NOT_PAYABLE = FailureMode(
    "placetopay.session-not-payable",
    "The session is final, or a payment of it is in process",
    _PAGE,
)

PAYER = Behaviour(
    "The payer in the merchant's request counts over what the payer types; name, surname and email"
    " must come from one of them. Where no payer is named the emulator invents one",
    _PAGE,
)

OUTCOMES = {
    "approve": "approve",
    "decline": "decline",
    "pending": "manual-approve",
    "pending-approve": "pending-approve",
    "pending-decline": "pending-decline",
    "challenge": "approve",
    "exception": "exception",
}
"""Outcome that a tester picks -> what the payment then does."""

METHODS = ("card", "bank", "token")
_METHOD_OF = {
    franchise.lower(): brand.method
    for brand in (*BRANDS.values(), BANK_METHOD)
    for franchise in brand.services
}
"""Service code, as `paymentMethod` took them until 2021 -> method."""
_PLAIN_CARD = "4110760000000081"
PERSON = ("document", "documentType", "name", "surname", "company", "email", "mobile", "address")
"""Members of a Person, in the order of an answer."""
_ECHO = (
    "locale",
    "buyer",
    "payer",
    "payment",
    "subscription",
    "autopay",
    "fields",
)
"""Order of the members of `request` before those that a payer never adds."""


def refuse_closed(record: Record) -> NoReturn:
    """Refuse because a session is final, or a payment of it is in process.

    Raises:
        Refusal: `placetopay.session-not-payable`.
    """
    is_open = sessions.is_open(record)
    refuse(
        "session.not-payable",
        replace(NOT_PAYABLE, about_time=sessions.ended_by_time(record)),
        "path.requestId",
        expected="a session that is open, with no payment in process",
        received=f"{record['status']} {record['reason']}{', in process' if is_open else ''}",
        hint=Message("Wait until the payment in process has ended, or move the clock")
        if is_open
        else Message("The session has ended. Create a new one"),
    )


def attempt(
    record: Record,
    choice: dict[str, Any],
    site: Record,
    context: Context[Settings],
    client: str = "",
) -> Record:
    """Try to pay a session as a payer chose; return it as it then stands.

    Args:
        record: The session.
        choice: See `payer.Choice`.
        site: Whose session it is.
        context: The provider's.
        client: The payer's address.

    Raises:
        Refusal: What is wrong with the choice, or `placetopay.session-not-payable`.
    """
    body = Members(choice)
    means = _means(body, record, site, context)
    request = with_payer(record, body, site, context)
    amount = _amount(body, record, context)
    try:
        return make(record, means, amount, request, site, context, client)
    except sessions.ClosedError:
        refuse_closed(sessions.find_session(str(record["request_id"]), context) or record)


def check_choice(body: Members) -> None:
    """Refuse a choice that says two things at once.

    Raises:
        Refusal: `placetopay.not-combinable`.
    """
    method = body.get("method")
    own = {"card": "card", "bank": "bank", "token": "subtoken"}.get(str(method)[:10])
    for name in ("method", "card", "bank", "subtoken"):
        chosen = "outcome" in body or (name != "method" and own not in (None, name))
        if name in body and chosen:
            other = "outcome" if "outcome" in body else f"method {method}"
            body.refuse(
                name,
                NOT_COMBINABLE,
                f"not with {other}",
                received="both",
                hint=Message("Send either {name} or {other}").with_(name=name, other=other),
            )


def make(
    record: Record,
    means: Means,
    amount: Record | None,
    request: Record,
    site: Record,
    context: Context[Settings],
    client: str = "",
) -> Record:
    """Try to pay with means that are in order; return the session as it then stands.

    Raises:
        ClosedError: If the session cannot be paid any more, or just now.
    """
    kind = "payment" if amount is not None else "token"
    payment = payments.open_payment(kind, means, record, amount, site, context)
    asked: dict[str, Any] = record["request"].get("payment", {})
    metadata: dict[str, Any] = record["request"].get("metadata", {})
    number, payment["client"] = payment["internal_reference"], client
    if (kind == "token" or asked.get("subscribe") or "recurring" in asked) and means.is_card:
        payment["token"] = instruments.derive(context, f"token/{number}").hex()
    payment["confirm"] = metadata.get("requiresConfirmation", False)
    if record["request"].get("type") == "checkin" and amount is not None:
        payment["checkin"] = {"total": amount["total"], "state": "open"}
    table = payments.payments(context)
    for part in asked.get("dispersion", ()):
        own = table.increment("payments") + context.settings.first_internal_reference - 1
        marks = {"internal_reference": own, "amount": plain(part["amount"])}
        payment["dispersion"].append({**part, **marks})
    begun = payments.begin(payment, payment["at"], context.settings)
    return sessions.add_attempt(record, begun, request, context)


def visited(record: Record) -> Record:
    """Return the session with the fields that it shows once the payer has come."""
    if record["visited"]:
        return record
    shown = [
        {"keyword": "_processUrl_", "value": record["process_url"], "displayOn": "none"},
        {"keyword": "_session_", "value": record["request_id"], "displayOn": "none"},
    ]
    request = record["request"]
    fields = [*request.get("fields", ()), *shown]
    return {**record, "visited": True, "request": _ordered({**request, "fields": fields})}


def allowed_methods(record: Record) -> frozenset[str] | None:
    """Return the codes that `paymentMethod` restricts the payer to; None if it does not."""
    codes: str = record["request"].get("paymentMethod", "")
    if not codes:
        return None
    return frozenset(_METHOD_OF.get(code, code) for code in codes.lower().split(","))


def methods_of(record: Record, site: Record) -> list[str]:
    """Return which of `METHODS` a payer may choose from."""
    allowed = allowed_methods(record)
    stores = sessions.goal_of(record) is None
    offered: list[str] = []
    if allowed is None or any(brand.method in allowed for brand in BRANDS.values()):
        offered.append("card")
    if site["country"] == "CO" and not stores and (allowed is None or "pse" in allowed):
        offered.append("bank")
    if not stores and "card" in offered:
        offered.append("token")
    return offered


def minimum_of(left: Any) -> Any:
    """Return the least that a payer may pay of what is left."""
    return min(1, left)


# Reading a choice -------------------------------------------------------------------------


def _means(body: Members, record: Record, site: Record, context: Context[Settings]) -> Means:
    if "outcome" in body:
        outcome = body.choice("outcome", tuple(OUTCOMES)) or ""
        plain = instruments.card_means(_PLAIN_CARD, site["country"])
        return replace(
            plain,
            does=OUTCOMES[outcome],
            challenged=outcome == "challenge",
            expiry=_default_expiry(context).replace("/", ""),
        )
    body.require("method", f"one of {', '.join(METHODS)}, or an outcome")
    method = body.choice("method", METHODS)
    if method not in methods_of(record, site):
        body.refuse("method", FIELD_VALUE, f"one of {', '.join(methods_of(record, site))}")
    if method == "bank":
        body.require("bank", "the code of a bank")
        bank = BANKS[body.choice("bank", tuple(BANKS)) or ""]
        return Means(
            BANK_METHOD.method, BANK_METHOD.name, BANK_METHOD.franchise, bank.name, bank.does
        )
    if method == "token":
        found = _stored(body, record["login"], context)
        means = instruments.means_of(found)
        check_cvv(body)
        where = "subtoken"
    else:
        body.require("card", "an object with number, expiration and cvv")
        card = body.object("card")
        assert card is not None  # required above
        means = read_card(card, site, context)
        where = "card"
    allowed = allowed_methods(record)
    if allowed is not None and means.method not in allowed:
        expected = f"one of {', '.join(sorted(allowed))}"
        body.refuse(where, FIELD_VALUE, expected, received=means.method)
    return means


def read_card(card: Members, site: Record, context: Context[Settings]) -> Means:
    """Return what the card of a choice pays with.

    Raises:
        Refusal: `placetopay.field-*`; what was typed is in none of them.
    """
    number = instruments.read_number(card)
    card.require("expiration", "MM/YY")
    expiration = card.get("expiration")
    month = _month(expiration)
    if month is None:
        card.refuse("expiration", FIELD_VALUE, "MM/YY, such as 08/31")
    now = context.clock.now("verify").astimezone(site_zone(site))
    if month < (now.year, now.month):
        card.refuse("expiration", FIELD_VALUE, f"{now:%m/%y} or later")
    cvv = check_cvv(card)
    means = instruments.card_means(number, site["country"])
    expiry = f"{month[1]:02}{month[0] % 100:02}"
    known = CARDS.get(number)
    typed = (f"{expiry[:2]}/{expiry[2:]}", cvv)
    if known is not None and known.only not in (None, typed):
        means = replace(means, does="decline")
    return replace(
        means,
        expiry=expiry,
        installments=_installments(card),
        holder=card.text("holder", 60) or "",
    )


def _installments(owner: Members) -> int:
    value = owner.get("installments")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 2:
        value = int(value)
    if value is None:
        return 1
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 99:
        owner.refuse("installments", FIELD_VALUE, "a whole number from 1 to 99")
    return value or 1


def check_cvv(owner: Members) -> str:
    """Return the security code of a card, or refuse it without showing it.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-type` or
            `placetopay.field-value`.
    """
    owner.require("cvv", "3 or 4 digits")
    cvv, hint = owner.get("cvv"), "Send the 3 or 4 digits of the security code as a text, in quotes"
    if not isinstance(cvv, str):
        owner.refuse("cvv", FIELD_TYPE, "a text of 3 or 4 digits", received="(masked)", hint=hint)
    if not (cvv.isascii() and cvv.isdigit() and 3 <= len(cvv) <= 4):
        owner.refuse("cvv", FIELD_VALUE, "3 or 4 digits", received="(masked)", hint=hint)
    return cvv


def _month(expiration: object) -> tuple[int, int] | None:
    """Return year and month of MM/YY or MM/YYYY."""
    if not isinstance(expiration, str) or not expiration.isascii():
        return None
    month, slash, year = expiration.replace(" ", "").partition("/")
    if not (slash and len(month) == 2 and month.isdigit() and year.isdigit()):
        return None
    if (
        not 1 <= int(month) <= 12
        or len(year) not in (2, 4)
        or (len(year) == 4 and year[:2] != "20")
    ):
        return None
    return 2000 + int(year[-2:]), int(month)


def default_card(number: str, context: Context[Settings]) -> dict[str, Any]:
    """Return the card of this number as a payer would type it who has it in hand."""
    known = CARDS.get(number)
    expiration, cvv = (known and known.only) or (_default_expiry(context), "123")
    return {"number": number, "expiration": expiration, "cvv": cvv}


def _default_expiry(context: Context[Settings]) -> str:
    year = datetime.fromtimestamp(context.clock.timestamp("verify"), UTC).year + 3
    return f"12/{year % 100:02}"


def _stored(body: Members, login: str, context: Context[Settings]) -> Record:
    body.require("subtoken", "the subtoken of a stored card")
    named = body.text("subtoken", 64) or ""
    found = instruments.find(named, login, context)
    if found is None:
        body.refuse(
            "subtoken",
            instruments.TOKEN_INVALID,
            "the subtoken of a card that this site stored",
            error="token.invalid",
        )
    return found


def _amount(body: Members, record: Record, context: Context[Settings]) -> Record | None:
    goal = sessions.goal_of(record)
    if goal is None:
        return None
    asked = record["request"]["payment"]
    currency = asked["amount"]["currency"]
    _, left = sessions.paid_and_left(record, context)
    total = body.money("amount", DECIMALS[currency])
    if total is None:
        total = left
    if asked["allowPartial"]:
        least = minimum_of(left)
        if not decimal(least) <= decimal(total) <= decimal(left):
            body.refuse("amount", FIELD_VALUE, f"a number from {least} to {left}")
    elif decimal(total) != decimal(left):
        body.refuse("amount", FIELD_VALUE, f"{left}: the session allows no partial payment")
    return {"currency": currency, "total": total}


def with_payer(record: Record, body: Members, site: Record, context: Context[Settings]) -> Record:
    """Return what a session echoes once it is known who pays.

    Raises:
        Refusal: What is wrong with the payer.
    """
    shown = visited(record)["request"]
    locked: dict[str, Any] = record["payer"]
    buyer: dict[str, Any] = record["request"].get("buyer", {})
    typed: dict[str, Any] = read_person(body.object("payer", "payer-data-not-valid"), forced=True)
    payer = {**typed, **locked}
    missing = next((name for name in ("name", "surname", "email") if name not in payer), None)
    if missing is not None:
        if typed:
            owner = body.object("payer", "payer-data-not-valid")
            assert owner is not None  # something was typed
            owner.refuse(missing, FIELD_REQUIRED, "the payer's name, surname and email")
        seed = f"{context.store.namespace}/{record['request_id']}"
        payer = {**invent(seed, site["country"]), **buyer, **payer}
    if "mobile" in payer and "mobile" not in locked:
        payer["mobile"] = international(payer["mobile"], site["country"])
    ordered = {name: payer[name] for name in PERSON if name in payer}
    return _ordered({**shown, "payer": ordered})


def _ordered(request: Record) -> Record:
    names: Sequence[str] = [name for name in _ECHO if name in request]
    return {name: request[name] for name in (*names, *request)}
