"""Which mistake made a UsernameToken wrong; asked only after `username_token` has refused it.

A wrong digest is a wrong material, hashed by a wrong algorithm, or written in a wrong way.
Each has its table; `MISTAKES` is their product, as far as it is likely. A recipe that does
not apply raises ValueError inside and gives "".
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import TypeAlias
from urllib.parse import quote, unquote

from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.username_token import TIME, UsernameToken, preimage, read_time

_MASK = "(the secret itself, masked)"


def base64_fault(text: str) -> str:
    """Say what keeps `text` from being canonical Base64."""
    if not text:
        return "It is empty"
    if text.strip() != text:
        return "There is whitespace around it"
    odd = re.search(r"[^A-Za-z0-9+/=]", text)
    if odd is not None:
        if odd[0] in "-_":
            return "It is Base64url; use the standard alphabet, with + and /"
        return f"Character {odd[0]!a} at {odd.start()} is not in the alphabet"
    if "=" not in text and len(text) % 4 in (2, 3):
        return "Its padding (=) is missing"
    if len(text) % 4 or not re.fullmatch(r"[^=]+={0,2}", text):
        return "Its length or padding is wrong"
    return "Its last character has bits set that belong to no byte"


def masked(text: str, password: str) -> str:
    """Return `text`, or a mask where the secret can be read from it."""
    secret = utf8(password.strip()).lower()
    forms = [utf8(text), utf8(unquote(text))]
    for decode in (_decode_leniently, bytes.fromhex):
        try:
            forms.append(decode(text))
        except ValueError:
            continue
    return _MASK if secret and any(secret in form.lower() for form in forms) else text


def _decode_leniently(text: str) -> bytes:
    symbols = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    # A lone symbol at the end holds no byte.
    symbols = symbols[:-1] if len(symbols) % 4 == 1 else symbols
    return binascii.a2b_base64(symbols + "=" * (-len(symbols) % 4))


# Times ------------------------------------------------------------------------------------

TIME_MISTAKES: tuple[tuple[str, str], ...] = (
    ("There is whitespace around the time", r"\A\s|\s\Z"),
    ("Unix seconds; send ISO 8601 text", r"\A\d{9,10}(\.\d+)?\Z"),
    ("Unix milliseconds; send ISO 8601 text", r"\A\d{12,13}\Z"),
    (
        "The day comes first; send ISO 8601, year first",
        r"\A\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
    ),
    ("Slashes in the date; ISO 8601 has hyphens", r"\A\d{4}/\d"),
    ("RFC 2822 date; send ISO 8601", r"\A[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}"),
    (
        "Date as a language prints it by default; send ISO 8601",
        r"\A[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d",
    ),
    ("The + of the offset became a space on the way", r"T[\d:.]+ \d\d:?\d\d\Z"),
    ("A space stands between date and time; put a T there", r"\A\d{4}-\d\d-\d\d +\d"),
    ("Only a date; add the time and the zone", r"\A\d{4}-?\d\d-?\d\d\Z"),
    ("Date without hyphens; send them", r"\A\d{8}T?\d"),
    ("The name of a zone; send only its offset", r"[A-Za-z]+/[A-Z][A-Za-z_]+|[A-Z]{3,4}\Z"),
    ("Lower-case t or z; send T and Z", r"\A\d{4}-\d\d-\d\d(t|T[\d:.]+z\Z)"),
    ("Comma before the fraction of a second; send a point", r":\d\d,\d"),
    (
        "No such time: a number is out of range",
        r"\A\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?\Z",
    ),
)
"""Hints, each with the pattern of a text that is no ISO 8601 time; the first that fits counts."""


def recognise_time(text: str) -> str:
    """Say what keeps `text` from being ISO 8601; empty where that is not known."""
    return next((hint for hint, form in TIME_MISTAKES if re.search(form, text, re.ASCII)), "")


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def skew_hint(age: timedelta) -> str:
    """Say what makes a time wrong by `age`; negative is in the future."""
    off = abs(age)
    way = "behind" if age > timedelta() else "ahead"
    half_hours = round(off / (_HOUR / 2))
    near = abs(off - half_hours * _HOUR / 2) <= 3 * _MINUTE
    if near and half_hours == 24:
        return "Half a day off: a 12-hour clock (hh for HH), or the zone is missing or wrong"
    if near and 2 <= half_hours <= 28:
        return f"{half_hours / 2:g} h {way}: the zone is missing or wrong"
    if timedelta() < age <= _HOUR:
        return (
            f"{age / _MINUTE:.1f} min old: a token used again? Make a new nonce and created for "
            "every request; or the clock is behind, then use NTP"
        )
    if off >= 24 * _HOUR:
        return f"The clock is {off / (24 * _HOUR):.0f} days {way}; use NTP"
    return f"The clock is {off / _MINUTE:.1f} min {way}; use NTP"


# Digests ----------------------------------------------------------------------------------

Recipe: TypeAlias = Callable[[UsernameToken, str], str]
Material: TypeAlias = Callable[[UsernameToken, str], bytes]
Formula: TypeAlias = Callable[[UsernameToken, str, str], bytes]
Spelling: TypeAlias = Callable[[bytes], str]

_PARTS: dict[str, Material] = {
    "nonce": lambda token, _: token.nonce,
    "nonce text": lambda token, _: utf8(token.nonce_text) or b64encode(token.nonce),
    "created": lambda token, _: utf8(token.created),
    "password": lambda _, password: utf8(password),
    "username": lambda token, _: utf8(token.username),
}
_ORDER = ("nonce", "created", "password")


def _join(*names: str, by: bytes = b"") -> Material:
    parts = [_PARTS[name] for name in names]
    return lambda token, password: by.join([part(token, password) for part in parts])


def _with_nonce(change: Callable[[UsernameToken], bytes]) -> Material:
    return lambda token, password: preimage(change(token), token.created, password)


def _with_password(change: Callable[[str], bytes]) -> Material:
    return lambda token, password: token.nonce + utf8(token.created) + change(password)


def _with_created(respell: Callable[[datetime], str]) -> Material:
    def material(token: UsernameToken, password: str) -> bytes:
        created = read_time(token.created)
        if created is None:
            raise ValueError
        if created.tzinfo is None:
            created = created.replace(tzinfo=UTC)
        return preimage(token.nonce, respell(created), password)

    return material


def _with_created_text(change: Callable[[str], str]) -> Material:
    return lambda token, password: preimage(token.nonce, change(token.created), password)


def _moved(delta: timedelta) -> Callable[[str], str]:
    """Return what writes a time `delta` later, in the same spelling."""

    def change(text: str) -> str:
        created, match = read_time(text), TIME.fullmatch(text)
        if created is None or match is None or match[2] is None:
            raise ValueError
        moved = (created + delta).replace(tzinfo=None).isoformat(timespec="microseconds")
        seconds, micros = moved.split(".")
        digits = len(match[3] or ".") - 1
        return seconds + (f".{micros[:digits]:0<{digits}}" if digits else "") + (match[4] or "")

    return change


_NONCES: tuple[tuple[str, Callable[[UsernameToken], bytes]], ...] = (
    (
        "Decoded the nonce from Base64 twice; decode it once",
        lambda token: b64decode(token.nonce, validate=True),
    ),
    (
        "Hashed the hex text of the nonce; hash its raw bytes",
        lambda token: token.nonce.hex().encode(),
    ),
    (
        "Hashed the upper-case hex text of the nonce; hash its raw bytes",
        lambda token: token.nonce.hex().upper().encode(),
    ),
    (
        "Sent the nonce in hex; send the Base64 of the bytes that were hashed",
        lambda token: bytes.fromhex(token.nonce_text),
    ),
    (
        "Sent the Base64 of the hex text of the nonce; send the Base64 of the hashed bytes",
        lambda token: bytes.fromhex(token.nonce.decode()),
    ),
    (
        "Hashed the nonce after reading its bytes as UTF-8 text; keep them bytes",
        lambda token: token.nonce.decode("utf-8", "replace").encode(),
    ),
    (
        "Hashed the nonce as Latin-1 text encoded as UTF-8; keep its bytes",
        lambda token: token.nonce.decode("latin-1").encode(),
    ),
)


def _prehash(hash_name: str, password: str) -> bytes:
    return hashlib.new(hash_name, utf8(password)).digest()


_PASSWORDS: tuple[tuple[str, Callable[[str], bytes]], ...] = (
    ("A line feed after the secret was hashed with it", lambda p: utf8(p + "\n")),
    ("A line end (CR LF) after the secret was hashed with it", lambda p: utf8(p + "\r\n")),
    ("A space after the secret was hashed with it", lambda p: utf8(p + " ")),
    ("A space before the secret was hashed with it", lambda p: utf8(" " + p)),
    ("Spaces around the secret were hashed with it", lambda p: utf8(f" {p} ")),
    ("A tab after the secret was hashed with it", lambda p: utf8(p + "\t")),
    ("A NUL after the secret was hashed with it", lambda p: utf8(p + "\0")),
    ("Whitespace that belongs to the secret was stripped", lambda p: utf8(p.strip())),
    ("Quotes around the secret were hashed with it", lambda p: utf8(f'"{p}"')),
    ("Single quotes around the secret were hashed with it", lambda p: utf8(f"'{p}'")),
    ("Hashed the secret in lower case", lambda p: utf8(p.lower())),
    ("Hashed the secret in upper case", lambda p: utf8(p.upper())),
    ("Hashed the Base64 of the secret; hash its text", lambda p: b64encode(utf8(p))),
    ("Decoded the secret from Base64; hash its text", lambda p: b64decode(p, validate=True)),
    ("Decoded the secret from hex; hash its text", bytes.fromhex),
    ("Hashed the URL-encoded secret; hash its text", lambda p: quote(p, safe="").encode()),
    ("Hashed the secret as Latin-1; encode it as UTF-8", lambda p: p.encode("latin-1")),
    ("Hashed the raw SHA-256 of the secret; hash its text", lambda p: _prehash("sha256", p)),
    (
        "Hashed the hex SHA-256 of the secret; hash its text",
        lambda p: _prehash("sha256", p).hex().encode(),
    ),
    ("Hashed the raw SHA-1 of the secret; hash its text", lambda p: _prehash("sha1", p)),
    (
        "Hashed the hex SHA-1 of the secret; hash its text",
        lambda p: _prehash("sha1", p).hex().encode(),
    ),
    (
        "Hashed the hex MD5 of the secret; hash its text",
        lambda p: _prehash("md5", p).hex().encode(),
    ),
)

_CREATED: tuple[tuple[str, Callable[[datetime], str]], ...] = (
    ("in UTC with Z", lambda at: _utc(at).isoformat(timespec="seconds") + "Z"),
    (
        "in UTC with milliseconds and Z",
        lambda at: _utc(at).isoformat(timespec="milliseconds") + "Z",
    ),
    ("in UTC with +00:00", lambda at: _utc(at).isoformat(timespec="seconds") + "+00:00"),
    (
        "in UTC with microseconds and +00:00",
        lambda at: _utc(at).isoformat(timespec="microseconds") + "+00:00",
    ),
    ("in UTC without a zone", lambda at: _utc(at).isoformat(timespec="seconds")),
    ("without a fraction of a second", lambda at: at.isoformat(timespec="seconds")),
    ("with milliseconds", lambda at: at.isoformat(timespec="milliseconds")),
    ("with microseconds", lambda at: at.isoformat(timespec="microseconds")),
    ("without a zone", lambda at: at.replace(tzinfo=None).isoformat(timespec="seconds")),
    (
        "with milliseconds and no zone",
        lambda at: at.replace(tzinfo=None).isoformat(timespec="milliseconds"),
    ),
    ("with a space for the T", lambda at: at.isoformat(" ", "seconds")),
    (
        "with a space for the T and no zone",
        lambda at: at.replace(tzinfo=None).isoformat(" ", "seconds"),
    ),
    ("with an offset without its colon", lambda at: _no_colon(at.isoformat(timespec="seconds"))),
    ("without seconds", lambda at: at.isoformat(timespec="minutes")),
    (
        "without seconds, the offset without its colon",
        lambda at: _no_colon(at.isoformat(timespec="minutes")),
    ),
    ("as Unix seconds", lambda at: str(int(at.timestamp()))),
    ("as Unix milliseconds", lambda at: str(int(at.timestamp() * 1000))),
)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _no_colon(text: str) -> str:
    return text[:-3] + text[-2:]


_MATERIALS: tuple[tuple[str, Material], ...] = (
    (
        "Hashed the text of the nonce that was sent; hash raw bytes and send their Base64",
        _join("nonce text", "created", "password"),
    ),
    *((hint, _with_nonce(change)) for hint, change in _NONCES),
    ("Left the nonce out of the hash", _join("created", "password")),
    ("Left created out of the hash", _join("nonce", "password")),
    ("Left the secret out of the hash", _join("nonce", "created")),
    ("Left nonce and created out of the hash", _join("password")),
    *(
        (f"Hashed {' + '.join(order)}; the order is {' + '.join(_ORDER)}", _join(*order))
        for order in permutations(_ORDER)
        if order != _ORDER
    ),
    *(
        (
            f"Hashed {' + '.join(order)}; the order is {' + '.join(_ORDER)}, the nonce raw bytes",
            _join(*order),
        )
        for order in permutations(("nonce text", *_ORDER[1:]))
        if order != ("nonce text", *_ORDER[1:])
    ),
    *(
        ("Hashed the username too; it is no part of the digest", _join(*_insert))
        for _insert in (
            ("username", *_ORDER),
            ("nonce", "username", "created", "password"),
            ("nonce", "created", "username", "password"),
            (*_ORDER, "username"),
        )
    ),
    ("Hashed the username in place of the secret", _join("nonce", "created", "username")),
    *(
        (f"Put {by.decode()!r} between the parts; nothing belongs there", _join(*_ORDER, by=by))
        for by in (b":", b"|", b"+", b".", b",", b"-", b" ", b"\n")
    ),
    *((hint, _with_password(change)) for hint, change in _PASSWORDS),
    *(
        (f"Hashed created {name}, sent it otherwise; hash the text sent", _with_created(respell))
        for name, respell in _CREATED
    ),
    *(
        (
            "Took the time twice, to hash and to send; take it once",
            _with_created_text(_moved(delta)),
        )
        for delta in (
            *(timedelta(seconds=seconds) for seconds in (-1, 1, -2, 2)),
            *(timedelta(milliseconds=millis) for millis in (-1, 1, -2, 2, -3, 3)),
        )
    ),
    (
        "Hashed created with its JSON quotes; hash the text alone",
        _with_created_text(lambda text: f'"{text}"'),
    ),
    (
        "The + in created became a space on the way",
        _with_created_text(lambda text: text.replace(" ", "+")),
    ),
    (
        "Hashed UTF-16 text; encode it as UTF-8",
        lambda token, password: token.nonce + (token.created + password).encode("utf-16-le"),
    ),
)


def _right(token: UsernameToken, password: str, hash_name: str) -> bytes:
    return hashlib.new(hash_name, preimage(token.nonce, token.created, password)).digest()


def _hashed(material: Material) -> Formula:
    def formula(token: UsernameToken, password: str, hash_name: str) -> bytes:
        wrong = material(token, password)
        if wrong == preimage(token.nonce, token.created, password):
            raise ValueError  # such as stripping what has no whitespace: no mistake at all
        return hashlib.new(hash_name, wrong).digest()

    return formula


def _keyed(material: Material) -> Formula:
    return lambda token, password, hash_name: hmac.digest(
        utf8(password), material(token, password), hash_name
    )


_FORMULAS: tuple[tuple[str, Formula], ...] = (
    ("", _right),
    *((hint, _hashed(material)) for hint, material in _MATERIALS),
    *(
        ("Computed an HMAC keyed by the secret; hash nonce + created + password", _keyed(material))
        for material in (_join("nonce", "created"), _join("nonce text", "created"), _join(*_ORDER))
    ),
    (
        "Hashed the digest once more; hash once",
        lambda token, password, name: hashlib.new(name, _right(token, password, name)).digest(),
    ),
)

_HASHES = (
    ("", "sha256"),
    ("", "sha1"),
    *(
        (f"Hashed with {title}; use SHA-256", name)
        for title, name in (
            ("MD5", "md5"),
            ("SHA-512", "sha512"),
            ("SHA-384", "sha384"),
            ("SHA-224", "sha224"),
            ("SHA3-256", "sha3_256"),
        )
    ),
)

# Hex comes first: it is what most languages give unless asked for raw bytes, so it is also
# looked for together with another mistake.
_HEX_SPELLINGS: tuple[tuple[str, Spelling], ...] = (
    ("Sent the digest in hex; send the Base64 of its raw bytes", bytes.hex),
    (
        "Sent the Base64 of the hex digest; send the Base64 of its raw bytes",
        lambda digest: to_base64(digest.hex().encode()),
    ),
)
_SPELLINGS: tuple[tuple[str, Spelling], ...] = (
    *_HEX_SPELLINGS,
    (
        "Sent the digest in upper-case hex; send the Base64 of its raw bytes",
        lambda digest: digest.hex().upper(),
    ),
    (
        "Sent the Base64 of the upper-case hex digest; send the Base64 of its raw bytes",
        lambda digest: to_base64(digest.hex().upper().encode()),
    ),
    (
        "Sent the digest as Base64url; use the standard alphabet, with + and /",
        lambda digest: urlsafe_b64encode(digest).decode(),
    ),
    (
        "Sent the digest as Base64url without padding; use standard Base64",
        lambda digest: urlsafe_b64encode(digest).decode().rstrip("="),
    ),
    (
        "Sent the digest without its padding; keep the =",
        lambda digest: to_base64(digest).rstrip("="),
    ),
    (
        "Sent the Base64 of the Base64 of the digest; encode it once",
        lambda digest: to_base64(b64encode(digest)),
    ),
    ("A line feed follows the digest; strip it", lambda digest: to_base64(digest) + "\n"),
    ("A line end (CR LF) follows the digest; strip it", lambda digest: to_base64(digest) + "\r\n"),
    ("The digest is URL-encoded; send it plain", lambda digest: quote(to_base64(digest), safe="")),
    (
        "The + in the digest became a space on the way",
        lambda digest: to_base64(digest).replace("+", " "),
    ),
)

_INSTEAD: tuple[tuple[str, Recipe], ...] = (
    ("Sent the secret itself; send the digest made with it", lambda _, password: password),
    (
        "Sent the Base64 of the secret; send the digest made with it",
        lambda _, password: to_base64(utf8(password)),
    ),
    (
        "Sent the hex text of the secret; send the digest made with it",
        lambda _, password: utf8(password).hex(),
    ),
    (
        "Sent the nonce in place of the digest",
        lambda token, _: token.nonce_text or to_base64(token.nonce),
    ),
    ("Sent the time in place of the digest", lambda token, _: token.created),
    ("Sent the username in place of the digest", lambda token, _: token.username),
)


def _recipe(formula: Formula, hash_name: str, spell: Spelling) -> Recipe:
    def recipe(token: UsernameToken, password: str) -> str:
        try:
            digest = formula(token, password, hash_name)
        except (ValueError, OverflowError):
            return ""
        text = spell(digest)
        # Base64url without - and _, for one, is standard Base64 and no mistake.
        return "" if spell is not to_base64 and text == to_base64(digest) else text

    return recipe


def _length(spell: Spelling, hash_name: str) -> int:
    """Return how long every digest is in this spelling, or 0 where that varies."""
    size = hashlib.new(hash_name).digest_size
    one, other = len(spell(bytes(size))), len(spell(b"\xff" * size))
    return one if one == other else 0


def _rows() -> tuple[tuple[str, Recipe, int], ...]:
    """Return hint, recipe and length of what it gives: single mistakes, then likely pairs."""
    singles: list[tuple[str, Recipe, int]] = [(hint, recipe, 0) for hint, recipe in _INSTEAD]
    pairs: list[tuple[str, Recipe, int]] = []
    right, wrong = _FORMULAS[:1], _FORMULAS[1:]
    usual, unusual = _HASHES[:2], _HASHES[2:]
    plain: tuple[tuple[str, Spelling], ...] = (("", to_base64),)
    for formulas, hashes, spellings in (
        (wrong, usual, plain),
        (right, unusual, plain),
        (right, usual, _SPELLINGS),
        (right, unusual, _HEX_SPELLINGS),
        (wrong, usual, _HEX_SPELLINGS),
    ):
        for (spelling_hint, spell), (hash_hint, hash_name) in product(spellings, hashes):
            length = _length(spell, hash_name)
            for formula_hint, formula in formulas:
                hints = [hint for hint in (hash_hint, formula_hint, spelling_hint) if hint]
                row = (". ".join(hints), _recipe(formula, hash_name, spell), length)
                (singles if len(hints) == 1 else pairs).append(row)
    return (*singles, *pairs)


_ROWS = _rows()

MISTAKES: tuple[tuple[str, Recipe], ...] = tuple((hint, recipe) for hint, recipe, _ in _ROWS)
"""Hints, each with the wrong recipe it names.

