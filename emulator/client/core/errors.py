"""Errors of the clients: one tree, and the same attributes on each of them.

::

    ClientError                  any error of a client
    ├── ConfigurationError       an argument is wrong; nothing was sent
    ├── RefusedError             the provider refuses the request
    │   └── AuthenticationError  it does not accept the credential, or the time
    ├── UncertainSaleError       it is not known whether a sale was made: ask, do not send it again
    ├── UnreadableAnswerError    an answer came that cannot be read or cannot be trusted
    ├── TransportError           no answer came: the connection failed
    │   └── ClientTimeoutError   no answer came in time
    ├── NotFinalError            it is not final when the time to wait is over
    ├── WebhookError             what came to your webhook address cannot be trusted
    └── ControlError             the emulator's control API refuses the call

No error of the HTTP, JSON or cryptography libraries comes out of a client; the cause of an error
is in its `__cause__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.core import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.client.core.answer import Answer
    from emulator.core.errors import Diagnosis


class ClientError(errors.EmulatorError):
    """Any error of a client.

    Attributes:
        message: What went wrong, in the provider's own words where it said something.
        code: The provider's own code, as text: GestoPago's `CODIGO`, Placetopay's `reason` or the
            number of its failed authentication, Tesabiz' `codReturn`, Goat's and Pagsmile's
            `code`. Empty where there is none.
        answer: The provider's answer; None where none came.
        diagnosis: What the emulator says about it; None from a real provider.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        answer: Answer | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        message = errors.shorten(message)
        super().__init__(f"{message} [{diagnosis}]" if diagnosis else message)
        self.message = message
        self.code = code
        self.answer = answer
        self.diagnosis = diagnosis

    @property
    def status(self) -> int | None:
        """HTTP status of the provider's answer; None where none came."""
        return self.answer.status if self.answer else None

    @property
    def exchange(self) -> int | None:
        """Number of the exchange in the emulator's journal; None from a real provider."""
        return self.answer.exchange if self.answer else None


class ConfigurationError(ClientError, errors.ConfigurationError):
    """An argument is wrong; nothing was sent.

    Attributes:
        argument: The name of the argument. Its value is not in the text: it may be a secret.
    """

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(f"{argument}: {message}" if argument else message)
        self.argument = argument


class RefusedError(ClientError):
    """The provider refuses the request."""


class AuthenticationError(RefusedError):
    """The provider does not accept the credential: its secret, signature or token, or the time."""


class UncertainSaleError(ClientError):
    """It is not known whether a sale was made: ask with `confirm_tx`, and do not send it again.

    The code is 82 or 03, or the answer cannot be read, or the answer was lost on its way.
    """


class UnreadableAnswerError(ClientError):
    """An answer came that cannot be read, or whose signature is wrong."""


class TransportError(ClientError):
    """No answer came: the connection failed.

    Attributes:
        sent: Whether the request may have reached the provider. Where it is false, nothing was
            done there.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class ClientTimeoutError(TransportError):
    """No answer came in time."""


class NotFinalError(ClientError):
    """It is not final when the time to wait is over.

    Attributes:
        last: What was seen last; None if nothing could be seen.
    """

    def __init__(self, message: str, *, last: Any = None) -> None:
        super().__init__(message)
        self.last = last


class WebhookError(ClientError):
    """What came to your webhook address cannot be trusted: answer with status 400."""


class ControlError(ClientError):
    """The emulator's control API refuses the call.

    Attributes:
        hint: What to do next; empty where the emulator gave none.
        findings: What is wrong with a scenario, each with line and column.
    """

    def __init__(
        self,
        message: str,
        *,
        answer: Answer | None = None,
        hint: str = "",
        findings: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(f"{message}. {hint}" if hint else message, answer=answer)
        self.message = message
        self.hint = hint
        self.findings = tuple(findings)
