"""Notices to the merchant's `notify_url`: signed like a request, over their five members.

    {"payoutId": "TS…", "custom_code": "…", "status": "PAID", "msg": "success",
     "timestamp": 1628564650}

The merchant acknowledges with HTTP 200 and the body `success`; anything else has the notice
sent again, six times within fourteen hours. Stages are worked out when somebody looks, so a
notice goes out when the settled payout is first read, or when a trigger says so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emulator.configuration import nearest
from emulator.errors import ConfigurationError, Diagnosis, SchemeError
from emulator.provider import Delivery, Notice
from emulator.providers.pagsmile import state
from emulator.providers.pagsmile.credentials import signing_key
from emulator.providers.pagsmile.failures import NOT_ACKNOWLEDGED
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.provider import Context
    from emulator.providers.pagsmile.state import Settings, Stage
    from emulator.store import Record

RETRIES = (600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 50_400.0)
"""Seconds after the first dispatch: 10, 30, 60, 120, 360 and 840 minutes."""

EVENTS = ("payout.paid", "payout.rejected", "payout.refunded")
_STATUS = {f"payout.{each.lower()}": each for each in (state.PAID, state.REJECTED, state.REFUNDED)}
_CHOICES = ("payout_id", "custom_code", "url")
_MEMBERS = ("payoutId", "custom_code", "status", "msg", "timestamp")
_MEDIA_TYPE = "application/json; charset=UTF-8"


def notice_of(record: Record, stage: Stage, context: Context[Settings]) -> Notice:
    """Return the notice that says where a payout is."""
    content = {
        "payoutId": record["id"],
        "custom_code": record["custom_code"],
        "status": stage.status,
        "msg": stage.description,
        "timestamp": int(context.clock.timestamp("webhook")),
    }
    event = f"payout.{stage.status.lower()}"
    return Notice(event, record["notify_url"], content, record["app_id"])


def notice_once(record: Record, stage: Stage, context: Context[Settings]) -> None:
    """Hand the notice of a settled payout to the outbox, if it is the first who finds it so."""
    if (
        stage.status in (state.PAID, state.REJECTED)
        and _is_wanted(record["notify_url"], context.settings.notify)
        and _noticed(record, context)
    ):
        context.notify(notice_of(record, stage, context))


def seal_notice(notice: Notice, context: Context[Settings]) -> Delivery:
    """Sign a notice with the app key of its payout."""
    body = _encode(_moved(notice.content, int(context.bend.notice_seconds)))
    key = signing_key(notice.credential, context)
    signature = sorted_digest.signature(sorted_digest.parse(body), key)
    return Delivery(body, (("content-type", _MEDIA_TYPE), ("authorization", signature)))


def _moved(content: Mapping[str, Any], seconds: int) -> Mapping[str, Any]:
    timestamp = content.get("timestamp")
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):  # a trigger's lie
        return content
    return {**content, "timestamp": timestamp + seconds}


def judge_answer(
    notice: Notice,  # noqa: ARG001
    status: int,
    body: bytes,
    context: Context[Settings],  # noqa: ARG001
) -> Diagnosis | None:
    """Tell why an answer is not HTTP 200 with `success`; None if it is."""
    said = body.strip()
    if status == 200 and said == b"success":
        return None
    return NOT_ACKNOWLEDGED.diagnose(
        "answer",
        expected="HTTP 200 and the body success",
        received=f"HTTP {status} and {said[:200].decode('utf-8', 'replace')!r}",
        hint=_answer_hint(status, said),
    )


def trigger(event: str, overrides: Mapping[str, Any], context: Context[Settings]) -> Notice:
    """Bring a payout to the status of `event` and return the notice of it.

    Args:
        event: One of `EVENTS`.
        overrides: `payout_id` or `custom_code`, or else the newest payout; `url` of the notice;
            JSON pointers such as `/status` with what the notice shall say there, a lie too.
        context: Clock and store.

    Raises:
        ConfigurationError: If an override is unknown, there is no such payout, or its life
            cycle does not lead there.
    """
    if event not in _STATUS:
        raise ConfigurationError(f"pagsmile has no event {event!r}{nearest(event, list(EVENTS))}")
    _check_overrides(overrides)
    record = _meant(overrides, context)
    if record is None:
        raise ConfigurationError("there is no such payout; create one first")
    changed = state.settle(record["id"], _STATUS[event], context)
    if changed is None:
        status = state.stage(record, context).status
        raise ConfigurationError(f"payout {record['id']} is {status}: {event} cannot follow")
    _noticed(changed, context)
    notice = notice_of(changed, state.stage(changed, context), context)
    for name, value in overrides.items():
        if name.startswith("/"):
            notice.content[name[1:]] = value
    return replace(notice, url=overrides.get("url", notice.url))


def _check_overrides(overrides: Mapping[str, Any]) -> None:
    known = [*_CHOICES, *(f"/{member}" for member in _MEMBERS)]
    for name, value in overrides.items():
        if name not in known:
            raise ConfigurationError(f"unknown override {name!r}{nearest(name, known)}")
        if name in _CHOICES and not isinstance(value, str):
            raise ConfigurationError(f"{name}: expected text")
    try:
        sorted_digest.parse(_encode({n: v for n, v in overrides.items() if n.startswith("/")}))
    except (SchemeError, RecursionError) as error:
        raise ConfigurationError(f"the notice cannot be signed: {error}") from error


def _noticed(record: Record, context: Context[Settings]) -> bool:
    """Note that the notice of a payout goes out; tell whether it had not before."""
    return context.store.table("noticed", state.KEPT).insert(record["id"], {})


def _meant(overrides: Mapping[str, Any], context: Context[Settings]) -> Record | None:
    wanted = {"id": overrides.get("payout_id"), "custom_code": overrides.get("custom_code")}
    found = [
        record
        for _, record in state.payouts(context).items()
        if all(value is None or record[name] == value for name, value in wanted.items())
    ]
    return found[-1] if found else None


def _encode(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _is_wanted(url: str, notify: str) -> bool:
    return notify == "any" or (notify == "loopback" and _is_loopback(url))


@lru_cache(maxsize=256)
def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _answer_hint(status: int, said: bytes) -> str:
    bare = said.strip(b'"').lower()
    if status != 200 and said == b"success":
        return f"The status must be 200; {status} has the notice sent again"
    if said.startswith(b"{"):
        return "The body is the bare word success, not JSON"
    if bare in (b"success", b"ok"):
        return "The body is success in lower case, without quotes"
    if status in (301, 302, 303, 307, 308):
        return "Redirects are not followed"
    return ""
