"""What may stand in a scenario file. The JSON Schema is made from these classes.

The actions below `do` are not listed here: they are what `emulator.faults` holds, one file each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import (
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    create_model,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from emulator.core.clock import parse_drift
from emulator.faults import known
from emulator.faults.clock import Clock
from emulator.faults.connection import CUTS_THE_ANSWER
from emulator.faults.corrupt import Corrupt
from emulator.faults.fault import Fault
from emulator.faults.values import Identifier, Length, Strict, exactly, seconds, wrong
from emulator.scenario.expectations import Expectation
from emulator.scenario.matching import ANY, Match
from emulator.scenario.scope import Scope
from emulator.scenario.states import States
from emulator.scenario.webhook_rules import WebhookRule
from emulator.scenario.when import When

SCHEMA_ID = "urn:latam-payment-emulator:scenario:1"


_CUT = {"after_bytes": "truncate", "hold": "hang"}
"""The way to end a connection that a modifier belongs to."""


def _of_request(fault: object) -> bool:
    return isinstance(fault, Corrupt) and fault.target.startswith("request.")


class BaseAction(Strict):
    """What a rule does: faults by name. Bending ones add up in the order written."""

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}
    _order: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        action = validate(data)
        action._order = tuple(data)  # noqa: SLF001
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
        return tuple(cast(Fault, getattr(self, name)) for name in self._order)


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

Times = Annotated[
    Annotated[int, Field(ge=1), Tag("<scalar>")] | Annotated[Literal["rest"], Tag("<text>")],
    Discriminator(lambda value: "<text>" if isinstance(value, str) else "<scalar>"),
]


class Step(Strict):
    """A part of a sequence.

    Attributes:
        times: For so many firings, or for the `rest`.
        do: What happens.
    """

    times: Times = 1
    do: Action


class Rule(Strict):
    """A rule.

    Attributes:
        id: Unique in the file.
        note: For people.
        match: Which requests count as its hits.
        when: Which hits it fires on; all if left out.
        do: What happens, if always the same.
        steps: What happens at the first firing, the second, and so on.
        repeat: After the last step: `stop` firing, stay with the `last`, or `loop`.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"oneOf": [{"required": ["do"]}, {"required": ["steps"]}]}
    }

    id: Identifier
    note: str = ""
    match: Match
    when: When | None = None
    do: Action | None = None
    steps: Annotated[list[Step], Field(min_length=1)] | None = None
    repeat: Literal["stop", "last", "loop"] = "stop"

    @model_validator(mode="after")
    def _one_sequence(self) -> Self:
        if (self.do is None) == (self.steps is None):
            raise wrong("give one of 'do', 'steps'")
        if self.steps is None:
            if "repeat" in self.model_fields_set:
                raise wrong("'repeat' needs 'steps'; 'do' repeats anyway")
            return self
        rest = [number for number, step in enumerate(self.steps) if step.times == "rest"]
        if rest and rest[0] < len(self.steps) - 1:
            raise wrong(f"steps.{rest[0] + 1} can never come: the step before has times: rest")
        if rest and self.repeat != "stop":
            raise wrong(f"repeat: {self.repeat} can never come: the last step has times: rest")
        return self

    @property
    def actions(self) -> Iterable[Action]:
        """All it may do."""
        if self.do is not None:
            yield self.do
        for step in self.steps or ():
            yield step.do

    @property
    def only_ends(self) -> bool:
        """Whether it does nothing but end exchanges."""
        return all(
            fault.ending or fault.modifies for action in self.actions for fault in action.faults
        )

    @property
    def ends_all(self) -> bool:
        """Whether it surely ends every exchange of its providers, endpoints and verdict."""
        endless = self.do is not None or (
            self.steps is not None and (self.steps[-1].times == "rest" or self.repeat != "stop")
        )
        return (
            endless
            and self.when is None
            and self.match.model_fields_set <= {"provider", "endpoint", "verdict"}
            and all(any(fault.ending for fault in each.faults) for each in self.actions)
        )


