"""Hunts for what is accepted wrongly, and for a 500; each run prints its seed.

    python -m bench.fuzz mutate [--count N] [--scheme NAME] [--seed N]
    python -m bench.fuzz requests [--seconds N] [--seed N]

`mutate` changes what a right request carries, N times for each scheme. `requests` sends wild
requests to every provider and to the control API, in this process. The exit code is 1 if
something was found; it is then shown with the fewest changes that still show it. Without
`--seed`, the seed is `EMULATOR_FUZZ_SEED`, or drawn.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator

from bench.fuzz.changes import Change, applied, draw, shrunk
from bench.fuzz.requests import wild_requests
from bench.fuzz.schemes import SCHEMES, Scheme
from emulator.core.errors import SchemeError
from emulator.schemes.aes_cbc import mistakes as aes_cbc
from emulator.schemes.mistakes import outputs, search


def wrongly(scheme: Scheme, changes: list[Change]) -> str:
    """Say what is wrong with the answer to changed texts; nothing if it is right."""
    texts = applied(changes, scheme.texts)
    try:
        scheme.verify(texts)
    except SchemeError:
        return ""
    except Exception as error:  # what it is does not matter: a check must not raise it
        return f"raised {error!r}"
    try:
        return "" if scheme.is_right(texts) else "accepted what the standard does not"
    except ValueError as error:
        return f"accepted what cannot be read: {error}"


def mutate(names: list[str], count: int, seed: int) -> Iterator[str]:
    """Yield what was found."""
    # Only the verdict counts, and it must not wait for a hint.
    search.MOST_TRIES = 0
    outputs.read = lambda _: outputs.Received({}, {}, ())
    aes_cbc.recognise = lambda *_: ""
    for name in names:
        scheme = SCHEMES[name]()
        chance = random.Random(f"{seed} {name}")
        started = time.monotonic()
        accepted = 0
        for _ in range(count):
            changes = draw(chance, len(scheme.texts))
            if problem := wrongly(scheme, changes):
                fewest = shrunk(changes, lambda fewer, scheme=scheme: bool(wrongly(scheme, fewer)))
                yield f"{name} {problem}: {fewest} gives {applied(fewest, scheme.texts)!r}"
                break
            accepted += applied(changes, scheme.texts) == scheme.texts
        seconds = time.monotonic() - started
        print(f"{name}: {count} changes in {seconds:.0f} s, {accepted} of them none", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=__doc__.partition("\n")[0])
    work = parser.add_subparsers(dest="work", required=True)
    mutating = work.add_parser("mutate")
    mutating.add_argument("--count", type=int, default=100_000)
    mutating.add_argument("--scheme", choices=sorted(SCHEMES))
    asking = work.add_parser("requests")
    asking.add_argument("--seconds", type=float, default=60)
    for each in (mutating, asking):
        each.add_argument("--seed", type=int)
    options = parser.parse_args()
    given = os.environ.get("EMULATOR_FUZZ_SEED") or random.SystemRandom().randrange(10**9)
    seed = int(given) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    if options.work == "mutate":
        names = [options.scheme] if options.scheme else sorted(SCHEMES)
        found = mutate(names, options.count, seed)
    else:
        found = wild_requests(options.seconds, seed)
    problems = 0
    for problem in found:
        problems += 1
        print(f"FOUND with seed {seed}: {problem}", flush=True)
    print(f"{problems} found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
