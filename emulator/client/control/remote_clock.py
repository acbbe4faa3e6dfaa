"""The emulator's clock, as a client's `clock`."""

from __future__ import annotations

from emulator.client.control.clock import Clock
from emulator.client.control.scenario import BlockingServer


class RemoteClock:
    """The emulator's clock, as a client's `clock`: what it is frozen at or advanced to.

    It reads the namespace's own time. It does not read the provider's time, which a scenario can
    make wrong on purpose. It blocks, and
    serves the asynchronous clients too.

    Args:
        emulator_url: Such as `http://127.0.0.1:8900`, or with `/_ns/<name>`.
        admin_token: What the server was given as `--admin-token`; what `EMULATOR_ADMIN_TOKEN`
            says if None.
    """

    def __init__(self, emulator_url: str = "", admin_token: str | None = None) -> None:
        self._server = BlockingServer(emulator_url, admin_token=admin_token)
        self._clock = Clock(self._server)

    def __call__(self) -> float:
        """Return seconds since 1970."""
        return self._clock.time()

    def close(self) -> None:
        """Close the connection."""
        self._server.close()
