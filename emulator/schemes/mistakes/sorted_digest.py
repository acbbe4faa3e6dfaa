"""Which mistake made a signature wrong; asked only after `sorted_digest` has refused it.

What the signing samples of the documentation make of a body is here too (`DIALECTS`), so that
a client copied from one of them is told what it did.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, cmp_to_key, partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus

from emulator import json_faults
from emulator.errors import shorten
from emulator.schemes.encoding import utf8
from emulator.schemes.sorted_digest import (
    Number,
    Value,
    join,
    sha256,
    signature,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

LONGEST_RECOGNISED = 64 * 1024
"""Bytes of body up to which mistakes are looked for: a refusal must stay cheap."""

MOST_RECOGNISED = 256
"""Members up to which mistakes are looked for."""

MOST_TRIED_ALONE = 64
"""Members up to which each is changed alone: that work grows with their square."""

MASK = "(the secret itself, masked)"


# --- what must not be shown --------------------------------------------------------------


_BASIC = re.compile(r"^(\s*basic\s+).+", re.IGNORECASE | re.DOTALL)


def _secrets(*keys: str) -> list[str]:
    forms = (
        form
        for key in keys
        for form in (key, key.strip(), b64encode(utf8(key)).decode(), utf8(key).hex())
    )
    return sorted({form for form in forms if form}, key=len, reverse=True)


def _mask(text: str, secrets: Sequence[str]) -> str:
    """Return `text` with every secret in it masked, in whatever letter case."""
    if not secrets:
        return text
    return re.sub("|".join(map(re.escape, secrets)), lambda _: MASK, text, flags=re.IGNORECASE)


def masked(attempt: Attempt, received: str) -> str:
    """Return a refused signature, with every secret in it masked."""
    return _mask(_BASIC.sub(r"\1(credentials, masked)", received), attempt.secrets)


# --- a body that cannot be read -----------------------------------------------------------


def explain_unreadable(body: bytes, error: ValueError, keys: Iterable[str]) -> json_faults.Fault:
    """Return what stands where reading stopped, and which slip it looks like."""
    secrets = _secrets(*keys)
    return json_faults.explain(body, error, lambda piece: _mask(piece, secrets))


# --- a signature that is wrong -----------------------------------------------------------


class Guess(NamedTuple):
    """What a wrong recipe would have sent, and what to add to its hint."""

    signature: str
    detail: Callable[[], str] = str


@dataclass(frozen=True)
class Attempt:
    """A refused request: all that a wrong recipe may look at."""

    body: bytes
    params: Mapping[str, Value]
    key: str
    app_id: str = ""
    other_keys: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def too_long(self) -> bool:
        """Whether looking for the mistake would cost too much."""
        return len(self.body) > LONGEST_RECOGNISED or len(self.params) > MOST_RECOGNISED

    @cached_property
    def secrets(self) -> list[str]:
        """What must not be shown, in the forms in which it could be sent."""
        return _secrets(self.key, *self.other_keys.values())

    @cached_property
    def texts(self) -> dict[str, str]:
        """Members that have a value, as text, in body order."""
        return {name: text for name, value in self.params.items() if (text := text_of(value))}

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The same, sorted."""
        return sorted(self.texts.items())

    @cached_property
    def canonical(self) -> str:
        """The text that is to be signed."""
        return join(self.pairs)

    @cached_property
    def documents(self) -> tuple[bytes, ...]:
        """The body as received, and as common JSON libraries write it."""
        return (self.body, *dict.fromkeys(_json_forms(self.params)))

    def sign(self, text: str | bytes) -> str:
        """Hash `text` with the key appended, as the rule does."""
        return sha256(text, self.key)


Recipe: TypeAlias = "Callable[[Attempt], Iterable[Guess]]"


def _recognise(attempt: Attempt, received: str) -> str:
    """Name the first mistake that reproduces `received`."""
    if attempt.too_long or not attempt.key:
        return ""
    lowered = received.lower()
    for hint, recipe in MISTAKES:
        for guess in recipe(attempt):
            if guess.signature in (received, lowered):
                # Masked before it is cut: half a secret would not be recognised.
                detail = shorten(_mask(guess.detail(), attempt.secrets), 300)
                case = "" if guess.signature == received else "; and write hex in lower case"
                return f"{hint}: {detail}{case}" if detail else f"{hint}{case}"
    return ""


