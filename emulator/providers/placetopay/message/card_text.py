"""Card numbers in free text, those of Placetopay's sandbox among them."""

from __future__ import annotations

from emulator.masking import card_numbers
from emulator.providers.placetopay.state.cards import CARDS

holds_card = card_numbers.holds


def hide_cards(text: str) -> str:
    """Return the text with each card number in it cut to `…` and its last four digits."""
    return card_numbers.hide(text, CARDS)
