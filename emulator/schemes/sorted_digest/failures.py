"""How a sorted digest can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import FailureMode
from emulator.schemes.sources import PROVIDER, PROVIDER_CHOSEN

NOT_JSON = FailureMode("sorted-digest.not-json", "The body is not valid UTF-8 JSON", PROVIDER)
NOT_AN_OBJECT = FailureMode(
    "sorted-digest.not-an-object", "The body is not a JSON object", PROVIDER
)
NESTED = FailureMode(
    "sorted-digest.nested",
    "A member is an object or an array, for which the signature is not defined",
    PROVIDER_CHOSEN,
)
REPEATED = FailureMode(
    "sorted-digest.repeated-member",
    "A member is in the body more than once",
    PROVIDER_CHOSEN,
)
MISSING = FailureMode("sorted-digest.missing", "The request carries no signature", PROVIDER)
MALFORMED = FailureMode(
    "sorted-digest.malformed", "The signature is not a SHA-256 digest in hex", PROVIDER
)
UPPER_CASE = FailureMode(
    "sorted-digest.upper-case", "The digest is right, but its letters are not lower case", PROVIDER
)
MISMATCH = FailureMode("sorted-digest.mismatch", "The signature does not match the body", PROVIDER)
