"""A load of prepared requests over keep-alive connections; bounded in number and in time.

    python -m bench.load PORT REQUESTS_FILE CONNECTIONS FIRST COUNT

Prints a JSON object: requests, seconds, and the answers counted by status and diagnosis.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

LONGEST_SECONDS = 300.0


async def connection(port: int, wanted: list[bytes], outcomes: Counter[str]) -> None:
    """Send the requests one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in wanted:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        start = lowered.index(b"content-length:") + 15
        await reader.readexactly(int(lowered[start : lowered.index(b"\r\n", start)]))
        status = head[9:12].decode()
        if b"emulator-diagnosis:" in lowered:
            status += " " + lowered.split(b"emulator-diagnosis:")[1].split(b"\r\n")[0].decode()
        outcomes[status] += 1
    writer.close()


async def main(port: int, path: Path, connections: int, first: int, count: int) -> None:
    """Send `count` requests from the `first` on over so many connections and print what came."""
    prepared = [bytes.fromhex(line) for line in path.read_text().split()]
    work = [prepared[number % len(prepared)] for number in range(first, first + count)]
    outcomes: Counter[str] = Counter()
    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_SECONDS):
        await asyncio.gather(
            *(connection(port, work[n::connections], outcomes) for n in range(connections))
        )
    seconds = time.perf_counter() - started
    print(json.dumps({"requests": count, "seconds": seconds, "outcomes": outcomes}))


if __name__ == "__main__":
    try:
        import uvloop

        run = uvloop.run
    except ImportError:
        run = asyncio.run
    run(main(int(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6])))