def _no_hint(attempt: Attempt) -> str:
    if attempt.too_long:
        return "The body is too long to look for the mistake; try a shorter one"
    return (
        "No known mistake gives this. Before the key is appended, the text to hash is: "
        + shorten(_mask(attempt.canonical, attempt.secrets), 300)
    )


def _secret_hint(attempt: Attempt, received: str) -> str:
    if not attempt.key:
        return "There is no key for this app, so no signature can match"
    if received.strip().casefold() in map(str.casefold, attempt.secrets):
        return "The secret itself was sent; send the SHA-256 of the sorted parameters and the key"
    return ""


def mismatch_hint(attempt: Attempt, received: str) -> str:
    """Return what to say of 64 hex digits that are wrong."""
    return _secret_hint(attempt, received) or _recognise(attempt, received) or _no_hint(attempt)


def upper_case_hint(_attempt: Attempt, _received: str) -> str:
    """Return what to say of the right digits in upper case."""
    return "Write the hex digits in lower case"


_PREFIX = re.compile(
    r"\s*(bearer|token|signature|digest|hmac[-_ ]?sha-?256|sha-?256)\s*[ :=]\s*(?=\S)",
    re.IGNORECASE,
)

# Matched against what is not 64 hex digits, where no recipe gave it.
SHAPES: tuple[tuple[str, str], ...] = (
    ("HTTP Basic credentials; this header takes the bare signature", r"(?is)basic\s.*"),
    ("The signature of the sister API, t=…,v2=…; this one takes a bare digest", r"t=\d+,\s*v\d=.*"),
    ("A JSON Web Token; this header takes the bare digest", r"eyJ[\w-]*\.[\w-]*\.[\w-]*"),
    ("The text to sign was sent; send its SHA-256", r"(?s)[^=&]+=.*&.*"),
    ("32 hex digits, as of MD5; use SHA-256", r"[0-9a-fA-F]{32}"),
    ("40 hex digits, as of SHA-1; use SHA-256", r"[0-9a-fA-F]{40}"),
    ("96 hex digits, as of SHA-384; use SHA-256", r"[0-9a-fA-F]{96}"),
    ("128 hex digits, as of SHA-512; use SHA-256", r"[0-9a-fA-F]{128}"),
    ("Base64 of a SHA-256 digest; write it in hex", r"[\w+/-]{43}=?"),
    ("Base64 of hex digits; send the hex digits", r"[\w+/-]{86}(==)?"),
    ("Hex digits without their leading zeros, or cut", r"[0-9a-fA-F]{56,63}"),
    (
        "Hex digits with separators, or with 0x; send 64 digits",
        r"(0x)?([0-9a-fA-F]{2}[ :-]?){31}[0-9a-fA-F]{2}",
    ),
    ("White space around the signature", r"(?s)\s.*|.*\s"),
    ("Quotes around the signature", r"[\"'].*[\"']"),
)


def malformed_hint(attempt: Attempt, received: str) -> str:
    """Return what to say of a signature that is not 64 hex digits."""
    prefix = _PREFIX.match(received)
    bare = received[prefix.end() :] if prefix else received
    if prefix and bare == attempt.sign(attempt.canonical):
        return f"Drop the prefix {prefix[1]}; the digest after it is right"
    known = (
        _secret_hint(attempt, bare)
        or _recognise(attempt, bare)
        or next((hint for hint, shape in SHAPES if re.fullmatch(shape, bare)), "")
    )
    return f"Drop the prefix {prefix[1]}. {known}".rstrip() if prefix else known


# How languages write numbers. Each writer takes a lexeme.


class _Floats(NamedTuple):
    """How one language writes a double.

    Attributes:
        low: Decimal exponents from here on are written out, `0.0001`.
        high: Those from here on get an exponent, `1e+06`.
        exponent: Format of the exponent.
        tail: What a mantissa without a fraction ends with.
        precision: Significant digits; 0 means as few as tell the double from others.
        whole: What a number without a fraction ends with, where no exponent is written.
    """

    low: int
    high: int
    exponent: str
    tail: str = ""
    precision: int = 0
    whole: str = ""

    def __call__(self, lexeme: str) -> str:
        double = float(lexeme)
        if math.isinf(double):
            return lexeme
        written = Decimal(f"{double:.{self.precision - 1}e}" if self.precision else repr(double))
        sign = "-" if written.is_signed() else ""
        digits = "".join(map(str, written.as_tuple().digits)).rstrip("0") or "0"
        exponent = written.adjusted() if written else 0
        if not self.low <= exponent < self.high:
            fraction = f".{digits[1:]}" if digits[1:] else self.tail
            return f"{sign}{digits[0]}{fraction}{self.exponent.format(exponent)}"
        digits = "0" * -exponent + digits
        point = max(exponent, 0) + 1
        fraction = f".{digits[point:]}" if digits[point:] else self.whole
        return f"{sign}{digits[:point].ljust(point, '0')}{fraction}"


