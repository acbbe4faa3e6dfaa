"""GestoPago by PortalVentas.net (Mexico): top-ups, bill payments, PINs.

Authentication: a login gives a bearer token for 24 hours; the payload is JSON encrypted with
AES-256-CBC in the form field `signed` (`auth/`, `signed/`).
Replies: XML, neither signed nor encrypted. GestoPago sends no webhooks.
"""

from __future__ import annotations

from emulator.core.errors import Source
from emulator.provider import TOKEN_OPTIONS, Authenticate, Endpoint, Handle, Life, Provider, Tokens
from emulator.providers.gestopago.auth import (
    METHOD_PREFIXES,
    TOKEN_PATHS,
    TOKENS,
    authenticate,
    authenticate_signed,
    log_in,
)
from emulator.providers.gestopago.auth.front import check_api_key
from emulator.providers.gestopago.behaviours import CLIENTS, DATASHEET, OPENAPI
from emulator.providers.gestopago.credentials import DEVICES, SIGNING_KEYS
from emulator.providers.gestopago.damage import PARTS
from emulator.providers.gestopago.endpoints import (
    counting,
    encrypt,
    get_balance,
    get_product_list,
    issue_token,
    send_echo,
    validate_me,
    verify_reference,
)
from emulator.providers.gestopago.failures import ERRORS, POST_ONLY
from emulator.providers.gestopago.sales import confirm_tx, send_tx
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import sign
from emulator.providers.gestopago.state import seed_state

_HELPER_PATHS = ("/sistema/app/public/encrypt/", "/service/preprod/encrypt")


def _endpoint(
    name: str,
    handle: Handle,
    source: Source,
    authenticate: Authenticate | None = None,
    paths: tuple[str, ...] = (),
) -> Endpoint:
    """Make an endpoint, by default at the paths of a method."""
    methods = ("POST",) if name in POST_ONLY else ("GET", "POST")
    usual = tuple(f"{prefix}{name}.do" for prefix in METHOD_PREFIXES)
    return Endpoint(name, methods, paths or usual, handle, source, authenticate)


PROVIDER = Provider(
    package=__name__,
    name="gestopago",
    title="GestoPago PortalVentas.net",
    hosts=("gestopago.portalventas.net", "aws.portalventas.net"),
    endpoints=(
        _endpoint("token", issue_token, DATASHEET, log_in, TOKEN_PATHS),
        _endpoint("sendEcho", counting(send_echo), OPENAPI),
        _endpoint("validateMe", counting(validate_me), OPENAPI),
        _endpoint("getBalance", counting(get_balance), OPENAPI),
        _endpoint("getProductList", counting(get_product_list), OPENAPI),
        _endpoint("verifyReference", counting(verify_reference), OPENAPI, authenticate_signed),
        _endpoint("sendTx", counting(send_tx), OPENAPI, authenticate_signed),
        _endpoint("confirmTx", counting(confirm_tx), OPENAPI, authenticate_signed),
        _endpoint("encrypt", encrypt, CLIENTS, check_api_key, _HELPER_PATHS),
    ),
    errors=ERRORS,
    authenticate=authenticate,
    settings=Settings(),
    credentials=DEVICES,
    sign=sign,
    source=DATASHEET,
    masked=("token",),
    life=Life(seed=seed_state),
    parts=PARTS,
    signing_keys=SIGNING_KEYS,
    tokens=Tokens(options=TOKEN_OPTIONS, revoke=TOKENS.revoke_all),
)
