"""Choices, inferences and observations that shape Tesabiz here; rows of the fidelity page."""

from __future__ import annotations

from emulator.core.errors import Behaviour, Standing
from emulator.providers.tesabiz.failures import (
    FRONT,
    OWN,
    PAYER_CLIENT,
    QR_CLIENT,
    SECURITY,
    WEBHOOK,
)
from emulator.schemes.jws import failures as jws

PLAIN_WITHOUT_CREDENTIALS = Behaviour(
    "The plain services check no signature; a caller that names a registered "
    "infoTx.sisOrigen is that merchant",
    QR_CLIENT.but(Standing.INFERRED, "no header, no key"),
)
BODY_ENCODING = Behaviour(
    "A compressed body, another charset than UTF-8 and a second Content-Type are refused as "
    "another media type",
    OWN,
)
RS256_ONLY = Behaviour(
    "RS256 alone is accepted, under the key of the certificate registered for the code; typ may "
    "be absent, JWT or JOSE",
    SECURITY.but(Standing.INFERRED, "Ejemplo para enviar el payload firmado"),
)
HOME_MADE_CERTIFICATES = Behaviour(
    "A certificate may be X.509 v1 and self-signed, as the documented key ceremony makes it; "
    "neither chain nor extensions are looked at",
    SECURITY.but(Standing.INFERRED, "Generación de firma"),
)
CERTIFICATE_DATES_NOTED = Behaviour(
    "A merchant's certificate that is out of date is noted; the setting "
    "reject_expired_certificate refuses it",
    SECURITY.but(Standing.CHOSEN, "Generación de firma"),
)
NO_TIMESTAMPS = Behaviour(
    "A signed message with iat, exp or nbf is refused; the setting timestamp_claims ignores them",
    SECURITY.but(Standing.INFERRED, "noTimestamp: true, IMPORTANTE"),
)
NO_REPLAY_PROTECTION = Behaviour(
    "A signed message may be sent again; only idTrans stands in the way of a second QR",
    SECURITY.but(Standing.INFERRED, "no nonce and no time is documented"),
)
UNKNOWN_MEMBERS = Behaviour(
    "A member that is in no known schema is refused; the setting unknown_members ignores it",
    SECURITY.but(Standing.INFERRED, "noTimestamp: true, IMPORTANTE"),
)
CODES_OF_RETURN = Behaviour(
    'codReturn is text; "0" is success, the positive numbers of the refusals are our own',
    FRONT.but(Standing.INFERRED, "codReturn === '0'"),
)
STATUS_OF_REFUSALS = Behaviour(
    "A refusal is HTTP 200; the setting error_status makes it 401 where the signer is refused",
    OWN.but(Standing.CHOSEN, "HTTP status"),
)
REFUSALS_OF_SECURE_SERVICES = Behaviour(
    "The JWS services refuse with flat codReturn and payload null; the setting business_errors "
    "moves the refusal of a well-signed message into the signed header",
    FRONT.but(Standing.INFERRED, "header.codReturn > 0"),
)
ENCRIPT_PLAIN = Behaviour(
    "encript exists as a plain service too, and bloqued and details as JWS services",
    SECURITY.but(Standing.INFERRED, "the other services' names"),
)
REQUEST_MODEL = Behaviour(
    "The members of a request are those of the public client",
    QR_CLIENT.but(Standing.OBSERVED, "request model"),
)
LIMITS = Behaviour(
    "glosa over 50 characters and importe over 7 digits, the limits of that client's form, are "
    "accepted with a warning; importe has at most 15 digits and other text 200 characters",
    OWN.but(Standing.CHOSEN, "request model"),
)
INFO = Behaviour(
    "info is any JSON value of any length, and is in the webhook as it came",
    WEBHOOK.but(Standing.INFERRED, "info: debts, references"),
)
NO_CONTROL_CHARACTERS = Behaviour(
    "No text but info may hold a line break or another control character; glosa must not be "
    "blank; a number or name, such as idTrans, has no blank at either end and no invisible "
    "character",
    OWN.but(Standing.CHOSEN, "request model"),
)
OTHER_JSON_TYPES = Behaviour(
    "importe and tiempoDuracion as text, and idTrans and codTransComercio as a number, are "
    "accepted with a warning; a number with a decimal point, 1700.0 too, is refused",
    WEBHOOK.but(Standing.INFERRED, "importe as text in qrPagado"),
)
ACCOUNTS = Behaviour(
    "cuentaAbono must be an account of the merchant, and in its currency; a merchant that is "
    "registered without accounts has CUENTA1_BOB and CUENTA1_USD in Bolivia, 12345678900000 in "
    "Peru",
    QR_CLIENT.but(Standing.INFERRED, "cuentaAbono"),
)
REGISTERED_BY_ORIGIN = Behaviour(
    "A merchant of the plain services and a payer's bank are registered by sisOrigen alone, "
    "without certificate; a merchant may have several, each is of one merchant",
    PAYER_CLIENT.but(Standing.INFERRED, "infoTx.sisOrigen"),
)
MINOR_UNITS = Behaviour(
    "importe counts minor units: 1700 is 17.00",
    QR_CLIENT.but(Standing.OBSERVED, "Amount (Cents)"),
)
CURRENCIES = Behaviour(
    "codMoneda is BOB or USD for a merchant in Bolivia, 604 for one in Peru",
    WEBHOOK.but(Standing.INFERRED, "codMoneda"),
)
EXPIRY = Behaviour(
    "A QR expires tiempoDuracion minutes after it was made, or at the end of fechaVencimiento in "
    "local time (Bolivia UTC-4, Peru UTC-5), whichever is sooner",
    OWN.but(Standing.CHOSEN, "fechaVencimiento, tiempoDuracion"),
)
UNIQUE_TRANSACTIONS = Behaviour(
    "idTrans is unique for each sisOrigen", OWN.but(Standing.CHOSEN, "idTrans")
)
TEXT_OF_QR = Behaviour(
    "The text of a QR is 256 bytes in Base64, a bar, and the serial of the provider's certificate",
    PAYER_CLIENT.but(Standing.INFERRED, "sample of a text"),
)
CONTENTS_OF_TEXT = Behaviour(
    "The 256 bytes are the idQr under RSA-OAEP and the emulator's key; only a text on record is "
    "read",
    OWN.but(Standing.CHOSEN, "text of a QR"),
)
IMAGE_OF_QR = Behaviour(
    "An image is a PNG in Base64 without line breaks, behind data:image/png;base64, (the setting "
    "data_uri_prefix leaves that out)",
    QR_CLIENT.but(Standing.INFERRED, "what follows base64,"),
)
NUMBER_OF_QR = Behaviour(
    "idQr is yyMMdd, codEif in 5 digits, a sequence number in 9; idQrInterno is that number",
    WEBHOOK.but(Standing.INFERRED, "idQr"),
)
BLOCK_AND_DETAILS = Behaviour(
    "bloqued and details find a QR by idQr, idQrInterno or idTrans in qrCobro; infoQR and the top "
    "of the message are looked at too",
    OWN.but(Standing.CHOSEN, "request of bloqued and details"),
)
STATES = Behaviour(
    "A QR is VIGENTE, BLOQUEADO, PAGADO or VENCIDO; the last three are final, wherever the clock "
    "goes",
    OWN.but(Standing.CHOSEN, "estado"),
)
PAYER_SERVICES = Behaviour(
    "readQr, payQr and statusPayQr take the messages of the payer's script, importe in minor units",
    PAYER_CLIENT.but(Standing.OBSERVED, "readQr, payQr, statusPayQr"),
)
PAYER_RULES = Behaviour(
    "The payer's sisOrigen must be registered, amount and currency must be the QR's; a "
    "codigoLectura pays once, and so does a codTransComercio of one sisOrigen",
    OWN.but(Standing.CHOSEN, "payQr"),
)
REJECTED_PAYMENTS = Behaviour(
    "The triggers qrRechazado and qrError send the webhook of a payment that failed, with "
    "estado RECH or ERROR, and RECHAZADO or ERROR in pago: the QR stays unpaid, is not in pagos, "
    "and can be paid afterwards",
    WEBHOOK.but(Standing.INFERRED, "estado: ACEP, RECH, ERROR"),
)
WEBHOOK_FORM = Behaviour(
    "qrPagado has its members, their order and their types as documented: qrPagado.importe text, "
    "pago.importe a number",
    WEBHOOK.but(Standing.DOCUMENTED, "qrPagado"),
)
WEBHOOK_NULLS = Behaviour(
    "A member of qrPagado that the QR was not made with is null",
    WEBHOOK.but(Standing.INFERRED, "info: null"),
)
WEBHOOK_DATE = Behaviour(
    "fechaPago has no time of day, so a scenario's timestamp_offset moves it as if it were noon: "
    "by less than twelve hours not at all",
    OWN.but(Standing.CHOSEN, "webhooks"),
)
ROTATION = Behaviour(
    "For verify_with, all merchants have the same next, previous and rogue certificates; the "
    "keys of sign_with are others, of the provider",
    OWN.but(Standing.CHOSEN, "keys"),
)
WEBHOOK_SIGNED = Behaviour(
    'The payload of a signed webhook is the plain body, {"qrPagado": …}',
    SECURITY.but(Standing.INFERRED, "Confirmación de pago con JWS"),
)
WEBHOOK_ANSWER = Behaviour(
    "The merchant's signed answer must verify with the merchant's certificate, have no iat, and "
    'say header.codReturn "0" inside',
    SECURITY.but(Standing.INFERRED, "Confirmación de pago con JWS"),
)
WEBHOOK_RETRIES = Behaviour(
    "A webhook that is not acknowledged is sent again after 10 s, 60 s and 300 s",
    OWN.but(Standing.CHOSEN, "webhooks"),
)
GATEWAY = Behaviour(
    "http.403 is the HTML page of a firewall, since production is behind a VPN",
    SECURITY.but(Standing.CHOSEN, "Se recomienda uso de VPN"),
)
ENCRYPTED_FRAMES = Behaviour(
    "The optional encrypted frames are not emulated: nothing but their name is known",
    SECURITY.but(Standing.CHOSEN, "Tramas cifradas"),
)

SCHEME_SOURCES = {
    jws.ALG: SECURITY.but(Standing.INFERRED, "Ejemplo para enviar el payload firmado"),
    jws.PAYLOAD: SECURITY.but(Standing.INFERRED, "Construcción de la trama JSON normal"),
}
"""Our document for the rules of the JWS that RFC 7515 leaves open."""
