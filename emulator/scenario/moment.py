"""Time and state as one request or webhook finds them."""

from __future__ import annotations

from emulator.core.clock import Clock
from emulator.scenario.machine import Machine
from emulator.scenario.when import Conditions


class Moment:
    """Time and state as one request or webhook finds them; looked up when first asked for."""

    __slots__ = ("_clock", "_elapsed", "_machine", "_owner", "_started", "_state")

    def __init__(self, clock: Clock, started: float, machine: Machine | None, owner: str) -> None:
        self._clock = clock
        self._started = started
        self._machine = machine
        self._owner = owner
        self._elapsed: float | None = None
        # Before any rule is looked at: a transition by time may change the clock.
        self._state = machine.current(owner) if machine is not None else ""

    def fits(self, conditions: Conditions) -> bool:
        """Tell whether this is the time and the state that the conditions ask for."""
        if conditions.states and self._state not in conditions.states:
            return False
        if conditions.window is None:
            return True
        if self._elapsed is None:  # rounded, for a difference of large numbers
            self._elapsed = round(self._clock.passed() - self._started, 4)
        return conditions.window[0] <= self._elapsed < conditions.window[1]
