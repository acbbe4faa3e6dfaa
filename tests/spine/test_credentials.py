"""Credentials: what is declared once, and what follows from it for every provider."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from emulator.core.errors import ConfigurationError
from emulator.emulator import Emulator
from emulator.provider.credential_members import ABSENT, OTHER_KEYS, base64_bytes, one_of, text
from emulator.provider.credentials import Credentials
from emulator.providers import discover

PROVIDERS = sorted(discover())


def ask(emulator: Emulator, method: str, path: str, **more: Any) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, f"/_emulator/credentials/{path}", **more)

    return asyncio.run(send())


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


def credentials(**members: Any) -> Credentials:
    return Credentials(
        key="id",
        members={"id": text("text", ".+"), "status": one_of("active"), **members},
        shown=("id",),
    )


@pytest.mark.parametrize(
    "name", ["api_key", "secretKey", "password", "token", "clave", "private_key", "hmacSecret"]
)
def test_a_secret_cannot_be_forgotten(name):
    """Who declares a member of such a name says whether it is secret."""
    with pytest.raises(TypeError, match=f"{name} sounds like a secret"):
        credentials(**{name: text("text", ".+")})
    assert credentials(**{name: text("text", ".+", secret=True)}).secret_names == (name,)
    assert credentials(**{name: text("text", ".+", secret=False)}).secret_names == ()


def test_names_stand_for_members():
    with pytest.raises(TypeError, match="nothing is no member"):
        Credentials(
            key="nothing",
            members={"id": text("text", ".+"), "status": one_of("active")},
            shown=(),
        )


def test_keys_and_secrets_follow(emulator):
    """A member has other values under the names that it declares, and all of them are secret."""
    declared = credentials(
        secret=text("text", ".+", secret=True, keys=OTHER_KEYS),
        raw=base64_bytes(16, secret=True, keys=("rolled",)),
        note=text("text", ".*", default=ABSENT),
    )
    record = {"id": "a", "secret": "s" * 20, "raw": "AAAAAAAAAAAAAAAAAAAAAA=="}
    files = emulator.key_files(PROVIDERS[0])
    assert declared.key_names == ("current", *OTHER_KEYS, "rolled")
    assert declared.rekeyed(record, "rolled", files)["secret"] == record["secret"]
    assert declared.rekeyed(record, "of-another-provider", files) == record
    assert len(declared.secrets_of(record, files)) == 1 + len(OTHER_KEYS) + 2


def test_a_refusal_does_not_show_a_secret(emulator):
    declared = credentials(secret=text("digits", "[0-9]+", secret=True), colour=one_of("red"))
    context = emulator.namespace("default").contexts[PROVIDERS[0]]
    with pytest.raises(ConfigurationError, match="secret: expected text: digits") as refused:
        declared.register({"id": "a", "secret": "hunter2"}, context)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="did you mean 'red'"):
        declared.register({"id": "a", "secret": "1", "colour": "redd"}, context)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_shown_can_be_registered(provider, emulator):
    """What GET gives is accepted as it is, and changes nothing."""
    namespace = emulator.namespace("default")
    listed = ask(emulator, "GET", provider).json()["credentials"]
    declared = emulator.providers[provider].credentials
    assert len(listed) == len(namespace.credentials(provider)) > 0
    for shown, record in zip(listed, namespace.credentials(provider), strict=True):
        assert shown["base_url"] == f"http://localhost/{provider}"
        assert ask(emulator, "GET", f"{provider}/{record[declared.key]}").json() == shown
        assert ask(emulator, "POST", provider, json=shown).status_code == 200
        assert declared.read(record[declared.key], namespace.contexts[provider]) == record


@pytest.mark.parametrize("provider", PROVIDERS)
def test_life_of_a_credential(provider, emulator):
    """It is changed, survives a reset with the change, and is removed."""
    declared = emulator.providers[provider].credentials
    first, second = emulator.namespace("default").credentials(provider)[:2]
    path = f"{provider}/{first[declared.key]}"
    changed = ask(emulator, "PATCH", path, json={"status": "inactive"})
    assert (changed.status_code, changed.json()["status"]) == (200, "inactive")
    asyncio.run(emulator.namespace("default").reset())
    assert ask(emulator, "GET", path).json()["status"] == "inactive"
    assert ask(emulator, "PATCH", path, json={"status": None}).json()["status"] == "active"
    other_key = ask(emulator, "PATCH", path, json={declared.key: second[declared.key]})
    assert (other_key.status_code, declared.key in other_key.text) == (422, True)
    unknown = ask(emulator, "PATCH", path, json={"statsu": "active"})
    assert (unknown.status_code, "did you mean 'status'" in unknown.text) == (422, True)
    assert ask(emulator, "DELETE", path).status_code == 200
    for method in ("GET", "DELETE"):
        assert ask(emulator, method, path).status_code == 404
    assert ask(emulator, "PATCH", path, json={}).status_code == 404
    asyncio.run(emulator.namespace("default").reset())
    assert ask(emulator, "GET", path).json()["status"] == "active"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_last_one_stays(provider, emulator):
    declared = emulator.providers[provider].credentials
    keys = [each[declared.key] for each in emulator.namespace("default").credentials(provider)]
    *others, last = (ask(emulator, "DELETE", f"{provider}/{key}") for key in keys)
    assert {each.status_code for each in others} <= {200}
    assert last.status_code == 422
    assert emulator.namespace("default").credentials(provider)


def test_a_change_of_one_key_of_a_pair_takes_the_other_out(emulator):
    """Goat's public key follows from a new private key; the keyId stays."""
    namespace = emulator.namespace("default")
    first, second = namespace.credentials("goat")[:2]
    made = namespace.change_credential(
        "goat", first["keyId"], {"private_key": second["private_key"]}
    )
    assert (made["keyId"], made["public_key"]) == (first["keyId"], second["public_key"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_schema(provider):
    """It has each member and marks the secret ones."""
    declared = discover()[provider].credentials
    schema = declared.schema()
    marked = [n for n, each in schema["properties"].items() if each.get("format") == "password"]
    assert list(schema["properties"]) == list(declared.members)
    assert tuple(marked) == declared.secret_names


def test_the_api_describes_what_can_be_registered(emulator):
    document = ask(emulator, "GET", "../openapi.json").json()
    post = document["paths"]["/_emulator/credentials/{provider}"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert [each["title"] for each in schema["anyOf"]] == list(emulator.providers)
    assert schema["anyOf"][0]["required"]


def test_a_key_with_a_slash_is_addressed_as_it_is_written(emulator):
    """`a%2Fb` is the key `a/b`, and `a%252Fb` another one."""
    for key in ("a/b", "a%2Fb"):
        assert ask(emulator, "POST", "tesabiz", json={"sisOrigen": key}).status_code == 200
    assert ask(emulator, "GET", "tesabiz/a%2Fb").json()["code"] == "a/b"
    assert ask(emulator, "DELETE", "tesabiz/a%252Fb").json() == {"removed": "a%2Fb"}
    assert ask(emulator, "GET", "tesabiz/a%2Fb").status_code == 200


@pytest.mark.parametrize("url", ["\x01http://a", "http://a\x00", "http://a b", "http:///x"])
def test_an_address_has_no_control_characters(emulator, url):
    registered = ask(emulator, "POST", "tesabiz", json={"sisOrigen": "T", "notify_url": url})
    assert (registered.status_code, "notify_url" in registered.text) == (422, True)


def test_a_certificate_of_no_known_version_is_a_wrong_certificate(emulator):
    """Not a bug of ours: the library has its own exception for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, day = x509.Name([]), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day)
    der = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
    assert VERSION_3 in der
    der = der.replace(VERSION_3, VERSION_3[:-1] + b"\x09", 1)
    body = base64.encodebytes(der).decode()
    wrong = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    registered = ask(
        emulator, "POST", "tesabiz", json={"sisOrigen": "T", "code": "T", "certificate": wrong}
    )
    assert (registered.status_code, "certificate" in registered.text) == (422, True)


VERSION_3 = bytes.fromhex("a003020102")


def test_a_half_of_a_pair_that_is_taken_out_leaves_the_other(emulator):
    shown = ask(emulator, "GET", "tesabiz").json()["credentials"]
    merchant = next(each for each in shown if each["certificate"] and each["private_key"])
    path = f"tesabiz/{merchant['code']}"
    changed = ask(emulator, "PATCH", path, json={"private_key": None}).json()
    assert (changed["private_key"], changed["certificate"]) == ("", merchant["certificate"])
