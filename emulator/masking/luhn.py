"""The check digit of card numbers (ISO/IEC 7812-1, annex B)."""

from __future__ import annotations

_PLAIN = bytes(sign - 48 if 48 <= sign <= 57 else 0 for sign in range(256))
_DOUBLED = bytes(sum(divmod(2 * digit, 10)) for digit in _PLAIN)


def passes(number: str) -> bool:
    """Tell whether the last of the ASCII digits checks the others; zeros alone pass too."""
    raw = number.encode("ascii")[::-1]
    return (sum(raw[::2].translate(_PLAIN)) + sum(raw[1::2].translate(_DOUBLED))) % 10 == 0
