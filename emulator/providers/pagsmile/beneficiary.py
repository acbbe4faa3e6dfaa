"""Who gets the money: name, account, document, bank, and the remark for them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from emulator.core import suggest
from emulator.core.messages import Message
from emulator.providers.pagsmile import identities, methods
from emulator.providers.pagsmile.countries import REGIONS
from emulator.providers.pagsmile.failures import (
    ACCOUNT,
    ACCOUNT_TYPE,
    BANK_CODE,
    DOCUMENT,
    REMARK_CHARACTERS,
    REMARK_LENGTH,
    refuse,
)
from emulator.providers.pagsmile.members import (
    invalid,
    is_blank,
    refuse_hidden,
    require,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from emulator.provider import Context
    from emulator.providers.pagsmile.identities import IdentityRule
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.method import Method
    from emulator.providers.pagsmile.settings import Settings

SHORTEST_NAME = 5
LONGEST_REMARK = 40
_PLAIN_NAMES = {
    "CPF": (re.compile(r"[A-Za-z ]+"), "letters A to Z and spaces"),
    "CNPJ": (
        re.compile(r"[A-Za-z0-9 .-]+"),
        "letters A to Z, digits, spaces, points and hyphens",
    ),
}
_TYPE_WORDS = {
    "CHECKING": ("corrente", "corriente", "current", "contacorrente", "cuentacorriente", "cc"),
    "SAVINGS": ("poupanca", "ahorro", "ahorros", "saving", "contapoupanca", "ca"),
    "PHONE": ("telefone", "telefono", "celular", "mobile", "phonenumber", "cellphone"),
    "EVP": ("aleatoria", "chavealeatoria", "random", "randomkey", "uuid"),
    "EMAIL": ("correo", "correoelectronico", "mail"),
    "DEBIT": ("card", "debitcard", "tarjeta", "cartao", "tarjetadebito"),
}
"""What integrators write for an account_type, without separators and accents."""
_REMARK = re.compile(r"[A-Za-z0-9_ ]+")
_BRANCH = re.compile(r"[0-9]{4}")
_DIGIT = re.compile(r"[0-9Xx]{1,2}")


def check(params: Params, country: str, way: Method, context: Context[Settings]) -> None:
    """Refuse unless name, account, document and the rest are as the method wants them."""
    require(params, way.required)
    document_type = string(params, "document_type").upper()
    _name(params, way, document_type)
    _match(params, "phone", identities.PHONE)
    _match(params, "email", identities.EMAIL)
    account_type = _account(params, way, context)
    _document(params, way, document_type)
    _bank(params, country, way, account_type, context)
    _branch(params)
    region = string(params, "region", longest=50)
    if country == "PER" and region and region not in REGIONS:
        invalid(
            "region",
            expected=", ".join(REGIONS),
            received=region,
            hint=Message("Write it as {meant}").with_(meant=meant)
            if (meant := _region(region))
            else Message("Send one of them"),
        )


def remark(params: Params) -> None:
    """Refuse an additional_remark that is too long or has other characters."""
    text = string(params, "additional_remark", longest=1000)
    if len(text) > LONGEST_REMARK:
        refuse(
            "remark-too-long",
            REMARK_LENGTH,
            "body.additional_remark",
            expected=f"at most {LONGEST_REMARK} characters",
            received=f"{len(text)} characters",
            hint=Message("Shorten it by {count} characters").with_(
                count=len(text) - LONGEST_REMARK
            ),
        )
    if not _REMARK.fullmatch(text):
        odd = dict.fromkeys(c for c in text if not _REMARK.fullmatch(c))
        refuse(
            "remark-characters",
            REMARK_CHARACTERS,
            "body.additional_remark",
            expected="letters A to Z, digits, underline and space",
            received=text,
            hint=Message("Leave out or replace {odd}").with_(odd=_shown(odd)),
        )


def _name(params: Params, way: Method, document_type: str) -> None:
    name = string(params, "name", longest=way.longest_name)
    if not name and "name" not in way.required:
        return
    length = len(name.strip())
    if length < SHORTEST_NAME or is_blank(name):
        invalid(
            "name",
            expected=f"{SHORTEST_NAME} to {way.longest_name} characters",
            received=f"{name!r}, which shows {length}",
            hint=Message("Send the full name, first and last: blanks around it do not count"),
        )
    refuse_hidden("name", name, "Leave out line breaks, tabs and zero-width characters")
    if not any(c.isalpha() for c in name):
        invalid(
            "name",
            expected="a name with letters",
            received=name,
            hint=Message("Send the name of the beneficiary, not a number or signs"),
        )
    if way.has_plain_names and document_type in _PLAIN_NAMES:
        _plain_name(name, document_type)


def _plain_name(name: str, document_type: str) -> None:
    form, words = _PLAIN_NAMES[document_type]
    if form.fullmatch(name):
        return
    plain = _without_accents(name)
    odd = dict.fromkeys(c for c in name if not form.fullmatch(c))
    invalid(
        "name",
        expected=words,
        received=name,
        hint=Message("Write it without accents: {plain}").with_(plain=plain)
        if form.fullmatch(plain)
        else Message("Leave out or replace {odd}; with {document_type} a name has {words}").with_(
            odd=_shown(odd), document_type=document_type, words=words
        ),
    )


def _account(params: Params, way: Method, context: Context[Settings]) -> str:
    account = string(params, "account")
    account_type = string(params, "account_type").upper()
    if not way.accounts and way.account is None:
        return account_type  # the method asks for none, so it looks at none
    bank = string(params, "bank_code")
    rule = (
        way.account
        or way.bank_accounts.get((bank, account_type))
        or (way.accounts.get(account_type) and way.bank_accounts.get((bank, "")))
        or way.accounts.get(account_type)
    )
    if rule is None:
        refuse(
            "account-type-invalid",
            ACCOUNT_TYPE,
            "body.account_type",
            expected=", ".join(way.accounts),
            received=account_type,
            hint=_type_hint(account_type, way.accounts, way),
        )
    is_checked = rule is not identities.CLABE or context.settings.clabe_check_digit
    if not rule.accepts(account, is_checked=is_checked):
        refuse(
            "account-invalid",
            ACCOUNT,
            "body.account",
            expected=rule.words,
            received=account,
            hint=_account_hint(rule, account, account_type, way),
        )
    return account_type


def _account_hint(rule: IdentityRule, account: str, account_type: str, way: Method) -> str:
    other = next(
        (kind for kind, each in way.accounts.items() if each != rule and each.accepts(account)), ""
    )
    if other and not rule.fits(account):
        return Message(
            "This is of type {other}: send account_type {other}, or a {account_type} account"
        ).with_(other=other, account_type=account_type)
    return identities.explain(rule, account)


def _type_hint(written: str, known: Collection[str], way: Method) -> str:
    takes = f"{way.title} takes {', '.join(known)}"
    word = suggest.fold(written)
    meant = next((kind for kind, words in _TYPE_WORDS.items() if word in words), "")
    guess = meant if meant in known else suggest.nearest(written, known)
    return (
        Message("Did you mean {guess}? {takes}").with_(guess=guess, takes=takes) if guess else takes
    )


def _document(params: Params, way: Method, document_type: str) -> None:
    document = string(params, "document_id")
    if (not document and not document_type) or not way.documents:
        return  # a method that asks for none looks at none
    rule = way.documents.get(document_type)
    if rule is None:
        refuse(
            "document-invalid",
            DOCUMENT,
            "body.document_type",
            expected=", ".join(way.documents),
            received=document_type or "nothing",
            hint=_type_hint(document_type, way.documents, way),
        )
    if not rule.accepts(document):
        refuse(
            "document-invalid",
            DOCUMENT,
            "body.document_id",
            expected=rule.words,
            received=document or "nothing",
            hint=_document_hint(rule, document, document_type, way),
        )


def _document_hint(rule: IdentityRule, document: str, document_type: str, way: Method) -> str:
    plain = identities.bare(document)
    other = next(
        (kind for kind, each in way.documents.items() if each.check and each.accepts(plain)), ""
    )
    if other and not rule.fits(plain):
        return Message(
            "{plain} is a {other}: send document_type {other}, or a {document_type}"
        ).with_(plain=plain, other=other, document_type=document_type)
    return identities.explain(rule, document)


def _bank(
    params: Params, country: str, way: Method, account_type: str, context: Context[Settings]
) -> None:
    code = string(params, "bank_code")
    if way.name == "SPEI" and account_type != "CLABE":
        require(params, ("bank_code",))
    known = methods.banks(country)
    if not code or not known:
        return
    is_listed = context.settings.bank_codes == "listed" and way.name != "WALLET"
    if is_listed and code not in known:
        refuse(
            "bank-account-error",
            BANK_CODE,
            "body.bank_code",
            expected=f"a bank code of {country}",
            received=code,
            hint=_bank_hint(code, country, known),
        )
    bank = string(params, "account")[:3]
    if account_type == "CLABE" and code[-3:] != bank:
        fitting = sorted(each for each in known if each.endswith(bank))
        refuse(
            "bank-account-error",
            BANK_CODE,
            "body.bank_code",
            expected=f"a bank code that ends in {bank}, as the CLABE begins",
            received=code,
            hint=Message("This CLABE is of bank {bank}: send it, or leave bank_code out").with_(
                bank=fitting[0]
            )
            if fitting
            else Message("Leave bank_code out: a CLABE names its bank itself"),
        )


def _bank_hint(code: str, country: str, known: Collection[str]) -> str:
    # One list of the provider lost its leading zeros, so this is a common slip.
    bare = code.strip()
    padded = next((each for each in sorted(known) if each.lstrip("0") == bare.lstrip("0")), "")
    if padded:
        return Message("Write it as text of {digits} digits: {padded}").with_(
            digits=len(padded), padded=padded
        )
    ending = [each for each in known if len(bare) >= 3 and each.endswith(bare)]
    if len(ending) == 1:
        return Message("Write the whole code: {code}").with_(code=ending[0])
    elsewhere = sorted(c for c in methods.banked() if c != country and bare in methods.banks(c))
    if elsewhere:
        return f"This code is of {', '.join(elsewhere)}; {country} has codes such as " + ", ".join(
            sorted(known)[:3]
        )
    guess = suggest.nearest(code, sorted(known))
    such = f"{country} has codes such as {', '.join(sorted(known)[:5])}"
    return Message("Did you mean {guess}? {such}").with_(guess=guess, such=such) if guess else such


def _branch(params: Params) -> None:
    for name, form, words in (
        ("branch", _BRANCH, "4 digits"),
        ("account_digit", _DIGIT, "1 or 2 digits"),
        ("branch_digit", _DIGIT, "1 or 2 digits"),
    ):
        value = string(params, name)
        if value and not form.fullmatch(value):
            digits = re.sub(r"[^0-9]", "", value).zfill(4)
            invalid(
                name,
                expected=words,
                received=value,
                hint=Message("Write it with leading zeros: {digits}").with_(digits=digits)
                if name == "branch" and len(value) < 4 and value.isdigit() and value.isascii()
                else Message("Send {branch}; what follows the hyphen goes into branch_digit").with_(
                    branch=value[:4]
                )
                if name == "branch" and re.fullmatch(r"[0-9]{4}-[0-9Xx]{1,2}", value)
                else Message("Send {words} without hyphens or blanks, or leave it out").with_(
                    words=words
                ),
            )


def _match(params: Params, name: str, rule: IdentityRule) -> None:
    value = string(params, name)
    if value and not rule.fits(value):
        invalid(name, expected=rule.words, received=value, hint=identities.explain(rule, value))


def _region(written: str) -> str:
    plain = _without_accents(written).casefold().strip()
    return next((each for each in REGIONS if _without_accents(each).casefold() == plain), "")


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _shown(characters: Collection[str]) -> str:
    return ", ".join(
        repr(c) if c.isascii() and c.isprintable() else f"{c} (U+{ord(c):04X})"
        for c in list(characters)[:5]
    )
