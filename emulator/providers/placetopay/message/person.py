"""A Person of a message: payer, buyer, or the person who receives the goods."""

from __future__ import annotations

import re
from typing import Any

from emulator.core.errors import FailureMode
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import (
    CARD_IN_NAME,
    CREATE,
    FIELD_TYPE,
    FIELD_VALUE,
)
from emulator.providers.placetopay.message.card_text import holds_card
from emulator.providers.placetopay.message.members import Members, put

_TEXT_16 = r"[a-zA-Z0-9_]{4,16}"
_NIT = r"[1-9]\d{6,9}"
DOCUMENTS = {
    **dict.fromkeys(("PPN", "TAX", "LIC", "CD", "RC"), _TEXT_16),
    "SSN": r"\d{9,10}",
    "EIN": r"[1-9]\d?-\d{7}",
    "CC": r"[1-9][0-9]{3,9}",
    "CE": r"([a-zA-Z]{1,5})?[1-9][0-9]{3,7}",
    "TI": r"[1-9][0-9]{4,11}",
    **dict.fromkeys(("NIT", "RUT"), _NIT),
    "CI": r"\d{10}",
    "RUC": r"\d{13}",
    "CRCPF": r"[1-9][0-9]{8}",
    "CPJ": r"[1-9][0-9]{9}",
    **dict.fromkeys(("DIMEX", "DIDI"), r"[1-9][0-9]{10,11}"),
    "CLRUT": r"\d{1,2}(?:\.?\d{1,3}){2}-[\dKk]",
    "CIP": r"(N|E|PE\d+)?\d{2,6}\d{2,6}",
    "PARUC": r"[a-zA-Z0-9\-]{1,16}",
    "CPF": r"\d{10,11}",
    "DNI": r"\d{8}",
    "PERUC": r"(10|15|16|17|20)\d{9}",
    **dict.fromkeys(("HNDNI", "HNDR"), r"[a-zA-Z0-9]{1,15}"),
    "RTN": r"[0-9]{14,16}",
    "BZSSN": r"[0-9]{9}",
    "BRN": r"[0-9]{5,7}",
    "UYCI": r"\d{6,7}-[0-9]",
    "UYRUT": r"\d{12}",
}
"""documentType -> form of the document."""


STATE_LONG = FailureMode(
    "placetopay.state-long",
    "The state of an address has more than the three characters that are documented",
    CREATE,
)

_EMAIL = re.compile(r"[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_KINDS = "Send the code of the document, such as CC for a Colombian cédula or PPN for a passport"
_STATE_DOCUMENTED, _STATE_LONGEST = 3, 60
_COUNTRIES = {
    "argentina": "AR",
    "arg": "AR",
    "belice": "BZ",
    "belize": "BZ",
    "blz": "BZ",
    "brasil": "BR",
    "brazil": "BR",
    "bra": "BR",
    "bolivia": "BO",
    "bol": "BO",
    "chile": "CL",
    "chl": "CL",
    "colombia": "CO",
    "col": "CO",
    "costa rica": "CR",
    "cri": "CR",
    "ecuador": "EC",
    "ecu": "EC",
    "españa": "ES",
    "spain": "ES",
    "esp": "ES",
    "estados unidos": "US",
    "united states": "US",
    "usa": "US",
    "honduras": "HN",
    "hnd": "HN",
    "méxico": "MX",
    "mexico": "MX",
    "mex": "MX",
    "panamá": "PA",
    "panama": "PA",
    "pan": "PA",
    "perú": "PE",
    "peru": "PE",
    "per": "PE",
    "puerto rico": "PR",
    "pri": "PR",
    "uruguay": "UY",
    "ury": "UY",
    "venezuela": "VE",
    "ven": "VE",
}
"""Names and codes of three letters that shops send -> code of ISO 3166."""


def read_person(person: Members | None, *, forced: bool = False) -> dict[str, Any]:
    """Return a Person; of one that is only suggested some mistakes are dropped."""
    if person is None:
        return {}
    echo: dict[str, Any] = {}
    document = person.text_or_number("document", 25)
    kind = person.choice("documentType", tuple(DOCUMENTS), hint=_KINDS)
    if document is not None and kind:
        _check_document(person, str(document), kind)
    put(echo, "document", document)
    put(echo, "documentType", kind)
    for name in ("name", "surname"):
        value = person.text(name, 60)
        if value and holds_card(value):
            if forced:
                person.refuse(
                    name,
                    CARD_IN_NAME,
                    "a name",
                    received="(a card number, masked)",
                    hint=Message("Send the payer's name, and no card number in any member"),
                )
            continue
        put(echo, name, value)
    put(echo, "company", person.text("company", 60))
    email = person.get("email")
    if forced or not (isinstance(email, str) and len(email) > 80):
        put(echo, "email", person.text("email", 80, _EMAIL, "an email address", hint=_email_hint))
    mobile = person.text_or_number("mobile", 30)
    put(echo, "mobile", None if mobile is None else str(mobile))
    put(echo, "address", _address(person.object("address")))
    return echo


def _check_document(person: Members, document: str, kind: str) -> None:
    form = DOCUMENTS[kind]
    if re.fullmatch(form, document, re.ASCII):
        return
    bare = re.sub(r"[\s.\-]", "", document)
    hint = f"Send a {kind} of the form {form}, or another documentType"
    for better, how in (
        (document.strip(), "without the blanks around it"),
        (bare, "without dots, hyphens and blanks"),
        (bare.lstrip("0"), "without the zeros before it"),
        (document.upper(), "in capital letters"),
    ):
        if better != document and re.fullmatch(form, better, re.ASCII):
            hint = f"Send the document {how}"
            break
    person.refuse("document", FIELD_VALUE, f"a {kind} like {form}", hint=hint)


def _email_hint(email: str) -> str:
    if email.strip() != email or " " in email:
        return Message("Take the blanks out")
    if email.count("@") != 1:
        return Message("Send one address, with one @")
    return Message("Send the whole address, with a point in the part after the @")


def _address(address: Members | None) -> dict[str, Any]:
    if address is None:
        return {}
    echo: dict[str, Any] = {}
    put(echo, "country", _read_country(address))
    state = address.text_or_number("state", _STATE_LONGEST)
    if state is not None and len(str(state)) > _STATE_DOCUMENTED:
        address.note(
            "state",
            STATE_LONG,
            f"at most {_STATE_DOCUMENTED} characters",
            "Send the code of the state, such as ANT: a limit of three is documented",
        )
    put(echo, "state", state)
    for name, longest in (("city", 30), ("postalCode", 10), ("street", 128)):
        put(echo, name, address.text_or_number(name, longest, cut=True))
    put(echo, "phone", address.text_or_number("phone", 20))
    return echo


def _read_country(address: Members) -> str | None:
    value = address.get("country")
    if value is None:
        return None
    if not isinstance(value, str):
        address.refuse(
            "country", FIELD_TYPE, "a text", hint=Message("Send the code in letters, such as CO")
        )
    return address.text("country", 255, _COUNTRY, "a country code such as CO", hint=_country_hint)


def _country_hint(value: str) -> str:
    plain = value.strip()
    code = _COUNTRIES.get(plain.lower()) or (plain.upper() if len(plain) == 2 else "")
    if _COUNTRY.fullmatch(code):
        return Message("Send the code {code}").with_(code=code)
    return Message("Send the code of two capital letters of ISO 3166, such as CO")
