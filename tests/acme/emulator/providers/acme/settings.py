"""What the section `[acme]` of the configuration file may set."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Settings:
    """Acme's settings.

    Attributes:
        window_seconds: How far the timestamp of a request may be off.

    Raises:
        ConfigurationError: The window is negative.
    """

    window_seconds: int = 300

    def __post_init__(self) -> None:
        if self.window_seconds < 0:
            raise ConfigurationError("acme.window_seconds: expected 0 or more")
