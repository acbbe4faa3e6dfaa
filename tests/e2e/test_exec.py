"""`emulator exec`: start, run, verify, stop; the exit code of both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EMULATOR = Path(sys.executable).with_name("emulator")
CLIENT = """
import os
from emulator.client import ClientError, Goat

with Goat(
    os.environ["GOAT_BASE_URL"],
    client_id=os.environ["GOAT_CLIENT_ID"],
    key_id=os.environ["GOAT_KEY_ID"],
    private_key=os.environ["GOAT_PRIVATE_KEY"],
) as client:
    for _ in range(int(os.environ["TRIES"])):
        try:
            client.whoami()
        except ClientError as error:
            print(error.status)
"""
SCENARIO = """
scenario: two-refusals
version: 1
rules:
  - id: down
    match: { provider: goat, endpoint: oauth.token }
    when: { times: 2 }
    do: { respond: { status: 503 } }
expect:
  - that: it asked until it was served
    order: [goat.oauth.token 503, goat.oauth.token 503, goat.oauth.token 200]
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EMULATOR, "exec", *arguments],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **environment},
        check=False,
    )


@pytest.mark.parametrize(("tries", "code", "mark"), [("3", 0, "is met"), ("1", 1, "FAIL")])
def test_what_is_expected_decides_where_the_command_succeeds(tries: str, code: int, mark: str):
    done = run("--scenario", SCENARIO, "--", sys.executable, "-c", CLIENT, TRIES=tries)
    assert done.returncode == code
    assert done.stdout == "503\n" * min(int(tries), 2)
    assert mark in done.stderr


ASK = "import os, urllib.request; urllib.request.urlopen(os.environ['GOAT_BASE_URL'] + '{}')"


def test_a_command_that_fails_is_told_why_it_was_refused():
    """Each test of a suite may have a namespace of its own."""
    ask = ASK.replace("GOAT_BASE_URL", "EMULATOR_URL").format("/_ns/t1/goat/v1/whoami")
    done = run("--", sys.executable, "-c", ask)
    assert done.returncode == 1
    assert "t1 #1" in done.stderr
    assert "bearer.missing" in done.stderr


def test_a_command_that_succeeds_says_nothing_of_refusals():
    """A suite refuses on purpose."""
    ask = f"try:\n {ASK.format('/v1/whoami')}\nexcept OSError: pass"
    done = run("--", sys.executable, "-c", ask)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--", "sh", "-c", "exit 7"], 7, ""),
        (["--", "sh", "-c", "kill -TERM $$"], 143, ""),
        (["--", "sh", "-c", "echo --port $EMULATOR_URL >&2"], 0, "--port http://127.0.0.1:"),
        (["--", "no-such-command"], 2, "cannot run no-such-command"),
        (["--scenario", "goat-tokn-outage", "--", "true"], 2, "did you mean"),
        ([], 2, "Missing argument"),
    ],
    ids=["its-code", "its-signal", "its-options", "no-command", "no-scenario", "nothing"],
)
def test_exit_codes(arguments: list[str], code: int, said: str):
    done = run(*arguments)
    assert done.returncode == code
    assert said in done.stderr
