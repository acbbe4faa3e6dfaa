"""What somebody may have signed instead of `header.payload`, and written in place of a signature.

Used for every compact serialization, whatever signs it. A text is one deviation, hashing it before
signing another, and so is each other way to write the signature; the schemes try them together.
"""

from __future__ import annotations

import base64
import hashlib
import json
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.core.json_text import read_object
from emulator.core.messages import Message
from emulator.schemes.encoding import TO_STANDARD, to_base64url
from emulator.schemes.jws.make import Compact
from emulator.schemes.mistakes.bytes_as_text import readings

_MOST_READ = 1 << 15  # bytes of a payload that is written again in other ways


@dataclass(frozen=True, slots=True)
class Variant:
    """Bytes, and what was done to get them.

    Attributes:
        hint: What was done and what to do; empty for the right bytes.
        data: The bytes.
        usual: Whether it is worth combining with every other deviation.
    """

    hint: str
    data: bytes
    usual: bool = True


def texts(compact: Compact, headers: Sequence[bytes] = ()) -> Iterator[Variant]:
    """Yield what may have been signed, the right text first, each once.

    Args:
        compact: What was sent.
        headers: Protected headers that libraries write for this algorithm.
    """
    seen: set[bytes] = set()
    for variant in _texts(compact, headers):
        if variant.data not in seen:
            seen.add(variant.data)
            yield variant


def _texts(compact: Compact, headers: Sequence[bytes]) -> Iterator[Variant]:
    whole, payload = compact.signing_input, compact.payload
    first, _, second = whole.partition(b".")
    header = from_any_base64(first)
    yield Variant("", whole)
    yield Variant(Message("Signed the payload alone; sign header.payload"), second)
    decoded = Message("Signed the decoded bytes; sign the base64url text header.payload")
    for text in (payload, header + b"." + payload, header + payload):
        yield Variant(decoded, text)
    for text in as_standard(whole):
        yield Variant(Message("Signed standard Base64, sent base64url; sign what is sent"), text)
    yield Variant(
        Message("Signed base64url padded with =; sign what is sent"), _padded(first, second)
    )
    yield Variant(
        Message("Signed without the dot; sign header.payload, with the dot"),
        first + second,
        usual=False,
    )
    yield Variant(
        Message("Signed payload.header; the header comes first"), second + b"." + first, usual=False
    )
    yield Variant(Message("Signed the header alone; sign header.payload"), first, usual=False)
    broken = Message("Signed a line break along with the text")
    for text in (whole, second, payload):
        for end in (b"\n", b"\r\n"):
            usual = text is whole and end == b"\n"
            yield Variant(f"{broken}; strip it (printf, echo -n)", text + end, usual)
    yield Variant(
        Message("Signed a dot too many behind the text; sign header.payload"),
        whole + b".",
        usual=False,
    )
    yield Variant(
        Message("Signed the text in quotes; sign it without"), b'"' + whole + b'"', usual=False
    )
    for encoding in ("utf-16-le", "utf-16-be"):
        yield Variant(
            Message("Signed the text in UTF-16; sign its ASCII bytes"),
            whole.decode("ascii").encode(encoding),
            usual=False,
        )
    yield Variant(
        Message("Signed the hexadecimal text of it; sign it"), whole.hex().encode(), usual=False
    )
    yield Variant(
        Message("Signed the Base64 of it; sign it as it is"), base64.b64encode(whole), usual=False
    )
    for other in headers:
        yield Variant(
            Message(
                "Signed another header than the one sent; build the header once, sign and send that"
            ),
            to_base64url(other).encode("ascii") + b"." + second,
            usual=False,
        )
    again = Message(
        "Signed another serialization of the same JSON; encode once, sign and send that"
    )
    for text in _reserialized(payload):
        yield Variant(again, first + b"." + to_base64url(text).encode("ascii"), usual=False)
        yield Variant(again, text, usual=False)


def hashed(variant: Variant) -> Iterator[Variant]:
    """Yield the text as it is, and hashed before signing, as bytes or text."""
    yield variant
    digest = hashlib.sha256(variant.data).digest()
    hint = Message("Hashed twice: the signing function hashes by itself; give it the text")
    for data in (
        digest,
        digest.hex().encode("ascii"),
        digest.hex().upper().encode("ascii"),
        base64.b64encode(digest),
        to_base64url(digest).encode("ascii"),
    ):
        yield Variant(_both(variant.hint, hint), data, usual=data == digest)


def signatures(signature: bytes) -> Iterator[Variant]:
    """Yield what the signature may stand for, as it is first, each once."""
    seen: set[bytes] = set()
    for variant in _signatures(signature):
        if variant.data and variant.data not in seen:
            seen.add(variant.data)
            yield variant


def _signatures(signature: bytes) -> Iterator[Variant]:
    yield Variant("", signature)
    advice = "encode its raw bytes with base64url"
    # Hexadecimal text is valid base64url too: it was decoded as such, or encoded on top.
    for text in (signature, to_base64url(signature).encode("ascii")):
        for notation, data in readings(text):
            if notation.name == "Base64 text" and text is not signature:
                continue
            what = (
                Message("The signature was Base64 text already and was encoded once more")
                if "Base64 text" in notation.name
                else Message("The signature is {name}").with_(name=notation.name)
            )
            yield Variant(f"{what}; {advice}", data)
    yield Variant(
        Message("The bytes of the signature are reversed (little-endian); reverse them"),
        signature[::-1],
    )
    for end in (b"\n", b"\r\n", b"\0"):
        if signature.endswith(end):
            yield Variant(
                Message("A line end or zero byte stands behind the signature; leave it out"),
                signature.removesuffix(end),
            )


def _both(first: str, second: str) -> str:
    return f"{first}. Besides: {second}" if first and second else first or second


def from_any_base64(raw: bytes) -> bytes:
    """Return the bytes that `raw` spells in either Base64; empty if it does not."""
    standard = raw.translate(TO_STANDARD).rstrip(b"=")
    try:
        return a2b_base64(standard + b"=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        return b""


def as_standard(signing_input: bytes) -> Iterator[bytes]:
    """Yield the signing input in standard Base64, with padding and without."""
    parts = [part.translate(TO_STANDARD) for part in signing_input.split(b".")]
    yield _padded(*parts)
    yield b".".join(parts)


def _padded(*parts: bytes) -> bytes:
    return b".".join(part + b"=" * (-len(part) % 4) for part in parts)


def _reserialized(payload: bytes) -> Iterator[bytes]:
    """Yield other spellings of a JSON payload, as common libraries write them."""
    if len(payload) > _MOST_READ:
        return
    try:
        value = read_object(payload)
        for sort in (False, True):
            for ascii_only in (False, True):
                for separators, indent in (
                    ((",", ":"), None),
                    ((", ", ": "), None),
                    (None, 2),
                    (None, 4),
                    (None, "\t"),
                ):
                    text = json.dumps(
                        value,
                        sort_keys=sort,
                        ensure_ascii=ascii_only,
                        separators=separators,
                        indent=indent,
                    )
                    yield text.encode("utf-8")
                    yield text.replace("/", "\\/").encode("utf-8")
    except (RecursionError, ValueError):
        return
