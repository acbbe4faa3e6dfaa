"""`python -m emulator` is `emulator`."""

from __future__ import annotations

from emulator.cli import main

if __name__ == "__main__":
    main(prog_name="emulator")
