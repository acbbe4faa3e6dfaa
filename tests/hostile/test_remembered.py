"""What is remembered for speed is remembered in small pieces only: a client writes it."""

from __future__ import annotations

import pytest
from counting import bytes_kept

from emulator.core import hosts, pem
from emulator.core.errors import ConfigurationError


@pytest.mark.slow
def test_long_urls_are_not_remembered():
    def read() -> None:
        for number in range(200):
            assert hosts.host_of(f"http://h{number}.test/{'x' * 50_000}") == f"h{number}.test"

    read()
    assert bytes_kept(read) < 100_000


@pytest.mark.parametrize("read", [pem.read_certificate, pem.read_public_key, pem.read_private_key])
def test_a_key_of_a_megabyte_is_none(read):
    """Whatever stands around it."""
    text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + " " * 2**20
    with pytest.raises(ConfigurationError, match="not longer than 65536 characters"):
        read(text)
