"""Standard output and standard error that never block the server.

If a program starts the server with a pipe for its output and does not read the pipe, the pipe
becomes full, and the next write blocks. So a thread writes the lines, from a queue of limited
size. Lines that do not fit are dropped, and a line with their number is written instead.
"""

from __future__ import annotations

import io
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TextIO

MOST_BYTES = 4 * 1024 * 1024
"""Most bytes in the queue."""
_PATIENCE_SECONDS = 0.3
"""How long the program waits at its end if the reader reads nothing."""
_LAST_SECONDS = 5.0
"""How long it waits at its end if the reader reads slowly."""


class Writer:
    """Writes lines to a file in its own thread.

    Args:
        fd: The file.
        left_out: Returns the line to write instead of so many dropped lines.
        most_bytes: Size of the queue.
    """

    def __init__(
        self, fd: int, left_out: Callable[[int], str], most_bytes: int = MOST_BYTES
    ) -> None:
        self._fd = fd
        self._left_out = left_out
        self._most_bytes = most_bytes
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0
        self._written = 0
        self._is_writing = False
        self._gone = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="console", daemon=True)
        self._thread.start()

    def put(self, lines: bytes) -> None:
        """Take whole lines. Never waits for the file."""
        with self._changed:
            if self._gone:
                return
            if self._size and self._size + len(lines) > self._most_bytes:
                self._dropped += lines.count(b"\n")
                return
            self._note_dropped()
            self._waiting.append(lines)
            self._size += len(lines)
            self._changed.notify_all()

    def finish(self) -> None:
        """Wait until all is written, or until the reader has stopped reading."""
        with self._changed:
            end = time.monotonic() + _LAST_SECONDS
            while not self._is_done and time.monotonic() < end:
                if not self._has_moved():
                    return

    def _has_moved(self) -> bool:
        """Wait until more is written, or nothing is left; tell whether that happened."""
        before = self._written
        return self._changed.wait_for(
            lambda: self._is_done or self._written > before, _PATIENCE_SECONDS
        )

    @property
    def _is_done(self) -> bool:
        return self._gone or not (self._waiting or self._is_writing or self._dropped)

    def _note_dropped(self) -> None:
        """Put the number of dropped lines in their place."""
        if self._dropped:
            note = self._left_out(self._dropped).encode()
            self._waiting.append(note)
            self._size += len(note)
            self._dropped = 0

    def _work(self) -> None:
        while not self._gone:
            with self._changed:
                self._is_writing = False
                if not self._waiting:
                    self._note_dropped()
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                lines = self._waiting.popleft()
                self._is_writing = True
            try:
                self._write(lines)
            except OSError:  # the reader is gone; the server goes on
                self._give_up()

    def _write(self, lines: bytes) -> None:
        rest = memoryview(lines)
        while rest:
            try:
                count = os.write(self._fd, rest[:65536])
            except BlockingIOError:  # the pipe was made non-blocking
                select.select([], [self._fd], [], 1)
                continue
            rest = rest[count:]
            with self._changed:
                self._size -= count
                self._written += count
                self._changed.notify_all()

    def _give_up(self) -> None:
        with self._changed:
            self._gone = True
            self._waiting.clear()
            self._size = self._dropped = 0
            self._changed.notify_all()


class Unblocked(io.TextIOBase):
    """A text stream whose lines a `Writer` writes.

    Args:
        stream: The stream that it replaces.
        writer: Writes to the same file.
    """

    def __init__(self, stream: TextIO, writer: Writer) -> None:
        super().__init__()
        self._stream = stream
        self._writer = writer
        self._begun = ""
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - read only
        """The encoding of the stream."""
        return self._stream.encoding

    @property
    def errors(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - read only
        """How characters are written that cannot be encoded."""
        return "backslashreplace"

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the file."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take text; an incomplete line waits for its end."""
        with self._lock:
            whole, end, self._begun = (self._begun + text).rpartition("\n")
            if end:
                self._writer.put(self._encoded(whole + end))
        return len(text)

    def finish(self) -> None:
        """Write what is left."""
        if self._begun:
            self.write("\n")
        self._writer.finish()

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.encoding, self.errors)


@contextmanager
def unblocked_output(left_out: Callable[[int], str]) -> Generator[None]:
    """Replace standard output and standard error with such streams.

    Args:
        left_out: Returns the line, with its end, to write instead of so many dropped lines.
    """
    before = sys.stdout, sys.stderr
    files = [_file_of(stream) for stream in before]
    if None in files:
        yield
        return
    out, err = files
    assert out is not None
    assert err is not None
    for stream in before:
        stream.flush()
    first = Writer(out, left_out)
    second = first if os.path.sameopenfile(out, err) else Writer(err, _left_out_plainly)
    streams = Unblocked(before[0], first), Unblocked(before[1], second)
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in streams:
            stream.finish()


def _left_out_plainly(lines: int) -> str:
    return left_out(lines) + "\n"


def left_out(lines: int) -> str:
    """Say that lines are missing."""
    what = "1 line is" if lines == 1 else f"{lines} lines are"
    return f"({what} left out here: this output was not read in time)"


def _file_of(stream: TextIO | None) -> int | None:
    """Return the file behind a stream; None if a thread cannot write to it."""
    if stream is None or (sys.platform == "win32" and stream.isatty()):
        return None
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None
