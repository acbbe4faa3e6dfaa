"""What is built from is pinned, and what builds may do little."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LOCKS = sorted((ROOT / ".ci/locks").glob("*.txt"))
NODE_LOCKS = [ROOT / f"tests/{each}/node/package-lock.json" for each in ("hostile", "interop")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow(path):
    """Actions by their full hash, with the tag beside it; no right that is not asked for."""
    text = path.read_text("utf-8")
    uses = re.findall(r"uses: (.+)", text)
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 180
        assert not job["runs-on"].endswith("latest")
    assert "pull_request_target" not in text
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert not any("${{" in step.get("run", "") for job in workflow["jobs"].values()
                   for step in job["steps"])  # fmt: skip


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_lock_file(path):
    """Each package by version and hash; none by URL."""
    packages = re.split(r"\n(?=\S)", path.read_text("utf-8").strip())
    assert len(packages) >= 5
    for package in packages:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", package), package
        assert "--hash=sha256:" in package
        assert "://" not in package


def test_image_is_locked():
    """The image holds what the lock file says, which covers every dependency."""
    assert "--require-hashes -r image.txt" in (ROOT / "Dockerfile").read_text("utf-8")
    locked = (ROOT / ".ci/locks/image.txt").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    needed = re.findall(
        r'^    "([a-z0-9-]+)>=', project.partition("]\n\n[project.scripts]")[0], re.M
    )
    assert len(needed) > 10
    assert all(re.search(rf"^{name}==", locked, re.MULTILINE) for name in needed)


@pytest.mark.parametrize("path", [ROOT / "Dockerfile", *WORKFLOWS], ids=lambda path: path.stem)
def test_what_builds_is_locked(path):
    """pip fetches the newest build backend by itself, unless it is told not to."""
    commands = path.read_text("utf-8").splitlines()
    builds = [each for each in commands if re.search(r"pip (install|wheel)|-m build", each)]
    fetched = [each for each in builds if "--require-hashes" not in each and ".whl" not in each]
    assert all(re.search(r"--no-(build-)?isolation", each) for each in fetched), fetched


@pytest.mark.parametrize("path", NODE_LOCKS, ids=lambda path: path.parts[-3])
def test_node_lock(path):
    packages = json.loads(path.read_text("utf-8"))["packages"]
    assert all("integrity" in each for name, each in packages.items() if name)


def test_base_image_has_an_exact_tag():
    """Its digest cannot be looked up where this is built; dependabot raises the tag."""
    images = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert images
    assert all(
        re.fullmatch(r"python:3\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", each) for each in images
    )


def test_everything_pinned_is_raised():
    text = (ROOT / ".github/dependabot.yml").read_text("utf-8")
    kinds = {each["package-ecosystem"] for each in yaml.safe_load(text)["updates"]}
    assert kinds == {"github-actions", "docker", "pip", "npm"}


def test_what_is_promised_is_written():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    for heading in ("What is promised", "What is public on purpose", "Report a problem"):
        assert f"## {heading}" in text
