"""Check the signature of a body."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from emulator.core.errors import SchemeError
from emulator.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
from emulator.schemes.sorted_digest.body import parse_keeping
from emulator.schemes.sorted_digest.failures import MALFORMED, MISMATCH, MISSING, UPPER_CASE
from emulator.schemes.sorted_digest.make import Value, canonical, sha256

_HEX = re.compile(r"[0-9a-fA-F]{64}")


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
            MISSING.diagnose(
                "signature", hint=Message("Hash the sorted parameters and the app key")
            )
        )
    params = parse_keeping(body, lambda: (key, *others().values()))
    expected = sha256(canonical(params), key)
    # `expected` is lower-case hex, so what equals it is no other spelling of it.
    if key and signature.isascii() and hmac.compare_digest(expected, signature):
        return params
    from emulator.schemes.sorted_digest import mistakes

    refused = mistakes.RefusedSignature(body, params, key, app_id, others(), path)
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
            received=mistakes.masked(refused, signature),
            hint=lambda: hint(refused, signature),
        )
    )
