"""Merchants.

A merchant is known by the source systems `sisOrigen` that its messages name, each of them its
own alone, and has accounts with a currency. For the JWS services it has a `code` and the
certificate that belongs to it; a merchant of the plain services, and a payer's bank, need
neither: the first sisOrigen then stands for the code. A private key is kept only where the
emulator has to sign in the merchant's place (`emulator sign`, `GET /credentials`); nothing is
ever verified with it.

For scenarios there are keys that stand for a merchant's next and previous one and for a key of
somebody else; they are the same for all merchants, and not those of the provider's own rotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import ConfigurationError
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, CURRENT
from emulator.provider.credential_members import OTHER_KEYS, Member, one_of, pem, text, url
from emulator.provider.credentials import Credentials, Registration, Showing
from emulator.provider.key_making import RsaCertificate
from emulator.providers.tesabiz.sealing import (
    PROVIDER_CERTIFICATE,
    SIGNING_KEYS,
    load_private_key,
    public_key_pem,
)
from emulator.providers.tesabiz.state import COUNTRIES, Country
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.providers.tesabiz.settings import Settings

MERCHANT_KEYS = {name: f"merchant-{name}" for name in OTHER_KEYS}
"""What a scenario can have taken for a merchant's key -> the stem of its two key files."""

_NAME = "1 to 50 printable characters"


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= 50
        and value.isprintable()
        and value == value.strip()
    )


def _check_name(value: object) -> str:
    if _is_name(value):
        return cast("str", value)
    raise ConfigurationError(f"expected {_NAME}")


def _origins(given: Any) -> list[str]:
    listed = cast("list[object]", given) if isinstance(given, list) else [given]
    if not listed:
        raise ConfigurationError("expected at least one")
    return list(dict.fromkeys(_check_name(each) for each in listed))


def _accounts(given: Any) -> Any:
    """Return the name of an account, or an object of names and what should be currencies."""
    if isinstance(given, str):
        return _check_name(given)
    if not isinstance(given, dict) or not given:
        raise ConfigurationError(
            "expected the name of an account, or names with currencies such as "
            '{"CUENTA1_BOB": "BOB"}'
        )
    for name in cast("dict[str, object]", given):
        _check_name(name)
    return dict(cast("dict[str, object]", given))


def _certificate(text: str) -> None:
    jws.load_certificate_key(text)
    jws.certificate_validity(text)


def _check(registration: Registration[Settings]) -> None:
    merchant = registration.members
    if not (merchant["code"] or merchant["certificate"] or merchant["private_key"]):
        merchant["code"] = merchant["sisOrigen"][0]
    if not _is_name(merchant["code"]):
        raise ConfigurationError(f"code: expected {_NAME}")
    _check_origins_free(registration)
    country = COUNTRIES[merchant["country"]]
    merchant["cuentaAbono"] = _in_currencies(merchant["cuentaAbono"], country)
    _check_pair(merchant)


def _check_origins_free(registration: Registration[Settings]) -> None:
    """Refuse to take over the source system of another merchant."""
    merchant = registration.members
    for code, other in registration.context.store.table(CREDENTIALS).items():
        taken = [each for each in merchant["sisOrigen"] if each in other["sisOrigen"]]
        if code != merchant["code"] and taken:
            raise ConfigurationError(
                f"sisOrigen: {taken[0]!r} is registered for the merchant {code!r}; take another "
                f"one, or register {code!r} again with another one first"
            )


def _in_currencies(given: Any, country: Country) -> dict[str, str]:
    """Return the accounts of a merchant with their currencies."""
    if given is None:
        return dict(country.accounts)
    accounts = {given: country.currencies[0]} if isinstance(given, str) else given
    for name, currency in accounts.items():
        if currency not in country.currencies:
            raise ConfigurationError(
                f"cuentaAbono: {name!r} is in {currency!r}, which is not one of "
                f"{', '.join(country.currencies)}"
            )
    return accounts


