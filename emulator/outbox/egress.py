"""The one place that decides to which addresses the emulator connects.

Every client that creates a payment, registers a merchant or calls a trigger can name the URL of a
webhook, and must not reach foreign systems with it. So the address counts, not the spelling of the
host: a name is looked up once, each of its addresses is judged, and the connection goes to an
address that is allowed. There are three kinds of address:

* near: this machine and private networks, also those of a compose file;
* public: all other addresses on the Internet;
* forbidden: link-local and metadata addresses, multicast, and addresses that are not of a host.

`private` allows near addresses, `any` also public ones. The emulator never connects to a forbidden
address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Literal

from emulator.core.errors import Behaviour, EmulatorError, Source, Standing
from emulator.core.hosts import host_of, is_loopback, is_private_name

Hosts = Literal["private", "any"]
"""Which addresses webhooks can go to; forbidden ones are never allowed."""
Reach = Literal["near", "public", "forbidden"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_LOOK_UPS = 64
"""Most names that are looked up at the same time; webhooks to the same name share one look-up."""

_OURS = Source("emulator", "webhooks", Standing.CHOSEN)
HOSTS = Behaviour(
    "Webhooks go to this machine and to private networks; with --webhook-hosts any to public"
    " addresses too",
    _OURS,
)
FORBIDDEN = Behaviour(
    "No webhook goes to a link-local or metadata address, however it is written and whatever name"
    " leads there; a name is looked up once, and the connection goes to the address that was"
    " judged",
    _OURS,
)

_NEAR = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "0.0.0.0/32",  # this machine, as servers print it
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared addresses: clusters and private overlays
        "198.18.0.0/15",  # test networks: some container engines
        "::1/128",
        "::/128",
        "fc00::/7",
        "fec0::/10",
    )
)
_FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "0.0.0.0/8",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "ff00::/8",
        # Metadata services that are not link-local:
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::/32",  # Amazon
        "fd20:ce::/32",  # Google
        "fd00:42::42/128",  # Scaleway
    )
)
_METADATA_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.tencentyun.com",
    }
)
_THIS_MACHINE = tuple(ipaddress.ip_network(each) for each in ("0.0.0.0/32", "::/128"))
_WITH_V4 = tuple(
    (ipaddress.IPv6Network(network), shift)
    for network, shift in (
        ("::ffff:0:0/96", 0),  # IPv4-mapped
        ("::/96", 0),  # IPv4-compatible
        ("64:ff9b::/96", 0),  # NAT64
        ("64:ff9b:1::/48", 0),
        ("2002::/16", 80),  # 6to4
    )
)
"""IPv6 networks whose addresses contain an IPv4 address, and its distance from the right end."""
_TEREDO = ipaddress.IPv6Network("2001::/32")
_ISATAP = 0x00005EFE, 0x02005EFE
_DOTS = str.maketrans("。．｡", "...")


class RefusedHostError(EmulatorError):
    """The address is not allowed.

    Args:
        reach: The kind of address.
        host: The host in the URL.
        address: The address of the host; empty if only the name was judged.
    """

    def __init__(self, reach: Reach, host: str, address: str = "") -> None:
        super().__init__(f"{host} is {address}" if address and address != host else host)
        self.reach: Reach = reach


@lru_cache(maxsize=256)
def reach_of(address: Address) -> Reach:
    """Tell what kind of address it is, with every address that is inside it."""
    if any(_is_in(each, _FORBIDDEN) and not _is_in(each, _THIS_MACHINE) for each in _all(address)):
        return "forbidden"
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return "near" if _is_in(inner or address, _NEAR) else "public"


def _is_in(
    address: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    return any(address in each for each in networks if each.version == address.version)


def _all(address: Address) -> Iterator[Address]:
    """Return an address and the IPv4 addresses that it contains."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    number = int(address)
    if number > 1:  # those two are :: and ::1, and contain none
        for network, shift in _WITH_V4:
            if address in network:
                yield ipaddress.IPv4Address(number >> shift & 0xFFFFFFFF)
    if address in _TEREDO:
        yield ipaddress.IPv4Address(number >> 64 & 0xFFFFFFFF)
        yield ipaddress.IPv4Address(~number & 0xFFFFFFFF)
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(number & 0xFFFFFFFF)


