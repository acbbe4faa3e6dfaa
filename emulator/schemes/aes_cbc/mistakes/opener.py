"""Tries to open a ciphertext with wrong keys, IVs, modes and paddings.

In CBC most mistakes are independent. All blocks but the first decrypt without the IV. So one block
in the middle shows whether a guess of key and mode is right. Then come, one after another: the IV,
what is before or after the ciphertext, the padding and the contents.

A wrong key gives valid padding once in 256 tries. So a result counts only if it is readable, or if
the caller accepts it.

One thing: the search for key, IV, mode and padding; the modes and paddings have their own files.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.modes import CBC

from emulator.core.messages import Message
from emulator.schemes.aes_cbc.make import BLOCK
from emulator.schemes.aes_cbc.mistakes.keys import Guess, ivs, keys, pairs
from emulator.schemes.aes_cbc.mistakes.modes import STREAMS, Blocks, Stream, cfb, cfb8, xor
from emulator.schemes.aes_cbc.mistakes.paddings import FILLING, PADDINGS, pkcs7
from emulator.schemes.mistakes import content
from emulator.schemes.mistakes.content import Plausible
from emulator.schemes.mistakes.layers import Layer
from emulator.schemes.mistakes.search import Budget

Others = Mapping[str, tuple[bytes, bytes]]
"""Other keys and IVs that are known, by the name of the owner."""

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n\0"

_ACCENTED = re.compile(rb"[\xc2-\xc5][\x80-\xbf]")  # Latin letters in UTF-8

_LIKELY = 60  # keys that are tried in all modes

_SHORTEST = 24  # bytes; a wrong key makes a shorter text by chance

_MOST_AROUND = 6  # blocks before or behind the ciphertext: a salt, an IV, a MAC


@dataclass(frozen=True, slots=True)
class Opened:
    """The result of a try.

    Attributes:
        told: What was done otherwise, the first to mend first.
        sure: Whether the caller accepts the result as a right plaintext.
    """

    told: tuple[str, ...]
    sure: bool


class Opener:
    """Knows the right key and IV, and looks for wrong ones.

    Args:
        key: 32 bytes.
        iv: 16 bytes.
        plausible: Whether a plaintext is the right thing.
        others: Other keys and IVs that are known.
        budget: Pays for each try.
    """

    def __init__(
        self, key: bytes, iv: bytes, plausible: Plausible, others: Others, budget: Budget
    ) -> None:
        self._key = key
        self._iv = iv
        self._plausible = plausible
        self._budget = budget
        self._keys = keys(key, iv, others)
        self._ivs = list(ivs(key, iv, others))
        self._likely = list(islice(self._keys, _LIKELY))

    def open(self, data: bytes, sent_iv: bytes | None = None) -> Opened | None:
        """Return what was done otherwise to make `data`, as far as it is likely; or None.

        Args:
            data: The ciphertext, as far as it can be told.
            sent_iv: An IV that was sent along with it.

        Raises:
            SpentError: The budget is used up.
        """
        guesses = [*self._ivs]
        if sent_iv is not None:
            guesses.insert(1, Guess(sent_iv, ANOTHER_IV))
        if found := self._as_it_should_be(data, guesses[:2]):
            return found
        unsure: Opened | None = None
        for pair in pairs(self._key, self._iv):
            self._budget.spend(10)
            if (pair.key, pair.iv) == (self._key, self._iv):
                continue
            inside = pkcs7(Blocks(pair.key).cbc(data, pair.iv))
            if inside is not None and (told := self._judge_pair(inside)) is not None:
                return Opened((pair.hint, *told), sure=True)
        for number, key in enumerate(self._likely):
            self._budget.spend(20)
            cipher = Blocks(key.value)
            for found in self._with_key(cipher, data, guesses, number):
                told = Opened((*filter(None, [key.hint]), *found.told), found.sure)
                if found.sure:
                    return told
                unsure = unsure or told
        return unsure or self._other_cipher(data)

    def open_with_any_key(self, data: Sequence[bytes]) -> tuple[int, Opened] | None:
        """Return which of several ciphertexts opens with a key that is not likely, and how.

        Raises:
            SpentError: The budget is used up.
        """
        for key in self._keys:
            cipher = Blocks(key.value)
            for number, each in enumerate(data):
                if len(each) % BLOCK:
                    continue
                self._budget.spend(8)
                for found in self._block_modes(cipher, each, self._ivs):
                    if found.sure:
                        return number, Opened((key.hint, *found.told), sure=True)
        return None

    def _as_it_should_be(self, data: bytes, guesses: Sequence[Guess]) -> Opened | None:
        """Look for wrong contents where the key is right, and the IV is right or not used."""
        cipher = Blocks(self._key)
        for guess in guesses:
            plain = cipher.cbc(data, guess.value)
            unpadded = pkcs7(plain) if data else None
            if unpadded is None or len(plain) < len(data):
                if self._is_cut(plain):
                    return Opened((*filter(None, [guess.hint]), CUT), sure=True)
                continue
            if self._plausible(unpadded):
                return Opened(tuple(filter(None, [guess.hint])), sure=True)
            told = self._explain(unpadded)
            if not told and not guess.hint and (wrong := self._one_bit(unpadded)):
                return wrong
            if (
                not told
                and not guess.hint
                and (content.readable(unpadded) or (unpadded[:1] == b"{" and _is_text(unpadded)))
            ):
                told = (f"It decrypts. {content.fault(unpadded)}",)
            if told:
                return Opened((*filter(None, [guess.hint]), *told), sure=True)
        return None

    def _is_cut(self, plain: bytes) -> bool:
        """Tell whether this is the start of an object, without end and padding."""
        return (
            plain.lstrip().startswith(b"{")
            and _begins_a_text(plain)
            and not plain.rstrip(FILLING).endswith(b"}")
            and next(self._plausible_padding(plain), None) is None
        )

    def _other_cipher(self, data: bytes) -> Opened | None:
        """Look for older ciphers, with blocks of 8 bytes."""
        if not data or len(data) % 8:
            return None
        for name, algorithm in (
            ("3DES", TripleDES(self._key[:24])),
            ("Blowfish", Blowfish(self._key)),
        ):
            for iv in (self._iv[:8], bytes(8)):
                plain = Cipher(algorithm, CBC(iv)).decryptor().update(data)
                inside = pkcs7(plain)
                if inside is not None and self._plausible(inside):
                    hint = Message(
                        "Encrypted with {name}; use AES-256 in CBC mode with PKCS#7 padding"
                    ).with_(name=name)
                    return Opened((hint,), sure=True)
        return None

    def _judge_content(self, plaintext: bytes) -> tuple[str, ...]:
        """Return what was encrypted instead of the right thing, if it can be told."""
        if len(plaintext) < _SHORTEST or not _is_text(plaintext):
            return ()
        return self._explain(plaintext)

    def _explain(self, plaintext: bytes) -> tuple[str, ...]:
        if self._plausible(plaintext):
            return ()
        again = Layer("ciphertext again", "encrypt once, not twice", self._decrypt_again)
        self._budget.spend(200)
        what = content.told(plaintext, self._plausible, "encrypted", (again,))
        if not what:
            return ()
        return (what if what.startswith("What was encrypted") else f"It decrypts. {what}",)

    def _judge_pair(self, plaintext: bytes) -> tuple[str, ...] | None:
        return () if self._plausible(plaintext) else (self._judge_content(plaintext) or None)

    def _decrypt_again(self, data: bytes) -> bytes:
        if not data or len(data) % BLOCK:
            raise ValueError("not whole blocks")
        for iv in (self._iv, bytes(BLOCK)):
            inside = pkcs7(Blocks(self._key).cbc(data, iv))
            if inside is not None and self._plausible(inside):
                return inside
        raise ValueError("not encrypted with this key")

    def _with_key(
        self, cipher: Blocks, data: bytes, guesses: Sequence[Guess], number: int
    ) -> Iterator[Opened]:
        """Yield what comes out with a likely key, the first of which are tried in most ways."""
        yield from self._block_modes(cipher, data, guesses)
        yield from self._stream(cipher, data, guesses, guesses if number < 3 else guesses[:6])

    def _block_modes(
        self, cipher: Blocks, data: bytes, guesses: Sequence[Guess]
    ) -> Iterator[Opened]:
        """Yield what comes out in CBC and ECB, if one block in the middle is readable."""
        if not data or len(data) % BLOCK:
            return
        middle = len(data) // BLOCK // 2 * BLOCK
        block = cipher.decrypt(data[middle : middle + BLOCK])
        if _readable(block):
            yield from self._ecb(cipher, data)
        if not middle:
            fitting = [guess for guess in guesses if _readable(xor(block, guess.value))]
            yield from self._cbc(cipher, data, fitting)
        elif _readable(xor(block, data[middle - BLOCK : middle])):
            yield from self._cbc(cipher, data, guesses)

    # CBC and ECB

    def _cbc(self, cipher: Blocks, data: bytes, guesses: Sequence[Guess]) -> Iterator[Opened]:
        plain = cipher.cbc(data, bytes(BLOCK))
        first = plain[:BLOCK]
        fitting = [guess for guess in guesses if _readable(xor(first, guess.value))]
        plains = [xor(first, guess.value) + plain[BLOCK:] for guess in fitting]
        self._budget.spend(10 * len(fitting))
        for guess, each in zip(fitting, plains, strict=True):
            for padding in self._plausible_padding(each):
                yield Opened(tuple(filter(None, (guess.hint, padding))), sure=True)
        # A wrong IV of digits can leave the text readable: so only a few are tried.
        for guess, each in zip(fitting[:8], plains, strict=False):
            if told := self._wrong_contents(each):
                yield Opened(tuple(filter(None, (guess.hint, *told))), sure=True)
        yield from self._around(data, cipher.decrypt(data), guesses[:12])
        inside = pkcs7(xor(first, self._iv) + plain[BLOCK:])
        if inside is not None and (wrong := self._one_bit(inside)):
            yield wrong
        tail = _without_padding(plain[BLOCK:])
        if tail and content.readable(_whole_characters(tail)):
            yield Opened((UNKNOWN_IV,), sure=False)

    def _around(self, data: bytes, blocks: bytes, guesses: Sequence[Guess]) -> Iterator[Opened]:
        """Look for an IV, a salt or a MAC before the ciphertext, or behind it."""
        count = len(data) // BLOCK
        for begin in range(min(_MOST_AROUND, count - 1) + 1):
            for behind in range(min(_MOST_AROUND - begin, count - begin - 1) + 1):
                if not begin and not behind:
                    continue
                end = count - behind
                yield from self._part(data, blocks, begin, end, guesses)

    def _part(
        self, data: bytes, blocks: bytes, begin: int, end: int, guesses: Sequence[Guess]
    ) -> Iterator[Opened]:
        start, stop = begin * BLOCK, end * BLOCK
        tail = xor(blocks[start + BLOCK : stop], data[start : stop - BLOCK])
        self._budget.spend(4)
        if tail and not _readable(tail[:BLOCK]):
            return
        sent = [
            Guess(data[at : at + BLOCK], PREFIXED if at < start else APPENDED)
            for at in (*range(0, start, BLOCK), *range(stop, len(data), BLOCK))
        ]
        for guess in (*sent, *guesses):
            head = xor(blocks[start : start + BLOCK], guess.value)
            if not _readable(head):
                continue
            self._budget.spend(20)
            plaintext = pkcs7(head + tail)
            if plaintext is None:
                continue
            told = self._judge_content(plaintext) if _is_text(plaintext) else ()
            if told or self._plausible(plaintext):
                hints = (self._around_hint(data, start, stop, guess), *told)
                yield Opened(tuple(dict.fromkeys(hints)), sure=True)

    def _around_hint(self, data: bytes, start: int, stop: int, guess: Guess) -> str:
        before, behind = data[:start], data[stop:]
        if self._iv in (before, behind):
            return Message("The IV stands beside the ciphertext; send the ciphertext alone")
        if BLOCK in (len(before), len(behind)) and guess.hint in (PREFIXED, APPENDED):
            return guess.hint
        count = len(before) + len(behind)
        own = " and take the IV you were given" if guess.hint else ""
        return Message(
            "{count} bytes stand beside the ciphertext, such as an IV, a salt or a "
            "MAC; send the ciphertext alone{own}"
        ).with_(count=count, own=own)

    def _one_bit(self, plaintext: bytes) -> Opened | None:
        """Tell whether the IV is wrong in one bit, which then differs in the plaintext."""
        head, tail = plaintext[:BLOCK], plaintext[BLOCK:]
        if head.startswith(b"{"):
            return None  # then the JSON is wrong, not the IV
        if len(head.translate(None, _PRINTABLE)) > 2:
            return None
        self._budget.spend(500)
        number, length = int.from_bytes(head), len(head)
        for bit in range(length * 8):
            if self._plausible((number ^ 1 << bit).to_bytes(length) + tail):
                hint = Message("One bit of the IV is wrong, in byte {place}; copy it again").with_(
                    place=length - bit // 8
                )
                return Opened((hint,), sure=True)
        return None

    def _ecb(self, cipher: Blocks, data: bytes) -> Iterator[Opened]:
        self._budget.spend(20)
        hint = Message("Encrypted in ECB mode; use CBC with the IV")
        plain = cipher.decrypt(data)
        yield from self._padded(plain, (hint,))
        yield from self._padded(plain[BLOCK:], (hint, PREFIXED))

    def _padded(self, plain: bytes, told: tuple[str, ...]) -> Iterator[Opened]:
        for padding in self._plausible_padding(plain):
            yield Opened((*told, *filter(None, [padding])), sure=True)
        if wrong := self._wrong_contents(plain):
            yield Opened((*told, *wrong), sure=True)

    def _plausible_padding(self, plain: bytes) -> Iterator[str]:
        """Yield the hints of the paddings that lead to the right thing; "" for PKCS#7."""
        unpadded = pkcs7(plain)
        if unpadded is not None and self._plausible(unpadded):
            yield ""
            return
        for hint, strip in PADDINGS:
            try:
                inside = strip(plain)
            except ValueError:
                continue
            if self._plausible(inside):
                yield hint
                return

    def _wrong_contents(self, plain: bytes) -> tuple[str, ...]:
        unpadded = pkcs7(plain)
        if unpadded is not None:
            return self._judge_content(unpadded)
        for hint, strip in PADDINGS[:2]:
            with suppress(ValueError):
                inside = strip(plain)
                if content.readable(inside) and (wrong := self._judge_content(inside)):
                    return (hint, *wrong)
        return ()

    # Stream modes

    def _stream(
        self, cipher: Blocks, data: bytes, guesses: Sequence[Guess], first: Sequence[Guess]
    ) -> Iterator[Opened]:
        head, rest = data[:BLOCK], data[BLOCK:]
        if len(head) < BLOCK:
            return
        begins = cipher.encrypt(b"".join(guess.value for guess in first) + head)
        for number, guess in enumerate(first):
            if _readable(xor(begins[number * BLOCK :][:BLOCK], head)):
                yield from self._modes(cipher, data, guess)
        if rest and _readable(xor(begins[-BLOCK:], rest[:BLOCK])):
            # The first block is the IV, or the mode is CFB, which decrypts the rest without it.
            yield from self._modes(cipher, rest, Guess(head, PREFIXED))
            if _is_text(cfb(cipher, head, rest)):
                for guess in guesses:
                    yield from self._modes(cipher, data, guess, STREAMS[1:2])
        if len(first) > 6:
            for guess in guesses[:6]:
                if _readable(cfb8(cipher, guess.value, head)):
                    yield from self._modes(cipher, data, guess, STREAMS[3:])
        yield from self._gcm(cipher, data, first)

    def _modes(
        self, cipher: Blocks, data: bytes, guess: Guess, modes: Sequence[Stream] = ()
    ) -> Iterator[Opened]:
        for name, run in modes or STREAMS[:3]:
            self._budget.spend(10)
            plain = run(cipher, guess.value, data)
            hint = Message("Encrypted in {name} mode; use CBC with PKCS#7 padding").with_(name=name)
            for inside in (plain, pkcs7(plain)):
                if inside is None or not _is_text(inside):
                    continue
                told = self._judge_content(inside)
                if told or self._plausible(inside):
                    yield Opened(tuple(filter(None, (hint, guess.hint, *told))), sure=True)
                    return

    def _gcm(self, cipher: Blocks, data: bytes, first: Sequence[Guess]) -> Iterator[Opened]:
        """Look for GCM: its key stream is CTR's, from the second counter block on."""
        if len(data) < BLOCK:
            return
        nonces: list[tuple[bytes, bytes, str]] = [
            (guess.value[:12], data, guess.hint) for guess in first[:6]
        ]
        nonces += [(data[:12], data[12:], PREFIXED), (data[-12:], data[:-12], APPENDED)]
        starts = cipher.encrypt(b"".join(nonce + b"\0\0\0\2" for nonce, _, _ in nonces))
        for number, (nonce, rest, hint) in enumerate(nonces):
            stream = starts[number * BLOCK :][:BLOCK]
            tag_first = rest[BLOCK:] + rest[:BLOCK]
            for sealed in (rest, tag_first):
                if _readable(xor(stream, sealed[:BLOCK])):
                    yield from self._gcm_opened(cipher, nonce, sealed, hint)
        if len(data) > BLOCK and len(first) > 1:
            yield from self._gcm_long(data, first[0])

    def _gcm_opened(
        self, cipher: Blocks, nonce: bytes, sealed: bytes, hint: str
    ) -> Iterator[Opened]:
        self._budget.spend(40)
        plain = cipher.ctr(nonce + b"\0\0\0\2", sealed)
        for end in (len(plain) - BLOCK, len(plain) - 12, len(plain)):
            inside = plain[:end]
            if not _is_text(inside):
                continue
            unpadded = pkcs7(inside)
            inside = inside if unpadded is None else unpadded
            told = self._judge_content(inside)
            if told or self._plausible(inside):
                yield Opened(tuple(filter(None, (GCM, hint, *told))), sure=True)
                return

    def _gcm_long(self, data: bytes, guess: Guess) -> Iterator[Opened]:
        """Look for GCM with a nonce of 16 bytes, which is hashed first."""
        for nonce, sealed, hint in (
            (guess.value, data, ""),
            (data[:BLOCK], data[BLOCK:], PREFIXED),
        ):
            self._budget.spend(20)
            try:
                inside = AESGCM(self._key).decrypt(nonce, sealed, None)
            except (InvalidTag, ValueError):
                continue
            unpadded = pkcs7(inside)
            inside = inside if unpadded is None else unpadded
            told = self._judge_content(inside)
            if told or self._plausible(inside):
                yield Opened(tuple(filter(None, (GCM, hint, *told))), sure=True)


