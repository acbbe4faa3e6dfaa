"""All that schemes and providers say, as a list."""

from __future__ import annotations

import ast
import marshal
import re
from pathlib import Path

import pytest

import emulator
from emulator.core.errors import FailureMode, Source
from emulator.core.messages import Message, listed
from emulator.providers import discover

SOURCE = Path(emulator.__file__).parent
MESSAGES = list(listed(SOURCE))
ACME = Path(__file__).parents[1] / "acme"
OLD_WORDS = re.compile(
    r"\b(anew|whoever|nobody|hence|thereof|whilst|amongst|he|his|him|she|her)\b", re.IGNORECASE
)


def test_there_are_messages():
    """The list is read from the source; each scheme is in it."""
    folders = {each.file.parent.parent.name for each in MESSAGES}
    schemes = {path.parent.name for path in (SOURCE / "schemes").glob("*/failures.py")}
    assert schemes <= folders
    for name in discover():
        assert len(list(listed(SOURCE / "providers" / name))) > 10
    assert len(list(listed(SOURCE / "providers" / "gestopago"))) > 100


def test_providers_write_their_hints_as_messages():
    """No hint of a provider is an f-string: what it puts into places has names."""
    wrong = [
        f"{file}:{node.value.lineno}"
        for folder in (SOURCE / "provider", SOURCE / "providers", ACME)
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "hint"
        if any(isinstance(part, ast.JoinedStr) for part in ast.walk(node.value))
    ]
    assert wrong == []


@pytest.mark.parametrize("each", MESSAGES, ids=lambda each: f"{each.file.name}-{each.line}")
def test_message(each):
    """It is plain, and ends as a part of a sentence does; its places have names that say what."""
    template = each.template
    assert not OLD_WORDS.search(template)
    assert "  " not in template
    assert template == template.lstrip()
    assert not template.endswith((",", ";", "…"))
    assert not any(re.search(r"\d$|^value$", name) for name in each.places or ())
    assert each.places is None or each.places  # `with_` is called where there is a place


def test_values_are_kept():
    """What a translation needs: the template, and what stands in its places."""
    message = Message("{whose} key, not {other}").with_(whose="another").with_(other="yours")
    assert message == "another key, not yours"
    assert message.template == "{whose} key, not {other}"
    assert message.values == {"whose": "another", "other": "yours"}


def test_a_place_without_a_value_stays():
    """So it can be filled where more is known."""
    assert Message("{a} and {b}").with_(a=1) == "1 and {b}"


def test_a_message_is_written_as_a_literal(tmp_path):
    """Else it could not be listed."""
    (tmp_path / "wrong.py").write_text("Message(f'{x}')\n")
    with pytest.raises(ValueError, match="not a literal"):
        list(listed(tmp_path))


def test_a_diagnosis_as_json_is_plain_text():
    """The store takes no text with more to it: a webhook's record holds its diagnosis."""
    said = Message("{key} is missing").with_(key="aud")
    mode = FailureMode("a.b", Message("It is wrong"), Source("test"))
    told = mode.diagnose("body", expected=said, received=said, hint=said).as_json()
    assert told["hint"] == "aud is missing"
    assert marshal.loads(marshal.dumps(told)) == told  # refuses any subclass of str
