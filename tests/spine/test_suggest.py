"""What is suggested exists, and is not what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import suggest

NAMES = ("codMoneda", "importe", "idTrans", "returnUrl", "ipAddress")
REGISTERED = ("b25c9f3a", "SO_1", "00123", "Tienda-Peña")


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("codmoneda", "codMoneda"),
        ("cod_moneda", "codMoneda"),
        ("CodMoneda", "codMoneda"),
        ("cod-moneda ", "codMoneda"),
        ("ReturnURL", "returnUrl"),
        ("ip_address", "ipAddress"),
        ("inporte", "importe"),
        ("color", ""),
        ("x" * 1000, ""),
    ],
)
def test_nearest(word, right):
    assert suggest.nearest(word, NAMES) == right


@given(st.text(max_size=200), st.lists(st.text(max_size=30)))
def test_nearest_is_known_and_another(word, known):
    """Never "rename 'auth' to 'auth'"."""
    found = suggest.nearest(word, known)
    assert found == "" or (found in known and found != word)


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        (" SO_1", "blank"),
        ("SO_1\n", "blank"),
        ("\ufeffSO_1", "invisible"),
        ("SO\u200b_1", "invisible"),
        ('"SO_1"', "quotes"),
        ("so_1", "small letters"),
        ("SO%5F1", "percent-encoded"),
        ("U09fMQ==", "Base64"),
        ("123", "Zeros"),
        ("00123.0", "decimals"),
        ("SO-1", "Hyphens"),
        ("b25c9f", "cut"),
        ("b25c9f3b", "Did you mean 'b25c9f3a'"),
        ("undefined", "not filled in"),
        ("${LOGIN}", "not filled in"),
        ("", "`emulator credentials tesabiz`"),
        ("somebody else", "`emulator credentials tesabiz`"),
        ("x" * 5000, "`emulator credentials tesabiz`"),
    ],
)
def test_identity(sent, hint):
    """The true cause, or where the right value is found."""
    assert hint in suggest.identity(sent, REGISTERED, "tesabiz")


@given(st.text())
def test_identity_never_empty_nor_itself(sent):
    hint = suggest.identity(sent, [*REGISTERED, sent], "goat")
    assert hint
    assert f"Send {sent!r}" not in hint
