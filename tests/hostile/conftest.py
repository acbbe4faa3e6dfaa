"""Fixtures of the hostile tests: a server on real sockets, with settings.

Counts and bounds only: no test here depends on how long anything takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from emulator.emulator import Emulator
from emulator.http.server import Server

Serving = Callable[..., Server]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Start servers on real sockets; keywords are `Emulator`'s. They stop at the end of the test.

    The server's `emulator` is the one behind it: `serving(journal_size=3).emulator`.
    """
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(Server(Emulator(**settings)))


@pytest.fixture
def server(serving: Serving) -> Server:
    """A server on a real socket, with default settings."""
    return serving()


def pytest_make_parametrize_id(config: Any, val: object, argname: str) -> str | None:
    """Keep the names of tests short where a parameter is an attack of many kilobytes."""
    if isinstance(val, str | bytes) and len(val) > 60:
        return f"{argname}-of-{len(val)}"
    return None
