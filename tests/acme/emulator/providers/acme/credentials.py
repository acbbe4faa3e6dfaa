"""Merchants: a key id and a secret."""

from __future__ import annotations

from secrets import token_hex

from emulator.provider.credential_members import OTHER_KEYS, one_of, text
from emulator.provider.credentials import Credentials

_FORM = "[0-9A-Za-z_-]{8,64}"
_WORDS = "8 to 64 letters, digits, '_' and '-'"

MERCHANTS = Credentials(
    key="key_id",
    members={
        "key_id": text(_WORDS, _FORM, secret=False, fresh=lambda: f"acme-{token_hex(6)}"),
        "secret": text(_WORDS, _FORM, secret=True, keys=OTHER_KEYS),
        "status": one_of("active", "inactive"),
    },
    shown=("key_id", "secret"),
    fresh=({}, {}, {"status": "inactive"}),
)
