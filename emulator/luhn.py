"""The check digit of card numbers (ISO/IEC 7812-1, annex B)."""

from __future__ import annotations


def passes(number: str) -> bool:
    """Tell whether the last of the ASCII digits checks the others; zeros alone pass too."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0
