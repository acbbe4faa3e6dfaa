"""`error: placetopay.auth.103`: an entry of the provider's own catalogue, in its own form."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.core.exchange import Reply
from emulator.faults.fault import Ending, Handling
from emulator.faults.values import Plain

Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+\.[A-Za-z0-9._-]+$", max_length=120)]


class Error(Plain[Name], Ending):
    """Refuse as the provider would, although the request may be in order.

    The name is `<provider>.<entry>`, or `<provider>.<short name>` such as `goat.401`.
    """

    def end(self, handling: Handling, _true: Reply | None, /) -> Reply:
        """Make the reply with the catalogue's entry."""
        entry = handling.provider.errors.find(self.root.partition(".")[2])
        if entry is None:  # the loader has looked it up
            raise LookupError(f"{handling.provider.name} has no error {self.root!r}")
        return handling.inject(
            entry.reply(handling.exchange, handling.context), f"error {self.root}"
        )


FAULT = Error
