"""What an app can do: create payouts and ask about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from emulator.client.core.declaring import client
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.client.core.waiting import polled
from emulator.client.pagsmile.app import App
from emulator.client.pagsmile.messages import (
    Balance,
    Checkout,
    CheckoutFields,
    Cost,
    DryRunFields,
    Field,
    Payout,
    PayoutFields,
    PayoutRow,
    PayoutStatus,
    PayoutWebhook,
    Voucher,
)
from emulator.client.pagsmile.webhook import verify_webhook

FINAL = ("PAID", "REJECTED", "REFUNDED", "PARTIAL_REFUNDED")
"""Statuses of a payout that has come to its end."""


@client
class PagsmileOperations(App):
    """What an app can do."""

    @operation
    def create_payout(self, **fields: Unpack[PayoutFields]) -> Steps[Payout]:
        """Create a payout.

        It is never repeated by the client. Where the answer was lost, ask `payout_status` with
        the custom code.

        Args:
            fields: As documented for the country and method. One that is None is left out.

        Returns:
            `id`, `custom_code`, `arrival_amount`, `arrival_currency`, `source_amount`,
            `source_currency` and `status`, amounts as decimal text.

        Raises:
            RefusedError: The provider refuses; with 4001020 the custom code was used before.
            ConfigurationError: A field cannot be signed.

        Source:
            Pagsmile Payout documentation, "Submit a payout".
        """
        return (yield from self._send("/api/payout", fields, Payout))

    @operation(safe=True)
    def dry_run(self, **fields: Unpack[DryRunFields]) -> Steps[Cost]:
        """Return what a payout would cost: `fee`, `tax`, `source_amount` and the rest.

        Args:
            fields: As documented. One that is None is left out.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Payout dry run".
        """
        return (yield from self._send("/api/payout/dry-run", fields, Cost, stamped=True))

    @operation(safe=True)
    def payout_status(
        self, *, payout_id: str | None = None, custom_code: str | None = None
    ) -> Steps[PayoutStatus]:
        """Return where a payout is: `payout_id`, `custom_code`, `status`, `description`.

        Args:
            payout_id: `id` of the payout; or else
            custom_code: The merchant's own number.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Payout status".
        """
        fields = {"payout_id": payout_id, "custom_code": custom_code}
        return (yield from self._send("/api/payout/status", fields, PayoutStatus))

    @operation(safe=True)
    def payout_detail(self, transaction_id: str) -> Steps[PayoutRow]:
        """Return all about a payout, times in seconds since 1970.

        Args:
            transaction_id: `id` of the payout.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Payout detail".
        """
        fields = {"transaction_id": transaction_id}
        return (yield from self._send("/api/payout/detail", fields, PayoutRow, stamped=True))

    @operation(safe=True)
    def payout_voucher(self, transaction_id: str) -> Steps[str]:
        """Return the link to the proof of a payout by PIX, SPEI or Transfiya that was paid.

        Args:
            transaction_id: `id` of the payout.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Payout proof".
        """
        fields = {"transaction_id": transaction_id}
        voucher = yield from self._send("/api/payout/voucher", fields, Voucher, stamped=True)
        return voucher["url"]

    @operation(safe=True)
    def payout_list(
        self, start_time: str, end_time: str, *, page_num: int = 1, page_size: int = 100
    ) -> Steps[list[PayoutRow]]:
        """Return one page of payouts; there are no more where it is short.

        Args:
            start_time: `YYYY-MM-DD HH:MM:SS`, UTC.
            end_time: The same, at most 31 days later.
            page_num: From 1.
            page_size: At most 1000.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Payout list".
        """
        fields: dict[str, Field] = {
            "start_time": start_time,
            "end_time": end_time,
            "page_num": page_num,
            "page_size": page_size,
        }
        return (yield from self._send("/api/payout/list", fields, list[PayoutRow], stamped=True))

    @operation(safe=True)
    def balance(self) -> Steps[list[Balance]]:
        """Return the balances: `currency` and `amount`, decimal text.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Account balance".
        """
        return (yield from self._send("/api/balance", {}, list[Balance], stamped=True))

    @operation
    def checkout(self, **fields: Unpack[CheckoutFields]) -> Steps[str]:
        """Return the link to a page where the beneficiary says where the money goes.

        Args:
            fields: As documented. One that is None is left out.

        Raises:
            RefusedError: The provider refuses.

        Source:
            Pagsmile Payout documentation, "Checkout page".
        """
        page = yield from self._send("/api/checkout", fields, Checkout)
        return page["checkout_url"]

    @operation
    def wait_until_final(
        self,
        *,
        payout_id: str | None = None,
        custom_code: str | None = None,
        limit: float = 1800.0,
        first_pause: float = 2.0,
    ) -> Steps[PayoutStatus]:
        """Ask about a payout until it is paid, rejected or refunded.

        A webhook comes sooner, but it can be lost: production code needs both.

        Args:
            payout_id: `id` of the payout; or else
            custom_code: The merchant's own number.
            limit: Seconds of all pauses together.
            first_pause: Seconds of the first pause; the pauses grow to a minute.

        Returns:
            Where it is, as `payout_status` returns it.

        Raises:
            NotFinalError: It is still in process when the limit is reached.
            RefusedError: The provider refuses.
        """
        return (
            yield from polled(
                lambda: PagsmileOperations.payout_status.steps(
                    self, payout_id=payout_id, custom_code=custom_code
                ),
                lambda found: found["status"] in FINAL,
                what=f"the payout {payout_id or custom_code}",
                limit=limit,
                first_pause=first_pause,
            )
        )

    def verify_webhook(self, body: bytes | str, headers: Mapping[str, str]) -> PayoutWebhook:
        """Return what a webhook says, if the app's key signed it; answer it with `success`.

        Args:
            body: The request's body, as it came.
            headers: Of the request; `authorization` has the signature.

        Raises:
            WebhookError: `pagsmile-client.not-a-notification`,
                `pagsmile-client.wrong-signature`.
        """
        return verify_webhook(body, headers, app_key=self.app_key)
