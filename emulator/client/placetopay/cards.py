"""Cards: stored ones, and what a card can do."""

from __future__ import annotations

from typing import Unpack

from emulator.client.core.checks import Amount
from emulator.client.core.declaring import client
from emulator.client.core.errors import ConfigurationError
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.client.placetopay.messages import (
    LOCAL,
    USER_AGENT,
    CardInformation,
    Done,
    Members,
    PaymentMembers,
    StoredCard,
    TokenAnswer,
    amount_of,
    instrument,
    merged,
)
from emulator.client.placetopay.site import Site


@client
class CardOperations(Site):
    """What can be done with cards."""

    @operation
    def invalidate_token(self, token: str, **members: Unpack[Members]) -> Steps[Done]:
        """Make a stored card useless for good.

        Args:
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status": {...}}`.

        Raises:
            RefusedError: The provider refuses, as it does a token that it does not know.
        """
        message = {"instrument": instrument(token), **merged(members)}
        return (yield from self._post("/api/instrument/invalidate", message, Done))

    @operation(safe=True)
    def look_up_token(self, token: str, **members: Unpack[Members]) -> Steps[StoredCard]:
        """Return a stored card.

        Args:
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"id", "type", "token", "subtoken", "franchise", "lastDigits", "validUntil", ...}`.

        Raises:
            RefusedError: The provider refuses, as it does a token that it does not know.
        """
        message = {"instrument": instrument(token), **merged(members)}
        answer = yield from self._post("/api/gateway/token", message, TokenAnswer)
        return answer["data"]

    @operation(safe=True)
    def card_information(
        self,
        amount: Amount,
        currency: str = "COP",
        *,
        card: str | None = None,
        token: str | None = None,
        ip_address: str = LOCAL,
        user_agent: str = USER_AGENT,
        **members: Unpack[PaymentMembers],
    ) -> Steps[CardInformation]:
        """Return what a card can do: instalments, 3-D Secure, what the payer must type.

        Args:
            amount: What is to be paid, in units of the currency.
            currency: ISO 4217.
            card: A card number; or else
            token: 64 characters, or a subtoken of 16 digits.
            ip_address: The payer's.
            user_agent: The payer's.
            members: Further members of the message, by the provider's names.

        Returns:
            `{"status", "provider", "serviceCode", "threeDS", "requireCvv2", "credits", ...}`.

        Raises:
            ConfigurationError: Neither a card nor a token is given, or both are.
            RefusedError: The provider refuses.
        """
        if (card is None) == (token is None):
            raise ConfigurationError("give it, or else a token", argument="card")
        payment = {"amount": amount_of(amount, currency), **members.get("payment", {})}
        message = {
            "payment": payment,
            "instrument": {"card": {"number": card}} if token is None else instrument(token),
            "ipAddress": ip_address,
            "userAgent": user_agent,
            **merged(members, "payment"),
        }
        return (yield from self._post("/api/gateway/information", message, CardInformation))
