"""`name=value&…`, in a body or a query."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

from emulator.core.messages import Message
from emulator.providers.gestopago.form.failures import malformed
from emulator.providers.gestopago.form.names import MAX_FIELDS, unique

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def with_pair(raw: bytes, name: str, value: bytes | None) -> bytes:
    """Return the pairs with another value of a field, or without the field."""
    pairs: list[bytes] = []
    for pair in raw.split(b"&"):
        if not pair or _decoded(pair.partition(b"=")[0], "form") != name:
            pairs.append(pair)
        elif value is not None:
            written = quote_from_bytes(value, safe="").encode("ascii")
            pairs.append(pair.partition(b"=")[0] + b"=" + written)
    return b"&".join(pairs)


def read_pairs(raw: bytes, where: str) -> dict[str, str]:
    """Return the fields of a query or an urlencoded body.

    Raises:
        SchemeError: `gestopago.malformed-form` or `gestopago.duplicate-field`.
    """
    pieces = raw.split(b"&")
    if len(pieces) > MAX_FIELDS:
        raise malformed(
            where,
            f"{len(pieces)} fields",
            Message("Send at most {max_fields} fields").with_(max_fields=MAX_FIELDS),
        )
    fields = (piece.partition(b"=") for piece in pieces if piece)
    return unique(((_decoded(n, where), _decoded(v, where)) for n, _, v in fields), where)


_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def _unescaped(escapes: re.Match[bytes]) -> bytes:
    """Return the bytes of a row of escapes, all at once: a long value has many."""
    return bytes.fromhex(escapes[0].replace(b"%", b"").decode())


def _decoded(piece: bytes, where: str) -> str:
    if bad := _BAD_ESCAPE.search(piece):
        shown = piece[bad.start() : bad.start() + 3].decode("ascii", "replace")
        raise malformed(
            where, f"the escape {shown!r}", Message("A % stands alone; percent-encode it as %25")
        )
    if b"%" in piece or b"+" in piece:
        piece = _ESCAPES.sub(_unescaped, piece.replace(b"+", b" "))
    try:
        return piece.decode()
    except UnicodeDecodeError:
        raise malformed(
            where, "bytes that are not UTF-8", Message("Encode the text as UTF-8")
        ) from None
