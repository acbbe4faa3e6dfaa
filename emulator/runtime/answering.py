"""The work of an endpoint, done once, or the refusal in the provider's own form."""

from __future__ import annotations

from emulator.core.exchange import Reply
from emulator.faults.fault import Handling
from emulator.provider import NOT_FOUND, Endpoint, Refusal


def answer(handling: Handling, endpoint: Endpoint | None, refusal: Refusal | None) -> Reply:
    """Do the work and have the provider sign the reply; or refuse.

    Args:
        handling: The exchange on its way.
        endpoint: What is asked for; None where the path means nothing.
        refusal: Why the request is refused; None if it is accepted.
    """
    if refusal is None:
        try:
            return _work(handling, endpoint)
        except Refusal as raised:
            refusal = raised
    return _refuse(handling, endpoint, refusal)


def _work(handling: Handling, endpoint: Endpoint | None) -> Reply:
    """Return the reply of the endpoint.

    Raises:
        Refusal: The endpoint's, or that there is none.
    """
    exchange, provider, context = handling.exchange, handling.provider, handling.context
    if endpoint is None:
        paths = sorted({path for each in provider.endpoints for path in each.paths})
        raise Refusal(
            provider.errors["not-found"],
            NOT_FOUND.diagnose("path", expected=", ".join(paths), received=exchange.request.path),
        )
    reply = endpoint.handle(exchange, context)
    return provider.seal(reply, exchange, context) if provider.seal else reply


def _refuse(handling: Handling, endpoint: Endpoint | None, refusal: Refusal) -> Reply:
    """Return the refusal in the provider's form, and note why."""
    exchange = handling.exchange
    exchange.verdict = "refused"
    exchange.diagnosis = handling.provider.sourced(refusal.diagnosis)
    reply = refusal.error.reply(exchange, handling.context, refusal.detail)
    if reply.status == 405 and endpoint is not None:  # RFC 9110, 15.5.6
        reply.headers.append(("allow", ", ".join(endpoint.methods)))
    return reply
