"""Memory that is free again goes back to the system, where the C library can be told to."""

from __future__ import annotations

from contextlib import suppress

WORTH_IT = 8 * 2**20
"""Bytes below which it is not worth the time: what comes next needs them again."""


def give_back() -> None:
    """Give free memory back; takes milliseconds, in which other threads go on."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
