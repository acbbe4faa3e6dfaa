"""What may stand in a scenario file. The JSON Schema is made from these classes.

The actions below `do` are not listed here: they are what `emulator.faults` holds, one file each.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    create_model,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, WithJsonSchema
from pydantic_core import core_schema

from emulator.faults import known
from emulator.faults.clock import Clock
from emulator.faults.fault import Fault
from emulator.faults.values import Identifier, Length, Strict, exactly, seconds, wrong

SCHEMA_ID = "urn:latam-payment-emulator:scenario:1"
ANY = "any"
"""The provider that stands for all."""

LATER: dict[str, frozenset[str]] = {
    "": frozenset({"states", "webhooks", "expect"}),
    "when": frozenset({"state"}),
    "clock": frozenset({"advance_per_request"}),
    "do": frozenset(
        {
            "after_bytes",
            "after_commit",
            "connection",
            "corrupt",
            "drip",
            "goto",
            "hold",
            "sign_with",
            "token",
            "verify_with",
        }
    ),
}
"""Keys of the format that are not built yet, by the key they stand under."""


def _no_list(value: Any) -> Any:
    if isinstance(value, list):
        raise wrong("is a list; write {in: [...]} to match any of several")
    return value


def _no_constant(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        raise wrong("is not text or a number; headers and parameters are text")
    return value


def _compiles(pattern: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise wrong(f"{pattern!r} is not a regular expression: {error}") from error
    return pattern


def pointer(text: str) -> str:
    """Check that a text is a JSON pointer (RFC 6901)."""
    if text and (not text.startswith("/") or re.search("~(?![01])", text)):
        raise wrong(f"{text!r} is not a JSON pointer; write for example /amount/total")
    return text


Scalar = Annotated[
    Any,
    AfterValidator(_no_list),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
TextScalar = Annotated[
    Any,
    AfterValidator(_no_list),
    AfterValidator(_no_constant),
    WithJsonSchema({"type": ["string", "number"]}),
]


class Comparison(Strict):
    """What a value must be. All comparisons given must hold; nothing but `present` holds if absent.

    Attributes:
        eq: The same; a number is also the same as its decimal text.
        ne: Not the same.
        glob: Text like this, with `*`, `?` and `[...]`; the whole of it, capitals matter.
        regex: A regular expression that is found in the text.
        gt: Greater, compared as a number: `"10.00"` is ten.
        lt: Less, compared as a number.
        among: Written `in`; one of these.
        present: Whether it is there at all.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}
    nullable: ClassVar[frozenset[str]] = frozenset({"eq", "ne"})

    eq: Any = None
    ne: Any = None
    glob: str | None = None
    regex: Annotated[str, AfterValidator(_compiles)] | None = None
    gt: float | None = None
    lt: float | None = None
    among: Annotated[Annotated[list[Any], Field(min_length=1)] | None, Field(alias="in")] = None
    present: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("compares nothing")
        if self.present is False and len(self.model_fields_set) > 1:
            raise wrong("never holds: what is not present cannot be compared")
        return self


def _either(scalar: Any) -> Any:
    return Annotated[
        Annotated[scalar, Tag("<scalar>")] | Annotated[Comparison, Tag("<mapping>")],
        Discriminator(
            lambda value: "<mapping>" if isinstance(value, dict | Comparison) else "<scalar>"
        ),
    ]


if TYPE_CHECKING:
    Matcher = Any | Comparison
    TextMatcher = Any | Comparison
else:
    Matcher = _either(Scalar)
    TextMatcher = _either(TextScalar)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Endpoints = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[list[Name], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<list>" if isinstance(value, list) else "<text>"),
]


