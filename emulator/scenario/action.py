"""What a rule about requests does: faults by name, of which some changes and one may end.

The faults are not listed here: they are what `emulator.faults` holds, one file each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from pydantic import ModelWrapValidatorHandler, PrivateAttr, create_model, model_validator

from emulator.faults import known
from emulator.faults.connection import CUTS_THE_ANSWER
from emulator.faults.corrupt import Corrupt
from emulator.faults.fault import Fault
from emulator.faults.values import Strict, wrong

_CUT = {"after_bytes": "truncate", "hold": "hang"}
"""The way to end a connection that a modifier belongs to."""


def _of_request(fault: object) -> bool:
    return isinstance(fault, Corrupt) and fault.target.startswith("request.")


class FaultsByName(Strict):
    """Faults by name, at least one."""

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}
    _names: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        action = validate(data)
        action._names = tuple(data)  # noqa: SLF001 - its own
        return action

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the faults, in the order written."""
        return self._names


class BaseAction(FaultsByName):
    """What a rule does: faults by name. Changing ones add up in the order written."""

    @model_validator(mode="wrap")
    @classmethod
    def _belongs(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        action = validate(data)
        if not data:
            raise wrong("does nothing; write {pass: true} for the true answer")
        ending = [name for name in data if known()[name].ending]
        cut = data.get("connection")
        if len(ending) > 1:
            raise wrong(f"ends more than once: keep one of {', '.join(map(repr, ending))}")
        for name in data:
            needs = known()[name].modifies
            if needs and not set(needs) & set(ending):
                wanted = " or ".join(map(repr, needs))
                raise wrong(f"'{name}' does nothing without {wanted} beside it")
            if _CUT.get(name, cut) != cut:
                raise wrong(f"'{name}' needs connection: {_CUT[name]}, not {cut}")
        without = [name for name in ending if name != "pass" and cut not in CUTS_THE_ANSWER]
        if without and "after_commit" not in data:
            for name in data:
                if name == "verify_with" or _of_request(getattr(action, name)):
                    raise wrong(
                        f"'{name}' does nothing beside '{without[0]}', which answers without "
                        "asking what the verdict is"
                    )
        return action

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, in the order written."""
        return tuple(cast(Fault, getattr(self, name)) for name in self.names)


if TYPE_CHECKING:

    class Action(BaseAction):
        """A `BaseAction` with a field for each known fault."""

else:
    Action = create_model(
        "Action",
        __base__=BaseAction,
        __module__=__name__,
        __doc__=BaseAction.__doc__,
        **{name: (fault | None, None) for name, fault in known().items()},
    )
