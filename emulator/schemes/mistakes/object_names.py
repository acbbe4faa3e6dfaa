"""What languages print for an object in place of its contents."""

from __future__ import annotations

import re

from emulator.core.messages import Message


def name_of_object(text: str) -> str:
    """Say what was printed where a language shows an object's name, not its bytes; else ""."""
    return next((what for pattern, what in _OBJECTS if pattern.search(text)), "")


_OBJECTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"\bSystem\.(Byte\[\]|Object|String\[\]|IO\.)", ".NET's name of a type, not its bytes"),
        (r"\[[BCI]@[0-9a-f]{5,8}\b", Message("Java's name of an array, not its bytes")),
        (
            r"(?<![\w.$])java\.\w[\w.$]*(@[0-9a-f]|\[)",
            Message("Java's name of an object, not its contents"),
        ),
        (r"\[object \w+\]", Message("JavaScript's name of an object, not its contents")),
        (r"<Buffer( [0-9a-f]{2})+", "what Node's console shows of a Buffer"),
        (r"\bUint8Array\(\d+\)", "what JavaScript's console shows of an array"),
        (r"#<[A-Z][\w:]*(:0x[0-9a-f]+| )", Message("Ruby's name of an object, not its contents")),
        (
            r"<[\w. ]+ (object )?(at|@) 0x[0-9a-f]+>",
            Message("Python's name of an object, not its contents"),
        ),
        (
            r"<(built-in |bound )?(function|method) ",
            Message("Python's name of a function: call it"),
        ),
        (r"\bResource id #\d+", Message("PHP's name of a resource, not its contents")),
        (r"^(Array|Object)$", Message("PHP's name of an array, not its contents")),
        (r"\b0xc0[0-9a-f]{8}\b", Message("Go's address of a variable, not its contents")),
        (
            r"^(async )?function\b|=> ?\{|\[Function",
            Message("JavaScript's source of a function: call it"),
        ),
        (r"\[object Promise\]|Promise \{", "a promise: await it"),
    )
)
