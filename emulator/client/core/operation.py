"""`@operation`: a method is written once, as a generator, and both kinds of client have it.

The generator does no input or output. It yields what it wants done and is given the result::

    class PlacetopayOperations(Client):
        @operation(safe=True)
        def query_session(self, request_id: int) -> Steps[Session]:
            answer = yield from send(Call("POST", f"/api/session/{request_id}"))
            return (yield from self._conforming(json_of(answer), Session, answer))

    class Placetopay(PlacetopayOperations, BlockingClient): ...       # query_session(5)
    class AsyncPlacetopay(PlacetopayOperations, AsyncClient): ...     # await query_session(5)

A type checker sees the parameters and the result of the method in both; so do `help()` and
`inspect.signature`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    cast,
    get_type_hints,
    overload,
)

from emulator.client.core.names import did_you_mean
from emulator.client.core.retrying import retried
from emulator.client.core.steps import Steps

if TYPE_CHECKING:
    from emulator.client.core.client import AsyncClient, BlockingClient

T = TypeVar("T")
P = ParamSpec("P")
C = TypeVar("C")
ClientT = TypeVar("ClientT", covariant=True)


class Resource(Generic[ClientT]):
    """A group of operations of a client: `control.clock`.

    Args:
        client: Whose operations.
    """

    def __init__(self, client: ClientT) -> None:
        self._client = client


class Operation(Generic[C, P, T]):
    """A method of both kinds of client, made from one generator function.

    Args:
        function: The generator function.
        safe: Whether it may be repeated: it only reads.
    """

    def __init__(self, function: Callable[Concatenate[C, P], Steps[T]], *, safe: bool) -> None:
        self.function = function
        self.safe = safe
        self.__doc__ = function.__doc__
        self.signature = _signature(function)
        self._names = tuple(self.signature.parameters)[1:]
        self._blocking = self._described(_blocking(self))
        self._awaitable = self._described(_awaitable(self))

    @overload
    def __get__(
        self, instance: None, owner: type[BlockingClient]
    ) -> Callable[Concatenate[Any, P], T]: ...
    @overload
    def __get__(
        self, instance: None, owner: type[AsyncClient]
    ) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(
        self, instance: BlockingClient | Resource[BlockingClient], owner: type
    ) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: AsyncClient | Resource[AsyncClient], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Return the method of this kind of client; the operation itself where there is none."""
        is_async = getattr(_client_of(instance) or owner, "is_async", None)
        if is_async is None:
            return self
        return (self._awaitable if is_async else self._blocking).__get__(instance, owner)

    def steps(self, instance: C, *args: P.args, **kwargs: P.kwargs) -> Steps[T]:
        """Return the steps of one call; with repeats, where the client wants them and may.

        Raises:
            TypeError: The arguments are not those of the method; it names the nearest one.
        """
        unknown = next((name for name in kwargs if name not in self._names), None)
        if unknown is not None:
            raise TypeError(self._refusal(unknown))
        client = _client_of(instance)
        retries: int = client.retries if self.safe else 0
        if not retries:
            return self.function(instance, *args, **kwargs)
        make = partial(self.function, instance, *args, **kwargs)
        return retried(make, retries, longest=client.timeout)

    def _refusal(self, unknown: str) -> str:
        name = getattr(self.function, "__name__", "operation")
        return f"{name}() has no argument {unknown!r}{did_you_mean(unknown, self._names)}"

    def _described(self, method: Any) -> Any:
        """Give a method the signature that a user sees."""
        method.__signature__ = self.signature
        method.__annotations__ = {
            each.name: each.annotation
            for each in self.signature.parameters.values()
            if each.annotation is not inspect.Parameter.empty
        }
        method.__annotations__["return"] = self.signature.return_annotation
        return method


@overload
def operation(function: Callable[Concatenate[C, P], Steps[T]], /) -> Operation[C, P, T]: ...
@overload
def operation(
    *, safe: bool
) -> Callable[[Callable[Concatenate[C, P], Steps[T]]], Operation[C, P, T]]: ...
def operation(function: Any = None, *, safe: bool = False) -> Any:
    """Make a method of both kinds of client from a generator function.

    Args:
        function: The generator function.
        safe: Say true where the provider changes nothing, so that it may be repeated. A sale, a
            payment or a refund never is.
    """
    if function is None:
        return partial(Operation, safe=safe)
    return Operation(function, safe=safe)


def _client_of(instance: Any) -> Any:
    return getattr(instance, "_client", instance)


def _blocking(operation: Operation[Any, Any, Any]) -> Callable[..., Any]:
    @wraps(operation.function)
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return _client_of(self).run(operation.steps(self, *args, **kwargs))

    return method


def _awaitable(operation: Operation[Any, Any, Any]) -> Callable[..., Any]:
    @wraps(operation.function)
    async def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await _client_of(self).run(operation.steps(self, *args, **kwargs))

    return method


# --- what a user sees -------------------------------------------------------------------------


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of the methods: real names, and the result in place of the steps."""
    found = inspect.signature(function)
    parameters: list[inspect.Parameter] = []
    for each in found.parameters.values():
        if each.kind is inspect.Parameter.VAR_KEYWORD:
            parameters += _named(each, function)
        else:
            parameters.append(each)
    result = str(found.return_annotation)
    if result.startswith("Steps[") and result.endswith("]"):
        result = result.removeprefix("Steps[")[:-1]
    return inspect.Signature(parameters, return_annotation=result)


def _named(parameter: inspect.Parameter, function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the keyword parameters that `**members: Unpack[SomeTypedDict]` stands for."""
    name = str(parameter.annotation).removeprefix("Unpack[").removesuffix("]")
    members = cast("dict[str, Any]", getattr(function, "__globals__", {})).get(name)
    if members is None:
        raise TypeError(f"{function.__qualname__}: {parameter} names no TypedDict")
    required: frozenset[str] = members.__required_keys__
    return [
        inspect.Parameter(
            each,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if each in required else None,
            annotation=inspect.formatannotation(kind),
        )
        for each, kind in get_type_hints(members).items()
    ]
