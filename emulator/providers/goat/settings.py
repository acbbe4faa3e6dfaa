"""What the section `[goat]` of the configuration file may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emulator.core.errors import ConfigurationError

AUDIENCE = "https://api.goat.ar/v1/oauth/token"
_TEN_YEARS = 315_576_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Goat's settings.

    Attributes:
        audience: What `aud` of an assertion must be.
        accept_emulator_audience: Take the emulator's own address of the token endpoint for
            `aud` too.
        key_aliases: Take other fingerprints than the registered keyId for `kid`, with a warning.
        skew_seconds: How far ahead the client's clock may be.
        assertion_seconds: From `iat` to `exp`, at most; `skew_seconds` is granted on top.
        access_token_seconds: How long an access token lives.
        unknown_members: What to do about members of the body that no schema knows.
        whoami_scope: Scopes that whoami wants, with spaces between; empty for none.

    Raises:
        ConfigurationError: A number of seconds is out of range.
    """

    audience: str = AUDIENCE
    accept_emulator_audience: bool = False
    key_aliases: bool = True
    skew_seconds: int = 60
    assertion_seconds: int = 3600
    access_token_seconds: int = 3600
    unknown_members: Literal["refuse", "ignore"] = "refuse"
    whoami_scope: str = ""

    def __post_init__(self) -> None:
        for name, least in (
            ("skew_seconds", 0),
            ("assertion_seconds", 1),
            ("access_token_seconds", 1),
        ):
            if not least <= getattr(self, name) <= _TEN_YEARS:
                raise ConfigurationError(f"goat.{name}: expected {least} to {_TEN_YEARS}")
