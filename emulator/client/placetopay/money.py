"""Payments without a page: charge a stored card, refund, confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from emulator.client.core.checks import Amount
from emulator.client.core.declaring import client
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.client.placetopay.messages import (
    Action,
    Members,
    PaymentMembers,
    Session,
    Transaction,
    amount_of,
    instrument,
    merged,
    part_of,
)
from emulator.client.placetopay.site import Site


@client
class MoneyOperations(Site):
    """What can be done with payments."""

    @operation
    def collect(
        self,
        reference: str,
        amount: Amount,
        currency: str = "COP",
        *,
        payer: Mapping[str, Any],
        token: str,
        **members: Unpack[PaymentMembers],
    ) -> Steps[Session]:
        """Charge a stored card.

        The same reference, amount and currency charge nothing again within 24 hours, so a
        collect whose answer was lost may be repeated.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            amount: In units of the currency.
            currency: ISO 4217.
            payer: A Person with document, documentType, name, surname and email.
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members of the message, by the provider's names.

        Returns:
            What a query returns, with its own requestId. The status is APPROVED, PENDING
            or REJECTED.

        Raises:
            RefusedError: The provider refuses, as it does a token that was invalidated.

        Source:
            Placetopay docs, Checkout, "Collect".
        """
        message = {
            "payer": dict(payer),
            "payment": {
                "reference": reference,
                "amount": amount_of(amount, currency),
                **members.get("payment", {}),
            },
            "instrument": instrument(token),
            **merged(members, "payment"),
        }
        return (yield from self._post("/api/collect", message, Session, may_have_failed=True))

    @operation
    def reverse(
        self,
        internal_reference: int | str,
        amount: Amount | None = None,
        currency: str = "COP",
        **members: Unpack[Members],
    ) -> Steps[Transaction]:
        """Give a payment back: void it before its settlement, refund it after.

        Args:
            internal_reference: `payment[].internalReference` of a query; not the requestId.
            amount: A part, which a settled payment allows; None for all of it.
            currency: ISO 4217, of the part.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {"status": "APPROVED", ...}, "payment": {...}}`; the payment is a new
            transaction. A status REJECTED says that nothing was given back.

        Raises:
            RefusedError: The provider refuses, as it does a payment that was given back.

        Source:
            Placetopay docs, Checkout, "Refund".
        """
        message = {"internalReference": internal_reference, **part_of(amount, currency)}
        message |= merged(members)
        return (yield from self._post("/api/reverse", message, Transaction))

    @operation
    def transaction(
        self,
        action: Action,
        internal_reference: int | str,
        amount: Amount | None = None,
        currency: str = "COP",
        **members: Unpack[Members],
    ) -> Steps[Transaction]:
        """Act on a transaction that waits for it.

        Args:
            action: `confirm` or `cancel` a payment with requiresConfirmation; `checkout` captures
                a check-in, 0 releases it; `reauthorization` changes its amount; `reverse`.
            internal_reference: `payment[].internalReference` of a query.
            amount: For checkout and reauthorization, or the part to reverse.
            currency: ISO 4217, that of the transaction.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {...}, "payment": {...}}`.

        Raises:
            RefusedError: The provider refuses, or a confirmation failed.

        Source:
            Placetopay docs, Checkout, "Transaction".
        """
        message = {"action": action, "internalReference": internal_reference}
        message |= {**part_of(amount, currency), **merged(members)}
        return (yield from self._post("/api/transaction", message, Transaction))
