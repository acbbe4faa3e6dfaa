"""What a test does in place of a payer, or of the provider: pay a session, notify it again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from emulator.configuration import nearest
from emulator.errors import ConfigurationError
from emulator.provider import Notice, Refusal
from emulator.providers.placetopay import attempts, payer, sessions
from emulator.providers.placetopay.answers import session_view
from emulator.providers.placetopay.notices import EVENT, content_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.provider import Context
    from emulator.providers.placetopay.sites import Settings
    from emulator.store import Record

PAY = "pay"
EVENTS = (EVENT, PAY)

_PAY = (
    "requestId",
    "outcome",
    "card",
    "bank",
    "subtoken",
    "cvv",
    "otp",
    "cancel",
    "payer",
    "amount",
)
_NOTICE = ("requestId", "url", "algorithm")
_POINTERS = (
    "/requestId",
    "/reference",
    "/signature",
    "/status/status",
    "/status/reason",
    "/status/message",
    "/status/date",
)


def trigger(
    event: str, overrides: Mapping[str, Any], context: Context[Settings]
) -> Notice | dict[str, Any]:
    """Pay a session, or make its notification.

    Args:
        event: `pay`, with `requestId` (the newest session without) and one of `outcome` (as in
            `payer.Choice`), `card` (a number, or its object), `bank`, `subtoken`, `otp` (answers
            a challenge) or `cancel` (true: the payer gives up); `payer` and `amount` besides.
            Approved without any. `notification`, with `requestId`, `url`, `algorithm` (`sha1` or
            `sha256`) and JSON pointers such as `/status/status` with what it shall say, a lie too.
        overrides: These members.
        context: The provider's.

    Returns:
        The notification to be sent; or, where paying ended no session of a site with a
        notificationUrl, `{"notice": null, "session": ...}` as a query shows it.

    Raises:
        ConfigurationError: If a member is unknown or wrong, there is no such session, or it
            cannot be paid.
    """
    if event not in EVENTS:
        raise ConfigurationError(f"placetopay has no event {event!r}{nearest(event, list(EVENTS))}")
    known: list[str] = [*_PAY] if event == PAY else [*_NOTICE, *_POINTERS]
    for name in overrides:
        if name not in known:
            raise ConfigurationError(f"unknown member {name!r}{nearest(str(name), known)}")
    record = _meant(overrides.get("requestId"), context)
    if event == PAY:
        return _pay(record, overrides, context)
    return _notification(record, overrides, context)


def _pay(
    record: Record, members: Mapping[str, Any], context: Context[Settings]
) -> Notice | dict[str, Any]:
    posted: list[Notice] = []
    aside = replace(context, notify=posted.append)
    key = str(record["request_id"])
    payer.visit(key, aside)
    try:
        if "otp" in members:
            record = payer.answer_challenge(key, str(members["otp"]), aside)
        elif members.get("cancel") is True:
            record = payer.cancel_by_payer(key, aside)
        else:
            record = payer.pay(key, _choice(members, context), aside)
    except Refusal as refusal:
        diagnosis = refusal.diagnosis
        for notice in posted:
            context.notify(notice)
        raise ConfigurationError(
            f"session {key} cannot be paid so: {diagnosis}; expected {diagnosis.expected}, "
            f"received {diagnosis.received}"
        ) from refusal
    if posted:
        return posted[0]
    site = context.credential(record["login"]) or {"timeZone": "-05:00"}
    return {"notice": None, "session": session_view(record, None, site, context)}


def _choice(members: Mapping[str, Any], context: Context[Settings]) -> dict[str, Any]:
    besides = {name: members[name] for name in ("payer", "amount") if name in members}
    card = members.get("card")
    if card is not None:
        if isinstance(card, str | int) and not isinstance(card, bool):
            number = str(card) if isinstance(card, str) or abs(card) < 10**20 else ""
            card = attempts.default_card(number.replace(" ", ""), context)
        elif isinstance(card, dict):
            given = cast("dict[str, Any]", card)
            card = {**attempts.default_card(str(given.get("number", ""))[:40], context), **given}
        return {"method": "card", "card": card, **besides}
    if "bank" in members:
        return {"method": "bank", "bank": members["bank"], **besides}
    if "subtoken" in members:
        cvv = members.get("cvv", "123")
        return {"method": "token", "subtoken": members["subtoken"], "cvv": cvv, **besides}
    return {"outcome": members.get("outcome", "approve"), **besides}


def _notification(
    record: Record, overrides: Mapping[str, Any], context: Context[Settings]
) -> Notice:
    site = context.credential(record["login"])
    if site is None:
        raise ConfigurationError(f"there is no site {record['login']!r} any more")
    url, algorithm = overrides.get("url", site["notificationUrl"]), overrides.get("algorithm", "")
    if not isinstance(url, str):
        raise ConfigurationError("url: expected text")
    if algorithm not in ("", "sha1", "sha256"):
        raise ConfigurationError("algorithm: expected sha1 or sha256")
    content = content_of(record, site, context)
    for pointer, value in overrides.items():
        if pointer.startswith("/status/"):
            content["status"][pointer.removeprefix("/status/")] = value
        elif pointer.startswith("/"):
            content[pointer[1:]] = value
    try:
        json.dumps(content)
    except RecursionError as error:
        raise ConfigurationError("the notification is nested too deeply") from error
    return Notice(EVENT, url, content, record["login"], algorithm)


def _meant(request_id: object, context: Context[Settings]) -> Record:
    """Return the session that is meant, as it stands now; the newest if none is named."""
    if request_id is None:
        newest = next(reversed([key for key, _ in sessions.sessions(context).items()]), "")
    elif isinstance(request_id, str | int) and not isinstance(request_id, bool):
        big = isinstance(request_id, int) and abs(request_id) >= 10**18
        newest = "" if big else str(request_id)
    else:
        newest = ""
    record = sessions.find_session(newest, context)
    if record is None:
        raise ConfigurationError("there is no such session; create one first")
    return record
