"""Keep the code of `docs/add-a-provider.md` what stands in `tests/acme`.

    python tests/acme/walkthrough.py

Before each block of code the page has a comment that says what stands in it: `<!-- FILE -->` for a
whole file, `<!-- FILE: NAME, NAME -->` for what has these names there. This writes the blocks.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

TREE = Path(__file__).parent
ROOT = TREE.parents[1]
PAGE = ROOT / "docs" / "add-a-provider.md"
_BLOCK = re.compile(
    r"<!-- (?P<file>\S+?)(?:: (?P<names>[^>]+?))? -->\n```python\n.*?^```$", re.M | re.S
)


def written(page: str) -> str:
    """Return the page with its code as it stands in the files."""
    return _BLOCK.sub(_block, page)


def _block(found: re.Match[str]) -> str:
    comment = found[0].partition("\n")[0]
    place = TREE / found["file"]  # a shared piece, such as the scheme, stands in the tree itself
    text = (place if place.exists() else ROOT / found["file"]).read_text("utf-8")
    names = found["names"].split(", ") if found["names"] else []
    code = "\n\n\n".join(_named(text, name) for name in names) if names else text.rstrip()
    return f"{comment}\n```python\n{code}\n```"


def _named(text: str, name: str) -> str:
    """Return the definition or assignment of a name at the top level of a module."""
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if name in {getattr(each, "id", getattr(each, "name", "")) for each in targets}:
            start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            return "\n".join(text.splitlines()[start - 1 : node.end_lineno])
    raise ValueError(f"there is no {name}")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
