"""What a way for money to go is: a row of the table in `countries`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from emulator.providers.pagsmile.identities import IdentityRule

FOREIGN = ("USD", "EUR", "GBP")
"""Currencies in which any merchant may hold an account."""


class Trigger(NamedTuple):
    """What the sandbox makes of an account.

    Attributes:
        paid: Accounts that are paid.
        rejected: Accounts that are rejected.
        others: PAID, REJECTED, or empty where the page does not say.
    """

    paid: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    others: str = ""


_NO_TRIGGER = Trigger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way for money to go.

    Attributes:
        country: ISO 3166-1 alpha-3; empty for PayPal, which goes to many.
        name: In upper case.
        channel: As the page writes it; empty unless the method is WALLET.
        letters: Last letters of the ids of its payouts.
        currency: What arrives.
        low: Least amount, in that currency.
        high: Most.
        accounts: By account_type in upper case; empty where there is none to give.
        bank_accounts: By bank_code and account_type, where a bank has a special rule; an empty
            account_type stands for all.
        account: The rule where account_type does not matter.
        documents: By document_type in upper case.
        needs: Members required besides those of every payout and what `accounts` implies.
        takes_local: Whether the source may be the local currency too.
        longest_name: Characters.
        has_plain_names: Whether a name has letters without accents only.
        seconds: From PROCESSING to the end as the sandbox says; None for at once.
        trigger: What the sandbox makes of its accounts.
        refunds: Whether what was paid can come back: not at all, as a whole, or in parts too.
        has_voucher: Whether there is a proof of payment.
        withdrawn: When the page says that it ends; empty if it does not.
    """

    country: str
    name: str
    channel: str = ""
    letters: str
    currency: str
    low: Decimal
    high: Decimal
    accounts: Mapping[str, IdentityRule] = field(default_factory=dict[str, "IdentityRule"])
    bank_accounts: Mapping[tuple[str, str], IdentityRule] = field(
        default_factory=dict[tuple[str, str], "IdentityRule"]
    )
    account: IdentityRule | None = None
    documents: Mapping[str, IdentityRule] = field(default_factory=dict[str, "IdentityRule"])
    needs: tuple[str, ...] = ()
    takes_local: bool = True
    longest_name: int = 100
    has_plain_names: bool = False
    seconds: float | None = None
    trigger: Trigger = _NO_TRIGGER
    refunds: Literal["", "whole", "parts"] = ""
    has_voucher: bool = False
    withdrawn: str = ""

    @property
    def title(self) -> str:
        """Method and channel."""
        return f"{self.name} {self.channel}".strip()

    @property
    def sources(self) -> tuple[str, ...]:
        """The source currencies it takes."""
        local = self.takes_local and self.currency not in FOREIGN
        return (*FOREIGN, self.currency) if local else FOREIGN

    @property
    def required(self) -> tuple[str, ...]:
        """The members it requires besides those of every payout."""
        account = ("account",) if self.accounts or self.account else ()
        kind = ("account_type",) if self.accounts else ()
        return (*account, *kind, *self.needs)
