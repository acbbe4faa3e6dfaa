"""Gives free memory back to the system, if the C library can do that."""

from __future__ import annotations

from contextlib import suppress

WORTH_IT = 8 * 2**20
"""Below so many bytes it is not worth the time."""


def give_back() -> None:
    """Give free memory back. It takes milliseconds; other threads continue."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
