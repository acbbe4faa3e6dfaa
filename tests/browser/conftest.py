"""A real browser: Debian's Chromium, driven by Playwright.

Without it, or without Flask, these tests are skipped; with `BROWSER_TESTS=required` they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = [name for name in ("playwright", "flask") if find_spec(name) is None]
if CHROMIUM is None:
    MISSING.append("chromium")


@pytest.fixture(scope="session", autouse=True)
def everything_is_there() -> None:
    if MISSING:
        reason = f"not installed: {', '.join(MISSING)}"
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module only: while it is open, `asyncio.run` cannot be used in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of its own, in Colombia; no script on it may break."""
    broken: list[object] = []
    context = browser.new_context(locale="es-CO")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: broken.append(error))
    yield page
    context.close()
    assert broken == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is slow."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
