"""The QR itself: its number, the text it holds, and the image of that text.

    idQr   = yyMMdd + codEif in 5 digits + sequence in 9 digits           20 digits
    text   = Base64(256 bytes) "|" serial of the bank's certificate       344 + 1 + 8 characters

A sample of the text is known, its contents are not: one RSA block, for the bank alone. Here the
block is RSA-OAEP of the idQr under the emulator's own certificate; `open_text` undoes it, and
the caller compares the whole text with the one on record, so that no client can invent one.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA256

from emulator.schemes import jws

if TYPE_CHECKING:
    from datetime import date

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

DATA_URI = "data:image/png;base64,"
_PADDING = OAEP(MGF1(SHA256()), SHA256(), None)
_MASK = 3  # any of the eight can be read; trying all for the prettiest takes four times as long
_PIXELS = 4  # for each module


def number(issued: date, cod_eif: str, sequence: int) -> str:
    """Return an idQr: 20 digits."""
    return f"{_six_digits(issued)}{cod_eif[-5:]:0>5}{sequence:09d}"


@lru_cache(maxsize=8)
def _six_digits(day: date) -> str:
    return f"{day:%y%m%d}"


def sequence_of(id_qr: str) -> str:
    """Return the sequence number in an idQr, which is its idQrInterno; empty if it has none."""
    digits = id_qr.isascii() and id_qr.isdigit() and len(id_qr) == 20
    return str(int(id_qr[11:])) if digits else ""


def make_text(id_qr: str, certificate: str) -> str:
    """Return the text of a QR: 353 characters, different each time.

    Args:
        id_qr: 20 digits.
        certificate: The emulator's, in PEM.
    """
    block = jws.load_certificate_key(certificate).encrypt(id_qr.encode("ascii"), _PADDING)
    return f"{b64encode(block).decode('ascii')}|{_serial(certificate)}"


def open_text(text: str, private_key: RSAPrivateKey, certificate: str) -> str:
    """Return the idQr in the text of a QR; empty if it is not one of ours."""
    block, _, serial = text.partition("|")
    if serial != _serial(certificate):
        return ""
    try:
        raw = b64decode(block.encode("ascii"), validate=True)
        return private_key.decrypt(raw, _PADDING).decode("ascii")
    except ValueError:
        return ""


def png(text: str) -> bytes:
    """Return the image of a text, black on white with the quiet zone the standard wants."""
    from io import BytesIO

    import segno

    image = BytesIO()
    code = segno.make_qr(text, mode="byte", error="l", boost_error=False, mask=_MASK)
    code.save(image, kind="png", scale=_PIXELS, border=4)
    return image.getvalue()


@lru_cache(maxsize=8)
def _serial(certificate: str) -> str:
    return f"{jws.certificate_serial(certificate) & 0xFFFF_FFFF:08X}"
