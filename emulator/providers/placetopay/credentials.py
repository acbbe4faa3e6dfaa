"""Sites: a login with its secretKey, country, time zone, language and state.

Currency decimals are those of ISO 4217 in every country.
"""

from __future__ import annotations

from secrets import token_hex

from emulator.provider.credential_members import OTHER_KEYS, list_of, one_of, text, url
from emulator.provider.credentials import Credentials
from emulator.provider.key_making import HexKey
from emulator.providers.placetopay.state.instruments import PROCESS_URL_KEY
from emulator.providers.placetopay.state.status import LOCALE

FLOWS = ("confirmation",)
"""What support must enable for a site before it may be used."""


SITES = Credentials(
    key="login",
    members={
        "login": text("1 to 32 printable ASCII characters", "[!-~]{1,32}"),
        "secretKey": text(
            "printable ASCII characters without spaces",
            "[!-~]+",
            secret=True,
            keys=OTHER_KEYS,
            fresh=lambda: token_hex(12),
        ),
        "locale": text("a locale such as es_CO", LOCALE.pattern, default="es_CO"),
        "timeZone": text("an offset such as -05:00", r"[+-](0\d|1[0-4]):[0-5]\d", default="-05:00"),
        "country": text("a country code such as CO", "[A-Z]{2}", default="CO"),
        "status": one_of("active", "inactive", "expired", "credentials-expired"),
        "notificationAlgorithm": one_of("sha1", "sha256"),
        "notificationUrl": url(),
        "allowed": list_of(one_of(*FLOWS), f"a list of {', '.join(FLOWS)}", default=[]),
    },
    shown=("login", "secretKey"),
    fresh=(
        {"login": "emulator-co"},
        {"login": "emulator-ec", "locale": "es_EC", "country": "EC"},
        {"login": "emulator-co-inactive", "status": "inactive"},
        {"login": "emulator-co-expired", "status": "expired"},
        {"login": "emulator-co-old-key", "status": "credentials-expired"},
        {"login": "emulator-co-sha256", "notificationAlgorithm": "sha256"},
    ),
    files=(HexKey(PROCESS_URL_KEY, any_text=True),),
)
