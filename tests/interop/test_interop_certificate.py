"""A merchant's own key and certificate, made as Tesabiz's page says, registered and used."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# "Generación de firma"; -subj answers what openssl would ask.
CEREMONY = (
    "genrsa -out private.key 2048",
    "rsa -in private.key -pubout -out public.key",
    "req -new -key private.key -subj /CN=Comercio -out request.csr",
    "x509 -req -days 365 -in request.csr -signkey private.key -out certificate.pem",
)
LANGUAGES = ("node", "php", "python", "go", "java", "shell")

Files = dict[str, str]
Control = Callable[..., Any]


@pytest.fixture(scope="module")
def made(clients: Any, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The four files of the ceremony."""
    clients.command("shell")  # skips where there is no openssl
    directory: Path = tmp_path_factory.mktemp("ceremony")
    for line in CEREMONY:
        command = ["openssl", *line.split()]
        subprocess.run(command, cwd=directory, check=True, capture_output=True)
    return {file.name: file.read_text() for file in directory.iterdir()}


@pytest.fixture(scope="module")
def registered(made: Files, control: Control) -> dict[str, Any]:
    """What the merchant then knows; his private key he has told nobody."""
    merchant = {"code": "C77", "sisOrigen": "SO_C77", "certificate": made["certificate.pem"]}
    view = control("/credentials/tesabiz", merchant)
    return {**view, "private_key": made["private.key"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_key(language: str, registered: dict[str, Any], clients: Any) -> None:
    """What the private key signs is accepted under the certificate."""
    (call,) = clients.run(language, "tesabiz", "good", registered)
    assert (call["answer"], call["diagnosis"]) == ("0/0", "")


def test_key_of_another(registered: dict[str, Any], clients: Any, control: Control) -> None:
    """What another merchant's key signs is not, and the diagnosis says whose key it was."""
    stolen = {**registered, "private_key": clients.credentials["tesabiz"]["private_key"]}
    (call,) = clients.run("python", "tesabiz", "good", stolen)
    assert (call["answer"], call["diagnosis"]) == ("4", "jws.signature")
    diagnosis = control(f"/requests/{call['exchange']}")["diagnosis"]
    assert clients.credentials["tesabiz"]["code"] in diagnosis["hint"]


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("public.key", "public.key"),
        ("request.csr", "request.csr"),
        ("private.key", "private key"),
    ],
)
def test_another_file_is_no_certificate(
    file: str, named: str, made: Files, control: Control
) -> None:
    """Of the four files only the certificate can be registered."""
    merchant = {"code": "C78", "sisOrigen": "SO_C78", "certificate": made[file]}
    answer = control("/credentials/tesabiz", merchant)
    assert answer["status"] == 422
    assert named in answer["error"]
