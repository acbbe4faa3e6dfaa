"""Answers of the control API: always JSON, also after a bug of ours."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from emulator.core.json_text import shown
from emulator.core.terminal import report_bug
from emulator.core.version import __version__
from emulator.masking.mask import Mask

_BUG_HINT = (
    "This is a bug of the emulator, not of your call. Report it with the traceback that stands on "
    f"the server's console, and the version, {__version__}"
)


class Answer(JSONResponse):
    """A value as JSON; a value that JSON cannot express becomes a text."""

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return shown(content)


def bug(error: Exception, mask: Mask) -> Response:
    """Return the answer after a bug of ours; its traceback goes to the console."""
    report_bug(error, mask.text)
    content = {"error": f"the emulator failed: {type(error).__name__}", "hint": _BUG_HINT}
    return Answer(content, 500, {"emulator-bug": "1"})
