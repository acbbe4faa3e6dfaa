"""The emulator's control API for Python: the clock, the journal, scenarios, credentials, webhooks.

::

    with Control("http://127.0.0.1:8900", namespace="test-42") as control:
        site = control.credentials.of("placetopay")
        with (
            Placetopay.from_credentials(site, clock=control.clock.time) as shop,
            control.scenario("placetopay-clock-skew") as scenario,
        ):
            shop.create_session("A-1", 12000, return_url="https://shop.example/back")
            control.clock.advance("5m")
            print(scenario.verify()["passed"], control.requests.list(verdict="refused"))

`AsyncControl` has the same, to be awaited.
"""

from __future__ import annotations

from emulator.client.control.clock import Clock, ClockState
from emulator.client.control.credentials import Credential, Credentials
from emulator.client.control.namespaces import Namespace, Namespaces
from emulator.client.control.requests import Exchange, Report, Requests
from emulator.client.control.scenario import (
    AsyncScenario,
    AsyncServer,
    BlockingScenario,
    BlockingServer,
    ScenarioState,
    Source,
)
from emulator.client.control.server import Health
from emulator.client.control.webhooks import Webhook, Webhooks
from emulator.client.core.declaring import client

__all__ = [
    "AsyncControl",
    "ClockState",
    "Control",
    "Credential",
    "Exchange",
    "Health",
    "Namespace",
    "Report",
    "ScenarioState",
    "Webhook",
]


@client
class Control(BlockingServer):
    """A blocking client of the control API.

    Args:
        base_url: Where the emulator is; what `EMULATOR_URL` says, or `http://127.0.0.1:8900`, if
            empty.
        namespace: Whose clock, journal and scenario; the default one if empty.
        admin_token: What the server was given as `--admin-token`; what `EMULATOR_ADMIN_TOKEN`
            says if None.
        timeout: Seconds for each call.
        retries: How often a question is repeated after a failure that may pass.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats.
    """

    @property
    def clock(self) -> Clock[Control]:
        """The clock of the namespace."""
        return Clock(self)

    @property
    def credentials(self) -> Credentials[Control]:
        """The credentials of the providers."""
        return Credentials(self)

    @property
    def requests(self) -> Requests[Control]:
        """The journal."""
        return Requests(self)

    @property
    def webhooks(self) -> Webhooks[Control]:
        """The webhooks that were sent."""
        return Webhooks(self)

    @property
    def namespaces(self) -> Namespaces[Control]:
        """The namespaces in use."""
        return Namespaces(self)

    def scenario(self, source: Source, *, ttl: str | None = None) -> BlockingScenario[Control]:
        """Return a scenario for a `with` block: loaded at its start, unloaded at its end.

        Args:
            source: A name such as `placetopay-clock-skew`, a path, YAML text, or the scenario as
                data.
            ttl: Real time after which it unloads itself, such as `5m`.
        """
        return BlockingScenario(self, source, ttl)


@client
class AsyncControl(AsyncServer):
    """An asynchronous client of the control API; its arguments are those of `Control`."""

    @property
    def clock(self) -> Clock[AsyncControl]:
        """The clock of the namespace."""
        return Clock(self)

    @property
    def credentials(self) -> Credentials[AsyncControl]:
        """The credentials of the providers."""
        return Credentials(self)

    @property
    def requests(self) -> Requests[AsyncControl]:
        """The journal."""
        return Requests(self)

    @property
    def webhooks(self) -> Webhooks[AsyncControl]:
        """The webhooks that were sent."""
        return Webhooks(self)

    @property
    def namespaces(self) -> Namespaces[AsyncControl]:
        """The namespaces in use."""
        return Namespaces(self)

    def scenario(self, source: Source, *, ttl: str | None = None) -> AsyncScenario[AsyncControl]:
        """Return a scenario for an `async with` block: loaded at its start, unloaded at its end.

        Args:
            source: A name such as `placetopay-clock-skew`, a path, YAML text, or the scenario as
                data.
            ttl: Real time after which it unloads itself, such as `5m`.
        """
        return AsyncScenario(self, source, ttl)
