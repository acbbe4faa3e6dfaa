"""Wrong keys and IVs that a client may have made from the right ones, which are Base64 text.

Each is a value and the mistake that makes it. Of equal values, only the most common mistake is
named. There are a few dozen values, and one block is decrypted to try one.

One thing: the keys and IVs that can have been used.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from emulator.core.messages import Message
from emulator.schemes.aes_cbc.make import BLOCK, KEY_LENGTH
from emulator.schemes.mistakes.bytes_as_text import written


@dataclass(frozen=True, slots=True)
class Guess:
    """A key or an IV that may have been used.

    Attributes:
        value: 32, 24 or 16 bytes for a key, 16 for an IV.
        hint: What was done and what to do; empty for the right value.
    """

    value: bytes
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and the IV that was derived with it.

    Attributes:
        key: 32, 24 or 16 bytes.
        iv: 16 bytes.
        hint: What was done and what to do.
    """

    key: bytes
    iv: bytes
    hint: str


_DECODE = "decode it from Base64 and use its 32 bytes"
_DECODE_IV = "decode it from Base64 and use its 16 bytes"


def keys(key: bytes, iv: bytes, others: Mapping[str, tuple[bytes, bytes]]) -> Iterator[Guess]:
    """Yield the right key and then wrong ones, each once, the most common first.

    Args:
        key: The right key.
        iv: The right IV.
        others: Other keys and IVs that are known, by the name of the owner.
    """
    return _once(_keys(key, iv, others), (KEY_LENGTH, 24, BLOCK))


def ivs(key: bytes, iv: bytes, others: Mapping[str, tuple[bytes, bytes]]) -> Iterator[Guess]:
    """Yield the right IV and then wrong ones, each once, the most common first."""
    return _once(_ivs(key, iv, others), (BLOCK,))


def pairs(key: bytes, iv: bytes) -> Iterator[Pair]:
    """Yield keys with IVs that one function makes from the key."""
    text = base64.b64encode(key)
    for secret, what in ((text, "key's Base64 text"), (key, "key"), (text + b"\n", "key's line")):
        for hash_name in ("md5", "sha256"):
            yield Pair(
                *_bytes_to_key(hash_name, secret),
                Message(
                    "The {what} was taken for a passphrase, of which key and IV are derived "
                    "(EVP_BytesToKey with {upper}, as in createCipher and openssl enc -k); "
                    "{decode}, and give the IV"
                ).with_(what=what, upper=hash_name.upper(), decode=_DECODE),
            )
        digest = hashlib.sha512(secret).digest()
        yield Pair(
            digest[:32],
            digest[32:48],
            Message(
                "Key and IV were cut out of the SHA-512 of the {what}; use both as they are"
            ).with_(what=what),
        )
    for swapped in (iv.ljust(32, b"\0"), iv * 2, iv, base64.b64encode(iv)):
        for start in (key[:16], text[:16]):
            yield Pair(swapped, start, Message("Key and IV are mixed up; use each for what it is"))
    for whole, what in (
        (text, "key's Base64 text"),
        (text + base64.b64encode(iv), Message("Base64 texts of key and IV")),
        (iv + key, "bytes of IV and key"),
        (key.hex().encode(), "key's hexadecimal text"),
        (hashlib.sha256(text).hexdigest().encode(), Message("SHA-256 of the key in hexadecimal")),
        (hashlib.sha512(text).hexdigest().encode(), Message("SHA-512 of the key in hexadecimal")),
    ):
        filled = whole.ljust(48, b"\0")
        hint = Message(
            "Key and IV were cut out of one text, the {what}; use the key and the IV as given"
        ).with_(what=what)
        yield Pair(filled[:32], filled[32:48], hint)
        yield Pair(filled[16:48], filled[:16], hint)


def _once(guesses: Iterable[Guess], lengths: tuple[int, ...]) -> Iterator[Guess]:
    seen: set[bytes] = set()
    for guess in guesses:
        if guess.value not in seen and len(guess.value) in lengths:
            seen.add(guess.value)
            yield guess


