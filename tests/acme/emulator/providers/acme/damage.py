"""What a scenario can damage: the signature, 64 hex digits in a header."""

from __future__ import annotations

from emulator.provider import header_part
from emulator.providers.acme.auth import SIGNATURE

PARTS = {
    "request.signature": header_part(SIGNATURE, "hex"),
    "webhook.signature": header_part(SIGNATURE, "hex"),
}
