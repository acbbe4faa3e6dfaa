"""Where webhooks may go: every spelling of an address, every name, and what is connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from typing import Any

import pytest

from emulator.core.clock_change import ClockChange
from emulator.emulator import Emulator
from emulator.outbox.courier import Courier
from emulator.outbox.delivery import unreachable, unsendable
from emulator.outbox.egress import Egress, RefusedHostError, address_of, reach_of
from emulator.provider import Delivery, Webhook

METADATA = (
    "169.254.169.254",
    "169.254.169.254.",
    "2852039166",
    "0xA9FEA9FE",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "0251.254.0xa9.254",
    "169.16689662",
    "169.254.43518",
    "１６９.２５４.１６９.２５４",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "169。254。169。254",
    "169．254．169．254",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:a9fe:a9fe::1]",
    "[2001:db8::5efe:a9fe:a9fe]",
    "[fe80::1]",
    "[fe80::1%eth0]",
    "[fe80::1%25eth0]",
    "[FE80::A9FE:A9FE]",
    "[febf::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[fd00:42::42]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "[ff02::1]",
    "metadata.google.internal",
    "METADATA.Google.Internal.",
    "metadata",
    "metadata.goog",
    "instance-data",
    "metadata.azure.internal",
)
NEAR = (
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.255.255.254",
    "１２７.０.０.１",
    "0.0.0.0",
    "0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.65.254",
    "100.64.0.1",
    "[fd12:3456::1]",
    "localhost",
    "LOCALHOST.",
    "shop.localhost",
    "merchant",
    "my_service",
    "host.docker.internal",
    "shop.test",
)
PUBLIC = (
    "8.8.8.8",
    "134744072",
    "172.32.0.1",
    "11.0.0.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[2002:808:808::1]",
    "shop.example.com",
    "127.0.0.1.example.com",
    "169.254.169.254.nip.io",
    "localhost.example.com",
)


def code(host: str, hosts: Any, user: str = "") -> str:
    url = f"http://{user}{host}:9000/n"
    problem = unsendable(Webhook("e", url, {}), Egress(hosts))
    assert problem is None or problem.hint
    return problem.code if problem else ""


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("hosts", ["private", "any"])
def test_forbidden_however_it_is_written(host: str, hosts: str) -> None:
    """No setting opens it; a user in front of it does not hide it."""
    assert code(host, hosts) == "webhook.forbidden-host"
    assert code(host, hosts, "127.0.0.1@") == "webhook.forbidden-host"
    assert code(host, hosts, "localhost:80@") == "webhook.forbidden-host"


@pytest.mark.parametrize("host", NEAR)
def test_near_however_it_is_written(host: str) -> None:
    """What works in production's place on a developer's machine is not refused."""
    assert code(host, "private") == code(host, "any") == ""


@pytest.mark.parametrize("host", PUBLIC)
def test_public_only_where_it_is_asked_for(host: str) -> None:
    assert code(host, "private") == "webhook.withheld"
    assert code(host, "any") == ""


@pytest.mark.parametrize(
    "host", ["", "a b", "0x", "1.2.3.4.5", "256.1.1.1", "-", "…", "[::g]", "%"]
)
def test_no_address(host: str) -> None:
    """A name, however odd: the look-up says that it leads nowhere."""
    assert address_of(host) is None


def test_each_address_has_one_kind() -> None:
    """What an IPv4 address is, its mapped form is; forbidden ones stay so in every wrapping."""
    for text in ("127.0.0.1", "10.0.0.1", "8.8.8.8", "169.254.1.1", "100.100.100.200"):
        inner = ipaddress.IPv4Address(text)
        assert reach_of(ipaddress.IPv6Address(f"::ffff:{text}")) == reach_of(inner)
        wrapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(inner))
        assert (reach_of(wrapped) == "forbidden") == (reach_of(inner) == "forbidden")


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have names lead to these addresses, one answer after the other; return what was asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: object, **options: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]

    monkeypatch.setattr("emulator.outbox.egress.socket.getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    ("found", "hosts", "allowed"),
    [
        (["172.18.0.5"], "private", ["172.18.0.5"]),
        (["169.254.169.254"], "any", []),
        (["fe80::1%eth0"], "any", []),
        (["8.8.8.8"], "private", []),
        (["8.8.8.8"], "any", ["8.8.8.8"]),
        (["169.254.169.254", "10.0.0.1"], "private", ["10.0.0.1"]),
        (["::ffff:169.254.169.254"], "any", []),
    ],
)
def test_a_name_is_what_it_leads_to(found, hosts, allowed, monkeypatch) -> None:
    answering(monkeypatch, found)
    egress = Egress(hosts)
    if allowed:
        assert asyncio.run(egress.addresses("merchant")) == allowed
        return
    with pytest.raises(RefusedHostError) as refused:
        asyncio.run(egress.addresses("merchant"))
    told = unreachable(refused.value)
    assert told.code in ("webhook.forbidden-host", "webhook.withheld")
    assert "merchant" in told.received
    assert told.hint


def test_a_name_that_changes_is_looked_up_once(monkeypatch) -> None:
    """The address that was judged is the one that is connected to; the name stays in Host."""
    asked = answering(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    heads: list[bytes] = []

    async def story() -> tuple[int, bytes]:
        async def merchant(reader, writer):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 302 No\r\nlocation: http://169.254.169.254/\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(merchant, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            url = f"http://merchant:{port}/n?a=1"
            return await Courier(Egress()).send(url, Delivery(b"{}", (("x-own", "1"),)))

    assert asyncio.run(story()) == (302, b"")  # and the redirect is not followed
    assert asked == ["merchant"]
    (head,) = heads
    assert head.startswith(b"POST /n?a=1 HTTP/1.1\r\nhost: merchant:")
    assert b"accept-encoding: identity\r\n" in head
    assert b"x-own: 1\r\n" in head


def test_the_courier_judges_too(monkeypatch) -> None:
    """Whatever lets a URL through before: the connection is judged by itself."""
    connected: list[str] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: connected.append(where))
    for host in ("169.254.169.254", "[::ffff:169.254.169.254]", "0xA9FEA9FE", "8.8.8.8"):
        with pytest.raises(RefusedHostError):
            asyncio.run(Courier(Egress()).send(f"http://{host}/", Delivery(b"", ())))
    assert connected == []


def test_one_name_that_hangs_holds_one_thread(monkeypatch) -> None:
    """However many webhooks go there; other names are looked up meanwhile."""
    over, asked = threading.Event(), []

    def getaddrinfo(host: str, port: object, **options: Any) -> list[Any]:
        asked.append(host)
        if host == "slow":
            over.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0))]

    monkeypatch.setattr("emulator.outbox.egress.socket.getaddrinfo", getaddrinfo)

    async def story() -> None:
        egress = Egress()
        waiting = [asyncio.create_task(egress.addresses("slow")) for _ in range(300)]
        assert await egress.addresses("quick") == ["10.0.0.1"]
        assert not any(each.done() for each in waiting)
        over.set()
        assert await asyncio.gather(*waiting) == [["10.0.0.1"]] * 300

    asyncio.run(story())
    assert sorted(asked) == ["quick", "slow"]


def test_names_looked_up_at_once_are_bounded(monkeypatch) -> None:
    over, asked = threading.Event(), []

    def getaddrinfo(host: str, port: object, **options: Any) -> list[Any]:
        asked.append(host)
        over.wait()
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr("emulator.outbox.egress.socket.getaddrinfo", getaddrinfo)

    async def story() -> list[Any]:
        egress = Egress()
        looked = [asyncio.create_task(egress.addresses(f"slow-{n}")) for n in range(200)]
        await asyncio.sleep(0)
        over.set()
        return await asyncio.gather(*looked, return_exceptions=True)

    assert all(isinstance(each, OSError) for each in asyncio.run(story()))
    assert len(asked) <= 64


@pytest.mark.parametrize("event", ["payout.paid"])
def test_a_trigger_goes_no_further(event: str) -> None:
    """A URL in a trigger is judged like one in a payment, and the entry says why."""
    emulator = Emulator()
    namespace = emulator.namespace("default")

    async def story() -> dict[str, Any]:
        webhook = Webhook(event, "http://[::ffff:169.254.169.254]/latest", {"n": 1}, "x")
        return await namespace.outbox.send_now("pagsmile", webhook)

    (attempt,) = asyncio.run(story())["attempts"]
    assert (attempt["status"], attempt["body"]) == (0, "")
    assert attempt["diagnosis"]["code"] == "webhook.forbidden-host"
    namespace.clock.change(ClockChange(advance="48h"))
    assert namespace.outbox.waiting == 0  # it is not sent again