def _keys(key: bytes, iv: bytes, others: Mapping[str, tuple[bytes, bytes]]) -> Iterator[Guess]:
    yield Guess(key)
    text = base64.b64encode(key)
    yield from _cut(text, Message("The key was used as Base64 text"), _DECODE)
    yield Guess(key[:16], Message("Encrypted with AES-128; use all 32 bytes of the key"))
    yield Guess(key[:24], Message("Encrypted with AES-192; use all 32 bytes of the key"))
    for whose, (other, _) in others.items():
        yield Guess(
            other, Message("Encrypted with the key of {whose}; use your own key").with_(whose=whose)
        )
    yield from _cut(key.hex().encode(), Message("The key was used as hexadecimal text"), _DECODE)
    yield from _hashed(text, Message("The Base64 text of the key was hashed"))
    yield from _hashed(key, Message("The decoded key was hashed"))
    yield Guess(
        bytes(32), Message("Encrypted with a key of zeros: it was not set; use the key as given")
    )
    yield Guess(
        bytes(16), Message("Encrypted with a key of zeros: it was not set; use the key as given")
    )
    for form in (iv, base64.b64encode(iv), iv.hex().encode()):
        for value in (form, form.ljust(32, b"\0")[:32], (form * 2)[:32]):
            yield Guess(value, Message("The IV was used as key; use the key"))
    yield Guess(key[16:] + key[:16], Message("The halves of the key are swapped; leave its order"))
    yield Guess(key[::-1], Message("The bytes of the key are reversed; leave their order"))
    yield Guess(
        key[16:], Message("The second half of the key was used; use all 32 bytes of the key")
    )
    yield Guess(
        text[-32:],
        Message("The end of the key's Base64 text was used; {decode}").with_(decode=_DECODE),
    )
    for notation, form in written(key):
        yield from _cut(
            form, Message("The key was used as {name}").with_(name=notation.name), _DECODE
        )
    for notation, form in written(text):
        yield from _cut(
            form,
            Message("Of the key's Base64 text, {name} was used").with_(name=notation.name),
            _DECODE,
        )
    yield from _hashed(key.hex().encode(), Message("The hexadecimal text of the key was hashed"))
    for length in (16, 24):
        yield Guess(
            key[:length].ljust(32, b"\0"),
            Message(
                "Only {length} bytes of the key were used, and zeros for the rest; use all 32"
            ).with_(length=length),
        )
    yield from _damaged(key, text)
    yield from _derived(key, text, iv)


def _cut(form: bytes, what: str, remedy: str) -> Iterator[Guess]:
    """Yield the keys that a library makes from a text that is too long or too short."""
    ending = f"; {remedy}" if remedy else ""
    for length in (32, 16, 24):
        if len(form) > length:
            yield Guess(form[:length], f"{what}, cut to {length} bytes{ending}")
        elif len(form) == length:
            yield Guess(form, f"{what}{ending}")
        elif length == KEY_LENGTH:
            yield Guess(form.ljust(length, b"\0"), f"{what}, zeros added{ending}")


_HASHES = ("sha256", "md5", "sha1", "sha512", "sha384", "sha224")
_NAMES = {"sha1": "SHA-1", "md5": "MD5"}


def _hashed(secret: bytes, what: str) -> Iterator[Guess]:
    remedy = f"do not hash it: {_DECODE}" if "decoded" not in what else "use it as it is"
    for hash_name in _HASHES:
        digest = hashlib.new(hash_name, secret, usedforsecurity=False).digest()
        name = _NAMES.get(hash_name) or f"SHA-{hash_name[3:]}"
        said = f"{what} with {name}"
        yield from _cut(digest, said, remedy)
        yield from _cut(
            digest.hex().encode(), Message("{said} to hexadecimal text").with_(said=said), remedy
        )
        yield from _cut(base64.b64encode(digest), f"{said} to Base64 text", remedy)
        yield from _cut(
            digest.hex().upper().encode(),
            Message("{said} to capital hexadecimals").with_(said=said),
            remedy,
        )
        if len(digest) == BLOCK:
            yield Guess(digest * 2, f"{said}, and the result doubled; {remedy}")


