"""The key files of a provider, and the names that stand for keys and credentials."""

from __future__ import annotations

from pathlib import Path

from emulator.core.configuration import read_text
from emulator.core.errors import ConfigurationError

CURRENT = "current"
"""The name of the right key, where a scenario names one."""

CREDENTIALS = "credentials"
"""Name of every provider's table of registered merchants."""


class KeyFiles:
    """The key files of one provider, read when first asked for.

    Args:
        directory: Such as `keys/<provider>`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return the contents of a file, such as `provider.key.pem`.

        Raises:
            ConfigurationError: If it is missing or not text.
        """
        if name not in self._read:
            path = self.directory / name
            try:
                self._read[name] = read_text(path)
            except ConfigurationError as error:
                raise ConfigurationError(f"key file {error}") from error
        return self._read[name]
