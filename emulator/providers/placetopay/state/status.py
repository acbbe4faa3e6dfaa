"""The Status object of every answer: its words in two languages, and its date.

Spanish is what the provider's sandbox was seen to say; English is recorded for a few and
ours for some of the rest. The date carries the offset of the site, never `Z`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from emulator.core.errors import Source

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context

Language = Literal["es", "en"]

DOCS = Source("Placetopay docs, Checkout", "Status")


PROCESSED = (
    "La petición se ha procesado correctamente",
    "The request has been processed correctly",
)

WORDS: dict[str, tuple[str, str]] = {
    "PENDING PC": ("La petición se encuentra activa", "The request is active"),
    "PENDING PT": ("La petición se encuentra pendiente", "The request is pending"),
    "APPROVED 00": (
        "La petición ha sido aprobada exitosamente",
        "The request has been successfully approved",
    ),
    "APPROVED_PARTIAL P0": (
        "La petición está parcialmente aprobada",
        "The request is partially approved",
    ),
    "PARTIAL_EXPIRED PX": (
        "La petición esta expirada o cancelada y se han realizado pagos",
        "The request is expired or cancelled and payments have been made",
    ),
    "REJECTED ?C": (
        "La petición ha sido cancelada por el usuario",
        "The request has been cancelled by the user",
    ),
    "REJECTED EX": ("La petición ha expirado", "The request has expired"),
    "REJECTED MC": (
        "La petición ha sido cancelada por el comercio",
        "The request has been cancelled by the merchant",
    ),
    "REJECTED XN": ("Se ha rechazado la petición", "The request has been rejected"),
}
"""What is said of a session, by its status and reason: in Spanish, in English."""

LOCALE = re.compile(r"\w{2}_[A-Z]{2}", re.ASCII)

LANGUAGES = ("es", "en", "pt", "it")
"""Languages that the hosted page speaks."""

_DEFAULT_LOCALE = "es_CO"
_DEFAULT_ZONE = "-05:00"


def language(*locales: object) -> Language:
    """Return the language of the first locale such as `en_US` that is one."""
    for locale in locales:
        if isinstance(locale, str) and LOCALE.fullmatch(locale):
            return "en" if locale[:2].lower() == "en" else "es"
    return "es"


def site_locale(site: Record | None) -> str:
    """Return the locale of a site, or of Colombia where there is none."""
    return site["locale"] if site else _DEFAULT_LOCALE


@lru_cache(maxsize=64)
def zone(offset: str) -> timezone:
    """Return the zone of an offset such as `-05:00`."""
    delta = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return timezone(-delta if offset[0] == "-" else delta)


def site_zone(site: Record | None) -> timezone:
    """Return the zone of a site, or of Colombia where there is none."""
    return zone(site["timeZone"] if site else _DEFAULT_ZONE)


def date_text(context: Context[Any], site: Record | None) -> str:
    """Return the provider's time as it writes it: `2026-01-31T09:56:06-05:00`."""
    return _written(int(context.clock.timestamp("issue")), site_zone(site))


@lru_cache(maxsize=64)
def _written(seconds: int, in_zone: timezone) -> str:
    return datetime.fromtimestamp(seconds, in_zone).isoformat()


def status_object(status: str, reason: str | int, message: str, date: str) -> dict[str, Any]:
    """Return a Status object, its members in the order of the recorded answers."""
    return {"status": status, "reason": reason, "message": message, "date": date}


def in_words(words: tuple[str, str], spoken: Language) -> str:
    """Return the words of one language out of both."""
    return words[spoken == "en"]
