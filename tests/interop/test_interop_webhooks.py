"""The webhook qrPagado, received by merchants in Node and Python that verify it and sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Control = Callable[..., Any]

WRONG = (
    # language, mode, how it answers, diagnosis, part of the hint
    ("node", "plain", "flat", "tesabiz.webhook-form", "inside header"),
    ("node", "plain", "number", "tesabiz.webhook-code", "quotes"),
    ("node", "plain", "empty", "tesabiz.webhook-form", "empty"),
    ("node", "jws", "header", "tesabiz.webhook-form", "plain webhook"),
    ("node", "jws", "flat", "tesabiz.webhook-payload", ""),
    ("node", "jws", "iat", "tesabiz.timestamp-claim", "noTimestamp"),
    ("python", "plain", "signed", "tesabiz.webhook-form", "signed webhook"),
    ("python", "plain", "ok", "tesabiz.webhook-code", "neither a word"),
    ("python", "jws", "flat-inside", "tesabiz.webhook-form", "header inside"),
    ("python", "jws", "none", "jws.alg", "none"),
)


def deliver(control: Control, url: str, mode: str) -> dict[str, Any]:
    """Let the emulator send a webhook; return its record with the first attempt."""
    return control("/trigger/tesabiz/qrPagado", {"url": url, "mode": mode, "credential": "B89"})


@pytest.mark.parametrize("mode", ["plain", "jws"])
@pytest.mark.parametrize("language", ["node", "python"])
def test_acknowledged(
    language: str, mode: str, merchant: Callable[[str], str], control: Control
) -> None:
    """The merchant can verify the webhook, and his answer acknowledges it."""
    webhook = deliver(control, f"{merchant(language)}/right", mode)
    assert webhook["attempts"][-1]["diagnosis"] is None
    assert webhook["acknowledged"] is True
    assert webhook["attempts"][-1]["status"] == 200


@pytest.mark.parametrize(
    ("language", "mode", "way", "code", "hint"),
    [pytest.param(*wrong, id="-".join(wrong[:3])) for wrong in WRONG],
)
def test_not_acknowledged(
    language: str,
    mode: str,
    way: str,
    code: str,
    hint: str,
    merchant: Callable[[str], str],
    control: Control,
) -> None:
    """A wrong answer acknowledges nothing, and the log of deliveries says what is wrong."""
    webhook = deliver(control, f"{merchant(language)}/{way}", mode)
    (attempt, *_) = webhook["attempts"]
    assert webhook["acknowledged"] is False
    assert attempt["diagnosis"]["code"] == code
    assert hint in attempt["diagnosis"]["hint"]
