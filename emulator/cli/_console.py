"""What `emulator serve` prints while it runs: a line for each exchange."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from emulator.cli._output import VERDICTS, say_styled
from emulator.cli._streams import left_out
from emulator.core.terminal import json_text, plain, printable

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.emulator import Emulator
    from emulator.masking.mask import Mask

_FLUSH_SECONDS = 0.05


class Console:
    """Prints a line for each exchange, twenty times a second.

    Args:
        log_format: `text` or `json`.
    """

    def __init__(self, log_format: str) -> None:
        self.emulator: Emulator | None = None
        self._json = log_format == "json"
        self._lines: list[str] = []
        self._second, self._time = 0, "00:00:00"

    def exchange(self, exchange: Exchange) -> None:
        """Print an exchange that is over."""
        if not self._json and exchange.verdict == "accepted" and not exchange.warnings:
            self._print(self._short(exchange))
            return
        from emulator.cli._output import line
        from emulator.journal.showing import summary

        said = summary(exchange, self._mask(exchange))
        self._print(json_text(said) if self._json else line(said))

    def line(self, text: str) -> None:
        """Print any other line; a line break in it is followed by spaces."""
        if self._json:
            self._print(json_text({"message": text}))
        else:
            self._print(printable(text).replace("\n", "\n    "))

    def flush(self) -> None:
        """Print what has been gathered."""
        lines, self._lines = self._lines, []
        if lines:
            say_styled("\n".join(lines))

    def left_out(self, lines: int) -> str:
        """Return the line to print instead of dropped lines."""
        return (json_text({"message": left_out(lines)}) if self._json else left_out(lines)) + "\n"

    def _print(self, text: str) -> None:
        self._lines.append(text)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
            except RuntimeError:
                self.flush()

    def _short(self, exchange: Exchange) -> str:
        """Return what `line` returns, faster, for the most frequent kind of exchange."""
        second = int(exchange.received_at)
        if second != self._second:
            self._second, self._time = second, time.strftime("%H:%M:%S", time.gmtime(second))
        request, reply = exchange.request, exchange.reply
        path, endpoint = request.path, exchange.endpoint
        if path == endpoint or exchange.parameters:  # the client chose this path
            mask = self._mask(exchange)
            path, endpoint = mask.text(path), mask.text(endpoint)
        where = "" if exchange.namespace == "default" else f"{exchange.namespace} "
        credential = f" [{exchange.credential}]" if exchange.credential else ""
        rules = " ".join(("", *exchange.rules))
        asked = f"{exchange.provider}.{endpoint} {request.method} {path}{credential}{rules}"
        return (
            f"{self._time} {where}#{exchange.number:<4} {reply.status if reply else 0} "
            f"{VERDICTS['accepted']} {plain(asked)} {exchange.duration_ms:.1f} ms"
        )

    def _mask(self, exchange: Exchange) -> Mask:
        """Return the namespace's mask."""
        assert self.emulator is not None
        return self.emulator.namespace(exchange.namespace).mask()
