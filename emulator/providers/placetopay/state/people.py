"""Payers that the emulator invents, in the country of the site.

The same namespace and session give the same person, run after run. Faker is imported when the
first one is wanted: starting the emulator needs no person.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from faker import Faker


_LOCALES = {"BR": "pt_BR", "BZ": "en_US", "CL": "es_CL", "CO": "es_CO", "PR": "es_MX"}
_DIALLING = {
    "BR": "55",
    "BZ": "501",
    "CL": "56",
    "CO": "57",
    "CR": "506",
    "EC": "593",
    "HN": "504",
    "MX": "52",
    "PA": "507",
    "PE": "51",
    "PR": "1",
    "UY": "598",
}


def invent(seed: str, country: str) -> dict[str, Any]:
    """Return a Person: document, documentType, name, surname, email, mobile.

    Args:
        seed: Whatever tells this person from others.
        country: Alphabetic code, ISO 3166.
    """
    faker = _faker(_LOCALES.get(country, "es_MX"))
    faker.seed_instance(seed)
    chance = Random(seed)  # noqa: S311 - a person, not a key
    name, surname = faker.first_name()[:60], faker.last_name()[:60]
    kind, draw = _DOCUMENTS.get(country, ("PPN", _passport))
    return {
        "document": draw(chance),
        "documentType": kind,
        "name": name,
        "surname": surname,
        "email": f"{_plain(name)}.{_plain(surname)}@example.com",
        "mobile": international(f"3{_digits(chance, 9)}", country),
    }


def international(mobile: str, country: str) -> str:
    """Return a mobile number with its country code: `+573001234567`."""
    digits = mobile.replace(" ", "").replace("-", "")
    code = _DIALLING.get(country)
    if code is None or not (digits.isascii() and digits.isdigit()):
        return mobile
    return f"+{code}{digits.lstrip('0')}"


@lru_cache(maxsize=8)
def _faker(locale: str) -> Faker:
    from faker import Faker

    return Faker(locale)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in bare if letter.isalnum()) or "x"


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def _number(chance: Random, count: int) -> str:
    return chance.choice("123456789") + _digits(chance, count - 1)


def _passport(chance: Random) -> str:
    return f"P{_digits(chance, 8)}"


def _cedula(chance: Random) -> str:
    """Return an Ecuadorian CI: province, number, and a check digit modulo 10."""
    digits = [int(d) for d in f"{chance.randint(1, 24):02}{chance.randint(0, 5)}"]
    digits += [int(d) for d in _digits(chance, 6)]
    weighed = [sum(divmod(d * 2, 10)) if not n % 2 else d for n, d in enumerate(digits)]
    # 9 at most from a doubled digit: its cross sum is what the rule calls minus nine.
    return "".join(map(str, digits)) + str(-sum(weighed) % 10)


def _rut(chance: Random) -> str:
    """Return a Chilean RUT with its check character modulo 11."""
    number = str(chance.randint(5_000_000, 25_000_000))
    weights = (2, 3, 4, 5, 6, 7)
    total = sum(int(d) * weights[n % 6] for n, d in enumerate(reversed(number)))
    return f"{number}-{'0K987654321'[total % 11]}"


def _cpf(chance: Random) -> str:
    """Return a Brazilian CPF with its two check digits modulo 11."""
    digits = [int(d) for d in _digits(chance, 9)]
    for _ in range(2):
        rest = sum(d * (len(digits) + 1 - n) for n, d in enumerate(digits)) * 10 % 11
        digits.append(rest % 10)
    return "".join(map(str, digits))


_DOCUMENTS: dict[str, tuple[str, Callable[[Random], str]]] = {
    "BR": ("CPF", _cpf),
    "BZ": ("BZSSN", lambda chance: _digits(chance, 9)),
    "CL": ("CLRUT", _rut),
    "CO": ("CC", lambda chance: _number(chance, 10)),
    "CR": ("CRCPF", lambda chance: _number(chance, 9)),
    "EC": ("CI", _cedula),
    "HN": ("HNDNI", lambda chance: _digits(chance, 13)),
    "PA": ("CIP", lambda chance: _digits(chance, 8)),
    "PE": ("DNI", lambda chance: _digits(chance, 8)),
    "UY": ("UYCI", lambda chance: f"{_number(chance, 7)}-{_digits(chance, 1)}"),
}
