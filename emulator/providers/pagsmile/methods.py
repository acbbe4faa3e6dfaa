"""Where payouts can go: a row for each country, method and channel, with its rules.

The figures are the country pages'; where two pages differ see `behaviours.LIMITS`. A rule for
an account or a document is a pattern that its whole text must match, and for some kinds a
check of digits besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from operator import mul
from typing import TYPE_CHECKING, Literal, NamedTuple

from emulator import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOREIGN = ("USD", "EUR", "GBP")
"""Currencies in which any merchant may hold an account."""

EMAIL_LIMIT = 64
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Rule(NamedTuple):
    """What a text of one kind must look like.

    Attributes:
        pattern: Of the whole text.
        words: The same in words.
        check: Tells whether its check digits are right.
        longest: Characters, at most.
    """

    pattern: re.Pattern[str]
    words: str
    check: Callable[[str], bool] | None = None
    longest: int = 255

    def fits(self, text: str) -> bool:
        """Tell whether the text has the form, whatever its check digits."""
        return len(text) <= self.longest and self.pattern.fullmatch(text) is not None


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
        channel: In upper case; empty unless the method is WALLET.
        letters: Last letters of the ids of its payouts.
        currency: What arrives.
        low: Least amount, in that currency.
        high: Most.
        accounts: By account_type in upper case; empty where there is none to give.
        account: The rule where account_type does not matter.
        documents: By document_type in upper case.
        needs: Members required besides those of every payout.
        takes_local: Whether the source may be the local currency too.
        longest_name: Characters.
        seconds: From PROCESSING to the end as the sandbox says; None for at once.
        trigger: What the sandbox makes of its accounts.
        refunds: Whether what was paid can come back: not at all, as a whole, or in parts too.
    """

    country: str
    name: str
    channel: str = ""
    letters: str
    currency: str
    low: Decimal
    high: Decimal
    accounts: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    account: Rule | None = None
    documents: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    needs: tuple[str, ...] = ()
    takes_local: bool = True
    longest_name: int = 100
    seconds: float | None = None
    trigger: Trigger = _NO_TRIGGER
    refunds: Literal["", "whole", "parts"] = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The source currencies it takes."""
        local = self.takes_local and self.currency not in FOREIGN
        return (*FOREIGN, self.currency) if local else FOREIGN


# --- check digits ----------------------------------------------------------------------------


def _mod_11(digits: str, weights: range | tuple[int, ...]) -> str:
    rest = sum(map(mul, map(int, digits), weights)) % 11
    return "0" if rest < 2 else str(11 - rest)


def is_cpf(text: str) -> bool:
    """Tell whether the last two of eleven digits check the others; eleven equal ones never do."""
    first = _mod_11(text[:9], range(10, 1, -1))
    return len(set(text)) > 1 and text[9:] == first + _mod_11(text[:9] + first, range(11, 1, -1))


_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def is_cnpj(text: str) -> bool:
    """Tell whether the last two of fourteen digits check the others; equal ones never do."""
    first = _mod_11(text[:12], _CNPJ_WEIGHTS[1:])
    return len(set(text)) > 1 and text[12:] == first + _mod_11(text[:12] + first, _CNPJ_WEIGHTS)


def is_clabe(text: str) -> bool:
    """Tell whether the last of eighteen digits checks the others: weights 3, 7, 1, modulo 10."""
    total = sum(int(digit) * (3, 7, 1)[i % 3] % 10 for i, digit in enumerate(text[:17]))
    return str(-total % 10) == text[17]


# --- rules -----------------------------------------------------------------------------------


def _digits(least: int, most: int = 0) -> Rule:
    most = most or least
    span = str(least) if least == most else f"{least} to {most}"
    return Rule(re.compile(f"[0-9]{{{least},{most}}}"), f"{span} digits")


def _letters(least: int, most: int = 0) -> Rule:
    most = most or least
    span = str(least) if least == most else f"{least} to {most}"
    return Rule(re.compile(f"[0-9A-Za-z]{{{least},{most}}}"), f"{span} letters and digits")


EMAIL = Rule(_EMAIL, "an e-mail address of at most 64 characters", longest=EMAIL_LIMIT)
_ANY_64 = Rule(re.compile(r"[!-~ ]{1,64}"), "1 to 64 characters")
_CPF = Rule(re.compile(r"[0-9]{11}"), "11 digits, the last two checking the others", is_cpf)
_CNPJ = Rule(re.compile(r"[0-9]{14}"), "14 digits, the last two checking the others", is_cnpj)
CLABE = Rule(re.compile(r"[0-9]{18}"), "18 digits, the last one checking the others", is_clabe)
_RUT = Rule(re.compile(r"[0-9]{8}[0-9Kk]"), "8 digits and a digit or K, without a hyphen")
_BRAZILIAN = {"CPF": _CPF, "CNPJ": _CNPJ}
_COLOMBIAN = {"CC": _digits(6, 10), "CE": _letters(1, 12), "PEP": _digits(1, 15)}


def _both(rule: Rule, *names: str) -> dict[str, Rule]:
    return dict.fromkeys(names or ("CHECKING", "SAVINGS"), rule)


_MINUTES, _DAY = 600.0, 86_400.0
_BANK = ("name", "bank_code", "document_id", "document_type")
_REACHED = ("phone", "email")

METHODS: tuple[Method, ...] = (
    Method(
        country="BRA",
        name="PIX",
        letters="PB",
        currency="BRL",
        low=Decimal("0.01"),
        high=Decimal(50_000),
        accounts={
            **_BRAZILIAN,
            "EVP": Rule(
                re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"
            ),
            "PHONE": Rule(re.compile(r"(\+55)?[0-9]{10,11}"), "10 or 11 digits, +55 before or not"),
            "EMAIL": EMAIL,
        },
        documents=_BRAZILIAN,
        needs=("name", "document_id", "document_type"),
        trigger=Trigger(
            ("pagsmile_test_paid@pagsmile.com",), ("pagsmile_test_reject@pagsmile.com",), "PAID"
        ),
        refunds="parts",
    ),
    Method(
        country="BRA",
        name="BANKTRANSFER",
        letters="BB",
        currency="BRL",
        low=Decimal("0.50"),
        high=Decimal(50_000),
        accounts=_both(_digits(4, 18)),
        documents=_BRAZILIAN,
        needs=(*_BANK, "branch"),
        seconds=_MINUTES,
        trigger=Trigger(("22222222",), ("11111111",)),
        refunds="parts",
    ),
    Method(
        country="MEX",
        name="SPEI",
        letters="QM",
        currency="MXN",
        low=Decimal("0.01"),
        high=Decimal(400_000),
        accounts={"CLABE": CLABE, "DEBIT": _digits(16), "PHONE": _digits(10)},
        documents={"RFC": _letters(12, 13), "CURP": _letters(18)},
        needs=("name", "document_id", "document_type"),
        longest_name=40,
        seconds=_MINUTES,
        trigger=Trigger(
            ("646020146401877826", "002010077777777771"),
            ("138580000007439590", "014027000005555558"),
        ),
        refunds="whole",
    ),
    Method(
        country="CHL",
        name="BANKTRANSFER",
        letters="BCL",
        currency="CLP",
        low=Decimal(1),
        high=Decimal(2_000_000),
        accounts=_both(_digits(8, 20), "CHECKING", "SAVINGS", "VISTA", "RUT", "SALARY"),
        documents={
            "RUT": _RUT,
            "RUN": _RUT,
            "PAS": _letters(9, 16),
            "PASS": _letters(9, 16),
            "CE": _letters(9, 16),
        },
        needs=_BANK,
        seconds=_DAY,
        trigger=Trigger(("222222222222",), ("111111111111",)),
        refunds="whole",
    ),
    Method(
        country="CHL",
        name="WALLET",
        channel="VITA",
        letters="WCL",
        currency="CLP",
        low=Decimal(1),
        high=Decimal(2_000_000),
        accounts={"EMAIL": EMAIL},
        documents={"RUT": _RUT, "RUN": _RUT, "PAS": _letters(9, 16), "CE": _letters(9, 16)},
        trigger=Trigger(("paid@pagsmile.com",), ("rejected@pagsmile.com",)),
    ),
    Method(
        country="COL",
        name="BANKTRANSFER",
        letters="BC",
        currency="COP",
        low=Decimal(1),
        high=Decimal(2_000_000),
        accounts=_both(_digits(8, 18)),
        documents=_COLOMBIAN,
        needs=(*_BANK, *_REACHED),
        seconds=3 * _DAY,
        trigger=Trigger(("222222222222",), ("111111111111",)),
    ),
    Method(
        country="COL",
        name="WALLET",
        channel="TPAGA",
        letters="WC",
        currency="COP",
        low=Decimal(1),
        high=Decimal(2_000_000),
        accounts={"PHONE": Rule(re.compile(r"\+57[0-9]{8,11}"), "+57 and 8 to 11 digits")},
        documents=_COLOMBIAN,
        trigger=Trigger(("+57322222222",), ("+57311111111",), "PAID"),
    ),
    Method(
        country="COL",
        name="TRANSFIYA",
        letters="TC",
        currency="COP",
        low=Decimal(1),
        high=Decimal(10_000_000),
        accounts={"PHONE": Rule(re.compile(r"57[0-9]{10,12}"), "12 to 14 digits, first 57")},
        documents=_COLOMBIAN,
        needs=("name", "document_id", "document_type"),
        trigger=Trigger(("572222222222",), ("571111111111",)),
    ),
    Method(
        country="PER",
        name="BANKTRANSFER",
        letters="BPE",
        currency="PEN",
        low=Decimal("0.01"),
        high=Decimal(500_000),
        accounts=_both(_digits(10, 20)),
        documents={
            "DNI": _digits(8),
            "RUC": _digits(11),
            "PAS": _letters(7, 12),
            "CE": _digits(8, 12),
        },
        needs=(*_BANK, "region"),
        seconds=_DAY,
        trigger=Trigger(("2222222222222",), ("1111111111111",)),
    ),
    Method(
        country="ECU",
        name="BANKTRANSFER",
        letters="BEC",
        currency="USD",
        low=Decimal("0.01"),
        high=Decimal(500_000),
        accounts=_both(_digits(10, 20)),
        documents={"CEDULA": _digits(10), "RUC": _digits(13), "PAS": _letters(13)},
        needs=_BANK,
        takes_local=False,
        seconds=_DAY,
        trigger=Trigger(("2222222222",), ("1111111111",)),
    ),
    Method(
        country="",
        name="WALLET",
        channel="PAYPAL",
        letters="WP",
        currency="USD",
        low=Decimal("0.01"),
        high=Decimal(50_000),
        accounts={"EMAIL": EMAIL},
        takes_local=False,
        trigger=Trigger(("paid@pagsmile.com",), (), "REJECTED"),
    ),
    *(
        Method(
            country=country,
            name="WALLET",
            channel="PAGSMILE",
            letters=letters,
            currency=currency,
            low=Decimal("0.01"),
            high=Decimal(50_000),
            accounts={"UUID": Rule(re.compile(r"[0-9a-fA-F]{32}"), "32 hex digits")},
            takes_local=False,
            refunds="whole",
        )
        for country, currency, letters in (("BRA", "BRL", "WB"), ("MEX", "MXN", "WM"))
    ),
    Method(
        country="ARG",
        name="BANKTRANSFER",
        letters="BA",
        currency="ARS",
        low=Decimal(1),
        high=Decimal(10_000_000),
        accounts=_both(_digits(19, 22)),
        documents={"CUIT": _digits(11)},
        needs=(*_BANK, *_REACHED),
        seconds=_DAY,
        trigger=Trigger(("0721111111111111111111",)),
    ),
    Method(
        country="ARG",
        name="WALLET",
        channel="MERCADOPAGO",
        letters="WA",
        currency="ARS",
        low=Decimal(1),
        high=Decimal(10_000_000),
        accounts={"CVU": Rule(re.compile(r"00000031[0-9]{14}"), "22 digits, first 00000031")},
        documents={"CUIT": _digits(11)},
        needs=("name", "document_id", "document_type"),
    ),
    Method(
        country="URY",
        name="BANKTRANSFER",
        letters="BU",
        currency="UYU",
        low=Decimal(1),
        high=Decimal(5_000_000),
        accounts=_both(_digits(2, 14)),
        documents={"CI": _digits(8), "RUT": _digits(12)},
        needs=(*_BANK, *_REACHED),
        takes_local=False,
        seconds=_DAY,
        trigger=Trigger(("000001111111",)),
    ),
    Method(
        country="PAN",
        name="BANKTRANSFER",
        letters="BPA",
        currency="USD",
        low=Decimal(1),
        high=Decimal(7_000_000_000),
        accounts=_both(_digits(5, 12)),
        documents={"RUC": _letters(5, 15), "PASS": _letters(5, 20), "CE": _letters(5, 12)},
        needs=(*_BANK, *_REACHED),
        takes_local=False,
        seconds=_DAY,
    ),
    Method(
        country="GTM",
        name="BANKTRANSFER",
        letters="BG",
        currency="GTQ",
        low=Decimal(1),
        high=Decimal(10_000_000),
        accounts=_both(_digits(6, 14)),
        documents={"CUI": _digits(13), "NIT": _letters(7, 11)},
        needs=(*_BANK, *_REACHED),
        takes_local=False,
        seconds=_DAY,
    ),
    Method(
        country="TUR",
        name="BANKTRANSFER",
        letters="BT",
        currency="TRY",
        low=Decimal("0.01"),
        high=Decimal(500_000),
        accounts={"IBAN": Rule(re.compile(r"TR[0-9]{24}"), "TR and 24 digits")},
        documents={"NIN": _digits(11)},
        needs=("name",),
    ),
    Method(
        country="TUR",
        name="WALLET",
        channel="PAPARA",
        letters="WT",
        currency="TRY",
        low=Decimal("0.01"),
        high=Decimal(500_000),
        accounts=_both(_ANY_64, "PHONE", "EMAIL", "WALLETNUMBER", "DOCUMENTID"),
        documents={"NIN": _digits(11)},
    ),
    Method(
        country="RUS",
        name="WALLET",
        channel="QIWI",
        letters="WR",
        currency="RUB",
        low=Decimal(1),
        high=Decimal(250_000),
        accounts={"PHONE": _digits(11, 12)},
        takes_local=False,
        trigger=Trigger((), ("79991112244",), "PAID"),
    ),
    Method(
        country="NPL",
        name="WALLET",
        channel="IME",
        letters="WN",
        currency="NPR",
        low=Decimal("0.01"),
        high=Decimal(500_000),
        account=Rule(re.compile(r"[!-~ ]{1,50}"), "1 to 50 characters"),
        needs=("name", "region", "bank_code"),
    ),
)

NAMES = frozenset(method.name for method in METHODS)
CHANNELS = frozenset(method.channel for method in METHODS) - {""}
_COUNTRIES = frozenset(method.country for method in METHODS) - {""}
CURRENCIES = tuple(dict.fromkeys((*FOREIGN, *(method.currency for method in METHODS))))

REGIONS = (
    "Amazonas",
    "Ancash",
    "Apurímac",
    "Arequipa",
    "Ayacucho",
    "Cajamarca",
    "Callao",
    "Cusco",
    "Huancavelica",
    "Huánuco",
    "Ica",
    "Junín",
    "La Libertad",
    "Lambayeque",
    "Lima",
    "Loreto",
    "Madre de Dios",
    "Moquegua",
    "Pasco",
    "Piura",
    "Puno",
    "San Martín",
    "Tacna",
    "Tumbes",
    "Ucayali",
)
"""Of Peru."""

_INDEX = {(method.country, method.name, method.channel): method for method in METHODS}


@cache
def _figures() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Return bank codes by country, and the countries of PayPal."""
    from importlib.resources import files

    written = json_text.loads(
        (files(__name__.rpartition(".")[0]) / "data" / "figures.json").read_bytes()
    )
    banks = {country: frozenset(codes.split()) for country, codes in written["banks"].items()}
    banks["PER"] |= {"0010"}
    return banks, frozenset(written["paypal"].split())


def banks(country: str) -> frozenset[str]:
    """Return the bank codes of a country; none where there is no table."""
    return _figures()[0].get(country, frozenset())


def is_paypal_country(country: str) -> bool:
    """Tell whether PayPal payouts go there."""
    return country in _figures()[1]


def is_country(country: str) -> bool:
    """Tell whether any payouts go there."""
    return country in _COUNTRIES or is_paypal_country(country)


def find(country: str, name: str, channel: str) -> Method | None:
    """Return the method, given in upper case, or None if the country does not have it."""
    if (name, channel) == ("WALLET", "PAYPAL"):
        return _INDEX["", name, channel] if is_paypal_country(country) else None
    return _INDEX.get((country, name, channel))


def methods_of(country: str) -> list[str]:
    """Return what a country has, for a diagnosis."""
    found = [f"{m.name} {m.channel}".strip() for m in METHODS if m.country == country]
    return [*found, "WALLET PAYPAL"] if is_paypal_country(country) else found
