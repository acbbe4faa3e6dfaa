"""Webhooks to merchants: a queue, the provider's own retry table, and a log of deliveries."""

from emulator.outbox.attempt import BUG, DROPPED
from emulator.outbox.places import PLACES, Places
from emulator.outbox.plan import Plan
from emulator.outbox.queue import UNSENT, Outbox
from emulator.outbox.windows import HELD_SECONDS

__all__ = ["BUG", "DROPPED", "HELD_SECONDS", "PLACES", "UNSENT", "Outbox", "Places", "Plan"]
