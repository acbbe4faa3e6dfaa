"""In which form a digest was sent: read once, never multiplied with other mistakes.

What came is read back through every notation that could have written it, also through two, such
as the Base64 of hexadecimal text. Each reading is a `Form`: the bytes, and what was done to
them. Its length then tells which hash functions can have made it.

Some notations lose something, such as the zeros in front of single hexadecimal digits. They
cannot be read back; `lossy` tells which could have written the text, so that a digest can be
written in each and compared.

One thing: reading a digest back out of the text that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha512
from typing import TypeAlias

from emulator.core.messages import Message
from emulator.schemes.mistakes import bytes_as_text
from emulator.schemes.mistakes.bytes_as_text import written
from emulator.schemes.mistakes.notations import NOTATIONS, Notation

LONGEST = 2048
"""Characters; no notation of a digest is longer."""

SIZES = frozenset((16, 20, 28, 32, 48, 64))
"""Bytes in digests."""

_USUAL_SIZES = frozenset((16, 20, 32, 64))
"""Those of MD5, SHA-1, SHA-256 and SHA-512."""

SHORTEST_LOSSY = 10
"""Bytes of text below which nothing of a digest can be recognised."""

SHORTEST_CUT = 8
"""Bytes from which on a digest that was cut is still told from chance."""


_DIGITS = re.compile(rb"[0-9a-f]{16,}|[0-9A-F]{16,}")
_BASE32 = re.compile(rb"[A-V0-9]+=*|[A-Z2-7]+=*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+=*")


def _is_likely(name: str, text: bytes) -> bool:
    """Whether a text was written in a notation, and is not only made of letters that it has."""
    if _DIGITS.fullmatch(text):
        return name.startswith(("hexadecimal", "a number"))
    if _BASE32.fullmatch(text):
        return "85" not in name
    return not _BASE64.fullmatch(text) or not re.search("85|Base32", name)


_Written: TypeAlias = tuple[Notation, bytes, bytes]
"""A notation, with what was read from it and what it was read as."""

_BASE64_TEXT = "Base64 text"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to read what was sent for a digest.

    Attributes:
        raw: The bytes that were written.
        around: What stands around the text, as noun phrases, from the outside.
        written: Notations, each with what it was read from and what it was read as.
        part: "the beginning" or "the end", where no more was sent.
    """

    raw: bytes
    around: tuple[str, ...] = ()
    written: tuple[_Written, ...] = ()
    part: str = ""

    @property
    def is_likely(self) -> bool:
        """Whether this can be a digest, which is never ASCII, and was written in this way."""
        return not self.raw.isascii() and self.is_written_so

    @property
    def is_written_so(self) -> bool:
        """Whether this is no accident: a text in hexadecimal digits can be read as Base64 too."""
        return all(_is_likely(notation.name, text) for notation, text, _ in self.written)

    def hints(self, right: str, send: str) -> list[str]:
        """Say what was not as it should be in the way the digest was sent.

        Args:
            right: Name of the notation that is right, as in `bytes_as_text`.
            send: What to do, such as "send lower-case hexadecimal digits".
        """
        names = [_name(*each) for each in self.written]
        if names == [right]:
            names = []
        told: list[str] = []
        if self.part:
            told.append(
                Message("Only {part} of the digest was sent; send all of it").with_(part=self.part)
            )
        if self.around:
            told.append(
                Message("The digest was sent with {additions}; send it alone").with_(
                    additions=" and ".join(self.around)
                )
            )
        if names:
            told.append(
                Message("The digest was sent as {form}; {send}").with_(
                    form=" of ".join(names), send=send
                )
            )
        return told


_WRAPPINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for name, pattern in (
        ("quotes around it", r"\\?([\"'`])(?P<in>.+)\\?\1|[“‘«](?P<at>.+)[”’»]"),
        ("brackets around it", r"\[(?P<in>[^\[\],]+)\]|\((?P<at>[^(),]+)\)|<(?P<or>[^<>]+)>"),
        (
            "a word before it",
            r"(?P<word>bearer|basic|token|signature|sign|digest|passworddigest|apikey|hmac|"
            r"hmac[-_ ]?sha-?\d+|(?:sha|sha2|sha3)-?\d*(?:\(.*\))?|md5(?:\(.*\))?|v\d|"
            r"\(stdin\)|sha256 digest|\{ssha\}|\{sha\d*\})"
            r"(?:\s*[:=]\s*|\s+|(?<=\}))(?P<in>\S.*)",
        ),
        ("a file name after it, as sha256sum prints it", r"(?P<in>[0-9a-f]{32,128})\s+\S+\s*"),
        ("half of a last byte", r"(?P<in>(?:[0-9a-f]{2}){12,63})[0-9a-f]"),
        ("an ellipsis after it", r"(?P<in>[0-9a-z+/=]+)(?:\.{2,3}|…)"),
        (
            "a comma or other sign after it",
            r"(?P<in>[0-9a-z+/=_-]+)[,;.|&]",
        ),
    )
)


def forms(received: str) -> Iterator[Form]:
    """Yield what the text can stand for, each reading once, the plainest first."""
    if not received or len(received) > LONGEST:
        return
    seen: set[bytes] = set()
    texts: list[tuple[str, tuple[str, ...]]] = [(received, ())]
    for text, done in texts:  # grows while it is walked
        if len(done) < 3:
            texts += [(inner, (*done, name)) for name, inner in _unwrapped(text)]
    for depth in (1, 2):
        for text, done in reversed(texts):  # what stands around it is then told
            for form in _read(text.encode("utf-8", "replace"), Form(b"", done), depth):
                if form.raw not in seen:
                    seen.add(form.raw)
                    yield form


def _unwrapped(text: str) -> Iterator[tuple[str, str]]:
    if (bare := text.strip()) and bare != text:
        yield "white space around it", bare
    for name, pattern in _WRAPPINGS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        inner = groups.get("in") or groups.get("at") or groups.get("or") or ""
        if word := groups.get("word"):
            name = f"the word {word} before it"
        if inner and inner != text:
            yield name, inner
    if re.fullmatch(r"[A-Za-z0-9/ ]+={0,2}", text) and " " in text.strip():
        yield "blanks where + belongs (a form was decoded)", text.replace(" ", "+")
    if re.fullmatch(r"[A-Za-z0-9+/ \\]+={0,2}", text) and "\\/" in text:
        yield Message("JSON's escape of the slash"), text.replace("\\/", "/")


def _read(text: bytes, so_far: Form, depth: int) -> Iterator[Form]:
    for notation, raw in bytes_as_text.readings(text):
        form = Form(raw, so_far.around, (*so_far.written, (notation, text, raw)))
        if depth == 1:
            yield form
        else:
            yield from _read(raw, form, depth - 1)


