"""What may be configured of Pagsmile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """What the section `[pagsmile]` of the configuration file may set.

    Attributes:
        unknown_app: The number that answers an unknown AppId.
        timestamp_window_seconds: How far a timestamp may be away, either way.
        legacy_codes: Numbers as in the pages' examples where the table has others.
        fee: Flat, in the source currency, as decimal text.
        tax: The same.
        balance: What an app has in each currency at the start, as decimal text.
        exchange_rates: Units for one USD; a currency left out counts as one.
        in_processing_seconds: From creation to PROCESSING.
        instant_seconds: From PROCESSING to the end, where the sandbox says "instant".
        other_accounts: What becomes of accounts the sandbox's table does not name.
        bank_codes: Whether a bank code must be in the published table.
        clabe_check_digit: Whether it is verified.
        notify: Whether the end of a payout sends a webhook without a trigger.
    """

    unknown_app: Literal["4001203", "4004003"] = "4001203"
    timestamp_window_seconds: int = 300
    legacy_codes: bool = False
    fee: str = "0.2"
    tax: str = "0"
    balance: str = "1000000"
    exchange_rates: str = (
        "EUR=0.8 GBP=0.8 BRL=5 MXN=20 CLP=1000 COP=4000 PEN=4 ARS=1000 UYU=40 GTQ=8 TRY=40 "
        "RUB=100 NPR=125 KZT=500 BOB=8 CRC=500 PKR=280"
    )
    in_processing_seconds: float = 1.0
    instant_seconds: float = 2.0
    other_accounts: Literal["paid", "processing"] = "paid"
    bank_codes: Literal["listed", "any"] = "listed"
    clabe_check_digit: bool = True
    notify: Literal["always", "never"] = "always"
