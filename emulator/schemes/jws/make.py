"""Sign; and what a signed text is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jwt.algorithms import RSAAlgorithm

from emulator.core.json_text import read_object
from emulator.schemes.encoding import from_base64url, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class Compact:
    """A JWS taken apart; nothing in it is proven until `verify` returned it.

    Attributes:
        protected: The protected header.
        payload: Raw bytes.
        signing_input: The first two parts as received, with the dot.
        signature: Raw bytes.
    """

    protected: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes


def sign(payload: bytes, private_key: RSAPrivateKey, *, typ: str | None = "JWT") -> str:
    """Sign `payload` as it is.

    Args:
        payload: Raw bytes, such as the UTF-8 text of a JSON object.
        private_key: RSA, 2048 bits or more.
        typ: Left out of the header if `None`.

    Returns:
        The compact serialization. Its header is `{"alg":"RS256","typ":"JWT"}` to the byte,
        which is what the sample in the provider's documentation emits.
    """
    header = b'{"alg":"RS256"'
    if typ is not None:
        header += b',"typ":' + json.dumps(typ).encode("ascii")
    signing_input = f"{to_base64url(header + b'}')}.{to_base64url(payload)}"
    signature = RS256.sign(signing_input.encode("ascii"), private_key)
    return f"{signing_input}.{to_base64url(signature)}"


def is_compact(text: object) -> bool:
    """Tell whether `text` looks like a JWS; the signature is not checked."""
    if not isinstance(text, str) or text.count(".") != 2:
        return False
    try:
        return "alg" in read_object(from_base64url(text.partition(".")[0]))
    except ValueError:
        return False
