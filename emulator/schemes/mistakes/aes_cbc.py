"""Which mistake made a ciphertext wrong; asked only after `aes_cbc` has refused it.

Each mistake is undone; the first that leads to a plausible plaintext is the hint.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote, unquote_to_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

from emulator.errors import SchemeError
from emulator.schemes.aes_cbc import (
    BLOCK,
    KEY_LENGTH,
    Plausible,
    decrypt,
    decrypt_blocks,
    encrypt,
    encrypt_blocks,
    encrypt_text,
    pad,
    unpad,
)
from emulator.schemes.encoding import from_base64, to_base64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

Recipe = Callable[[bytes, bytes, bytes], str]
"""(key, iv, plaintext) -> the text that a client with this mistake sends."""

Recogniser = Callable[[bytes, bytes, str, Plausible], bool]
"""(key, iv, text, plausible) -> was this text made with this mistake?"""

_RECOGNISABLE = 1 << 16  # characters; what is longer is not worth forty decryptions

MASKED = "(the secret itself, masked)"


# What may be shown of what was refused


def masked(key: bytes, text: str) -> str:
    """Return `text`, or a mask where it carries the key."""
    return MASKED if _reveals(key, text.encode(errors="replace")) else text


def show(key: bytes, plaintext: bytes) -> str:
    """Describe a senseless plaintext; unreadable blocks only by their number.

    Unreadable bytes are not shown: where the IV was made of the key, they are a function
    of the key.
    """
    if _reveals(key, plaintext):
        return MASKED
    if (text := _readable(plaintext)) is not None:
        return text
    if tail := _readable(_after_first_block(plaintext)):
        return f"(16 unreadable bytes) {tail}"
    return f"{len(plaintext)} unreadable bytes"


def _reveals(key: bytes, data: bytes) -> bool:
    """Whether `data` carries the key, raw or in one of its usual spellings."""
    return any(form in data for form in (key, *_spellings(key)))


def _spellings(key: bytes) -> tuple[bytes, ...]:
    return (
        base64.b64encode(key).rstrip(b"="),
        base64.urlsafe_b64encode(key).rstrip(b"="),
        key.hex().encode(),
        key.hex().upper().encode(),
    )


def _after_first_block(plaintext: bytes) -> bytes:
    # A character may straddle the border; its continuation bytes go with the first block.
    return plaintext[BLOCK:].lstrip(bytes(range(0x80, 0xC0)))


def _readable(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c in "\t\r\n" for c in text) else None


# The recipes: each makes a mistake, for tests, and recognises it


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong way to encrypt, seen in the wild.

    Attributes:
        hint: What was done, and what to do.
        encrypt: Makes the mistake.
        recognise: Tells whether it was made.
    """

    hint: str
    encrypt: Recipe
    recognise: Recogniser


def recognise(key: bytes, iv: bytes, text: str, plausible: Plausible) -> str:
    """Return the hint of the first mistake that was made, or ""."""
    if len(text) > _RECOGNISABLE:
        return ""
    return next((m.hint for m in MISTAKES if m.recognise(key, iv, text, plausible)), "")


def _undoing(undo: Callable[[bytes, bytes, str], bytes]) -> Recogniser:
    """Recognise a mistake by undoing it: a plausible plaintext must come out.

    `undo` raises ValueError, or what it calls raises, where the text cannot be of its making.
    """

    def recognise(key: bytes, iv: bytes, text: str, plausible: Plausible) -> bool:
        try:
            plaintext = undo(key, iv, text)
        except (ValueError, SchemeError, InvalidTag, RecursionError):
            return False
        return plausible(plaintext)

    return recognise


def _written(hint: str, write: Callable[[str], str], read: Callable[[str], str]) -> Mistake:
    """Encrypt as one should, then spoil the text."""
    return Mistake(
        hint,
        lambda key, iv, plaintext: write(encrypt_text(key, iv, plaintext)),
        _undoing(lambda key, iv, text: decrypt(key, iv, from_base64(_changed(read, text)))),
    )


