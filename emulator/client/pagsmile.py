"""A client for Pagsmile Payout.

Every call is a POST of flat JSON. The signature covers the very text that is sent: the body is
written once, read back with its numbers as written, signed and sent as those bytes.
"""

# ruff: noqa: SLF001 - the operations are private to the two classes at the end

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from emulator.client.core import (
    AsyncClient,
    BlockingClient,
    Call,
    Core,
    Operation,
    Response,
    awaitable,
    blocking,
)
from emulator.core.errors import ConfigurationError, SchemeError
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    import httpx2

Field = str | int | Decimal | None
"""Value of a parameter; a Decimal is sent as text, for no float would keep its zeros."""


class PagsmileCore(Core):
    """The operations, without input and output."""

    _app_id: str
    _app_key: str

    def _create_payout(self, **fields: Field) -> Operation[dict[str, Any]]:
        """Create a payout.

        Args:
            fields: As documented for the country and method, such as `custom_code`, `amount`
                (decimal text), `account`. One that is None is left out.

        Returns:
            `id`, `custom_code`, `arrival_amount`, `arrival_currency`, `source_amount`,
            `source_currency` and `status`, amounts as decimal text.

        Raises:
            ClientError: If the provider refuses; with 4001020 the custom code was used before.
            ConfigurationError: If a field cannot be signed.

        Source:
            Pagsmile Payout documentation, "Submit a payout".
        """
        return (yield from self._send("/api/payout", fields))

    def _dry_run(self, **fields: Field) -> Operation[dict[str, Any]]:
        """Tell what a payout would cost: `fee`, `tax`, `source_amount` and the rest.

        Source:
            Pagsmile Payout documentation, "Payout dry run".
        """
        return (yield from self._send("/api/payout/dry-run", self._stamped(fields)))

    def _payout_status(
        self, *, payout_id: str | None = None, custom_code: str | None = None
    ) -> Operation[dict[str, Any]]:
        """Tell where a payout is: `payout_id`, `custom_code`, `status`, `description`.

        Source:
            Pagsmile Payout documentation, "Payout status".
        """
        fields: dict[str, Field] = {"payout_id": payout_id, "custom_code": custom_code}
        return (yield from self._send("/api/payout/status", fields))

    def _payout_detail(self, transaction_id: str) -> Operation[dict[str, Any]]:
        """Return all about a payout, times in seconds since the epoch.

        Source:
            Pagsmile Payout documentation, "Payout detail".
        """
        fields = self._stamped({"transaction_id": transaction_id})
        return (yield from self._send("/api/payout/detail", fields))

    def _payout_voucher(self, transaction_id: str) -> Operation[str]:
        """Return the link to the proof of a payout by PIX, SPEI or Transfiya that was paid.

        Source:
            Pagsmile Payout documentation, "Payout proof".
        """
        fields = self._stamped({"transaction_id": transaction_id})
        data = yield from self._send("/api/payout/voucher", fields)
        return data["url"]

    def _payout_list(
        self, start_time: str, end_time: str, *, page_num: int = 1, page_size: int = 100
    ) -> Operation[list[dict[str, Any]]]:
        """Return one page of payouts; there are no more where it is short.

        Args:
            start_time: `YYYY-MM-DD HH:MM:SS`, UTC.
            end_time: The same, at most 31 days later.
            page_num: From 1.
            page_size: At most 1000.

        Source:
            Pagsmile Payout documentation, "Payout list".
        """
        fields = self._stamped(
            {
                "start_time": start_time,
                "end_time": end_time,
                "page_num": page_num,
                "page_size": page_size,
            }
        )
        return (yield from self._send("/api/payout/list", fields))

    def _balance(self) -> Operation[list[dict[str, str]]]:
        """Return the balances: `currency` and `amount`, decimal text.

        Source:
            Pagsmile Payout documentation, "Account balance".
        """
        return (yield from self._send("/api/balance", self._stamped({})))

    def _checkout(self, **fields: Field) -> Operation[str]:
        """Return the link to a page where the beneficiary says where the money goes.

        Source:
            Pagsmile Payout documentation, "Checkout page".
        """
        data = yield from self._send("/api/checkout", fields)
        return data["checkout_url"]

    def _stamped(self, fields: dict[str, Field]) -> dict[str, Field]:
        return {**fields, "timestamp": int(self._clock())}

    def _send(self, path: str, fields: dict[str, Field]) -> Operation[Any]:
        body = json.dumps(
            {name: value for name, value in fields.items() if value is not None},
            ensure_ascii=False,
            default=_text,
        ).encode("utf-8", "surrogatepass")
        try:
            signature = sorted_digest.signature(sorted_digest.parse(body), self._app_key)
        except SchemeError as error:
            raise ConfigurationError(f"cannot be signed: {error}") from error
        headers = {
            "AppId": self._app_id,
            "Authorization": signature,
            "Content-Type": "application/json; charset=UTF-8",
        }
        response: Response = yield Call("POST", path, headers, body)
        message, code, data = _read(response)
        return data if message is None else (yield from self._refused(message, response, code))


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise ConfigurationError(f"{value!r} cannot be sent")