_go = _Floats(-4, 6, "e{:+03d}")
_java_double = _Floats(-3, 7, "E{}", tail=".0", whole=".0")
_javascript = _Floats(-6, 21, "e{:+d}")
_PHP_FLOATS = {
    14: _Floats(-4, 14, "E{:+d}", tail=".0", precision=14),
    17: _Floats(-4, 17, "E{:+d}", tail=".0", precision=17),
    -1: _Floats(-4, 17, "E{:+d}", tail=".0"),
}


def _whole(lexeme: str) -> bool:
    return lexeme.lstrip("-").isdigit()


def _php(precision: int, lexeme: str) -> str:
    """Write as PHP does under the setting `precision`; -1 is the shortest text."""
    if _whole(lexeme) and len(lexeme) <= 20 and -(2**63) <= int(lexeme) < 2**63:
        return str(int(lexeme))
    return _PHP_FLOATS[precision](lexeme)


def _java(lexeme: str) -> str:
    """Write as `String.valueOf` of an Integer, Long, BigInteger or Double."""
    return lexeme if _whole(lexeme) else _java_double(lexeme)


def _python(lexeme: str) -> str:
    return lexeme if _whole(lexeme) else repr(float(lexeme))


def _decimal(lexeme: str) -> Decimal | None:
    """Return an exact value of a size that a person would write."""
    if len(lexeme) > 64 or math.isinf(float(lexeme)):
        return None
    value = Number(lexeme).decimal
    return value if -64 < value.adjusted() < 64 else None


def _python_decimal(lexeme: str) -> str:
    value = None if _whole(lexeme) else _decimal(lexeme)
    return lexeme if value is None else str(value)


def _trimmed(lexeme: str) -> str:
    value = _decimal(lexeme)
    if value is None:
        return lexeme
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _formatted(pattern: str, lexeme: str) -> str:
    value = _decimal(lexeme)
    return lexeme if value is None else format(value, pattern)


def _cents(lexeme: str) -> str:
    value = _decimal(lexeme)
    return lexeme if value is None else _trimmed(f"{value * 100:f}")


def _comma(lexeme: str) -> str:
    return _formatted(".2f", lexeme).replace(".", ",")


FORMATS: tuple[Callable[[str], str], ...] = (
    _trimmed,
    partial(_formatted, ".2f"),
    partial(_formatted, ".1f"),
    partial(_formatted, ".0f"),
    partial(_formatted, ".4f"),
    partial(_formatted, ",.2f"),
    _comma,
    _cents,
    _python,
    _python_decimal,
    _java,
    _javascript,
    _go,
    partial(_php, 14),
    partial(_php, 17),
    partial(_php, -1),
)

_NUMERIC = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)


# What each language signs for a value: "" where the member is left out.


def _php_text(precision: int, value: Value) -> str:
    match value:
        case Number():
            return _php(precision, value) if float(value) else ""
        case str():
            return "" if value == "0" else value
        case _:
            return "1" if value else ""


def _python_text(number: Callable[[str], str], true: str, value: Value) -> str:
    match value:
        case Number():
            return number(value) if float(value) else ""
        case str():
            return value
        case _:
            return true if value else ""


def _go_text(number: Callable[[str], str], value: Value) -> str:
    match value:
        case Number():
            return number(value)
        case None:
            return "<nil>"
        case _:
            return text_of(value)


def _number_text(number: Callable[[str], str], value: Value) -> str:
    return number(value) if isinstance(value, Number) else text_of(value)


def _php_order(names: Iterable[str]) -> list[str]:
    """Sort as `ksort` does: two names that look like numbers are compared as numbers."""
    keys = {name: float(name) if _NUMERIC.fullmatch(name) else None for name in names}
    if all(key is None for key in keys.values()):
        return sorted(keys)

    def compare(a: str, b: str) -> int:
        x, y = keys[a], keys[b]
        if x is None or y is None or x == y:
            return (a > b) - (a < b)
        return 1 if x > y else -1

    return sorted(sorted(keys), key=cmp_to_key(compare))


