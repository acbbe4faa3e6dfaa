"""Sessions: open one, ask about it, cancel it, wait for its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from emulator.client.core import checks
from emulator.client.core.checks import Amount
from emulator.client.core.declaring import client
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.client.core.waiting import polled
from emulator.client.placetopay.messages import (
    LOCAL,
    USER_AGENT,
    AutopayMembers,
    CancelledSession,
    CreatedSession,
    Session,
    SessionMembers,
    SubscriptionMembers,
    amount_of,
    merged,
    visit,
)
from emulator.client.placetopay.site import Site

OPEN = ("PENDING", "APPROVED_PARTIAL")
"""Statuses of a session that can still change."""


@client
class SessionOperations(Site):
    """What can be done with sessions."""

    @operation
    def create_session(
        self,
        reference: str,
        amount: Amount,
        currency: str = "COP",
        *,
        return_url: str,
        ip_address: str = LOCAL,
        user_agent: str = USER_AGENT,
        expiration: datetime | None = None,
        **members: Unpack[SessionMembers],
    ) -> Steps[CreatedSession]:
        """Open a session for one payment.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            amount: In units of the currency, such as `Decimal("12000.50")`.
            currency: ISO 4217.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: With a zone, at least five minutes ahead; half an hour ahead if None.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Placetopay docs, Checkout, "Session".
        """
        payment = {
            "reference": reference,
            "amount": amount_of(amount, currency),
            **members.get("payment", {}),
        }
        payer = visit(return_url, ip_address, user_agent, expiration)
        message = {"payment": payment, **payer, **merged(members, "payment")}
        return (yield from self._post("/api/session", message, CreatedSession))

    @operation
    def create_subscription(
        self,
        reference: str,
        description: str,
        *,
        return_url: str,
        ip_address: str = LOCAL,
        user_agent: str = USER_AGENT,
        expiration: datetime | None = None,
        **members: Unpack[SubscriptionMembers],
    ) -> Steps[CreatedSession]:
        """Open a session in which a payer stores a card, and pays nothing.

        A query then shows `subscription.instrument`, a list in which the keywords `token` and
        `subtoken` have what `collect` takes.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            description: What the payer reads, 1 to 255 characters.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: With a zone, at least five minutes ahead; half an hour ahead if None.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Placetopay docs, Checkout, "Session".
        """
        described = {"reference": reference, "description": description}
        subscription = {**described, **members.get("subscription", {})}
        payer = visit(return_url, ip_address, user_agent, expiration)
        message = {"subscription": subscription, **payer, **merged(members, "subscription")}
        return (yield from self._post("/api/session", message, CreatedSession))

    @operation
    def create_autopay(
        self,
        reference: str,
        description: str,
        recurring: Mapping[str, Any],
        *,
        return_url: str,
        ip_address: str = LOCAL,
        user_agent: str = USER_AGENT,
        expiration: datetime | None = None,
        **members: Unpack[AutopayMembers],
    ) -> Steps[CreatedSession]:
        """Open a session in which a payer agrees to be charged automatically.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            description: What the payer reads, 1 to 255 characters.
            recurring: `{"type": "FIXED", "periodicity": "M", "interval": 1, ...}`.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: With a zone, at least five minutes ahead; half an hour ahead if None.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Placetopay docs, Checkout, "Autopay".
        """
        autopay = {
            "action": "CREATE",
            "reference": reference,
            "description": description,
            "recurring": dict(recurring),
            **members.get("autopay", {}),
        }
        payer = visit(return_url, ip_address, user_agent, expiration)
        message = {"type": "autopay", "autopay": autopay, **payer, **merged(members, "autopay")}
        return (yield from self._post("/api/session", message, CreatedSession))

    @operation(safe=True)
    def query_session(self, request_id: int) -> Steps[Session]:
        """Return a session as it stands.

        PENDING, APPROVED and REJECTED are answers, not errors.

        Args:
            request_id: `requestId` of the created session.

        Returns:
            `{"requestId", "status": {"status": "PENDING", ...}, "request", "payment": null or
            a list, newest attempt first, "subscription"}`.

        Raises:
            RefusedError: The provider refuses.
        """
        path = f"/api/session/{checks.whole('request_id', request_id)}"
        return (yield from self._post(path, {}, Session, may_have_failed=True))

    @operation
    def cancel_session(self, request_id: int) -> Steps[CancelledSession]:
        """Cancel a session that is pending.

        Args:
            request_id: `requestId` of the created session.

        Returns:
            `{"status": {...}, "session": {...}}`; the session as a query shows it.

        Raises:
            RefusedError: The provider refuses, as it does for a session that is final.
        """
        path = f"/api/session/{checks.whole('request_id', request_id)}/cancel"
        return (yield from self._post(path, {}, CancelledSession))

    @operation
    def wait_until_final(
        self, request_id: int, *, limit: float = 1800.0, first_pause: float = 2.0
    ) -> Steps[Session]:
        """Ask about a session until it is neither PENDING nor APPROVED_PARTIAL.

        A webhook comes sooner, but it can be lost: production code needs both.

        Args:
            request_id: `requestId` of the created session.
            limit: Seconds of all pauses together.
            first_pause: Seconds of the first pause; the pauses grow to a minute.

        Returns:
            The session, as `query_session` returns it.

        Raises:
            NotFinalError: The session is still open when the limit is reached.
            RefusedError: The provider refuses.
        """
        return (
            yield from polled(
                lambda: SessionOperations.query_session.steps(self, request_id),
                lambda session: session["status"]["status"] not in OPEN,
                what=f"session {request_id}",
                limit=limit,
                first_pause=first_pause,
            )
        )
