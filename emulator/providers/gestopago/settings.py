"""What the section `[gestopago]` of the configuration file may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """GestoPago's settings.

    Attributes:
        token_format: `jwt` as the datasheet says, `opaque` as observed.
        token_seconds: How long a token lives.
        token_fetch_seconds: Logins closer together than this count as a token per request.
        charset: Of XML answers.
        business_status: `200` for every business code, or the statuses of the OpenAPI text.
        technical_code: CODIGO of technical refusals, which no public document gives.
        repair_plus: Turn spaces in `signed` back into `+`.
        confirm_match: The members by which confirmTx finds a sale.
        confirm_after_seconds: How long after sendTx a confirmTx is reliable.
        early_confirm: An earlier confirmTx says 70, or the truth.
        duplicate_upc_seconds: How long a upc blocks another sale.
        duplicate_topup_seconds: How long a top-up blocks the same one.
        duplicate_bill_seconds: How long a bill payment blocks the same reference.
        balance: What a distributor's bag holds at the start, as decimal text.
    """

    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105 - a form's name
    token_seconds: int = 24 * 3600
    token_fetch_seconds: int = 60
    charset: Literal["utf-8", "iso-8859-1"] = "utf-8"
    business_status: Literal["200", "oas"] = "200"
    technical_code: str = "02"
    repair_plus: bool = False
    confirm_match: Literal["all", "upc"] = "all"
    confirm_after_seconds: int = 62
    early_confirm: Literal["70", "answer"] = "70"
    duplicate_upc_seconds: int = 2 * 24 * 3600
    duplicate_topup_seconds: int = 15 * 60
    duplicate_bill_seconds: int = 24 * 3600
    balance: str = "200000.00"