class Dialect(NamedTuple):
    """What the sample of one language makes of parameters that came from JSON."""

    name: str
    habit: str
    text: Callable[[Value], str]
    order: Callable[[Iterable[str]], list[str]] = sorted
    strips: bool = False

    def canonical(self, params: Mapping[str, Value]) -> str:
        """Return what it hashes before the key."""
        text = join((name, self.text(params[name])) for name in self.order(params))
        return text.rstrip("&") if self.strips else text

    def guesses(self, attempt: Attempt) -> Iterator[Guess]:
        """Be a recipe."""
        text = self.canonical(attempt.params)
        yield Guess(attempt.sign(text), lambda: self._detail(attempt.params, text))

    def _detail(self, params: Mapping[str, Value], signed: str) -> str:
        changes = [
            _difference(name, self.text(value), value)
            for name, value in params.items()
            if self.text(value) != text_of(value)
        ]
        alike = [each.name for each in DIALECTS if each.canonical(params) == signed]
        return "; ".join(
            [*changes[:3], *(f"so does {name}" for name in alike if name != self.name)]
        )


def _difference(name: str, signed: str, value: Value) -> str:
    sent = text_of(value) or json.dumps(value)
    how = f"signed as `{signed}`" if signed else "left out"
    return f"`{name}` {how}, the body says `{sent}`"


DIALECTS: tuple[Dialect, ...] = (
    *(
        Dialect(
            f"PHP with precision={precision}",
            'empty() leaves out "0", 0 and false, true becomes 1, floats are rounded, and ksort '
            "takes numeric names as numbers. Sign the text that the JSON has",
            partial(_php_text, precision),
            _php_order,
        )
        for precision in _PHP_FLOATS
    ),
    *(
        Dialect(
            name,
            "`if value` leaves out 0 and false, str(True) is True, and floats lose their zeros. "
            "Sign the text that the JSON has",
            partial(_python_text, number, "True"),
            strips=True,
        )
        for name, number in (("Python", _python), ("Python with Decimal", _python_decimal))
    ),
    Dialect(
        "Go with float64",
        "%v writes 1e+06 for 1000000, and <nil> for null. Decode with UseNumber, "
        "and leave null out",
        partial(_go_text, _go),
        strips=True,
    ),
    Dialect(
        "Go with UseNumber",
        "%v writes <nil> for null. Leave null out",
        partial(_go_text, str),
        strips=True,
    ),
    Dialect(
        "Go with decimal",
        "String() drops the zeros at the end, and null becomes <nil>. "
        "Sign the text that the JSON has",
        partial(_go_text, _trimmed),
        strips=True,
    ),
    Dialect(
        "Java with String.valueOf",
        "10.00 becomes 10.0, and 10000000 becomes 1.0E7. Read the body into a Map<String, String>",
        partial(_number_text, _java),
    ),
    Dialect(
        "JavaScript",
        "String(number) drops the zeros at the end. Sign the text that the JSON has",
        partial(_number_text, _javascript),
    ),
    Dialect(
        "JavaScript with truthiness",
        "a filter by truthiness leaves out 0 and false. They are values; sign them",
        partial(_python_text, _javascript, "true"),
    ),
)


# Recipes. Those below make the text to hash before the key; `_signing` hashes it.


def _signing(texts: Callable[[Attempt], Iterable[str | bytes]]) -> Recipe:
    return lambda attempt: (Guess(attempt.sign(text)) for text in texts(attempt))


def _sending(signatures: Callable[[Attempt], Iterable[str]]) -> Recipe:
    return lambda attempt: map(Guess, signatures(attempt))


def _reformatted(attempt: Attempt) -> Iterator[str]:
    """Write another way: numbers with a fraction, all numbers, strings that hold a number."""
    numbers = {name for name, value in attempt.params.items() if isinstance(value, Number)}
    fractions = {name for name in numbers if "." in attempt.texts[name]}
    strings = {name for name, text in attempt.pairs if _NUMERIC.fullmatch(text)} - numbers
    for write, names in product(FORMATS, (fractions, numbers, strings)):
        if names:
            yield join((n, write(text) if n in names else text) for n, text in attempt.pairs)


