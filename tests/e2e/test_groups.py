"""Commands that show a list, and have subcommands: options before and after the subcommand."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from emulator.cli import main

NOWHERE, ELSEWHERE, THIRD = (f"http://127.0.0.1:{port}" for port in (1, 2, 3))
"""Nothing listens there; the message of a command says where it has looked."""


def subcommands() -> Iterator[tuple[str, str]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group) and command.invoke_without_command:
            yield from ((name, each) for each in command.commands)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


@pytest.fixture(params=list(subcommands()), ids=" ".join)
def command(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ((), (), f"{THIRD}/_ns/third"),
        (("--url", NOWHERE, "--namespace", "a"), (), f"{NOWHERE}/_ns/a"),
        ((), ("--url", NOWHERE, "--namespace", "a"), f"{NOWHERE}/_ns/a"),
        (("--url", NOWHERE), ("--namespace", "a"), f"{NOWHERE}/_ns/a"),
        (("--url", NOWHERE), ("--url", ELSEWHERE), f"{ELSEWHERE}/_ns/third"),
        (("--namespace", "a"), ("--namespace", "b"), f"{THIRD}/_ns/b"),
    ],
)
def test_where_a_server_is(command, before, after, where):
    """After the subcommand, before it, in the environment: in this order."""
    group, name = command
    environment = {"EMULATOR_URL": THIRD, "EMULATOR_NAMESPACE": "third"}
    result = run(group, *before, name, "3", *after, **environment)
    assert result.exit_code == 2
    assert f"answers at {where}:" in result.output


def test_a_wrong_namespace_is_refused_in_both_places(command):
    group, name = command
    for arguments in (("--namespace", "a/b", name, "3"), (name, "3", "--namespace", "a/b")):
        result = run(group, *arguments)
        assert (result.exit_code, "cannot name a namespace" in result.output) == (2, True)


@pytest.mark.parametrize("option", [("--format", "json"), ("--provider", "goat"), ("--follow",)])
def test_an_option_of_the_list_is_refused(command, option):
    group, name = command
    result = run(group, "--url", NOWHERE, *option, name, "3")
    assert result.exit_code == 2
    assert f"`{name}` does not take {option[0]}, which is for the list" in result.output
