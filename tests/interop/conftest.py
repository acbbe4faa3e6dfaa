"""Clients in six languages against a running server.

The programs beside this file share nothing with the emulator: they know base URLs and what
`GET /_emulator/credentials` says, and use their language's own cryptography. Each prints a line
of JSON per call: `call`, `status`, `exchange`, `diagnosis`, and in `answer` what it read out of
the body.

A language that is not installed is skipped, but in CI (the variable `CI` is set) it fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from emulator.emulator import Emulator
from emulator.http.server import Server

HERE = Path(__file__).parent
SECONDS = 60
"""How long a client or compiler may take; far more than it does."""

# Not UTC, so that times have offsets; and no proxy between the clients and this machine.
ENVIRONMENT = {**os.environ, "TZ": "America/Bogota", "no_proxy": "*", "NO_PROXY": "*"}

Call = dict[str, Any]


def missing(what: str) -> None:
    """Skip the test for lack of a runtime; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}: CI must have it")
    pytest.skip(what)


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            missing(f"{program} is not installed")


class Clients:
    """The programs, each built when it is first needed.

    Args:
        scratch: A directory for what compilers and tests write.
        credentials: What `GET /_emulator/credentials` said.
    """

    def __init__(self, scratch: Path, credentials: dict[str, dict[str, Any]]) -> None:
        self._scratch = scratch
        self._numbers = count()
        self.credentials = credentials
        self.command: Callable[[str], list[str]] = cache(self._command)

    def run(
        self, language: str, provider: str, case: str, config: dict[str, Any] | None = None
    ) -> list[Call]:
        """Run one case and return its calls, in order."""
        file = self.write(config or self.credentials[provider])
        done = subprocess.run(
            [*self.command(language), provider, case, file],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def write(self, config: dict[str, Any]) -> Path:
        """Write settings to a file of their own."""
        file = self._scratch / f"config-{next(self._numbers)}.json"
        file.write_text(json.dumps(config, indent=1), "utf-8")  # sed reads it line by line
        return file

    def _command(self, language: str) -> list[str]:
        return {
            "go": self._go,
            "java": self._java,
            "node": lambda: node("client.js"),
            "php": self._php,
            "python": lambda: [sys.executable, str(HERE / "python/client.py")],
            "shell": self._shell,
        }[language]()

    def _go(self) -> list[str]:
        need("go")
        binary = self._scratch / "client"
        offline = {"GO111MODULE": "on", "GOFLAGS": "-mod=mod", "GOPROXY": "off"}
        self._build(["go", "build", "-o", str(binary), "."], HERE / "go", offline)
        return [str(binary)]

    def _java(self) -> list[str]:
        need("javac", "java")
        classes = self._scratch / "classes"
        sources = ("Api.java", "Client.java")
        self._build(["javac", "-encoding", "UTF-8", "-d", str(classes), *sources], HERE / "java")
        return ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", str(classes), "Client"]

    def _php(self) -> list[str]:
        need("php")
        return ["php", str(HERE / "php/client.php")]

    def _shell(self) -> list[str]:
        need("bash", "openssl", "curl")
        return ["bash", str(HERE / "shell/client.sh")]

    def _build(self, command: list[str], where: Path, extra: dict[str, str] | None = None) -> None:
        done = subprocess.run(
            command,
            cwd=where,
            env={**os.environ, **(extra or {})},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def runtime() -> Callable[..., None]:
    """Skips a test, or fails it in CI, where a program is not installed: `runtime("php")`."""
    return need


def node(program: str) -> list[str]:
    need("node")
    if not (HERE / "node/node_modules/jsonwebtoken").is_dir():
        missing("jsonwebtoken is not installed: npm install --prefix tests/interop/node")
    return ["node", str(HERE / "node" / program)]


@pytest.fixture(scope="session")
def control() -> Iterator[Callable[..., Any]]:
    """A server, as its control API: `control("/path")` to get, with a body to post."""
    with Server(Emulator()) as server:

        def call(path: str, body: dict[str, Any] | None = None) -> Any:
            request = Request(f"{server.url}/_emulator{path}")
            if body is not None:
                request.data = json.dumps(body).encode()
                request.add_header("Content-Type", "application/json")
            try:
                with urlopen(request, timeout=SECONDS) as response:
                    return json.load(response)
            except HTTPError as error:
                with error:
                    return {"status": error.status, **json.load(error)}

        yield call


@pytest.fixture(scope="session")
def clients(control: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """The programs, with the credentials of the server."""
    return Clients(tmp_path_factory.mktemp("interop"), control("/credentials"))


@pytest.fixture(scope="session")
def merchant(clients: Clients) -> Iterator[Callable[[str], str]]:
    """Starts a merchant's endpoint in a language; gives its URL."""
    running: list[subprocess.Popen[str]] = []

    @cache
    def start(language: str) -> str:
        program = (
            node("merchant.js")
            if language == "node"
            else [sys.executable, str(HERE / "python/merchant.py")]
        )
        command = [*program, str(clients.write(clients.credentials["tesabiz"]))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), f"{language} did not start"
        return url

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=SECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is slow."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
