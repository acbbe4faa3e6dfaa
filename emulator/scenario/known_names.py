"""What a scenario can name, and the small checks that all sections share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from typing import Any

from emulator import schemes
from emulator.core import http_problems
from emulator.core.declared import declared, modules
from emulator.core.errors import FailureMode
from emulator.faults.fault import INJECTED
from emulator.provider import CREDENTIALS, Context, Provider, body
from emulator.scenario.matching import ANY
from emulator.scenario.mistakes import Mistake, entries, one_of, texts
from emulator.scenario.yaml12 import Path, shown

Providers = Mapping[str, Provider[Any]]
Credentials = Mapping[str, Collection[str]]
"""By provider, the names that `match.credential` can take."""

_TRANSPORT = frozenset({"request.not-found", "request.method"})
"""Diagnoses of the pipeline, which stands above."""


def credential_names(
    providers: Providers, contexts: Mapping[str, Context[Any]]
) -> dict[str, set[str]]:
    """Return the names under which exchanges carry the credentials that are registered.

    Args:
        providers: By name.
        contexts: Of one namespace, by the provider's name.
    """
    return {
        name: {
            str(record.get(provider.credentials.carried_as, key))
            for key, record in contexts[name].store.table(CREDENTIALS).items()
        }
        for name, provider in providers.items()
    }


@lru_cache(maxsize=16)
def _codes(packages: tuple[str, ...]) -> tuple[str, ...]:
    places = [schemes, body, http_problems, *map(import_module, packages)]
    found = declared(FailureMode, [each for place in places for each in modules(place)])
    return tuple(sorted({mode.code for mode in (*found, INJECTED)} | _TRANSPORT))


@dataclass(frozen=True)
class Known:
    """What can be named.

    Attributes:
        providers: By name.
        credentials: See `credential_names`; None if unknown.
        rules: Where each rule and webhook rule stands, by id; None if unknown.
        states: The names declared; None if unknown.
        stateless: Whether there is no section `states`.
    """

    providers: Providers
    credentials: Credentials | None = None
    rules: Mapping[str, str] | None = None
    states: Collection[str] | None = None
    stateless: bool = False
    errors: list[str] = field(init=False)
    endpoints: list[str] = field(init=False)

    def __post_init__(self) -> None:
        named = self.providers.items()
        errors = [f"{name}.{each}" for name, p in named for each in (*p.errors, *p.errors.aliases)]
        endpoints = [f"{name}.{each.name}" for name, p in named for each in p.endpoints]
        object.__setattr__(self, "errors", errors)
        object.__setattr__(self, "endpoints", endpoints)

    def codes(self, matched: Iterable[Provider[Any]]) -> list[str]:
        """Return the codes of the reasons for which the providers refuse."""
        return list(_codes(tuple(provider.package for provider in matched)))

    def matched(self, name: object) -> list[Provider[Any]] | None:
        """Return the providers that a rule's `provider` names; None if it names none."""
        if name == ANY:
            return list(self.providers.values())
        provider = self.providers.get(name) if isinstance(name, str) else None
        return [provider] if provider is not None else None


def no_provider(name: object, path: Path, known: Known) -> Iterator[Mistake]:
    """Find a name that is no provider's."""
    if isinstance(name, str):
        hint = one_of(name, [*known.providers, ANY])
        yield Mistake(path, f"unknown provider {shown(name)}", hint)


def doubled(value: object, path: Path) -> Iterator[Mistake]:
    """Find what a list has twice."""
    seen: set[tuple[type, object]] = set()
    for index, each in enumerate(entries(value)):
        if isinstance(each, str | int):
            if (type(each), each) in seen:
                yield Mistake((*path, index), f"{shown(each)} is given twice")
            seen.add((type(each), each))


def state(value: object, path: Path, known: Known) -> Iterator[Mistake]:
    """Find states that are not declared."""
    for where, name in texts(value, path):
        if known.stateless:
            yield Mistake(where, f"{shown(name)}: the scenario has no 'states'")
        elif known.states is not None and name not in known.states:
            hint = one_of(name, sorted(known.states))
            message = f"state {shown(name)} is not declared under states.names"
            yield Mistake(where, message, hint)


def rule_id(value: object, path: Path, known: Known) -> Iterator[Mistake]:
    """Find the id of no rule."""
    if known.rules is not None and isinstance(value, str) and value not in known.rules:
        yield Mistake(path, f"there is no rule {shown(value)}", one_of(value, known.rules))


def any_like(pattern: str, names: Iterable[str]) -> bool:
    """Tell whether a name is like a glob."""
    return any(fnmatchcase(name, pattern) for name in names)


def whose_of(matched: Sequence[Provider[Any]]) -> str:
    """Name the provider, if it is one."""
    return matched[0].name if len(matched) == 1 else "any provider"


def union(several: Iterable[Iterable[str]]) -> list[str]:
    """Return all names, each once, in order."""
    return list(dict.fromkeys(each for names in several for each in names))
