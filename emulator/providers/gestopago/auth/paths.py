"""The paths of the login and of the methods, and the methods that no longer exist."""

from __future__ import annotations

from emulator.core.errors import FailureMode, Standing
from emulator.core.messages import Message
from emulator.provider import Refusal
from emulator.providers.gestopago.auth.front import AWS_PREFIX
from emulator.providers.gestopago.behaviours import CLIENTS, DATASHEET
from emulator.providers.gestopago.failures import ERRORS

TOKEN_PATHS = ("/sistema/app/jwt-gp/authenticate/", "/service/preprod/authenticate")
METHOD_PREFIXES = ("/sistema/service/", AWS_PREFIX)
PATH_SLASH = FailureMode(
    "gestopago.path-slash", "The path of the login has a slash too few or too many", DATASHEET
)
LEGACY_METHOD = FailureMode(
    "gestopago.legacy-method",
    "The methods of the time before tokens, with clear credentials, are not emulated",
    CLIENTS.but(Standing.CHOSEN),
)


def check_name(path: str) -> None:
    """Refuse a method of the old API without tokens, and name the method that replaces it."""
    for prefix in METHOD_PREFIXES:
        name = path.removeprefix(prefix).removesuffix(".do")
        if path == f"{prefix}{name}.do" and name in _SUCCESSORS:
            diagnosis = LEGACY_METHOD.diagnose(
                "path",
                expected=f"{prefix}{_SUCCESSORS[name]}.do",
                received=path,
                hint=Message(
                    "Log in, and call {prefix}{successor}.do with the token and `signed`"
                ).with_(prefix=prefix, successor=_SUCCESSORS[name]),
            )
            raise Refusal(ERRORS["not-found"], diagnosis)


_SUCCESSORS = {
    "identifyMe": "validateMe",
    "getSaldo": "getBalance",
    "getListaProducto": "getProductList",
    "abonar": "sendTx",
    "confirmaTransaccion": "confirmTx",
}
