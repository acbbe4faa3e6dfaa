"""What names the mistake after a refusal; one file per scheme, imported only then.

The principle: the verdict comes first and is final. A scheme that has refused a request
imports its file here and asks it which wrong recipe reproduces what came, and what of that
may be shown. The answer is text for the diagnosis, never another verdict: nothing here can
make a wrong request pass, and a right request, or the start of the server, pays for none of
it.

A file here imports its scheme; the scheme imports the file inside the functions that refuse.
"""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every file here: a server does it when nobody waits."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
