"""Times in a request: the timestamp that keeps it fresh, and the span of a list."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.providers.pagsmile import members
from emulator.providers.pagsmile.failures import EXPIRED, refuse

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.settings import Settings

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def fresh(exchange: Exchange, params: Params, entry: str, context: Context[Settings]) -> None:
    """Refuse unless the timestamp is fresh; `entry` of the catalogue is the answer."""
    members.require(params, ("timestamp",))
    now = int(context.clock.timestamp("verify"))
    written = params.get("timestamp")
    if isinstance(written, str) and not re.fullmatch(r"[0-9]{1,31}", written):
        members.refuse_type(
            params, "timestamp", "whole seconds since 1970", _written_hint(written, now)
        )
    stamp = members.integer(params, "timestamp", exchange)
    window = context.settings.timestamp_window_seconds
    if abs(now - stamp) > window:
        refuse(
            entry,
            EXPIRED,
            "body.timestamp",
            expected=f"{now} and at most {window} seconds around it",
            received=str(stamp),
            hint=_stale_hint(stamp, now),
            err="request has expired" if entry == "bad-request" else "",
        )


def _stale_hint(stamp: int, now: int) -> str:
    from emulator.schemes.mistakes import times

    if count := times.counted(stamp, now):
        return count
    moment, present = datetime.fromtimestamp(stamp, UTC), datetime.fromtimestamp(now, UTC)
    return times.off(moment, present, seconds=True)


def _written_hint(written: str, now: int) -> str:
    bare = written.strip()
    if re.fullmatch(r"[0-9]+[.,][0-9]*", bare):
        return Message("Leave out the fraction: send whole seconds, {seconds}").with_(
            seconds=bare.partition(".")[0].split(",")[0]
        )
    if re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", bare):
        return Message("Write all digits, without an exponent: {now}").with_(now=now)
    if re.fullmatch(r"-[0-9]+", bare):
        return Message("It cannot be negative; send the seconds since 1970, now {now}").with_(
            now=now
        )
    if bare.isdigit():
        return (
            Message("Leave out the blanks")
            if bare.isascii()
            else Message("Write it with the digits 0 to 9")
        )
    if re.search(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,2}:[0-9]{2}", bare):
        return Message(
            "This is a date in words; send the seconds since 1970 as a number, now {now}"
        ).with_(now=now)
    return Message("Send the seconds since 1970 as a number, now {now}").with_(now=now)


def moment(params: Params, name: str) -> datetime | None:
    """Return a time of a list, in UTC; None if it is not written so."""
    text = members.string(params, name)
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def moment_hint(text: str) -> str:
    """Say how to write a time that is not written so."""
    if re.fullmatch(r"[0-9]{9,16}", text):
        return Message("This counts seconds; write the time in UTC, such as 2021-08-10 07:34:05")
    if _MOMENT.fullmatch(text):
        return Message("There is no such day or hour")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return Message("Add the time of day: {text} 00:00:00").with_(text=text)
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", text):
        return Message("Write a blank in place of T, in UTC and without zone and fraction")
    if re.match(r"[0-9]{2}[-/.][0-9]{2}[-/.][0-9]{4}", text):
        return Message("Begin with the year: YYYY-MM-DD HH:MM:SS, in UTC")
    return Message("Write YYYY-MM-DD HH:MM:SS, in UTC")
