"""Long and deep texts where something short belongs: a refusal, never a 500, and little work."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from counting import lines_run

from bench.hostile.long_texts import SHAPES, ask, attacks
from emulator.core.suggest import is_placeholder, nearest
from emulator.emulator import Emulator
from emulator.schemes.mistakes import search
from emulator.schemes.username_token import UsernameToken
from emulator.schemes.username_token import mistakes as password_digest

NESTED = ["[" * 30_000, '{"a":' * 6_000, "[" * 900 + "]" * 900]


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator(journal_size=2)


@pytest.fixture(scope="module")
def places(emulator):
    return list(attacks(emulator))


def test_every_provider_is_attacked(places, emulator):
    assert {place.provider for place in places} == set(emulator.providers)
    assert len(places) > 500


@pytest.mark.slow
@pytest.mark.parametrize("text", NESTED, ids=["arrays", "objects", "closed"])
def test_nesting_is_no_bug(emulator, places, text):
    """Base64, hexadecimal digits and quotes are undone in search of a mistake: what is below
    them may be nested."""
    for place in places[::6]:
        exchange = ask(emulator, place.provider, place.make(text))
        assert not exchange.bug, f"{place}: {exchange.bug}"


@pytest.mark.parametrize(
    "text", ["your" + "_a" * 60, "my_" + "a_" * 60, "the-" + "_" * 120, "{" * 60 + " " * 60]
)
def test_placeholders(text):
    """These took 2 ** 60 steps: a wrong login of 120 characters stopped the server for ever."""
    assert not is_placeholder(text + "!")


@pytest.mark.parametrize(
    "text",
    ["your_key", "YOUR-API-KEY", "my_secret_key", "tu_llave", "the api-key", "your__key", "my_key"],
)
def test_placeholders_are_still_known(text):
    assert is_placeholder(text)


def test_long_words_have_no_nearest():
    assert nearest("a" * 129, ["a" * 128]) == ""


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_text_alone(emulator, places, shape):
    """Lines of Python that run: eight times the text, at most twelve times the work."""
    for place in places[::60]:
        short, long = (place.make(SHAPES[shape](size)) for size in (2_000, 16_000))
        base = lines_run(lambda request=short, place=place: ask(emulator, place.provider, request))
        grown = lines_run(lambda request=long, place=place: ask(emulator, place.provider, request))
        assert grown < 12 * base + 20_000, str(place)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "searched"), [("é" * 900, True), ("é" * 1100, False)])
def test_what_is_no_time_by_its_length_is_not_hashed_thousands_of_times(
    monkeypatch, seed: str, searched: bool
):
    """A seed of 4,000 such signs took 150 ms, and everybody waited for it."""
    tries: list[int] = []
    monkeypatch.setattr(search.Budget, "spend", lambda _, units=1: tries.append(units))
    token = UsernameToken("login", b64encode(sha256(b"other").digest()).decode(), b"n" * 16, seed)
    password_digest.explain(password_digest.RefusedDigest(token, "secret", {}))
    assert bool(tries) is searched
