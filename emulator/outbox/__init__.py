"""Webhooks to merchants. Read `outbox.py` first: it has the path of a webhook."""

from emulator.outbox.attempt import BUG, DROPPED
from emulator.outbox.outbox import UNSENT, Outbox
from emulator.outbox.places import PLACES, Places
from emulator.outbox.plan import Plan
from emulator.outbox.windows import HELD_SECONDS

__all__ = ["BUG", "DROPPED", "HELD_SECONDS", "PLACES", "UNSENT", "Outbox", "Places", "Plan"]
