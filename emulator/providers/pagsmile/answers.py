"""What the endpoints share: the parameters they were asked with, success, an unknown payout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS
from emulator.providers.pagsmile import state
from emulator.providers.pagsmile.auth import PARAMS
from emulator.providers.pagsmile.failures import (
    ORDER_EXISTS,
    ORDER_UNKNOWN,
    envelope,
    refuse,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.settings import Settings


def params_of(exchange: Exchange) -> Params:
    """Return the verified parameters, numbers still as written."""
    return PARAMS.get(exchange)


def success(data: object, context: Context[Settings]) -> Reply:
    """Answer with the data."""
    return Reply.json(envelope(200, "success", data, context))


def refuse_used(custom_code: str, context: Context[Settings]) -> NoReturn:
    """Refuse a custom_code that is used up."""
    refuse(
        "order-exists-legacy" if context.settings.legacy_codes else "order-exists",
        ORDER_EXISTS,
        "body.custom_code",
        expected="a custom_code not used before",
        received=custom_code,
        hint=Message(
            "After a lost answer ask payout.status by custom_code instead of creating "
            "again; for a new payout make a new custom_code"
        ),
    )


def refuse_unknown(app_id: str, member: str, written: str, context: Context[Settings]) -> NoReturn:
    """Refuse a reference to a payout that the app does not have."""
    refuse(
        "order-not-found",
        ORDER_UNKNOWN,
        f"body.{member}",
        expected=f"the {member} of a payout of this app",
        received=written,
        hint=_unknown_hint(app_id, member, written, context),
    )


def _unknown_hint(app_id: str, member: str, written: str, context: Context[Settings]) -> str:
    """Say which payout was meant, by look-ups only: there can be fifty thousand."""
    is_code = member == "custom_code"
    as_code = state.find_by_code(app_id, written, context)
    as_id = state.find(app_id, written, context)
    if as_code or as_id:
        record: Record = as_code or as_id or {}
        if as_id and is_code:
            return Message("This is the id of a payout: send it as payout_id")
        place = "custom_code" if member == "payout_id" else f"{member}, the id: {record['id']}"
        return Message("This is the custom_code of a payout: send {place}").with_(place=place)
    bare = written.strip()
    for other in (bare, bare.upper(), bare.lower(), f"T{bare}"):
        found = (state.find_by_code if is_code else state.find)(app_id, other, context)
        if found is not None:
            right = found["custom_code" if is_code else "id"]
            return Message("Write it exactly, letter case and blanks included: {right}").with_(
                right=right
            )
    if state.is_used(app_id, written, context):
        return Message(
            "A checkout has this custom_code: a payout follows once the page is filled in"
        )
    if state.payouts(context).get(written) or any(
        state.is_used(key, written, context) for key, _ in context.store.table(CREDENTIALS).items()
    ):
        return Message("This payout is another app's: ask with the AppId that created it")
    if not state.created(context):
        return Message("There is no payout yet, or a reset has taken them: create one first")
    return (
        Message("Send the custom_code of a payout that this app created")
        if is_code
        else Message("Send the id that payout.create answered to this app")
    )
