"""How a sorted digest can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import Behaviour, FailureMode, Source, Standing

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