A recipe takes the token and the password and returns what a client that makes the mistake
sends as digest, or "" where the mistake makes no difference. It is never a right digest.
"""

_RECOGNISABLE_BYTES = 4096


def recognise(token: UsernameToken, password: str) -> str:
    """Return the hint of the mistake that gives the digest of a refused token, or ""."""
    received = token.password_digest
    # Some five hundred hashes of something huge would be a way to keep the server busy.
    if not received or len(token.nonce) + len(token.created) > _RECOGNISABLE_BYTES:
        return ""
    for hint, recipe, length in _ROWS:
        if length in (0, len(received)) and recipe(token, password) == received:
            return hint
    return ""


def digest_hint(
    token: UsernameToken, password: str, digest: bytes | None, *, well_formed: bool
) -> str:
    """Return what to say of a wrong digest: the mistake, or else what can be seen of it.

    Args:
        token: What was refused.
        password: The right secret.
        digest: What the received text decodes to, if it does.
        well_formed: Whether that is as long as a digest.
    """
    if hint := recognise(token, password):
        return hint
    if well_formed:
        return (
            "No known mistake gives this digest: most likely the secret is another one, or "
            "the nonce or created that was hashed is not the one that was sent"
        )
    return f"{len(digest)} bytes" if digest else base64_fault(token.password_digest)
