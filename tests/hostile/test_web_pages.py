"""What a web page may make a browser do: read the payer's page, and nothing else.

Over real sockets, because only there `Host` is what a client wrote.
"""

from __future__ import annotations

import json

import pytest
from raw_http import Answer, send

from emulator.core.web_pages import is_safe_host
from emulator.http.server import Server

OURS = [
    "127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}", "localhost.:{port}", "localhost",
    "127.0.0.1", "127.0.0.2:1", "[::1]:{port}", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:{port}",
    "192.168.1.7:8900", "203.0.113.9", "emulator:8900", "my_service:8900", "x.localhost",
    "host.docker.internal:8900", "emulator.pay.svc.cluster.local", "emulator.test",
    "emulator.pay.svc:8900", "emulator.shop_default:8900", "emulator.ci-network", "emulator.lan",
    "registry.example.com__team__emulator", "registry.example.com-team-emulator:8900",
    "api.goat.ar", "API.Goat.AR.", "checkout-test.placetopay.com:443", "placetopay.localhost:8900",
]  # fmt: skip
UNEXPECTED = [
    "evil.example", "evil.example:{port}", "EVIL.example.", "localhost.evil.example",
    "localhost.evil.example:{port}", "127.0.0.1.nip.io", "127.0.0.1.nip.io:{port}",
    "127-0-0-1.sslip.io", "127.0.0.1.evil.com.", "api.goat.ar.evil.example", "xapi.goat.ar",
    "localtest.me", "lvh.me:{port}", "evil.example@localhost", "localhost@evil.example",
    "user:word@localhost", "localhost/evil", "evil.example#localhost", "localhost?x",
    "evil.example\\localhost", "localhost:x", "localhost:1:2", "localhost:999999", "[::1",
    "::1", "[evil.example]", "[::1].evil.example", "localhost,evil.example", "local host", "",
    ".", "..", "localhost..", "loc\xe1lhost", "127.0.0.1%00.evil.example", "xn--evil.example",
    "emulator.xn--p1ai", "evil.example-", "evil.-", "evil.example._", "a-b.example", "svc.example",
    "0.0.0.0:{port}", "[::]:{port}", "[::ffff:0.0.0.0]", "127.1:{port}", "0x7f.0.0.1",
]  # fmt: skip
FOREIGN_ORIGINS = [
    "null", "https://evil.example", "http://localhost:3000", "http://localhost",
    "https://localhost:{port}", "http://127.0.0.1:{port}", "http://localhost.evil.example:{port}",
    "http://evil.example#http://localhost:{port}", "http://localhost:{port}@evil.example",
    "http://localhost:{port}/", "http://localhost:{port} ,http://evil.example", "file://",
    "chrome-extension://abcdef", "localhost:{port}", "http://", "http://[", "", "*",
]  # fmt: skip
SITES = ["cross-site", "same-site", "CROSS-SITE", "cross-site, none", "sideways", ""]
CALLS = [
    ("GET", "/_emulator/health"), ("GET", "/_emulator/credentials"), ("HEAD", "/_emulator/health"),
    ("GET", "/_emulator/requests/wait?timeout=0"), ("GET", "/_ns/other/_emulator/requests"),
    ("POST", "/_emulator/reset"), ("DELETE", "/_emulator/requests"), ("PUT", "/_emulator/scenario"),
    ("PATCH", "/_emulator/clock"), ("OPTIONS", "/_emulator/clock"), ("GET", "/_emulator/nothing"),
    ("GET", "/_emulator"), ("BREW", "/_emulator/health/"),
]  # fmt: skip


def ask(
    server: Server, method: str, path: str, *headers: str, host: str = "localhost:{port}"
) -> Answer:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "Connection: close", "", ""]
    text = "\r\n".join(lines).replace("{port}", str(server.port))
    return send(server, text.encode("latin-1"))


def assert_refused(answer: Answer, method: str = "GET") -> None:
    assert answer.status in (400, 403)
    if method != "HEAD" and answer.status == 403:
        said = json.loads(answer.body)
        assert said["error"]
        assert len(said["hint"]) > 20


@pytest.mark.parametrize("host", OURS)
def test_names_that_no_page_of_a_stranger_can_have(server, host):
    path = "/_emulator/health"
    assert ask(server, "GET", path, host=host).status == 200
    assert ask(server, "GET", path, "Sec-Fetch-Site: none", host=host).status == 200


@pytest.mark.parametrize("host", UNEXPECTED)
def test_names_that_may_be_rebound(server, host):
    """400 is what the parser itself says to what cannot be a Host."""
    assert_refused(ask(server, "GET", "/_emulator/health", host=host))
    assert not is_safe_host(host.replace("{port}", "1"), {"api.goat.ar"})


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "sign", ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", ""]
)
def test_every_call_of_every_method_is_refused_to_a_page(server, method, path, sign):
    """Also what does not exist; and nothing has happened."""
    host = "localhost:{port}" if sign else "evil.example"
    headers = [sign] if sign else []
    assert_refused(ask(server, method, path, *headers, host=host), method)
    assert [each.name for each in server.emulator.namespaces] == ["default"]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_scheme_host_and_port_of_an_origin_count(server, origin):
    assert_refused(ask(server, "GET", "/_emulator/health", f"Origin: {origin}"))


