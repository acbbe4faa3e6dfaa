"""Devices that may log in.

A device has a distributor, a password, and the distributor's AES key and IV, which are Base64
text of 32 and 16 bytes as the provider mails them. For the AWS front there is an API key as well.

A scenario can make the emulator expect other keys. They are derived from the registered ones::

    next, previous, rogue   another key and another IV
    rolled-key, rolled-iv   only the key, or only the IV
    other key = HMAC-SHA256(key, name)
    other IV  = HMAC-SHA256(IV, name), its first 16 bytes

The rest of the credential stays the same, also the password.
"""

from __future__ import annotations

from emulator.provider import CURRENT
from emulator.provider.credential_members import (
    OTHER_KEYS,
    Fresh,
    base64_bytes,
    one_of,
    random_text,
    text,
    whole_number,
)
from emulator.provider.credentials import Credentials
from emulator.provider.key_making import Base64Key
from emulator.providers.gestopago.auth import ACTIVE, SECRET_FILE

ROLLED_IV, ROLLED_KEY = "rolled-iv", "rolled-key"
SIGNING_KEYS = (CURRENT, *OTHER_KEYS)
"""The keys that a scenario can have sign access tokens."""

_DISTRIBUTORS = Fresh()
"""What all devices of the distributor share."""

_FIRST = {
    "idDistribuidor": 1,
    "codigoDispositivo": "GPS1-TPV-01",
    "aes_key": _DISTRIBUTORS,
    "aes_iv": _DISTRIBUTORS,
    "api_key": _DISTRIBUTORS,
}

DEVICES = Credentials(
    key="codigoDispositivo",
    members={
        "idDistribuidor": whole_number(1, 10**9 - 1),
        "codigoDispositivo": text(
            "1 to 40 letters, digits, '.', '_' or '-', such as GPS1-TPV-01",
            "[A-Za-z0-9._-]{1,40}",
        ),
        "password": text(
            "1 to 64 printable characters",
            r"[\x20-\x7e]{1,64}",
            secret=True,
            fresh=lambda: random_text(12),
        ),
        "aes_key": base64_bytes(32, secret=True, keys=(*OTHER_KEYS, ROLLED_KEY)),
        "aes_iv": base64_bytes(16, secret=True, keys=(*OTHER_KEYS, ROLLED_IV)),
        "api_key": text(
            "up to 128 characters without blanks",
            r"[\x21-\x7e]{0,128}",
            secret=True,
            default="",
            fresh=lambda: random_text(40),
        ),
        "status": one_of(ACTIVE, "inactive"),
    },
    shown=("idDistribuidor", "codigoDispositivo", "password", "aes_key", "aes_iv", "api_key"),
    fresh=(_FIRST, {**_FIRST, "codigoDispositivo": "GPS1-TPV-02", "status": "inactive"}),
    files=(Base64Key(SECRET_FILE),),
)
