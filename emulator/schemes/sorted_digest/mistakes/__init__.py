"""Which mistake made a sorted digest wrong; asked only after it was refused."""

from emulator.schemes.sorted_digest.mistakes.diagnose import (
    RefusedSignature,
    explain,
    explain_unreadable,
    malformed_hint,
    masked,
    mismatch_hint,
    upper_case_hint,
)

__all__ = [
    "RefusedSignature",
    "explain",
    "explain_unreadable",
    "malformed_hint",
    "masked",
    "mismatch_hint",
    "upper_case_hint",
]
