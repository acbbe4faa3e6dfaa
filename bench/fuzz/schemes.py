"""What each scheme signs, as texts to change, and a second opinion on what is right.

The second opinion is the bare formula of the standard, written here out of the standard library:
what a scheme accepts and the formula does not is a false accept.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from emulator.schemes import (
    aes_cbc,
    bearer,
    client_assertion,
    jws,
    sorted_digest,
    username_token,
)

_NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
_SECRET = "a secret of more than thirty-two characters"


@dataclass(frozen=True)
class Scheme:
    """A scheme to attack.

    Attributes:
        texts: What a right request carries.
        verify: Takes the texts; raises `SchemeError` if it refuses them.
        is_right: Tells whether the formula of the standard takes them too.
    """

    texts: list[str]
    verify: Callable[[list[str]], Any]
    is_right: Callable[[list[str]], bool]


def _username_token() -> Scheme:
    nonce, created = bytes(range(16)), _NOW.isoformat()
    texts = [
        username_token.password_digest(nonce, created, _SECRET),
        base64.b64encode(nonce).decode(),
        created,
    ]

    def verify(texts: list[str]) -> Any:
        digest, nonce, created = texts
        raw = username_token.decode_nonce(nonce)
        token = username_token.UsernameToken("site", digest, raw, created, nonce)
        return username_token.verify(token, _SECRET, now=_NOW, window=timedelta(minutes=5))

    def is_right(texts: list[str]) -> bool:
        material = base64.b64decode(texts[1]) + (texts[2] + _SECRET).encode()
        return base64.b64decode(texts[0]) == hashlib.sha256(material).digest()

    return Scheme(texts, verify, is_right)


def _sorted_digest() -> Scheme:
    body = {"b": "2", "a": "10.00", "notify_url": "https://shop.example/n", "empty": ""}

    def digest(members: dict[str, str]) -> str:
        pairs = "&".join(f"{name}={members[name]}" for name in sorted(members) if members[name])
        return hashlib.sha256((pairs + _SECRET).encode()).hexdigest()

    def is_right(texts: list[str]) -> bool:
        read = json.loads(texts[0], parse_int=str, parse_float=str)
        words = {None: "", True: "true", False: "false"}
        shown = {
            name: value if isinstance(value, str) else words[value] for name, value in read.items()
        }
        return digest(shown) == texts[1]

    return Scheme(
        [json.dumps(body), digest(body)],
        lambda texts: sorted_digest.verify(texts[0].encode(), texts[1], _SECRET),
        is_right,
    )


def _jws() -> Scheme:
    key = rsa.generate_private_key(65537, 2048)
    text = jws.sign(b'{"code": "B89", "importe": 1700}', key)
    return Scheme(
        [text], lambda texts: jws.verify(texts[0], key.public_key()), lambda texts: texts == [text]
    )


def _client_assertion() -> Scheme:
    key = ec.generate_private_key(ec.SECP256R1())
    text = client_assertion.make("client", "kid", key, audience="https://goat", now=_NOW)
    known = {"kid": client_assertion.ClientKey("client", key.public_key())}

    def verify(texts: list[str]) -> Any:
        return client_assertion.verify(
            texts[0], find_key=known.get, audience="https://goat", now=_NOW, issuer="client"
        )

    return Scheme([text], verify, lambda texts: texts == [text])


def _bearer() -> Scheme:
    claims = {"iss": "goat", "sub": "client", "exp": int(_NOW.timestamp()) + 60}
    token = bearer.issue(claims, _SECRET.encode())

    def verify(texts: list[str]) -> Any:
        return bearer.verify(bearer.read(texts[0]), _SECRET.encode(), now=_NOW)

    def is_right(texts: list[str]) -> bool:
        word, _, rest = texts[0].strip(" \t").partition(" ")
        return word.lower() == "bearer" and rest.strip(" ") == token

    return Scheme([f"Bearer {token}"], verify, is_right)


def _aes_cbc() -> Scheme:
    key, iv = bytes(range(32)), bytes(range(16))
    text = aes_cbc.encrypt_text(key, iv, b'{"idProducto": 298, "telefono": "5512345670"}')

    def is_object(data: bytes) -> bool:
        try:
            return isinstance(json.loads(data.decode()), dict)
        except (ValueError, RecursionError):
            return False

    def is_right(texts: list[str]) -> bool:
        opened = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        padded = opened.update(base64.b64decode(texts[0], validate=True)) + opened.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        return is_object(unpadder.update(padded) + unpadder.finalize())

    return Scheme(
        [text],
        lambda texts: aes_cbc.decrypt_text(key, iv, texts[0], plausible=is_object),
        is_right,
    )


SCHEMES: dict[str, Callable[[], Scheme]] = {
    "aes-cbc": _aes_cbc,
    "bearer": _bearer,
    "client-assertion": _client_assertion,
    "jws": _jws,
    "sorted-digest": _sorted_digest,
    "username-token": _username_token,
}
