"""An item of `expect`: a sentence for people, and one expectation of any kind.

The kinds are not listed here: they are what this folder holds, one file each.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from pydantic import create_model, model_validator

from emulator.faults.values import Strict, wrong
from emulator.scenario.expectations.kind import Evidence, Kind, Report


def _found() -> dict[str, type[Kind]]:
    """Return the kinds by the key that each has in a file: the name of its module."""
    package = __name__.rpartition(".")[0]
    names = [each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)])]
    others = (name for name in names if f"{package}.{name}" != __name__)
    modules = {name: import_module(f"{package}.{name}") for name in others}
    return {name: module.KIND for name, module in modules.items() if hasattr(module, "KIND")}


KINDS = _found()


class BaseExpectation(Strict):
    """One thing that must have happened.

    Attributes:
        that: Says it for people.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"oneOf": [{"required": [name]} for name in KINDS]}
    }

    that: str

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            wanted = ", ".join(map(repr, given or KINDS))
            raise wrong(f"give one of {wanted}; another thing is another item")
        return self

    def verify(self, evidence: Evidence) -> Report:
        """Check it."""
        kinds = (cast("Kind | None", getattr(self, name)) for name in KINDS)
        kind = next(each for each in kinds if each is not None)
        return {"that": self.that, **kind.verify(evidence)}


if TYPE_CHECKING:

    class Expectation(BaseExpectation):
        """A `BaseExpectation` with a field for each kind."""

else:
    Expectation = create_model(
        "Expectation",
        __base__=BaseExpectation,
        __module__=__name__,
        __doc__=BaseExpectation.__doc__,
        **{name: (kind | None, None) for name, kind in KINDS.items()},
    )


class Expectations(Strict):
    """A list of expectations under its name, as a scenario file has it.

    Attributes:
        expect: What must have happened.
    """

    expect: list[Expectation]


def verify_all(expectations: Iterable[Expectation], evidence: Evidence) -> list[Report]:
    """Check the expectations, each for itself."""
    return [each.verify(evidence) for each in expectations]