class Match(Strict):
    """Which requests a rule is for.

    Attributes:
        provider: Its name, or `any`.
        endpoint: Name, glob such as `session.*`, path of no endpoint such as `/health`, or a
            list of them; all if left out.
        credential: Key of the credential that signed.
        method: HTTP method.
        header: By name; of a header given twice, one must match.
        query: By name, likewise.
        payload: By JSON pointer into the decrypted and verified message.
        verdict: What the provider makes of the request as it arrived.
    """

    provider: Name
    endpoint: Endpoints | None = None
    credential: Name | None = None
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None = None
    header: Annotated[dict[Name, TextMatcher], Field(min_length=1)] | None = None
    query: Annotated[dict[str, TextMatcher], Field(min_length=1)] | None = None
    payload: (
        Annotated[dict[Annotated[str, AfterValidator(pointer)], Matcher], Field(min_length=1)]
        | None
    ) = None
    verdict: Literal["accepted", "rejected", "refused", "any"] = "accepted"

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoints named; empty for all."""
        if self.endpoint is None:
            return ()
        return (self.endpoint,) if isinstance(self.endpoint, str) else tuple(self.endpoint)


class When(Strict):
    """Which hits a rule fires on; a hit is a request that its `match` accepts.

    Attributes:
        since: Written `from`; counts hits from this long after the start, on the scope's clock.
        until: Counts hits up to this long after the start.
        after: Skip so many hits.
        every: Then fire on each such hit: `10` is the tenth, the twentieth and so on.
        hits: Fire on these hits only, numbered from 1.
        probability: Of those, fire on this share, as the seed decides.
        times: Fire at most so often.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}

    since: Annotated[Length | None, Field(alias="from")] = None
    until: Length | None = None
    after: Annotated[int, Field(ge=0)] = 0
    every: Annotated[int, Field(ge=1)] = 1
    hits: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        if not self.model_fields_set:
            raise wrong("says nothing; leave it out to fire always")
        if self.hits and all(
            hit <= self.after or (hit - self.after) % self.every for hit in self.hits
        ):
            raise wrong("never fires: 'after' and 'every' leave none of its 'hits'")
        if self.until and seconds(self.since or "0s") >= seconds(self.until):
            raise wrong("never fires: 'until' is not later than 'from'")
        return self


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
        if len(ending) > 1:
            raise wrong(f"ends more than once: keep one of {', '.join(map(repr, ending))}")
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
        return all(fault.ending for action in self.actions for fault in action.faults)

    def hides(self, other: Rule) -> bool:
        """Tell whether it surely ends every exchange that the other matches."""
        endless = self.do is not None or (
            self.steps is not None and (self.steps[-1].times == "rest" or self.repeat != "stop")
        )
        if self.when is not None or not endless:
            return False
        if not all(any(f.ending for f in action.faults) for action in self.actions):
            return False
        mine, theirs = self.match, other.match
        if mine.model_fields_set - {"provider", "endpoint", "verdict"}:
            return False
        return (
            mine.provider in (ANY, theirs.provider)
            and mine.verdict in ("any", theirs.verdict)
            and mine.endpoint in (None, theirs.endpoint)
        )


class Scenario(Strict):
    """A scenario: rules that bend an emulator which is otherwise right.

    Attributes:
        scenario: Its name.
        version: Of the format.
        description: For people.
        tags: For choosing among many.
        seed: Of its chance; drawn at the start if left out.
        ttl: Real time after which it unloads itself.
        scope: Who owns counters: each namespace, credential or client, or all together.
        clock: Applied at the start.
        rules: In order of precedence.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"anyOf": [{"required": ["rules"]}, {"required": ["clock"]}]}
    }

    scenario: Identifier
    version: Annotated[Literal[1], exactly(1)]
    description: str = ""
    tags: list[Identifier] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)] | None = None
    ttl: Length | None = None
    scope: Literal["namespace", "credential", "client", "global"] = "namespace"
    clock: Clock | None = None
    rules: Annotated[list[Rule], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _bends_something(self) -> Self:
        if not self.rules and not self.clock:
            raise wrong("bends nothing: give 'rules' or 'clock'")
        return self

    @property
    def moves_clock(self) -> bool:
        """Whether it touches the namespace's clock."""
        return self.clock is not None or any(
            isinstance(fault, Clock)
            for rule in self.rules or ()
            for action in rule.actions
            for fault in action.faults
        )


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
