"""Looking up where payouts can go: methods, channels, currencies, bank codes."""

from __future__ import annotations

from functools import cache

from emulator.core import json_text
from emulator.providers.pagsmile.countries import METHODS
from emulator.providers.pagsmile.method import FOREIGN, Method

NAMES = tuple(sorted({method.name for method in METHODS}))
CHANNELS = tuple(sorted({method.channel for method in METHODS} - {""}, key=str.casefold))
_COUNTRIES = frozenset(method.country for method in METHODS) - {""}
CURRENCIES = tuple(dict.fromkeys((*FOREIGN, *(method.currency for method in METHODS))))

_INDEX = {(m.country, m.name, m.channel.upper()): m for m in METHODS}


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


def banked() -> tuple[str, ...]:
    """Return the countries with a table of bank codes."""
    return tuple(_figures()[0])


def countries() -> tuple[str, ...]:
    """Return every country that payouts go to; those of PayPal alone last."""
    return tuple(dict.fromkeys((*sorted(_COUNTRIES), *sorted(_figures()[1]))))


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
    found = [method.title for method in METHODS if method.country == country]
    return [*found, "WALLET PayPal"] if is_paypal_country(country) else found


def countries_with(name: str, channel: str) -> list[str]:
    """Return the countries that have a method, given in upper case; PayPal's are left out."""
    return [m.country for m in METHODS if (m.name, m.channel.upper()) == (name, channel)]
