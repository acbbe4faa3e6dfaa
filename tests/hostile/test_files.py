"""Files that the product writes: whole, for the right eyes, and in place of no other."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.core import files
from emulator.core.errors import ConfigurationError
from emulator.core.files import ReadyFile, create, new_folder

COMMAND = str(Path(sys.executable).with_name("emulator"))
URL = "http://127.0.0.1:8900\n"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=60)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def device(path: Path) -> None:
    path.symlink_to("/dev/null")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


THINGS = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link": device,
    "a link, and may": dangling,
    "a socket": listening,
    "holds something else": lambda path: path.write_text("my thesis\n" + URL),
}


@pytest.mark.parametrize("thing", THINGS)
def test_ready_file_touches_nothing_else(tmp_path, thing):
    """Neither at the start nor when something has come there since."""
    path = tmp_path / "url"
    THINGS[thing](path)
    before = path.lstat()
    with pytest.raises(ConfigurationError, match=thing):
        ReadyFile(path).prepare()
    with pytest.raises(ConfigurationError, match=thing):
        ReadyFile(path).write(URL)
    ReadyFile(path).remove()
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (
        before.st_ino,
        before.st_mode,
        before.st_size,
    )
    assert [each.name for each in tmp_path.iterdir()] == ["url"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_ready_file_leaves_a_device_a_device(tmp_path):
    path = tmp_path / "url"
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except OSError:
        pytest.skip("no devices here")
    done = run("serve", "--port", "0", "--ready-file", str(path))
    assert done.returncode == 2
    assert "a device" in done.stderr
    assert stat.S_ISCHR(path.stat().st_mode)


@pytest.mark.parametrize("before", [None, "", URL, f"https://localhost:1\n{URL}"])
def test_ready_file_is_whole_and_taken_away(tmp_path, before):
    """What an earlier server left is taken away at the start, ours at the end."""
    path = tmp_path / "url"
    if before is not None:
        path.write_text(before)
    ready = ReadyFile(path)
    ready.prepare()
    assert not path.exists()
    ready.write(URL)
    assert path.read_text() == URL
    assert [each.name for each in tmp_path.iterdir()] == ["url"]
    ready.remove()
    assert not path.exists()


def test_ready_file_of_another_server_stays(tmp_path):
    """The second server writes its own; the first one takes away nothing at its end."""
    first, second = ReadyFile(tmp_path / "url"), ReadyFile(tmp_path / "url")
    first.write(URL)
    second.prepare()
    second.write("http://127.0.0.1:8901\n")
    first.remove()
    assert (tmp_path / "url").read_text() == "http://127.0.0.1:8901\n"


@pytest.mark.slow
def test_ready_file_of_a_server_that_does_not_start_is_not_written(tmp_path):
    path = tmp_path / "url"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert run("serve", "--port", port, "--ready-file", str(path)).returncode == 3
    assert run("serve", "--config", "/nowhere", "--ready-file", str(path)).returncode == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_ready_file_goes_with_the_server(tmp_path):
    path = tmp_path / "url"
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--ready-file", str(path)], stdout=subprocess.DEVNULL
    )
    for _ in range(3000):
        if path.exists():
            break
        time.sleep(0.01)
    assert path.read_text().startswith("http://127.0.0.1:")
    process.terminate()
    assert process.wait(20) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_new_keys_are_for_their_owner_alone(tmp_path):
    """Whatever the mask of the process; certificates and public keys are for all."""
    code = (
        "import os, sys\nos.umask(0)\nfrom emulator.cli import main\n"
        f"sys.argv = ['emulator', 'keys', 'new', {str(tmp_path / 'keys')!r}]\nmain()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    made = list((tmp_path / "keys").rglob("*"))
    assert len(made) > 25
    for path in made:
        public = path.name.endswith((".pub.pem", ".crt.pem"))
        assert mode(path) == (0o700 if path.is_dir() else 0o644 if public else 0o600), path
    assert mode(tmp_path / "keys") == 0o700
    shipped = {str(path.relative_to("keys")) for path in Path("keys").glob("*/*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "keys")) for path in made if path.is_file()} == shipped
    again = run("keys", "new", str(tmp_path / "keys"))
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)


def fill(folder: Path, times: int = 1) -> None:
    with new_folder(folder) as partial:
        for _ in range(times):
            create(partial / "a", "1", secret=True)


@pytest.mark.parametrize("exists", [True, False])
def test_folder_is_filled_whole_or_not_at_all(tmp_path, exists):
    folder = tmp_path / "keys"
    if exists:
        folder.mkdir()
    with pytest.raises(FileExistsError):
        fill(folder, times=2)
    assert folder.exists() is exists
    assert not list(tmp_path.rglob("a"))
    fill(folder)
    assert [each.name for each in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["a file", "a link"])
def test_new_file_takes_nobodys_place(tmp_path, name):
    """A link that somebody has put there is not followed."""
    path, elsewhere = tmp_path / "key", tmp_path / "elsewhere"
    path.write_text("mine") if name == "a file" else path.symlink_to(elsewhere)
    with pytest.raises(FileExistsError):
        create(path, b"secret", secret=True)
    assert not elsewhere.exists()
    assert name == "a link" or path.read_text() == "mine"


def test_file_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    class Full:
        def __init__(self, fd, how):
            self._fd = fd

        def __enter__(self):
            return self

        def __exit__(self, *_):
            os.close(self._fd)

        def write(self, content):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fdopen", Full)
    with pytest.raises(OSError, match="No space"):
        create(tmp_path / "key", b"secret", secret=True)
    assert not list(tmp_path.iterdir())


def test_every_file_is_written_here():
    """No module but `files.py` writes one by itself."""
    import re

    writes = re.compile(r"\.write_(text|bytes)\(|\.touch\(|\bopen\([^)]*[\"'][wax]b?\+?[\"']")
    found = [
        str(path)
        for path in Path(files.__file__).parent.rglob("*.py")
        if path.name != "files.py" and writes.search(path.read_text("utf-8"))
    ]
    assert found == []
