"""All that a person reads is plain English: words that a reader must look up are not used.

Readers think in Spanish and Portuguese. Each word stands with the better one. A provider's own
text is in the provider's language and has none of these words.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

WORDS = {
    "whoever": "the client that",
    "whom": "which, to which",
    "anew": "again",
    "let go": "closed, given back",
    "lets go": "closes, gives back",
    "strangers?": "another, someone else",
    "thereby": "so",
    "hence": "so",
    "thus": "so",
    "whence": "from where",
    "shall": "must",
    "lest": "so that … not",
    "save for": "except",
    "(?:comes?|came) to nothing": "has no effect",
    "in vain": "without effect",
    "of its own accord": "by itself",
    "upon": "on",
    "wherein": "in which",
    "whereby": "by which",
    "thereof": "of it",
    "henceforth": "from then on",
    "nonetheless": "but",
    "albeit": "although",
    "ought": "must",
    "as ever": "as usual",
    "bends?": "changes",
    "bent": "changed",
    "himself": "itself",
    "his": "the client's, the merchant's",
    "he": "the client, the merchant",
    "him": "the client, the merchant",
    "nobody": "no one, no client",
    "twofold": "two",
    "withal": "also",
    "betwixt": "between",
    "amongst": "among",
    "whilst": "while",
}
_FORBIDDEN = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)

_NOT_PROSE = re.compile(
    r'"nobody"'  # a made-up key of examples
    r"|<[^>]*>|`[^`]*`"  # code
)


def texts() -> Iterator[tuple[Path, str]]:
    """Yield what a person reads: comments, docstrings and texts of the code, and the pages."""
    for path in sorted((ROOT / "emulator").rglob("*.py")):
        yield path, "\n".join(prose(path.read_text("utf-8")))
    for folder, ending in (("docs", "*.md"), ("scenarios", "*.*"), ("examples", "**/*.md")):
        for path in sorted((ROOT / folder).glob(ending)):
            yield path, path.read_text("utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "keys/README.md"):
        yield ROOT / name, (ROOT / name).read_text("utf-8")


def prose(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_text = token.type in (tokenize.COMMENT, tokenize.STRING)
        if is_text or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            yield token.string


def found(text: str) -> set[str]:
    return {match[1].lower() for match in _FORBIDDEN.finditer(_NOT_PROSE.sub("", text))}


def test_no_forbidden_word():
    wrong = {str(path.relative_to(ROOT)): words for path, text in texts() if (words := found(text))}
    assert wrong == {}


def test_much_is_read():
    """The walk reaches the code and the pages."""
    names = {path.name for path, _ in texts()}
    assert {"serve.py", "glossary.md", "README.md", "scenario.schema.json"} <= names


@pytest.mark.parametrize("text", ["Whoever calls", "it came\nto nothing", "a STRANGER's key"])
def test_the_words_are_found(text):
    assert found(text.replace("\n", " "))


def test_words_stand_in_the_prose_of_code():
    source = 'def f():\n    """Whom."""\n    return "anew"  # hence\n'
    assert found("\n".join(prose(source))) == {"whom", "anew", "hence"}
