"""Measures what one attacker can cost a server, and whether the aims are met.

    python -m bench.hostile [--only NAME,NAME] [--short]

All load goes to a server that this program starts on 127.0.0.1. The exit code is 1 if an aim is
missed.
"""

from __future__ import annotations

import argparse
import os
import sys

from bench.hostile.figures import Figure, measurements


def row(name: str, figure: Figure) -> str:
    met = "" if not figure.aim else "met" if figure.met else "MISSED"
    value = f"{figure.value:,.1f} {figure.unit}"
    return f"| {name:<14} | {figure.what:<58} | {value:>16} | {figure.aim:<20} | {met:<6} |"


def main() -> int:
    found = measurements()
    parser = argparse.ArgumentParser(prog="bench.hostile", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="smaller loads: does it run at all?")
    parser.add_argument("--only", default=",".join(found), help=f"of {', '.join(found)}")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := [name for name in wanted if name not in found]:
        parser.error(f"no measurement is called {', '.join(unknown)}; there are {', '.join(found)}")
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    print(f"| {'kind':<14} | {'what':<58} | {'figure':>16} | {'aim':<20} | {'':<6} |")
    print(f"|{'-' * 16}|{'-' * 60}|{'-' * 18}|{'-' * 22}|{'-' * 8}|")
    missed = 0
    for name in wanted:
        for figure in found[name](options.short):
            print(row(name, figure), flush=True)
            missed += not figure.met
    if missed:
        print(f"{missed} aims missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
