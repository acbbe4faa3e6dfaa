"""What `emulator serve` says at its start: where everything is, and who can reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.emulator import Emulator
    from emulator.http.server import Server

_CLOSE = (
    "Close it with {option} 127.0.0.1, or set EMULATOR_ADMIN_TOKEN; for a container, publish the "
    "port on this machine only: -p 127.0.0.1:{port}:{port}"
)


def banner(server: Server, emulator: Emulator) -> str:
    """Return what is printed at the start."""
    width = max(len(provider.title) for provider in emulator.providers.values())
    control = f"{server.control_url}/_emulator"
    lines = [f"The emulator listens on {_place(server)}"]
    if exposed := exposure(server, emulator):
        lines.append(exposed)
    lines.append("")
    lines += [
        f"  {provider.title:<{width}}  {server.url}/{name}"
        for name, provider in emulator.providers.items()
    ]
    lines += [
        "",
        f"  {'Credentials':<{width}}  {control}/credentials",
        f"  {'Control API':<{width}}  {control}",
    ]
    engine = emulator.namespace("default").scenario
    if engine is not None:
        state = engine.as_json()
        told = f"{state['scenario']} (seed {state['seed']}), in the default namespace only"
        lines.append(f"  {'Scenario':<{width}}  {told}")
        if note := unused_seed(emulator):
            lines.append(f"  {'':<{width}}  {note}")
    return "\n".join([*lines, "", "Stop it with Ctrl+C."])


def exposure(server: Server, emulator: Emulator) -> str:
    """Say what other machines can do, and how to prevent it; empty if they can do nothing."""
    providers, control = server.providers, server.control
    if not control.is_loopback and not emulator.admin_token:
        together = control == providers
        what = "read the test keys and change everything over the control API"
        close = _CLOSE.format(option="--host" if together else "--control-host", port=control.port)
        return (
            f"Other machines that reach port {control.port} can "
            f"{'call the providers, ' if together else ''}{what}: there is no admin token. {close}"
        )
    if providers.is_loopback:
        return ""
    guard = "answers only this machine" if control.is_loopback else "asks for the admin token"
    reach = f"Other machines that reach port {providers.port} can call the providers"
    return f"{reach}; the control API {guard}"


def _place(server: Server) -> str:
    here = server.providers
    if here.everywhere:
        return f"every address of this machine, port {here.port}"
    return here.url


def unused_seed(emulator: Emulator) -> str:
    """Say that `--seed` is not used if the scenario has its own seed; empty otherwise."""
    engine = emulator.namespace("default").scenario
    if emulator.seed is None or engine is None or engine.scenario.seed is None:
        return ""
    return f"--seed {emulator.seed} is not used by {engine.scenario.scenario}: it has its own"
