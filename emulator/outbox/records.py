"""The record of a webhook, and how it is shown: all plain data."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from emulator.core.errors import shorten
from emulator.core.instants import iso
from emulator.core.store import Record
from emulator.outbox.attempt import Answer
from emulator.outbox.plan import Plan
from emulator.provider import Delivery, Webhook

_SHOWN_BYTES = 2000

NONE: Record = {"acknowledged": True}
"""Stands for a record that was deleted: nothing is due."""


def made(
    number: str,
    provider: str,
    webhook: Webhook,
    plan: Plan | None,
    due: list[float],
    now: float,
) -> Record:
    """Return the record of a new webhook."""
    return {
        "number": int(number),
        "provider": provider,
        "event": webhook.event,
        "url": webhook.url,
        "content": webhook.content,
        "credential": webhook.credential,
        "mode": webhook.mode,
        "withheld": webhook.withheld,
        "created_at": now,
        "due": due,
        "rounds": 0,
        "attempts": [],
        "acknowledged": False,
        "rule": plan.rule if plan else "",
        "plan": asdict(plan) if plan else None,
        "held": is_held(plan),
    }


def is_held(plan: Plan | None) -> bool:
    """Tell whether a new webhook waits for others."""
    return plan is not None and plan.deliver == "reorder"


def webhook_of(record: Record) -> Webhook:
    """Return the webhook."""
    return Webhook(**{each.name: record[each.name] for each in fields(Webhook)})


def plan_of(record: Record) -> Plan | None:
    """Return the plan for the webhook."""
    return Plan.from_record(record["plan"]) if record["plan"] else None


def next_due(record: Record) -> float | None:
    """Return when the next attempt is due, on the clock's `passed`; None if there is none."""
    if record["acknowledged"] or record["rounds"] >= len(record["due"]):
        return None
    due: float = record["due"][record["rounds"]]
    return due


def copies_of(record: Record) -> int:
    """Return how many copies the next attempt sends."""
    plan = plan_of(record)
    return 1 if plan is None else plan.copies_at(record["rounds"] + 1)


def freed(record: Record, now: float) -> Record:
    """Return a record that is not held any longer: it is due now, its retries later."""
    early = record["due"][0] - now
    return {**record, "held": False, "due": [due - early for due in record["due"]]}


def due_now(record: Record, now: float) -> Record:
    """Return a record with one more attempt, which is due now, before those to come."""
    rounds: int = record["rounds"]
    return {**record, "due": [*record["due"][:rounds], now, *record["due"][rounds:]]}


def noted(record: Record, sent_at: float, answer: Answer, *, acknowledged: bool) -> Record:
    """Return a record with one more delivery in it."""
    attempt: Record = {
        "sent_at": iso(sent_at),
        "status": answer.status,
        "body": shorten(answer.body.decode("utf-8", "replace"), _SHOWN_BYTES),
        "diagnosis": answer.diagnosis.as_json() if answer.diagnosis else None,
        **({"sent": _sent(answer.sent)} if answer.sent else {}),
        **({"copy": answer.copy} if answer.copy else {}),
        **({"remark": answer.remark.as_json()} if answer.remark else {}),
    }
    return {
        **record,
        "attempts": [*record["attempts"], attempt],
        "acknowledged": record["acknowledged"] or acknowledged,
    }


def is_acknowledged(record: Record, answer: Answer) -> bool:
    """Tell whether the answer to a delivery ends the retries."""
    plan = plan_of(record)
    if plan is not None and plan.until == "2xx":
        return 200 <= answer.status < 300
    return answer.diagnosis is None


def line(number: str, record: Record, answer: Answer, *, acknowledged: bool) -> str:
    """Return the line about one delivery; it can hold secrets."""
    words = [
        f"webhook {number} {record['provider']} {record['event']} -> {record['url']}",
        str(answer.status or "-"),
        "acknowledged" if acknowledged else str(answer.diagnosis),
        *([f"copy {answer.copy}"] if answer.copy else []),
        *([str(answer.remark)] if answer.remark else []),
        *([f"({record['rule']})"] if record["rule"] else []),
    ]
    return " ".join(words)


def _sent(delivery: Delivery) -> Record:
    headers = [[name, shorten(value, _SHOWN_BYTES)] for name, value in delivery.headers]
    body = shorten(delivery.body.decode("utf-8", "replace"), _SHOWN_BYTES)
    return {"headers": headers, "body": body}


def shown(record: Record, set_back: float) -> dict[str, Any]:
    """Return a webhook as the control API shows it.

    Args:
        record: The webhook.
        set_back: By how much the clock was set back, in seconds.
    """
    plan = plan_of(record)
    coming: list[float] = [] if record["acknowledged"] else record["due"][record["rounds"] :]
    return {
        **record,
        "created_at": iso(record["created_at"]),
        "due": [iso(due - set_back) for due in coming],
        "plan": plan.in_words() if plan else "",
    }
