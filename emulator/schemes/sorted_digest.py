"""SHA-256 over the sorted parameters and a key: a vendor scheme, without a standard.

The rule, for a flat JSON object::

    canonical = "k=v&k=v…"     members that have a value, sorted by name
    signature = lower-case hex of SHA-256(canonical + key)

The provider's page speaks of "SHA256 as HMAC hash function", but it is NOT an HMAC: neither
its formula nor any of its four samples uses RFC 2104. The key is appended, nothing between.

What the page leaves open is how a value becomes text, and there the four samples disagree: on
`"0"`, 0, booleans, null, floats and a trailing `&`. Here a value is the text that the body has
for it: a string is itself, a number its lexeme (`1.50` and `1e3` stay so), a boolean `true` or
`false`; null and `""` have no value. Of the four only the Java sample, over a
`Map<String, String>`, keeps to the written rule for every string. What the other three make of
a body is in `MISTAKES`, so that a client copied from one of them is told what it did.

Values are not escaped, so `{"a": "1&b=2"}` and `{"a": "1", "b": "2"}` have one signature: a
weakness of the scheme, kept because production has it (`AMBIGUITY`).
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from emulator.core import json_text
from emulator.core.errors import Behaviour, FailureMode, SchemeError, Source, Standing
from emulator.schemes.encoding import utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PAGE = Source("Pagsmile Payout documentation", "Security")
SAMPLES = PAGE.but(Standing.INFERRED, "Security, the four signing samples, run and compared")

LITERAL = Behaviour(
    "A value is signed as the text that the body has for it; null and the empty string are left "
    "out. This is the Java sample; the others differ for 0, booleans, null and floats",
    SAMPLES,
)
ORDER = Behaviour(
    "Names are sorted by code point, which is also the order of their UTF-8 bytes; Java's UTF-16 "
    "order differs only for names with characters beyond U+FFFF",
    SAMPLES.but(Standing.CHOSEN),
)
DUPLICATES = Behaviour(
    "A body with two members of the same name is refused: which of them counts is up to the "
    "parser, so what was signed and what is done could differ",
    SAMPLES.but(Standing.CHOSEN),
)
AMBIGUITY = Behaviour(
    "Values are not escaped, so two different bodies can have the same signature: "
    '{"a": "1&b=2"} and {"a": "1", "b": "2"}',
    SAMPLES,
)

NOT_JSON = FailureMode("sorted-digest.not-json", "The body is not valid UTF-8 JSON", PAGE)
NOT_AN_OBJECT = FailureMode("sorted-digest.not-an-object", "The body is not a JSON object", PAGE)
NESTED = FailureMode(
    "sorted-digest.nested",
    "A member is an object or an array, for which the signature is not defined",
    SAMPLES.but(Standing.CHOSEN),
)
REPEATED = FailureMode(
    "sorted-digest.repeated-member",
    "A member is in the body more than once",
    SAMPLES.but(Standing.CHOSEN),
)
MISSING = FailureMode("sorted-digest.missing", "The request carries no signature", PAGE)
MALFORMED = FailureMode(
    "sorted-digest.malformed", "The signature is not a SHA-256 digest in hex", PAGE
)
UPPER_CASE = FailureMode(
    "sorted-digest.upper-case", "The digest is right, but its letters are not lower case", PAGE
)
MISMATCH = FailureMode("sorted-digest.mismatch", "The signature does not match the body", PAGE)

_HEX = re.compile(r"[0-9a-fA-F]{64}")


class Number(str):
    """A JSON number as it was written: `Number("1.50")` is not `Number("1.5")`.

    A lexeme never goes through `int` or `float`, so it keeps its zeros, and ten thousand
    digits are harmless.
    """

    __slots__ = ()

    @property
    def decimal(self) -> Decimal:
        """The value; beyond the range of a double, infinite or zero.

        The bound keeps `1e999999999` from becoming an integer of that many digits later on.
        """
        double = float(self)
        return Decimal(double) if double == 0 or math.isinf(double) else Decimal(self)


Value: TypeAlias = str | Number | bool | None


# --- the body ----------------------------------------------------------------------------


def parse(body: bytes) -> dict[str, Value]:
    """Read a flat JSON object, in body order, keeping numbers as written.

    Raises:
        SchemeError: `sorted-digest.not-json`, `sorted-digest.repeated-member`,
            `sorted-digest.not-an-object`, or `sorted-digest.nested`, whose `where` is the name
            of the member (for the others it is `body`). What is nested too deep for the parser
            is `nested` even where it would turn out not to be JSON further in.
    """
    return _parse(body)


def plain(params: Mapping[str, Value]) -> dict[str, str | Decimal | bool | None]:
    """Return ordinary values: a `Number` becomes its `Number.decimal`, the rest stays."""
    return {
        name: value.decimal if isinstance(value, Number) else value
        for name, value in params.items()
    }


def _parse(body: bytes, keys: Callable[[], Iterable[str]] = tuple) -> dict[str, Value]:
    """Be `parse`; `keys` returns secrets that the refusal must not show."""
    try:
        members = json_text.read_object(body, Number)
    except json_text.TooDeep as error:
        outline = _outline(body.decode())
        if not isinstance(outline, dict):
            raise _unreadable(body, json_text.NotAnObject(outline), keys()) from error
        members = outline
    except ValueError as error:
        raise _unreadable(body, error, keys()) from error
    for name, value in members.items():
        if isinstance(value, dict | list):
            raise SchemeError(
                NESTED.diagnose(
                    name,
                    expected="a string, a number, true, false or null",
                    received=json_text.kind(cast("object", value)),
                    hint="Send a flat object: for a nested value the samples sign {x=1}, Array, "
                    "map[x:1] and {'x': 1}, so there is no signature that all agree on",
                )
            )
    return members


def _unreadable(body: bytes, error: ValueError, keys: Iterable[str]) -> SchemeError:
    from emulator.schemes.mistakes import sorted_digest as mistakes

    fault = mistakes.explain_unreadable(body, error, keys)
    mode, expected = NOT_JSON, "UTF-8 JSON"
    if isinstance(error, json_text.NotAnObject):
        mode, expected = NOT_AN_OBJECT, "an object"
    elif isinstance(error, json_text.RepeatedMember):
        mode, expected = REPEATED, "each member once"
    return SchemeError(
        mode.diagnose("body", expected=expected, received=fault.received, hint=fault.hint)
    )


_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


def _outline(text: str) -> dict[str, Any] | list[Any]:
    """Return the outside of what is nested too deep for the parser, without recursion."""
    name, inside = "", False
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" if not inside:
                inside = True
            case "{":
                return {name: {}}
            case "[":
                return {name: []} if inside else []
            case _:
                name = token[1] or ""
    return []


# --- the rule ----------------------------------------------------------------------------


def canonical(params: Mapping[str, Value]) -> str:
    """Return `k=v&k=v…`: the members that have a value, sorted by name; the key is not in it."""
    return join((name, text_of(params[name])) for name in sorted(params))


def signature(params: Mapping[str, Value] | str, key: str) -> str:
    """Return 64 lower-case hex digits.

    Args:
        params: Parameters, or their canonical string.
        key: The app key, appended as it is.
    """
    text = params if isinstance(params, str) else canonical(params)
    return sha256(text, key)


def verify(
    body: bytes,
    signature: str | None,
    key: str,
    *,
    app_id: str = "",
    path: str = "",
    others: Callable[[], Mapping[str, str]] = dict,
) -> dict[str, Value]:
    """Return the parameters of a body whose signature is right.

    The body is read before the signature is looked at: what cannot be read cannot have been
    signed by the rule, and "line 3: a comma after the last member" helps more than "does not
    match". Only a request without any signature is refused unread, as one that does not try.

    Args:
        body: As received.
        signature: The whole header value; None if there was none.
        key: The app key. With an empty key nothing is accepted.
        app_id: Used for diagnosis only.
        path: Where the request was sent; used for diagnosis only.
        others: Returns what a client can mistake for the key, a description such as "the payin
            security key" to the text; asked only after a refusal, for the diagnosis.

    Raises:
        SchemeError: `sorted-digest.missing`; the codes of `parse`; `sorted-digest.malformed`;
            `sorted-digest.upper-case`; `sorted-digest.mismatch`. But for those of `parse`,
            `where` is `signature`.
    """
    if not signature:
        raise SchemeError(
            MISSING.diagnose("signature", hint="Hash the sorted parameters and the app key")
        )
    params = _parse(body, lambda: (key, *others().values()))
    expected = sha256(canonical(params), key)
    # `expected` is lower-case hex, so what equals it is no other spelling of it.
    if key and signature.isascii() and hmac.compare_digest(expected, signature):
        return params
    from emulator.schemes.mistakes import sorted_digest as mistakes

    attempt = mistakes.Attempt(body, params, key, app_id, others(), path)
    if not _HEX.fullmatch(signature):
        mode, wanted, hint = MALFORMED, "64 lower-case hex digits", mistakes.malformed_hint
    elif key and hmac.compare_digest(expected, signature.lower()):
        mode, wanted, hint = UPPER_CASE, expected, mistakes.upper_case_hint
    else:
        mode, wanted, hint = MISMATCH, expected, mistakes.mismatch_hint
    raise SchemeError(
        mode.diagnose(
            "signature",
            expected=wanted,
            received=mistakes.masked(attempt, signature),
            hint=lambda: hint(attempt, signature),
        )
    )


def text_of(value: Value) -> str:
    """Return the text that is signed for `value`; empty where it has no value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""


def join(pairs: Iterable[tuple[str, str]]) -> str:
    """Return `k=v&k=v…`, in the order given, without the pairs whose text is empty."""
    return "&".join(f"{name}={text}" for name, text in pairs if text)


def sha256(*parts: str | bytes) -> str:
    """Return the lower-case hex SHA-256 of the parts, one after the other; text as UTF-8."""
    data = b"".join([part if isinstance(part, bytes) else utf8(part) for part in parts])
    return hashlib.sha256(data).hexdigest()
