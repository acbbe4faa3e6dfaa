"""The example provider in its place: `tests/acme` laid over the tree, and taken off again.

Acme stands in `tests/acme/emulator/…` as it would stand in `emulator/…`. Laid over, discovery finds
it, its keys are beside the shipped ones, and nothing had to be told of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from emulator import client, providers, schemes
from emulator.core import configuration
from emulator.providers import discover

TREE = Path(__file__).parents[1] / "acme"
NAME = "acme"


@contextmanager
def laid_over() -> Iterator[None]:
    """Have the packages hold what stands in `tests/acme`, too."""
    packages: tuple[ModuleType, ...] = (client, providers, schemes)
    paths = [str(TREE.joinpath(*package.__name__.split("."))) for package in packages]
    for package, path in zip(packages, paths, strict=True):
        package.__path__.append(path)
    try:
        yield
    finally:
        for package, path in zip(packages, paths, strict=True):
            package.__path__.remove(path)


@cache
def key_directory() -> Path:
    """Return a directory with the shipped keys and fresh ones of Acme, made by its `make_keys`."""
    directory = Path(tempfile.mkdtemp(prefix="conformance-keys-"))
    shutil.copytree(configuration.shipped("keys"), directory, dirs_exist_ok=True)
    with laid_over():
        discover()[NAME].credentials.make_keys(directory / NAME)
    return directory
