"""What `emulator sign` prints passes: given to a shell, it is accepted by a running server."""

from __future__ import annotations

import os
import subprocess

import httpx2
import pytest
from emulator_process import COMMAND, run

from emulator.providers import discover

PROVIDERS = discover()
OF_THE_BROWSER = ("page", "lightbox")
"""First words of endpoints that only the payer's browser calls: nothing in them is signed."""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_endpoint_accepts_what_is_printed(serve, provider):
    """From nothing: what a request is about is made by the commands before it."""
    served = serve()
    path = {**os.environ, "PATH": f"{os.path.dirname(COMMAND)}:{os.environ['PATH']}"}
    for endpoint in PROVIDERS[provider].endpoints:
        if endpoint.name.partition(".")[0] in OF_THE_BROWSER:
            continue
        httpx2.post(f"{served.url}/_emulator/reset").raise_for_status()
        printed = run("sign", provider, endpoint.name, "--url", served.url)
        assert printed.returncode == 0, printed.stderr
        script = printed.stdout
        done = subprocess.run(["sh", "-e"], input=script, capture_output=True, text=True, env=path)
        assert done.returncode == 0, f"{script}\n{done.stderr}"
        found = httpx2.get(f"{served.url}/_emulator/requests").json()["requests"]
        assert found[0]["endpoint"] == endpoint.name
        if endpoint.name == "confirmTx":  # of a sale that is not there, this is the right answer
            assert "La transaccion no fue aplicada" in done.stdout
            continue
        refused = [each for each in found if each["verdict"] != "accepted"]
        assert not refused, f"{endpoint.name}: {refused}\n{script}"
