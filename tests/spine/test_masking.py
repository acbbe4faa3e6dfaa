"""Secrets never show, wherever a mistake put them."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.masking import Mask

MASK = Mask(members=("password", "token"), secrets=("s3cr3t+key/==",))


@pytest.mark.parametrize(
    "text",
    [
        '{"password":"hunter22","other":"kept"}',
        '{"password" : "hunt\\"er22","other":"kept"}',
        "password=hunter22&other=kept",
        "other=kept&password=hunter22",
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter22\r\n--b kept',
    ],
)
def test_masks_by_place(text):
    """A member that holds a secret is masked in JSON, form, query and multipart."""
    masked = MASK.text(text)
    assert "hunt" not in masked
    assert "er22" not in masked
    assert "kept" in masked


@pytest.mark.parametrize(
    "spelling", ["s3cr3t+key/==", quote("s3cr3t+key/==", safe=""), quote_plus("s3cr3t+key/==")]
)
def test_masks_by_value(spelling):
    """A registered secret is masked wherever it stands, also percent-encoded."""
    assert MASK.text(f"/path/{spelling}?x={spelling}") == "/path/***?x=***"


def test_shortens_bearer_credentials():
    """The journal shows enough of a token to tell it from another, and not enough to use it."""
    shown = MASK.header("authorization", "Bearer " + "abcdefghijklmnopqrstuvwxyz")
    assert shown == "Bearer abcdefghijkl***"


def test_keeps_a_bare_signature():
    """Pagsmile's Authorization is a digest of the message: no secret, and needed to compare."""
    assert MASK.header("authorization", "b15f" * 16) == "b15f" * 16


@given(st.text(), st.text(min_size=4))
def test_no_registered_secret_survives(text, secret):
    """Whatever the text, a secret in it is gone."""
    if secret in "***":
        return
    assert secret not in Mask((), (secret,)).text(f"{text}{secret}{text}").replace("***", "")
