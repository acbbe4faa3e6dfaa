"""All mutable state: records that are plain data, in tables, per namespace.

Tokens, sessions, sales, counters, clock settings and scenario state go through `Engine`, and
nothing else holds state; so an engine shared by several processes can take the place of
`MemoryEngine` without a provider noticing. Three rules make that possible:

* a record is plain JSON data, and what `get` returns is a copy;
* code that must be first uses `insert`, code that must not lose an update uses
  `Table.update` (compare and swap), code that counts uses `increment`: none relies on the
  event loop for its atomicity;
* the calls are synchronous, because they are made between two awaits, and a shared engine on
  the same host answers in less time than a task switch costs.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Protocol

Record = dict[str, Any]
"""A JSON object. Times are seconds since the epoch, money is decimal text."""

RETAINED = 10_000
"""Records a table keeps unless told otherwise; the oldest leave first."""


class Engine(Protocol):
    """Where records are kept. `table` is a namespace and a name; every call is atomic."""

    def get(self, table: tuple[str, str], key: str) -> Record | None: ...
    def put(self, table: tuple[str, str], key: str, record: Record, retain: int) -> None: ...
    def insert(self, table: tuple[str, str], key: str, record: Record, retain: int) -> bool: ...
    def swap(self, table: tuple[str, str], key: str, old: Record, new: Record) -> bool: ...
    def delete(self, table: tuple[str, str], key: str) -> bool: ...
    def scan(self, table: tuple[str, str]) -> list[tuple[str, Record]]: ...
    def increment(self, table: tuple[str, str], key: str, by: int) -> int: ...
    def clear(self, namespace: str) -> None: ...


class MemoryEngine:
    """An engine in this process.

    Records are kept serialized: that makes every answer a copy, refuses what is not plain data
    at once rather than on the day a shared engine is used, and takes a tenth of the memory.
    """

    def __init__(self) -> None:
        self._tables = defaultdict[tuple[str, str], OrderedDict[str, bytes]](OrderedDict)
        self._counters = defaultdict[tuple[str, str], dict[str, int]](dict)
        self._lock = RLock()

    def get(self, table: tuple[str, str], key: str) -> Record | None:
        rows = self._tables.get(table)
        packed = rows.get(key) if rows else None
        return None if packed is None else marshal.loads(packed)  # noqa: S302 - our own bytes

    def put(self, table: tuple[str, str], key: str, record: Record, retain: int) -> None:
        packed = marshal.dumps(record)
        with self._lock:
            rows = self._tables[table]
            rows[key] = packed
            while len(rows) > retain:
                rows.popitem(last=False)

    def insert(self, table: tuple[str, str], key: str, record: Record, retain: int) -> bool:
        with self._lock:
            if key in self._tables[table]:
                return False
            self.put(table, key, record, retain)
            return True

    def swap(self, table: tuple[str, str], key: str, old: Record, new: Record) -> bool:
        with self._lock:
            current = self.get(table, key)
            if current != old and repr(current) != repr(old):  # a NaN differs from itself
                return False
            self._tables[table][key] = marshal.dumps(new)
            return True

    def delete(self, table: tuple[str, str], key: str) -> bool:
        with self._lock:
            rows = self._tables.get(table)
            return rows is not None and rows.pop(key, None) is not None

    def scan(self, table: tuple[str, str]) -> list[tuple[str, Record]]:
        with self._lock:
            rows = list((self._tables.get(table) or {}).items())
        return [(key, marshal.loads(packed)) for key, packed in rows]  # noqa: S302

    def increment(self, table: tuple[str, str], key: str, by: int) -> int:
        with self._lock:
            counters = self._counters[table]
            total = counters[key] = counters.get(key, 0) + by
            return total

    def clear(self, namespace: str) -> None:
        with self._lock:
            for tables in (self._tables, self._counters):
                for table in [t for t in tables if t[0] == namespace]:
                    del tables[table]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one namespace."""

    engine: Engine
    address: tuple[str, str]
    retain: int = RETAINED

    def get(self, key: str) -> Record | None:
        """Return a copy of the record, or None."""
        return self.engine.get(self.address, key)

    def put(self, key: str, record: Record) -> None:
        """Write the record, whether or not there was one."""
        self.engine.put(self.address, key, record, self.retain)

    def insert(self, key: str, record: Record) -> bool:
        """Write the record if there was none; tell whether it was written."""
        return self.engine.insert(self.address, key, record, self.retain)

    def update(self, key: str, change: Callable[[Record], Record | None]) -> Record | None:
        """Change the record without losing another's change.

        Args:
            key: Which record.
            change: Takes a copy and returns the new record, or None to leave it as it is.
                May be called again if another change came between.

        Returns:
            The record as it then stands; None if there is none.
        """
        while (old := self.get(key)) is not None:
            new = change(marshal.loads(marshal.dumps(old)))  # noqa: S302
            if new is None:
                return old
            if self.engine.swap(self.address, key, old, new):
                return new
        return None

    def delete(self, key: str) -> bool:
        """Remove the record; tell whether there was one."""
        return self.engine.delete(self.address, key)

    def items(self) -> Iterator[tuple[str, Record]]:
        """Go through copies of the records, oldest first."""
        return iter(self.engine.scan(self.address))

    def increment(self, key: str, by: int = 1) -> int:
        """Add to the counter `key`, which starts at 0, and return its new value."""
        return self.engine.increment(self.address, key, by)


@dataclass(frozen=True, slots=True)
class Space:
    """The tables of one namespace that belong to one owner, such as a provider.

    Attributes:
        engine: Where they are kept.
        namespace: Whose they are; `default` is the one without a name.
        owner: First part of the tables' names, so that two owners never meet.
    """

    engine: Engine
    namespace: str
    owner: str
    _tables: dict[tuple[str, int], Table] = field(
        default_factory=dict[tuple[str, int], Table], init=False, repr=False, compare=False
    )

    def table(self, name: str, retain: int = RETAINED) -> Table:
        """Return the table `name`, which keeps the `retain` newest records."""
        table = self._tables.get((name, retain))
        if table is None:
            table = Table(self.engine, (self.namespace, f"{self.owner}.{name}"), retain)
            self._tables[name, retain] = table
        return table