def _damaged(key: bytes, text: bytes) -> Iterator[Guess]:
    """Yield keys that were copied wrongly."""
    copied = "copy it again, whole, as `emulator credentials` prints it"
    for spoil, what in (
        (bytes.lower, Message("The key's Base64 text was put into lower case before decoding")),
        (bytes.upper, Message("The key's Base64 text was put into upper case before decoding")),
    ):
        yield from _decoded(spoil(text), f"{what}; {copied}")
    for lost in (b"+", b"/", b"+/"):
        left = text.translate(None, lost)
        shown = " and ".join(chr(each) for each in lost)
        yield from _decoded(
            left,
            Message("The key lost its {shown} on the way; {copied}").with_(
                shown=shown, copied=copied
            ),
        )
    yield Guess(
        key[1:] + b"\0",
        Message("The first byte of the key is missing; {copied}").with_(copied=copied),
    )
    yield Guess(
        key[:-1] + b"\0",
        Message("The last byte of the key is missing; {copied}").with_(copied=copied),
    )
    yield Guess(
        b"\0" + key[:-1],
        Message("A zero byte stands before the key; {copied}").with_(copied=copied),
    )
    yield Guess(
        key.replace(b"\0", b"").ljust(32, b"\0"),
        Message("The key lost its zero bytes; {copied}").with_(copied=copied),
    )
    yield Guess(
        key.partition(b"\0")[0].ljust(32, b"\0"),
        Message("The key was taken for a text that ends at a zero byte; {decode}").with_(
            decode=_DECODE
        ),
    )
    for at, byte in enumerate(text.rstrip(b"=")):
        gone = text[:at] + text[at + 1 :]
        yield from _decoded(
            gone,
            Message("Character {place} of the key's Base64 text is gone; {copied}").with_(
                place=at + 1, copied=copied
            ),
        )
        for other in _ALIKE.get(byte, b""):
            changed = text[:at] + bytes([other]) + text[at + 1 :]
            said = Message("{wrong} for {right} in the key's Base64 text; {copied}").with_(
                wrong=chr(other), right=chr(byte), copied=copied
            )
            yield from _decoded(changed, said)
        turned = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        yield from _decoded(
            turned, Message("Two characters of the key are swapped; {copied}").with_(copied=copied)
        )
    number = int.from_bytes(key)
    for bit in range(len(key) * 8):
        flipped = (number ^ 1 << bit).to_bytes(len(key))
        yield Guess(
            flipped,
            Message("One bit of the key is wrong, in byte {place}; {copied}").with_(
                place=32 - bit // 8, copied=copied
            ),
        )


_ALIKE = {
    byte: bytes(other for other in group if other != byte)
    for group in (b"O0Q", b"Il1", b"S5", b"B8", b"Z2")
    for byte in group
}


def _decoded(text: bytes, hint: str) -> Iterator[Guess]:
    bare = text.rstrip(b"=")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        value = base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except ValueError:
        return
    yield Guess(value.ljust(32, b"\0")[:32], hint)


def _derived(key: bytes, text: bytes, iv: bytes) -> Iterator[Guess]:
    """Yield keys that a library derives; the slow ones last."""
    for secret, what in ((text, Message("Base64 text of the key")), (key, "key")):
        yield Guess(
            _folded(secret, 16),
            Message("The {what} was folded to 16 bytes, as MySQL does; {decode}").with_(
                what=what, decode=_DECODE
            ),
        )
        yield Guess(
            _folded(secret, 32),
            Message("The {what} was folded to 32 bytes, as MySQL does; {decode}").with_(
                what=what, decode=_DECODE
            ),
        )
        for length in (16, 32):
            yield Guess(
                _sha1_prng(secret, length),
                Message("The {what} was the seed of a random generator (SHA1PRNG); {decode}").with_(
                    what=what, decode=_DECODE
                ),
            )
    # A thousand rounds take 0.3 ms; more would make a refusal too slow.
    for hash_name in ("sha1", "sha256"):
        for rounds, salts in ((1, (iv, b"", bytes(8))), (1000, (iv, b"salt"))):
            for salt in salts:
                yield Guess(
                    hashlib.pbkdf2_hmac(hash_name, text, salt, rounds, 32),
                    Message(
                        "The key was taken for a password (PBKDF2, {rounds} rounds); {decode}"
                    ).with_(rounds=rounds, decode=_DECODE),
                )


def _folded(secret: bytes, length: int) -> bytes:
    folded = bytearray(length)
    for at, byte in enumerate(secret):
        folded[at % length] ^= byte
    return bytes(folded)


def _sha1_prng(seed: bytes, length: int) -> bytes:
    """Return the first bytes of Java's SHA1PRNG."""
    state = hashlib.sha1(seed, usedforsecurity=False).digest()
    made = b""
    while len(made) < length:
        output = hashlib.sha1(state, usedforsecurity=False).digest()
        made += output
        state = _updated(state, output)
    return made[:length]


