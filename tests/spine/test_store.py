"""The store: plain data, exact counters, nothing shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.store import MemoryEngine, Space

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def make_table(retain: int = 100):
    return Space(MemoryEngine(), "default", "test").table("things", retain)


@pytest.mark.slow
@given(st.dictionaries(st.text(), json_values))
def test_returns_what_was_put(record):
    """Any JSON object comes back equal, and as a copy."""
    table = make_table()
    table.put("key", record)
    found = table.get("key")
    assert found == record
    found["added later"] = 1
    assert table.get("key") == record


def test_refuses_what_is_not_plain_data():
    """An object that a shared engine could not keep is refused at once."""
    with pytest.raises(ValueError, match="unmarshallable"):
        make_table().put("key", {"value": object()})


def test_insert_is_won_once():
    """Of many that insert the same key at once, one wins."""
    table = make_table()
    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(lambda n: table.insert("key", {"by": n}), range(64)))
    assert wins.count(True) == 1
    assert table.get("key") == {"by": wins.index(True)}


def test_counts_exactly_under_threads():
    """No increment is lost, and no number is given twice."""
    table = make_table()
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: table.increment("count"), range(1000)))
    assert sorted(numbers) == list(range(1, 1001))


def test_update_loses_no_change():
    """Updates from many threads all arrive."""
    table = make_table()
    table.put("key", {"seen": []})

    def add(number: int) -> None:
        table.update("key", lambda record: {"seen": [*record["seen"], number]})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(200)))
    assert sorted(table.get("key")["seen"]) == list(range(200))


def test_update_of_nothing_is_nothing():
    """There is nothing to change in a record that is not there."""
    assert make_table().update("key", lambda record: record) is None


def test_oldest_leave_first():
    """A table keeps its newest records, and a rewritten one keeps its place."""
    table = make_table(retain=3)
    for number in range(5):
        table.put(str(number), {"n": number})
    assert [key for key, _ in table.items()] == ["2", "3", "4"]


def test_namespaces_and_owners_are_apart():
    """A record of one namespace or owner is not seen by another, nor cleared with it."""
    engine = MemoryEngine()
    here = Space(engine, "a", "goat").table("t")
    other_namespace = Space(engine, "b", "goat").table("t")
    other_owner = Space(engine, "a", "pagsmile").table("t")
    for table in (here, other_namespace, other_owner):
        table.put("key", {})
        table.increment("count")
    engine.clear("a")
    assert here.get("key") is None
    assert other_owner.get("key") is None
    assert other_namespace.get("key") == {}
    assert other_namespace.increment("count") == 2
    assert here.increment("count") == 1


def test_delete_tells():
    """Only the first delete of a record finds it."""
    table = make_table()
    table.put("key", {})
    assert [table.delete("key"), table.delete("key")] == [True, False]


def test_a_record_with_nan_can_be_changed():
    """A NaN differs from itself, and must not make an update try for ever."""
    table = make_table()
    table.put("key", {"value": float("nan"), "n": 1})
    assert table.update("key", lambda record: {**record, "n": 2})["n"] == 2
