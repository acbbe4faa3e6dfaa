"""The first scenario that is loaded costs the others nothing: what reads it is imported aside."""

from __future__ import annotations

import subprocess
import sys

import pytest

STORY = """
import asyncio, sys, threading
from emulator.emulator import Emulator
from httpx2 import ASGITransport, AsyncClient

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pydantic" or name.startswith("emulator.scenario."):
            seen.append((threading.current_thread() is threading.main_thread(), name))

seen = []
emulator = Emulator()

async def main():
    transport = ASGITransport(emulator.app)
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        sys.meta_path.insert(0, Watch())
        answer = await client.put(
            "/_emulator/scenario",
            content="{scenario: x, version: 1, rules: []}",
            headers={"content-type": "application/yaml"},
        )
        assert answer.status_code in (200, 422), answer.text

asyncio.run(main())
print(sum(not main for main, _ in seen), [name for main, name in seen if main])
"""


@pytest.mark.slow
def test_what_reads_a_scenario_is_imported_aside():
    told = subprocess.run(
        [sys.executable, "-c", STORY], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    aside, _, on_the_loop = told.strip().partition(" ")
    assert int(aside) > 10
    assert on_the_loop == "[]"
