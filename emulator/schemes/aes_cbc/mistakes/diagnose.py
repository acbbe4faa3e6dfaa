"""Which mistake made a ciphertext wrong. Used only after a refusal.

Four things can be wrong at once, and each is looked for by itself: the form of the text
(`forms`), the key and the IV (`keys`), the mode and the padding (`opener`), and what
was encrypted (`content`). The hint names each that differs, the first to mend first.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

from emulator.core.errors import SchemeError
from emulator.core.messages import Message
from emulator.core.suggest import is_placeholder
from emulator.schemes.aes_cbc.failures import CIPHERTEXT_LENGTH, NOT_BASE64
from emulator.schemes.aes_cbc.make import BLOCK, decrypt
from emulator.schemes.aes_cbc.mistakes import envelopes
from emulator.schemes.aes_cbc.mistakes import forms as texts
from emulator.schemes.aes_cbc.mistakes.opener import Opener
from emulator.schemes.encoding import from_base64
from emulator.schemes.mistakes import bytes_as_text, content, search
from emulator.schemes.mistakes.content import Plausible
from emulator.schemes.mistakes.object_names import name_of_object
from emulator.schemes.shown import MASKED

_RECOGNISABLE = 4096  # characters: each form of them is decrypted hundreds of times
_MOST_FORMS = 6
_MOST_TRIES = 20_000

# What may be shown of what was refused


def masked(key: bytes, text: str) -> str:
    """Return `text`, or a mask if it contains the key."""
    return MASKED if _reveals(key, text.encode(errors="replace")) else text


def show(key: bytes, plaintext: bytes) -> str:
    """Describe a plaintext without sense; of unreadable blocks, only the number.

    Unreadable bytes are not shown: where the IV was made of the key, they are a function
    of the key.
    """
    if _reveals(key, plaintext):
        return MASKED
    if content.readable(plaintext):
        return plaintext.decode()
    tail = _after_first_block(plaintext)
    if tail and content.readable(tail):
        return f"(16 unreadable bytes) {tail.decode()}"
    return Message("{count} unreadable bytes").with_(count=len(plaintext))


def _reveals(key: bytes, data: bytes) -> bool:
    """Tell whether `data` contains the key, raw or in one of its usual forms."""
    return any(form in data for form in (key, *_spellings(key)))


def _spellings(key: bytes) -> tuple[bytes, ...]:
    return (
        base64.b64encode(key).rstrip(b"="),
        base64.urlsafe_b64encode(key).rstrip(b"="),
        key.hex().encode(),
        key.hex().upper().encode(),
    )


def _after_first_block(plaintext: bytes) -> bytes:
    # A character may be in both blocks; then its other bytes count as part of the first.
    return plaintext[BLOCK:].lstrip(bytes(range(0x80, 0xC0)))


# What was done


def recognise(
    code: str,
    key: bytes,
    iv: bytes,
    text: str,
    plausible: Plausible,
    others: Mapping[str, tuple[bytes, bytes]],
) -> str:
    """Return the mistake and what to do; where no mistake is known, what to check.

    Args:
        code: Which check failed.
        key: The right key.
        iv: The right IV.
        text: What was sent.
        plausible: Whether a plaintext is the right thing.
        others: Other keys and IVs that are known, by the name of the owner.
    """
    if _reveals(key, text.encode(errors="replace")):
        return Message("The key itself was sent; send the ciphertext, and have the key replaced")
    if len(text) > _RECOGNISABLE:
        return _of_long(key, iv, text)
    if _SIGN_EXTENDED.search(text):
        return SIGN_EXTENDED
    if not text.strip():
        return EMPTY
    return (
        envelopes.envelope(text)
        or _opened(key, iv, text, plausible, others)
        or _not_encrypted(text, plausible)
        or _form(code, text)
    )


EMPTY = Message(
    "It is empty: the variable was not filled in, or the encryption failed and its error was not "
    "looked at. Send the Base64 of the ciphertext"
)
UNFILLED = Message(
    "This is a placeholder or a variable that was not filled in. Put the Base64 of the ciphertext "
    "in its place"
)


_SIGN_EXTENDED = re.compile(r"(ffffff[89a-f][0-9a-f].*){3}", re.IGNORECASE | re.DOTALL)
SIGN_EXTENDED = Message(
    "The bytes were written in hexadecimal as signed numbers (Integer.toHexString(b) without "
    "& 0xff), which loses digits; send the Base64 of the raw bytes: Base64.getEncoder()"
)


def _opened(
    key: bytes,
    iv: bytes,
    text: str,
    plausible: Plausible,
    others: Mapping[str, tuple[bytes, bytes]],
) -> str:
    budget = search.Budget(_MOST_TRIES)
    opener = Opener(key, iv, plausible, others, budget)
    every = list(islice(texts.forms(text, budget), _MOST_FORMS))
    unsure: tuple[str, ...] = ()
    try:
        for form in every:
            if plausible(form.data):
                return _told(
                    (*form.told[:1], Message("It is the JSON, not encrypted; encrypt it first"))
                )
            opened = opener.open(form.data, form.iv)
            if opened is not None and opened.sure:
                return _told((*form.told, *opened.told))
            if opened is not None:
                unsure = unsure or (*form.told, *opened.told)
        if not unsure and (found := opener.open_with_any_key([form.data for form in every])):
            number, opened = found
            return _told((*every[number].told, *opened.told))
    except search.SpentError:
        pass
    return _told(unsure) or _written_otherwise(every)


def _of_long(key: bytes, iv: bytes, text: str) -> str:
    """Say what is wrong with the contents of a long text, where key and IV are right."""
    if len(text) <= content.LONGEST:
        with suppress(SchemeError, ValueError):
            plain = decrypt(key, iv, from_base64(text))
            if content.readable(plain) or plain[:1] == b"{":
                return f"It decrypts. {content.fault(plain)}"
    return CHECKS


def _written_otherwise(forms: list[texts.Form]) -> str:
    """Say that the text has another form. What it contains does not decrypt either."""
    for form in forms:
        told = " ".join(form.told)
        rare = "Base85" in told or "Ascii85" in told or "Base32" in told  # most texts look so
        if told and not rare and form.data and len(form.data) % BLOCK == 0:
            return f"{_told(form.told)}. It does not decrypt then either. {CHECKS}"
    return ""


def _told(hints: tuple[str, ...]) -> str:
    return search.tell([search.said(*hints)])


def _not_encrypted(text: str, plausible: Plausible) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    if plausible(raw):
        return Message("The JSON was sent in the clear; encrypt it")
    if name := name_of_object(text):
        return Message("This is {name}; send the Base64 of the ciphertext").with_(name=name)
    if is_placeholder(text):
        return UNFILLED
    if "\N{REPLACEMENT CHARACTER}" in text:
        return Message(
            "The ciphertext's bytes were turned into text by a decoder, which loses some of them; "
            "encode the raw bytes with Base64 and never decode them as UTF-8"
        )
    what = content.explain(raw, plausible)
    if what:
        return Message("Nothing is encrypted. What was sent is {what}. Then encrypt it").with_(
            what=what
        )
    if len(text) < 24 or re.search(r"\w \w", text):
        return Message("This is a plain text; make a JSON object of the fields and encrypt that")
    return ""


def _form(code: str, text: str) -> str:
    """Say what to check where no mistake is known."""
    if code == NOT_BASE64.code:
        return _foreign(text)
    if lost := bytes_as_text.loss(from_base64(text)):
        return Message(
            "{lost} Encode the raw bytes of the ciphertext with Base64, without a text between"
        ).with_(lost=lost)
    if code == CIPHERTEXT_LENGTH.code:
        return _length(len(from_base64(text)))
    return CHECKS


def _foreign(text: str) -> str:
    bare = text.rstrip("=")
    for at, character in enumerate(bare):
        if not re.match(r"[A-Za-z0-9+/]", character):
            return Message(
                "Character {place} ({character}) does not belong into Base64, and what "
                "is left does not decrypt; send the Base64 of the ciphertext as the "
                "encoder made it"
            ).with_(place=at + 1, character=f"{character!a}")
    return Message(
        "The Base64 text was cut or changed at its end: a text of this form comes out of no "
        "encoder; send all of it. If it is whole, look at key, IV and mode next"
    )


def _length(count: int) -> str:
    if not count:
        return Message("Nothing was encrypted; encrypt the JSON and send its ciphertext")
    return Message(
        "AES-CBC gives multiples of 16 bytes, and these are {count}: a part of "
        "the ciphertext is missing, or another mode or cipher was used; use "
        "AES-256-CBC with PKCS#7 padding, and send all of the ciphertext"
    ).with_(count=count)


CHECKS = Message(
    "No known mistake explains it. Check in this order: AES-256 in CBC mode with PKCS#7 padding; "
    "the key decoded from Base64 to 32 bytes and the IV to 16, both of the credential that sends; "
    "the key used as it is, not derived from it as from a passphrase (PBKDF2, scrypt, "
    "EVP_BytesToKey); the JSON encoded as UTF-8; the ciphertext whole, with what final() returns"
)
"""What to check where no mistake is known."""
