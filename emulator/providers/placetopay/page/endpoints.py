"""The hosted page at `processUrl`, and the script that opens it in a lightbox.

One HTML document holds its style, its script and the state of the session; what the payer does
goes back as JSON. Its Content-Security-Policy names style and script by their hashes and allows
nothing else, so the page works offline, below any prefix, and no text of a merchant can run.
Who knows the 32 hex digits of the address is the payer; there is no other authentication.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.provider import Endpoint, ErrorCatalogue, ProviderError, Refusal, Refused
from emulator.providers.placetopay.auth import read_message
from emulator.providers.placetopay.failures import ERRORS, SESSION
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.message.person import DOCUMENTS
from emulator.providers.placetopay.state import payer
from emulator.providers.placetopay.state.cards import CARDS, OTP
from emulator.providers.placetopay.state.exchange_state import CHOICE, LOCALE, SITE
from emulator.providers.placetopay.state.instruments import redacted
from emulator.providers.placetopay.state.sessions import find_session, page_code, sessions
from emulator.providers.placetopay.state.status import date_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

_DIRECTORY = Path(__file__).parent
_OURS = Source("emulator", "placetopay, hosted page", Standing.CHOSEN)
_RECORDED = Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED)

PAGE_UNKNOWN = FailureMode(
    "placetopay.page-unknown",
    "No session has this page: its number or its 32 hex digits are wrong",
    _OURS,
)


_DOCUMENTS_OF = {
    "BR": ("CPF",),
    "BZ": ("BZSSN", "BRN"),
    "CL": ("CLRUT",),
    "CO": ("CC", "CE", "TI", "NIT", "RUT"),
    "CR": ("CRCPF", "CPJ", "DIMEX", "DIDI"),
    "EC": ("CI", "RUC"),
    "HN": ("HNDNI", "HNDR", "RTN"),
    "PA": ("CIP", "PARUC"),
    "PE": ("DNI", "PERUC"),
    "PR": ("EIN",),
    "UY": ("UYCI", "UYRUT"),
}
_DOCUMENT_NAMES = {
    "CC": "Cédula de ciudadanía",
    "CE": "Cédula de extranjería",
    "TI": "Tarjeta de identidad",
    "CI": "Cédula de identidad",
    "UYCI": "Cédula de identidad",
    "CIP": "Cédula de identidad",
    "CRCPF": "Cédula física",
    "CPJ": "Cédula jurídica",
    "HNDNI": "Documento de identificación",
    "HNDR": "Carné de residente",
    "DNI": "Documento de identidad",
    "CLRUT": "Rol único tributario",
    "BZSSN": "Social security number",
    "BRN": "Business registration",
    "EIN": "Employer identification",
}
_SAMPLES = {
    "BR": "12345678909",
    "BZ": "123456789",
    "CL": "12345678-5",
    "CO": "1040035000",
    "CR": "123456789",
    "EC": "1710034065",
    "HN": "0801199000017",
    "PA": "81234567",
    "PE": "12345678",
    "PR": "1-1234567",
    "UY": "1234567-8",
}
"""Country -> a document of its first kind, which a picked sandbox card brings along."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of direction, which could turn what stands beside a merchant's name."""

