"""Writes files: each is complete or does not exist, and no existing file is lost.

A new file never replaces another one, not even a link. Only the owner can read keys, from the
first byte on.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from emulator.core.errors import ConfigurationError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_LONGEST_READY_FILE = 4096


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can read; an existing one stays as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def create(path: Path, content: bytes | str, *, secret: bool) -> None:
    """Write a new file.

    Args:
        path: Where no file is yet.
        content: Text is written in UTF-8.
        secret: Whether only its owner may read it.

    Raises:
        OSError: If a file is there, or it cannot be written; then nothing is written.
    """
    raw = content.encode() if isinstance(content, str) else content
    with os.fdopen(os.open(path, _NEW, 0o600 if secret else 0o644), "wb") as file:
        try:
            file.write(raw)
            file.flush()
        except OSError:
            path.unlink()
            raise


@contextmanager
def new_folder(path: Path) -> Generator[Path]:
    """Fill a folder that is new or empty: at the end it is complete, or unchanged.

    Yields:
        The folder to put the files into.

    Raises:
        FileExistsError: If it is no folder, or something is in it.
        OSError: If it cannot be made.
    """
    made = not path.exists()
    private_folder(path)
    if any(path.iterdir()):
        raise FileExistsError(f"{path} is not empty; name a new directory")
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=path))
    try:
        yield partial
        for each in partial.iterdir():
            each.rename(path / each.name)
        made = False
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if made:
            with suppress(OSError):
                path.rmdir()


class ReadyFile:
    """The file with the address of a server, while the server answers.

    Args:
        path: No file yet, an empty file, or the file of an earlier server. Nothing else is
            changed: no device, pipe, folder or link, and no file with other content.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine: tuple[int, int, int] | None = None

    def prepare(self) -> None:
        """Delete the file of an earlier server; a program that waits for this one must not read it.

        Raises:
            ConfigurationError: If something else is there, or no file can be made.
        """
        try:
            if self._is_there():
                self._path.unlink()
            elif not self._path.parent.is_dir():
                raise ConfigurationError(f"cannot write {self._path}: there is no such folder")
        except OSError as error:
            raise self._cannot(error) from error

    def write(self, text: str) -> None:
        """Write the file; no reader ever sees half of it.

        Raises:
            ConfigurationError: If it cannot be written.
        """
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        try:
            self._is_there()
            partial.unlink(missing_ok=True)
            create(partial, text, secret=False)
            self._mine = _identity(partial)
            partial.replace(self._path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise self._cannot(error) from error

    def remove(self) -> None:
        """Delete the file, if it is still the one that was written."""
        with suppress(OSError):
            if self._mine is not None and _identity(self._path) == self._mine:
                self._path.unlink()

    def _is_there(self) -> bool:
        """Tell whether there is a file that can be deleted.

        Raises:
            ConfigurationError: If there is one that must not be deleted.
        """
        try:
            mode = self._path.lstat().st_mode
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(mode):
            raise ConfigurationError(f"{self._path} is {_kind(mode)}: name a file for --ready-file")
        with self._path.open("rb") as file:
            content = file.read(_LONGEST_READY_FILE)
        if not all(line.startswith((b"http://", b"https://")) for line in content.splitlines()):
            raise ConfigurationError(
                f"{self._path} holds something else than a server's URL: name another file for "
                "--ready-file, or delete this one"
            )
        return True

    def _cannot(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"cannot write {self._path}: {error.strerror}")


def _identity(path: Path) -> tuple[int, int, int]:
    its = path.lstat()
    return its.st_dev, its.st_ino, its.st_mtime_ns


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISLNK(mode):
        return "a link, and may lead anywhere"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
