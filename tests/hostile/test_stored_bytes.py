"""Records are bounded in bytes, not only in number: ten thousand of a megabyte fill a machine."""

from __future__ import annotations

import marshal
import random

from emulator.core.limits import Limits
from emulator.core.store import MemoryEngine, Space
from emulator.emulator import Emulator

LARGE = {"text": "a" * 100_000}
LARGE_BYTES = len(marshal.dumps(LARGE))


def keep(emulator: Emulator, namespace: str, count: int) -> None:
    """Have a namespace hold large records."""
    table = emulator.namespace(namespace).contexts["placetopay"].store.table("sessions")
    for number in range(count):
        table.put(f"{number}", LARGE)


def test_the_oldest_records_of_a_table_leave():
    engine = MemoryEngine(table_bytes=10 * LARGE_BYTES)
    table = Space(engine, "default", "placetopay").table("sessions")
    for number in range(100):
        table.put(f"{number}", LARGE)
    assert [key for key, _ in table.items()] == [f"{number}" for number in range(90, 100)]
    assert engine.size() == 10 * LARGE_BYTES


def test_a_record_that_is_too_large_by_itself_stays():
    """What was answered with success must be found by the next request."""
    table = Space(MemoryEngine(table_bytes=100), "default", "placetopay").table("sessions")
    table.put("old", LARGE)
    table.put("new", LARGE)
    assert [key for key, _ in table.items()] == ["new"]


def test_the_size_is_that_of_the_records_after_any_changes():
    chance = random.Random(20261130)
    engine = MemoryEngine(table_bytes=5000)
    tables = [
        Space(engine, namespace, "goat").table(name, retain=20)
        for namespace in "ab"
        for name in "xy"
    ]
    for _ in range(3000):
        table, key = chance.choice(tables), f"{chance.randrange(30)}"
        record = {"text": "a" * chance.randrange(1000)}
        match chance.randrange(7):
            case 0 | 1:
                table.put(key, record)
            case 2:
                table.insert(key, record)
            case 3:
                table.update(key, lambda _, new=record: new)
            case 4:
                table.delete(key)
            case 5:
                table.copy(chance.choice(tables))
            case _:
                if chance.random() < 0.1:
                    table.clear()
                elif chance.random() < 0.1:
                    engine.clear(table.address[0])
    kept = [record for table in tables for _, record in table.items()]
    assert kept
    assert engine.size() == sum(len(marshal.dumps(record)) for record in kept)


def test_namespaces_not_used_the_longest_make_room():
    said: list[str] = []
    emulator = Emulator(limits=Limits(state_bytes=25 * LARGE_BYTES), log_line=said.append)
    for name in ("first", "second", "third"):
        keep(emulator, name, 10)
    emulator.namespace("fourth")
    assert [each.name for each in emulator.namespaces if each.name != "default"] == [
        "second",
        "third",
        "fourth",
    ]
    assert emulator.engine.size() <= 25 * LARGE_BYTES
    again = emulator.namespace("first").loss
    assert again is not None
    assert "records of all namespaces" in again.why


def test_the_only_namespace_in_use_stays():
    emulator = Emulator(limits=Limits(state_bytes=LARGE_BYTES))
    keep(emulator, "mine", 5)
    emulator.namespace("mine")
    assert "mine" in [each.name for each in emulator.namespaces]
