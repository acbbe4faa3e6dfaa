"""What both of uvicorn's protocol classes need: a connection that can break, and that ends.

A request is given to the parser when its head is whole, and is not waited for longer than the
limits say. What cannot be read as HTTP, or not in time, or is too large, is answered all the same,
by the application (`emulator.http.last_word`).

The module is about one thing: the life of one connection, from its first byte to its end.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from emulator.core.connection import CONNECTION
from emulator.core.http_problems import (
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    NOT_HTTP,
    TARGET_TOO_LONG,
    TOO_MANY_CONNECTIONS,
    HttpProblem,
)
from emulator.core.intake import PROBLEM
from emulator.core.limits import MEMBER, Limits
from emulator.http.connections import Crowd, Lingering, SocketConnection
from emulator.http.deadlines import Deadlines
from emulator.http.last_word import LOOKED_AT, LastWord, in_short, scope_of
from emulator.http.unexpected import NOT_A_PROXY, UNEXPECTED, foreign, is_connect

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    class _Uvicorn(asyncio.Protocol):
        """What uvicorn's two protocol classes have in common."""

        app: Any
        app_state: dict[str, Any]
        client: Any
        conn: Any
        connections: set[Any]
        cycle: Any
        flow: Any
        headers: list[tuple[bytes, bytes]]
        parser: Any
        url: bytes
        loop: asyncio.AbstractEventLoop
        pipeline: Any
        scheme: Any
        server: Any
        tasks: set[asyncio.Task[None]]
        transport: asyncio.Transport

        def _unset_keepalive_if_required(self) -> None: ...
        def on_headers_complete(self) -> None: ...
        def on_message_begin(self) -> None: ...
        def on_message_complete(self) -> None: ...
        def on_response_complete(self) -> None: ...
        def shutdown(self) -> None: ...
        def timeout_keep_alive_handler(self) -> None: ...
else:
    _Uvicorn = asyncio.Protocol

_BEGINNING = re.compile(rb"(?:\r\n)*[A-Z]+(?: \S+ HTTP/1\.[01]\r\n|(?![A-Z])[ -~]*\r?\Z)")
_AROUND_TARGET = 64
"""Bytes of a request line that are not the target."""
_GUEST_SECONDS = 2.0
"""Time for the head of a request on a connection above the limit."""
_LINGER_SECONDS = 5.0
"""How long a client may go on sending after the last answer."""
_MOST_THROWN_AWAY = 64 * 1024 * 1024
_DEFAULTS = Limits()
_CROWD = "emulator.crowd"
"""The member of the application's state under which the connections of a server are counted."""


