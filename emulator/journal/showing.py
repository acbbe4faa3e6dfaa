"""How an exchange is shown: secrets are masked, and parts that are too long are cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from emulator.core.exchange import HEADLESS, Exchange, Headers
from emulator.core.instants import iso
from emulator.journal.kept import BESIDES, BODY_SHOWN, HEADER_SHOWN, MORE, TARGET_SHOWN
from emulator.masking.mask import MASK, Mask

_DEEPEST = 64
"""Levels of a message that are shown."""


def summary(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return an exchange as `GET /_emulator/requests` shows it."""
    reply = exchange.reply
    cut = (reply.transmission.cut if reply and reply.transmission else "") or None
    return {
        "number": exchange.number,
        "namespace": exchange.namespace,
        "provider": exchange.provider,
        "endpoint": _shown(exchange.endpoint, TARGET_SHOWN, mask, exchange.cut.get("endpoint")),
        "method": mask.text(exchange.request.method),
        "path": _path(exchange, mask),
        "status": reply.status if reply and cut not in HEADLESS else 0,
        "connection": cut,
        "verdict": exchange.verdict,
        "credential": mask.text(exchange.credential),
        "diagnosis": masked(exchange.diagnosis.as_json(), mask) if exchange.diagnosis else None,
        "warnings": [masked(warning.as_json(), mask) for warning in exchange.warnings],
        "rules": exchange.rules,
        "received_at": iso(exchange.received_at),
        "duration_ms": round(exchange.duration_ms, 3),
    }


def full(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return an exchange as `GET /_emulator/requests/{number}` shows it: all but the secrets."""
    request, reply, cut = exchange.request, exchange.reply, exchange.cut
    return {
        **summary(exchange, mask),
        "parameters": masked(exchange.parameters, mask, theirs=True),
        "request": {
            "method": mask.text(request.method),
            "path": _path(exchange, mask),
            "query": _shown(request.query, TARGET_SHOWN, mask, cut.get("request.query")),
            "headers": _headers(request.headers, mask),
            "body": _body(request.body, mask, cut.get("request.body")),
            "client": mask.text(request.client),  # a proxy on this machine can send any text
            "base_url": mask.text(request.base_url),
        },
        "payload": masked(exchange.payload, mask, theirs=True),
        "reply": reply
        and {
            "status": reply.status,
            "media_type": reply.media_type,
            "headers": _headers(reply.headers, mask),
            "body": _body(reply.body, mask, cut.get("reply.body")),
        },
        "cut": cut,
        "bug": mask.text(exchange.bug),
    }


def _headers(headers: Headers, mask: Mask) -> list[list[str]]:
    return [
        [mask.text(name), _shortened(mask.header(name, value), len(value))]
        for name, value in headers
    ]


def _shortened(told: str, length: int) -> str:
    """Return a masked header, cut to the length that is shown."""
    if length <= HEADER_SHOWN:
        return told
    return told[: min(HEADER_SHOWN, max(0, len(told) - (length - HEADER_SHOWN)))] + "…"


def _path(exchange: Exchange, mask: Mask) -> str:
    left_out = exchange.cut.get("request.path")
    return _shown(exchange.request.path, TARGET_SHOWN, mask, left_out)


def _body(body: bytes, mask: Mask, left_out: int | None) -> str:
    return _shown(body.decode("utf-8", "replace"), BODY_SHOWN, mask, left_out)


def _shown(text: str, limit: int, mask: Mask, left_out: int | None) -> str:
    """Return a text masked, and cut where it was too long.

    Args:
        text: The part that is kept.
        limit: How many characters are shown.
        mask: Hides secrets.
        left_out: How many are not shown; None or 0 if it is complete.
    """
    told = mask.text(text)
    if not left_out:
        return told
    if left_out > BESIDES:  # the end of the kept part can be half of a secret
        limit = min(limit, max(0, len(told) - BESIDES))
    return told[:limit] + MORE.format(left_out)


def masked(
    value: Any, mask: Mask, depth: int = 0, *, theirs: bool = False, secret: bool = False
) -> Any:
    """Return plain data with every secret in it masked, and cut where it is too deep.

    Args:
        value: The data.
        mask: Hides secrets.
        depth: How deep it is nested.
        theirs: Whether it is a message, where the name of a member can mark it as secret.
        secret: Whether it is the value of a secret member.
    """
    if depth > _DEEPEST:
        return "…"
    match value:
        case dict():
            members = cast(dict[str, Any], value)
            return _named(
                (
                    mask.text(str(name)),
                    masked(
                        member,
                        mask,
                        depth + 1,
                        theirs=theirs,
                        secret=theirs and mask.member(str(name)),
                    ),
                )
                for name, member in members.items()
            )
        case list() | tuple():
            items = cast(list[Any], value)
            return [masked(item, mask, depth + 1, theirs=theirs, secret=secret) for item in items]
        case None | bool():
            return value
        case _ if secret:
            return MASK
        case int() | float():
            return mask.number(value)
        case _:
            return mask.text(str(value))


def _named(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of all members; several can have the same name after masking."""
    found: dict[str, Any] = {}
    for name, member in members:
        again = 2
        told = name
        while told in found:
            told, again = f"{name} ({again})", again + 1
        found[told] = member
    return found
