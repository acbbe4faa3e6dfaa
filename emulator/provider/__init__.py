"""What a provider *is*: its endpoints, its check of a request, its errors, its webhooks.

A provider is a package below `emulator.providers` whose `__init__` names a `PROVIDER`. The
pipeline asks it four things, in this order: which endpoint, `authenticate`, `handle`, `seal`;
and where one of them raises a `Refusal`, the provider's own error is the reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast

from emulator.core.agenda import Agenda
from emulator.core.clock import Clock, Reading
from emulator.core.configuration import read_text
from emulator.core.errors import (
    ConfigurationError,
    DiagnosedError,
    Diagnosis,
    FailureMode,
    Source,
    Standing,
)
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.store import Record, Space
from emulator.provider.overrides import Event

S = TypeVar("S")
"""The provider's own settings, a frozen dataclass with defaults."""

CURRENT = "current"
"""The name of the right key, where a scenario names one."""

CREDENTIALS = "credentials"
"""Name of every provider's table of registered merchants."""

NOT_FOUND = FailureMode(
    "request.not-found",
    "The provider has no such endpoint",
    Source("emulator", "transport", Standing.CHOSEN),
)


class KeyFiles:
    """The key files of one provider, read when first asked for.

    Args:
        directory: Such as `keys/tesabiz`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return the contents of a file, such as `provider.key.pem`.

        Raises:
            ConfigurationError: If it is missing or not text.
        """
        if name not in self._read:
            path = self.directory / name
            try:
                self._read[name] = read_text(path)
            except ConfigurationError as error:
                raise ConfigurationError(f"key file {error}") from error
        return self._read[name]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A message to the merchant that a provider wants sent.

    Attributes:
        event: Its name in scenarios and triggers, such as `qrPagado`.
        url: Where to.
        content: The message, before it is sealed.
        credential: Whose it is.
        mode: How it is sealed, where the provider has several ways.
        withheld: Why it is not sent, and what to do about it, where the settings say so; it is
            entered and told of all the same.
    """

    event: str
    url: str
    content: dict[str, Any]
    credential: str = ""
    mode: str = ""
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class TokenBend:
    """What a scenario asks of the access token that an exchange issues or presents.

    Attributes:
        expires_in: Seconds that it lives; the provider's own if None.
        advertise_expires_in: Seconds that the answer and the `exp` claim say, true or not.
        not_before: Seconds from now until it is valid: issued in the future.
        revoke: `presented` ends the token of this request before it is judged, `issued` the one
            that this exchange issues, as soon as it is out.
        alg: What its header says, and how it is signed; empty for the provider's own.
        claims: Put in, or in place of its own.
        drop_claims: Left out.
    """

    expires_in: float | None = None
    advertise_expires_in: float | None = None
    not_before: float | None = None
    revoke: Literal["", "presented", "issued"] = ""
    alg: Literal["", "none", "HS256", "RS256", "ES256"] = ""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    drop_claims: tuple[str, ...] = ()


TOKEN_OPTIONS = frozenset({*TokenBend.__dataclass_fields__, "sign_with"})
"""All that a scenario can ask of an access token."""


@dataclass(frozen=True, slots=True)
class Bend:
    """What a scenario asks of a provider that would otherwise be right.

    Attributes:
        sign_with: Which of `Provider.signing_keys` signs what it issues and answers; empty for
            the right one.
        verify_with: Which of `Provider.verifying_keys` it takes for the client's; empty for the
            right ones.
        token: How access tokens differ; None if they do not.
        webhook_seconds: How far the times in a webhook are off.
    """

    sign_with: str = ""
    verify_with: str = ""
    token: TokenBend | None = None
    webhook_seconds: float = 0.0

    def idle(self, seen: Collection[str]) -> str:
        """Return, in words, what is asked for and was never looked at; empty if nothing.

        Args:
            seen: The members that were looked at.
        """
        asked = {
            "sign_with": self.sign_with,
            "verify_with": self.verify_with,
            "token": "" if self.token is None else "token",
            "webhook_seconds": f"{self.webhook_seconds:+g} s" if self.webhook_seconds else "",
        }
        return ", ".join(
            name if name == value else f"{name}: {value}"
            for name, value in asked.items()
            if value not in ("", CURRENT) and name not in seen
        )


NOTHING_TO_BEND = FailureMode(
    "scenario.nothing-to-bend",
    "A scenario asks for something that has nothing to do with this message: it came to nothing",
    Source("scenario file", "do", Standing.CHOSEN),
)

RIGHT = Bend()
"""Nothing is bent."""


class WatchedBend(Bend):
    """A bend that notes which of its members a provider has looked at.

    What is never looked at bends nothing, and a scenario that bends nothing must say so.

    Args:
        bend: What is asked for.
        seen: Where the names of the members go.
    """

    __slots__ = ("_seen",)

    def __init__(self, bend: Bend, seen: set[str]) -> None:
        object.__setattr__(self, "_seen", seen)
        super().__init__(bend.sign_with, bend.verify_with, bend.token, bend.webhook_seconds)

    def __getattribute__(self, name: str) -> Any:
        """Return a member, and note that it was asked for."""
        if name in _BENDS:
            object.__getattribute__(self, "_seen").add(name)
        return object.__getattribute__(self, name)


_BENDS = frozenset({"sign_with", "verify_with", "token", "webhook_seconds"})

Rekey = Callable[[Record, str, KeyFiles], Record]
"""Returns a copy of a credential with the keys that a name of `Provider.verifying_keys` stands
for, private ones included where they are known, so that a client can be set to them."""


def _sendable(webhook: Webhook) -> Diagnosis | None:  # noqa: ARG001
    return None


@dataclass(frozen=True, slots=True)
class Context(Generic[S]):
    """What a provider's functions may use besides the exchange. They use nothing else.

    Attributes:
        clock: The clock of the namespace.
        store: The provider's tables in the namespace.
        keys: The provider's key files.
        settings: From the configuration file.
        notify: Hands a webhook to the outbox; it is sent after the reply.
        bend: What a scenario asks for in this exchange or webhook.
        rekey: The provider's, for `bend.verify_with`.
        unsendable: Tells why a webhook cannot be sent at all; None if it can be tried.
        agenda: Takes what the provider wants to be woken for, and when; see `Provider.wake`.
    """

    clock: Clock
    store: Space
    keys: KeyFiles
    settings: S
    notify: Callable[[Webhook], None]
    bend: Bend = RIGHT
    rekey: Rekey | None = None
    unsendable: Callable[[Webhook], Diagnosis | None] = _sendable
    agenda: Agenda = field(default_factory=Agenda)

    def credential(self, key: str) -> Record | None:
        """Return the credential `key`, with other keys if a scenario says so, or None."""
        record = self.store.table(CREDENTIALS).get(key)
        name = self.bend.verify_with
        if record is None or self.rekey is None or name in ("", CURRENT):
            return record
        return self.rekey(record, name, self.keys)


class Refusal(DiagnosedError):  # noqa: N818 - a provider's answer, not a fault
    """The provider says no.

    Args:
        error: Which entry of the provider's catalogue is the reply.
        diagnosis: Why.
        detail: What the entry's `render` puts into the body, where it takes something.
    """

    def __init__(
        self, error: ProviderError, diagnosis: Diagnosis, detail: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(diagnosis)
        self.error = error
        self.detail: Mapping[str, Any] = detail or {}


Render = Callable[["ProviderError", Exchange, Context[Any], Mapping[str, Any]], Reply]


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An entry of a provider's error catalogue; scenarios name it `<provider>.<name>`.

    Attributes:
        name: Such as `auth.103`.
        status: HTTP status.
        summary: What it means, in English.
        render: Makes the reply, in the provider's own form.
        source: How we know its form.
        code: The provider's own number or word for it.
        message: The provider's own text for it, in the provider's language.
    """

    name: str
    status: int
    summary: str
    render: Render
    source: Source
    code: str | int = ""
    message: str = ""

    def reply(
        self, exchange: Exchange, context: Context[Any], detail: Mapping[str, Any] | None = None
    ) -> Reply:
        """Make the reply."""
        return self.render(self, exchange, context, detail or {})