def _with_blanks(attempt: Attempt) -> Iterator[str]:
    if len(attempt.texts) == len(attempt.params):
        return
    nulls = ("", "null", "None", "undefined", "nil", "NULL", None)
    for null, keep_empty in product(nulls, (True, False)):
        yield "&".join(
            f"{name}={null if value is None else text_of(value)}"
            for name, value in sorted(attempt.params.items(), key=lambda pair: pair[0])
            if (null is not None if value is None else value != "" or keep_empty)
        )


# What the Unicode collation puts before digits, in its order.
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


def _collated(pair: tuple[str, str]) -> tuple[list[tuple[int, str]], str]:
    weights = [
        (_PUNCTUATION.find(c), "") if c in _PUNCTUATION else (99, c) for c in pair[0].lower()
    ]
    return weights, pair[0].swapcase()


def _misordered(attempt: Attempt) -> Iterator[str]:
    pairs = attempt.pairs
    yield join(attempt.texts.items())
    yield join(reversed(pairs))
    yield join(sorted(attempt.texts.items(), key=lambda pair: pair[0].lower()))
    yield join(sorted(pairs, key=lambda pair: pair[0].lower()))
    yield join(sorted(pairs, key=_collated))
    yield join(sorted(pairs, key=lambda pair: pair[1]))
    yield join(sorted(pairs, key=lambda pair: len(pair[0])))
    yield "&".join(sorted(f"{name}={text}" for name, text in pairs))
    yield join(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))
    yield join((name, attempt.texts[name]) for name in _php_order(attempt.texts))


def _otherwise_joined(attempt: Attempt) -> Iterator[str]:
    for equals, joiner in (("=", ""), ("", ""), ("", "&"), ("=", ","), (":", ","), ("=", "|")):
        yield joiner.join(f"{name}{equals}{text}" for name, text in attempt.pairs)
    for joiner in ("", "&", ",", "|"):
        yield joiner.join(text for _, text in attempt.pairs)
    yield f"?{attempt.canonical}"


def _json_forms(params: Mapping[str, Value]) -> Iterator[bytes]:
    def write(value: Value, ascii_only: bool) -> str:
        if isinstance(value, Number):
            return value
        return json.dumps(value, ensure_ascii=ascii_only)

    orders = (list(params), sorted(params))
    separators = ((",", ":"), (", ", ": "))
    for names, (comma, colon), ascii_only in product(orders, separators, (False, True)):
        text = comma.join(
            f"{json.dumps(name, ensure_ascii=ascii_only)}{colon}{write(params[name], ascii_only)}"
            for name in names
        )
        yield f"{{{text}}}".encode()
        yield f"{{{text}}}".replace("/", "\\/").encode()


def _hmacs(messages: Callable[[Attempt], Iterable[str | bytes]]) -> Recipe:
    def signatures(attempt: Attempt) -> Iterator[str]:
        key = utf8(attempt.key)
        for message in messages(attempt):
            raw = message if isinstance(message, bytes) else utf8(message)
            yield hmac.digest(key, raw, "sha256").hex()
            yield b64encode(hmac.digest(key, raw, "sha256")).decode()
            yield hmac.digest(raw, key, "sha256").hex()

    return _sending(signatures)


def _keys_joined(attempt: Attempt) -> Iterator[str]:
    names = ("key", "app_key", "appKey", "app_secret", "secret", "secretKey", "merchantKey", "sign")
    texts = [attempt.canonical, *_with_blanks(attempt)]
    for text in texts:
        for joiner in ("&", "=", "+", ",", ":", "|", " ", "\n", *(f"&{n}=" for n in names)):
            yield sha256(f"{text}{joiner}{attempt.key}")
    # The key as one more member, sorted in.
    for name in names:
        yield sha256(join(sorted([*attempt.pairs, (name, attempt.key)])))


def _key_first(attempt: Attempt) -> Iterator[str]:
    for joiner in ("", "&", "=", ":", "\n"):
        yield sha256(f"{attempt.key}{joiner}{attempt.canonical}")
        yield sha256(f"{attempt.key}{joiner}{attempt.canonical}{joiner}{attempt.key}")


_HASHES = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha224": "SHA-224",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha3_256": "SHA3-256",
}