def _moves(clock: Clock, name: str) -> bool:
    value = getattr(clock, name)
    if name == "drift":
        return parse_drift(value) != 0
    return name not in ("offset", "advance", "advance_per_request") or seconds(value) != 0


class Scenario(Strict):
    """A scenario: rules that bend an emulator which is otherwise right.

    Attributes:
        scenario: Its name.
        version: Of the format.
        description: For people.
        tags: For choosing among many.
        seed: Of its chance; drawn at the start if left out.
        ttl: Real time after which it unloads itself.
        scope: Who owns counters and states: each namespace, credential or client, all namespaces
            together (`global`), or each value such as `{payload: /requestId}`.
        clock: Applied at the start.
        states: What it goes through.
        rules: In order of precedence.
        webhooks: Rules about webhooks; the first that fires says how one is delivered.
        expect: What must have happened in the end; see `emulator scenario verify`.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {
            "anyOf": [{"required": [name]} for name in ("rules", "webhooks", "clock")]
        }
    }

    scenario: Identifier
    version: Annotated[Literal[1], exactly(1)]
    description: str = ""
    tags: list[Identifier] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)] | None = None
    ttl: Length | None = None
    scope: Scope = "namespace"
    clock: Clock | None = None
    states: States | None = None
    rules: Annotated[list[Rule], Field(min_length=1)] | None = None
    webhooks: Annotated[list[WebhookRule], Field(min_length=1)] | None = None
    expect: Annotated[list[Expectation], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _bends_something(self) -> Self:
        if not self.rules and not self.clock and not self.webhooks:
            raise wrong("bends nothing: give 'rules', 'webhooks' or 'clock'")
        return self

    @model_validator(mode="after")
    def _clock_moves(self) -> Self:
        clock = self.clock
        if clock is None:
            return self
        shifted = any(each.offset or each.drift for each in (clock, *self._clock_changes))
        if clock.affects and not shifted:
            raise wrong("'clock' has 'affects', which limits 'offset' and 'drift': give one")
        given = clock.model_fields_set - {"affects"}
        if given and not any(_moves(clock, name) for name in given):
            raise wrong(f"'clock' moves nothing: {', '.join(sorted(given))} of zero")
        return self

    @property
    def _clock_changes(self) -> Iterator[Clock]:
        """What changes the clock after the start."""
        for transition in self.states.transitions if self.states else ():
            if transition.do and transition.do.clock:
                yield transition.do.clock
        for rule in self.rules or ():
            for action in rule.actions:
                yield from (fault for fault in action.faults if isinstance(fault, Clock))

    @property
    def moves_clock(self) -> bool:
        """Whether it touches the namespace's clock."""
        return self.clock is not None or any(True for _ in self._clock_changes)


_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {6,}.*)*)", re.MULTILINE)


class _Schema(GenerateJsonSchema):
    """Optional keys may be left out, not null; and docstrings explain each key to editors."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        summary, _, attributes = made.get("description", "").partition("\n\nAttributes:\n")
        explained = dict(_ATTRIBUTE.findall(attributes))
        for name, field in schema["cls"].model_fields.items():
            key = made.get("properties", {}).get(field.alias or name)
            if key is not None and name in explained:
                text = re.sub(r"\s+", " ", explained[name]).strip()
                key["description"] = re.sub(r"^Written `\w+`; (\w)", _capital, text)
        if summary:
            made["description"] = summary
        return made


def _capital(match: re.Match[str]) -> str:
    return match[1].upper()


def json_schema(providers: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario file.

    Args:
        providers: Names to offer for `match.provider`; any text if there are none.
    """
    schema = Scenario.model_json_schema(schema_generator=_Schema)
    if names := list(providers):
        schema["$defs"]["Match"]["properties"]["provider"]["enum"] = [*names, ANY]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Emulator scenario, version 1",
    }
