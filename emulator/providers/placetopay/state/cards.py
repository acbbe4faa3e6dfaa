"""The sandbox's cards, each with what it does, and the marks of its brand.

A card is a row: brand, number, what the issuer says, what 3-D Secure says. A number that is not
in the table is declined, whatever else it may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Does = Literal[
    "approve",
    "decline",
    "pending-approve",
    "pending-decline",
    "manual-approve",
    "manual-decline",
    "slow-approve",
    "slow-decline",
    "exception",
    "below-200",
]

OTP = "12345"
"""The answer to a 3-D Secure challenge that passes it."""

SLOW_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand.

    Attributes:
        method: Its code in `paymentMethod`.
        name: `paymentMethodName`.
        franchise: Its service code.
        franchise_ec: Its service code in Ecuador, where that differs.
        franchise_co: Its service code in Colombia, where that differs.
    """

    method: str
    name: str
    franchise: str
    franchise_ec: str = ""
    franchise_co: str = ""

    def service(self, country: str) -> str:
        """Return its service code in a country."""
        own = {"EC": self.franchise_ec, "CO": self.franchise_co}.get(country, "")
        return own or self.franchise

    @property
    def services(self) -> frozenset[str]:
        """Its service codes in all countries."""
        return frozenset({self.franchise, self.franchise_ec, self.franchise_co} - {""})


@dataclass(frozen=True, slots=True)
class Card:
    """A test card.

    Attributes:
        number: Its digits.
        brand: Whose it is.
        does: What becomes of a payment with it.
        three_ds: `Y` frictionless, `C` challenge, `A` attempted, `N` not authenticated,
            `R` rejected, `D` decoupled; empty where none is asked for.
        only: The one expiry (MM/YY) and security code that are approved.
    """

    number: str
    brand: Brand
    does: Does
    three_ds: str = ""
    only: tuple[str, str] | None = None


BRANDS: Mapping[str, Brand] = {
    "visa": Brand("visa", "Visa", "CR_VS", "ID_VS"),
    "master": Brand("master", "Master", "RM_MC", "ID_MC"),
    "diners": Brand("diners", "Diners", "CR_DN", "ID_DN", "ID_DN"),
    "amex": Brand("amex", "American Express", "CR_AM"),
    "discover": Brand("discover", "Discover", "DF_DS", "ID_DS"),
    "maestro": Brand("maestro", "Maestro", "CR_MA"),
    "somos": Brand("somos", "Somos", "SOMOS"),
    "exito": Brand("exito", "Tarjeta Éxito", "TY_EX"),
    "alkosto": Brand("alkosto", "Tarjeta Alkosto", "TY_AK"),
    "ath": Brand("ath", "ATH", "_ATH_"),
    "ebt": Brand("ebt", "EBT", "EB_EB"),
    "alia": Brand("alia", "ALIA", "ID_AL"),
}

_LEGEND: Mapping[str, Does] = {
    "A": "approve",
    "D": "decline",
    "P>A": "pending-approve",
    "P>D": "pending-decline",
    "M>A": "manual-approve",
    "M>D": "manual-decline",
    "T>A": "slow-approve",
    "T>D": "slow-decline",
    "X": "exception",
    "<200": "below-200",
}

