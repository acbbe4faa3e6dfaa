r"""The one place that reads keys and certificates as PEM text (RFC 7468).

Environment variables, YAML, JSON and terminals change PEM text: its line breaks become the two
characters `\n`, or CR LF, or blanks, or disappear; quotes, blanks or a byte order mark surround it.
The key is the same, so all this is repaired. Any other thing than the one wanted is refused, and
the message says what it is.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.utils import CryptographyDeprecationWarning

from emulator.core.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_ESCAPED_BREAK = re.compile(r"(?<!\\)\\+(?:r\\+n|[rn])")
_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_NOT_CONTENT = re.compile(r"[\s\\]+")
_KEY_OR_CERTIFICATE = re.compile("CERTIFICATE|KEY")
_COLUMNS = 64
_LONGEST = 64 * 1024
"""Characters of a PEM text; a key with its certificate has a tenth of that."""

_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")
_PUBLIC_KEYS = ("PUBLIC KEY", "RSA PUBLIC KEY")
_PRIVATE_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_PARAMETERS = "EC PARAMETERS"  # openssl ecparam writes them before the key

_KINDS: Mapping[str, str] = {
    **dict.fromkeys(_CERTIFICATES, "a certificate"),
    **dict.fromkeys(_PUBLIC_KEYS, "a bare public key (public.key)"),
    **dict.fromkeys(_PRIVATE_KEYS, "a private key"),
    **dict.fromkeys(
        ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        "a certificate request (request.csr)",
    ),
    "ENCRYPTED PRIVATE KEY": "a private key with a password",
    "OPENSSH PRIVATE KEY": "a private key in the format of OpenSSH",
}

_BARE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("empty, not PEM text", re.compile(r"\A\s*\Z")),
    ("an SSH public key", re.compile(r"\A\s*(ssh-|ecdsa-sha2-).*", re.DOTALL)),
    ("a key as JSON (JWK)", re.compile(r'\A\s*\{.*"kty".*', re.DOTALL)),
    (
        "PEM text that was encoded in Base64 once more",
        re.compile(r"\A\s*LS0tLS1CRUdJTi.*", re.DOTALL),
    ),
    (
        "Base64 without the lines -----BEGIN …----- and -----END …-----",
        re.compile(r"\A\s*M[A-Za-z0-9+/\s]{60,}(?:={1,2}\s*)?"),
    ),
    (
        "the name of a file, not what the file holds",
        re.compile(r"\A[^\r\n]{1,300}\.[A-Za-z0-9]{3,4}"),
    ),
)
"""Things without a line BEGIN, and how to recognise them."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    advice: str
    labels: tuple[str, ...]

    def refused(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"{what}; {self.advice}")

    def unreadable(self, reason: str = "") -> ConfigurationError:
        return self.refused(f"This {self.name} cannot be read{reason}")


_CERTIFICATE = _Wanted("certificate", "send the X.509 certificate (certificate.pem)", _CERTIFICATES)
_PUBLIC_KEY = _Wanted(
    "public key", "send the PEM text of a public key", (*_PUBLIC_KEYS, *_CERTIFICATES)
)
_PRIVATE_KEY = _Wanted(
    "private key", "send the PEM text of a private key without a password", _PRIVATE_KEYS
)


@lru_cache(maxsize=256)
def read_certificate(text: str) -> x509.Certificate:
    """Return the certificate in PEM text, whatever its version, names, dates and signer.

    Raises:
        ConfigurationError: It is something else, told which; or there are several.
    """
    try:
        with _any_serial():
            return x509.load_pem_x509_certificate(_only_block(text, _CERTIFICATE).encode())
    except (ValueError, x509.InvalidVersion) as error:
        raise _CERTIFICATE.unreadable() from error


@lru_cache(maxsize=256)
def read_public_key(text: str) -> PublicKeyTypes:
    """Return the public key in PEM text, bare or in a certificate.

    Raises:
        ConfigurationError: It is something else, told which; or there are several.
    """
    block = _only_block(text, _PUBLIC_KEY)
    if _labels(block)[0] in _CERTIFICATES:
        return public_key_of(read_certificate(block))
    try:
        return load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _PUBLIC_KEY.unreadable() from error


