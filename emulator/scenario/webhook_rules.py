"""Rules about webhooks: `webhooks`, as it is written.

They have what the rules about requests have. A hit is a webhook, counted when it is made. The
first rule that fires says how it is delivered. A rule with `attempt` or `copy` in its `when` says
what is different about some of its deliveries; it comes before the other, and several add up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    create_model,
    model_validator,
)

from emulator.faults import known_of_webhooks
from emulator.faults.fault import WebhookFault
from emulator.faults.values import Strict, wrong
from emulator.provider import Webhook
from emulator.scenario.action import FaultsByName
from emulator.scenario.comparison import Matcher, comparing_at, pointer
from emulator.scenario.matching import Name, Names
from emulator.scenario.sequence import RuleForm, StepForm
from emulator.scenario.when import When

Test = Callable[[Webhook], bool]


class WebhookMatch(Strict):
    """Which webhooks a rule is for.

    Attributes:
        provider: Who sends it, or `any`.
        event: Name, glob such as `payout.*`, or a list of them; all if left out.
        credential: Key of the credential that it is for.
        payload: By JSON pointer into what it says, before it is signed.
    """

    provider: Name
    event: Names | None = None
    credential: Name | None = None
    payload: (
        Annotated[dict[Annotated[str, AfterValidator(pointer)], Matcher], Field(min_length=1)]
        | None
    ) = None

    @property
    def events(self) -> tuple[str, ...]:
        """The events named; all if none is."""
        if self.event is None:
            return ("*",)
        return (self.event,) if isinstance(self.event, str) else tuple(self.event)

    @property
    def tests(self) -> list[Test]:
        """Return what must hold of a webhook of the provider, the cheap tests first."""
        events = re.compile("|".join(map(translate, self.events)), re.DOTALL)
        tests: list[Test] = [lambda webhook: bool(events.fullmatch(webhook.event))]
        if self.credential is not None:
            tests.append(lambda webhook: webhook.credential == self.credential)
        for place, matcher in (self.payload or {}).items():
            tests.append(partial(_says, comparing_at(place, matcher)))
        return tests


def _says(fits: Callable[[Any], bool], webhook: Webhook) -> bool:
    return fits(webhook.content)


_Number = Annotated[int, Field(ge=1, le=50)]
Numbers = Annotated[
    Annotated[_Number, Tag("<scalar>")]
    | Annotated[list[_Number], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<list>" if isinstance(value, list) else "<scalar>"),
]


class WebhookWhen(When):
    """Which webhooks a rule fires on, and which of their deliveries it is for.

    Attributes:
        attempt: For this attempt only, or for these; the first is 1.
        copy_number: Written `copy`; for this copy only, or for these; the first is 1.
    """

    attempt: Numbers | None = None
    copy_number: Annotated[Numbers | None, Field(alias="copy")] = None

    @property
    def attempts(self) -> list[int]:
        """The attempts named; empty for all."""
        return _listed(self.attempt)

    @property
    def copy_numbers(self) -> list[int]:
        """The copies named; empty for all."""
        return _listed(self.copy_number)


def _listed(numbers: int | list[int] | None) -> list[int]:
    return [numbers] if isinstance(numbers, int) else numbers or []


class BaseWebhookAction(FaultsByName):
    """What is done with a webhook: faults by name."""

    @model_validator(mode="wrap")
    @classmethod
    def _belongs(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        action = validate(data)
        deliver = data.get("deliver", "normal")
        for name in data:
            fault = known_of_webhooks()[name]
            if fault.needs and deliver != fault.needs:
                raise wrong(f"'{name}' needs 'deliver: {fault.needs}'")
            if deliver in fault.never_with:
                raise wrong(f"'{name}' cannot go with 'deliver: {deliver}', which says when it is")
        if deliver == "reorder" and "window" not in data:
            raise wrong("'deliver: reorder' needs 'window', how many are held")
        if deliver == "normal" and set(data) <= {"deliver"}:
            raise wrong("changes nothing about the webhook")
        return action

    @property
    def faults(self) -> tuple[WebhookFault, ...]:
        """The faults, `deliver` before what belongs to it."""
        order = sorted(self.names, key=lambda name: name != "deliver")
        return tuple(cast(WebhookFault, getattr(self, name)) for name in order)


if TYPE_CHECKING:

    class WebhookAction(BaseWebhookAction):
        """A `BaseWebhookAction` with a field for each known fault."""

else:
    WebhookAction = create_model(
        "WebhookAction",
        __base__=BaseWebhookAction,
        __module__=__name__,
        __doc__=BaseWebhookAction.__doc__,
        **{name: (fault | None, None) for name, fault in known_of_webhooks().items()},
    )


class WebhookStep(StepForm):
    """A part of a sequence.

    Attributes:
        times: For so many firings, or for the `rest`.
        do: What happens.
    """

    do: WebhookAction


class WebhookRule(RuleForm):
    """A rule about webhooks.

    Attributes:
        id: Unique in the file, among the rules too.
        note: For people.
        match: Which webhooks count as its hits.
        when: Which of them it fires on, and for which deliveries; all if left out.
        do: What is done, if always the same.
        steps: What is done at the first firing, the second, and so on.
        repeat: After the last step: `stop` firing, stay with the `last`, or `loop`.
    """

    match: WebhookMatch
    when: WebhookWhen | None = None
    do: WebhookAction | None = None
    steps: Annotated[list[WebhookStep], Field(min_length=1)] | None = None

    @property
    def is_partial(self) -> bool:
        """Whether it is about some of the deliveries of a webhook, not about all."""
        return self.when is not None and bool(self.when.attempts or self.when.copy_numbers)

    @model_validator(mode="after")
    def _fits_deliveries(self) -> Self:
        if not self.is_partial:
            return self
        for action in self.actions:
            for name in action.names:
                if getattr(action, name).of_all:
                    raise wrong(
                        f"'{name}' is about the whole webhook: leave 'attempt' and 'copy' out"
                    )
            deliver = getattr(action, "deliver", None)
            if self.when and self.when.copy_numbers and deliver and deliver.root == "duplicate":
                raise wrong("'deliver: duplicate' makes the copies: leave 'copy' out")
        return self
