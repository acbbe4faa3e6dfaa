"""Beyond this machine: who needs the token, and how it may be written."""

from __future__ import annotations

import json

import pytest
from raw_http import get, send

TOKEN = "let-me-in"


@pytest.fixture
def guarded(serving):
    return serving(admin_token=TOKEN)


def status(server, path: str, *headers: str) -> int:
    return send(server, get(path, *headers)).status


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_the_scheme_counts_in_any_letter_case(guarded, scheme):
    """RFC 9110, 11.1."""
    assert status(guarded, "/_emulator/credentials", f"Authorization: {scheme} {TOKEN}") == 200


@pytest.mark.parametrize(
    "wrong",
    [
        "", "Bearer", f"Bearer{TOKEN}", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer let",
        f"Bearer {TOKEN.upper()}", f"Bearer {TOKEN}, Bearer x", f"xBearer {TOKEN}", "Bearer \xe9",
    ],
)  # fmt: skip
def test_anything_else_is_401_and_says_what_to_send(guarded, wrong):
    answer = send(guarded, get("/_emulator/credentials", f"Authorization: {wrong}"))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    said = json.loads(answer.body)
    assert "Authorization: Bearer" in said["hint"]
    assert TOKEN not in answer.body.decode()


@pytest.mark.parametrize(
    "path", ["/_emulator/requests/9", "/_emulator", "/_emulator/nothing", "/_ns/a/_emulator/clock"]
)
def test_every_other_call_needs_it(guarded, path):
    """Also one that does not exist."""
    assert status(guarded, path) == 401
    assert [each.name for each in guarded.emulator.namespaces] == ["default"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/health/", "/ready/"])
def test_health_and_ready_need_none(guarded, path):
    """What watches a container has no token."""
    assert status(guarded, f"/_emulator{path}") == 200
    assert status(guarded, f"/_emulator{path}", "Authorization: Bearer wrong") == 200
    assert status(guarded, f"/_emulator{path}", "Origin: http://evil.example") == 403


def test_who_brings_it_may_use_any_name(guarded):
    """A page cannot know the token, so the name need not be private; a foreign page stays out."""
    public = b"GET /_emulator/credentials HTTP/1.1\r\nHost: emulator.company.example\r\n%s\r\n"
    right = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
    assert send(guarded, public % right).status == 200
    assert send(guarded, public % b"").status == 403
    assert send(guarded, public % b"Authorization: Bearer wrong\r\n").status == 403
    assert send(guarded, public % (right + b"Origin: http://evil.example\r\n")).status == 403


def test_a_token_that_is_not_ascii(serving):
    """It is compared as the bytes of its UTF-8."""
    server = serving(admin_token="contraseña")
    head = b"GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
    assert send(server, head + "contraseña".encode() + b"\r\n\r\n").status == 200
    assert send(server, head + b"contrasena" + b"\r\n\r\n").status == 401


def test_the_providers_ask_for_no_token(guarded):
    assert send(guarded, get("/goat/v1/whoami")).headers["emulator-diagnosis"] == "bearer.missing"
