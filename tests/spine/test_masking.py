"""Secrets never show, wherever a mistake put them."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.journal.showing import masked
from emulator.masking.mask import Mask

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


SECRET = "pAss/word+with=signs"
PEM = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgETna/r2DCXHdpxUu
SECONDLINEOFTHEKEYSECONDLINEOFTHEKEYSECONDLINEOFTHEKEYSECONDLINE
-----END PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    "spelled",
    [
        json.dumps(SECRET),
        json.dumps(SECRET).replace("/", "\\/"),
        json.dumps(SECRET).replace("+", "\\u002B"),
        quote(SECRET, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        b64encode(SECRET.encode()).decode().rstrip("="),
        SECRET.encode().hex(),
        f" {SECRET}\n",
    ],
)
def test_masks_the_spellings_of_languages(spelled):
    """PHP escapes the slash, .NET the plus, others percent-encode in lower case."""
    assert MASK_IT.text(f"a{spelled}b").replace(" ", "").replace("\n", "") in ("a***b", 'a"***"b')


MASK_IT = Mask((), (SECRET, PEM))


@pytest.mark.parametrize(
    "spelled",
    [
        PEM,
        PEM.strip(),
        PEM.replace("\n", "\r\n"),
        json.dumps(PEM),
        PEM.replace("\n", " "),
        "".join(PEM.splitlines()[1:-1]),
        PEM.splitlines()[2],
        PEM[:150],
    ],
)
def test_masks_a_private_key_however_it_was_pasted(spelled):
    """Whole, cut, on one line, without its armour, and one that is not registered."""
    assert "SECONDLINE" not in MASK_IT.text(f"x {spelled} y")
    if "PRIVATE" in spelled:
        assert "SECONDLINE" not in Mask((), ()).text(f"x {spelled} y")


def test_basic_credentials_are_not_shown():
    """Base64 hides nothing."""
    shown = MASK.header("authorization", "Basic " + b64encode(b"user:s3cr3t+key/==").decode())
    assert shown == "Basic ***"


def test_a_secret_in_place_of_a_token_is_not_shown():
    """Only a token that looks like one shows its beginning."""
    assert MASK.header("authorization", "Bearer s3cr3t+key/==and more of it") == "Bearer ***"


def test_a_number_in_place_of_a_secret_is_masked():
    """A client may send it without quotes."""
    assert MASK.text('{"password": 123456789}') == '{"password": ***}'


@pytest.mark.parametrize("digits", [16, 19, 400])
def test_a_number_is_masked_by_its_own_digits(digits):
    """As a double a long one is another number, or beyond all of them."""
    number = int("507712" + "0" * (digits - 7) + "5")
    another = number // 2
    mask = Mask((), (str(number),))
    assert masked({"a": [number, another, -number, 1.5]}, mask) == {
        "a": ["***", another, "-***", 1.5]
    }


def test_base64_whose_padding_was_cut_is_masked():
    """It is the whole secret still, and so is one that was percent-encoded twice."""
    assert MASK.text("iv=s3cr3t+key/&n=s3cr3t%2Bkey%2F%253D") == "iv=***&n=***"


def test_the_name_of_a_member_is_masked_too():
    """A client that mixes up names and values sends a secret as a name."""
    assert masked({"a": {"s3cr3t+key/==": 1}}, MASK) == {"a": {"***": 1}}


def test_shortens_bearer_credentials():
    """The journal shows enough of a token to tell it from another, and not enough to use it."""
    shown = MASK.header("authorization", "Bearer abcdefghijklmnop.qrstuv.wxyz")
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
