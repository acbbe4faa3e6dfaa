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
a body is in `MISTAKES`, so that the hint names what a client copied from one of them does.

Values are not escaped, so `{"a": "1&b=2"}` and `{"a": "1", "b": "2"}` have one signature: a
weakness of the scheme, kept because production has it.
"""

from emulator.schemes.sorted_digest.body import parse
from emulator.schemes.sorted_digest.failures import (
    MALFORMED,
    MISMATCH,
    MISSING,
    NESTED,
    NOT_AN_OBJECT,
    NOT_JSON,
    REPEATED,
    UPPER_CASE,
)
from emulator.schemes.sorted_digest.make import (
    Number,
    Value,
    canonical,
    join,
    plain,
    sha256,
    signature,
    text_of,
)
from emulator.schemes.sorted_digest.verify import verify

__all__ = [
    "MALFORMED",
    "MISMATCH",
    "MISSING",
    "NESTED",
    "NOT_AN_OBJECT",
    "NOT_JSON",
    "REPEATED",
    "UPPER_CASE",
    "Number",
    "Value",
    "canonical",
    "join",
    "parse",
    "plain",
    "sha256",
    "signature",
    "text_of",
    "verify",
]
