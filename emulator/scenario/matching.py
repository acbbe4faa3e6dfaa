"""Which requests are meant: `match`, as it is written and as it is tested.

A rule, a filter and an expectation mean the same by it. The tests of a match are made once, when
the scenario is loaded, the cheap ones first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fnmatch import translate
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from emulator.core.exchange import Exchange
from emulator.faults.values import Strict, wrong
from emulator.scenario.comparison import (
    ABSENT,
    Comparison,
    Matcher,
    TextMatcher,
    at_pointer,
    below,
    comparing,
    number_of,
    pointer,
    steps_of,
)

ANY = "any"
"""The provider that stands for all."""

Test = Callable[[Exchange], bool]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[
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
        diagnosis: Code of the reason why it was refused, or a glob such as `bearer.*`.
    """

    provider: Name
    endpoint: Names | None = None
    credential: Name | None = None
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None = None
    header: Annotated[dict[Name, TextMatcher], Field(min_length=1)] | None = None
    query: Annotated[dict[str, TextMatcher], Field(min_length=1)] | None = None
    payload: (
        Annotated[dict[Annotated[str, AfterValidator(pointer)], Matcher], Field(min_length=1)]
        | None
    ) = None
    verdict: Literal["accepted", "rejected", "refused", "any"] = "accepted"
    diagnosis: Name | None = None

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if self.diagnosis is not None and self.verdict == "accepted" and self.wants_verdict:
            raise wrong("'diagnosis' never matches what is accepted; leave 'verdict' out")
        return self

    @property
    def wants_verdict(self) -> bool:
        """Whether it goes by the verdict: by its own, or by the default where no diagnosis does."""
        return self.diagnosis is None or "verdict" in self.model_fields_set

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoints named; empty for all."""
        if self.endpoint is None:
            return ()
        return (self.endpoint,) if isinstance(self.endpoint, str) else tuple(self.endpoint)


# Testing


def tests_by_part(match: Match) -> list[tuple[str, Test]]:
    """Make a named test of each part of `match`, the cheap ones first."""
    parts: list[tuple[str, Test]] = []
    if match.provider != ANY:
        parts.append(("provider", lambda exchange: exchange.provider == match.provider))
    if match.endpoints:
        endpoints = re.compile("|".join(map(translate, match.endpoints)), re.DOTALL)
        parts.append(("endpoint", lambda exchange: bool(endpoints.fullmatch(exchange.endpoint))))
    if not match.wants_verdict:
        pass
    elif match.verdict == "accepted":
        parts.append(("verdict", lambda exchange: exchange.verdict == "accepted"))
    elif match.verdict != "any":
        parts.append(("verdict", lambda exchange: exchange.verdict == "refused"))
    if match.diagnosis is not None:
        code = re.compile(translate(match.diagnosis), re.DOTALL)
        parts.append(
            (
                "diagnosis",
                lambda exchange: (
                    exchange.diagnosis is not None and bool(code.fullmatch(exchange.diagnosis.code))
                ),
            )
        )
    if match.method is not None:
        parts.append(("method", lambda exchange: exchange.request.method == match.method))
    if match.credential is not None:
        parts.append(("credential", lambda exchange: exchange.credential == match.credential))
    for name, matcher in (match.header or {}).items():
        parts.append((f"header {name}", partial(_any_header, name.lower(), comparing(matcher))))
    for name, matcher in (match.query or {}).items():
        parts.append((f"query {name}", partial(_any_parameter, name, comparing(matcher))))
    for place, matcher in (match.payload or {}).items():
        test = partial(_payload, steps_of(place), comparing(matcher))
        parts.append((f"payload {place}", test))
    return parts


Part = tuple[Literal["payload", "query", "header"], str]
"""A value of a request, by where it stands and its name there."""


def equalities(match: Match) -> dict[Part, list[Any]]:
    """Return the parts that must have one of a few values, with a key for each of these.

    A value that is the same as a wanted one has its key among `keys_at`. Not the reverse: a key
    only says which rules need not be tested.
    """
    members: list[tuple[Part, Any]] = [
        *((("payload", name), matcher) for name, matcher in (match.payload or {}).items()),
        *((("query", name), matcher) for name, matcher in (match.query or {}).items()),
        *((("header", name.lower()), matcher) for name, matcher in (match.header or {}).items()),
    ]
    found: dict[Part, list[Any]] = {}
    for part, matcher in members:
        wanted: list[Any] = [matcher]
        if isinstance(matcher, Comparison):
            wanted = [matcher.eq] if "eq" in matcher.model_fields_set else matcher.among or []
        keys = [number_of(each) if type(each) in (int, float) else each for each in wanted]
        if keys and all(isinstance(key, str | bool | Decimal) for key in keys):
            found[part] = keys
    return found


def keys_at(part: Part, exchange: Exchange) -> set[Any]:
    """Return the keys of the values that an exchange has there; see `equalities`."""
    kind, name = part
    if kind == "payload":
        values = [at_pointer(name, exchange.payload, ABSENT)]
    else:
        request = exchange.request
        pairs = request.query_pairs() if kind == "query" else request.headers
        values = [value for key, value in pairs if key == name]
    texts = {value for value in values if isinstance(value, str | bool)}
    return texts | {number for value in values if (number := number_of(value)) is not None}


def _any_header(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.headers if key == name]
    return any(map(fits, values or [ABSENT]))


def _any_parameter(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.query_pairs() if key == name]
    return any(map(fits, values or [ABSENT]))


def _payload(steps: list[str], fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    return fits(below(steps, exchange.payload, ABSENT))
