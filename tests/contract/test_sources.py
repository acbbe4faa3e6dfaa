"""Where rules come from: a provider's documents are named by that provider alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from test_contract import CASES, play

from emulator import providers
from emulator.schemes.sources import PROVIDER

ROOT = Path(__file__).parents[2] / "emulator"
SHARED = (
    "core",
    "schemes",
    "masking",
    "provider",
    "journal",
    "outbox",
    "faults",
    "scenario",
    "runtime",
    "control",
    "http",
)
STRICT = ("core", "schemes", "masking", "provider")
"""Where not even a comment names one."""
NAMES = re.compile(
    "|".join(
        re.escape(name)
        for provider in providers.discover().values()
        for name in {provider.name, provider.title, *provider.title.split()[:1]}
    ),
    re.IGNORECASE,
)


def shared(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def constants(path: Path) -> list[str]:
    """Return the texts of a module that are no docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_the_lower_layers_name_no_provider():
    """What they say holds for the sixth provider, too."""
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in shared(*STRICT)
        if (match := NAMES.search(path.read_text()))
    }
    assert found == set()


def test_no_text_of_a_shared_layer_names_a_provider():
    """Examples such as `goat.401` in the advice of the scenario checker are the exception."""
    found = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in shared(*SHARED)
        for text in constants(path)
        if NAMES.search(text) and "for example" not in text
    }
    assert found == set()


def test_the_test_would_find_a_name():
    assert NAMES.search("Tesabiz, Proceso de seguridad")
    assert "a" in constants(Path(__file__))


@pytest.mark.parametrize(("provider", "example"), [case for case in CASES if case.values[1].code])
def test_a_refusal_names_the_document_of_its_provider(emulator, provider, example):
    """Where no standard has the rule of a scheme, the provider says which page of its own does."""
    diagnosis = play(emulator, provider, example).diagnosis
    assert diagnosis is not None
    assert diagnosis.source.document != PROVIDER.document
