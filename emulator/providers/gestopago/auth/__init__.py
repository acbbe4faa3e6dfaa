"""Authentication: the login, and the bearer token that it gives.

::

    login   idDistribuidor, codigoDispositivo, password  ->  a token for 24 hours
    method  Authorization: Bearer token
            signed = the encrypted payload, see `signed/`

A wrong login is HTTP 200; a token that is missing or incorrect is 401; one that has expired is
403.
"""

from __future__ import annotations

from emulator.providers.gestopago.auth.device import ACTIVE, distributor_of, inactive
from emulator.providers.gestopago.auth.login import LOGIN_FIELDS, log_in
from emulator.providers.gestopago.auth.methods import authenticate, authenticate_signed
from emulator.providers.gestopago.auth.paths import METHOD_PREFIXES, TOKEN_PATHS
from emulator.providers.gestopago.auth.tokens import ISSUER, SECRET_FILE, TOKENS, issue_token

__all__ = [
    "ACTIVE",
    "ISSUER",
    "LOGIN_FIELDS",
    "METHOD_PREFIXES",
    "SECRET_FILE",
    "TOKENS",
    "TOKEN_PATHS",
    "authenticate",
    "authenticate_signed",
    "distributor_of",
    "inactive",
    "issue_token",
    "log_in",
]