def _said(hint: str, write: Callable[[bytes], bytes], read: Callable[[bytes], bytes]) -> Mistake:
    """Spoil the plaintext, then encrypt as one should."""
    return Mistake(
        hint,
        lambda key, iv, plaintext: encrypt_text(key, iv, write(plaintext)),
        _undoing(lambda key, iv, text: read(decrypt(key, iv, from_base64(text)))),
    )


def _keyed(hint: str, derive: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> Mistake:
    """CBC and padding as they should be, with another key or IV."""

    def make(key: bytes, iv: bytes, plaintext: bytes) -> str:
        return to_base64(encrypt_blocks(*derive(key, iv), pad(plaintext)))

    def undo(key: bytes, iv: bytes, text: str) -> bytes:
        return unpad(decrypt_blocks(*derive(key, iv), from_base64(text)))

    return Mistake(hint, make, _undoing(undo))


def _padded(hint: str, fill: Callable[[bytes], bytes], strip: Callable[[bytes], bytes]) -> Mistake:
    """Key, IV and mode as they should be, with another padding."""
    return Mistake(
        hint,
        lambda key, iv, plaintext: to_base64(encrypt_blocks(key, iv, fill(plaintext))),
        _undoing(lambda key, iv, text: strip(decrypt_blocks(key, iv, from_base64(text)))),
    )


def _sealed(
    hint: str,
    seal: Callable[[bytes, bytes, bytes], bytes],
    unseal: Callable[[bytes, bytes, bytes], bytes],
) -> Mistake:
    """Something else than CBC; both functions take key, IV and data."""
    return Mistake(
        hint,
        lambda key, iv, plaintext: to_base64(seal(key, iv, plaintext)),
        _undoing(lambda key, iv, text: unseal(key, iv, from_base64(text))),
    )


def _changed(read: Callable[[str], str], text: str) -> str:
    repaired = read(text)
    if repaired == text:
        raise ValueError("the text does not have this fault")
    return repaired


def _run(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()


def _ecb(key: bytes, blocks: bytes) -> bytes:
    return _run(Cipher(AES(key), ECB()).encryptor(), blocks)  # noqa: S305 - it is the mistake


def _undo_ecb(key: bytes, _iv: bytes, blocks: bytes) -> bytes:
    return unpad(_run(Cipher(AES(key), ECB()).decryptor(), blocks))  # noqa: S305


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def _ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    return _run(Cipher(AES(key), CTR(iv)).encryptor(), data)


def _ofb(key: bytes, iv: bytes, data: bytes) -> bytes:
    # OFB's key stream is the CBC encryption of zeros. Written out, as CFB is, because
    # `cryptography` has moved both modes about between the releases we support.
    return _xor(data, encrypt_blocks(key, iv, bytes(len(data) + -len(data) % BLOCK)))


def _cfb(segment: int) -> Callable[[bytes, bytes, bytes], bytes]:
    """CFB with segments of this many bytes: 16 in OpenSSL and CryptoJS, 1 in PyCryptodome."""

    def seal(key: bytes, iv: bytes, data: bytes) -> bytes:
        sent = iv
        for at in range(0, len(data), segment):
            sent += _xor(data[at : at + segment], _ecb(key, sent[at : at + BLOCK]))
        return sent[BLOCK:]

    return seal


def _undo_cfb(segment: int) -> Callable[[bytes, bytes, bytes], bytes]:
    def unseal(key: bytes, iv: bytes, data: bytes) -> bytes:
        sent = iv + data
        starts = range(0, len(data), segment)
        stream = _ecb(key, b"".join(sent[at : at + BLOCK] for at in starts))
        used = b"".join(stream[at : at + segment] for at in range(0, len(stream), BLOCK))
        return _xor(data, used)

    return unseal


def _streamed(
    name: str,
    seal: Callable[[bytes, bytes, bytes], bytes],
    unseal: Callable[[bytes, bytes, bytes], bytes],
) -> tuple[Mistake, Mistake]:
    """A stream mode, without padding as in OpenSSL, and with it as in CryptoJS."""
    hint = f"Encrypted in {name} mode; use CBC"
    return (
        _sealed(hint, seal, unseal),
        _sealed(hint, lambda k, i, d: seal(k, i, pad(d)), lambda k, i, d: unpad(unseal(k, i, d))),
    )


def _gcm(nonce_length: int) -> Mistake:
    def seal(key: bytes, iv: bytes, data: bytes) -> bytes:
        return AESGCM(key).encrypt(iv[:nonce_length], data, None)

    def unseal(key: bytes, iv: bytes, data: bytes) -> bytes:
        return AESGCM(key).decrypt(iv[:nonce_length], data, None)

    return _sealed("Encrypted in GCM mode; use CBC with PKCS#7 padding", seal, unseal)


def _gcm_nonce_first() -> Mistake:
    def seal(key: bytes, _iv: bytes, data: bytes) -> bytes:
        nonce = _arbitrary(data)[:12]
        return nonce + AESGCM(key).encrypt(nonce, data, None)

    def unseal(key: bytes, _iv: bytes, data: bytes) -> bytes:
        return AESGCM(key).decrypt(data[:12], data[12:], None)

    return _sealed("Encrypted in GCM mode, nonce in front; use CBC with the fixed IV", seal, unseal)


def _arbitrary(seed: bytes) -> bytes:
    """16 bytes in place of a client's random ones: recipes must be reproducible."""
    return hashlib.sha256(b"iv" + seed).digest()[:BLOCK]


def _fixed_iv_first(key: bytes, iv: bytes, data: bytes) -> bytes:
    return iv + encrypt(key, iv, data)


def _undo_fixed_iv_first(key: bytes, iv: bytes, data: bytes) -> bytes:
    if not data.startswith(iv):
        raise ValueError("begins with something else")
    return decrypt(key, iv, data[BLOCK:])


def _own_iv_first(key: bytes, _iv: bytes, data: bytes) -> bytes:
    iv = _arbitrary(data)
    return iv + encrypt(key, iv, data)


def _undo_own_iv_first(key: bytes, _iv: bytes, data: bytes) -> bytes:
    return unpad(decrypt_blocks(key, data[:BLOCK], data[BLOCK:]))


def _own_iv(key: bytes, _iv: bytes, plaintext: bytes) -> str:
    return encrypt_text(key, _arbitrary(plaintext), plaintext)


def _is_own_iv(key: bytes, iv: bytes, text: str, _plausible: Plausible) -> bool:
    # The first block cannot be recovered, so nothing can be asked of `plausible`; that all
    # the rest is readable is no accident.
    try:
        plaintext = decrypt(key, iv, from_base64(text))
    except (ValueError, SchemeError):
        return False
    return _readable(plaintext) is None and bool(_readable(_after_first_block(plaintext)))


def _passphrase(key: bytes, iv: bytes, plaintext: bytes) -> str:
    """What `openssl enc -md md5` and CryptoJS do with a key given as text."""
    password, salt = base64.b64encode(key), iv[:8]
    derived = digest = b""
    while len(derived) < KEY_LENGTH + BLOCK:
        digest = hashlib.md5(digest + password + salt, usedforsecurity=False).digest()
        derived += digest
    sealed = encrypt_blocks(derived[:KEY_LENGTH], derived[KEY_LENGTH:][:BLOCK], pad(plaintext))
    return to_base64(b"Salted__" + salt + sealed)


def _is_passphrase(_key: bytes, _iv: bytes, text: str, _plausible: Plausible) -> bool:
    # Whichever passphrase it was: of right ciphertexts, one in 2^60 begins so.
    return text.startswith(_SALTED)


_SALTED = "U2FsdGVkX1"  # Base64 of `Salted__`, as far as the salt has no part in it


def _is_key(key: bytes, _iv: bytes, text: str, _plausible: Plausible) -> bool:
    return _reveals(key, text.encode(errors="replace"))


def _unhex(text: str) -> str:
    if not re.fullmatch(r"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+", text):
        raise ValueError("not hexadecimal")
    return to_base64(bytes.fromhex(text))


def _unquoted(text: str, opening: str, closing: str) -> str:
    return text[len(opening) : -len(closing)] if text.startswith(opening) else text


def _filled(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _zero_pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def _count_pad(data: bytes, fill: bytes) -> bytes:
    """ANSI X.923 and ISO 10126: filling, then the number of bytes added."""
    count = BLOCK - len(data) % BLOCK
    return data + fill[: count - 1] + bytes([count])


def _undo_count_pad(data: bytes, fill: bytes | None) -> bytes:
    count = data[-1] if data else 0
    filling = data[-count:-1]
    if not 1 <= count <= BLOCK or (fill is not None and filling != fill[: count - 1]):
        raise ValueError("another padding")
    return data[:-count]


def _wide_pad(data: bytes) -> bytes:
    count = 32 - len(data) % 32
    return data + bytes([count]) * count


def _undo_wide_pad(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not (BLOCK < count <= 32 and data.endswith(bytes([count]) * count)):
        raise ValueError("another padding")
    return data[:-count]


def _stripped(fill: bytes) -> Callable[[bytes], bytes]:
    def strip(data: bytes) -> bytes:
        if not data.endswith(fill):
            raise ValueError("another padding")
        return data.rstrip(fill)

    return strip


def _unpad_iso_7816(data: bytes) -> bytes:
    body, mark, zeros = data.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise ValueError("another padding")
    return body


def _undo_json_text(data: bytes) -> bytes:
    inner: object = json.loads(data.decode())
    if not isinstance(inner, str):
        raise ValueError("not a JSON string")
    return inner.encode()


def _recode(encoding: str, mark: bytes = b"") -> tuple[Callable[[bytes], bytes], ...]:
    def write(data: bytes) -> bytes:
        return mark + data.decode().encode(encoding)

    def read(data: bytes) -> bytes:
        if not data.startswith(mark):
            raise ValueError("no byte order mark")
        return data.removeprefix(mark).decode(encoding).encode()

    return write, read


def _utf16(encoding: str, mark: bytes = b"") -> Mistake:
    write, read = _recode(encoding, mark)
    return _said("The JSON was encoded as UTF-16 before encrypting; use UTF-8", write, read)


def _hex_half(value: bytes, length: int) -> bytes:
    """What PHP keeps of `hash("sha256", $value)`, which is hexadecimal text."""
    return hashlib.sha256(value).hexdigest()[:length].encode()


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "The key itself was sent; send the ciphertext, and have the key replaced",
        lambda key, _iv, _plaintext: to_base64(key),
        _is_key,
    ),
    Mistake(
        "The key was given as text and taken for a passphrase (the ciphertext begins with "
        "Salted__); decode it first: CryptoJS.enc.Base64.parse(key), openssl enc -K, -iv",
        _passphrase,
        _is_passphrase,
    ),
    # The text was damaged on the way
    _written(
        "A + became a space in the form; percent-encode it as %2B",
        lambda text: text.replace("+", " "),
        lambda text: text.replace(" ", "+"),
    ),
    _written(
        "Percent-encoded twice; encode once, or leave it to the HTTP client",
        lambda text: quote_from_bytes(text.encode(), safe=""),
        unquote,
    ),
    _written(
        "URL-safe Base64 (- and _); use the standard alphabet (+ and /)",
        lambda text: text.translate(str.maketrans("+/", "-_")),
        lambda text: text.translate(str.maketrans("-_", "+/")),
    ),
    _written(
        "The Base64 padding is missing; keep the = at the end",
        lambda text: text.rstrip("="),
        _filled,
    ),
    _written(
        "URL-safe Base64 without padding; use the standard alphabet and keep the =",
        lambda text: text.translate(str.maketrans("+/", "-_")).rstrip("="),
        lambda text: _filled(text).translate(str.maketrans("-_", "+/")),
    ),
    _written(
        "White space around the Base64 text; strip it",
        lambda text: text + "\n",
        str.strip,
    ),
    _written(
        "The Base64 text is broken into lines; send it on one line",
        lambda text: base64.encodebytes(from_base64(text)).decode("ascii"),
        lambda text: text.replace("\r", "").replace("\n", ""),
    ),
    _written(
        "The Base64 text is in quotes; send it without",
        lambda text: f'"{text}"',
        lambda text: _unquoted(text, '"', '"'),
    ),
    _written(
        "Python's str() of bytes was sent (b'...'); decode it: .decode('ascii')",
        lambda text: f"b'{text}'",
        lambda text: _unquoted(text, "b'", "'"),
    ),
    _written(
        r"The Base64 text went through a JSON encoder (\/); send it as it is",
        lambda text: text.replace("/", r"\/"),
        lambda text: text.replace(r"\/", "/"),
    ),
    _written(
        "Sent as hexadecimal; use Base64",
        lambda text: from_base64(text).hex(),
        _unhex,
    ),
    _written(
        "Sent as hexadecimal; use Base64",
        lambda text: from_base64(text).hex().upper(),
        _unhex,
    ),
    _written(
        "Base64 was applied twice; apply it once",
        lambda text: to_base64(text.encode()),
        lambda text: from_base64(text).decode("ascii"),
    ),
    _written(
        "Base64 of the hexadecimal text; encode the raw ciphertext",
        lambda text: to_base64(from_base64(text).hex().encode()),
        lambda text: _unhex(from_base64(text).decode("ascii")),
    ),
    # Not encrypted
    Mistake(
        "The JSON was sent in the clear; encrypt it",
        lambda _key, _iv, plaintext: plaintext.decode(),
        _undoing(lambda _key, _iv, text: text.encode()),
    ),
    Mistake(
        "Base64 of the JSON, which is not encrypted; encrypt it first",
        lambda _key, _iv, plaintext: to_base64(plaintext),
        _undoing(lambda _key, _iv, text: from_base64(_filled(text.rstrip("=")))),
    ),
    # Another key or IV
    _keyed("Encrypted with an IV of zeros; use the IV you were given", lambda k, _: (k, bytes(16))),
    _keyed("Encrypted with the start of the key as IV; use the IV", lambda k, _: (k, k[:16])),
    _keyed("Encrypted with the end of the key as IV; use the IV", lambda k, _: (k, k[16:])),
    _keyed("The bytes of the IV are reversed", lambda k, i: (k, i[::-1])),
    _keyed("The halves of the key are swapped", lambda k, i: (k[16:] + k[:16], i)),
    _keyed("The halves of the IV are swapped", lambda k, i: (k, i[8:] + i[:8])),
    _keyed(
        "Key and IV were used as Base64 text; decode them to 32 and 16 bytes",
        lambda k, i: (base64.b64encode(k)[:32], base64.b64encode(i)[:16]),
    ),
    _keyed(
        "The key was used as Base64 text; decode it to 32 bytes",
        lambda k, i: (base64.b64encode(k)[:32], i),
    ),
    _keyed(
        "The IV was used as Base64 text; decode it to 16 bytes",
        lambda k, i: (k, base64.b64encode(i)[:16]),
    ),
    _keyed(
        "Key and IV were used as hexadecimal text; decode them to 32 and 16 bytes",
        lambda k, i: (k.hex().encode()[:32], i.hex().encode()[:16]),
    ),
    _keyed("Encrypted with AES-128; use all 32 bytes of the key", lambda k, i: (k[:16], i)),
    _keyed("Encrypted with AES-192; use all 32 bytes of the key", lambda k, i: (k[:24], i)),
    _keyed(
        "The key was hashed with SHA-256; use it as it is, decoded from Base64",
        lambda k, i: (hashlib.sha256(base64.b64encode(k)).digest(), i),
    ),
    _keyed(
        "The decoded key was hashed with SHA-256; use it as it is",
        lambda k, i: (hashlib.sha256(k).digest(), i),
    ),
    _keyed(
        'Key and IV were passed through hash("sha256"); use them as they are, decoded from Base64',
        lambda k, i: (
            _hex_half(base64.b64encode(k), 32),
            _hex_half(base64.b64encode(i), 16),
        ),
    ),
    _sealed(
        "The IV stands before the ciphertext; send the ciphertext alone",
        _fixed_iv_first,
        _undo_fixed_iv_first,
    ),
    _sealed(
        "A random IV stands before the ciphertext; use the IV you were given and do not send it",
        _own_iv_first,
        _undo_own_iv_first,
    ),
    # Another mode
    _sealed("Encrypted in ECB mode; use CBC", lambda k, _, d: _ecb(k, pad(d)), _undo_ecb),
    *_streamed("CTR", _ctr, _ctr),
    *_streamed("OFB", _ofb, _ofb),
    *_streamed("CFB", _cfb(16), _undo_cfb(16)),
    *_streamed("CFB-8", _cfb(1), _undo_cfb(1)),
    _gcm(12),
    _gcm(16),
    _gcm_nonce_first(),
    # Another padding
    _padded("Padded with zeros; use PKCS#7", _zero_pad, _stripped(b"\0")),
    _padded(
        "Padded with spaces; use PKCS#7", lambda d: d + b" " * (-len(d) % BLOCK), _stripped(b" ")
    ),
    _padded(
        "Not padded; use PKCS#7, also where the plaintext fills its last block",
        lambda d: d + b" " * (-len(d) % BLOCK),  # found before, unless there is nothing to fill
        lambda d: d,
    ),
    _padded(
        "Padded as in ANSI X.923; use PKCS#7",
        lambda d: _count_pad(d, bytes(BLOCK)),
        lambda d: _undo_count_pad(d, bytes(BLOCK)),
    ),
    _padded(
        "Padded as in ISO 10126 (random bytes); use PKCS#7",
        lambda d: _count_pad(d, _arbitrary(d)),
        lambda d: _undo_count_pad(d, None),
    ),
    _padded(
        "Padded as in ISO 7816-4 (80 00 ...); use PKCS#7",
        lambda d: _zero_pad(d + b"\x80"),
        _unpad_iso_7816,
    ),
    _padded("Padded to blocks of 32 bytes; AES has blocks of 16", _wide_pad, _undo_wide_pad),
    # Another plaintext
    _said(
        "The JSON was percent-encoded before encrypting; encrypt the JSON itself",
        lambda d: quote_from_bytes(d, safe="").encode(),
        unquote_to_bytes,
    ),
    _said(
        "The JSON was encoded twice (a JSON text within quotes); encode it once",
        lambda d: json.dumps(d.decode()).encode(),
        _undo_json_text,
    ),
    _said(
        "Base64 of the JSON was encrypted; encrypt the JSON itself",
        base64.b64encode,
        lambda d: base64.b64decode(d, validate=True),
    ),
    _said(
        "The hexadecimal text of the JSON was encrypted; encrypt the JSON itself",
        lambda d: d.hex().encode(),
        lambda d: bytes.fromhex(d.decode("ascii")),
    ),
    _said(
        "A zero byte follows the JSON; leave it out",
        lambda d: d + b"\0",
        _stripped(b"\0"),
    ),
    _said(
        "A UTF-8 byte order mark stands before the JSON; leave it out",
        *_recode("utf-8", b"\xef\xbb\xbf"),
    ),
    _utf16("utf-16-le", b"\xff\xfe"),
    _utf16("utf-16-be", b"\xfe\xff"),
    _utf16("utf-16-le"),
    _utf16("utf-16-be"),
    _said(
        "The JSON was encoded as ISO 8859-1 before encrypting; use UTF-8",
        *_recode("iso-8859-1"),
    ),
    # Last, because it does not ask whether the plaintext is plausible
    Mistake(
        "All but the first 16 bytes decrypt: another IV was used; use the one you were given",
        _own_iv,
        _is_own_iv,
    ),
)
