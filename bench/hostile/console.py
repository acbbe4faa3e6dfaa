"""A server whose output goes into a pipe that is not read: does it go on?"""

from __future__ import annotations

import http.client
import signal
import subprocess
import time
from collections.abc import Iterator

from bench.hostile.figures import Figure, measure
from bench.processes import answers, emulator_command, free_port

_HUNG_SECONDS = 10


@measure("console")
def console(short: bool) -> Iterator[Figure]:
    port, wanted = free_port(), 1_000 if short else 20_000
    command = [emulator_command(), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        while not answers(port):
            time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_HUNG_SECONDS)
        served, slowest = 0, 0.0
        try:
            while served < wanted:
                started = time.perf_counter()
                connection.request("GET", "/goat/v1/whoami")
                connection.getresponse().read()
                slowest = max(slowest, time.perf_counter() - started)
                served += 1
        except OSError:
            pass
        connection.close()
        started = time.perf_counter()
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_HUNG_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
        ended = time.perf_counter() - started
    yield Figure("requests served, output in a pipe that is full", served, "", None, wanted)
    yield Figure("slowest of these", slowest * 1000, "ms")
    yield Figure("time to the end of the process", ended * 1000, "ms", 2000)
