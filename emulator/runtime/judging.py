"""The provider's true verdict on a request. Judging has no side effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange
from emulator.faults.fault import CHANGED, Handling
from emulator.provider import Endpoint, Provider, Refusal

_OURS = Source("emulator", "transport", Standing.CHOSEN)
METHOD = FailureMode("request.method", "The endpoint does not take this HTTP method", _OURS)
FOREIGN_PAGE = FailureMode(
    "request.foreign-page",
    "A browser sent it for a web page whose public name leads to this machine",
    _OURS,
)
_ANOTHER_NAME = (
    "Call the provider from your server, not from a page. A page of your own may use localhost or "
    "an IP address; `emulator serve --host NAME` makes another name ours"
)
_ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def judge(handling: Handling, endpoint: Endpoint | None) -> Refusal | None:
    """Find the provider's true verdict on a request; the same for the same request and time."""
    exchange, provider = handling.exchange, handling.provider
    exchange.verdict, exchange.diagnosis = "accepted", None
    exchange.credential, exchange.payload = "", None
    authenticate = endpoint.authenticate if endpoint else None
    try:
        for refusal in _before_authentication(exchange, provider, endpoint):
            raise refusal
        (authenticate or provider.authenticate)(exchange, handling.context)
    except Refusal as refusal:
        exchange.verdict = "refused"
        exchange.diagnosis = provider.sourced(refusal.diagnosis)
        return refusal
    return None


def judge_again(handling: Handling, endpoint: Endpoint | None) -> Refusal | None:
    """Judge after a scenario changed what the verdict goes by, and warn if the verdict changed."""
    exchange = handling.exchange
    before = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    refusal = judge(handling, endpoint)
    after = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    handling.unmoved = before == after == "accepted"
    if before != after:
        exchange.warnings.append(
            CHANGED.diagnose(
                "scenario", expected=before, received=after, hint=", ".join(exchange.rules)
            )
        )
    return refusal


def _before_authentication(
    exchange: Exchange, provider: Provider[Any], endpoint: Endpoint | None
) -> Iterator[Refusal]:
    """Yield why a request is refused, with any credentials, the first reason first."""
    request = exchange.request
    if problem := request.problem:
        error = replace(provider.errors[problem.entry], status=problem.status)
        yield Refusal(error, problem.diagnosis)
    if request.rebound and not (endpoint and endpoint.for_browsers):
        yield _foreign_page(exchange, provider)
    methods = endpoint.methods if endpoint else _ANY
    if request.method not in methods:
        yield _wrong_method(exchange, provider, methods)


def _foreign_page(exchange: Exchange, provider: Provider[Any]) -> Refusal:
    return Refusal(
        provider.errors["bad-request"],
        FOREIGN_PAGE.diagnose(
            "headers.host",
            expected="localhost, an IP address, a private name, or a name of the provider",
            received=exchange.request.header("host") or "",
            hint=_ANOTHER_NAME,
        ),
    )


def _wrong_method(exchange: Exchange, provider: Provider[Any], methods: tuple[str, ...]) -> Refusal:
    from emulator.runtime import wrong_path

    method = exchange.request.method
    known = ("GET", "POST") if methods is _ANY else methods
    return Refusal(
        provider.errors["method-not-allowed"],
        METHOD.diagnose(
            "method",
            expected=" or ".join(methods),
            received=method,
            hint=wrong_path.method_hint(method, known),
        ),
    )
