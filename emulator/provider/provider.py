"""What a provider is made of. Its package below `emulator.providers` names one, `PROVIDER`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any, Generic

from emulator.core.errors import Diagnosis, FailureMode, Source
from emulator.core.exchange import Exchange, Reply
from emulator.provider.context import Context, S
from emulator.provider.credentials import Credentials
from emulator.provider.endpoint import Authenticate, Endpoint
from emulator.provider.example import Example
from emulator.provider.life import Life
from emulator.provider.overrides import Event
from emulator.provider.part import Part
from emulator.provider.refusal import ErrorCatalogue
from emulator.provider.signed import Signed
from emulator.provider.tokens import Tokens
from emulator.provider.webhooks import Webhooks


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
        authenticate: The check of every endpoint that has none itself.
        settings: A frozen dataclass of defaults.
        credentials: What its merchants' credentials are.
        sign: Makes a request ready: endpoint name, payload (None for a default one), context,
            base URL. Raises ConfigurationError for an endpoint it has not.
        package: Where it stands: `__name__` of its package.
        seal: Signs a reply; None if the provider signs none.
        masked: Members of request and reply bodies that are masked in the journal.
        cards: Numbers of its sandbox's cards, masked although no brand issues them so.
        life: What it does by itself, at the start and as time passes.
        webhooks: What it sends to merchants; None if nothing.
        tokens: Its access tokens.
        parts: What a scenario can damage, by its name in scenario files, such as
            `request.aes.ciphertext`; the bodies need no mention.
        signing_keys: Names of the keys that a scenario can have it sign with: `current`, …
        scheme_sources: Its own document for each rule of a scheme that no standard has.
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
    seal: Callable[[Reply, Exchange, Context[S]], Reply] | None = None
    masked: tuple[str, ...] = ()
    cards: frozenset[str] = frozenset()
    life: Life[S] = field(default_factory=Life[S])
    webhooks: Webhooks[S] | None = None
    tokens: Tokens[S] = field(default_factory=Tokens[S])
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])
    signing_keys: tuple[str, ...] = ()
    scheme_sources: Mapping[FailureMode, Source] = field(default_factory=dict[FailureMode, Source])

    @property
    def events(self) -> Mapping[str, Event]:
        """What a trigger can do, by name; empty if it sends no webhooks."""
        return self.webhooks.events if self.webhooks is not None else {}

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {mode.code: source for mode, source in self.scheme_sources.items()}

    def sourced(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return a diagnosis with this provider's document, where no standard has the rule."""
        source = self._sources.get(diagnosis.code)
        return diagnosis if source is None else replace(diagnosis, source=source)

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
