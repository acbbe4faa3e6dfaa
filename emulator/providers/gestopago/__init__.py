"""GestoPago by PortalVentas.net (Mexico): top-ups, bill payments, PINs.

Authentication: a login gives a bearer token for 24 hours; the payload is JSON encrypted with
AES-256-CBC in the form field `signed` (`auth.py`).
Replies: XML, neither signed nor encrypted. GestoPago sends no notices.
"""

from __future__ import annotations

from emulator.provider import TOKEN_OPTIONS, Endpoint, Provider
from emulator.providers.gestopago.auth import (
    METHOD_PREFIXES,
    TOKEN_PATHS,
    authenticate,
    authenticate_signed,
    check_front,
    log_in,
)
from emulator.providers.gestopago.behaviours import CLIENTS, DATASHEET, OPENAPI
from emulator.providers.gestopago.credentials import (
    SECRETS,
    SIGNING_KEYS,
    VERIFYING_KEYS,
    credential_view,
    default_credentials,
    make_keys,
    register,
    rekey,
)
from emulator.providers.gestopago.damage import PARTS
from emulator.providers.gestopago.endpoints import (
    confirm_tx,
    counting,
    encrypt,
    get_balance,
    get_product_list,
    issue_token,
    send_echo,
    send_tx,
    validate_me,
    verify_reference,
)
from emulator.providers.gestopago.failures import ALIASES, ERRORS
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import sign
from emulator.providers.gestopago.state import revoke_tokens, seed_state

_BOTH = ("GET", "POST")


def _paths(method: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{method}.do" for prefix in METHOD_PREFIXES)


PROVIDER = Provider(
    package=__name__,
    name="gestopago",
    title="GestoPago PortalVentas.net",
    hosts=("gestopago.portalventas.net", "aws.portalventas.net"),
    endpoints=(
        Endpoint("token", ("POST",), TOKEN_PATHS, issue_token, DATASHEET, log_in),
        Endpoint("sendEcho", _BOTH, _paths("sendEcho"), counting(send_echo), OPENAPI),
        Endpoint("validateMe", _BOTH, _paths("validateMe"), counting(validate_me), OPENAPI),
        Endpoint("getBalance", _BOTH, _paths("getBalance"), counting(get_balance), OPENAPI),
        Endpoint(
            "getProductList", _BOTH, _paths("getProductList"), counting(get_product_list), OPENAPI
        ),
        Endpoint(
            "verifyReference",
            _BOTH,
            _paths("verifyReference"),
            counting(verify_reference),
            OPENAPI,
            authenticate_signed,
        ),
        Endpoint(
            "sendTx", _BOTH, _paths("sendTx"), counting(send_tx), OPENAPI, authenticate_signed
        ),
        Endpoint(
            "confirmTx",
            _BOTH,
            _paths("confirmTx"),
            counting(confirm_tx),
            OPENAPI,
            authenticate_signed,
        ),
        Endpoint(
            "encrypt",
            ("POST",),
            ("/sistema/app/public/encrypt/", "/service/preprod/encrypt"),
            encrypt,
            CLIENTS,
            check_front,
        ),
    ),
    errors=ERRORS,
    aliases=ALIASES,
    authenticate=authenticate,
    settings=Settings(),
    register=register,
    default_credentials=default_credentials,
    credential_view=credential_view,
    sign=sign,
    make_keys=make_keys,
    source=DATASHEET,
    secrets=SECRETS,
    masked=("password", "token"),
    seed_state=seed_state,
    parts=PARTS,
    signing_keys=SIGNING_KEYS,
    verifying_keys=VERIFYING_KEYS,
    rekey=rekey,
    token_options=TOKEN_OPTIONS,
    revoke_tokens=revoke_tokens,
)