Authenticate = Callable[[Exchange, Context[Any]], None]
"""Checks who signs. Sets `exchange.credential` as soon as it is known and `exchange.payload` to
the decrypted or verified message; raises `Refusal`. Changes no state: it may be called twice."""

Handle = Callable[[Exchange, Context[Any]], Reply]
"""Does the work of an endpoint, once; raises `Refusal` where a business rule says no."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of a provider.

    Attributes:
        name: Its name in scenarios and in the journal.
        methods: HTTP methods it takes.
        paths: Path templates below the base URL, such as `/api/session/{request_id}`.
        handle: Does the work.
        authenticate: Checks the request; the provider's own check if None.
        source: How we know of it.
        for_browsers: Whether it is the payer's: web pages may call it, under any name.
    """

    name: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    handle: Handle
    source: Source
    authenticate: Authenticate | None = None
    for_browsers: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A request that shows something: one in order, or one spoiled in one way.

    Attributes:
        name: Unique within the provider.
        endpoint: Name of the endpoint it is for.
        build: Makes the request, given the provider's context and the examples' own clock.
        code: The diagnosis code it meets; empty if it is accepted.
        after: Examples to be sent before it, in order.
        warnings: Codes of the warnings that the journal then shows beside it.
    """

    name: str
    endpoint: str
    build: Callable[[Context[Any]], Request]
    code: str = ""
    after: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preparation:
    """A request to send before another one, which takes something out of its answer.

    Attributes:
        request: It may itself have placeholders of preparations before it.
        takes: Names of placeholders, each with the member of the answer that takes its place:
            `{"token": "accessToken"}` fills `{token}` in every later request. Where a name does
            not say which one, it is the JSON text before the value: `"keyword":"token","value":`.
    """

    request: Request
    takes: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, answer: bytes) -> dict[str, str]:
        """Return the values of the placeholders, found in a JSON answer at any depth."""
        found = _members(json.loads(answer))
        return {
            name: _after(member, answer.decode()) if '"' in member else str(found[member])
            for name, member in self.takes.items()
        }


def _after(text: str, answer: str) -> str:
    """Return the value after some JSON text, text without its quotes."""
    value = answer.rpartition(text)[2]
    return re.split(r"[\",}]", value.removeprefix('"'), maxsplit=1)[0]


def _members(value: object) -> dict[str, object]:
    """Return the members of an object and of the objects in it, the outer ones first."""
    found: dict[str, object] = {}
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        for inner in members.values():
            found = {**_members(inner), **found}
        found |= members
    return found


@dataclass(frozen=True, slots=True)
class Signed:
    """A request made ready to send, and what was signed in it.

    Attributes:
        request: With all its headers and body, except for placeholders such as `{token}`.
        canonical: The text or bytes that the signature covers, shown to the user.
        steps: What was done, a line each, such as `nonce (raw) = …`.
        before: What must be sent first, in order: it fetches a token, or makes what the request
            is about.
        payload: Where the signature covers placeholders: the payload, with them in it. It is
            signed by `again` once they are filled.
        again: Signs a payload.
    """

    request: Request
    canonical: str
    steps: tuple[str, ...] = ()
    before: tuple[Preparation, ...] = ()
    payload: Mapping[str, str] | None = None
    again: Callable[[Mapping[str, str]], Signed] | None = None

    def ready(self, send: Callable[[Request], bytes]) -> Request:
        """Send what comes before and return the request with its placeholders filled.

        Args:
            send: Sends a request and returns the body of the answer.
        """
        values: dict[str, str] = {}
        for each in self.before:
            values |= each.read(send(self._below(_filled(each.request, values))))
        if self.again is not None and self.payload is not None:
            payload = {name: _fill(text, values) for name, text in self.payload.items()}
            return self.again(payload).request
        return _filled(self.request, values)

    def _below(self, request: Request) -> Request:
        """Return a request whose path was filled with a whole URL as one below the base URL."""
        if request.base_url:
            return request
        base_url = self.request.base_url
        return replace(request, path=request.path.removeprefix(base_url), base_url=base_url)


def _filled(request: Request, values: Mapping[str, str]) -> Request:
    return replace(
        request,
        path=_fill(request.path, values),
        query=_fill(request.query, values),
        headers=[(name, _fill(value, values)) for name, value in request.headers],
        body=_fill(request.body.decode(), values).encode(),
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook sealed and ready to be sent: what goes over the wire."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """A part of a message that a scenario can damage.

    A message is a `Request`, a `Reply` or a `Delivery`; the functions return a new one.

    Attributes:
        read: Returns the part as it stands on the wire; None where the message has none.
        write: Puts other bytes there; None takes the part out.
        encoding: How its bytes are written on the wire.
        holds_json: Whether its bytes are a JSON object.
        remake: Damage that needs the provider's keys, by its name in scenario files, such as
            `bad_padding`; each makes the message again for the exchange's credential.
        hidden: Whether it is not on the wire by itself, so that only `remake` can damage it.
    """

    read: Callable[[Any], bytes | None]
    write: Callable[[Any, bytes | None], Any]
    encoding: Literal["plain", "base64", "base64url", "hex"] = "plain"
    holds_json: bool = False
    remake: Mapping[str, Remake] = field(default_factory=dict[str, "Remake"])
    hidden: bool = False


Remake = Callable[[Any, str, "Context[Any]"], Any]
"""Takes a message, the key of its credential and the context; returns the message, damaged."""


def _unsealed(reply: Reply, exchange: Exchange, context: Context[Any]) -> Reply:  # noqa: ARG001
    return reply


def _nothing(context: Context[Any]) -> None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class Provider(Generic[S]):
    """A provider.

    Attributes:
        name: In paths, scenarios and the journal.
        title: For people.
        hosts: The real host names it answers to, besides `<name>.localhost`.
        endpoints: In the order of the documentation.
        errors: The error catalogue; must have `not-found`, `method-not-allowed`, `too-large`
            and `bad-request`.
        aliases: Short names for entries of it, at least `401` and `403`.
        authenticate: The check of every endpoint that has none of its own.
        settings: A frozen dataclass of defaults.
        register: Checks a credential from a file or the control API and returns its key and
            the record to keep; raises ConfigurationError.
        default_credentials: The credentials of the key files, the one for clients first.
        credential_name: Member of a credential's record under which exchanges carry it; its key if
            empty.
        credential_view: Makes the object that `GET /_emulator/credentials` promises.
        sign: Makes a request ready: endpoint name, payload (None for a default one), context,
            base URL. Raises ConfigurationError for an endpoint it has not.
        package: Where it stands: `__name__` of its package.
        make_keys: Writes fresh key files into a directory.
        seal: Signs the reply where the provider signs its replies.
        secrets: Members of a credential that are secret: masked wherever they appear.
        masked: Members of request and reply bodies that are masked in the journal.
        cards: Numbers of its sandbox's cards, masked although no brand issues them so.
        seed_state: Fills the provider's tables in a fresh namespace.
        wake: Does what has become due of a key in `Context.agenda`, such as the webhook of what
            ended by itself. It may put the key there again, for a later time.
        wakes_by: The reading of the clock that the times in the agenda are of.
        seal_webhook: Signs a webhook; None where the provider sends none.
        judge_answer: Tells why the merchant's answer to a webhook is not an acknowledgement;
            None if it is one.
        retries: Seconds after the first attempt at which an unacknowledged webhook is sent again.
        trigger: Makes the webhook of an event out of the state and the overrides given, or does
            what gives none and returns what became of it, as plain data;
            raises ConfigurationError.
        events: What a trigger can do, by name: webhooks, and what sends none by itself.
        parts: What a scenario can damage, by its name in scenario files, such as
            `request.aes.ciphertext`; the bodies need no mention.
        signing_keys: Names of the keys that a scenario can have it sign with: `current`, …
        verifying_keys: Names of the keys that a scenario can have it take for the client's.
        rekey: Gives a credential other keys; see `Rekey`.
        token_options: Which members of a scenario's `token` it heeds.
        revoke_tokens: Ends every access token issued so far.
    """

    package: str
    name: str
    title: str
    hosts: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    errors: Mapping[str, ProviderError]
    aliases: Mapping[str, str]
    authenticate: Authenticate
    settings: S
    register: Callable[[Mapping[str, Any], Context[S]], tuple[str, Record]]
    default_credentials: Callable[[KeyFiles], Sequence[Mapping[str, Any]]]
    credential_view: Callable[[Record, KeyFiles, str], dict[str, Any]]
    sign: Callable[[str, Any, Context[S], str], Signed]
    make_keys: Callable[[Path], None]
    source: Source
    credential_name: str = ""
    seal: Callable[[Reply, Exchange, Context[S]], Reply] = _unsealed
    secrets: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    cards: frozenset[str] = frozenset()
    seed_state: Callable[[Context[S]], None] = _nothing
    wake: Callable[[str, Context[S]], None] | None = None
    wakes_by: Reading = "passed"
    seal_webhook: Callable[[Webhook, Context[S]], Delivery] | None = None
    judge_answer: Callable[[Webhook, int, bytes, Context[S]], Diagnosis | None] | None = None
    retries: tuple[float, ...] = ()
    trigger: Callable[[str, Mapping[str, Any], Context[S]], Webhook | Record] | None = None
    events: Mapping[str, Event] = field(default_factory=dict[str, Event])
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])
    signing_keys: tuple[str, ...] = ()
    verifying_keys: tuple[str, ...] = ()
    rekey: Rekey | None = None
    token_options: frozenset[str] = frozenset()
    revoke_tokens: Callable[[Context[S]], None] | None = None

    @cached_property
    def _fixed(self) -> dict[str, Endpoint]:
        return {
            path: endpoint
            for endpoint in self.endpoints
            for path in endpoint.paths
            if "{" not in path
        }

    @cached_property
    def _templated(self) -> tuple[tuple[re.Pattern[str], Endpoint], ...]:
        return tuple(
            (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))), endpoint)
            for endpoint in self.endpoints
            for path in endpoint.paths
            if "{" in path
        )

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Requests in order and spoiled ones, of its `examples.py`; they drive contract tests.

        Serving needs none of them, so they are imported when first asked for.
        """
        found: tuple[Example, ...] = import_module(f"{self.package}.examples").EXAMPLES
        return found

    def secrets_of(self, record: Record, keys: KeyFiles) -> set[str]:
        """Return the secrets of a credential, also those that a scenario can put into force."""
        records = [record]
        if self.rekey is not None:
            for name in self.verifying_keys:
                with suppress(ConfigurationError):  # older keys lack those files
                    records.append(self.rekey(record, name, keys))
        return {
            str(each[member]) for each in records for member in self.secrets if each.get(member)
        }

    def route(self, path: str) -> tuple[Endpoint | None, dict[str, str]]:
        """Return the endpoint at `path`, or None, and what its template caught."""
        endpoint = self._fixed.get(path)
        if endpoint is not None:
            return endpoint, {}
        for pattern, candidate in self._templated:
            if match := pattern.fullmatch(path):
                return candidate, match.groupdict()
        return None, {}

    def error(self, name: str) -> ProviderError | None:
        """Return the entry `name` of the catalogue, a short name counting too, or None."""
        return self.errors.get(self.aliases.get(name, name))


def catalogue(*errors: ProviderError) -> dict[str, ProviderError]:
    """Return the entries by their names; a name given twice is an error of ours."""
    named = {error.name: error for error in errors}
    if len(named) != len(errors):
        raise ValueError("an error name is given twice")
    return named