_TABLE = """
visa 4110760000000081 A
visa 4110770010002837 A
visa 4381080000000029 A
visa 4111111111111111 A Y
visa 4110760000000008 A C
visa 4110760000000016 D
visa 4005580000000040 D
visa 4716375184092180 D
visa 4381080000000011 D
visa 4110760000000032 P>A C
visa 4110760000000040 P>D A
visa 4048370000000037 P>D
visa 4110760000000073 P>A
visa 4110760000000065 X N
visa 4110760000000024 T>A
visa 4110760000000115 T>D
visa 4110760000000057 <200
visa 4012888888881881 A - 11/28 917
visa 4381080000000003 P>D
visa 4509564638437551 P>A
visa 4864921336824366 P>D
visa 4931974429847108 P>D
visa 4532034637206853 M>D
visa 4666666666666669 T>A
master 5367680000000005 A
master 5180300000000005 A Y
master 5292594382060745 A C
master 5367680000000013 D
master 5180300000000039 D N
master 5180300000000047 P>A C
master 5180300000000054 P>D A
diners 36545400000008 A
diners 36545407032848 A
diners 36545400000248 D
diners 36545400000701 M>A
diners 36545407030701 P>D
diners 36545400000438 T>A
diners 36545407032780 M>A
diners 36545407032806 P>A
amex 377222581193005 A
amex 376651792202224 D
amex 376651552907400 P>A
amex 376651743308161 P>D
amex 376651736695301 P>D
amex 376651841246735 X
amex 376651911424709 <200
amex 376651001281274 A - 06/34 4637
amex 376651707554974 M>A
amex 376651242830343 T>A
discover 6550590000000001 A
discover 6557351234543156 A
discover 6508410000000001 A Y
discover 6508410000000047 A C
discover 6550590000000019 D
discover 6557351234543164 D
discover 6508410000000021 D N
discover 6508410000000039 D R
discover 6550590000000027 P>A
discover 6550590000000035 P>D
discover 6508410000000054 P>A D
maestro 6759649826438453 A
somos 8810060001592705 A
exito 5903090000000000 A
alkosto 5903120000000000 A
ath 0215020177972730 A
ath 2215714777972730 A
ath 0215026116775785 D
ath 0215025888083941 P>D
ath 2215716999194052 P>A
ath 0215027111105163 P>D
ath 2215719446775653 X
ebt 5077120000008725945 A
ebt 5077122000019136403 D
ebt 5077122291247660955 X
ebt 5077122223995193780 <200
alia 5058740200053106 A
alia 5058760305223909 D
alia 5058740900041432 X
"""


def _card(
    brand: str, number: str, legend: str, three_ds: str = "", expiry: str = "", cvv: str = ""
) -> Card:
    only = (expiry, cvv) if expiry else None
    return Card(number, BRANDS[brand], _LEGEND[legend], three_ds.strip("-"), only)


CARDS: Mapping[str, Card] = {
    card.number: card for card in (_card(*row.split()) for row in _TABLE.split("\n") if row)
}
"""Number -> card, in the order of the documentation."""

_ISSUERS = {
    "4110760000000081": "BANCO DE GUAYAQUIL, S.A.",
    "4111111111111111": "JPMORGAN CHASE BANK, N.A.",
    "5180300000000005": "Banco del Pacifico, S.A.",
    "36545400000008": "Diners Club",
}

_PREFIXES = (
    (("34", "37"), "amex"),
    (("300", "301", "302", "303", "304", "305", "36", "38"), "diners"),
    (("6011", "65"), "discover"),
    (("50", "56", "57", "58", "67"), "maestro"),
    (("51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27"), "master"),
)


def card_of(number: str) -> Card:
    """Return the test card of this number; of another number one that is declined."""
    known = CARDS.get(number)
    if known is not None:
        return known
    brand = next((name for begin, name in _PREFIXES if number.startswith(begin)), "visa")
    return Card(number, BRANDS[brand], "decline")


def issuer_of(number: str) -> str:
    """Return the bank that issued the card; empty where it is unknown."""
    return _ISSUERS.get(number, "")


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank to pay from by transfer (PSE).

    Attributes:
        code: Its number.
        name: What the payer reads, and `issuerName`.
        does: What becomes of a payment from it.
    """

    code: str
    name: str
    does: Does


BANKS: Mapping[str, Bank] = {
    bank.code: bank
    for bank in (
        Bank("1022", "BANCO UNION COLOMBIANO", "approve"),
        Bank("1002", "BANCO DE PRUEBA QUE RECHAZA", "decline"),
        Bank("1003", "BANCO DE PRUEBA QUE APRUEBA DESPUÉS", "pending-approve"),
        Bank("1004", "BANCO DE PRUEBA QUE RECHAZA DESPUÉS", "pending-decline"),
    )
}
"""Code -> bank."""

BANK_METHOD = Brand("pse", "Cuentas débito ahorro y corriente (PSE)", "_PSE_")
