"""Clients for Placetopay WebCheckout, blocking and asynchronous.

Every request carries its own `auth`: a fresh nonce, the time, and the digest of both with the
secret. Nothing is cached, for an `auth` is good for five minutes only.
"""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from emulator.client.core import (
    AsyncClient,
    BlockingClient,
    Call,
    Core,
    awaitable,
    blocking,
)
from emulator.schemes.username_token import password_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from emulator.client.core import Operation, Response
    from emulator.schemes.username_token import HashName


class PlacetopayCore(Core):
    """The operations; they run in neither world by themselves."""

    login: str
    _secret_key: str
    _hash_name: HashName

    def _create(
        self,
        reference: str,
        amount: Decimal | int | str,
        currency: str = "COP",
        *,
        return_url: str,
        ip_address: str = "127.0.0.1",
        user_agent: str = "latam-payment-emulator",
        expiration: datetime | None = None,
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Open a session for one payment.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            amount: In units of the currency, such as `Decimal("12000.50")`.
            currency: ISO 4217.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: Aware, at least five minutes ahead; half an hour ahead if None.
            members: Further members of the message under the provider's names, such as
                `locale="en_US"` or `buyer={...}`; `payment` is merged into the payment.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            ClientError: If the provider refuses.

        Source:
            Placetopay docs, Checkout, "Session".
        """
        total = Decimal(amount)
        payment = {
            "reference": reference,
            "amount": {
                "currency": currency,
                "total": int(total) if total == total.to_integral_value() else float(total),
            },
            **members.pop("payment", {}),
        }
        message: dict[str, Any] = {
            "payment": payment,
            "returnUrl": return_url,
            "ipAddress": ip_address,
            "userAgent": user_agent,
            **members,
        }
        if expiration is not None:
            message["expiration"] = expiration.isoformat(timespec="seconds")
        return (yield from self._post("/api/session", message, "requestId"))

    def _query(self, request_id: int) -> Operation[dict[str, Any]]:
        """Tell what became of a session.

        Returns:
            `{"requestId", "status": {"status": "PENDING", ...}, "request", "payment": null or
            a list, newest attempt first, "subscription"}`. REJECTED is an answer, no error.

        Raises:
            ClientError: If the provider refuses.
        """
        return (yield from self._post(f"/api/session/{int(request_id)}", {}, "requestId"))

    def _cancel(self, request_id: int) -> Operation[dict[str, Any]]:
        """Cancel a session that is pending.

        Returns:
            `{"status": {...}, "session": {...}}`; the session as a query shows it.

        Raises:
            ClientError: If the provider refuses, as it does for a session that is final.
        """
        return (yield from self._post(f"/api/session/{int(request_id)}/cancel", {}, "session"))

    def _post(self, path: str, message: dict[str, Any], wanted: str) -> Operation[dict[str, Any]]:
        """Send a message; an answer without the member `wanted` is a refusal."""
        body = json.dumps({"auth": self._auth(), **message}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        response: Response = yield Call("POST", path, headers, body)
        answer = _read(response)
        if not response.is_success or wanted not in answer:
            status: Any = answer.get("status")
            said: Any = (
                cast("dict[str, Any]", status).get("message") if isinstance(status, dict) else None
            )
            yield from self._refused(str(said or f"HTTP {response.status_code}"), response)
        return answer

    def _auth(self) -> dict[str, str]:
        """Return a fresh `auth`.

        Source:
            Placetopay docs, Checkout, "Autenticación".
        """
        nonce = secrets.token_bytes(16)
        seed = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        return {
            "login": self.login,
            "tranKey": password_digest(nonce, seed, self._secret_key, self._hash_name),
            "nonce": b64encode(nonce).decode("ascii"),
            "seed": seed,
        }


class Placetopay(PlacetopayCore, BlockingClient):
    """A blocking client for Placetopay WebCheckout.

    Args:
        base_url: The real address, or `<emulator>/placetopay`.
        login: Identifies the site.
        secret_key: The secret of the site. Never sent; only its digest is.
        hash_name: `sha256`, or `sha1` as older clients have it.
        clock: The time to sign with, in seconds since the epoch.
        transport: Replaces the network.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        login: str,
        secret_key: str,
        *,
        hash_name: HashName = "sha256",
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        self.login = login
        self._secret_key = secret_key
        self._hash_name = hash_name

    create_session = blocking(PlacetopayCore._create)  # noqa: SLF001 - the class's own base
    query_session = blocking(PlacetopayCore._query)  # noqa: SLF001
    cancel_session = blocking(PlacetopayCore._cancel)  # noqa: SLF001


class AsyncPlacetopay(PlacetopayCore, AsyncClient):
    """An asynchronous client for Placetopay WebCheckout.

    Args:
        base_url: The real address, or `<emulator>/placetopay`.
        login: Identifies the site.
        secret_key: The secret of the site. Never sent; only its digest is.
        hash_name: `sha256`, or `sha1` as older clients have it.
        clock: The time to sign with, in seconds since the epoch.
        transport: Replaces the network; `httpx2.ASGITransport(Emulator().app)` for an
            emulator in this process.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        login: str,
        secret_key: str,
        *,
        hash_name: HashName = "sha256",
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        self.login = login
        self._secret_key = secret_key
        self._hash_name = hash_name

    create_session = awaitable(PlacetopayCore._create)  # noqa: SLF001 - the class's own base
    query_session = awaitable(PlacetopayCore._query)  # noqa: SLF001
    cancel_session = awaitable(PlacetopayCore._cancel)  # noqa: SLF001


def _read(response: Response) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one where it holds none."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