def _other_hashes(attempt: Attempt) -> Iterator[Guess]:
    texts = [attempt.canonical, *_with_blanks(attempt)]
    ends = (attempt.key, f"&{attempt.key}", f"&key={attempt.key}")
    for (name, title), text, end in product(_HASHES.items(), texts, ends):
        digest = hashlib.new(name, utf8(text + end), usedforsecurity=False).digest()
        yield Guess(digest.hex(), title.strip)
        yield Guess(b64encode(digest).decode(), title.strip)
    for name, title in _HASHES.items():
        digest = hmac.digest(utf8(attempt.key), utf8(attempt.canonical), name)
        yield Guess(digest.hex(), f"HMAC with {title}".strip)


def _twice(attempt: Attempt) -> Iterator[str]:
    digest = attempt.sign(attempt.canonical)
    yield sha256(digest)
    yield sha256(digest.upper())
    yield sha256(bytes.fromhex(digest))
    yield attempt.sign(sha256(attempt.canonical))


def _base64(attempt: Attempt) -> Iterator[str]:
    digest = attempt.sign(attempt.canonical)
    raw = bytes.fromhex(digest)
    for encode, data in product((b64encode, urlsafe_b64encode), (raw, digest.encode())):
        text = encode(data).decode()
        yield text
        yield text.rstrip("=")


def _url_encoded(attempt: Attempt) -> Iterator[str]:
    encoders: tuple[Callable[[str], str], ...] = (
        quote_plus,
        partial(quote, safe=""),
        partial(quote, safe="/"),
        partial(quote, safe="!'()*-._~"),
        partial(quote, safe=":/?&=#+,;@%!'()*-._~$"),
        partial(quote_plus, safe="*"),
    )
    with_empty = sorted((n, text_of(v)) for n, v in attempt.params.items() if v is not None)
    for encode in encoders:
        for pairs in (attempt.pairs, with_empty):
            yield "&".join(f"{encode(name)}={encode(text)}" for name, text in pairs)
        yield encode(attempt.canonical)


def _escaped(attempt: Attempt) -> Iterator[str]:
    def escape(text: str, ascii_only: bool, slashes: bool) -> str:
        inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        return inner.replace("/", "\\/") if slashes else inner

    for ascii_only, slashes, quoted in product((True, False), (True, False), ("", '"')):
        yield join(
            (
                name,
                escape(text, ascii_only, slashes)
                if not isinstance(value := attempt.params[name], str) or isinstance(value, Number)
                else f"{quoted}{escape(text, ascii_only, slashes)}{quoted}",
            )
            for name, text in attempt.pairs
        )


def _encoded(attempt: Attempt) -> Iterator[str]:
    text = attempt.canonical + attempt.key
    for codec, errors in product(("latin-1", "cp1252", "ascii"), ("replace", "ignore")):
        yield sha256(text.encode(codec, errors))
    yield sha256(text.encode("utf-16-le", "surrogatepass"))
    yield sha256(utf8(text).decode("latin-1"))
    yield sha256(unicodedata.normalize("NFC", text))
    yield sha256(unicodedata.normalize("NFD", text))


def _with_app_id(attempt: Attempt) -> Iterator[str]:
    if not attempt.app_id:
        return
    for name in ("AppId", "appId", "app_id", "appid", "MerchantId", "merchantId", "merchant_id"):
        yield join(sorted({**attempt.texts, name: attempt.app_id}.items()))
    yield attempt.app_id + attempt.canonical
    yield attempt.canonical + attempt.app_id
    yield f"{attempt.canonical}&{attempt.app_id}"


def _other_secret(attempt: Attempt) -> Iterator[Guess]:
    for description, key in attempt.other_keys.items():
        yield Guess(signature(attempt.canonical, key), lambda d=description: d)


def _stray(attempt: Attempt) -> Iterator[str]:
    key = attempt.key
    strays = ("\n", "\r\n", " ", "\t", "\ufeff", "\0")
    for other in (
        key.strip(),
        key.strip('"'),
        *(key + stray for stray in strays),
        *(stray + key for stray in strays),
        f'"{key}"',
        f"'{key}'",
        key.lower(),
        key.upper(),
    ):
        yield signature(attempt.canonical, other)


def _one_changed(changes: Callable[[str], Iterable[str]]) -> Recipe:
    """Change the text of each member alone."""

    def guesses(attempt: Attempt) -> Iterator[Guess]:
        pairs = attempt.pairs
        if len(pairs) > MOST_TRIED_ALONE:
            return
        for index, (name, text) in enumerate(pairs):
            for other in dict.fromkeys(changes(text)):
                if other != text:
                    changed = join([*pairs[:index], (name, other), *pairs[index + 1 :]])
                    yield Guess(attempt.sign(changed), partial(_difference, name, other, text))

    return guesses


