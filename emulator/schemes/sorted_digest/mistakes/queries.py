"""The whole of the parameters as one call of a language writes it: `http_build_query`, `urlencode`.

Such a call does several things at once: it takes the members as they come, escapes their values,
and has its own word for null, true and false. A client does it with one line, so it is one
step here, however much differs from the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from emulator.core.messages import Message
from emulator.schemes.mistakes.search import LIKELY, UNUSUAL, Step
from emulator.schemes.sorted_digest.make import Number, Value, text_of
from emulator.schemes.sorted_digest.mistakes.dialects import (
    javascript_number,
    php_number,
    python_number,
)

_Escape = Callable[[str], str]


def _plain(text: str) -> str:
    return text


def _escape(write: Callable[..., str], safe: str, *, lower: bool = False) -> _Escape:
    def escaped(text: str) -> str:
        written = write(text, safe=safe, errors="surrogatepass")
        return _lower_digits(written) if lower else written

    return escaped


def _lower_digits(text: str) -> str:
    first, *rest = text.split("%")
    return "%".join([first, *(each[:2].lower() + each[2:] for each in rest)])


def _form(text: str) -> str:
    """Escape as a browser's form does: no tilde, but an asterisk."""
    return quote_plus(text, safe="*", errors="surrogatepass").replace("~", "%7E")


def _php(text: str) -> str:
    """Escape as `urlencode` of PHP does, the tilde too."""
    return quote_plus(text, errors="surrogatepass").replace("~", "%7E")


class Query(NamedTuple):
    """How one language writes all members in one text.

    Attributes:
        calls: What it is called there.
        escape: What it makes of a name or value.
        null: The word for null; None where such a member is left out.
        true: The word for true.
        false: The word for false.
        number: What it makes of a number.
        bare: Whether no = stands behind a name whose value is null.
    """

    calls: str
    escape: _Escape
    null: str | None
    true: str
    false: str
    number: Callable[[str], str]
    bare: bool = False

    def written(self, params: Mapping[str, Value], *, in_order: bool, empty: bool) -> str:
        """Return the text.

        Args:
            params: The members, in body order.
            in_order: Whether they were sorted before.
            empty: Whether members with an empty text are written, too.
        """
        names = sorted(params) if in_order else params
        texts = [(name, self.text(params[name])) for name in names]
        return "&".join(
            [
                self.escape(name)
                if self.bare and params[name] is None
                else f"{self.escape(name)}={self.escape(text)}"
                for name, text in texts
                if text is not None and (text or empty)
            ]
        )

    def text(self, value: Value) -> str | None:
        """Return what is written for a value; None where the member is left out."""
        match value:
            case None:
                return self.null
            case bool():
                return self.true if value else self.false
            case Number():
                return self.number(value)
            case _:
                return value


_PLUS = _escape(quote_plus, "")
_COMPONENT = _escape(quote, "!'()*-._~")

QUERIES: tuple[Query, ...] = (
    Query("http_build_query", _php, None, "1", "0", php_number),
    Query("http_build_query (RFC 3986)", _escape(quote, ""), None, "1", "0", php_number),
    Query("Python's urlencode", _PLUS, "None", "True", "False", python_number),
    Query("URLSearchParams", _form, "null", "true", "false", javascript_number),
    Query("URLSearchParams", _form, "undefined", "true", "false", javascript_number),
    Query("qs or querystring", _COMPONENT, "", "true", "false", javascript_number),
    Query("a loop with encodeURIComponent", _COMPONENT, "null", "true", "false", javascript_number),
    Query("Java's URLEncoder", _form, "null", "true", "false", str),
    Query("Go's url.Values", _PLUS, "<nil>", "true", "false", str),
    Query("Ruby's encode_www_form", _form, "", "true", "false", python_number, bare=True),
    Query("to_query", _PLUS, "", "true", "false", python_number),
    Query(".NET's UrlEncode", _escape(quote_plus, "!()*", lower=True), "", "True", "False", str),
    Query("Ruby's encode_www_form", _form, None, "true", "false", python_number),
    Query("URLSearchParams", _form, None, "true", "false", javascript_number),
    Query("a form encoder", _PLUS, None, "true", "false", str),
    Query("a loop over the members", _plain, "None", "True", "False", python_number),
    Query("a loop over the members", _plain, "null", "true", "false", javascript_number),
    Query("a loop over the members", _plain, "undefined", "true", "false", javascript_number),
    Query("a loop over the members", _plain, "null", "true", "false", str),
    Query("a loop over the members", _plain, "", "1", "", php_number),
    Query("a loop over the members", _plain, "", "1", "0", php_number),
    Query("a loop over the members", _plain, "", "true", "false", str),
    Query("a loop over the members", _plain, "", "True", "False", str),
    Query("a loop over the members", _plain, "<nil>", "true", "false", str),
    Query("a loop over the members", _plain, "nil", "true", "false", str),
)


def steps(params: Mapping[str, Value], right: str) -> Iterator[Step[None, str]]:
    """Yield each text of all members that differs from the right one in two ways at least."""
    seen = {right}
    for query, in_order, empty in product(QUERIES, (False, True), (True, False)):
        text = query.written(params, in_order=in_order, empty=empty)
        if text in seen:
            continue
        seen.add(text)
        differs = _differences(query, params, in_order=in_order, empty=empty)
        if len(differs) > 1:
            yield Step(
                partial(_hint, query, tuple(differs)),
                partial(_constant, text),
                LIKELY if len(differs) < 4 or query.escape is not _plain else UNUSUAL,
            )


def _constant(text: str, _: None) -> str:
    return text


_RULE = "sort the members that have a value by the bytes of their names, and join them as they are"


def _hint(query: Query, differs: tuple[str, ...]) -> str:
    told = f"{', '.join(differs[:-1])} and {differs[-1]}"
    return Message("The members were {told}, as {calls} writes them; {rule}").with_(
        told=told, calls=query.calls, rule=_RULE
    )


def _differences(
    query: Query, params: Mapping[str, Value], *, in_order: bool, empty: bool
) -> list[str]:
    """Return what is not as the rule says, of these very members."""
    texts = {name: query.text(value) for name, value in params.items()}
    written = {name: text for name, text in texts.items() if text is not None and (text or empty)}
    differs: list[str] = []
    if not in_order and list(written) != sorted(written):
        differs.append("not sorted")
    if any(query.escape(each) != each for pair in written.items() for each in pair):
        differs.append("URL-encoded")
    without = [name for name in written if not text_of(params[name])]
    if without:
        name = without[0]
        shown = name if query.bare and params[name] is None else f"{name}={written[name]}"
        differs.append(f"signed also where they have no value (`{shown}`)")
    other = [
        name
        for name, each in written.items()
        if name not in without and each != text_of(params[name])
    ]
    if other:
        name = other[0]
        differs.append(
            f"signed in another form (`{name}={written[name]}` for {text_of(params[name])})"
        )
    return differs
