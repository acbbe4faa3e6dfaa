"""Wakes the providers of a namespace when what they have noted in their agendas is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.core.agenda import Alarm
from emulator.core.clock import Clock, Reading
from emulator.provider import Context, Provider


class Waking:
    """Watches the agendas of one namespace's providers.

    Args:
        clock: The namespace's.
        providers: All providers; those that are never woken are left out of account.
        context: Gives a provider's context, whose agenda it is; None if it has none yet.
        report: Reports an exception of ours.
    """

    def __init__(
        self,
        clock: Clock,
        providers: Mapping[str, Provider[Any]],
        context: Callable[[str], Context[Any] | None],
        report: Callable[[Exception], object],
    ) -> None:
        self._clock = clock
        self._providers = tuple(each for each in providers.values() if each.life.wake is not None)
        self._context = context
        self._alarm = Alarm(self._seconds, self.catch_up, report)
        clock.when_moved(self.look)

    def look(self) -> None:
        """Look again when to wake: something was noted, or the clock was moved."""
        self._alarm.set()

    def stop(self) -> None:
        """Forget what is noted, and wake no provider until something is noted again."""
        self._alarm.stop()
        for _, context in self._woken():
            context.agenda.clear()

    def catch_up(self) -> Iterator[None]:
        """Do what is due, one thing at a time."""
        for provider, context in self._woken():
            life = provider.life
            assert life.wake is not None
            for key in context.agenda.due(self._now(life.wakes_by)):
                life.wake(key, context)
                yield

    async def all_done(self) -> None:
        """Do all that is due, and let others have their turn in between."""
        for number, _ in enumerate(self.catch_up()):
            if number % _TOGETHER == 0:
                await asyncio.sleep(0)

    def _woken(self) -> Iterator[tuple[Provider[Any], Context[Any]]]:
        """Go through the providers that are woken, and have something to be woken for."""
        for provider in self._providers:
            if (context := self._context(provider.name)) is not None:
                yield provider, context

    def _now(self, reading: Reading) -> float:
        believed = reading == "believed"
        return self._clock.timestamp("verify") if believed else self._clock.passed()

    def _seconds(self) -> float | None:
        """Return the real seconds until something is due; None if nothing is, or time stands."""
        found = (
            self._clock.seconds_to(at, provider.life.wakes_by)
            for provider, context in self._woken()
            if (at := context.agenda.first()) is not None
        )
        return min((each for each in found if each is not None), default=None)


_TOGETHER = 4
"""Things that are done in one round of the loop."""