def _numbers(text: str) -> Iterable[str]:
    return (write(text) for write in FORMATS) if _NUMERIC.fullmatch(text) else ()


MISTAKES: tuple[tuple[str, Recipe], ...] = (
    (
        "The & at the end of the last value was lost, as by Go's TrimRight and Python's rstrip; "
        "remove only the one that joins",
        _signing(lambda a: [a.canonical.rstrip("&")]),
    ),
    *((f"{dialect.name}: {dialect.habit}", dialect.guesses) for dialect in DIALECTS),
    (
        "Members without a value were signed, as phone=& or with the word null, None or "
        "undefined; leave them out",
        _signing(_with_blanks),
    ),
    (
        "Numbers were signed in another form than they were sent; sign the text that the JSON has",
        _signing(_reformatted),
    ),
    (
        "The timestamp was left out; it is a parameter and is signed",
        _signing(lambda a: [join(pair for pair in a.pairs if pair[0] != "timestamp")]),
    ),
    (
        "The parameters were not sorted, or by another order (as sent, without regard to case, "
        "by locale, by value); sort the names by their bytes",
        _signing(_misordered),
    ),
    (
        "HMAC-SHA256 of the sorted parameters; in spite of the page's wording it is a plain "
        "SHA-256 of sorted parameters + key",
        _hmacs(lambda a: [a.canonical, a.canonical + a.key, *_with_blanks(a)]),
    ),
    (
        "HMAC-SHA256 of the JSON body; it is a plain SHA-256 of sorted parameters + key",
        _hmacs(lambda a: a.documents),
    ),
    (
        "The JSON body was hashed; hash the sorted parameters as k=v&k=v",
        _sending(
            lambda a: (
                digest for d in a.documents for digest in (a.sign(d), sha256(d), sha256(a.key, d))
            )
        ),
    ),
    (
        "Something stands between the parameters and the key, such as & or &key=; append the key "
        "directly",
        _sending(_keys_joined),
    ),
    ("The key was put first, or at both ends; append it", _sending(_key_first)),
    ("The key was not appended", _sending(lambda a: [sha256(a.canonical)])),
    ("The key alone was hashed; the parameters were empty when signed", _signing(lambda _: [""])),
    ("Hashed with another function than SHA-256", _other_hashes),
    ("Hashed twice; once is enough", _sending(_twice)),
    ("The digest was sent in Base64; write it in lower-case hex", _sending(_base64)),
    (
        "Values were URL-encoded, as by http_build_query or urlencode; sign them as they are",
        _signing(_url_encoded),
    ),
    (
        r"Values were signed with their JSON quotes or escapes, such as \u00e7 or \/; sign the "
        "text that they stand for",
        _signing(_escaped),
    ),
    (
        "The text was hashed in another encoding (Latin-1, UTF-16) or Unicode form; hash the "
        "UTF-8 that was sent",
        _sending(_encoded),
    ),
    ("The app id was signed too; sign the body's members only", _signing(_with_app_id)),
    (
        "The app id was used as the key; use the app key",
        _sending(lambda a: [signature(a.canonical, a.app_id)] if a.app_id else []),
    ),
    ("Signed with another secret", _other_secret),
    (
        "The key has a stray blank, line break or quote, or another letter case; use it exactly",
        _sending(_stray),
    ),
    (
        "Name and value were joined otherwise; write k=v, joined by &",
        _signing(_otherwise_joined),
    ),
    (
        "All values were trimmed before signing; sign them as sent",
        _signing(lambda a: [join((n, t.strip()) for n, t in a.pairs), a.canonical.strip()]),
    ),
    (
        "A signature without one member matches; sign every member that has a value",
        _one_changed(lambda _: [""]),
    ),
    (
        "A signature with one value trimmed matches; sign and send the same text",
        _one_changed(lambda t: [t.strip(), " ".join(t.split())]),
    ),
    (
        "A signature with one number in another form matches; sign and send the same text",
        _one_changed(_numbers),
    ),
    (
        "A signature with one value in another letter case matches; sign and send the same text",
        _one_changed(lambda t: [t.lower(), t.upper(), t.title()]),
    ),
    (
        "The last character was cut off although no & followed it; cut off only the joining &",
        _signing(lambda a: [a.canonical[:-1]] if len(a.canonical) > 1 else []),
    ),
)
