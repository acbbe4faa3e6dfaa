"""Clients for Placetopay WebCheckout, blocking and asynchronous, and the check of a notification.

Every request carries its own `auth`: a fresh nonce, the time, and the digest of both with the
secret. Nothing is cached, for an `auth` is good for five minutes only.

A `FAILED` raises; `APPROVED`, `PENDING` and `REJECTED` are answers, and the caller's to read. What
a notification says of the money is not signed, so query the session before anything is booked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, cast

from emulator.client.core import (
    AsyncClient,
    BlockingClient,
    Call,
    Core,
    awaitable,
    blocking,
)
from emulator.core.errors import ConfigurationError, FailureMode, SchemeError, Source
from emulator.core.json_text import loads
from emulator.schemes.username_token import password_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from emulator.client.core import Operation, Response
    from emulator.schemes.username_token import HashName

Action = Literal["reverse", "checkout", "reauthorization", "confirm", "cancel"]
Amount = Decimal | int | str

_NOTIFICATION = Source("Placetopay docs, Checkout", "Notification")

NOT_A_NOTIFICATION = FailureMode(
    "placetopay-client.not-a-notification",
    "The body is not the notification of a session",
    _NOTIFICATION,
)
WRONG_ALGORITHM = FailureMode(
    "placetopay-client.wrong-algorithm",
    "The notification is signed with another hash than the site's",
    _NOTIFICATION,
)
WRONG_SIGNATURE = FailureMode(
    "placetopay-client.wrong-signature",
    "The signature does not match the notification",
    _NOTIFICATION,
)

_SIGNATURE = re.compile("[0-9a-f]{40}|sha256:[0-9a-f]{64}")
_AUTHENTICATION = re.compile("fallida ([0-9]{3})$")
_REQUEST_ID = re.compile("[1-9][0-9]{0,18}")
_SUBTOKEN = re.compile("[0-9]{16}")
_STATUS = re.compile("[A-Z_]{1,32}")
_DATE = re.compile("[0-9]{4}-[ -~]{1,32}")
# Letters between digits and digits: only one notification can read like the text that is signed.


class NotificationError(SchemeError):
    """What came to the notification URL is not to be believed; answer it with a 400."""


class PlacetopayCore(Core):
    """The operations; they run in neither world by themselves."""

    login: str
    _secret_key: str
    _hash_name: HashName

    # Sessions

    def _create(
        self,
        reference: str,
        amount: Amount,
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
                `locale="en_US"`, `buyer={...}` or `type="checkin"`; `payment` is merged into
                the payment: `payment={"allowPartial": True}`, `{"subscribe": True}`,
                `{"recurring": {...}}`, `{"dispersion": [...]}`.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            ClientError: If the provider refuses.

        Source:
            Placetopay docs, Checkout, "Session".
        """
        payment = {
            "reference": reference,
            "amount": _amount(amount, currency),
            **members.pop("payment", {}),
        }
        payer = _payer(return_url, ip_address, user_agent, expiration)
        return (yield from self._post("/api/session", {"payment": payment, **payer, **members}))

    def _create_subscription(
        self,
        reference: str,
        description: str,
        *,
        return_url: str,
        ip_address: str = "127.0.0.1",
        user_agent: str = "latam-payment-emulator",
        expiration: datetime | None = None,
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Open a session in which a payer stores a card, and pays nothing.

        A query then shows `subscription.instrument`, a list in which the keywords `token` and
        `subtoken` have what `collect` takes.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            description: What the payer reads, 1 to 255 characters.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: Aware, at least five minutes ahead; half an hour ahead if None.
            members: Further members under the provider's names; `subscription` is merged into
                the subscription.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            ClientError: If the provider refuses.

        Source:
            Placetopay docs, Checkout, "Session".
        """
        subscription = _described(reference, description) | members.pop("subscription", {})
        payer = _payer(return_url, ip_address, user_agent, expiration)
        return (
            yield from self._post(
                "/api/session", {"subscription": subscription, **payer, **members}
            )
        )

    def _create_autopay(
        self,
        reference: str,
        description: str,
        recurring: Mapping[str, Any],
        *,
        return_url: str,
        ip_address: str = "127.0.0.1",
        user_agent: str = "latam-payment-emulator",
        expiration: datetime | None = None,
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Open a session in which a payer agrees to be charged automatically.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            description: What the payer reads, 1 to 255 characters.
            recurring: `{"type": "FIXED", "periodicity": "M", "interval": 1, ...}`.
            return_url: Where the payer is sent in the end.
            ip_address: The payer's.
            user_agent: The payer's.
            expiration: Aware, at least five minutes ahead; half an hour ahead if None.
            members: Further members under the provider's names; `autopay` is merged into the
                autopay: `autopay={"amount": {...}}`, `{"action": "EDIT", "id": ...}`.

        Returns:
            `{"status": {...}, "requestId": 12, "processUrl": "https://..."}`.

        Raises:
            ClientError: If the provider refuses.

        Source:
            Placetopay docs, Checkout, "Autopay".
        """
        autopay = {
            "action": "CREATE",
            **_described(reference, description),
            "recurring": dict(recurring),
            **members.pop("autopay", {}),
        }
        message = {
            "type": "autopay",
            "autopay": autopay,
            **_payer(return_url, ip_address, user_agent, expiration),
        }
        return (yield from self._post("/api/session", {**message, **members}))

    def _query(self, request_id: int) -> Operation[dict[str, Any]]:
        """Tell what became of a session.

        Returns:
            `{"requestId", "status": {"status": "PENDING", ...}, "request", "payment": null or
            a list, newest attempt first, "subscription"}`. REJECTED is an answer, no error.

        Raises:
            ClientError: If the provider refuses.
        """
        return (yield from self._post(f"/api/session/{int(request_id)}", {}))

    def _cancel(self, request_id: int) -> Operation[dict[str, Any]]:
        """Cancel a session that is pending.

        Returns:
            `{"status": {...}, "session": {...}}`; the session as a query shows it.

        Raises:
            ClientError: If the provider refuses, as it does for a session that is final.
        """
        return (yield from self._post(f"/api/session/{int(request_id)}/cancel", {}, "session"))

    # Money

    def _collect(
        self,
        reference: str,
        amount: Amount,
        currency: str = "COP",
        *,
        payer: Mapping[str, Any],
        token: str,
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Charge a stored card.

        The same reference, amount and currency charge nothing again within 24 hours, so a
        collect whose answer was lost may be repeated.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            amount: In units of the currency.
            currency: ISO 4217.
            payer: A Person with document, documentType, name, surname and email.
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members under the provider's names, such as `ipAddress`; `payment`
                is merged into the payment.

        Returns:
            What a query returns, with a requestId of its own. The status is APPROVED, PENDING
            or REJECTED.

        Raises:
            ClientError: If the provider refuses, as it does a token that was invalidated.

        Source:
            Placetopay docs, Checkout, "Collect".
        """
        message = {
            "payer": dict(payer),
            "payment": {
                "reference": reference,
                "amount": _amount(amount, currency),
                **members.pop("payment", {}),
            },
            "instrument": _token(token),
        }
        return (yield from self._post("/api/collect", {**message, **members}))

    def _reverse(
        self,
        internal_reference: int | str,
        amount: Amount | None = None,
        currency: str = "COP",
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Give a payment back: void it before its settlement, refund it after.

        Args:
            internal_reference: `payment[].internalReference` of a query; no requestId.
            amount: A part, which a settled payment allows; None for all of it.
            currency: ISO 4217, of the part.
            members: Further members, such as `locale="en_US"`.

        Returns:
            `{"status": {"status": "APPROVED", ...}, "payment": {...}}`; the payment is a new
            transaction. A status REJECTED says that nothing was given back.

        Raises:
            ClientError: If the provider refuses, as it does a payment that was given back.

        Source:
            Placetopay docs, Checkout, "Refund".
        """
        message = {"internalReference": internal_reference, **_part(amount, currency)}
        return (yield from self._post("/api/reverse", {**message, **members}, "payment"))

    def _transaction(
        self,
        action: Action,
        internal_reference: int | str,
        amount: Amount | None = None,
        currency: str = "COP",
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Act on a transaction that waits for it.

        Args:
            action: `confirm` or `cancel` a payment with requiresConfirmation; `checkout` captures
                a check-in, 0 releases it; `reauthorization` changes its amount; `reverse`.
            internal_reference: `payment[].internalReference` of a query.
            amount: For checkout and reauthorization, or the part to reverse.
            currency: ISO 4217, that of the transaction.
            members: Further members, such as `locale="en_US"`.

        Returns:
            `{"status": {...}, "payment": {...}}`.

        Raises:
            ClientError: If the provider refuses, or a confirmation failed.

        Source:
            Placetopay docs, Checkout, "Transaction".
        """
        message = {"action": action, "internalReference": internal_reference}
        message |= _part(amount, currency)
        return (yield from self._post("/api/transaction", {**message, **members}, "payment"))

    # Stored cards

    def _invalidate_token(self, token: str, **members: Any) -> Operation[dict[str, Any]]:
        """Make a stored card useless for good.

        Args:
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members, such as `locale="en_US"`.

        Returns:
            `{"status": {...}}`.

        Raises:
            ClientError: If the provider refuses, as it does a token that it does not know.
        """
        message = {"instrument": _token(token), **members}
        return (yield from self._post("/api/instrument/invalidate", message, "status"))

    def _look_up_token(self, token: str, **members: Any) -> Operation[dict[str, Any]]:
        """Show a stored card.

        Args:
            token: 64 characters, or a subtoken of 16 digits.
            members: Further members, such as `locale="en_US"`.

        Returns:
            `{"id", "type", "token", "subtoken", "franchise", "lastDigits", "validUntil", ...}`.

        Raises:
            ClientError: If the provider refuses, as it does a token that it does not know.
        """
        message = {"instrument": _token(token), **members}
        answer = yield from self._post("/api/gateway/token", message, "data")
        return answer["data"]

    def _card_information(
        self,
        amount: Amount,
        currency: str = "COP",
        *,
        card: str | None = None,
        token: str | None = None,
        ip_address: str = "127.0.0.1",
        user_agent: str = "latam-payment-emulator",
        **members: Any,
    ) -> Operation[dict[str, Any]]:
        """Tell what a card can do: instalments, 3-D Secure, what the payer must type.

        Args:
            amount: What is to be paid, in units of the currency.
            currency: ISO 4217.
            card: A card number; or else
            token: 64 characters, or a subtoken of 16 digits.
            ip_address: The payer's.
            user_agent: The payer's.
            members: Further members; `payment` is merged into the payment.

        Returns:
            `{"status", "provider", "serviceCode", "threeDS", "requireCvv2", "credits", ...}`.

        Raises:
            ClientError: If the provider refuses.
        """
        message = {
            "payment": {"amount": _amount(amount, currency), **members.pop("payment", {})},
            "instrument": {"card": {"number": card}} if token is None else _token(token),
            "ipAddress": ip_address,
            "userAgent": user_agent,
        }
        wanted = "serviceCode"
        return (yield from self._post("/api/gateway/information", {**message, **members}, wanted))

    # Notifications

    def verify_notification(
        self, body: bytes | str | Mapping[str, Any], algorithm: HashName | None = None
    ) -> dict[str, Any]:
        """Return what a notification says, if this site's secret signed it.

        See the function `verify_notification`; the secret is the client's.
        """
        return verify_notification(body, self._secret_key, algorithm)

    def _post(
        self, path: str, message: dict[str, Any], wanted: str = "requestId"
    ) -> Operation[dict[str, Any]]:
        """Send a message; an answer without the member `wanted` is a refusal.

        A session may have FAILED, and be shown; what else answers FAILED was not done.
        """
        body = json.dumps({"auth": self._auth(), **message}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        response: Response = yield Call("POST", path, headers, body)
        answer = _read(response)
        status = answer.get("status")
        said = cast("dict[str, Any]", status) if isinstance(status, dict) else {}
        failed = wanted != "requestId" and said.get("status") == "FAILED"
        if not response.is_success or wanted not in answer or failed:
            words = said.get("message") or f"HTTP {response.status_code}"
            yield from self._refused(str(words), response, _code(said))
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
    create_subscription = blocking(PlacetopayCore._create_subscription)  # noqa: SLF001
    create_autopay = blocking(PlacetopayCore._create_autopay)  # noqa: SLF001
    query_session = blocking(PlacetopayCore._query)  # noqa: SLF001
    cancel_session = blocking(PlacetopayCore._cancel)  # noqa: SLF001
    collect = blocking(PlacetopayCore._collect)  # noqa: SLF001
    reverse = blocking(PlacetopayCore._reverse)  # noqa: SLF001
    transaction = blocking(PlacetopayCore._transaction)  # noqa: SLF001
    invalidate_token = blocking(PlacetopayCore._invalidate_token)  # noqa: SLF001
    look_up_token = blocking(PlacetopayCore._look_up_token)  # noqa: SLF001
    card_information = blocking(PlacetopayCore._card_information)  # noqa: SLF001


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
    create_subscription = awaitable(PlacetopayCore._create_subscription)  # noqa: SLF001
    create_autopay = awaitable(PlacetopayCore._create_autopay)  # noqa: SLF001
    query_session = awaitable(PlacetopayCore._query)  # noqa: SLF001
    cancel_session = awaitable(PlacetopayCore._cancel)  # noqa: SLF001
    collect = awaitable(PlacetopayCore._collect)  # noqa: SLF001
    reverse = awaitable(PlacetopayCore._reverse)  # noqa: SLF001
    transaction = awaitable(PlacetopayCore._transaction)  # noqa: SLF001
    invalidate_token = awaitable(PlacetopayCore._invalidate_token)  # noqa: SLF001
    look_up_token = awaitable(PlacetopayCore._look_up_token)  # noqa: SLF001
    card_information = awaitable(PlacetopayCore._card_information)  # noqa: SLF001


def verify_notification(
    body: bytes | str | Mapping[str, Any],
    secret_key: str,
    algorithm: HashName | None = None,
) -> dict[str, Any]:
    """Return what a notification says, if the secret signed it.

    Signed are requestId, status and date, and nothing else; it can come twice, late or never. So
    take it for a hint: query the session, and book what the query says.

    Args:
        body: The body of the request, or the JSON object that was in it.
        secret_key: The site's.
        algorithm: The hash the site uses. Say `sha256` once support has enabled it: a
            notification signed with SHA-1 is then refused. Either is taken if None.

    Returns:
        `{"status": {"status", "reason", "message", "date"}, "requestId", "reference",
        "signature"}`.

    Raises:
        ConfigurationError: There is no secret.
        NotificationError: `placetopay-client.not-a-notification`,
            `placetopay-client.wrong-algorithm` or `placetopay-client.wrong-signature`.

    Source:
        Placetopay docs, Checkout, "Notification".
    """
    if not secret_key:  # anybody could sign with that
        raise ConfigurationError("secret_key: the site's secret, not an empty text")
    content = _content(body)
    status = content.get("status")
    members: Mapping[str, Any] = {}
    if isinstance(status, Mapping):
        members = cast("Mapping[str, Any]", status)
    request_id = content.get("requestId")
    if isinstance(request_id, int) and not isinstance(request_id, bool):
        request_id = str(request_id) if abs(request_id) < 10**19 else ""
    number = _text("requestId", _REQUEST_ID, request_id, "a whole number")
    name = _text("status.status", _STATUS, members.get("status"), "a status such as APPROVED")
    date = _text("status.date", _DATE, members.get("date"), "a date in ISO 8601")
    signature = _text(
        "signature", _SIGNATURE, content.get("signature"), "40 hex digits, or sha256: and 64"
    )
    used: HashName = "sha256" if ":" in signature else "sha1"
    if algorithm not in (None, used):
        raise NotificationError(
            WRONG_ALGORITHM.diagnose("body.signature", expected=algorithm, received=used)
        )
    signed = f"{number}{name}{date}{secret_key}".encode("utf-8", "replace")
    if not hmac.compare_digest(hashlib.new(used, signed).hexdigest(), signature.split(":")[-1]):
        raise NotificationError(
            WRONG_SIGNATURE.diagnose(
                "body.signature",
                expected=f"hex {used} of requestId + status.status + status.date + secretKey",
                received=signature,
                hint="A stranger wrote it, it was altered, or the secretKey is not this site's",
            )
        )
    return content


def _content(body: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a notification; an empty one where it holds none."""
    if isinstance(body, Mapping):
        return dict(body)
    try:
        content: Any = loads(body)
    except ValueError:
        content = {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _text(where: str, form: re.Pattern[str], value: object, wanted: str) -> str:
    """Return a member of a notification that has the form it must have."""
    if isinstance(value, str) and form.fullmatch(value):
        return value
    raise NotificationError(
        NOT_A_NOTIFICATION.diagnose(
            f"body.{where}",
            expected=wanted,
            received="nothing" if value is None else f"a {type(value).__name__} of another form",
        )
    )


def _amount(total: Amount, currency: str) -> dict[str, Any]:
    """Return an amount, its total an integer where it is whole."""
    value = Decimal(total)
    whole = value == value.to_integral_value()
    return {"currency": currency, "total": int(value) if whole else float(value)}


def _part(amount: Amount | None, currency: str) -> dict[str, Any]:
    return {} if amount is None else {"amount": _amount(amount, currency)}


def _described(reference: str, description: str) -> dict[str, Any]:
    return {"reference": reference, "description": description}


def _payer(
    return_url: str, ip_address: str, user_agent: str, expiration: datetime | None
) -> dict[str, Any]:
    """Return what a session must know of the payer's visit."""
    visit = {"returnUrl": return_url, "ipAddress": ip_address, "userAgent": user_agent}
    if expiration is not None:
        visit["expiration"] = expiration.isoformat(timespec="seconds")
    return visit


def _token(token: str) -> dict[str, Any]:
    """Return the instrument that a token or subtoken names."""
    return {"token": {"subtoken" if _SUBTOKEN.fullmatch(token) else "token": token}}


def _code(status: dict[str, Any]) -> str:
    """Return the reason, or the number that tells failed authentications apart (101 to 104)."""
    number = _AUTHENTICATION.search(str(status.get("message") or ""))
    return number[1] if number else str(status.get("reason") or "")


def _read(response: Response) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one where it holds none."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
