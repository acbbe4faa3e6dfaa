"""Text comes in UTF-8, with a byte order mark or without; anything else is an error, told where."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cli._scenario import is_text, text_of
from emulator.core.configuration import EncodingError, load, read_text, utf_8
from emulator.core.errors import ConfigurationError
from emulator.provider import KeyFiles
from emulator.providers import discover
from emulator.scenario.loader import ScenarioError, read

CONFIGURATION = '[[placetopay.credentials]]\nlogin = "café"\nsecretKey = "s3cr3t"\n'
SCENARIO = (
    "scenario: a\nversion: 1\ndescription: café\nrules:\n"
    "  - {id: r, match: {provider: goat}, do: {error: goat.403}}\n"
)


@given(st.text())
def test_utf_8_is_read_as_it_is(text):
    """And its byte order mark is no part of it."""
    content = text.encode("utf-8", "surrogatepass")
    if text[:1] != "\ufeff":
        try:
            content.decode()
        except UnicodeDecodeError:
            return
        assert utf_8(content, "x") == utf_8(codecs.BOM_UTF8 + content, "x") == text


@pytest.mark.parametrize(
    ("encoding", "place"),
    [("latin-1", "x:2:11"), ("windows-1252", "x:2:11"), ("utf-16", "x:1:1")],
)
def test_anything_else_is_an_error_with_its_place(encoding, place):
    with pytest.raises(EncodingError) as refused:
        utf_8("a: b\ncafes: caf\u00e9".encode(encoding), "x")
    assert str(refused.value).startswith(place)
    assert "save it as UTF-8" in str(refused.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_the_configuration_file_of_an_editor_of_windows(tmp_path, mark, end):
    """Notepad writes the mark and carriage returns."""
    file = tmp_path / "emulator.toml"
    file.write_bytes(mark + CONFIGURATION.replace("\n", end).encode())
    configured = load(file, discover())
    assert configured.credentials["placetopay"][0]["login"] == "café"


def test_the_configuration_file_in_another_encoding(tmp_path):
    file = tmp_path / "emulator.toml"
    file.write_bytes(CONFIGURATION.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"emulator.toml:2:13: is not UTF-8 \(byte 0xe9\)"):
        load(file, discover())


def test_a_scenario_file(tmp_path):
    """With the mark it is read; in another encoding it is a finding with line and column."""
    file = tmp_path / "a.yaml"
    file.write_bytes(codecs.BOM_UTF8 + SCENARIO.encode())
    assert read(file, discover()).description == "café"
    assert text_of(str(file))[1] == SCENARIO
    file.write_bytes(SCENARIO.encode("latin-1"))
    with pytest.raises(ScenarioError) as refused:
        read(file, discover())
    (finding,) = refused.value.findings
    assert (finding.line, finding.column) == (3, 17)
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        text_of(str(file))


def test_a_scenario_in_the_environment():
    """Bytes that are not UTF-8 reach a program as surrogates; the mark may be there too."""
    assert is_text("\ufeffscenario: a")
    assert text_of("\ufeff" + SCENARIO)[1] == SCENARIO
    latin_1 = SCENARIO.encode("latin-1").decode("utf-8", "surrogateescape")
    with pytest.raises(ConfigurationError, match="the scenario:3:17: is not UTF-8"):
        text_of(latin_1)


def test_a_key_file(tmp_path):
    """A mark before its first line is no part of it."""
    (tmp_path / "a.pem").write_bytes(codecs.BOM_UTF8 + b"-----BEGIN X-----\n")
    (tmp_path / "b.pem").write_bytes(b"caf\xe9")
    assert KeyFiles(tmp_path).text("a.pem").startswith("-----BEGIN")
    with pytest.raises(ConfigurationError, match=r"key file .*b\.pem"):
        KeyFiles(tmp_path).text("b.pem")
    with pytest.raises(ConfigurationError, match="cannot read"):
        read_text(tmp_path / "none")
