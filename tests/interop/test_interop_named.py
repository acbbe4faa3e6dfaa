"""About eight hundred mistakes, made by programs in eight languages: is each named?

The programs in `mistakes/` know nothing of the emulator. Each makes requests with one mistake, or
two that go together, as programmers make them in that language, and prints a line for each: id,
method, path, headers, body in Base64, and a pattern for what a true hint says of it. `OK` in the
pattern means that the request may be accepted.

They were written apart from the recogniser, and half of them was kept aside until it was done.
What has no name yet stands in `UNNAMED`: it still gets a list of what to check. An empty hint, a
mistake that passes, or another hint than the right one fails the test.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator.emulator import Emulator
from emulator.http.server import Server

PROGRAMS = Path(__file__).parent / "mistakes"
SECONDS = 120
"""How long a program may take, its compiler included; far more than it does."""

UNNAMED = frozenset(
    {
        "cs-pp-nonce-tostring",
        "cs-pp-unicode-getbytes",
        "go-gt-decimal",
        "go-gt-duration",
        "go-pm-sum",
        "java-pm-getbytes-utf16",
        "java-pp-digest-newstring",
        "java-pp-utf16",
        "js-pm-inspect",
        "js-pm-undefined-key",
        "py-pm-datetime-ts",
        "rb-gp-marshal",
        "sh-pp-sha256sum-b64",
    }
)
"""Ids of mistakes that have no name yet: their hint tells what to check, or only the form."""


@dataclass(frozen=True)
class Case:
    """One request with a mistake in it, and the pattern of a hint that is true."""

    id: str
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    told: str

    @classmethod
    def read(cls, line: str) -> Case:
        name, method, path, headers, body, told = line.split("\t")
        pairs = [tuple(each.split(": ", 1)) for each in headers.split("\x1f") if each]
        return cls(name, method, path, pairs, b64decode(body), told)  # type: ignore[arg-type]


class Site:
    """A running server, and what its credentials are called in the programs' environment."""

    def __init__(self, url: str, scratch: Path) -> None:
        self._host = urlsplit(url).netloc
        self.scratch = scratch
        found = json.loads(self.send("GET", "/_emulator/credentials")[2])
        gestopago, placetopay, goat = found["gestopago"], found["placetopay"], found["goat"]
        tesabiz, pagsmile = found["tesabiz"], found["pagsmile"]
        login = "&".join(
            f"{name}={gestopago[name]}"
            for name in ("idDistribuidor", "codigoDispositivo", "password")
        )
        token = self.send(
            "POST",
            "/gestopago/sistema/app/jwt-gp/authenticate/",
            login.encode(),
            [("Content-Type", "application/x-www-form-urlencoded")],
        )[2]
        self.environment = {
            **os.environ,
            "TZ": "America/Bogota",
            "GP_DEV": gestopago["codigoDispositivo"],
            "GP_PASS": gestopago["password"],
            "GP_KEY": gestopago["aes_key"],
            "GP_IV": gestopago["aes_iv"],
            "TOKEN": json.loads(token)["token"],
            "PP_LOGIN": placetopay["login"],
            "PP_SECRET": placetopay["secretKey"],
            "TZ_CODE": tesabiz["code"],
            "TZ_ORIGEN": tesabiz["sisOrigen"],
            "TZ_PEM": self._written("tesabiz.key.pem", tesabiz["private_key"]),
            "TZ_CRT": self._written("tesabiz.crt.pem", tesabiz["certificate"]),
            "GT_CLIENT": goat["clientId"],
            "GT_KID": goat["keyId"],
            "GT_AUD": goat["audience"],
            "GT_PEM": self._written("goat.key.pem", goat["private_key"]),
            "PM_APP": pagsmile["app_id"],
            "PM_KEY": pagsmile["app_key"],
        }

    def _written(self, name: str, text: str) -> str:
        file = self.scratch / name
        file.write_text(text, "utf-8")
        return str(file)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: list[tuple[str, str]] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send exactly these headers and bytes."""
        connection = http.client.HTTPConnection(self._host, timeout=60)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers or []:
            connection.putheader(name, value.encode())
        if body or method == "POST":
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def judge(self, case: Case) -> str:
        """Say what is wrong with the answer to a mistake; empty if it is named."""
        _, headers, _ = self.send(case.method, case.path, case.body, case.headers)
        exchange = json.loads(
            self.send("GET", f"/_emulator/requests/{headers['emulator-exchange']}")[2]
        )
        diagnosis: dict[str, Any] | None = exchange["diagnosis"]
        if "emulator-bug" in headers:
            return "a bug of the emulator"
        if diagnosis is None:
            return "" if "OK" in case.told else "accepted"
        hint = diagnosis["hint"]
        if case.told == "OK":
            return f"refused: {diagnosis['code']}: {hint}"
        if not hint:
            return f"no hint: {diagnosis['code']}"
        if case.id in UNNAMED or re.search(case.told, hint, re.IGNORECASE | re.DOTALL):
            return ""
        return f"not {case.told!r}: {hint}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Server(Emulator(journal_size=1000)) as server:
        yield Site(server.url, tmp_path_factory.mktemp("mistakes"))


@dataclass(frozen=True)
class Language:
    """How the program of a language is run: what must be installed, what builds it, the command."""

    programs: tuple[str, ...]
    command: tuple[str, ...]
    build: tuple[str, ...] = ()

    def run(self, scratch: Path, environment: dict[str, str]) -> str:
        """Build and run it, and return what it prints; `{}` stands for the scratch directory."""
        if self.build:
            self._call(self.build, scratch, {**environment, "GO111MODULE": "off", "GOFLAGS": ""})
        return self._call(self.command, scratch, environment)

    def _call(self, command: tuple[str, ...], scratch: Path, environment: dict[str, str]) -> str:
        done = subprocess.run(
            [part.replace("{}", str(scratch)) for part in command],
            cwd=PROGRAMS,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


LANGUAGES = {
    "php": Language(("php",), ("php", "-d", "display_errors=0", "mistakes.php")),
    "node": Language(("node",), ("node", "mistakes.mjs")),
    "python": Language((), (sys.executable, "mistakes.py")),
    "java": Language(("java", "javac"), ("java", "-XX:TieredStopAtLevel=1", "Mistakes.java")),
    "go": Language(("go",), ("{}/go",), ("go", "build", "-o", "{}/go", "mistakes.go")),
    "ruby": Language(("ruby",), ("ruby", "-W0", "mistakes.rb")),
    "csharp": Language(
        ("mcs", "mono"),
        ("mono", "{}/cs.exe"),
        ("mcs", "-nowarn:618", "-out:{}/cs.exe", "mistakes.cs"),
    ),
    "shell": Language(("bash", "openssl"), ("bash", "mistakes.sh")),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistakes_are_named(site: Site, runtime: Callable[..., None], language: str) -> None:
    """Each mistake gets its own hint, none an empty or a wrong one."""
    runtime(*LANGUAGES[language].programs)
    printed = LANGUAGES[language].run(site.scratch, site.environment)
    cases = [Case.read(line) for line in printed.splitlines()]
    assert len(cases) > 40
    wrong = {case.id: problem for case in cases if (problem := site.judge(case))}
    assert not wrong, f"{len(wrong)} of {len(cases)}: " + "\n".join(
        f"{name}: {problem}" for name, problem in wrong.items()
    )
