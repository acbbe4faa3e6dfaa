"""What a control call takes: known members, of their kind; and the overrides of a trigger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import ConfigurationError
from emulator.core.members import Member, from_text, object_schema, only_one, read
from emulator.provider.overrides import Event, kept, replaced
from emulator.provider.overrides import read as read_trigger

KNOWN = {
    "name": Member("A name"),
    "count": Member("How many", kinds=("whole number",)),
    "share": Member("How much", kinds=("number",)),
    "stop": Member("Whether it ends", kinds=("true",)),
    "colour": Member("Which", choices=("red", "green")),
    "card": Member("A card", kinds=("text", "object")),
}
CONTENT = {
    "text": "a",
    "whole": 1,
    "share": 1.5,
    "flag": True,
    "none": None,
    "inner": {"a/b": "x", "list": [{"n": 1}, "y"]},
}
EVENTS = {
    "sent": Event("A webhook", KNOWN, added={"/signature": Member("A forged one")}),
    "done": Event("No webhook", KNOWN, exclusive=("name", "count"), webhook=False),
}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nam": 1}, "unknown member 'nam'; did you mean 'name'?"),
        ({"zzz": 1}, "unknown member 'zzz'; there are name, count"),
        ({"name": 1}, "name: expected text; got 1"),
        ({"name": None}, "name: expected text; got null"),
        ({"count": True}, "count: expected a whole number; got true"),
        ({"count": 1.5}, "count: expected a whole number"),
        ({"share": "1"}, "share: expected a number"),
        ({"stop": False}, "stop: expected true, or leave it out; got false"),
        ({"stop": 1}, "stop: expected true"),
        ({"stop": "true"}, "stop: expected true"),
        ({"colour": "gren"}, "colour: unknown value 'gren'; did you mean 'green'?"),
        ({"colour": "x"}, "there are red, green"),
        ({"card": []}, "card: expected text or an object"),
    ],
)
def test_what_is_not_declared_is_an_error(given, said):
    """Unknown, of another kind, or not among the choices: nothing is ignored."""
    with pytest.raises(ConfigurationError) as refused:
        read(given, KNOWN)
    assert said in str(refused.value)


def test_required_and_contradicting_members():
    with pytest.raises(ConfigurationError, match="name: it is missing; give text"):
        read({}, {"name": Member("A name", required=True)})
    with pytest.raises(ConfigurationError, match="name and count contradict each other"):
        only_one({"name": "a", "count": 1}, ("name", "count", "stop"))


def test_text_of_a_command_line_becomes_the_kind_of_the_member():
    """And stays text where text is a kind, or where it is no such thing."""
    typed = {
        "name": ("150", "150"),
        "count": ("150", 150),
        "share": ("1.5", 1.5),
        "stop": ("true", True),
        "colour": ("red", "red"),
        "card": ('{"number": "1"}', {"number": "1"}),
    }
    for name, (text, value) in typed.items():
        assert from_text(text, KNOWN[name]) == value
    assert from_text("NaN", KNOWN["share"]) == "NaN"
    assert from_text("4111", KNOWN["card"]) == "4111"


@pytest.mark.parametrize(
    ("pointer", "value", "becomes"),
    [
        ("/text", "150", "150"),
        ("/text", 150, "150"),
        ("/text", True, "true"),
        ("/whole", "150", 150),
        ("/whole", 2.5, 2.5),
        ("/share", "2", 2),
        ("/flag", "false", False),
        ("/none", "x", "x"),
        ("/none", "null", None),
        ("/inner/a~1b", "z", "z"),
        ("/inner/list/0/n", "7", 7),
        ("/inner/list", "[1]", [1]),
    ],
)
def test_an_override_keeps_the_kind_of_what_it_replaces(pointer, value, becomes):
    changed = replaced(CONTENT, {pointer: value})
    holder = changed
    for step in pointer[1:].split("/"):
        step = step.replace("~1", "/")
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    assert holder == becomes
    assert type(holder) is type(becomes)
    assert CONTENT["inner"]["list"] == [{"n": 1}, "y"]


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        ("/txt", "a", "unknown member of the webhook '/txt'; did you mean '/text'?"),
        ("/inner/lst", "a", "did you mean '/inner/list'?"),
        ("/text/x", "a", "did you mean '/text'?"),
        ("/inner/list/2", "a", "unknown member"),
        ("/inner/list/-", "a", "unknown member"),
        ("/", "a", "unknown member"),
        ("/text", None, "/text: expected text"),
        ("/text", {}, "/text: expected text"),
        ("/whole", "many", '/whole: expected a number, as the webhook has there; got "many"'),
        ("/flag", 1, "/flag: expected true or false"),
        ("/inner", "x", "/inner: expected an object"),
        ("/signatur", "x", "did you mean '/signature'?"),
        ("/signature", 1, "/signature: expected text"),
    ],
)
def test_an_override_that_cannot_be_is_an_error(pointer, value, said):
    with pytest.raises(ConfigurationError) as refused:
        replaced(CONTENT, {pointer: value}, EVENTS["sent"])
    assert said in str(refused.value)


def test_what_an_event_adds():
    assert replaced(CONTENT, {"/signature": "00"}, EVENTS["sent"])["signature"] == "00"


def test_members_and_pointers_are_told_apart():
    named, pointers = read_trigger("p", "sent", EVENTS, {"count": "2", "/text": "b"})
    assert (named, pointers) == ({"count": 2}, {"/text": "b"})
    for event, members, said in (
        ("snt", {}, "p has no event 'snt'; did you mean 'sent'?"),
        ("done", {"/text": "b"}, "p.done takes no JSON pointers"),
        ("done", {"name": "a", "count": 1}, "contradict"),
        ("sent", {"cont": 1}, "did you mean 'count'?"),
    ):
        with pytest.raises(ConfigurationError) as refused:
            read_trigger("p", event, EVENTS, members)
        assert said in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(value=JSON, before=JSON)
def test_any_value_in_place_of_any(value, before):
    """It keeps the kind, or is refused in one line."""
    try:
        found = kept("/x", value, before)
    except ConfigurationError:
        return
    numbers = (int, float)
    if before is not None:
        both = isinstance(found, numbers) and isinstance(before, numbers)
        assert type(found) is type(before) or (both and not isinstance(found, bool))


def test_schema():
    """Described by what checks it."""
    schema = object_schema(KNOWN)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["colour"]["enum"] == ["red", "green"]
    assert schema["properties"]["stop"]["const"] is True


def test_a_registration_that_lacks_members_says_which(emulator):
    """Not which signs the member that is not there should have."""
    for name in emulator.providers:
        with pytest.raises(ConfigurationError, match="missing"):
            emulator.namespace("default").register(name, {})
