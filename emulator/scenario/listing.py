"""The table of `scenarios/README.md`: a line for each shipped file.

    python -m emulator.scenario.listing

A line that is there keeps its text. A new file gets the first sentence of its description.
"""

from __future__ import annotations

import re
from pathlib import Path

from emulator.core.configuration import shipped

_LINE = re.compile(r"^\| \[`(?P<name>[\w-]+)`\]\([\w.-]+\) \| (?P<text>.*) \|\n", re.MULTILINE)


def listed(page: str, folder: Path) -> str:
    """Return the page with a line for each file of the folder, in the order of their names.

    Raises:
        ValueError: The page has no line of a file, so it does not say where they go.
    """
    found = list(_LINE.finditer(page))
    if not found:
        raise ValueError("the page has no table of scenarios")
    texts = {line["name"]: line["text"] for line in found}
    lines = [
        f"| [`{file.stem}`]({file.name}) | {texts.get(file.stem) or _first_sentence(file)} |\n"
        for file in sorted(folder.glob("*.yaml"))
    ]
    return page[: found[0].start()] + "".join(lines) + page[found[-1].end() :]


def _first_sentence(file: Path) -> str:
    from emulator.scenario import yaml12

    data = yaml12.read(file.read_text("utf-8")).data
    words = " ".join(str(data["description"]).split()).replace("|", "\\|")
    return words.split(". ")[0].rstrip(".")


if __name__ == "__main__":
    _PAGE = shipped("scenarios") / "README.md"
    _PAGE.write_text(listed(_PAGE.read_text("utf-8"), _PAGE.parent), "utf-8")
