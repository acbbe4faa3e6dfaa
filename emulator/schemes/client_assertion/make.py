"""Make an assertion, as a client does."""

from __future__ import annotations

from datetime import timedelta
from json import dumps
from typing import TYPE_CHECKING

from jwt.algorithms import ECAlgorithm

from emulator.schemes.encoding import to_base64url

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from emulator.schemes.client_assertion.keys import demand_p256

ES256 = ECAlgorithm(ECAlgorithm.SHA256)
SIGNATURE_BYTES = 64


def make(
    issuer: str,
    key_id: str,
    private_key: EllipticCurvePrivateKey,
    *,
    audience: str,
    now: datetime,
    lifetime: timedelta = timedelta(hours=1),
) -> str:
    """Make an assertion, as the provider's own samples do.

    Raises:
        ConfigurationError: The key is not on P-256.
    """
    demand_p256(private_key)
    issued = int(now.timestamp())
    header = {"alg": "ES256", "typ": "JWT", "kid": key_id}
    claims = {
        "aud": audience,
        "iss": issuer,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "sub": issuer,
    }
    signing_input = ".".join(
        to_base64url(dumps(part, separators=(",", ":")).encode("ascii"))
        for part in (header, claims)
    )
    signature = ES256.sign(signing_input.encode("ascii"), private_key)
    return f"{signing_input}.{to_base64url(signature)}"