@pytest.mark.parametrize("site", SITES)
def test_only_the_same_origin_and_a_person_are_no_stranger(server, site):
    assert_refused(ask(server, "GET", "/_emulator/health", f"Sec-Fetch-Site: {site}"))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:{port}", "http://localhost:{port}"),
        ("LOCALHOST.:{port}", "HTTP://localhost:{port}"),
        ("[::1]:{port}", "http://[::1]:{port}"),
        ("emulator", "http://emulator"),
        ("emulator:80", "http://emulator"),
        ("emulator", "http://emulator:80"),
    ],
)
def test_a_page_of_our_own_may_call(server, host, origin):
    signs = (f"Origin: {origin}", "Sec-Fetch-Site: same-origin")
    assert ask(server, "GET", "/_emulator/health", *signs, host=host).status == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Host: localhost"]
)
def test_no_other_header_says_the_host(server, header):
    assert_refused(ask(server, "GET", "/_emulator/health", header, host="evil.example"))


@pytest.mark.parametrize("sign", ["", "Origin: https://evil.example\r\n"])
@pytest.mark.parametrize(
    ("path", "status"), [("/health", 200), ("/ready", 200), ("/credentials", 403), ("/reset", 403)]
)
def test_what_watches_a_container_needs_no_host(server, path, status, sign):
    """HAProxy asks so; no browser does, and a client that says it is one is refused."""
    answer = send(server, f"GET /_emulator{path} HTTP/1.0\r\n{sign}\r\n".encode())
    assert answer.status == (403 if sign else status)


def test_a_whole_url_as_target_changes_nothing(server):
    whole = "http://localhost/_emulator/health"
    assert_refused(ask(server, "GET", whole, host="evil.example"))
    assert ask(server, "GET", whole).status == 200


@pytest.mark.parametrize("second", ["localhost", "evil.example", "127.0.0.1"])
def test_two_hosts_are_none(server, second):
    assert ask(server, "GET", "/_emulator/health", f"Host: {second}").status == 400
    assert ask(server, "GET", "/goat/v1/whoami", f"Host: {second}").status == 400


def test_a_web_socket_is_refused_like_the_rest(server):
    """It is never opened; the handshake is a GET with an Origin, which a page cannot change."""
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    shake = ("Upgrade: websocket", "Connection: Upgrade", key, "Origin: https://evil.example")
    for path in ("/_emulator/health", "/_emulator/requests/wait"):
        assert ask(server, "GET", path, *shake).status in (400, 403)


# The providers ------------------------------------------------------------------------------------

BROWSER = ("Origin: http://evil.example", "Sec-Fetch-Site: same-origin")


@pytest.mark.parametrize("sign", BROWSER)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/goat/v1/whoami"), ("POST", "/placetopay/api/session"),
        ("POST", "/pagsmile/api/payout"), ("GET", "/gestopago/sistema/service/sendEcho.do"),
        ("POST", "/tesabiz/tesabiz-ws-security/sc/jws/encript"), ("GET", "/goat/none"),
    ],
)  # fmt: skip
def test_a_provider_refuses_a_page_with_a_rebound_name(server, sign, method, path):
    """In the provider's own form, with the reason beside it."""
    answer = ask(server, method, path, sign, "Content-Length: 0", host="evil.example:{port}")
    assert (answer.status, answer.headers["emulator-diagnosis"]) == (400, "request.foreign-page")
    assert b"foreign-page" not in answer.body
    last = server.emulator.namespace("default").journal.last
    assert last.diagnosis is not None
    assert "--host" in last.diagnosis.hint


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("evil.example", ()),  # a client, a tunnel, a name of the company
        ("evil.example", ("Sec-Fetch-Mode: cors",)),  # Node's fetch says so
        ("127.0.0.1:{port}", BROWSER), ("localhost", ("Origin: null",)),
        ("192.168.1.7", ("Origin: http://shop.example", "Sec-Fetch-Site: cross-site")),
        ("api.goat.ar", ("Origin: http://shop.example",)),
        ("goat.localhost", ("Origin: http://shop.example",)),
    ],
)  # fmt: skip
def test_a_provider_serves_clients_by_any_name_and_pages_by_a_safe_one(server, host, headers):
    answer = ask(server, "GET", "/goat/v1/whoami", *headers, host=host)
    assert answer.headers["emulator-diagnosis"] != "request.foreign-page"


def test_the_payers_page_is_open_to_browsers_by_any_name(server):
    """A tunnel, a phone, a shop's page around it: its address is the secret."""
    for path in ("/placetopay/lightbox.min.js", "/placetopay/redirection/lightbox.min.js"):
        answer = ask(server, "GET", path, *BROWSER, host="tunnel.example")
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
    page = "/placetopay/spa/session/1/" + "0" * 32
    for method, path in (("GET", page), ("GET", f"{page}/state"), ("POST", f"{page}/pay")):
        answer = ask(server, method, path, *BROWSER, "Content-Length: 0", host="tunnel.example")
        assert answer.headers["emulator-diagnosis"] == "placetopay.page-unknown"
