"""A merchant who receives webhooks, well or badly, in a process of its own."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import httpx2

_PIECE = b"x" * 65536


class Merchant:
    """Answers by path: `/ok`, `/refuse` (500), `/hang`, `/endless` (a gigabyte), `/bomb` (gzip).

    Attributes:
        got: How many requests came, by path.
    """

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self._bomb = gzip.compress(bytes(2**30), 1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            if path == "/counts":
                writer.write(self.counts())
                return
            lines = head.lower().split(b"\r\n")
            length = next(line for line in lines if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            self.got[path] += 1
            async for piece in self._answer(path):
                writer.write(piece)
                await writer.drain()

    async def _answer(self, path: str) -> AsyncIterator[bytes]:
        if path == "/hang":
            await asyncio.sleep(3600)
        elif path == "/endless":
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n"
            for _ in range(2**30 // len(_PIECE)):
                yield _PIECE
        elif path == "/bomb":
            yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n"
            yield self._bomb
        else:
            status = b"500 No" if path == "/refuse" else b"200 OK"
            yield b"HTTP/1.1 %s\r\ncontent-length: 7\r\nconnection: close\r\n\r\nsuccess" % status

    def counts(self) -> bytes:
        body = json.dumps(self.got).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def run() -> None:
    """Serve until standard input ends."""
    found = Merchant()
    server = await asyncio.start_server(found.serve, "0.0.0.0", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # some connections never end


@dataclass(frozen=True)
class Shop:
    """A merchant in a process of its own, so that it takes no time of the one that measures.

    Attributes:
        port: Where it listens, on every address of 127.0.0.0/8.
    """

    port: int

    def got(self, path: str) -> int:
        """Return how many requests came to a path."""
        return httpx2.get(f"http://127.0.0.1:{self.port}/counts").json().get(path, 0)


@contextmanager
def merchant() -> Iterator[Shop]:
    """Run a merchant."""
    command = [sys.executable, "-m", "bench.hostile.merchant"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Shop(int(process.stdout.readline()))
        process.communicate(timeout=10)


if __name__ == "__main__":
    asyncio.run(run())
