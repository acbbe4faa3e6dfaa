"""What docs/architecture.md says about the code is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from emulator.providers import discover

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(text: str) -> list[str]:
    cells = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return [cell for cell in cells if cell.startswith("`")]


def folders(parent: Path) -> set[str]:
    return {each.name for each in parent.iterdir() if any(each.rglob("*.py"))}


def test_the_layers_are_those_that_are_checked():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    shown = [set(re.findall(r"`(emulator[\w.]*)`", cell)) for cell in first_column(PAGE)]
    assert [each for each in shown if each] == [set(re.split(r"\s*\|\s*", each)) for each in layers]


def test_every_package_is_a_layer():
    shown = {name for cell in first_column(PAGE) for name in re.findall(r"`emulator\.(\w+)`", cell)}
    packages = {
        file.parent.name for file in (ROOT / "emulator").glob("*/__init__.py") if file.is_file()
    }
    assert packages - shown == set()


def test_every_folder_of_tests_is_named():
    shown = {cell.strip("`").removeprefix("tests/") for cell in first_column(section("Tests"))}
    named_elsewhere = {"vectors"}
    assert folders(ROOT / "tests") - named_elsewhere == shown


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_path_exists(page):
    text = (ROOT / page).read_text("utf-8")
    names = set(
        re.findall(r"`((?:emulator|tests|docs|bench|keys|scenarios|examples)/[\w./-]*)`", text)
    )
    assert names
    assert {name for name in names if not (ROOT / name).exists()} == set()


def test_the_glossary_is_in_order():
    words = re.findall(r"^\| (\w[\w ]*) \|", GLOSSARY, re.MULTILINE)[1:]
    assert words == sorted(words)
    assert len(words) == len(set(words))


def test_every_target_of_the_makefile_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z][\w-]*):.*  ## \S", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets == explained
    assert phony is not None
    assert targets == set(phony[1].split())


def test_the_targets_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        named = set(re.findall(r"`make ([\w-]+)`", (ROOT / page).read_text("utf-8")))
        assert named <= targets, page


def test_every_provider_has_the_files_that_contributing_names():
    """As a file, or as a folder."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition("## Add a provider")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)\.py` \|", section, re.MULTILINE)
    assert rows[0] == "__init__"
    lacking = {
        f"{name}/{row}"
        for name, provider in discover().items()
        for row in rows
        if not (row == "webhooks" and provider.webhooks is None)
        for place in [ROOT / "emulator" / "providers" / name / row]
        if not (place.with_suffix(".py").exists() or (place / "__init__.py").exists())
    }
    assert lacking == set()