def _updated(state: bytes, output: bytes) -> bytes:
    """Add as Java does: byte by byte, with signed bytes."""
    carry, added = 1, bytearray()
    for left, right in zip(state, output, strict=True):
        total = (left ^ 0x80) + (right ^ 0x80) - 0x100 + carry
        added.append(total & 0xFF)
        carry = total >> 8
    return bytes(added)


def _bytes_to_key(hash_name: str, secret: bytes, salt: bytes = b"") -> tuple[bytes, bytes]:
    derived = digest = b""
    while len(derived) < KEY_LENGTH + BLOCK:
        digest = hashlib.new(hash_name, digest + secret + salt, usedforsecurity=False).digest()
        derived += digest
    return derived[:KEY_LENGTH], derived[KEY_LENGTH:][:BLOCK]


def _ivs(key: bytes, iv: bytes, others: Mapping[str, tuple[bytes, bytes]]) -> Iterator[Guess]:
    yield Guess(iv)
    yield Guess(
        bytes(16),
        Message("Encrypted with an IV of zeros, or with none; give the IV you were given"),
    )
    yield from _used_iv(base64.b64encode(iv), "Base64 text")
    yield from _used_iv(iv.hex().encode(), "hexadecimal text")
    yield Guess(key[:16], Message("Encrypted with the start of the key as IV; use the IV"))
    yield Guess(key[16:], Message("Encrypted with the end of the key as IV; use the IV"))
    text = base64.b64encode(key)
    for start, stop in ((0, 16), (16, 32), (28, 44)):
        yield Guess(
            text[start:stop],
            Message("Encrypted with a part of the key's Base64 text as IV; use the IV"),
        )
    for literal in (b"0" * 16, b"1" * 16, b"1234567890123456", b"0123456789abcdef"):
        yield Guess(
            literal,
            Message("Encrypted with the text {decode} as IV; use the IV you were given").with_(
                decode=literal.decode()
            ),
        )
    for whose, (_, other) in others.items():
        yield Guess(
            other, Message("Encrypted with the IV of {whose}; use your own IV").with_(whose=whose)
        )
    yield Guess(iv[::-1], Message("The bytes of the IV are reversed; leave their order"))
    yield Guess(iv[8:] + iv[:8], Message("The halves of the IV are swapped; leave its order"))
    for form, what in ((base64.b64encode(iv), "IV's Base64 text"), (iv, "IV")):
        yield from _hash_iv(
            form, Message("The {what} was hashed").with_(what=what), "use the 16 bytes of the IV"
        )
    for form, what in ((text, "key's Base64 text"), (key, "key")):
        yield from _hash_iv(
            form, Message("The IV was made of the {what}, hashed").with_(what=what), "use the IV"
        )
    for notation, form in written(iv):
        yield from _used_iv(form, notation.name)
    yield Guess(
        bytes(range(16)), Message("Encrypted with the IV 00 01 02 … 0f; use the IV you were given")
    )
    yield Guess(
        b"\xff" * 16, Message("Encrypted with an IV of ff bytes; use the IV you were given")
    )
    yield Guess(iv[:12] + bytes(4), Message("Only 12 bytes of the IV were used; use all 16"))
    yield Guess(iv[:8] + bytes(8), Message("Only 8 bytes of the IV were used; use all 16"))


def _used_iv(form: bytes, what: str) -> Iterator[Guess]:
    cut = ", cut to 16 bytes" if len(form) > BLOCK else ""
    yield Guess(
        form[:BLOCK].ljust(BLOCK, b"\0"),
        Message("The IV was used as {what}{cut}; {decode_iv}").with_(
            what=what, cut=cut, decode_iv=_DECODE_IV
        ),
    )


def _hash_iv(form: bytes, what: str, remedy: str) -> Iterator[Guess]:
    for hash_name in _HASHES:
        digest = hashlib.new(hash_name, form, usedforsecurity=False).digest()
        name = _NAMES.get(hash_name) or f"SHA-{hash_name[3:]}"
        digits = digest.hex().encode()
        for value in (digest[:16], digest[-16:]):
            yield Guess(value, f"{what} with {name}; {remedy}")
        for value in (digits[:16], digits[-16:]):
            yield Guess(
                value,
                Message("{what} with {name} to hexadecimal text; {remedy}").with_(
                    what=what, name=name, remedy=remedy
                ),
            )