def _check_pair(merchant: Record) -> None:
    if not merchant["private_key"]:
        return
    try:
        certified = jws.load_certificate_key(merchant["certificate"])
    except ConfigurationError as error:  # there is none
        raise ConfigurationError(f"certificate: {error}") from error
    if load_private_key(merchant["private_key"]).public_key() != certified:
        raise ConfigurationError("private_key: it does not belong to the certificate")


def _more(showing: Showing) -> dict[str, Any]:
    """Return what a merchant is told of the provider's keys, and of its own in the short form.

    Beside a merchant's other key stands the provider's of that name: a rotation may be of either,
    and after rolling one only, the other one is current.
    """
    merchant, files = showing.record, showing.files
    certificate = files.text(PROVIDER_CERTIFICATE)
    shown: dict[str, Any] = {
        "code": merchant["code"] if merchant["certificate"] else "",  # plain services have none
        "sisOrigen": merchant["sisOrigen"][0],
        "provider_certificate": certificate,
        "provider_public_key": public_key_pem(certificate),
        "cuentaAbono": next(iter(merchant["cuentaAbono"])),
    }
    if showing.key_name != CURRENT and merchant["certificate"]:
        other = files.text(f"{SIGNING_KEYS[showing.key_name]}.crt.pem")
        shown[f"provider_certificate_{showing.key_name}"] = other
        shown[f"provider_public_key_{showing.key_name}"] = public_key_pem(other)
    return shown


def _files(ending: str) -> dict[str, str]:
    return {name: f"{stem}.{ending}.pem" for name, stem in MERCHANT_KEYS.items()}


def _pair(stem: str) -> dict[str, str]:
    return {"certificate": f"{stem}.crt.pem", "private_key": f"{stem}.key.pem"}


MERCHANTS = Credentials(
    key="code",
    members={
        "code": text(_NAME, _is_name, default=""),
        "sisOrigen": Member(
            wanted="a source system, or a list of them",
            read=_origins,
            schema={"type": ["string", "array"], "items": {"type": "string"}},
        ),
        "certificate": pem(
            "the PEM text of a certificate", _certificate, secret=False, files=_files("crt")
        ),
        "private_key": pem(
            "the PEM text of an RSA key of 2048 bits or more",
            load_private_key,
            secret=True,
            files=_files("key"),
        ),
        "status": one_of("active", "inactive", "expired"),
        "country": one_of(*COUNTRIES, default="BO"),
        "notify_url": url(),
        "notify_mode": one_of("", "plain", "jws"),
        "cuentaAbono": Member(
            wanted="the name of the account, or an object of names and currencies; the usual "
            "ones of the country if it is left out",
            read=_accounts,
            schema={"type": ["string", "object"], "additionalProperties": {"type": "string"}},
            default=None,
        ),
    },
    shown=(
        "code",
        "sisOrigen",
        "private_key",
        "certificate",
        "provider_certificate",
        "provider_public_key",
        "cuentaAbono",
    ),
    more=_more,
    check=_check,
    pairs=(("certificate", "private_key"),),
    fresh=(
        {"code": "B89", "sisOrigen": "SO_1", **_pair("merchant")},
        {"code": "B90", "sisOrigen": "SO_2", **_pair("merchant"), "status": "inactive"},
        {"code": "B91", "sisOrigen": "SO_3", **_pair("merchant"), "status": "expired"},
        {"code": "B92", "sisOrigen": "SO_4", **_pair("merchant-pe"), "country": "PE"},
        {"sisOrigen": "SO_BANCO"},
    ),
    files=(
        RsaCertificate("merchant", "Comercio de prueba"),
        RsaCertificate("merchant-pe", "Comercio de prueba, Peru"),
        RsaCertificate("merchant-next", "Comercio de prueba, siguiente"),
        RsaCertificate("merchant-previous", "Comercio de prueba, anterior"),
        RsaCertificate("merchant-rogue", "Impostor del comercio"),
        RsaCertificate("provider", "Emulador Tesabiz"),
        RsaCertificate("next", "Emulador Tesabiz, siguiente"),
        RsaCertificate("previous", "Emulador Tesabiz, anterior"),
        RsaCertificate("rogue", "Impostor"),
    ),
)
