"""From the wire to a request: header values, paths, hosts; the same with both parsers."""

from __future__ import annotations

import json
import re
import socket
import time
from urllib.parse import urlsplit

import pytest

from emulator.emulator import Emulator
from emulator.http.server import Server

LINES: list[str] = []


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request):
    LINES.clear()
    with Server(Emulator(log_line=LINES.append), http=request.param) as server:
        yield server


def talk(server: Server, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(data)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def get(server: Server, target: str, *headers: str, host: str = "localhost") -> tuple[int, str]:
    """Return the status and the diagnosis."""
    lines = (f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", "")
    answer = talk(server, "\r\n".join(lines).encode("latin-1"))
    found = re.search(rb"emulator-diagnosis: (\S+)", answer)
    return int(answer[9:12]), found[1].decode() if found else ""


def signed_balance(server: Server, blank: str) -> bytes:
    provider = server.emulator.providers["pagsmile"]
    context = server.emulator.namespace("default").contexts["pagsmile"]
    request = provider.sign("balance", None, context, f"{server.url}/pagsmile").request
    lines = [f"{name}:{blank}{value}{blank}" for name, value in request.headers]
    head = "\r\n".join(
        (
            "POST /pagsmile/api/balance HTTP/1.1",
            "Host: x",
            "Connection: close",
            *lines,
            f"Content-Length: {len(request.body)}",
            "",
            "",
        )
    )
    return head.encode() + request.body


@pytest.mark.parametrize("blank", ["", " ", "\t", " \t \t"])
def test_blanks_around_a_header_value_are_no_part_of_it(server, blank):
    """RFC 9110, section 5.5: the AppId, the signature and the Content-Type."""
    assert talk(server, signed_balance(server, blank)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_blanks_around_our_own_headers(server, blank):
    """The namespace is the one that is named."""
    name = f"ns{len(blank)}{ord(blank or 'x')}"
    get(server, "/goat/v1/whoami", f"emulator-namespace: {name}{blank}")
    assert len(server.emulator.namespace(name).journal) == 1


@pytest.mark.parametrize(
    "target",
    [
        "/placetopay/api%2Fsession",
        "/placetopay/api%2fsession",
        "/placetopay/api%252Fsession",
        "/placetopay/api%5Csession",
        "/placetopay//api/session",
        "/placetopay/api//session",
        "/placetopay/x/../api/session",
        "/placetopay/x/%2e%2e/api/session",
        "/placetopay/api/./session",
        "/placetopay/api/session;v=1",
        "/placetopay/api/session%3Fa=b",
        "/placetopay/api/session%00",
    ],
)
def test_what_only_looks_like_a_path_is_not_the_path(server, target):
    """Neither an encoded slash nor dots nor parameters lead to an endpoint."""
    get(server, target)
    last = server.emulator.namespace("default").journal.last
    assert last.endpoint != "session.create"
    assert last.endpoint == last.request.path


@pytest.mark.parametrize(
    "target",
    ["/placetopay/api/session", "/placetopay/%61pi/session", "http://x/placetopay/api/session"],
)
def test_what_is_the_path_in_another_spelling(server, target):
    """An escaped letter is the letter (RFC 3986, 6.2.2); a whole URL is taken (RFC 9112, 3.2.2)."""
    get(server, target)
    assert server.emulator.namespace("default").journal.last.endpoint == "session.create"


@pytest.mark.parametrize("target", ["/goat%2Fv1/whoami", "/_emulator%2Fhealth", "/_ns%2Ft/goat/"])
def test_an_encoded_slash_divides_no_prefix(server, target):
    """Not the provider's, not the namespace's, not the control API's."""
    assert get(server, target) == (404, "emulator.unknown-provider")


def test_a_namespace_has_no_slash(server):
    """An encoded one is part of the name, which it cannot be."""
    assert get(server, "/_ns/a%2Fgoat/v1/whoami") == (400, "emulator.namespace")


@pytest.mark.parametrize(
    "host", ["api.goat.ar", "API.Goat.AR", "api.goat.ar.", "api.goat.ar:8900", "api.goat.ar.:8900"]
)
def test_a_host_name_in_any_spelling(server, host):
    """Case, a dot at the end and the port mean nothing."""
    assert get(server, "/v1/whoami", host=host) == (401, "bearer.missing")


@pytest.mark.parametrize("dot", ["", "."])
def test_a_dot_does_not_slip_past_a_country_check(server, dot):
    """A Colombian site is unknown on Ecuador's host, however the host is written."""
    provider = server.emulator.providers["placetopay"]
    context = server.emulator.namespace("default").contexts["placetopay"]
    request = provider.sign("session.create", None, context, "http://x").request
    head = (
        f"POST /api/session HTTP/1.1\r\nHost: checkout-test.placetopay.ec{dot}\r\n"
        "Connection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(request.body)}\r\n\r\n"
    )
    answer = talk(server, head.encode() + request.body)
    assert b"emulator-diagnosis: placetopay.login-of-another-host" in answer


@pytest.mark.parametrize("header", ["Host: y", "emulator-namespace: b"])
def test_a_doubled_header_that_says_who_is_meant_is_refused(server, header):
    """Two readers would take two different ones."""
    answer = get(server, "/goat/v1/whoami", "emulator-namespace: a", header)
    assert answer[0] == 400
    assert answer[1] in ("emulator.header-twice", "")  # h11 refuses two Hosts by itself


@pytest.mark.parametrize("target", ["/_emulator", "/_emulator/", "/_ns/t9/_emulator"])
def test_the_printed_address_is_an_index(server, target):
    """With and without a slash at its end, in a namespace too."""
    answer = talk(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, content = answer.partition(b"\r\n\r\n")
    index = json.loads(content)
    assert head.startswith(b"HTTP/1.1 200")
    assert index["namespace"] == ("t9" if "t9" in target else "default")
    assert urlsplit(index["api"]).path.endswith("/_emulator/openapi.json")


def test_a_call_with_a_slash_at_its_end(server):
    """It is the same call, without a detour."""
    assert get(server, "/_emulator/health/") == (200, "")
    assert get(server, "/_emulator/nothing/")[0] == 404


@pytest.mark.parametrize(
    ("data", "words", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64, "http://", b"400"),
        (b"CONNECT api.goat.ar:443 HTTP/1.1\r\nHost: api.goat.ar\r\n\r\n", "HTTP_PROXY", b"501"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1", b"4"),
    ],
    ids=["TLS", "CONNECT", "HTTP/2"],
)
def test_what_is_not_plain_http_is_told_on_the_console(server, data, words, status):
    """One line says what came; a client that tries again is not told of again at once."""
    before = len(LINES)
    for _ in range(3):
        assert talk(server, data)[9:12].startswith(status)
    deadline = time.monotonic() + 5
    while len(LINES) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(LINES) == before + 1
    assert words in LINES[-1]