class Breakable(_Uvicorn):
    """Hands the connection to the application, and makes sure that it ends.

    No request is waited for longer than the limits say, no answer kept for a client that does not
    read, and what cannot be read as HTTP is answered all the same (`emulator.http.last_word`).
    """

    _connection: SocketConnection
    _crowd: Crowd
    _deadlines: Deadlines
    _limits: Limits
    _above = False
    """Whether the connection is one too many."""
    _cycle: Any = None
    """The request that is being answered. uvicorn's own `cycle` is the newest that was read."""

    _held: bytearray
    """The head that is being read, as far as it has come; the parser is given it whole."""
    _start = b""
    """The first bytes of the head that the parser is being given."""
    _before: Any = None
    """The request before that one."""
    _fed = 0
    """Bytes of that head that came after them."""

    _first = True
    """Whether nothing has come yet."""
    _is_foreign = False
    """Whether what came first is no HTTP/1.1, which the console then tells."""
    _deaf = False
    """Whether what comes is thrown away."""
    _thrown_away = 0
    _last: HttpProblem | None = None
    """What is wrong with the last request, where earlier ones must be answered first."""
    _ended = False
    """Whether our side of the connection has ended."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._limits = self.app_state.get(MEMBER) or _DEFAULTS
        self._deadlines = Deadlines(self.loop, self.transport, self._limits)
        self._connection = connection = SocketConnection(self.transport, self)
        self._held = bytearray()
        inner = self.app

        def app(scope: Scope, receive: Receive, send: Send) -> Any:
            self._cycle = getattr(send, "__self__", None)
            extensions = scope.setdefault("extensions", {})
            extensions[CONNECTION] = connection
            if self._above:
                extensions.setdefault(PROBLEM, self._too_many())
                self._cycle.keep_alive = False
            if getattr(self._cycle, "more_body", False):
                self._cycle.transport = Lingering(self.transport, self._answered)
            return inner(scope, receive, send)

        self.app = app
        self._crowd = self.app_state.get(_CROWD) or Crowd(self._limits.connections)
        self.app_state[_CROWD] = self._crowd
        self._above = self._crowd.is_full(len(self.connections), self)
        self._deadlines.expect("begin", self._head_seconds, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the tasks that still answer; uvicorn tells only the newest request."""
        self._deadlines.forget()
        self._unset_keepalive_if_required()
        self._held, self._start, self._before = bytearray(), b"", None
        self._crowd.leave(self)
        super().connection_lost(exc)
        cycle = self._cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    # --- what comes ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket."""
        if self._deaf:
            self._thrown_away += len(data)
            if self._thrown_away > _MOST_THROWN_AWAY:
                self.transport.abort()
            return
        if self._first:
            self._first = False
            self._look(data)
        if not self._connection.seized:
            self._take(data)
            if not self._deaf:
                self._watch()

    def eof_received(self) -> bool:
        """Tell whether to keep the connection: the client sends no more, and may still read."""
        self._connection.client_ended.set()
        return self.scheme == "http" and not self._ended and self._owes_answer()

    def _owes_answer(self) -> bool:
        """Tell whether a whole request, or one that is refused, has no whole answer yet."""
        if self._connection.seized or self.cycle is None:
            return False
        is_newest_owed = not (self.cycle.response_complete or self.cycle.more_body)
        return is_newest_owed or bool(self.pipeline) or self._last is not None

    def _look(self, data: bytes) -> None:
        """Say on the console what begins here, where it is not HTTP/1.1."""
        if told := foreign(data):
            self._is_foreign = True
            self._tell(told)
        if is_connect(data):
            self._connection.seize()
            self._connection.write(NOT_A_PROXY)
            self._connection.close()

    def _tell(self, text: str) -> None:
        if unexpected := self.app_state.get(UNEXPECTED):
            unexpected.tell(text)

    def _take(self, data: bytes) -> None:
        """Give bytes to the parser; of a head, none before all are there."""
        if self._held or not self._phase():
            looked_at = max(len(self._held) - 3, 0)
            self._held += data
            head = self._held
            if head.find(b"\r\n\r\n", looked_at) < 0 and _BEGINNING.match(head):
                self._bound(len(head), head)
                return
            self._start = data = bytes(head)
            self._before = self.cycle
            self._held, self._fed = bytearray(), 0
        elif self._phase() == "head":
            self._fed += len(data)
            self._bound(self._fed, self._start)
        if not self._deaf:
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        super().data_received(data)

    def _bound(self, size: int, start: bytes | bytearray) -> None:
        """Refuse a head that is not over and too large already."""
        limits = self._limits
        if len(start) > limits.target_bytes + _AROUND_TARGET and b"\n" not in start:
            kind, most = TARGET_TOO_LONG, limits.target_bytes
        elif size > limits.head_bytes:
            kind, most = HEAD_TOO_LARGE, limits.head_bytes
        else:
            return
        self._refuse(kind.found(f"at most {most} bytes", f"more than {most} bytes"))

    # --- a request that is not served ------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Answer what the parser cannot read."""
        cycle = self.cycle
        if cycle is None or not cycle.more_body:
            told = self._head_so_far().lstrip(b"\r\n").partition(b"\n")[0][:80].decode("latin-1")
            self._refuse(self._last or NOT_HTTP.found("HTTP/1.1 (RFC 9112)", told))
        elif cycle.response_complete:
            self.transport.close()  # it was answered before it was read
        else:  # its head was in order, so it is answered as usual: the body ends here
            self._deaf = True
            problem = NOT_HTTP.found("a body as RFC 9112 has it", "something else")
            cycle.scope.setdefault("extensions", {})[PROBLEM] = problem
            cycle.more_body = False
            cycle.message_event.set()

    def _refuse(self, problem: HttpProblem) -> None:
        """Answer a request whose head is not read to its end; the connection ends with it."""
        self._deaf = True
        self._unset_keepalive_if_required()
        self._deadlines.expect_nothing()
        if self.cycle is not None and not self.cycle.response_complete:
            self._last = problem
            return
        self._last = None
        if self.transport.is_closing():
            return
        scope = scope_of(
            self._head_so_far(),
            scheme=self.scheme,
            server=self.server,
            client=self.client,
            state=self.app_state.copy(),
            extensions={PROBLEM: problem},
        )
        self._held, self._start = bytearray(), b""
        # A provider's journal would tell it; what is foreign was told when it came.
        if scope["path"] == "/" and not self._is_foreign:
            self._tell(f"{problem.diagnosis.summary}. {problem.diagnosis.hint}")
        word = self.cycle = LastWord(scope, Lingering(self.transport, self.read_no_more))
        task = self.loop.create_task(word.run(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _head_so_far(self) -> bytes:
        """Return the start of the head that is being read."""
        if self._held:
            return bytes(self._held[:LOOKED_AT])
        return self._start if self.cycle is self._before else self._parsed_head()

    def _parsed_head(self) -> bytes:
        """Return what the parser has of a head that came in one packet with another request."""
        raise NotImplementedError

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        if self._ended:
            return
        super().on_response_complete()
        if self.transport.is_closing():
            self.watch_unread()
        elif self._connection.client_ended.is_set() and not self._owes_answer():
            self._close()
        elif not self._deaf:
            self._watch()
        elif self.cycle.response_complete:
            if self._last is None:
                self.transport.close()  # what follows cannot be read
            else:
                self._refuse(self._last)

    def expel(self) -> None:
        """Close a connection above the limit, for one that is newer."""
        if self.cycle is None and not self.transport.is_closing():
            self.transport.write(in_short(self._too_many()))
            self.transport.close()
            self.watch_unread()
        else:
            self.transport.abort()

    def _too_many(self) -> HttpProblem:
        return TOO_MANY_CONNECTIONS.found(f"at most {self._crowd.most} at a time")

    # --- the end of a connection -----------------------------------------------------------------

    def answer_last(self) -> None:
        """The answer that goes out now is the last one."""
        cycle = self._cycle
        if cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
            cycle.transport = Lingering(self.transport, self.read_no_more)

    def read_no_more(self) -> None:
        """Our answer is over: throw away what still comes, and close soon."""
        self._deaf = self._ended = True
        if self.transport.is_closing():
            return
        if self._connection.client_ended.is_set():
            self._close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._deadlines.expect("end", _LINGER_SECONDS, self.transport.abort)

    def _answered(self) -> None:
        """The last answer is over: what is still to come of its request must be read first."""
        if self._cycle.more_body:
            self.read_no_more()
        else:
            self.transport.close()

    def _close(self) -> None:
        """Close it when all is sent."""
        self.transport.close()
        self.watch_unread()

    def shutdown(self) -> None:
        """Begin to stop."""
        super().shutdown()
        self._connection.stopping.set()

    # --- time ------------------------------------------------------------------------------------

    @property
    def _head_seconds(self) -> float:
        return _GUEST_SECONDS if self._above else self._limits.head_seconds

    def _phase(self) -> str:
        """Return what of a request is being read: `head`, `body`, or nothing."""
        raise NotImplementedError

    def _watch(self) -> None:
        """Wait for the rest of what is being read, with a limit."""
        phase = self._phase()
        if phase == "head":
            self._unset_keepalive_if_required()
            self._deadlines.expect((phase, self.cycle), self._head_seconds, self._head_is_late)
            return
        self._start, self._before = b"", None
        if phase == "body":  # the application's own limit comes first, and says more
            seconds = self._limits.body_seconds + _LINGER_SECONDS
            self._deadlines.expect((phase, self.cycle), seconds, self._body_is_late)
        else:
            self._deadlines.expect_nothing()

    def _head_is_late(self) -> None:
        seconds = self._head_seconds
        self._refuse(HEAD_TOO_SLOW.found(f"a whole head within {seconds:g} s"))

    def _body_is_late(self) -> None:
        if self.flow.read_paused:
            self._watch()  # the emulator is slow, not the client
        else:
            self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing is asked."""
        super().timeout_keep_alive_handler()
        self.watch_unread()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, with a limit."""
        super().pause_writing()
        self.watch_unread()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._deadlines.answer_is_taken()
        super().resume_writing()

    def watch_unread(self) -> None:
        """Limit the wait for a client that does not read."""
        self._deadlines.answer_waits()
