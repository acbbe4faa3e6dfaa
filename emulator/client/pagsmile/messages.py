"""Messages of Pagsmile Payout: what is sent, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NotRequired, TypedDict

Field = str | int | Decimal | None
"""Value of a parameter; a Decimal is sent as text, because a float would lose its zeros."""


class PayoutFields(TypedDict, total=False):
    """Parameters of a payout, by the provider's names; country and method decide which ones.

    Attributes:
        name: Of the beneficiary.
        phone: Of the beneficiary.
        email: Of the beneficiary.
        account: Where the money goes.
        account_type: Such as CPF, CHECKING.
        document_id: Of the beneficiary.
        document_type: Such as CPF, RFC.
        method: PIX, BANKTRANSFER, SPEI, WALLET, Transfiya.
        channel: With WALLET: PayPal, MercadoPago, ….
        bank_code: Of the beneficiary's bank.
        branch: Of the bank.
        branch_digit: Of the branch.
        account_digit: Of the account.
        region: Of the beneficiary.
        custom_code: The merchant's own number, never used before.
        fee_bear: merchant or beneficiary.
        amount: Decimal text, an int or a Decimal.
        amount_type: arrival_amount or source_amount: which side `amount` fixes.
        source_currency: ISO 4217.
        arrival_currency: ISO 4217.
        notify_url: Where the webhook goes.
        additional_remark: Letters, digits, underline and spaces.
        country: ISO 3166-1 alpha-3.
        extra: Any others, for what this class does not know.
    """

    name: Field
    phone: Field
    email: Field
    account: Field
    account_type: Field
    document_id: Field
    document_type: Field
    method: Field
    channel: Field
    bank_code: Field
    branch: Field
    branch_digit: Field
    account_digit: Field
    region: Field
    custom_code: Field
    fee_bear: Field
    amount: Field
    amount_type: Field
    source_currency: Field
    arrival_currency: Field
    notify_url: Field
    additional_remark: Field
    country: Field
    extra: Mapping[str, Field]


class DryRunFields(TypedDict, total=False):
    """Parameters of a dry run, by the provider's names.

    Attributes:
        source_currency: ISO 4217.
        arrival_currency: ISO 4217.
        amount: Decimal text, an int or a Decimal.
        amount_type: arrival_amount or source_amount.
        fee_bear: merchant or beneficiary.
        method: PIX, BANKTRANSFER, SPEI, WALLET, ….
        channel: With WALLET.
        country: ISO 3166-1 alpha-3.
        extra: Any others, for what this class does not know.
    """

    source_currency: Field
    arrival_currency: Field
    amount: Field
    amount_type: Field
    fee_bear: Field
    method: Field
    channel: Field
    country: Field
    extra: Mapping[str, Field]


class CheckoutFields(TypedDict, total=False):
    """Parameters of a checkout page, by the provider's names.

    Attributes:
        user_id: The merchant's own name of the user.
        custom_code: The merchant's own number, never used before.
        fee_bear: merchant or beneficiary.
        method: PIX, SPEI, PayPal, BANKTRANSFER; the user chooses if it is left out.
        source_currency: ISO 4217.
        payout_currency: ISO 4217.
        payout_amount: Decimal text, an int or a Decimal.
        timeout: Seconds that the page works; at most 1800.
        notify_url: Where the webhook goes.
        return_url: Where the user is sent in the end.
        additional_remark: Letters, digits, underline and spaces.
        country: ISO 3166-1 alpha-3, or GLOBAL.
        extra: Any others, for what this class does not know.
    """

    user_id: Field
    custom_code: Field
    fee_bear: Field
    method: Field
    source_currency: Field
    payout_currency: Field
    payout_amount: Field
    timeout: Field
    notify_url: Field
    return_url: Field
    additional_remark: Field
    country: Field
    extra: Mapping[str, Field]


class Payout(TypedDict):
    """A payout that was created; amounts are decimal text."""

    id: str
    status: str
    custom_code: NotRequired[str]
    arrival_amount: NotRequired[str]
    arrival_currency: NotRequired[str]
    source_amount: NotRequired[str]
    source_currency: NotRequired[str]


class PayoutStatus(TypedDict):
    """Where a payout is."""

    status: str
    payout_id: NotRequired[str]
    custom_code: NotRequired[str]
    description: NotRequired[str]


class PayoutRow(TypedDict):
    """All about a payout; times in seconds since 1970."""

    transaction_id: str
    transaction_status: str
    reference_id: NotRequired[str]
    amount: NotRequired[str]
    source_amount: NotRequired[str]
    source_currency: NotRequired[str]
    arrival_amount: NotRequired[str]
    arrival_currency: NotRequired[str]
    fee: NotRequired[str]
    tax: NotRequired[str]
    create_time: NotRequired[int]
    update_time: NotRequired[int]


class Cost(TypedDict):
    """What a payout would cost; amounts are decimal text."""

    source_amount: str
    fee: NotRequired[str]
    tax: NotRequired[str]
    amount: NotRequired[str]
    arrival_amount: NotRequired[str]
    arrival_currency: NotRequired[str]
    source_currency: NotRequired[str]
    settlement_amount: NotRequired[str]
    exchange_rate: NotRequired[str]


class Balance(TypedDict):
    """The balance of an account, as decimal text."""

    currency: str
    amount: str


class Checkout(TypedDict):
    """A page for the beneficiary."""

    checkout_url: str


class Voucher(TypedDict):
    """A proof of a payout."""

    url: str


class PayoutWebhook(TypedDict):
    """A webhook that was signed with the app's key."""

    payoutId: str
    status: str
    custom_code: NotRequired[str]
    msg: NotRequired[str]
    timestamp: NotRequired[int]