@lru_cache(maxsize=256)
def address_of(host: str) -> Address | None:
    """Return the address that a host means; None if it is a name.

    Decimal, octal, hexadecimal and short forms count, as they do for the operating system; so do
    brackets, zones, a dot at the end and digits of other scripts.
    """
    host = _plain(host)
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    if not host or host[-1] not in "0123456789abcdefx" or any(each.isspace() for each in host):
        return None
    with suppress(OSError, ValueError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    return None


def _plain(host: str) -> str:
    host = unicodedata.normalize("NFKC", host.translate(_DOTS)).lower()
    return host.strip("[]").partition("%")[0].rstrip(".")


class Egress:
    """Decides where our connections go, and finds the addresses.

    Args:
        hosts: Which addresses they may go to.
    """

    def __init__(self, hosts: Hosts = "private") -> None:
        self.hosts: Hosts = hosts
        self._looking_up: dict[str, asyncio.Future[list[str] | OSError]] = {}

    def refusal(self, url: str) -> Reach | None:
        """Tell which kind of address forbids a URL, without looking up its name.

        A name that is not of a private network counts as public. The address of a private name is
        judged when it is looked up.
        """
        reach = self.guess(host_of(url))
        return None if self._may(reach) else reach

    def guess(self, host: str) -> Reach:
        """Tell what kind of address a host is; a name is judged as it is written."""
        address, name = address_of(host), _plain(host)
        if address is not None:
            return reach_of(address)
        if name in _METADATA_NAMES:
            return "forbidden"
        return "near" if is_private_name(name) else "public"

    async def addresses(self, host: str) -> list[str]:
        """Return the allowed addresses of a host: at least one.

        Raises:
            RefusedHostError: If it has only others.
            OSError: If the name has no address.
        """
        address, name = address_of(host), _plain(host)
        if name in _METADATA_NAMES:
            raise RefusedHostError("forbidden", host)
        if address is not None:
            found = [str(address)]
        elif is_loopback(name):  # RFC 6761: no DNS is asked
            found = ["127.0.0.1", "::1"]
        else:
            found = await self._look_up(name)
        reaches: dict[str, Reach] = {each: reach_of(ipaddress.ip_address(each)) for each in found}
        allowed = [each for each, reach in reaches.items() if self._may(reach)]
        if not allowed:
            raise RefusedHostError(reaches[found[0]], host, found[0])
        return allowed

    def _may(self, reach: Reach) -> bool:
        return reach == "near" or (reach == "public" and self.hosts == "any")

    async def _look_up(self, name: str) -> list[str]:
        """Ask the system for the addresses of a name; calls at the same time share one look-up.

        The system is asked in its own thread. If it does not answer, only that thread waits;
        the process can still end.
        """
        loop = asyncio.get_running_loop()
        future = self._looking_up.get(name)
        if future is None or future.get_loop() is not loop:
            if len(self._looking_up) >= MOST_LOOK_UPS:
                raise OSError(f"{name}: {MOST_LOOK_UPS} other names are being looked up")
            future = self._looking_up[name] = loop.create_future()
            threading.Thread(target=self._find, args=(name, future), daemon=True).start()
        found = await asyncio.shield(future)
        if isinstance(found, OSError):
            raise found
        return found

    def _find(self, name: str, future: asyncio.Future[list[str] | OSError]) -> None:
        found: list[str] | OSError
        try:
            infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(info[4][0]).partition("%")[0] for info in infos))
        except UnicodeError as error:
            found = OSError(f"{name} is no name: {error}")
        except OSError as error:
            found = error

        def tell() -> None:
            if not future.done():
                future.set_result(found)

        if self._looking_up.get(name) is future:
            del self._looking_up[name]
        with suppress(RuntimeError):  # the loop is closed: it does not wait any longer
            future.get_loop().call_soon_threadsafe(tell)
