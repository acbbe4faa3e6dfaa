"""What a client of a provider has besides: a clock, and errors with the emulator's diagnosis."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self, TypeVar, cast
from urllib.parse import urlsplit

from emulator.client.core import checks
from emulator.client.core.answer import Answer, as_object
from emulator.client.core.client import Client
from emulator.client.core.declaring import client, option, read_credential
from emulator.client.core.errors import (
    ClientError,
    ConfigurationError,
    RefusedError,
    UnreadableAnswerError,
)
from emulator.client.core.reading import misfit
from emulator.client.core.steps import Call, Steps, send
from emulator.core.errors import Diagnosis, Hint
from emulator.core.hosts import host_of, is_near

T = TypeVar("T")

_DIAGNOSIS = ("code", "summary", "where", "expected", "received", "hint")


@client
class ProviderClient(Client):
    """The part of a provider's client without input and output."""

    clock: Callable[[], float] = option(default=time.time, check=checks.function, kw_only=True)

    def _now(self) -> datetime:
        """Return what the clock says, in UTC.

        Raises:
            ConfigurationError: It does not return a time.
        """
        try:
            return datetime.fromtimestamp(self.clock(), UTC)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            wrong = "it must return seconds since 1970"
            raise ConfigurationError(wrong, argument="clock") from error

    @classmethod
    def from_credentials(cls, credential: Mapping[str, Any], **settings: Any) -> Self:
        """Make a client from what `GET /_emulator/credentials` shows for its provider.

        Args:
            credential: The members for one provider, `base_url` among them.
            settings: Further arguments of the class; they replace those of the credential.

        Raises:
            ConfigurationError: A member is missing or wrong.
            TypeError: The class has no such argument.
        """
        return cls(**read_credential(cls, credential, settings), **settings)

    def _refusal(
        self,
        message: str,
        answer: Answer,
        code: str = "",
        error: type[ClientError] = RefusedError,
    ) -> Steps[ClientError]:
        """Return the error for an answer, with the emulator's full diagnosis if it is ours.

        Args:
            message: What the provider said, in a line.
            answer: Its answer.
            code: Its own code; empty if there is none.
            error: Which class to raise.
        """
        diagnosis = yield from self._diagnosis(answer)
        return error(message, code=code, answer=answer, diagnosis=diagnosis)

    def _conforming(self, value: object, kind: type[T], answer: Answer) -> Steps[T]:
        """Return a value of an answer as the type that a method promises.

        Raises:
            UnreadableAnswerError: A required member is missing or of another kind.
        """
        if problem := misfit(value, kind):
            told = f"the answer cannot be read: {problem}"
            raise (yield from self._refusal(told, answer, error=UnreadableAnswerError))
        return cast("T", value)

    def _diagnosis(self, answer: Answer) -> Steps[Diagnosis | None]:
        """Return what the emulator says about a refusal; None from a real provider."""
        code = answer.headers.get("emulator-diagnosis", "")
        if not code:
            return None
        members: dict[str, Any] = {}
        if answer.exchange is not None:
            url = f"{self._control_url()}/requests/{answer.exchange}"
            try:
                said = yield from send(Call("GET", url, self._admin_headers()))
                members = as_object(said.members().get("diagnosis"))
            except ClientError:
                pass  # the code alone will do
        told = {name: str(members.get(name) or "") for name in _DIAGNOSIS}
        return Diagnosis(
            code=told["code"] or code,
            summary=told["summary"],
            where=told["where"],
            expected=told["expected"],
            received=told["received"],
            likely=Hint(told["hint"]),
        )

    def _admin_headers(self) -> dict[str, str]:
        """Return the header with the emulator's admin token; only a near host is sent it."""
        token = os.environ.get("EMULATOR_ADMIN_TOKEN", "").strip()
        is_sendable = token.isascii() and token.isprintable()
        if not (token and is_sendable and is_near(host_of(self.base_url))):
            return {}
        return {"authorization": f"Bearer {token}"}

    def _control_url(self) -> str:
        parts = urlsplit(self.base_url)
        namespace, mark, _ = parts.path.partition("/_ns/")[2].partition("/")
        prefix = f"/_ns/{namespace}" if mark else ""
        return f"{parts.scheme}://{parts.netloc}{prefix}/_emulator"
