"""What it costs to explain a refusal: a full search that finds nothing, beside an acceptance.

In this process and without HTTP: the search is what is measured.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from emulator.core.errors import SchemeError
from emulator.schemes import sorted_digest, username_token
from emulator.schemes.username_token import UsernameToken

NOW = datetime(2026, 1, 31, 14, 56, 6, tzinfo=UTC)


def _token(secret: str) -> Callable[[], object]:
    created, nonce = NOW.isoformat(), bytes(range(240, 256))
    digest = hashlib.sha256(nonce + created.encode() + secret.encode()).digest()
    token = UsernameToken(
        "site", b64encode(digest).decode(), nonce, created, b64encode(nonce).decode()
    )
    return lambda: username_token.verify(
        token, "Demo-Secret-Key-024h", now=NOW, window=timedelta(minutes=5)
    )


def _body(key: str, members: int) -> Callable[[], object]:
    body = json.dumps({f"member_{n}": f"value {n}" for n in range(members)}).encode()
    signature = sorted_digest.signature(sorted_digest.parse(body), key)
    return lambda: sorted_digest.verify(body, signature, "zQ8-test-app-key-51", app_id="app")


def _seconds(call: Callable[[], object]) -> float:
    started = time.process_time()
    try:
        call()
    except SchemeError as error:
        str(error.diagnosis.hint)  # the search runs when the hint is read
    return time.process_time() - started


def comparisons(rounds: int) -> Iterator[tuple[str, str, str, list[float]]]:
    """Yield what was measured: name, refusal, acceptance, and their ratios."""
    for name, right, wrong in (
        ("password digest", _token("Demo-Secret-Key-024h"), _token("another one")),
        ("14 members", _body("zQ8-test-app-key-51", 14), _body("another one", 14)),
        ("200 members", _body("zQ8-test-app-key-51", 200), _body("another one", 200)),
    ):
        _seconds(wrong)  # imports
        accepted = [_seconds(right) for _ in range(rounds)]
        refused = [_seconds(wrong) for _ in range(rounds)]
        yield (
            f"refusal, full search, {name}",
            f"{statistics.median(refused) * 1000:.1f} ms",
            f"{statistics.median(accepted) * 1000:.3f} ms",
            [one / max(other, 1e-6) for one, other in zip(refused, accepted, strict=True)],
        )