@lru_cache(maxsize=256)
def read_private_key(text: str, *, checked: bool = True) -> PrivateKeyTypes:
    """Return the private key in PEM text.

    Args:
        text: It may hold other blocks besides, such as its certificate.
        checked: Prove that the primes of an RSA key are primes, which costs 40 ms.

    Raises:
        ConfigurationError: It is something else, told which; or there are several.
    """
    block = _only_block(text, _PRIVATE_KEY)
    try:
        return load_pem_private_key(
            block.encode(), None, unsafe_skip_rsa_key_validation=not checked
        )
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise _PRIVATE_KEY.unreadable() from error


def public_key_of(certificate: x509.Certificate) -> PublicKeyTypes:
    """Return the public key of a certificate.

    Raises:
        ConfigurationError: The key is of an unknown kind.
    """
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("The key in this certificate cannot be read") from error


def serial_of(certificate: x509.Certificate) -> int:
    """Return the serial number of a certificate; 0 and below pass, too."""
    with _any_serial():
        return certificate.serial_number


def canonical(text: str) -> str:
    """Return the blocks of PEM text as RFC 7468 writes them; other text as it is."""
    blocks = _blocks(text)
    return "".join(_written(label, content) for label, content in blocks) if blocks else text


@contextmanager
def _any_serial() -> Generator[None, None, None]:
    """Accept serial numbers 0 and below: home-made certificates have them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def _blocks(text: str) -> list[tuple[str, str]]:
    plain = _ESCAPED_BREAK.sub("\n", text)
    begins = list(_BEGIN.finditer(plain))
    blocks: list[tuple[str, str]] = []
    for begin, following in zip_longest(begins, begins[1:]):
        limit = following.start() if following else len(plain)
        end = plain.find(f"-----END {begin[1]}-----", begin.end(), limit)
        if end >= 0 and begin[1] != _PARAMETERS:
            blocks.append((begin[1], plain[begin.end() : end]))
    return blocks


def _labels(text: str) -> list[str]:
    return [label for label, _ in _blocks(text)]


def _written(label: str, content: str) -> str:
    bare = _NOT_CONTENT.sub("", content)
    lines = [bare[at : at + _COLUMNS] for at in range(0, len(bare), _COLUMNS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _only_block(text: str, wanted: _Wanted) -> str:
    """Return the one block of the wanted kind, repaired."""
    if len(text) > _LONGEST:  # what is read is remembered
        raise ConfigurationError(f"A key is not longer than {_LONGEST} characters; {wanted.advice}")
    blocks = _blocks(text)
    if not blocks:
        raise _not_a_block(text, wanted)
    if wanted is not _PRIVATE_KEY and "PRIVATE KEY-----" in text:
        raise ConfigurationError(
            f"This holds a private key; keep it to yourself and {wanted.advice}"
        )
    fits = [block for block in blocks if block[0] in wanted.labels]
    # A private key may come together with its certificate, nothing else with anything.
    strange = [label for label, _ in blocks if label not in wanted.labels]
    if strange and (wanted is not _PRIVATE_KEY or not fits):
        raise wanted.refused(f"This is {_KINDS.get(strange[0], f'a PEM of type {strange[0]}')}")
    if len(fits) > 1:
        raise ConfigurationError(f"This holds {len(fits)} {wanted.name}s; send exactly one")
    label, content = fits[0]
    if "ENCRYPTED" in content:
        raise wanted.refused("This is a private key with a password")
    return _written(label, content)


def _not_a_block(text: str, wanted: _Wanted) -> ConfigurationError:
    if match := _BEGIN.search(text):
        if match[1] in wanted.labels:
            return wanted.unreadable(": its end is missing")
        return wanted.refused(f"This is {_KINDS.get(match[1], f'a PEM of type {match[1]}')}")
    if any("BEGIN " in line and _KEY_OR_CERTIFICATE.search(line) for line in text.splitlines()):
        return wanted.unreadable(": five hyphens belong on each side of BEGIN … and END …")
    what = next((what for what, form in _BARE if form.fullmatch(text)), "not PEM text")
    return wanted.refused(f"This is {what}")