def _read(response: Response) -> tuple[str | None, str, Any]:
    """Return None, the code and the data of an answer; or why it is a refusal, and no data."""
    try:
        answer: Any = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return f"HTTP {response.status_code} without the provider's envelope", "", None
    members = cast("dict[str, Any]", answer)
    code = "" if members.get("code") is None else str(members["code"])
    # 0 is what an older table has for success.
    if response.status_code == 200 and members.get("code") in (200, 0) and "data" in members:
        return None, code, members["data"]
    data: Any = members.get("data")
    said: dict[str, Any] = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    detail = said.get("err") or said.get("error")
    message = f"{members.get('code')} {members.get('msg')}"
    return f"{message}: {detail}" if detail else message, code, None


class Pagsmile(PagsmileCore, BlockingClient):
    """A blocking client.

    Args:
        base_url: `https://sandbox.transfersmile.com`, or `<emulator>/pagsmile`.
        app_id: Names the app.
        app_key: Its secret; never sent.
        clock: The time to put into timestamps.
        transport: Replaces the network.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        app_id: str,
        app_key: str,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        self._app_id = app_id
        self._app_key = app_key

    create_payout = blocking(PagsmileCore._create_payout)
    dry_run = blocking(PagsmileCore._dry_run)
    payout_status = blocking(PagsmileCore._payout_status)
    payout_detail = blocking(PagsmileCore._payout_detail)
    payout_voucher = blocking(PagsmileCore._payout_voucher)
    payout_list = blocking(PagsmileCore._payout_list)
    balance = blocking(PagsmileCore._balance)
    checkout = blocking(PagsmileCore._checkout)


class AsyncPagsmile(PagsmileCore, AsyncClient):
    """An asynchronous client.

    Args:
        base_url: `https://sandbox.transfersmile.com`, or `<emulator>/pagsmile`.
        app_id: Names the app.
        app_key: Its secret; never sent.
        clock: The time to put into timestamps.
        transport: Replaces the network.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        app_id: str,
        app_key: str,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock=clock, transport=transport, timeout=timeout)
        self._app_id = app_id
        self._app_key = app_key

    create_payout = awaitable(PagsmileCore._create_payout)
    dry_run = awaitable(PagsmileCore._dry_run)
    payout_status = awaitable(PagsmileCore._payout_status)
    payout_detail = awaitable(PagsmileCore._payout_detail)
    payout_voucher = awaitable(PagsmileCore._payout_voucher)
    payout_list = awaitable(PagsmileCore._payout_list)
    balance = awaitable(PagsmileCore._balance)
    checkout = awaitable(PagsmileCore._checkout)
