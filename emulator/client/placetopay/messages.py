"""Messages of Placetopay WebCheckout: what is sent, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from emulator.client.core import checks
from emulator.client.core.checks import Amount
from emulator.client.core.errors import ConfigurationError

Action = Literal["reverse", "checkout", "reauthorization", "confirm", "cancel"]

USER_AGENT = "latam-payment-emulator"
LOCAL = "127.0.0.1"

_SUBTOKEN = re.compile("[0-9]{16}")


# --- what comes back --------------------------------------------------------------------------


class Status(TypedDict):
    """How something stands."""

    status: str
    reason: NotRequired[str | int]
    message: NotRequired[str]
    date: NotRequired[str]


class CreatedSession(TypedDict):
    """A session that was opened; send the payer to `processUrl`."""

    status: Status
    requestId: int
    processUrl: str


class Payment(TypedDict):
    """A transaction of a session."""

    status: Status
    internalReference: int | str
    reference: NotRequired[str]
    authorization: NotRequired[str]
    amount: NotRequired[dict[str, Any]]
    refunded: NotRequired[bool]
    franchise: NotRequired[str]
    paymentMethod: NotRequired[str]


class Session(TypedDict):
    """A session as a query shows it; payments newest first."""

    requestId: int
    status: Status
    request: NotRequired[dict[str, Any]]
    payment: NotRequired[list[Payment] | None]
    subscription: NotRequired[dict[str, Any] | None]


class CancelledSession(TypedDict):
    """The answer to `cancel_session`."""

    status: Status
    session: Session


class Transaction(TypedDict):
    """The answer to `reverse` and `transaction`."""

    status: Status
    payment: dict[str, Any]


class Done(TypedDict):
    """The answer to `invalidate_token`."""

    status: Status


class StoredCard(TypedDict):
    """A stored card."""

    token: NotRequired[str]
    subtoken: NotRequired[str]
    franchise: NotRequired[str]
    lastDigits: NotRequired[str]
    validUntil: NotRequired[str]


class TokenAnswer(TypedDict):
    """The answer that holds a stored card."""

    data: StoredCard


class CardInformation(TypedDict):
    """What a card can do."""

    serviceCode: str
    status: NotRequired[Status]
    provider: NotRequired[str]
    threeDS: NotRequired[Any]
    requireCvv2: NotRequired[Any]
    credits: NotRequired[list[Any]]


class Notification(TypedDict):
    """A webhook that this site's secret signed."""

    requestId: int | str
    status: Status
    signature: str
    reference: NotRequired[str]


# --- what is sent -----------------------------------------------------------------------------


class Members(TypedDict, total=False):
    """Further members of a message, by the provider's names.

    Attributes:
        locale: Such as `en_US`.
        extra: Any others, for what this class does not know.
    """

    locale: str
    extra: Mapping[str, Any]


class VisitMembers(Members, total=False):
    """Further members of a session.

    Attributes:
        buyer: A Person.
        payer: A Person.
        type: Such as `checkin`.
        fields: A list of `{keyword, value, displayOn}`.
        metadata: Such as `{"requiresConfirmation": True}`.
        paymentMethod: Codes with commas between, such as `visa,pse`.
        cancelUrl: Where the payer is sent after cancelling.
        skipResult: Whether the payer returns without seeing the result.
        noBuyerFill: Whether the page does not fill in the buyer.
        captureAddress: Whether the page asks for an address.
    """

    buyer: Mapping[str, Any]
    payer: Mapping[str, Any]
    type: str
    fields: Sequence[Mapping[str, Any]]
    metadata: Mapping[str, Any]
    paymentMethod: str
    cancelUrl: str
    skipResult: bool
    noBuyerFill: bool
    captureAddress: bool


class SessionMembers(VisitMembers, total=False):
    """Further members of a session with a payment.

    Attributes:
        payment: Merged into the payment: `{"allowPartial": True}`, `{"subscribe": True}`,
            `{"recurring": {...}}`, `{"dispersion": [...]}`.
    """

    payment: Mapping[str, Any]


class SubscriptionMembers(VisitMembers, total=False):
    """Further members of a session that stores a card.

    Attributes:
        subscription: Merged into the subscription.
    """

    subscription: Mapping[str, Any]


class AutopayMembers(VisitMembers, total=False):
    """Further members of a session for automatic payments.

    Attributes:
        autopay: Merged into the autopay: `{"amount": {...}}`, `{"action": "EDIT", "id": 5}`.
    """

    autopay: Mapping[str, Any]


class PaymentMembers(Members, total=False):
    """Further members of a payment without a page.

    Attributes:
        payment: Merged into the payment.
        buyer: A Person.
        ipAddress: The payer's.
        userAgent: The payer's.
        metadata: As for a session.
    """

    payment: Mapping[str, Any]
    buyer: Mapping[str, Any]
    ipAddress: str
    userAgent: str
    metadata: Mapping[str, Any]


def merged(members: Mapping[str, Any], *inner: str) -> dict[str, Any]:
    """Return the further members of a message, without those that go into a part of it."""
    extra: Mapping[str, Any] = members.get("extra") or {}
    left_out = ("extra", *inner)
    return {**{name: members[name] for name in members if name not in left_out}, **extra}


def amount_of(total: Amount, currency: str) -> dict[str, Any]:
    """Return an amount, its total an integer where it is whole."""
    value = checks.money("amount", total)
    whole = value == value.to_integral_value()
    return {"currency": currency, "total": int(value) if whole else float(value)}


def part_of(amount: Amount | None, currency: str) -> dict[str, Any]:
    """Return the member `amount`, where one is given."""
    return {} if amount is None else {"amount": amount_of(amount, currency)}


def visit(
    return_url: str, ip_address: str, user_agent: str, expiration: datetime | None
) -> dict[str, Any]:
    """Return what a session must know of the payer's visit."""
    told = {"returnUrl": return_url, "ipAddress": ip_address, "userAgent": user_agent}
    if expiration is not None:
        if expiration.tzinfo is None:
            raise ConfigurationError("give a time with a zone", argument="expiration")
        told["expiration"] = expiration.isoformat(timespec="seconds")
    return told


def instrument(token: str) -> dict[str, Any]:
    """Return the instrument that a token or subtoken names."""
    checks.text("token", token)
    return {"token": {"subtoken" if _SUBTOKEN.fullmatch(token) else "token": token}}
