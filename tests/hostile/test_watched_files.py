"""What may stand where a file is expected: nothing of it stops a server, at its start or later."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from emulator import Emulator
from emulator.cli import main
from emulator.cli._watch import Look, WatchedFile, look, watch
from emulator.core.errors import ConfigurationError
from emulator.core.reading import MOST_SCENARIO_BYTES, MissingError, read_bytes

TEXT = """scenario: one
version: 1
seed: 7
rules:
  - {id: a, match: {provider: goat}, do: {error: goat.401}}
"""
OTHER = TEXT.replace("one", "two")


def fifo(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def local_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def loop_of_links(path: Path) -> None:
    path.symlink_to(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)  # sparse: it takes no room


def not_utf_8(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


HOSTILE: list[tuple[Callable[[Path], None], str]] = [
    (fifo, "it is a pipe"), (directory, "it is a directory"), (device, "it is a device"),
    (terminal, "it is a device"), (local_socket, "it is a socket"), (huge, "larger than"),
    (loop_of_links, "links"), (not_utf_8, "UTF-16"),
]  # fmt: skip
NAMES = [make.__name__ for make, _ in HOSTILE]


@pytest.fixture(autouse=True)
def short_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 107 bytes


@pytest.mark.parametrize(("make", "says"), HOSTILE, ids=NAMES)
@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", "0", "--scenario"), ("serve", "--port", "0", "--config"),
        ("scenario", "check"), ("scenario", "explain"), ("scenario", "load"),
        ("exec", "--scenario", "{}", "--", "true"), ("scenario", "check", "--config", "{}", "{}"),
        ("credentials", "--config"), ("sign", "goat", "whoami", "--config"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_one_clear_line(make, says, command):
    """Exit code 2, at once: the writer of a pipe is not waited for."""
    make(Path("a.yaml"))
    arguments = [each.format("a.yaml") for each in command]
    if "{}" not in command:
        arguments.append("a.yaml")
    done = CliRunner().invoke(main, arguments)
    if make is directory and command[:2] == ("scenario", "check"):
        says = "no scenario file"  # `check` takes directories
    assert done.exit_code == 2, done.output
    assert says in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.slow
def test_key_files_are_read_likewise(tmp_path):
    assert CliRunner().invoke(main, ["keys", "new", "keys"]).exit_code == 0
    for key in Path("keys/tesabiz").iterdir():
        key.unlink()
        fifo(key)
    for command in (["credentials"], ["keys", "show", "tesabiz/provider.crt.pem"]):
        done = CliRunner().invoke(main, [*command, "--keys", "keys"])
        assert (done.exit_code, "it is a pipe" in done.output) == (2, True), done.output


def test_a_file_that_does_not_know_its_size_is_read_so_far():
    with pytest.raises(ConfigurationError, match="larger than 0 KiB"):
        read_bytes(Path("/proc/self/status"), 10)
    with pytest.raises(MissingError):
        read_bytes(Path("/proc/self/status/x"))
    with pytest.raises(ConfigurationError):
        read_bytes(Path("a\0b"))


# While a server watches ---------------------------------------------------------------------------


class _StopError(Exception):
    """Ends a watch."""


def seen(path: Path, *acts: Callable[[], object] | None) -> list[Look]:
    """Watch a file that holds TEXT; before each look do one thing. Return what was told."""
    told: list[Look] = []
    left = list(acts)

    async def pause(_: float) -> None:
        if not left:
            raise _StopError
        if act := left.pop(0):
            act()

    async def changed(now: Look) -> None:
        told.append(now)

    with pytest.raises(_StopError):
        asyncio.run(watch(path, TEXT, changed, pytest.fail, pause))
    return told


@pytest.fixture
def file() -> Path:
    path = Path("watched.yaml")
    path.write_text(TEXT)
    return path


def put(path: Path, make: Callable[[Path], None]) -> Callable[[], None]:
    def replace() -> None:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        make(path)

    return replace


def write(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text) and None


@pytest.mark.parametrize(("make", "says"), HOSTILE, ids=NAMES)
def test_whatever_takes_the_files_place_is_told_once_and_its_return_too(file, make, says):
    looks = seen(file, put(file, make), None, None, None, put(file, write(TEXT)), None, None)
    assert [each.text for each in looks] == [None, TEXT]
    assert says in looks[0].fault


@pytest.mark.parametrize("reader", [False, True])
def test_a_pipe_is_not_opened(file, reader):
    """Its writer still waits: to open it for reading would have let the writer on."""
    file.unlink()
    fifo(file)
    assert "pipe" in look(file).fault
    with pytest.raises(OSError, match="No such device"):
        os.open(file, os.O_WRONLY | os.O_NONBLOCK)


def test_the_same_size_and_time_with_other_bytes(file):
    def rewrite() -> None:
        before = file.stat()
        with file.open("r+") as opened:  # the same inode, too
            opened.write(OTHER)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = file.stat()
        assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
            before.st_ino, before.st_size, before.st_mtime_ns,
        )  # fmt: skip

    assert seen(file, rewrite, None, None) == [Look(OTHER)]


def test_a_link_that_leads_elsewhere(file):
    """As ConfigMaps of Kubernetes are changed: the link is replaced, the files stay."""
    one, two, link = Path("1.yaml"), Path("2.yaml"), Path("link.yaml")
    one.write_text(TEXT)
    two.write_text(OTHER)
    link.symlink_to(one)

    def turn() -> None:
        fresh = Path("fresh")
        fresh.symlink_to(two)
        fresh.replace(link)

    assert seen(link, turn, None, two.unlink, None, None) == [Look(OTHER), Look()]


def test_a_file_is_not_read_beyond_its_bound(file):
    file.write_bytes(b"#" * (MOST_SCENARIO_BYTES + 1))
    assert "larger" in look(file).fault
    file.write_bytes(b"#" * MOST_SCENARIO_BYTES)
    assert len(look(file).text or "") == MOST_SCENARIO_BYTES


def test_a_file_that_never_stays_the_same_is_waited_for(file):
    acts = [put(file, write(TEXT[: 10 * n])) for n in range(8)]
    assert seen(file, *acts) == []
    assert seen(file, *acts, None) == [Look(TEXT[:70])]


def test_files_are_looked_at_and_read_in_a_thread(file, monkeypatch):
    """A file system that hangs, or a text that takes long to read, does not stop the server."""
    threads: set[int] = set()

    def note(function):
        def noting(*arguments):
            threads.add(threading.get_ident())
            return function(*arguments)

        return noting

    monkeypatch.setattr("emulator.cli._watch.look", note(look))
    from emulator.scenario import loader

    monkeypatch.setattr(loader, "load", note(loader.load))
    assert seen(file, None, None) == []
    emulator, said = Emulator(), []
    watched = WatchedFile(file, TEXT, emulator, said.append)
    asyncio.run(watched.changed(Look(OTHER)))
    assert said == ["reloaded two (seed 7)"]

    async def put() -> int:
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            headers = {"content-type": "application/yaml"}
            path = "/_emulator/scenario"
            return (await client.put(path, content=TEXT, headers=headers)).status_code

    assert threading.get_ident() not in threads
    assert threads
    threads.clear()
    assert asyncio.run(put()) == 200
    assert threads
    assert threading.get_ident() not in threads


def test_a_half_written_scenario_keeps_the_last_and_is_told_once(file):
    emulator, said = Emulator(), []
    namespace = emulator.namespace("default")
    namespace.load(namespace.read_scenario(TEXT, "one"))
    watched = WatchedFile(file, TEXT, emulator, said.append)

    for text in (OTHER[:60], "", OTHER):
        asyncio.run(watched.changed(Look(text)))
    asyncio.run(watched.changed(Look()))
    asyncio.run(watched.changed(Look(fault="cannot read x: it is a pipe; name a file")))
    assert [each.splitlines()[0] for each in said] == [
        "not reloaded, one (seed 7) stays:",
        "not reloaded, one (seed 7) stays:",
        "reloaded two (seed 7)",
        "watched.yaml is gone: two (seed 7) stays",
        "not reloaded, two (seed 7) stays: cannot read x: it is a pipe; name a file",
    ]


def test_a_bug_of_ours_does_not_end_the_watch(file):
    told: list[Look] = []
    bugs: list[Exception] = []
    left = [lambda: file.write_text(OTHER), None, lambda: file.write_text(TEXT), None]

    async def pause(_: float) -> None:
        if not left:
            raise _StopError
        if act := left.pop(0):
            act()

    async def changed(now: Look) -> None:
        told.append(now)
        raise RuntimeError("ours")

    with pytest.raises(_StopError):
        asyncio.run(watch(file, TEXT, changed, bugs.append, pause))
    assert told == [Look(OTHER), Look(TEXT)]
    assert [str(each) for each in bugs] == ["ours", "ours"]
