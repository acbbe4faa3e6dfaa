"""What a newcomer types first, half right: each error says what to type next."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from emulator.cli import main

NOWHERE = "http://127.0.0.1:1"
"""Nothing listens on this port."""


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.output


def test_sign_lists_the_endpoints_of_a_provider() -> None:
    code, output = said("sign", "goat", "--url", NOWHERE)
    assert (code, output.split()) == (0, ["oauth.token", "whoami"])


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("tesabiz", "There are tesabiz.qrPagado, "),
        ("goat", "goat has no event to trigger"),
        ("tesabis", "did you mean 'tesabiz'?"),
    ],
)
def test_trigger_without_an_event(provider: str, told: str) -> None:
    code, output = said("trigger", provider, "--url", NOWHERE)
    assert (code, told in output) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        ("requests",),
        ("webhooks",),
        ("webhooks", "resend", "1"),
        ("clock", "show"),
        ("scenario", "show"),
    ],
)
def test_no_server_where_it_is_looked_for(command: tuple[str, ...]) -> None:
    """It may well run, on another port."""
    code, output = said(*command, "--url", NOWHERE)
    assert code == 2
    for word in ("emulator serve", "--url", "EMULATOR_URL"):
        assert word in output


def test_help_names_the_variable() -> None:
    assert "EMULATOR_URL" in said("requests", "--help")[1]


def test_a_scenario_that_is_not_there() -> None:
    assert "`emulator scenario list`" in said("scenario", "check", "quite-another")[1]
