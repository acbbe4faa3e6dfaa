"""What became of a namespace that was forgotten: told to the next one of its name."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing

FORGOTTEN = FailureMode(
    "emulator.namespace-forgotten",
    "A namespace of this name was forgotten, with all that was in it",
    Source("emulator", "namespaces", Standing.CHOSEN),
)


@dataclass(frozen=True, slots=True)
class Loss:
    """A namespace that was forgotten.

    Attributes:
        why: The reason, in words.
        held: What was lost with it besides state and journal, in words; empty if nothing.
    """

    why: str
    held: str

    def diagnose(self) -> Diagnosis:
        """Return the warning for the next namespace of that name."""
        return FORGOTTEN.diagnose(
            "namespace",
            expected="the namespace as it was",
            received=self.why + (f"; it had {self.held}" if self.held else ""),
            hint="Set it up again. `serve --namespace-ttl` keeps namespaces longer; "
            "DELETE /_emulator/namespaces/{name} makes room for others",
        )
