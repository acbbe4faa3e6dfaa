"""What is said of a field that is not what it should be, and what of it may be shown."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.shown import MASKED


def base64_fault(text: str) -> str:
    """Say what keeps `text` from being canonical Base64."""
    if not text:
        return "It is empty"
    if text.strip() != text:
        return Message("There is whitespace around it")
    odd = re.search(r"[^A-Za-z0-9+/=]", text)
    if odd is not None:
        if odd[0] in "-_":
            return Message("It is Base64url; use the standard alphabet, with + and /")
        return Message("Character {odd} at {start} is not in the alphabet").with_(
            odd=f"{odd[0]!a}", start=odd.start()
        )
    if "=" not in text and len(text) % 4 in (2, 3):
        return Message("Its padding (=) is missing")
    if len(text) % 4 or not re.fullmatch(r"[^=]+={0,2}", text):
        return Message("Its length or padding is wrong")
    return Message("Its last character has bits set that belong to no byte")


def masked(text: str, password: str) -> str:
    """Return `text`, or a mask where the secret can be read from it."""
    secret = utf8(password.strip()).lower()
    forms = [utf8(text), utf8(unquote(text))]
    for decode in (_decode_leniently, bytes.fromhex):
        try:
            forms.append(decode(text))
        except ValueError:
            continue
    return MASKED if secret and any(secret in form.lower() for form in forms) else text


def _decode_leniently(text: str) -> bytes:
    symbols = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    # A lone symbol at the end holds no byte.
    symbols = symbols[:-1] if len(symbols) % 4 == 1 else symbols
    return binascii.a2b_base64(symbols + "=" * (-len(symbols) % 4))
