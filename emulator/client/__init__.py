"""Clients of the providers and of the emulator's control API, each blocking and asynchronous.

They work against the real provider, the emulator over the network, and the emulator in this
process; only the base URL, the keys and the transport differ. A client is a module or folder
here: `newpay.py` has `Newpay` and `AsyncNewpay`. What type checkers see stands in `__init__.pyi`,
which is made by `python -m emulator.client.core.reference exports > emulator/client/__init__.pyi`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

_SHARED = "core"
_ELSEWHERE = {"Answer": "core.answer", "RemoteClock": "control.remote_clock"}


def modules() -> dict[str, str]:
    """Return the clients by the name of their blocking class: `{"Placetopay": "placetopay"}`."""
    found = [each.name for each in pkgutil.iter_modules(__path__) if each.name != _SHARED]
    return {"".join(part.capitalize() for part in name.split("_")): name for name in found}


def exports() -> dict[str, str]:
    """Return the public names and the modules that have them; imports no client."""
    from emulator.client.core import errors

    tree = [each.__name__ for each in vars(errors).values() if _is_error(each)]
    return {
        **modules(),
        **{f"Async{name}": module for name, module in modules().items()},
        **dict.fromkeys(tree, f"{_SHARED}.errors"),
        **_ELSEWHERE,
    }


def _is_error(value: object) -> bool:
    return isinstance(value, type) and value.__module__ == f"{__name__}.{_SHARED}.errors"


def __getattr__(name: str) -> Any:
    """Import what has a public name when it is first used."""
    if name == "__all__":
        return sorted(exports())
    module = exports().get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *exports()})
