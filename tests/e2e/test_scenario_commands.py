"""`emulator scenario …` and `emulator serve --watch`, as their users meet them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from emulator_process import run

from emulator.cli._banner import unused_seed
from emulator.cli._watch import LOOK_SECONDS, Look, WatchedFile, look, watch
from emulator.cli.scenario import scenario as command
from emulator.emulator import Emulator
from emulator.http.server import Server

TEXT = """\
scenario: outage
version: 1
seed: 7
states:
  initial: down
  names: [down, up]
  transitions:
    - {from: down, to: up, on: {signal: repaired}}
rules:
  - {id: closed, match: {provider: goat, verdict: any}, when: {state: down}, do: {error: goat.403}}
expect:
  - {that: it was repaired, state: up}
  - {that: at most two tried, requests: {match: {provider: goat}, max: 2}}
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Emulator(wall=lambda: 1_772_366_400.0).run() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outage.yaml"
    path.write_text(TEXT)
    return path


def invoke(server: Server, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--url", server.url])


class TestVerify:
    def test_passes_and_fails_with_a_report_for_people(self, server: Server, file: Path):
        assert invoke(server, "load", str(file)).output == "loaded outage (seed 7)\n"
        httpx2.get(f"{server.url}/goat/v1/whoami")
        failed = invoke(server, "verify")
        assert failed.exit_code == 1
        assert failed.output == (
            "outage: 1 of 2 expectations are met\n"
            "  FAIL  it was repaired\n"
            "        expected  state up\n"
            "        found     state down\n"
            "  ok    at most two tried\n"
        )
        signalled = invoke(server, "signal", "repaired")
        assert signalled.output.splitlines()[0] == "signal repaired given"
        assert "now in state up" in signalled.output
        passed = invoke(server, "verify")
        assert (passed.exit_code, passed.output.splitlines()[0]) == (
            0,
            "outage: all 2 expectations are met",
        )

    def test_near_misses_are_lines_of_the_journal(self, server: Server, file: Path):
        invoke(server, "load", str(file))
        for _ in range(3):
            httpx2.get(f"{server.url}/goat/v1/whoami")
        invoke(server, "signal", "repaired")
        failed = invoke(server, "verify")
        assert failed.exit_code == 1
        assert failed.output.splitlines()[2:] == [
            "  FAIL  at most two tried",
            "        expected  at most 2 matching",
            "        found     3 of 3 exchanges",
            *(
                f"          #{n} goat.whoami 403 injected scenario.injected: matches"
                for n in (1, 2, 3)
            ),
        ]

    def test_a_file_is_checked_against_the_whole_journal(self, server: Server, file: Path):
        httpx2.get(f"{server.url}/goat/v1/whoami")
        answer = invoke(server, "verify", str(file), "--format", "json")
        assert answer.exit_code == 1  # no state: nothing is loaded
        assert [each["passed"] for each in json.loads(answer.output)["expectations"]] == [
            False,
            True,
        ]

    def test_says_what_cannot_be_verified(self, server: Server):
        nothing = invoke(server, "verify")
        assert nothing.exit_code == 2
        assert "no scenario is loaded" in nothing.output
        unknown = invoke(server, "verify", "nothing-like-it")
        assert unknown.exit_code == 2
        invoke(server, "load", "any-provider-maintenance")
        shipped = invoke(server, "verify")
        assert shipped.exit_code == 1  # nothing was asked yet
        assert shipped.output.startswith("any-provider-maintenance")

    def test_namespaces_are_apart(self, server: Server, file: Path):
        assert invoke(server, "load", str(file), "--namespace", "t1").exit_code == 0
        assert invoke(server, "verify").exit_code == 2
        assert invoke(server, "signal", "repaired", "--namespace", "t1").exit_code == 0
        assert invoke(server, "verify", "--namespace", "t1").exit_code == 0


def test_signals_that_mean_nothing_are_refused(server: Server, file: Path):
    invoke(server, "load", str(file))
    wrong = invoke(server, "signal", "repared")
    assert wrong.exit_code == 2
    assert "did you mean 'repaired'?" in wrong.output


def test_load_with_a_ttl(server: Server, file: Path):
    loaded = invoke(server, "load", str(file), "--ttl", "5m")
    assert loaded.output == "loaded outage (seed 7), for 5m\n"
    wrong = invoke(server, "load", str(file), "--ttl", "soon")
    assert (wrong.exit_code, "ttl: 'soon' is not a duration" in wrong.output) == (2, True)


class TestCheck:
    def test_an_empty_directory_is_a_mistake(self, tmp_path: Path):
        result = CliRunner().invoke(command, ["check", str(tmp_path)])
        assert result.exit_code == 2
        assert result.output == f"Error: there is no scenario file in {tmp_path}\n"

    def test_takes_files_and_shipped_names_once_each(self, file: Path):
        arguments = ["check", str(file), str(file), "goat-clock-skew"]
        result = CliRunner().invoke(command, arguments)
        assert (result.exit_code, result.output) == (0, "2 scenario files in order\n")

    def test_an_unknown_name_names_the_nearest(self):
        result = CliRunner().invoke(command, ["check", "goat-clock-skw"])
        assert result.exit_code == 2
        assert "did you mean 'goat-clock-skew'?" in result.output


class _StopError(Exception):
    """Ends a watch."""


def changes(path: Path, *looks: Callable[[], object]) -> list[int]:
    """Watch `path`, doing one thing before each look.

    Return the looks that saw a change, below zero if it was that the file is gone.
    """
    seen: list[int] = []
    done = iter(enumerate(looks, 1))
    number = 0

    async def see(now: Look) -> None:
        seen.append(number if now.text is not None or now.fault else -number)

    async def pause(seconds: float) -> None:
        nonlocal number
        assert seconds == LOOK_SECONDS
        try:
            number, act = next(done)
        except StopIteration:
            raise _StopError from None
        act()

    with pytest.raises(_StopError):
        asyncio.run(watch(path, path.read_text(), see, pytest.fail, pause))
    return seen


def nothing() -> None:
    """Do nothing."""


class TestWatch:
    def test_nothing_happens_until_it_changes_and_then_once(self, file: Path):
        assert changes(file, nothing, nothing) == []
        assert changes(file, lambda: file.write_text("a"), nothing, nothing, nothing) == [2]

    def test_a_file_that_is_still_written_is_waited_for(self, file: Path):
        writing = [lambda part=part: file.write_text(TEXT[:part]) for part in (0, 10, 200)]
        assert changes(file, *writing, nothing, nothing) == [4]

    def test_a_save_by_renaming_is_one_change(self, file: Path):
        """Also if the new file has the old one's size and time."""

        def rename() -> None:
            fresh = file.with_suffix(".new")
            fresh.write_text(TEXT.replace("seed: 7", "seed: 8"))
            times = file.stat()
            os.utime(fresh, ns=(times.st_atime_ns, times.st_mtime_ns))
            fresh.replace(file)

        assert changes(file, rename, nothing, nothing) == [2]

    def test_that_a_file_is_gone_is_told_once_and_its_return_is_a_change(self, file: Path):
        def write() -> None:
            file.write_text(TEXT)

        assert changes(file, file.unlink, nothing, nothing, write, nothing, nothing) == [-2, 5]

    def test_a_file_that_is_away_for_one_look_is_not_gone(self, file: Path):
        away = file.with_suffix(".away")
        looks = (lambda: file.rename(away), lambda: away.rename(file), nothing, nothing)
        assert changes(file, *looks) == []


class Watched:
    """A scenario's file that was loaded and is watched, and what is said of it."""

    def __init__(self, path: Path, seed: int | None = None) -> None:
        self.said: list[str] = []
        self.path = path
        self.emulator = Emulator(wall=lambda: 1_772_366_400.0, seed=seed)
        self.namespace = self.emulator.namespace("default")
        self.namespace.load(self.namespace.read_scenario(path.read_text(), str(path)))
        self.file = WatchedFile(path, path.read_text(), self.emulator, self.said.append)

    def save(self, text: str) -> None:
        self.path.write_text(text)
        self.see()

    def see(self) -> None:
        asyncio.run(self.file.changed(look(self.path)))


class TestReload:
    @pytest.fixture
    def watched(self, file: Path) -> Watched:
        return Watched(file)

    def test_says_name_and_seed(self, watched: Watched):
        watched.save(TEXT.replace("seed: 7", "seed: 8"))
        assert watched.said == ["reloaded outage (seed 8)"]
        engine = watched.namespace.scenario
        assert engine is not None
        assert engine.running

    def test_a_broken_file_keeps_the_old_one_and_says_all(self, watched: Watched):
        before = watched.namespace.scenario
        broken = TEXT.replace("goat.403", "goat.nope").replace("seed", "sede")
        watched.save(broken)
        assert watched.namespace.scenario is before
        [told] = watched.said
        first, *findings = told.splitlines()
        assert first == "not reloaded, outage (seed 7) stays:"
        places = [line.split(": ")[0] for line in findings]
        assert places == [f"{watched.path}:3:1", f"{watched.path}:10:90"]

    def test_a_file_that_is_gone_and_back_changes_nothing_and_is_told(self, watched: Watched):
        before = watched.namespace.scenario
        watched.path.unlink()
        watched.see()
        watched.save(TEXT)
        assert watched.said == [
            f"{watched.path} is gone: outage (seed 7) stays",
            f"{watched.path} is again as it was loaded: outage (seed 7) stays",
        ]
        assert watched.namespace.scenario is before

    def test_the_same_text_leaves_what_the_control_api_loaded(self, watched: Watched):
        """And a drawn seed, and the counters."""
        namespace = watched.namespace
        namespace.load(namespace.read_scenario(TEXT.replace("outage", "other"), "other"))
        watched.save(TEXT)
        assert namespace.scenario is not None
        assert namespace.scenario.scenario.scenario == "other"

    def test_a_mistake_undone_is_told_and_loads_nothing(self, watched: Watched):
        before = watched.namespace.scenario
        watched.save("scenario: ?")
        watched.save(TEXT)
        assert watched.said[1].endswith("is again as it was loaded: outage (seed 7) stays")
        assert watched.namespace.scenario is before

    def test_a_seed_that_is_not_used_is_told(self, file: Path):
        watched = Watched(file, seed=9)
        note = "--seed 9 is not used by outage: it has its own"
        assert unused_seed(watched.emulator) == note
        watched.save(TEXT + "# changed\n")
        assert watched.said == ["reloaded outage (seed 7)", note]
        watched.save(TEXT.replace("seed: 7\n", ""))
        assert watched.said[2:] == ["reloaded outage (seed 9)"]


class TestServeWatch:
    def test_reloads_what_is_saved(self, serve, file: Path):
        served = serve("--scenario", str(file), "--watch")
        file.write_text(TEXT.replace("seed: 7", "seed: 8").replace("outage", "worse"))
        for line in served.process.stdout:
            if "reloaded" in line:
                assert line == "reloaded worse (seed 8)\n"
                break
        assert httpx2.get(f"{served.url}/_emulator/scenario").json()["scenario"] == "worse"
        code, _ = served.stop()
        assert code == 0

    @pytest.mark.parametrize("scenario", [None, TEXT])
    def test_needs_a_file(self, scenario: str | None):
        arguments = ["--scenario", scenario] if scenario else []
        result = run("serve", "--port", "0", "--watch", *arguments)
        assert result.returncode == 2
        assert "--watch needs" in result.stderr


def test_explain_needs_no_server():
    result = run("scenario", "explain", "goat-token-outage", "--requests", "5")
    assert result.returncode == 0
    assert "hits 1 and 2  respond: {status: 503" in result.stdout


def test_explain_takes_the_credentials_of_a_configuration(tmp_path: Path, file: Path):
    file.write_text(
        "scenario: a\nversion: 1\nrules:\n  - {id: a, do: {latency: 1s},"
        " match: {provider: placetopay, credential: my-shop}}\n"
    )
    config = tmp_path / "emulator.toml"
    config.write_text(
        '[[placetopay.credentials]]\nlogin = "my-shop"\nsecretKey = "S3cret-of-mine"\n'
    )
    refused = CliRunner().invoke(command, ["explain", str(file)])
    assert (refused.exit_code, "register it" in refused.output) == (2, True)
    told = CliRunner().invoke(command, ["explain", str(file), "--config", str(config)])
    assert told.exit_code == 0, told.output


def test_a_line_of_yaml_is_taken_for_a_scenario():
    result = CliRunner().invoke(command, ["explain", "scenario: x"])
    assert result.exit_code == 2
    assert result.output == "scenario:1:1: key 'version' is missing\n"


@pytest.mark.parametrize("name", ["bad ns", "a/b", "-x", "x" * 65])
def test_what_cannot_name_a_namespace_is_told_before_any_call(name: str):
    nobody = "http://127.0.0.1:1"
    result = CliRunner().invoke(command, ["show", "--namespace", name, "--url", nobody])
    assert result.exit_code == 2
    assert f"{name!r} cannot name a namespace" in result.output


def test_the_start_says_where_the_scenario_applies_and_whose_seed_it_is(serve, file: Path):
    _, output = serve("--scenario", str(file), "--seed", "9").stop()
    assert "outage (seed 7), in the default namespace only\n" in output
    assert "--seed 9 is not used by outage: it has its own\n" in output
