"""`emulator ready`: the HEALTHCHECK of the image."""

from __future__ import annotations

import os
import time

import click

from emulator.cli._output import say
from emulator.cli._remote import RemoteError, call
from emulator.core.terminal import plain


@click.command("ready")
@click.option(
    "--url", envvar="EMULATOR_URL", help="Address of the server; EMULATOR_PORT is used too."
)
@click.option("--wait", default=0.0, help="Seconds to wait for it.", show_default=True)
def ready(url: str | None, wait: float) -> None:
    """Exit with 0 if a server answers, with 1 if none does."""
    port = os.environ.get("EMULATOR_CONTROL_PORT") or os.environ.get("EMULATOR_PORT") or "8900"
    url = url or f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + wait
    while True:
        try:
            providers = call(url, "GET", "/ready", timeout=max(2.0, wait))["providers"]
        except RemoteError as error:
            if time.monotonic() >= deadline:
                say(f"Error: {error.message}", to_stderr=True)
                raise SystemExit(1) from error
            time.sleep(0.05)
        else:
            say(plain(f"ready: {', '.join(providers)}"))
            return


COMMAND = ready
