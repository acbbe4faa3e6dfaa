"""Reads files that a user names: only regular files, up to a size.

A pipe makes us wait for its writer, a device can be endless, and opening one can have side
effects. So the kind of file is checked before it is opened, and again after.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from emulator.core.errors import ConfigurationError

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of a file of keys or of the configuration."""
MOST_SCENARIO_BYTES = 1024 * 1024
"""Most bytes of a scenario file that are read; the loader accepts fewer, and says so."""

_TOO_LARGE = "it is larger than {} KiB"
_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class ReadError(ConfigurationError):
    """A file cannot be read.

    Attributes:
        reason: Why not.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.reason = reason


class MissingError(ReadError):
    """There is no such file."""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file, without waiting for another program to write it.

    Args:
        path: The file; a link is followed.
        most: How many bytes it may have.

    Raises:
        MissingError: If there is no such file.
        ReadError: If it is no regular file, is too large, or cannot be read.
    """
    try:
        _check(path, os.stat(path), most)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | _NOT_WAITING)
        with open(descriptor, "rb") as file:
            _check(path, os.fstat(descriptor), most)
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingError(path, error.strerror or str(error)) from error
    except OSError as error:
        raise ReadError(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise ReadError(path, str(error)) from error
    if len(content) > most:  # it has grown since, or its size is not known
        raise ReadError(path, _TOO_LARGE.format(most // 1024))
    return content


def _check(path: Path, status: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "something else")
        raise ReadError(path, f"it is {kind}; name a file")
    if status.st_size > most:
        raise ReadError(path, _TOO_LARGE.format(most // 1024))
