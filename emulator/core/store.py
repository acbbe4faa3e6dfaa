"""All state that changes: records of plain data, in tables, for each namespace.

Tokens, sessions, sales, counters, clock settings and scenario state are kept by an `Engine`, and
nowhere else. So another engine, shared by several processes, can replace `MemoryEngine` without
changes in a provider. Three rules make this possible:

* a record is plain JSON data, and `get` returns a copy;
* code that must be first uses `insert`; code that must not lose an update uses `Table.update`
  (compare and swap); code that counts uses `increment`. None relies on the event loop to be
  atomic;
* the calls are synchronous, because they are made between two awaits. A shared engine on the
  same host answers faster than a task switch.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Protocol

Record = dict[str, Any]
"""A JSON object. Times are seconds since the epoch, money is decimal text."""

RETAINED = 10_000
"""Records, and counters, that a table keeps by default; the oldest are deleted first."""
_MANY = 100
"""Up to so many counters of a table, the order of their use is not noted."""


Address = tuple[str, str]
"""A namespace, and the name of a table in it."""


class Engine(Protocol):
    """Where records are kept; every call is atomic."""

    def get(self, table: Address, key: str) -> Record | None: ...
    def put(self, table: Address, key: str, record: Record, retain: int) -> None: ...
    def insert(self, table: Address, key: str, record: Record, retain: int) -> bool: ...
    def swap(self, table: Address, key: str, old: Record, new: Record) -> bool: ...
    def delete(self, table: Address, key: str) -> bool: ...
    def scan(self, table: Address) -> list[tuple[str, Record]]: ...
    def copy(self, table: Address, source: Address) -> None: ...
    def increment(self, table: Address, key: str, by: int, retain: int) -> int: ...
    def drop(self, table: Address) -> None: ...
    def clear(self, namespace: str) -> None: ...
    def size(self) -> int: ...


class _Rows(dict[str, bytes]):
    """The records of one table, and how many bytes they are."""

    __slots__ = ("size",)

    def __init__(self) -> None:
        self.size = 0

    def write(self, key: str, packed: bytes) -> int:
        """Write a record; return by how many bytes the table has grown."""
        grown = len(packed) - len(self.get(key, b""))
        self[key] = packed
        self.size += grown
        return grown

    def remove(self, key: str) -> int:
        """Remove a record that is there; return by how many bytes the table has grown: under 0."""
        grown = -len(self.pop(key))
        self.size += grown
        return grown


@dataclass(slots=True)
class _Tables:
    """The tables of one namespace."""

    rows: dict[str, _Rows] = field(default_factory=dict[str, _Rows])
    counters: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])


class MemoryEngine:
    """An engine in this process.

    Records are kept as JSON text. So every answer is a copy, data that is not plain is refused
    at once, and they need a tenth of the memory.

    Args:
        table_bytes: Bytes of records that each table keeps. The oldest are deleted first; the
            newest always stays.
    """

    def __init__(self, table_bytes: int = sys.maxsize) -> None:
        self._spaces: dict[str, _Tables] = {}
        self._table_bytes = table_bytes
        self._size = 0
        self._lock = RLock()

    def size(self) -> int:
        """Return how many bytes all records are."""
        return self._size

    def get(self, table: Address, key: str) -> Record | None:
        rows = self._rows(table)
        packed = rows.get(key) if rows else None
        return None if packed is None else marshal.loads(packed)  # noqa: S302 - our own bytes

    def put(self, table: Address, key: str, record: Record, retain: int) -> None:
        packed = marshal.dumps(record)
        with self._lock:
            rows = self._made_rows(table)
            self._size += rows.write(key, packed)
            while len(rows) > retain or (rows.size > self._table_bytes and len(rows) > 1):
                self._size += rows.remove(next(iter(rows)))

    def insert(self, table: Address, key: str, record: Record, retain: int) -> bool:
        with self._lock:
            if key in (self._rows(table) or ()):
                return False
            self.put(table, key, record, retain)
            return True

    def swap(self, table: Address, key: str, old: Record, new: Record) -> bool:
        with self._lock:
            current = self.get(table, key)
            if current != old and repr(current) != repr(old):  # a NaN differs from itself
                return False
            self._size += self._made_rows(table).write(key, marshal.dumps(new))
            return True

    def delete(self, table: Address, key: str) -> bool:
        with self._lock:
            rows = self._rows(table)
            if rows is None or key not in rows:
                return False
            self._size += rows.remove(key)
            return True

    def scan(self, table: Address) -> list[tuple[str, Record]]:
        with self._lock:
            rows = list((self._rows(table) or _Rows()).items())
        return [(key, marshal.loads(packed)) for key, packed in rows]  # noqa: S302

    def copy(self, table: Address, source: Address) -> None:
        """Write the records of another table that this one does not have; both share the text."""
        with self._lock:
            rows = self._made_rows(table)
            for key, packed in (self._rows(source) or _Rows()).items():
                if key not in rows:
                    self._size += rows.write(key, packed)

    def increment(self, table: Address, key: str, by: int, retain: int) -> int:
        with self._lock:
            if not by:
                space = self._spaces.get(table[0])
                counters = space.counters.get(table[1]) if space else None
                if counters is None or key not in counters:
                    return 0
            else:
                counters = self._made(table[0]).counters.setdefault(table[1], {})
            if len(counters) <= _MANY:
                total = counters[key] = counters.get(key, 0) + by
                return total
            total = counters[key] = counters.pop(key, 0) + by  # those in use are deleted last
            while len(counters) > retain:
                del counters[next(iter(counters))]
            return total

    def drop(self, table: Address) -> None:
        with self._lock:
            if space := self._spaces.get(table[0]):
                self._size -= space.rows.pop(table[1], _Rows()).size
                space.counters.pop(table[1], None)

    def clear(self, namespace: str) -> None:
        with self._lock:
            if space := self._spaces.pop(namespace, None):
                self._size -= sum(rows.size for rows in space.rows.values())

    def _rows(self, table: Address) -> _Rows | None:
        space = self._spaces.get(table[0])
        return space.rows.get(table[1]) if space is not None else None

    def _made_rows(self, table: Address) -> _Rows:
        tables = self._made(table[0]).rows
        rows = tables.get(table[1])
        if rows is None:
            rows = tables[table[1]] = _Rows()
        return rows

    def _made(self, namespace: str) -> _Tables:
        space = self._spaces.get(namespace)
        if space is None:
            space = self._spaces[namespace] = _Tables()
        return space


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one namespace."""

    engine: Engine
    address: Address
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
        """Change the record without losing another change.

        Args:
            key: Which record.
            change: Takes a copy and returns the new record, or None to leave it as it is.
                Called again if another change came in between.

        Returns:
            The record after the change; None if there is none.
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
        """Add to the counter `key`, which starts at 0, and return its new value.

        If there are more counters than `retain`, the one with the longest time without use is
        deleted.
        """
        return self.engine.increment(self.address, key, by, self.retain)

    def copy(self, source: Table) -> None:
        """Write the records of another table that this one does not have."""
        self.engine.copy(self.address, source.address)

    def clear(self) -> None:
        """Delete records and counters."""
        self.engine.drop(self.address)


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
    _tables: dict[str, Table] = field(
        default_factory=dict[str, Table], init=False, repr=False, compare=False
    )

    def table(self, name: str, retain: int = RETAINED) -> Table:
        """Return the table `name`, which keeps the `retain` newest records."""
        table = self._tables.get(name)
        if table is None or table.retain != retain:
            # Ten thousand namespaces have tables of the same names: keep each name once.
            address = self.namespace, sys.intern(f"{self.owner}.{name}")
            table = self._tables[name] = Table(self.engine, address, retain)
        return table
