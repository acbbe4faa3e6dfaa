"""A console that is not read: lines are dropped and counted, and no request waits for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from emulator.cli._streams import Writer, left_out

COMMAND = str(Path(sys.executable).with_name("emulator"))
REQUESTS = 700
"""Many times what a pipe holds, which is 64 KiB."""


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server whose output goes into pipes, as a test suite starts it."""
    ready = tmp_path / "url"
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--ready-file", str(ready), "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(3000):
        if ready.exists():
            break
        time.sleep(0.01)
    yield process, ready.read_text().split()[0]
    process.kill()
    process.communicate()


def ask(url: str, times: int = REQUESTS) -> None:
    with httpx2.Client(timeout=60) as client:
        for _ in range(times):
            assert client.get(f"{url}/goat/v1/whoami").status_code == 401


@pytest.mark.slow
def test_requests_are_answered_and_the_end_is_not_waited_for(unread):
    process, url = unread
    ask(url)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.slow
def test_what_is_read_after_all_is_whole_lines(unread):
    """All that found room comes, in order and as JSON."""
    process, url = unread
    ask(url)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=20)
    numbers = [json.loads(line).get("number") for line in output.splitlines()]
    assert numbers == [None, *range(1, REQUESTS + 1)]
    assert errors == b""


@pytest.mark.slow
def test_reader_that_goes_away_is_harmless(unread):
    process, url = unread
    process.stdout.close()
    process.stderr.close()
    ask(url, 100)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout = process.stderr = None


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def lines(count: int, start: int = 0) -> list[bytes]:
    return [b"%07d %s\n" % (number, b"x" * 91) for number in range(start, start + count)]


@pytest.mark.slow
@pytest.mark.parametrize("blocking", [True, False])
def test_dropped_lines_are_counted_in_their_place(pipe, blocking):
    """The pipe holds 64 KiB, the queue here 100 kB: the rest of 1 MB is dropped, and told."""
    reading, writing = pipe
    os.set_blocking(writing, blocking)
    writer = Writer(writing, lambda count: f"dropped {count}\n", most_bytes=100_000)
    for line in lines(10_000):
        writer.put(line)
    writer.finish()
    os.set_blocking(reading, False)
    next_number, dropped = 0, 0
    writer.finish()
    received = os.read(reading, 1 << 20)
    writer.finish()
    writer.put(b"end\n")  # there is room again
    while not received.endswith(b"end\n"):
        writer.finish()
        with suppress(BlockingIOError):
            received += os.read(reading, 1 << 20)
    for line in received.splitlines()[:-1]:
        word, number = line.split()[:2]
        if word == b"dropped":
            next_number += int(number)
            dropped += int(number)
        else:
            assert int(word) == next_number
            next_number += 1
    assert next_number == 10_000
    assert dropped > 5_000
    os.close(writing)


def test_nothing_is_lost_where_it_is_read(tmp_path):
    """A file takes all, and the end waits for it."""
    with (tmp_path / "log").open("wb") as file:
        writer = Writer(file.fileno(), left_out)
        for line in lines(20_000):
            writer.put(line)
        writer.finish()
    assert (tmp_path / "log").read_bytes() == b"".join(lines(20_000))


def test_lines_of_both_streams_of_one_pipe_stay_whole(tmp_path):
    """`2>&1`: no line is cut by another, and what is begun is ended."""
    code = (
        "import sys\n"
        "from emulator.cli._streams import left_out, unblocked_output\n"
        "with unblocked_output(left_out):\n"
        "    for number in range(500):\n"
        "        print('out', number, 'é\\u4e00')\n"
        "        print('err', number, file=sys.stderr)\n"
        "    print('begun', end='')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    expected = [f"{name} {n}{end}" for n in range(500) for name, end in ODD]
    assert done.stdout.decode("ascii").splitlines() == [*expected, "begun"]


ODD = (("out", " \\xe9\\u4e00"), ("err", ""))
