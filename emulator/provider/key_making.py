"""Key files that a provider needs besides `credentials.json`: how fresh ones are made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.core.errors import ConfigurationError
from emulator.core.files import create
from emulator.provider.credential_members import check_base64, to_base64
from emulator.provider.key_files import KeyFiles


class KeyFile(Protocol):
    """A key file, or two that belong together."""

    def write(self, directory: Path) -> None:
        """Write a fresh one."""
        ...

    def check(self, files: KeyFiles) -> None:
        """Raise ConfigurationError if it cannot be used: at the start, not at a request."""
        ...


@dataclass(frozen=True)
class HexKey:
    """A secret of the provider's own, written in hexadecimal.

    Attributes:
        name: Of the file.
        length: Bytes; a longer one is taken, too.
        any_text: Whether any other text is taken as well.
    """

    name: str
    length: int = 32
    any_text: bool = False

    def write(self, directory: Path) -> None:
        """Write a fresh one."""
        create(directory / self.name, f"{secrets.token_hex(self.length)}\n", secret=True)

    def check(self, files: KeyFiles) -> None:
        """Raise ConfigurationError if it is too short, or not hexadecimal."""
        if self.any_text:
            return
        try:
            length = len(bytes.fromhex(files.text(self.name)))
        except ValueError:
            length = 0
        if length < self.length:
            raise ConfigurationError(
                f"{self.name}: expected at least {self.length} bytes in hexadecimal"
            )


@dataclass(frozen=True)
class Base64Key:
    """A secret of the provider's own, written in Base64."""

    name: str
    length: int = 32

    def write(self, directory: Path) -> None:
        """Write a fresh one."""
        text = to_base64(secrets.token_bytes(self.length))
        create(directory / self.name, f"{text}\n", secret=True)

    def check(self, files: KeyFiles) -> None:
        """Raise ConfigurationError if it has another length, or is not Base64."""
        try:
            check_base64(files.text(self.name).strip(), self.length)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.name}: {error}") from error


@dataclass(frozen=True)
class EcPair:
    """A key pair on P-256: `<stem>.key.pem` and `<stem>.pub.pem`."""

    stem: str

    def write(self, directory: Path) -> None:
        """Write a fresh one."""
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            PublicFormat,
        )

        key = generate_private_key(SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        create(directory / f"{self.stem}.key.pem", private, secret=True)
        create(directory / f"{self.stem}.pub.pem", public, secret=False)

    def check(self, files: KeyFiles) -> None:
        """What uses it reads it."""


@dataclass(frozen=True)
class RsaCertificate:
    """An RSA key and a certificate that it signed itself: `<stem>.key.pem`, `<stem>.crt.pem`.

    The certificate is v3, the only version that `cryptography` makes.

    Attributes:
        stem: Of both names.
        subject: The common name in the certificate.
    """

    stem: str
    subject: str

    def write(self, directory: Path) -> None:
        """Write a fresh one."""
        from datetime import UTC, datetime

        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )
        from cryptography.x509.oid import NameOID

        key = generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.subject)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1 + secrets.randbits(31))  # four bytes: eight hexadecimal digits
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))  # tests move the clock far
            .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
            .sign(key, SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = certificate.public_bytes(Encoding.PEM)
        create(directory / f"{self.stem}.key.pem", private, secret=True)
        create(directory / f"{self.stem}.crt.pem", public, secret=False)

    def check(self, files: KeyFiles) -> None:
        """What uses it reads it."""
