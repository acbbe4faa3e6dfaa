"""Where GestoPago's rules come from, and the behaviours that are worth telling the user of.

The provider has published a security datasheet and an OpenAPI description; the rest is seen in
the code of integrators whose programs work, or is unknown and chosen here, the stricter way.
"""

from __future__ import annotations

from emulator.core.errors import Behaviour, Source, Standing

DATASHEET = Source("GestoPago Security Datasheet v2.00", "Authorization")
EXCHANGE = Source("GestoPago Security Datasheet v2.00", "Information Exchange")
OPENAPI = Source("Gestopago API, OpenAPI 2.0.1")
GUIDE = Source("GestoPago integration guide")
FLOW = Source("GestoPago integration flow chart")
CLIENTS = Source("public integrators' clients", standing=Standing.OBSERVED)
OURS = Source("emulator", "GestoPago", Standing.CHOSEN)

JWT_TOKEN = Behaviour(
    "The token is a JWT with HS256 and the claims iss, sub, jti, iat and exp, as the datasheet "
    'says it is one; `token_format = "opaque"` gives what has been seen instead',
    DATASHEET.but(Standing.INFERRED),
)
OPAQUE_TOKEN = Behaviour(
    "Tokens seen in public are standard Base64 of 96 or 112 bytes, not JWTs",
    CLIENTS,
)
OLD_TOKENS = Behaviour(
    "A token stays valid for its 24 hours after a new login; it is bound to the device that "
    "logged in, and refused with 401 while that device is unknown or inactive, in another "
    "namespace or emulator, and after a reset",
    OURS,
)
REVOKED = Behaviour(
    "A token that a scenario revokes is incorrect, 401; one whose life a scenario cuts short has "
    "expired, 403",
    OURS,
)
OTHER_KEYS = Behaviour(
    "The keys a scenario names besides `current` are derived: HMAC-SHA256 of the name under the "
    "token secret, the AES key or the IV; the encrypting helper takes the same as the methods",
    OURS,
)
TOKEN_PER_REQUEST = Behaviour(
    "A token per request, which the datasheet forbids, is warned of and not refused: the third "
    "login in a row within `token_fetch_seconds` of the one before, with at most one use between",
    DATASHEET.but(Standing.CHOSEN),
)
INVALID_LOGIN = Behaviour(
    'A wrong login, and one with a field missing, is HTTP 200 with {"token":"INVALID",'
    '"success":false}',
    CLIENTS,
)
LOGIN_QUERY = Behaviour(
    "The login takes its three fields from an urlencoded body or from the query", CLIENTS
)
EXPIRED_BODY = Behaviour(
    'The 403 of an expired token has the body {"token":"EXPIRED","success":false}; '
    '"success" is inferred',
    CLIENTS.but(Standing.INFERRED),
)
UNAUTHORIZED_BODY = Behaviour(
    "The 401 is an HTML error page as Tomcat makes it; sendEcho's has VALID 0 in XML",
    OPENAPI.but(Standing.INFERRED),
)
API_KEY = Behaviour(
    "Calls below /service/preprod need X-API-Key, the login too, with the api_key of any "
    'registered credential; without it they get 403 {"message":"Forbidden"} as from the AWS API '
    "Gateway. The classic host asks for none",
    CLIENTS.but(Standing.INFERRED),
)
SIGNED_PLACES = Behaviour(
    "`signed` is read from the query or from a form in the body (urlencoded or multipart), of GET "
    "and POST alike, as a servlet reads it; where both have it they must be equal, and no field "
    "may come twice",
    CLIENTS,
)
SIGNED_LINES = Behaviour(
    "`signed` in lines of 60, 64 or 76 characters, as Java's MIME encoder, PHP's chunk_split, Ruby "
    "and openssl write it, is read, with a warning",
    CLIENTS.but(Standing.CHOSEN, "line breaks in Base64"),
)
PLUS = Behaviour(
    "A + that was not percent-encoded is a space and breaks `signed`; `repair_plus = true` "
    "turns it back",
    OURS,
)
STRICT_JSON = Behaviour(
    "The decrypted text must be one JSON object (RFC 8259) without repeated members; the "
    "provider's parser may be more lenient",
    OURS,
)
IGNORED_BODY = Behaviour(
    "sendEcho, validateMe, getBalance and getProductList ignore a body that is no form; a "
    "`signed` sent to them must decrypt",
    OURS,
)
HTTP_STATUS = Behaviour(
    "Business codes come with HTTP 200, where all clients read them; `business_status = "
    '"oas"` gives the statuses of the OpenAPI description',
    CLIENTS.but(Standing.INFERRED),
)
TECHNICAL_CODE = Behaviour(
    "Undecipherable or malformed payloads, unknown products, wrong amounts and an empty bag are "
    "answered with CODIGO 02, see `technical_code`; the provider's error table is not public",
    OURS,
)
CHARSET = Behaviour(
    'XML is text/xml in UTF-8 on one line; `charset = "iso-8859-1"` for the other reading',
    CLIENTS.but(Standing.INFERRED),
)
CONFIRM_TIME = Behaviour(
    "A confirmTx less than 62 s after its sendTx says 70 although the sale stands, which the "
    'guide warns of; `early_confirm = "answer"` tells the truth at once',
    FLOW.but(Standing.CHOSEN),
)
CONFIRM_MATCH = Behaviour(
    "confirmTx finds a sale by idServicio, idProducto, telefono, referencia, montoPago, upc and "
    'horaLocal, compared by value; `confirm_match = "upc"` compares upc alone',
    GUIDE.but(Standing.INFERRED, "confirmTx"),
)
CONFIRM_ONCE = Behaviour(
    "A second confirmTx of the same sale is warned of, and answered as the first", FLOW
)
UNKNOWN_CONFIRM = Behaviour(
    "confirmTx answers 70 and 06 only. A 70 for a sale that does not exist is accepted; it is "
    "refused, with the same 70, where the payload lacks a member or has one of a wrong form, and "
    "where a sale of the distributor has the same upc, or the same product and phone or reference "
    "within a day or with the same horaLocal, and differs in something",
    OURS,
)
DUPLICATES = Behaviour(
    "A sendTx is a duplicate (06) with the same upc within 2 days, the same top-up to the same "
    "number within 15 minutes, or the same bill reference within a day, per distributor",
    GUIDE.but(Standing.CHOSEN, "duplicates: both published versions at once"),
)
POST_ONLY = Behaviour("sendTx and confirmTx take POST only; a GET is 405", GUIDE)
DEBTS = Behaviour(
    "Under each reference of a biller that can be verified something is owed: verifyReference "
    "tells it, only exactly that can be paid, and then nothing is owed any more until a reset, "
    "per distributor. Where a biller cannot be verified any amount from its minimum on is paid",
    GUIDE.but(Standing.CHOSEN, "services matrix"),
)
REFERENCES = Behaviour(
    "References of CFE have 12 or 30 digits; those of the other billers of this catalogue up to "
    "50 letters, digits, - and _",
    GUIDE.but(Standing.INFERRED, "services matrix"),
)
PHONES = Behaviour(
    "A top-up goes to ten digits that begin with 2 to 9. 1111111111 is the placeholder of bills, "
    "which take a number too, and of PINs, which take nothing else; an enquiry needs no telefono",
    GUIDE.but(Standing.INFERRED, "telefono"),
)
NO_AMOUNT = Behaviour(
    "A top-up, a PIN and an enquiry may have a montoPago that is empty, null or 0, as if it were "
    "not there",
    CLIENTS,
)
BAG = Behaviour(
    "The bag is debited with the amount, which it must hold, and then credited with the "
    "commission; SALDO is what it holds after both",
    GUIDE.but(Standing.INFERRED, "SALDO"),
)
HORA_LOCAL = Behaviour(
    "A horaLocal that is more than half an hour from every Mexican zone (UTC-8 to UTC-5) is sold "
    "with a warning; that of a confirmTx is the sale's and is not looked at",
    OURS,
)
CLOCK_BACK = Behaviour(
    "What has happened stays so when the clock is set back: an expired token, a block on "
    "duplicates that is over, a sale that can be confirmed, a paid bill",
    OURS,
)
CATALOGUE_READS = Behaviour(
    "More than three catalogues a day and distributor are warned of, not refused",
    CLIENTS.but(Standing.CHOSEN),
)
PRODUCTS = Behaviour(
    "The catalogue is a small one with real ids; most names, prices and commissions are invented, "
    "as is what is owed under a reference (CFE 123456789012 owes 165.00)",
    OURS,
)
LOCAL_TIME = Behaviour("FECHA is the time of Mexico City, UTC-6", OURS)
BODY_ENCODING = Behaviour(
    "A form that is compressed, has two Content-Types or names another charset than UTF-8 is "
    "refused; us-ascii and iso-8859-1 do where all of it is ASCII",
    OURS,
)
ENCRYPT_HELPER = Behaviour(
    "The helper that encrypts for a distributor is open to everybody, as the provider's is; the "
    "distributor must have an active device",
    CLIENTS,
)
