"""Texts that are full of what is hidden: each find costs little, however many there are.

A body of 16 KB that repeated a secret, or a card's number in four encodings, held the server for
ten seconds and more; a member with 340,000 digits for twelve.
"""

from __future__ import annotations

import base64

import pytest
from counting import lines_run

from bench.hostile.long_texts import ask, attacks
from emulator.emulator import Emulator
from emulator.masking import card_numbers, luhn
from emulator.masking.mask import Mask
from emulator.providers.placetopay.message.members import shown
from emulator.providers.tesabiz.member_tables import has_control
from emulator.schemes.jws import NOT_COMPACT
from emulator.schemes.jws.mistakes import RefusedText, recognise

SECRET = "q7Jf2LmZ0xTw9VbKsRdE4uYhN1pAoC6g"
CARD = "4111111111111111"
PIECES = {
    "a secret": SECRET + " ",
    "a secret in Base64": base64.b64encode(SECRET.encode()).decode() + " ",
    "a secret in hex": SECRET.encode().hex() + " ",
    "a secret in percents": "".join(f"%{ord(sign):02x}" for sign in SECRET) + " ",
    "a card in escapes": "".join(f"\\u00{ord(sign):02x}" for sign in CARD) + " ",
    "a card in entities": "".join(f"&#{ord(sign)};" for sign in CARD) + " ",
    "a secret in everything": "".join(
        f"{first}{second}"
        for first, second in zip(
            (f"%{ord(sign):02x}" for sign in SECRET[::2]),
            (f"\\u00{ord(sign):02x}" for sign in SECRET[1::2]),
            strict=True,
        )
    )
    + " ",
}


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_each_find_costs_the_same(piece):
    mask = Mask((), [SECRET])
    short, long = (piece * (size // len(piece)) for size in (2_000, 16_000))
    assert "***" in mask.text(long) or "…1111" in mask.text(long)
    assert lines_run(lambda: mask.text(long)) < 12 * lines_run(lambda: mask.text(short))


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_every_one_is_hidden(piece):
    mask = Mask((), [SECRET])
    told = mask.text(f"{piece}; " * 50)
    assert piece.strip() not in told
    assert told.count("***") + told.count("…1111") >= 50


def test_digits_that_stand_together_are_read_at_once():
    assert lines_run(lambda: card_numbers.hide("1" * 20_000)) < 2_000


def test_of_a_long_text_its_ends_are_looked_at():
    assert lines_run(lambda: shown("1 " * 200_000)) < 200_000
    told = shown(f"{CARD} " + "x" * 5_000 + f" {CARD}")
    assert CARD not in told
    assert told.startswith("'…1111 x")
    assert told.endswith("x …1111'")
    assert "characters left out" in told


def test_a_control_character_is_found_at_once():
    assert lines_run(lambda: has_control("x" * 100_000)) < 10
    assert has_control("x\u2028")
    assert not has_control("x\u200b é")


@pytest.mark.parametrize(("number", "right"), [(CARD, True), ("4111111111111112", False)])
def test_check_digits(number, right):
    assert luhn.passes(number) is right


@pytest.mark.parametrize("piece", [".", "a.", " ", "e@b.", "QUJD."])
def test_a_text_with_many_parts_is_no_jws(piece):
    text = piece * (200_000 // len(piece))
    attempt = RefusedText(text=text)
    assert lines_run(lambda: recognise(NOT_COMPACT, attempt)) < 8_000
    assert recognise(NOT_COMPACT, attempt).endswith(f"this text has {len(text)} characters")


def test_a_long_amount_is_not_mended():
    emulator = Emulator(journal_size=2)
    place = next(
        each for each in attacks(emulator) if str(each) == "pagsmile.checkout signed payout_amount"
    )
    told = ask(emulator, "pagsmile", place.make("1." * 50_000)).diagnosis
    assert told is not None
    assert told.hint == "Send an amount of at most 12 digits; this text has 100000 characters"
