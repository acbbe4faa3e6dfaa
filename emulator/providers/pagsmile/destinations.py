"""Which way a payout goes: country, method and channel, and what else they could mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from emulator.core import suggest
from emulator.core.messages import Message
from emulator.providers.pagsmile import methods
from emulator.providers.pagsmile.countries import SPELLINGS
from emulator.providers.pagsmile.failures import (
    CHANNEL,
    COUNTRY,
    COUNTRY_MISPRINTED,
    METHOD,
    METHOD_IN_COUNTRY,
    METHOD_WITHDRAWN,
    refuse,
)
from emulator.providers.pagsmile.members import string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.core.exchange import Exchange
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.method import Method

_MEANT = {
    "TED": "BANKTRANSFER",
    "DOC": "BANKTRANSFER",
    "ACH": "BANKTRANSFER",
    "PSE": "BANKTRANSFER",
    "BANK": "BANKTRANSFER",
    "TRANSFER": "BANKTRANSFER",
    "CLABE": "SPEI",
    "CODI": "SPEI",
    "EWALLET": "WALLET",
    "CASH": "CASHOUT",
    "EFECTY": "CASHOUT",
    "BREB": "TRANSFIYA",
}
"""What other words for a method stand for."""

MISPRINTED = {"GTQ": "GTM"}
"""Codes that a page prints in place of a country's, so that clients send them."""


def method(params: Params, exchange: Exchange) -> tuple[str, Method]:
    """Return the country and the method meant."""
    country = _country(params, exchange)
    name, channel = string(params, "method"), string(params, "channel")
    if name.upper() not in methods.NAMES:
        _refuse_method(country, name)
    known = {each.upper() for each in methods.CHANNELS}
    is_wallet = name.upper() == "WALLET"
    if is_wallet != bool(channel) or (channel and channel.upper() not in known):
        _refuse_channel(country, name, channel)
    found = methods.find(country, name.upper(), channel.upper())
    if found is None:
        _refuse_pair(country, name, channel)
    if found.withdrawn:
        exchange.warnings.append(
            METHOD_WITHDRAWN.diagnose(
                "body.method",
                expected=f"a payout before {found.withdrawn}",
                received=f"{country} {found.title}",
                hint=Message("The emulator still takes it; do not build anything new on it"),
            )
        )
    return country, found


def _country(params: Params, exchange: Exchange) -> str:
    """Return the country's code; one that a page misprints is taken, with a warning."""
    written = string(params, "country")
    country = MISPRINTED.get(written, written)
    if not methods.is_country(country):
        _refuse_country(country)
    if country != written:
        exchange.warnings.append(
            COUNTRY_MISPRINTED.diagnose(
                "body.country",
                expected=country,
                received=written,
                hint=Message(
                    "Send {country}, the code of the country; {written} is its currency"
                ).with_(country=country, written=written),
            )
        )
    return country


def country_hint(written: str, known: Iterable[str] = ()) -> str:
    """Say which country code was meant."""
    codes = tuple(known) or methods.countries()
    bare = written.strip().upper()
    meant = bare if bare in codes else ""
    meant = meant or next((code for code, other in SPELLINGS.items() if bare in other), "")
    if meant in codes and meant:
        return Message("Write the country as {meant}").with_(meant=meant)
    if close := suggest.nearest(bare, codes):
        return Message("Did you mean {close}?").with_(close=close)
    return Message("Send one of {codes}: three capital letters, ISO 3166-1 alpha-3").with_(
        codes=", ".join(codes[:40])
    )


def _refuse_country(country: str) -> NoReturn:
    refuse(
        "country-unsupported",
        COUNTRY,
        "body.country",
        expected="a country code of three capital letters, such as BRA",
        received=country,
        hint=country_hint(country, methods.countries()),
    )


def _refuse_method(country: str, name: str) -> NoReturn:
    bare = re.sub(r"[^A-Z]", "", name.upper())
    channel = next((c for c in methods.CHANNELS if c.upper() == bare), "")
    meant = _MEANT.get(bare) or suggest.nearest(bare.lower(), methods.NAMES)
    has = f"{country} has {', '.join(methods.methods_of(country))}"
    if channel:
        hint = f"{channel} is a channel: send method WALLET and channel {channel}; {has}"
    elif meant and any(each.split()[0] == meant for each in methods.methods_of(country)):
        hint = f"Did you mean {meant}? {has}"
    else:
        hint = has
    refuse(
        "method-unsupported",
        METHOD,
        "body.method",
        expected=", ".join(methods.NAMES),
        received=name,
        hint=hint,
    )


def _refuse_channel(country: str, name: str, channel: str) -> NoReturn:
    has = f"{country} has {', '.join(methods.methods_of(country))}"
    if name.upper() != "WALLET":
        wallet = next((c for c in methods.CHANNELS if c.upper() == channel.upper()), "")
        hint = (
            f"Leave channel out for {name}, or send method WALLET with channel {wallet}"
            if wallet
            else f"Leave channel out for {name}: only WALLET takes one"
        )
    elif not channel:
        hint = f"Add channel; {has}"
    else:
        meant = suggest.nearest(channel, methods.CHANNELS)
        hint = f"Did you mean {meant}? {has}" if meant else has
    refuse(
        "channel-unsupported",
        CHANNEL,
        "body.channel",
        expected=", ".join(methods.CHANNELS) if name.upper() == "WALLET" else "no channel",
        received=channel or "nothing",
        hint=hint,
    )


def _refuse_pair(country: str, name: str, channel: str) -> NoReturn:
    there = methods.countries_with(name.upper(), channel.upper())
    title = f"{name} {channel}".strip()
    goes = f"; {title} goes to {', '.join(there)}" if there else ""
    refuse(
        "channel-unsupported" if channel else "method-not-in-country",
        CHANNEL if channel else METHOD_IN_COUNTRY,
        "body.channel" if channel else "body.method",
        expected=", ".join(methods.methods_of(country)),
        received=title,
        hint=Message("{country} has {methods_of}{goes}").with_(
            country=country, methods_of=", ".join(methods.methods_of(country)), goes=goes
        ),
    )
