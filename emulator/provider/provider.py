"""What a provider is made of. Its package below `emulator.providers` names one, `PROVIDER`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, Generic

from emulator.core.clock import Reading
from emulator.core.errors import Diagnosis, Source
from emulator.core.exchange import Exchange, Reply
from emulator.core.store import Record
from emulator.provider.context import Context, S
from emulator.provider.credentials import Credentials
from emulator.provider.endpoint import Authenticate, Endpoint
from emulator.provider.example import Example
from emulator.provider.overrides import Event
from emulator.provider.part import Part
from emulator.provider.refusal import ErrorCatalogue
from emulator.provider.signed import Signed
from emulator.provider.webhook import Delivery, Webhook


def _unsealed(reply: Reply, exchange: Exchange, context: Context[Any]) -> Reply:  # noqa: ARG001
    return reply


def _nothing(context: Context[Any]) -> None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class Provider(Generic[S]):
    """A provider.

    Attributes:
        name: In paths, scenarios and the journal.
        title: For people.
        hosts: The real host names it answers to, besides `<name>.localhost`.
        endpoints: In the order of the documentation.
        errors: The error catalogue; must have `not-found`, `method-not-allowed`, `too-large`
            and `bad-request`, and the short names `401` and `403`.
        authenticate: The check of every endpoint that has none of its own.
        settings: A frozen dataclass of defaults.
        credentials: What its merchants' credentials are.
        sign: Makes a request ready: endpoint name, payload (None for a default one), context,
            base URL. Raises ConfigurationError for an endpoint it has not.
        package: Where it stands: `__name__` of its package.
        seal: Signs the reply where the provider signs its replies.
        masked: Members of request and reply bodies that are masked in the journal.
        cards: Numbers of its sandbox's cards, masked although no brand issues them so.
        seed_state: Fills the provider's tables in a fresh namespace.
        wake: Does what has become due of a key in `Context.agenda`, such as the webhook of what
            ended by itself. It may put the key there again, for a later time.
        wakes_by: The reading of the clock that the times in the agenda are of.
        seal_webhook: Signs a webhook; None where the provider sends none.
        judge_answer: Tells why the merchant's answer to a webhook is not an acknowledgement;
            None if it is one.
        retries: Seconds after the first attempt at which an unacknowledged webhook is sent again.
        trigger: Makes the webhook of an event out of the state and the overrides given, or does
            what gives none and returns what became of it, as plain data;
            raises ConfigurationError.
        events: What a trigger can do, by name: webhooks, and what sends none by itself.
        parts: What a scenario can damage, by its name in scenario files, such as
            `request.aes.ciphertext`; the bodies need no mention.
        signing_keys: Names of the keys that a scenario can have it sign with: `current`, …
        token_options: Which members of a scenario's `token` it heeds.
        revoke_tokens: Ends every access token issued so far.
    """

    package: str
    name: str
    title: str
    hosts: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    errors: ErrorCatalogue
    authenticate: Authenticate
    settings: S
    credentials: Credentials
    sign: Callable[[str, Any, Context[S], str], Signed]
    source: Source
    seal: Callable[[Reply, Exchange, Context[S]], Reply] = _unsealed
    masked: tuple[str, ...] = ()
    cards: frozenset[str] = frozenset()
    seed_state: Callable[[Context[S]], None] = _nothing
    wake: Callable[[str, Context[S]], None] | None = None
    wakes_by: Reading = "passed"
    seal_webhook: Callable[[Webhook, Context[S]], Delivery] | None = None
    judge_answer: Callable[[Webhook, int, bytes, Context[S]], Diagnosis | None] | None = None
    retries: tuple[float, ...] = ()
    trigger: Callable[[str, Mapping[str, Any], Context[S]], Webhook | Record] | None = None
    events: Mapping[str, Event] = field(default_factory=dict[str, Event])
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])
    signing_keys: tuple[str, ...] = ()
    token_options: frozenset[str] = frozenset()
    revoke_tokens: Callable[[Context[S]], None] | None = None

    @cached_property
    def _fixed(self) -> dict[str, Endpoint]:
        return {
            path: endpoint
            for endpoint in self.endpoints
            for path in endpoint.paths
            if "{" not in path
        }

    @cached_property
    def _templated(self) -> tuple[tuple[re.Pattern[str], Endpoint], ...]:
        return tuple(
            (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))), endpoint)
            for endpoint in self.endpoints
            for path in endpoint.paths
            if "{" in path
        )

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Requests in order and spoiled ones, of its `examples.py`; they drive contract tests.

        Serving needs none of them, so they are imported when first asked for.
        """
        found: tuple[Example, ...] = import_module(f"{self.package}.examples").EXAMPLES
        return found

    def route(self, path: str) -> tuple[Endpoint | None, dict[str, str]]:
        """Return the endpoint at `path`, or None, and what its template caught."""
        endpoint = self._fixed.get(path)
        if endpoint is not None:
            return endpoint, {}
        for pattern, candidate in self._templated:
            if match := pattern.fullmatch(path):
                return candidate, match.groupdict()
        return None, {}
