"""`emulator serve --watch`: load the scenario again when its file changes.

A thread reads the file twice a second and compares its content. So it also sees a file that was
saved with the same size and time, or a link with a new target. A file that cannot be read does
not stop the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.cli._banner import unused_seed
from emulator.core.configuration import utf_8
from emulator.core.errors import ConfigurationError
from emulator.core.reading import MOST_SCENARIO_BYTES, MissingError, read_bytes

if TYPE_CHECKING:
    from emulator.emulator import Emulator

LOOK_SECONDS = 0.5
"""How often the file is read."""

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Look:
    """The result of reading the file once.

    Attributes:
        text: Its content; None if it could not be read.
        fault: Why not; empty if there is no file.
    """

    text: str | None = None
    fault: str = ""


def look(path: Path) -> Look:
    """Read the file; never raise."""
    try:
        return Look(utf_8(read_bytes(path, MOST_SCENARIO_BYTES), str(path)))
    except MissingError:
        return Look()
    except ConfigurationError as error:
        return Look(fault=str(error))


async def watch(
    path: Path,
    known: str,
    changed: Callable[[Look], Awaitable[None]],
    report: Callable[[Exception], object],
    pause: Pause = asyncio.sleep,
) -> None:
    """Call `changed` after each change of a file, until cancelled.

    `changed` is called when two readings in a row give the same content. So a file that is only
    half written does not count as broken, and a file that an editor replaces does not count as
    missing.

    Args:
        path: The file.
        known: Its text as it was read before.
        changed: Called with the result of the last reading.
        report: Reports an exception of ours that `changed` raises.
        pause: Waits so many seconds.
    """
    told = before = Look(known)
    while True:
        await pause(LOOK_SECONDS)
        now = await asyncio.to_thread(look, path)
        if now == before and now != told:
            told = now
            try:
                await changed(now)
            except Exception as error:  # a bug of ours must not end the watch
                report(error)
        before = now


class WatchedFile:
    """The scenario's file. If it is broken, deleted or the same as before, nothing changes.

    So saving without a change keeps the counters, the random seed, and a scenario that was
    loaded through the control API in the meantime.

    Args:
        path: The file.
        text: What was loaded from it.
        emulator: Its default namespace is meant.
        say: Called with a line about the result.
    """

    def __init__(
        self, path: Path, text: str, emulator: Emulator, say: Callable[[str], None]
    ) -> None:
        self.path = path
        self._loaded = text
        self._emulator = emulator
        self._say = say

    async def watch(self) -> None:
        """Load the scenario again after each change, until cancelled."""
        report = self._emulator.namespace("default").report_bug
        await watch(self.path, self._loaded, self.changed, report)

    async def changed(self, now: Look) -> None:
        """Replace the loaded scenario with the one in the file, if the file has changed."""
        if now.text is None:
            self._say(
                f"not reloaded, {self._kept}: {now.fault}"
                if now.fault
                else f"{self.path} is gone: {self._kept}"
            )
        elif now.text == self._loaded:
            self._say(f"{self.path} is again as it was loaded: {self._kept}")
        else:
            await self._load(now.text)

    async def _load(self, text: str) -> None:
        namespace = self._emulator.namespace("default")
        try:
            scenario = await namespace.read_scenario_aside(text, str(self.path))
        except ConfigurationError as error:
            self._say(f"not reloaded, {self._kept}:\n{error}")
            return
        namespace.load(scenario)
        self._loaded = text
        engine = namespace.scenario
        assert engine is not None
        self._say(f"reloaded {engine.scenario.scenario} (seed {engine.seed})")
        if note := unused_seed(self._emulator):
            self._say(note)

    @property
    def _kept(self) -> str:
        engine = self._emulator.namespace("default").scenario
        if engine is None:
            return "no scenario is loaded"
        return f"{engine.scenario.scenario} (seed {engine.seed}) stays"
