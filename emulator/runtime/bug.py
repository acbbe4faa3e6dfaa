"""A bug of ours, met while a request is answered: it must never look like a provider's failure."""

from __future__ import annotations

import traceback

from emulator.core.exchange import Exchange
from emulator.core.terminal import report_bug
from emulator.runtime.namespace import Namespace


def note_bug(exchange: Exchange, namespace: Namespace) -> None:
    """Note the exception that is being handled on the exchange, and report it without secrets."""
    exchange.bug = traceback.format_exc()
    report_bug(namespace.mask().text(exchange.bug))
