"""Read the header `Authorization`."""

from __future__ import annotations

import re

from emulator.core.errors import (
    SchemeError,
)
from emulator.schemes.bearer.failures import MALFORMED, MISSING, SCHEME
from emulator.schemes.bearer.make import PLACEHOLDERS

# ASCII, because ignoring case would else take U+017F for an s and U+212A for a k.
_HEADER = re.compile(r"bearer ([a-z0-9\-._~+/]+=*)", re.ASCII | re.IGNORECASE)


def read(authorization: str | None) -> str:
    """Return the token an `Authorization` header carries.

    Args:
        authorization: The header's value; None where there is no such header.

    Returns:
        The token68, as it came.

    Raises:
        SchemeError: `bearer.missing`, `bearer.scheme`, `bearer.malformed`.

    Source:
        RFC 6750, section 2.1; RFC 9110, section 11.1: the scheme's case does not matter.
    """
    if not authorization:
        raise SchemeError(MISSING.diagnose("authorization", expected="Bearer and a token"))
    match = _HEADER.fullmatch(authorization)
    if match and match[1].lower() not in PLACEHOLDERS:
        return match[1]
    from emulator.schemes.bearer import mistakes

    scheme = authorization.partition(" ")[0]
    raise SchemeError(
        (MALFORMED if scheme.lower() == "bearer" else SCHEME).diagnose(
            "authorization",
            expected="Bearer, one space, one token",
            received=mistakes.outline(authorization),
            hint=lambda: mistakes.recognise(mistakes.HEADER_MISTAKES, authorization, b""),
        )
    )
