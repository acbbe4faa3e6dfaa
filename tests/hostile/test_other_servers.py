"""What answers where an emulator should: the client commands say so in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner

from emulator.cli import main

COMMANDS = (
    "requests",
    "requests --follow",
    "clock show",
    "clock advance 1h",
    "trigger tesabiz qrPagado",
    "scenario load any-provider-half-an-answer",
    "scenario verify",
    "scenario signal go",
    "ready",
)
ANSWERS = (b"{}", b"[]", b"null", b"7", b'"text"', b"", b"<html>", b'{"requests": [{}]}')


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """Have a server that answers everything so; the block gets its address."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("body", ANSWERS)
def test_another_server_is_named_in_one_line(body):
    """It may answer no JSON, no object, or an object without our members."""
    with answering(body) as url:
        for command in COMMANDS:
            if command.startswith("trigger") and body.startswith(b"{"):
                continue  # what a trigger answers without attempts is shown as it is
            done = CliRunner().invoke(main, [*command.split(), "--url", url])
            assert done.exit_code in (1, 2), command
            assert isinstance(done.exception, SystemExit), (command, done.exception)
            assert f"what answers at {url} is not an emulator" in done.output, command
            assert done.output.count("\n") == 1, command