CUT = Message(
    "It decrypts, but the end of the ciphertext is missing: append what final() returns to what "
    "update() returned (doFinal() in Java, finalize() in Python), and send all of it"
)

GCM = Message("Encrypted in GCM mode; use CBC with PKCS#7 padding")

PREFIXED = Message(
    "A random IV stands before the ciphertext; use the IV you were given and do not send it"
)

APPENDED = Message(
    "A random IV stands behind the ciphertext; use the IV you were given and do not send it"
)

ANOTHER_IV = Message("Encrypted with an IV of your own; use the IV you were given")

UNKNOWN_IV = Message(
    "All but the first 16 bytes decrypt: another IV was used, or the first block is missing; "
    "decode the IV you were given from Base64 and use its 16 bytes"
)


def _readable(block: bytes) -> bool:
    """Tell whether a block looks like a piece of text, or of text and padding."""
    if not block:
        return False
    count = block[-1]
    if 0 < count < len(block) and block.endswith(bytes([count]) * count):
        block = block[:-count]
    strange = len(block.translate(None, _PRINTABLE)) * 4
    if len(block) < strange <= 3 * len(block):
        strange = len(_ACCENTED.sub(b"", block).translate(None, _PRINTABLE)) * 4
    return strange <= len(block)


def _is_text(data: bytes) -> bool:
    """Tell whether bytes look like a text as a whole, some characters of other scripts included."""
    return len(_ACCENTED.sub(b"", data).translate(None, _PRINTABLE)) * 8 <= len(data)


def _begins_a_text(data: bytes) -> bool:
    """Tell whether bytes are readable to the end, where a character may be cut."""
    try:
        text = getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return content.readable(text.encode())


def _whole_characters(tail: bytes) -> bytes:
    """Leave out the rest of a character that begins before these bytes."""
    return tail.lstrip(bytes(range(0x80, 0xC0)))


def _without_padding(data: bytes) -> bytes:
    unpadded = pkcs7(data)
    return data.rstrip(b"\0 ") if unpadded is None else unpadded
