"""What a configuration file may change about Tesabiz: the open questions, each with its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """Options of the section `[tesabiz]`.

    Attributes:
        timestamp_claims: What to do about `iat`, `exp` and `nbf` in a signed message.
        unknown_members: What to do about members that are not in any known schema.
        error_status: HTTP status of a refusal for who signed: unknown code, bad signature.
        business_errors: Where the JWS services put the refusal of a well-signed message:
            outside, in the flat `codReturn`; or inside, in the signed `header.codReturn`.
        reject_expired_certificate: Refuse a merchant whose certificate is out of date,
            rather than note it.
        data_uri_prefix: Put `data:image/png;base64,` before an image.
        cod_eif: The bank that issues the QR codes; part of `idQr`.
        notify_url: Where webhooks go for a merchant that has no URL.
        notify_mode: How they are sealed for a merchant that has no mode.
    """

    timestamp_claims: Literal["refuse", "ignore"] = "refuse"
    unknown_members: Literal["refuse", "ignore"] = "refuse"
    error_status: Literal["200", "401"] = "200"
    business_errors: Literal["outside", "inside"] = "outside"
    reject_expired_certificate: bool = False
    data_uri_prefix: bool = True
    cod_eif: str = "1111"
    notify_url: str = ""
    notify_mode: Literal["plain", "jws"] = "plain"
