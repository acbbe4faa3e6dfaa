"""The search: levels, merging, rivals, bounds."""

from __future__ import annotations

import pytest

from emulator.schemes.mistakes import search
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Budget,
    Step,
    axis,
    only,
    readings,
    same,
    table,
    tell,
)


def find(axes, wanted):
    return readings(search.search(axes, lambda *values: () if values == wanted else None))


def letters(budget: Budget, *extra: Step[str, str]):
    return axis(
        "a",
        (
            Step("Upper case; use lower case", str.upper),
            Step("Twice; once is enough", lambda text: text * 2, UNUSUAL),
            *extra,
        ),
        budget,
    )


def test_the_fewest_deviations_win() -> None:
    """A single step is told, though a pair gives the same."""
    budget = Budget()
    axes = (letters(budget, Step("Both", lambda text: text.upper() * 2, RARE)),)
    assert tell(find(axes, ("AA",))) == "Both"


def test_a_pair_is_told_in_the_order_of_the_axes() -> None:
    """The first to mend first."""
    budget = Budget()
    axes = (letters(budget), axis(1, (Step("One more; stop at 1", lambda n: n + 1),), budget))
    assert tell(find(axes, ("A", 2))) == (
        "2 things differ: (1) Upper case; use lower case; (2) One more; stop at 1"
    )


def test_two_explanations_of_one_level_are_both_told() -> None:
    """Equal values are merged, their explanations are not lost."""
    budget = Budget()
    axes = (letters(budget, Step("Shouted; do not", lambda text: text.swapcase())),)
    assert tell(find(axes, ("A",))) == "Upper case; use lower case. Or: Shouted; do not"


def test_a_chain_of_steps() -> None:
    """What one step makes goes into the next; a step that does not apply is passed over."""
    budget = Budget()
    chain = (
        only("3")
        .then(same, table(Step("Padded", lambda text: text + "x", LIKELY)), budget)
        .then(int, table(Step("Negative", lambda text: -int(text), LIKELY)), budget)
    )
    with pytest.raises(ValueError, match="x"):
        list(chain.at(LIKELY))  # the right step must always apply
    chain = only("3").then(int, table(Step("Negative", lambda text: -int(text))), budget)
    assert tell(find((chain,), (-3,))) == "Negative"


def test_no_hint_is_built_before_a_hit() -> None:
    """Texts of hints cost nothing until something fits."""
    budget = Budget()
    axes = (letters(budget, Step(lambda: pytest.fail("built"), lambda text: text + "?")),)
    assert tell(find(axes, ("A",))).startswith("Upper case")


def test_tries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search ends when its budget does, with what it has found."""
    monkeypatch.setattr(search, "MOST_TRIES", 1000)
    budget = Budget()
    tried = 0

    def fits(*_: object) -> None:
        nonlocal tried
        budget.spend()
        tried += 1

    numbers = [Step("", lambda n, m=m: n + m) for m in range(1, 500)]
    axes = [axis(0, numbers, budget) for _ in range(4)]
    assert search.search(axes, fits) == []
    assert tried <= 1000


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the tries would last longer than a refusal may."""
    monkeypatch.setattr(search, "MOST_SECONDS", -1)
    budget = Budget()
    with pytest.raises(search.SpentError):
        budget.spend(300)