def _name(read: Notation, text: bytes, raw: bytes) -> str:
    """Return the notation that writes `raw` exactly so: readers are more liberal than writers."""
    if len(raw) > LONGEST or len(text) > LONGEST:
        return read.name
    name = next((each.name for each, wrote in written(raw) if wrote == text), "")
    if name:
        return name
    bare = re.sub(rb"(?:[\r\n]|\\[rn])+", b"", text)
    if bare != text and len(bare) >= len(text.strip()):
        return Message("{name} with a line end around it").with_(name=read.name)
    if bare != text:
        return Message("{name} broken into lines").with_(name=read.name)
    return f"{read.name}, with other signs in or around it"


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent, as far as it can be a digest.

    Attributes:
        whole: Digest to how it was written.
        cut: Beginning or end of a digest to how it was written.
        lossy: Notations that could have written the text, or the text whose Base64 it is, but
            cannot be read back; each with that text and what is around it.
        sent: The text itself.
    """

    whole: dict[bytes, Form]
    cut: dict[bytes, Form]
    lossy: tuple[tuple[Notation, bytes, tuple[_Written, ...]], ...]

    @property
    def sizes(self) -> frozenset[int]:
        """The lengths of the digests that it can be."""
        whole = frozenset(map(len, self.whole))
        if self.lossy:
            return whole | _USUAL_SIZES
        return whole | {size for size in _USUAL_SIZES if any(size > len(part) for part in self.cut)}

    @property
    def price(self) -> int:
        """What it costs to compare a digest, in the units of a budget."""
        return 1 + len(self.cut) // 2 + 2 * len(self.lossy)

    def test(self) -> Callable[[bytes], Form | None]:
        """Return what tells how a digest was written, if it is what was sent."""
        return self._compare if self.cut or self.lossy else self.whole.get

    def _compare(self, digest: bytes) -> Form | None:
        if (form := self.whole.get(digest)) is not None:
            return form
        for part, form in self.cut.items():
            if digest.startswith(part):
                return replace(form, part="the beginning")
            if digest.endswith(part):
                return replace(form, part="the end")
        for notation, text, around in self.lossy:
            if notation.write(digest) == text:
                return Form(digest, (), (*around, (notation, text, digest)))
        return None


def read(received: str) -> Received:
    """Read what was sent for a digest."""
    found = list(forms(received))
    whole = {form.raw: form for form in found if len(form.raw) in SIZES and form.is_likely}
    sent = received[: LONGEST + 1].encode("utf-8", "replace")
    if any(len(raw) > 16 for raw in whole):
        return Received(whole, {}, ())
    cut = {
        form.raw: form
        for form in found
        if SHORTEST_CUT <= len(form.raw) < max(SIZES) and form.is_likely
    }
    lossy = [(notation, sent, ()) for notation in _lossy(sent)]
    for form in found:
        if (
            len(form.written) == 1
            and form.written[0][0].name == _BASE64_TEXT
            and form.raw.isascii()
        ):
            lossy += [(notation, form.raw, form.written) for notation in _lossy(form.raw)]
    return Received(whole, cut, tuple(lossy))


def _lossy(sent: bytes) -> Iterator[Notation]:
    """Yield the notations whose texts look like this one."""
    if not SHORTEST_LOSSY <= len(sent) <= LONGEST:
        return
    signs = frozenset(map(_sign, sent.decode("utf-8", "replace")))
    for notation, looks in _looks():
        if any(
            shortest <= len(sent) <= longest and always <= signs <= sometimes
            for shortest, longest, always, sometimes in looks
        ):
            yield notation


_Look = tuple[int, int, frozenset[str], frozenset[str]]


@cache
def _looks() -> tuple[tuple[Notation, tuple[_Look, ...]], ...]:
    """Return for each lossy notation how long its texts are, and of which signs."""
    return tuple(
        (notation, tuple(_look(notation, size) for size in sorted(SIZES)))
        for notation in NOTATIONS
        if notation.read is None
    )


def _look(notation: Notation, size: int) -> _Look:
    texts = [_written(notation, sha512(bytes([n])).digest()[:size]) for n in range(24)]
    signs = [frozenset(map(_sign, text.decode("utf-8", "replace"))) for text in texts]
    lengths = [len(text) for text in texts]
    return (
        int(min(lengths) * 0.9),
        int(max(lengths) * 1.1),
        frozenset[str]().union(*signs[:1]).intersection(*signs),
        frozenset[str]().union(*signs),
    )


def _written(notation: Notation, raw: bytes) -> bytes:
    try:
        return notation.write(raw)
    except (ValueError, OverflowError):
        return b""


def _sign(character: str) -> str:
    """Return a class of characters, such as "a" for the letters of hexadecimal digits."""
    match character:
        case "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
            return "0"
        case "a" | "b" | "c" | "d" | "e" | "f":
            return "a"
        case "A" | "B" | "C" | "D" | "E" | "F":
            return "A"
        case _:
            if character.isascii():
                return character if character in "?=-+/ " else "z" if character > " " else "\t"
            return character if character == "\ufffd" else "é"
