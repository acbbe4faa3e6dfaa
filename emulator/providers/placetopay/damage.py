"""What a scenario can damage: the digest of a request, the signature of a notification.

They are `body.auth.tranKey` of the one and `body.signature` of the other, of which the prefix
`sha256:` is no part.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from emulator.core import json_text
from emulator.core.errors import SchemeError
from emulator.provider import CREDENTIALS, Part
from emulator.providers.placetopay.credentials import SITES
from emulator.providers.placetopay.webhooks import signed
from emulator.schemes.username_token import decode_nonce, password_digest

if TYPE_CHECKING:
    from emulator.core.exchange import Request
    from emulator.provider import Context, Delivery
    from emulator.providers.placetopay.settings import Settings

_NAME = "tranKey"
_SHA1_LENGTH = 28  # of the Base64 text


def _open(request: Request) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the message and its `auth`; None where there is no tranKey in it."""
    try:
        message = json_text.loads(request.body)
    except ValueError:
        return None
    auth = cast("dict[str, Any]", message).get("auth") if isinstance(message, dict) else None
    if not isinstance(auth, dict):
        return None
    auth = cast("dict[str, Any]", auth)
    if not isinstance(auth.get(_NAME), str) or not auth[_NAME].isascii() or not auth[_NAME]:
        return None
    return cast("dict[str, Any]", message), auth


def _read(request: Request) -> bytes | None:
    found = _open(request)
    return found[1][_NAME].encode("ascii") if found else None


def _write(request: Request, raw: bytes | None) -> Request:
    found = _open(request)
    if found is None:
        return request
    message, auth = found
    if raw is None:
        del auth[_NAME]
    else:
        auth[_NAME] = raw.decode("ascii", "replace")
    try:
        return replace(request, body=json.dumps(message, ensure_ascii=False).encode())
    except RecursionError:  # nested as deep as it can just be read
        return request


def _made_by_another(request: Request, credential: str, context: Context[Settings]) -> Request:
    found = _open(request)
    site = context.store.table(CREDENTIALS).get(credential)
    if found is None or site is None:
        return request
    auth = found[1]
    # Not the rogue secret where a scenario makes it the right one: it must be a wrong one.
    name = "next" if context.changes.verify_with == "rogue" else "rogue"
    secret = SITES.rekeyed(site, name, context.keys)["secretKey"]
    try:
        nonce = decode_nonce(str(auth.get("nonce")))
    except SchemeError:  # what cannot be read has no digest
        return request
    hash_name = "sha1" if len(auth[_NAME]) == _SHA1_LENGTH else "sha256"
    digest = password_digest(nonce, str(auth.get("seed")), secret, hash_name)
    return _write(request, digest.encode("ascii"))


# A notification ---------------------------------------------------------------------------


def _content(delivery: Delivery) -> dict[str, Any]:
    """Return the webhook as it stands; an empty one where a damage before left no JSON object."""
    try:
        content = json_text.loads(delivery.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _with(delivery: Delivery, content: dict[str, Any]) -> Delivery:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return replace(delivery, body=text.encode("utf-8", "replace"))


def _read_webhook(delivery: Delivery) -> bytes | None:
    signature = _content(delivery).get("signature")
    if not isinstance(signature, str) or not signature.isascii():
        return None
    return signature.rpartition(":")[2].encode("ascii")


def _write_webhook(delivery: Delivery, raw: bytes | None) -> Delivery:
    content = _content(delivery)
    if "signature" not in content:
        return delivery
    signature = content.pop("signature")
    if raw is None:
        return _with(delivery, content)
    prefix, colon, _ = str(signature).rpartition(":")
    return _with(
        delivery, {**content, "signature": f"{prefix}{colon}{raw.decode('ascii', 'replace')}"}
    )


def _signed_by_another(delivery: Delivery, credential: str, context: Context[Settings]) -> Delivery:
    site = context.store.table(CREDENTIALS).get(credential)
    if site is None:
        return delivery
    content = _content(delivery)
    if "signature" not in content:
        return delivery
    prefix, _, _ = str(content.pop("signature", "")).rpartition(":")
    name = "next" if context.changes.sign_with == "rogue" else "rogue"
    algorithm = "sha256" if prefix == "sha256" else "sha1"
    rogue = {**SITES.rekeyed(site, name, context.keys), "notificationAlgorithm": algorithm}
    return _with(delivery, signed(content, rogue))


PARTS = {
    "request.signature": Part(_read, _write, "base64", remake={"wrong_key": _made_by_another}),
    "webhook.signature": Part(
        _read_webhook, _write_webhook, "hex", remake={"wrong_key": _signed_by_another}
    ),
}
"""By their names in scenario files."""
