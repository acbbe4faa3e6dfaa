"""The AWS front: below `/service/preprod/` every call needs `X-API-Key`, the login too.

The key is one of the integrator's, not of a device: any registered one is accepted. The
classic host asks for none.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, Refusal
from emulator.providers.gestopago.auth.login_mistakes import differ, recognise
from emulator.providers.gestopago.behaviours import CLIENTS
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.settings import Settings

AWS_PREFIX = "/service/preprod/"
HEADER = "x-api-key"

API_KEY_MISSING = FailureMode(
    "api-gateway.key-missing", "The AWS front wants X-API-Key on every call", CLIENTS
)
API_KEY = FailureMode("api-gateway.key", "X-API-Key is not a registered key", CLIENTS)

_WHERE_TO_FIND = Message("`emulator credentials gestopago` prints it as api_key")


def check_api_key(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the key of a call to the AWS front; for the classic host there is nothing to check.

    Raises:
        Refusal: `api-key` with `api-gateway.key-missing` or `api-gateway.key`.
    """
    request = exchange.request
    if not request.path.startswith(AWS_PREFIX):
        return
    records = [record for _, record in context.store.table(CREDENTIALS).items()]
    keys = {record["api_key"] for record in records if record["api_key"]}
    received = ", ".join(value for name, value in request.headers if name == HEADER)
    if any(not differ(key, received) for key in keys):
        return
    if received.strip():
        diagnosis = API_KEY.diagnose(
            "headers.x-api-key",
            expected="a registered key",
            received=f"{len(received)} characters",
            hint=_what_came(received, keys, records),
        )
    else:
        diagnosis = API_KEY_MISSING.diagnose(
            "headers.x-api-key",
            expected="a registered key",
            received="nothing",
            hint=_where_it_is(exchange, keys),
        )
    raise Refusal(ERRORS["api-key"], diagnosis)


def _what_came(received: str, keys: set[str], records: list[Record]) -> str:
    if not keys:
        return _NO_KEYS
    if received.removeprefix("Bearer ") in keys:
        return Message("Leave out the word Bearer: X-API-Key is the key alone")
    for key in keys:
        if hint := recognise(received, key):
            return hint
    for record in records:
        for name in ("password", "aes_key", "aes_iv", "codigoDispositivo"):
            if received == record[name]:
                return Message("This is the {name}; {where_to_find}").with_(
                    name=name, where_to_find=_WHERE_TO_FIND
                )
    if received.count(".") == 2:
        return Message(
            "This is the access token, which belongs in Authorization; {where_to_find}"
        ).with_(where_to_find=_WHERE_TO_FIND)
    return Message("This key is not registered; {where_to_find}").with_(
        where_to_find=_WHERE_TO_FIND
    )


def _where_it_is(exchange: Exchange, keys: set[str]) -> str:
    if not keys:
        return _NO_KEYS
    for place, value in _elsewhere(exchange):
        if value.removeprefix("Bearer ") in keys:
            return Message("The key is in {place}; send it in the header X-API-Key").with_(
                place=place
            )
    return Message(
        "Send the key in the header X-API-Key, the login included; {where_to_find}"
    ).with_(where_to_find=_WHERE_TO_FIND)


def _elsewhere(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for name, value in exchange.request.headers:
        yield Message("the header {name}").with_(name=name), value
    for name, value in exchange.request.query_pairs():
        yield Message("the query parameter {name}").with_(name=name), value


_NO_KEYS = Message(
    "No credential has an api_key: register one that has, or use the "
    "classic paths, which begin with /sistema/ and need no key"
)
