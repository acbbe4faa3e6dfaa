"""When an access token begins and ends: what it says, and what is true."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a token begins and ends: what it says, and what is true.

    Attributes:
        issued: `iat`, in whole seconds since the epoch.
        expiry: `exp`.
        not_before: `nbf`; None to leave it out.
        seconds: How long it says it lives, for `expires_in`.
        ends: When it ends in truth; None if `expiry` is true.
    """

    issued: int
    expiry: int
    not_before: int | None
    seconds: int
    ends: float | None


def lifetime(
    at: float,
    own: float,
    *,
    lives: float | None = None,
    says: float | None = None,
    begins: float | None = None,
) -> Lifetime:
    """Work out the times of a token.

    Args:
        at: When it is issued, in seconds since the epoch.
        own: Seconds a token lives when nothing else is asked for.
        lives: Seconds this one lives.
        says: Seconds it says that it lives; the truth if None.
        begins: Seconds from `at` until it is valid, `iat` included; at once if None.
    """
    true = own if lives is None else lives
    said = true if says is None else says
    # Upwards: what is not yet valid must not be valid early.
    issued = int(at) if begins is None else math.ceil(at + begins)
    start = at if begins is None else max(at, at + begins)
    first = int(at) if begins is None else max(issued, int(at))
    expiry = first + int(said) if said == int(said) else math.ceil(start + said)
    honest = said == true == int(true)
    return Lifetime(
        issued,
        expiry,
        None if begins is None else issued,
        math.ceil(said),
        None if honest else start + true,
    )
