"""What is right is accepted, whichever language says it, and the answers can be read.

Where a provider prints a sample in a language, the client re-expresses it; the comments in the
programs say where.
"""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

LANGUAGES = ("node", "php", "python", "go", "java", "shell")

ANSWERS: dict[str, list[tuple[str, int, str]]] = {
    "gestopago": [("token", 200, "true"), ("getBalance", 200, "01"), ("sendTx", 200, "01")],
    "placetopay": [("create", 200, "OK"), ("query", 200, "PENDING")],
    # The outer codReturn, and the inner one of a payload that Tesabiz's key proves.
    "tesabiz": [("jws.encript", 200, "0/0")],
    "goat": [("token", 200, "Bearer"), ("whoami", 200, "true")],
    "pagsmile": [("create", 200, "200"), ("balance", 200, "200")],
}
"""Per provider: each call of the case `good`, its status, and what the client reads."""

ALSO_RIGHT = (
    # openssl breaks its Base64 into lines of 64.
    ("shell", "gestopago", "line-breaks", [("token", 200, "true"), ("sendTx", 200, "01")]),
    *((language, "placetopay", "sha1", ANSWERS["placetopay"]) for language in LANGUAGES),
    # An amount as a JSON number: 1.50 from Python, Go, Java and curl, 1.5 from Node and PHP.
    *((language, "pagsmile", "numeric", ANSWERS["pagsmile"][:1]) for language in LANGUAGES),
    ("php", "goat", "slashes", ANSWERS["goat"]),
)


def read(calls: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    return [(call["call"], call["status"], call["answer"]) for call in calls]


@pytest.mark.parametrize("provider", ANSWERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_good_client(language: str, provider: str, clients: Any) -> None:
    """A client written as documented gets what it asks for."""
    calls = clients.run(language, provider, "good")
    assert read(calls) == ANSWERS[provider]
    assert [call["diagnosis"] for call in calls] == [""] * len(calls)


@pytest.mark.parametrize(
    ("language", "provider", "case", "answers"),
    [pytest.param(*variant, id="-".join(variant[:3])) for variant in ALSO_RIGHT],
)
def test_variant(
    language: str, provider: str, case: str, answers: list[tuple[str, int, str]], clients: Any
) -> None:
    """What is right in another spelling is accepted, too."""
    assert read(clients.run(language, provider, case)) == answers


def test_offer_of_http2_is_ignored(clients: Any) -> None:
    """`Upgrade: h2c` does not cost the body; Java's HttpClient sends it with every request.

    Source:
        RFC 9110, section 7.8: a server may ignore a received Upgrade header field.
    """
    config = clients.credentials["goat"]
    offer = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        "Content-Type": "application/json",
    }
    url = urlsplit(config["base_url"])
    connection = HTTPConnection(url.netloc, timeout=10)
    with closing(connection):
        for _ in range(2):  # the connection stays good for another request
            connection.request("POST", f"{url.path}/v1/oauth/app/token", b'{"appId":1}', offer)
            response = connection.getresponse()
            answer = json.load(response)
            assert response.status == 400
            assert response.headers["emulator-diagnosis"] != "goat.not-json"
            assert "appId" in json.dumps(answer)