_PLAIN_HEADERS = [("x-content-type-options", "nosniff")]
_PAGE_HEADERS = [
    *_PLAIN_HEADERS,
    ("cache-control", "no-store"),
    ("referrer-policy", "strict-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
]


# Answering --------------------------------------------------------------------------------


def show_page(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Show the page, and note that the payer came."""
    record = payer.visit(exchange.parameters["request_id"], context) or _lost(exchange)
    state = _state(record, context)
    texts = _texts(state["language"])
    country = _country(record, context)
    kinds = (*_DOCUMENTS_OF.get(country, ()), "PPN")
    boot = {
        "state": state,
        "texts": texts,
        "documents": {kind: DOCUMENTS[kind] for kind in kinds},
        "names": {kind: _DOCUMENT_NAMES[kind] for kind in kinds if kind in _DOCUMENT_NAMES},
        "sample": {
            "name": "Ana",
            "surname": "Gómez",
            "email": "ana@example.com",
            "documentType": kinds[0],
            "document": _SAMPLES.get(country, "P1234567"),
        },
        "otp": OTP,
    }
    title = texts["title.store" if state["amount"] is None else "title"]
    words = {
        "language": state["language"],
        "title": title.replace("{merchant}", _TURNING.sub("", state["merchant"])),
        **{name: texts[name] for name in ("skip", "noscript", "noscript_title")},
    }
    return _document("page.html", words, _script("page.js"), boot)


def show_state(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer with the session as `payer.view` shows it, and the provider's time as `now`."""
    return _answer(
        find_session(exchange.parameters["request_id"], context) or _lost(exchange), context
    )


def pay(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Try to pay as `payer.Choice` says."""
    choice = CHOICE.get(exchange)
    client = exchange.request.client
    return _changed(exchange, context, lambda key: payer.pay(key, choice, context, client))


def answer_challenge(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer the 3-D Secure challenge: `{"otp": "12345"}`."""

    def answer(key: str) -> Record:
        members = Members(CHOICE.get(exchange))
        members.require("otp", "the code that the payer was sent")
        return payer.answer_challenge(key, members.text("otp", 32) or "", context)

    return _changed(exchange, context, answer)


def cancel(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Give the session up for the payer: `{}`."""
    return _changed(exchange, context, lambda key: payer.cancel_by_payer(key, context))


def show_lightbox(_exchange: Exchange, _context: Context[Settings]) -> Reply:
    """Answer with the script that a shop's page opens the lightbox with."""
    headers = [*_PLAIN_HEADERS, ("cache-control", "no-cache"), ("access-control-allow-origin", "*")]
    headers.append(("cross-origin-resource-policy", "cross-origin"))
    media_type = "text/javascript; charset=utf-8"
    return Reply(200, _script("lightbox.js").encode(), media_type, headers)


def _changed(
    exchange: Exchange, context: Context[Settings], change: Callable[[str], Record]
) -> Reply:
    """Answer with the session as a payer's deed left it; a refusal says which field is at fault."""
    try:
        record = change(exchange.parameters["request_id"])
    except Refusal as refusal:
        raise _shown(refusal) from refusal
    return _answer(record, context)


def _answer(record: Record, context: Context[Settings]) -> Reply:
    reply = Reply.json(_state(record, context))
    reply.headers = list(_PAGE_HEADERS)
    return reply


def _state(record: Record, context: Context[Settings]) -> dict[str, Any]:
    view = payer.view(record, context)
    for card in view["cards"]:
        only = CARDS[card["number"]].only
        if only is not None:
            card["only"] = {"expiration": only[0], "cvv": only[1]}
    return {**view, "now": date_text(context, context.credential(record["login"]))}


def _country(record: Record, context: Context[Settings]) -> str:
    site = context.credential(record["login"])
    return site["country"] if site else record["request"]["locale"][-2:]


# Who may ----------------------------------------------------------------------------------


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check that the caller was given the address.

    Raises:
        Refusal: `placetopay.page-unknown`.
    """
    exchange.state.clear()
    record = sessions(context).get(exchange.parameters["request_id"])
    right = page_code(record["request_id"], context) if record is not None else ""
    if not hmac.compare_digest(right.encode(), _raw(exchange.parameters["code"])):
        _lost(exchange)
    assert record is not None  # no code is empty: a path has one or is another path
    exchange.credential = record["login"]
    LOCALE.set(exchange, record["request"]["locale"])
    if site := context.credential(record["login"]):
        SITE.set(exchange, site)


def authenticate_deed(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the address and read what the payer does; the journal is not told card numbers.

    Raises:
        Refusal: `placetopay.page-unknown`, `placetopay.content-type`,
            `placetopay.body-not-json`, `placetopay.repeated-member` or a code of
            `emulator.provider.body`.
    """
    authenticate(exchange, context)
    try:
        choice = read_message(exchange)
    except Refusal as refusal:
        raise Refusal(PAGE_ERRORS["page.refused"], refusal.diagnosis) from refusal
    CHOICE.set(exchange, choice)
    exchange.payload = redacted(choice)


def authenticate_nobody(exchange: Exchange, _context: Context[Settings]) -> None:
    """Let every caller have what belongs to no session."""
    exchange.state.clear()


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _lost(exchange: Exchange) -> NoReturn:
    raise Refusal(
        PAGE_ERRORS["page.not-found"],
        PAGE_UNKNOWN.diagnose(
            "path",
            expected="the processUrl of a session of this namespace",
            received=exchange.request.path[:200],
            hint=Message(
                "A session made with the header emulator-namespace has its page below /_ns/<name>"
            ),
        ),
    )


# Refusing ---------------------------------------------------------------------------------


def _shown(refusal: Refusal) -> Refusal:
    return Refusal(PAGE_ERRORS["page.refused"], refusal.diagnosis, {"refusal": refusal})


def _render_refused(refused: Refused) -> Reply:
    """Render `{"status": {...}, "code", "field"}`: the Status object, and the field at fault."""
    exchange, context = refused.exchange, refused.context
    refusal: Refusal | None = refused.detail.get("refusal")
    if refusal is None:
        reply, code, field = ERRORS["bad-request"].reply(exchange, context), "", ""
    else:
        reply = refusal.error.reply(exchange, context, refusal.detail)
        code, where = refusal.diagnosis.code, refusal.diagnosis.where
        field = where.removeprefix("body.") if where.startswith("body.") else ""
    status = refused.error.status if refusal is None else reply.status
    shown = Reply.json({**(reply.content or {}), "code": code, "field": field}, status)
    shown.headers = list(_PAGE_HEADERS)
    return shown


def _render_lost(refused: Refused) -> Reply:
    """Render a page for people, and for the page's own calls `{"status": ..., "code"}`."""
    error, exchange = refused.error, refused.exchange
    if exchange.endpoint != "page":
        reply = ERRORS["not-found"].reply(exchange, refused.context)
        shown = Reply.json({**reply.content, "code": PAGE_UNKNOWN.code, "field": ""}, error.status)
        shown.headers = list(_PAGE_HEADERS)
        return shown
    asked = (exchange.request.header("accept-language") or "")[:2].lower()
    spoken = asked if asked in ("en", "pt") else "es"
    texts = _texts(spoken)
    words = {"language": spoken, "title": texts["lost"], "text": texts["lost.text"]}
    reply = _document("lost.html", words)
    reply.status = error.status
    return reply


PAGE_ERRORS = ErrorCatalogue(
    ProviderError(
        "page.not-found",
        404,
        "No session has this page",
        _render_lost,
        _OURS,
        code="NA",
        message="Pagina no encontrada",
    ),
    ProviderError(
        "page.refused",
        400,
        "What the payer did on the page is refused",
        _render_refused,
        _OURS,
        code="request_not_valid",
        message="La petición no es válida",
    ),
)


# Writing the document ---------------------------------------------------------------------


def _document(name: str, words: Mapping[str, str], script: str = "", boot: Any = None) -> Reply:
    """Return an HTML document: a template with words, style, script and data put in.

    The words are escaped for HTML, the data for a script element: there no `<` may stand.
    """
    style = _asset("page.css")
    data = json.dumps(boot, ensure_ascii=False, separators=(",", ":"))
    filled = {
        **{key: escape(text) for key, text in words.items()},
        "style": style,
        "script": script,
        "boot": data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    }
    text = "".join(
        filled.get(part, "") if odd else part
        for part, odd in ((part, at % 2) for at, part in enumerate(_pieces(name)))
    )
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; img-src data:; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors *"
    )
    if script:
        policy += f"; script-src {_hash(script)}; connect-src 'self'"
    headers = [*_PAGE_HEADERS, ("content-security-policy", policy)]
    body = text.encode("utf-8", "replace")
    return Reply(200, body, "text/html; charset=utf-8", headers)


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return (_DIRECTORY / name).read_text("utf-8")


@lru_cache(maxsize=4)
def _pieces(name: str) -> tuple[str, ...]:
    """Return a template cut at its marks: text, name, text, name, text."""
    return tuple(part for piece in _asset(name).split("{{") for part in piece.split("}}", 1))


def _script(name: str) -> str:
    return _asset(name)


@lru_cache(maxsize=4)
def _texts(language: str) -> dict[str, str]:
    return json.loads(_asset(f"{language}.json"))


@lru_cache(maxsize=8)
def _hash(text: str) -> str:
    """Return the source expression that allows this very text (CSP 3, section 2.3.1)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_PATH = "/spa/session/{request_id}/{code}"


PAGE_ENDPOINTS = tuple(
    replace(endpoint, for_browsers=True)
    for endpoint in (
        Endpoint("page", ("GET", "HEAD"), (_PATH,), show_page, _RECORDED, authenticate),
        Endpoint(
            "page.state", ("GET", "HEAD"), (f"{_PATH}/state",), show_state, _OURS, authenticate
        ),
        Endpoint("page.pay", ("POST",), (f"{_PATH}/pay",), pay, _OURS, authenticate_deed),
        Endpoint(
            "page.challenge",
            ("POST",),
            (f"{_PATH}/challenge",),
            answer_challenge,
            _OURS,
            authenticate_deed,
        ),
        Endpoint("page.cancel", ("POST",), (f"{_PATH}/cancel",), cancel, _OURS, authenticate_deed),
        Endpoint(
            "lightbox",
            ("GET", "HEAD"),
            ("/lightbox.min.js", "/redirection/lightbox.min.js"),
            show_lightbox,
            SESSION.but(Standing.DOCUMENTED, "Lightbox"),
            authenticate_nobody,
        ),
    )
)
