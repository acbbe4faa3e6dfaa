"""What every scheme shares to name the mistake after a refusal: the search, and common tables.

The principle: the verdict comes first and is final. A scheme that has refused a request
imports its own folder `mistakes` and asks it which wrong recipe reproduces what came, and what
of that may be shown. The answer is text for the diagnosis, never another verdict: nothing there
can make a wrong request pass, and a right request, or the start of the server, pays for none of
it.

Imports point one way: this folder knows no scheme, `<scheme>/mistakes` knows what `<scheme>`
makes, and `<scheme>/verify` imports `<scheme>/mistakes` inside the functions that refuse.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

_SCHEMES = __name__.rpartition(".")[0]


def load() -> None:
    """Import what refusals need, of every scheme: a server does it when no client waits."""
    for module in walk_packages([str(Path(__file__).parents[1])], f"{_SCHEMES}."):
        if "mistakes" in module.name.split("."):
            import_module(module.name)
