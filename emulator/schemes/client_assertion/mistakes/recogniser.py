"""What tells that a mistake was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from emulator.schemes.client_assertion.assertion import Assertion

Recogniser: TypeAlias = Callable[[Assertion], bool]
"""Tells whether a mistake was made."""
