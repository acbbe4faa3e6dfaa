"""What a test does in place of a payer, or of the provider: pay a session, notify it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import ConfigurationError
from emulator.core.members import Member, only_one, read
from emulator.provider import Refusal, Webhook, overrides
from emulator.provider.overrides import Event
from emulator.providers.placetopay.message.answers import session_view
from emulator.providers.placetopay.state import attempts, payer, sessions
from emulator.providers.placetopay.webhooks import EVENT, content_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

PAY = "pay"
_SESSION = Member("Which session; the newest without", kinds=("text", "whole number"))
_WAYS = ("outcome", "card", "bank", "subtoken", "otp", "cancel")
EVENTS = {
    EVENT: Event(
        "The notification of a session is sent again",
        {
            "requestId": _SESSION,
            "url": Member("Where it goes, in place of the site's notificationUrl"),
            "algorithm": Member("The hash of its signature", choices=("sha1", "sha256")),
        },
        added={"/signature": Member("A forged signature")},
    ),
    PAY: Event(
        "The payer pays a session, or gives it up; approved without any other member",
        {
            "requestId": _SESSION,
            "outcome": Member("What comes of it", choices=tuple(attempts.OUTCOMES)),
            "card": Member(
                "A card: its number, or its object", kinds=("text", "whole number", "object")
            ),
            "bank": Member("Code of a bank", kinds=("text", "whole number")),
            "subtoken": Member("A stored card", kinds=("text", "whole number")),
            "cvv": Member("Of the stored card", kinds=("text", "whole number")),
            "otp": Member("Answers a 3-D Secure challenge", kinds=("text", "whole number")),
            "cancel": Member("The payer gives up", kinds=("true",), instead="leave it out to pay"),
            "payer": Member("Who pays, a Person", kinds=("object",)),
            "amount": Member("How much, with allowPartial", kinds=("number",)),
        },
        exclusive=_WAYS,
        webhook=False,
    ),
}


_CARD = {
    "number": Member("Its digits", kinds=("text", "whole number"), required=True),
    "expiration": Member("MM/YY"),
    "cvv": Member("Its security code"),
    "installments": Member("How many", kinds=("text", "whole number")),
    "holder": Member("The name on it"),
}
_PAYER = {
    name: Member("As in a message", kinds=("object",) if name == "address" else ("text",))
    for name in attempts.PERSON
}


def trigger(
    event: str, given: Mapping[str, Any], context: Context[Settings]
) -> Webhook | dict[str, Any]:
    """Pay a session, or make its notification.

    Args:
        event: `pay`, with `requestId` (the newest session without) and one of `outcome` (as in
            `payer.Choice`), `card` (a number, or its object), `bank`, `subtoken`, `otp` (answers
            a challenge) or `cancel` (true: the payer gives up); `payer` and `amount` besides.
            Approved without any. `notification`, with `requestId`, `url`, `algorithm` (`sha1` or
            `sha256`) and JSON pointers such as `/status/status` with what it says there, a lie too.
        given: These members.
        context: The provider's.

    Returns:
        The notification to be sent; or, where paying ended no session of a site with a
        notificationUrl, `{"webhook": null, "unsent": ..., "session": ...}`: why no notification is
        sent, null if none is due, and the session as a query shows it.

    Raises:
        ConfigurationError: If a member is unknown or wrong, there is no such session, or it
            cannot be paid.
    """
    members, pointers = overrides.read("placetopay", event, EVENTS, given)
    record = _meant(members.get("requestId"), context)
    if event == PAY:
        _check_company(members)
        return _pay(record, members, context)
    return _notification(record, members, pointers, context)


def _check_company(members: Mapping[str, Any]) -> None:
    """Refuse what would be ignored beside the other members.

    Raises:
        ConfigurationError: Names both.
    """
    for way in ("cancel", "otp"):
        for besides in ("payer", "amount"):
            only_one(members, (way, besides))
    if "cvv" in members and "subtoken" not in members:
        raise ConfigurationError("cvv: it is of a stored card; give subtoken, or put it into card")
    for name, known in (("card", _CARD), ("payer", _PAYER)):
        if isinstance(members.get(name), dict):
            read(members[name], known, f"member of {name}")


def _pay(
    record: Record, members: Mapping[str, Any], context: Context[Settings]
) -> Webhook | dict[str, Any]:
    posted: list[Webhook] = []
    aside = replace(context, notify=posted.append)
    key = str(record["request_id"])
    payer.visit(key, aside)
    try:
        if "otp" in members:
            record = payer.answer_challenge(key, str(members["otp"]), aside)
        elif "cancel" in members:
            record = payer.cancel_by_payer(key, aside)
        else:
            record = payer.pay(key, _choice(members, context), aside)
    except Refusal as refusal:
        diagnosis = refusal.diagnosis
        for webhook in posted:
            context.notify(webhook)
        raise ConfigurationError(
            f"session {key} cannot be paid this way: {diagnosis}; expected {diagnosis.expected}, "
            f"received {diagnosis.received}"
        ) from refusal
    if posted and posted[0].url:
        return posted[0]
    for webhook in posted:  # it cannot be sent, and says so among the webhooks
        context.notify(webhook)
    problem = context.unsendable(posted[0]) if posted else None
    site = context.credential(record["login"]) or {"timeZone": "-05:00"}
    return {
        "webhook": None,
        "unsent": f"{problem.summary}. {problem.hint}" if problem else None,
        "session": session_view(record, None, site, context),
    }


def _choice(members: Mapping[str, Any], context: Context[Settings]) -> dict[str, Any]:
    besides = {name: members[name] for name in ("payer", "amount") if name in members}
    card = members.get("card")
    if isinstance(card, dict):
        given = cast("dict[str, Any]", card)
        number = str(given["number"])[:40]
        card = {**attempts.default_card(number, context), **given, "number": number}
        return {"method": "card", "card": card, **besides}
    if card is not None:
        number = str(card)[:40].replace(" ", "")
        card = attempts.default_card(number, context)
        return {"method": "card", "card": card, **besides}
    if "bank" in members:
        return {"method": "bank", "bank": str(members["bank"]), **besides}
    if "subtoken" in members:
        cvv = str(members.get("cvv", "123"))
        subtoken = str(members["subtoken"])
        return {"method": "token", "subtoken": subtoken, "cvv": cvv, **besides}
    return {"outcome": members.get("outcome", "approve"), **besides}


def _notification(
    record: Record,
    members: Mapping[str, Any],
    pointers: Mapping[str, Any],
    context: Context[Settings],
) -> Webhook:
    site = context.credential(record["login"])
    if site is None:
        raise ConfigurationError(f"there is no site {record['login']!r} any more")
    content = overrides.replaced(content_of(record, site, context), pointers, EVENTS[EVENT])
    url = members.get("url", site["notificationUrl"])
    return Webhook(EVENT, url, content, record["login"], members.get("algorithm", ""))


def _meant(request_id: object, context: Context[Settings]) -> Record:
    """Return the session that is meant, as it stands now; the newest if none is named."""
    known = [key for key, _ in sessions.sessions(context).items()]
    named = str(request_id)[:40] if request_id is not None else next(reversed(known), "")
    record = sessions.find_session(named, context)
    if record is None:
        newest = f"the newest are {', '.join(known[-5:])}" if known else "create one first"
        raise ConfigurationError(f"there is no such session; {newest}")
    return record
