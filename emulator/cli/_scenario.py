"""Which scenario is meant: a path, the name of a shipped one, or the YAML itself."""

from __future__ import annotations

from pathlib import Path

from emulator.errors import ConfigurationError


def text_of(option: str) -> tuple[str, str]:
    """Return what messages call the scenario, and its text.

    Args:
        option: A path, the name of a shipped scenario, or YAML or JSON text, which a service
            container can take from its environment without any file.

    Raises:
        ConfigurationError: If there is no such scenario, or it cannot be read.
    """
    if "\n" in option or option.lstrip().startswith("{"):
        return "scenario", option
    from emulator.scenario.loader import resolve

    path = Path(option)
    if not path.exists():
        path = resolve(option)
    try:
        return str(path), path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
