"""What the claims of a token must be: their types, and the times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from emulator.core.errors import (
    FailureMode,
    SchemeError,
)
from emulator.schemes.bearer.failures import CLAIMS, EXPIRED, NOT_YET_VALID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CUT = "exp says otherwise, but a scenario had the token end at "

Ends = Callable[[Mapping[str, Any]], float | None]
"""Tells when a token ends in truth, in seconds since the epoch; None where `exp` is true."""


def check_time(claims: dict[str, Any], now: datetime, ends: Ends | None) -> None:
    """Demand claims of the right types, and a token that is valid now.

    Raises:
        SchemeError: `bearer.claims`, `bearer.not-yet-valid`, `bearer.expired`.
    """
    _check_types(claims)
    seconds = (now - _EPOCH).total_seconds()
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > seconds:
            refuse(NOT_YET_VALID, name, expected=f"at most {seconds:.0f}", received=claims[name])
    end = None if ends is None else ends(claims)
    if (claims["exp"] if end is None else end) <= seconds:
        refuse(
            EXPIRED,
            "exp",
            expected=f"more than {seconds:.0f}",
            received=claims["exp"],
            hint="" if end is None else f"{_CUT}{end:.0f}",
        )


def _check_types(claims: dict[str, Any]) -> None:
    if "exp" not in claims:
        refuse(CLAIMS, "exp", expected="a number of seconds", received="none")
    for name, value in claims.items():
        expected, fits = _TYPES.get(name, _ANY)
        if not fits(value):
            refuse(CLAIMS, name, expected=expected, received=repr(value))


def _is_number(value: object) -> bool:
    # JSON's true is an int to Python, and its parser takes NaN and Infinity.
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return _is_text(value) or (
        isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))
    )


_Type = tuple[str, Callable[[object], bool]]
_NUMBER: _Type = ("a number of seconds", _is_number)
_TEXT: _Type = ("a string", _is_text)
_ANY: _Type = ("anything", lambda _: True)
_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("exp", "nbf", "iat"), _NUMBER),
    **dict.fromkeys(("iss", "sub", "jti"), _TEXT),
    "aud": ("a string or strings", _are_texts),
}


def audiences(claims: dict[str, Any]) -> list[Any]:
    """Return what `aud` contains."""
    audience: object = claims.get("aud", [])
    return cast("list[Any]", audience) if isinstance(audience, list) else [audience]


def refuse(
    mode: FailureMode,
    where: str,
    *,
    expected: object,
    received: object,
    hint: str | Callable[[], str] = "",
) -> NoReturn:
    """Raise the error for a token that failed in this mode."""
    raise SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))
