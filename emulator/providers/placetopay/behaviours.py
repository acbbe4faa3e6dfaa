"""Choices, inferences and observations that shape Placetopay here; rows of the fidelity page.

One thing: a table, in the order of the modules that the rows are about.
"""

from __future__ import annotations

from emulator.core.errors import Behaviour, Source, Standing
from emulator.providers.placetopay.failures import AUTHENTICATION, CREATE

CHECKOUT = Source("Placetopay docs, Checkout")
RECORDED = Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED)
OURS = Source("emulator", "placetopay", Standing.CHOSEN)

# --- all ---
OLD_PREFIX = Behaviour(
    "Every endpoint also answers below /redirection, where it was until 2021",
    Source("web-checkout-api-docs", "2021", Standing.INFERRED),
)
NOT_THERE = Behaviour(
    "Not there: later charges of recurring and autopay and their notifications, "
    "/api/notify, stored accounts, cash, discounts, currency conversion, address checks, "
    "what instrument.pocket and .credit change, parts of a dispersion that end differently",
    OURS,
)

# --- auth ---
MALFORMED = Behaviour(
    "No auth at all is 100; an auth without its four texts, or a body not sent as JSON, is "
    "malformed; a nonce that is not Base64 or too long is 107",
    AUTHENTICATION.but(Standing.INFERRED),
)
ADDITIONAL = Behaviour(
    "auth.additional and any other further member of auth is ignored, whatever its type",
    Source("dnetix/redirection", "Carrier/Authentication", Standing.OBSERVED),
)
BODY_ENCODING = Behaviour(
    "A compressed body, another charset than UTF-8, a second Content-Type and a member "
    "given twice are refused as malformed; production may be more lenient",
    AUTHENTICATION.but(Standing.CHOSEN),
)
EDGE = Behaviour(
    "A seed exactly five minutes away from the provider's time is still accepted: the page "
    "allows a difference of five minutes, and does not say whether five is one too many",
    AUTHENTICATION.but(Standing.CHOSEN),
)
SEED_ZONE = Behaviour(
    "A seed without a zone is refused with 103, even where it would fit the site's own "
    "zone: production is inferred to read it in the zone of its server, which is not "
    "published",
    AUTHENTICATION.but(Standing.CHOSEN),
)
HOST_COUNTRY = Behaviour(
    "On a real host name of one country only the sites of that country are known, and "
    "Ecuador's are known on Ecuador's only; below /placetopay and on localhost all are",
    AUTHENTICATION.but(Standing.INFERRED),
)

# --- credentials ---
ROTATION = Behaviour(
    "The next, previous and rogue secretKey of a scenario are HMAC-SHA256(secretKey, name) "
    "in hex, as long as the secretKey",
    OURS,
)

# --- endpoints/charges ---
SETTLEMENT = Behaviour(
    "A payment is settled `settlement_hours` after its approval: before that it can be "
    "voided as a whole, from then on refunded in parts, until nothing is left",
    CHECKOUT.but(Standing.CHOSEN, "Refund"),
)
FROZEN = Behaviour(
    "A refund leaves the status of the session as it is; it is a separate transaction, "
    "with the authorization, receipt and franchise of the payment",
    CHECKOUT.but(Standing.DOCUMENTED, "Refund"),
)
REFUND_ANSWER = Behaviour(
    "The answer to a refund ends with refunded and nine processorFields, as recorded in "
    "2024; which nine is inferred from other recordings. Those to checkout, reauthorization"
    " and confirm have none, as in the documentation's samples",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
CHECKIN = Behaviour(
    "A check-in can be reauthorized any number of times, for any amount in its currency, "
    "then captured once, up to that; each is a separate transaction, and names the "
    "check-in too. A capture of zero releases it",
    CHECKOUT.but(Standing.INFERRED, "Transaction"),
)
EXCEPTION_CONFIRMED = Behaviour(
    "A confirmation that the sandbox makes an exception of is answered 200, FAILED BR",
    CHECKOUT.but(Standing.INFERRED, "Transaction"),
)

# --- endpoints/collect ---
DUPLICATES = Behaviour(
    "A collect of the same reference, total and currency within 24 hours charges nothing: "
    "the answer is the first session, as it stands by now",
    CHECKOUT.but(Standing.INFERRED, "Collect"),
)
FILLED_IN = Behaviour(
    "Where a collect leaves them out, returnUrl is {base}/home, ipAddress that of the "
    "caller, userAgent its header and expiration half an hour ahead",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.OBSERVED),
)
WITHOUT_PAYER = Behaviour(
    "A collect without payer is accepted, and the journal notes it: the documentation's "
    "samples have none, its schema requires one. A payer that is there must be whole",
    CHECKOUT.but(Standing.DOCUMENTED, "Collect").but(Standing.DOCUMENTED, "Collect, samples"),
)
COLLECT_ANSWER = Behaviour(
    "The answer to a collect is that of a query: members of payment by length, then "
    "alphabet, and no request.expiration unless it was sent",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
SECURITY_CODE = Behaviour(
    "The security code of a collect is checked for its form, three or four digits, and its "
    "pocket for being one of Uruguay's: neither changes what becomes of the charge",
    CHECKOUT.but(Standing.CHOSEN, "Collect"),
)
PENDING_COLLECT = Behaviour(
    "The answer to a collect that is pending has payment null; a query shows the payment",
    Source("dnetix/redirection, tests", "collect", Standing.OBSERVED),
)

# --- endpoints/sessions ---
OWNER_AFTER_EXISTENCE = Behaviour(
    "An unknown requestId is 404, one of another site is 401; so a site can tell which exist",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.INFERRED),
)

# --- endpoints/tokens ---
INVALIDATED = Behaviour(
    "To invalidate a token is answered APPROVED 00; once more, it is refused as invalid. "
    "The English words are recorded, the Spanish ones are those of an approved session",
    CHECKOUT.but(Standing.INFERRED, "Tokens"),
)
INFORMATION = Behaviour(
    "The information of any card is the same except for its brand and 3-D Secure: credit, "
    "one to 36 instalments, a security code, no OTP, pockets, interest or address check",
    CHECKOUT.but(Standing.DOCUMENTED, "Tokens").but(Standing.CHOSEN, "Information"),
)

# --- message/amounts ---
ROUNDING = Behaviour(
    "Amounts are rounded to the decimals of their currency in ISO 4217",
    CHECKOUT.but(Standing.DOCUMENTED, "Tax details"),
)
TOTALS = Behaviour(
    "A total of zero, or of a million millions and more, is refused", CREATE.but(Standing.CHOSEN)
)

# --- message/answers ---
MEMBER_ORDER = Behaviour(
    "Members come in the order of the recorded answers: requestId, status, request, "
    "payment, subscription on a query; status, requestId, processUrl on a creation",
    RECORDED,
)
NEWEST_FIRST = Behaviour(
    "payment is null until the first attempt, then a list of all, rejected ones too, newest first",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
FIELDS_OF_VISIT = Behaviour(
    "Once the payer has come, request.fields ends with _processUrl_ and _session_, and "
    "request has the payer",
    Source("Answers of checkout-test.placetopay.com", "2026-09", Standing.INFERRED),
)
STORED_CARD = Behaviour(
    "subscription is null until a card is stored; autopay is a list then, of id, status and"
    " instrument",
    CHECKOUT.but(Standing.CHOSEN, "Subscription"),
)

# --- message/asked_payment ---
DISPERSION_ECHO = Behaviour(
    "A query echoes each dispersion with reference, description, allowPartial and subscribe",
    CHECKOUT.but(Standing.DOCUMENTED, "Session, query, samples"),
)
CATEGORY = Behaviour(
    "The category of an item may be any text, although two are documented",
    Source("placetopay-org/checkout-android", "examples", Standing.OBSERVED),
)
FIELDS_STAY = Behaviour(
    "A query shows fields where they were sent: of the message in request.fields, of the "
    "payment in payment.fields, of the subscription in subscription.fields. The first of a "
    "keyword counts, those of the message before the others, and what is beyond fifty is "
    "dropped",
    Source("Answers of checkout-test.placetopay.com", "2022-08", Standing.OBSERVED),
)
PARTIAL_TAXES = Behaviour(
    "allowPartial together with taxes or details is accepted, and the journal notes it: the"
    " documentation says that it is not allowed, but the official plugins send it, and no "
    'refusal is recorded. partial_with_taxes = "refuse" refuses it',
    CREATE.but(Standing.OBSERVED, "Tax details; official plugins"),
)

# --- message/autopay ---
PERIODS = Behaviour(
    "The periodicity of an autopay is D, W, M or Y; maxPeriods, startDate and "
    "notificationUrl of it come back in a query",
    Source("Placetopay docs, AutoPay", "Recurring setup"),
)

# --- message/members ---
LOOSE = Behaviour(
    'A flag may also be 1, 0, "1", "0", "true" or "false"; a number may stand for the text '
    "of a reference, description, document, phone, address, sku, qty, agreement or invoice,"
    " and a query echoes it as it was sent, but a mobile number as text. The journal notes "
    "both. A security code is text only: it can begin with a zero",
    CREATE.but(Standing.INFERRED),
)
CONTROL = Behaviour(
    "A reference with a control character, a line break or an invisible character is "
    "refused; so is any other text with a control character that is no tab or line break",
    CREATE.but(Standing.CHOSEN),
)
HALVES = Behaviour(
    "Halves are rounded away from zero. An amount that was sent as text is taken for the "
    "number that it spells, and comes back as text; the journal notes one that may be meant"
    " in thousands",
    CREATE.but(Standing.INFERRED, "Tax details"),
)

# --- message/moments ---
LENIENT = Behaviour(
    "A seed or an expiration may have a blank for the T, or be in RFC 2822 with its right "
    "weekday: production's parser is inferred to be PHP's. The journal notes it. Any other "
    "form than ISO 8601 is refused",
    CHECKOUT.but(Standing.INFERRED, "Autenticación; Session"),
)

# --- message/person ---
SDK_DOCUMENTS = Behaviour(
    "documentType may also be RC, CD or SSN, which the official PHP SDK has and the page of"
    " documents has not. The form of a RC and a CD is that of a passport",
    Source("dnetix/redirection", "document types", Standing.INFERRED),
)
STATE = Behaviour(
    "address.state may have 60 characters, although 3 are documented: the official plugins "
    "send the name of the department, or its code with the country. The journal notes one "
    "over 3",
    Source("Official plugins and PHP SDK", "address", Standing.OBSERVED),
)

# --- message/session ---
EXPIRATION_ZONE = Behaviour("An expiration without a zone is refused", CREATE.but(Standing.CHOSEN))
AUTOPAY_ALONE = Behaviour(
    "autopay goes with type autopay only, and without payment and subscription",
    CREATE.but(Standing.CHOSEN),
)
ECHO = Behaviour(
    "A query echoes what was asked, as it was sent, without auth and members that are "
    "absent or empty; allowPartial and subscribe are always there",
    Source("Answers of checkout-test.placetopay.com", "2019 to 2026", Standing.OBSERVED),
)
NOT_ECHOED = Behaviour(
    "A query echoes neither cancelUrl nor captureAddress, skipResult and noBuyerFill when false",
    Source("placetopay-org/checkout-android", "examples, 2023", Standing.INFERRED),
)
ECHO_ORDER = Behaviour(
    "Members of request no recording shows, such as paymentMethod, type and metadata, stand"
    " between fields and returnUrl",
    CREATE.but(Standing.CHOSEN),
)
SILENT = Behaviour(
    "Dropped in silence: taxes and details of an unknown kind, items beyond fifty, a "
    "buyer's over-long email or a card number in the buyer's name. Cut: sku, name and qty "
    "of items; city, postalCode and street of addresses",
    CREATE,
)
STRICT = Behaviour(
    "What the documentation bounds but whose refusal was never recorded is refused with 400"
    " request_not_valid, of payer with payer_data_not_valid",
    CREATE.but(Standing.CHOSEN),
)
ADDRESSES = Behaviour(
    "ipAddress may be any text of at most 46 characters; the journal notes one that is no "
    "IP address",
    CREATE.but(Standing.INFERRED),
)

# --- page/endpoints ---
PAGE_STATE = Behaviour(
    "What the page and its server say to each other (state, pay, challenge, cancel, all "
    "JSON) is ours; what is posted must be application/json, so no form of another site can"
    " post it",
    Source("emulator", "placetopay, hosted page", Standing.CHOSEN),
)
PAGE_SKIPS = Behaviour(
    "With skipResult the page returns to the shop as soon as the session is final or a "
    "payment is in process; declined attempts are shown, for another may follow",
    CHECKOUT.but(Standing.INFERRED, "Session, skipResult"),
)
RETURN_URL = Behaviour(
    "The browser is sent to returnUrl exactly as given, after a cancellation to cancelUrl; "
    "to javascript:, data: and the like it is not sent",
    CHECKOUT.but(Standing.INFERRED, "How checkout works"),
)
LIGHTBOX = Behaviour(
    "In the lightbox the page never navigates: it posts placetopay-lightbox:redirect, and "
    "the script closes the lightbox and, where no listener takes response, goes there",
    CHECKOUT.but(Standing.INFERRED, "Lightbox"),
)

# --- state/attempts ---
PARTIAL = Behaviour(
    "With allowPartial a payer pays any amount from 1, or from what is left if that is less",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.INFERRED),
)
METHODS_OFFERED = Behaviour(
    "paymentMethod restricts what the payer may choose to its codes, or to the brands of "
    "the service codes of old; a transfer (PSE) only pays, a card can also be stored",
    CHECKOUT.but(Standing.INFERRED, "Session, RedirectRequest"),
)

# --- state/cards ---
SANDBOX = Behaviour(
    "The test cards of the documentation do what their legend says; any expiry and security"
    " code will do, except for the two cards that are approved with one only",
    CHECKOUT.but(Standing.DOCUMENTED, "Test cards"),
)
OTHER_CARDS = Behaviour(
    "A card number that is not a test card is declined, if its check digit is right; else "
    "it is refused before anybody is asked",
    CHECKOUT.but(Standing.CHOSEN, "Test cards"),
)
BELOW_200 = Behaviour(
    "A card that is approved below 200 USD compares the number with 200, whatever the currency",
    CHECKOUT.but(Standing.CHOSEN, "Test cards"),
)
THREE_DS = Behaviour(
    "Only a challenge asks the payer for something; frictionless, attempted, decoupled, "
    "failed and rejected authentication leave the outcome to what the card does",
    CHECKOUT.but(Standing.INFERRED, "Test cards"),
)
WRONG_OTP = Behaviour(
    "A challenge can be answered once; any other OTP than 12345 has the attempt rejected with OT1",
    CHECKOUT.but(Standing.CHOSEN, "Test cards"),
)
FRANCHISES = Behaviour(
    "franchise is the service code of the brand, in Ecuador its own, and in Colombia that "
    "of Diners; those of Maestro, ALIA and EBT are ours",
    Source("web-checkout-api-docs", "2021", Standing.INFERRED),
)
ISSUERS = Behaviour(
    "issuerName is given for the cards it was recorded for, and left out for the others",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
BANKS_OF_OURS = Behaviour(
    "Transfers (PSE) are offered to Colombian sites, from four banks of ours: one approves,"
    " one declines, two do so later",
    CHECKOUT.but(Standing.CHOSEN, "Payment methods"),
)

# --- state/instruments ---
TOKENS = Behaviour(
    "A token is 64 hex digits, its subtoken 16 digits that end in the card's last four; "
    "both are derived from a key file, the namespace and the internalReference that stored "
    "them",
    CHECKOUT.but(Standing.INFERRED, "Tokens"),
)
TOKEN_CARD = Behaviour(
    "A stored card goes on doing what its number does, but is never challenged",
    CHECKOUT.but(Standing.CHOSEN, "Tokens"),
)

# --- state/payer ---
RESOLVING = Behaviour(
    "A tester's outcome approve or decline resolves the payment in process, if there is one",
    Source("emulator", "placetopay, hosted page", Standing.CHOSEN),
)
TOKENS_OFFERED = Behaviour(
    "A payer is offered the cards that the site stored for the document or email in the "
    "session, but none that has expired",
    CHECKOUT.but(Standing.CHOSEN, "Tokens"),
)

# --- state/payments ---
MEMBERS = Behaviour(
    "A query and a collect list a payment's members by length, then alphabet; reverse and "
    "transaction in the order status, internalReference, …, processorFields",
    Source("Answers of checkout-test.placetopay.com", "2026-09", Standing.OBSERVED),
)
AMOUNTS = Behaviour(
    "A payment's amount is processed in the currency asked: factor 1",
    Source("Answers of checkout-test.placetopay.com", "2026-09", Standing.OBSERVED),
)
PENDING_REASON = Behaviour(
    "A payment in process says ?-, one that failed at the bank 05 and b24 050, one that the"
    " sandbox makes an exception of is FAILED XH and does not count as a failed attempt",
    CHECKOUT.but(Standing.INFERRED, "Payment"),
)
TIMES = Behaviour(
    "A pending payment resolves after `pending_seconds`, a manual one after "
    "`manual_seconds`, one of 180 seconds after these, on the provider's clock",
    CHECKOUT.but(Standing.DOCUMENTED, "Payment").but(Standing.CHOSEN, "Test cards"),
)
EXPIRED_CARD = Behaviour(
    "A stored card that has expired is declined like any other, with reason 05; the journal"
    " notes it. The card of a payment that waits for its confirmation can expire meanwhile "
    "too",
    CHECKOUT.but(Standing.DOCUMENTED, "Payment").but(Standing.CHOSEN, "Tokens"),
)
MADE_UP = Behaviour(
    "receipt, authorization and processorFields.id are derived from key file, namespace and"
    " internalReference; merchantCode and terminalNumber are the recorded ones",
    CHECKOUT.but(Standing.CHOSEN, "Payment"),
)
PAYMENT_ENGLISH = Behaviour(
    "A payment's message is written in the language of its session; its English is ours",
    CHECKOUT.but(Standing.CHOSEN, "Payment"),
)

# --- state/people ---
INVENTED = Behaviour(
    "A payer who is not named is invented, in the site's country, the same for the same "
    "namespace and session",
    OURS,
)
MOBILE = Behaviour(
    "A payer's mobile number without a country code gets that of the site's country",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.INFERRED),
)

# --- state/sessions ---
EXPIRY = Behaviour(
    "An expired session is REJECTED EX from the moment of its expiration, on the provider's clock",
    CHECKOUT.but(Standing.INFERRED, "Expiration"),
)
EXPIRY_IN_PROCESS = Behaviour(
    "A payment in process outlives the expiration of its session: that ends when the "
    "payment does. A challenge, or a confirmation that did not come, ends with the session",
    CHECKOUT.but(Standing.CHOSEN, "Expiration"),
)
PROCESS_URL = Behaviour(
    "processUrl is {base}/spa/session/{requestId}/{32 hex}",
    RECORDED,
)
PAGE_CODE = Behaviour(
    "The 32 hex digits of a processUrl are derived from a key file, namespace and requestId",
    OURS,
)
REQUEST_ID = Behaviour(
    "requestId is a JSON integer that grows by one with each session",
    RECORDED.but(Standing.INFERRED),
)
SAME_REFERENCE = Behaviour(
    "Two sessions may have the same reference",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.OBSERVED),
)
RETRY = Behaviour(
    "A rejected attempt leaves the session PENDING PT, and the payer may try again",
    RECORDED,
)
LIMIT = Behaviour(
    "After `failed_attempts` rejected attempts the session is REJECTED XN, or PARTIAL_EXPIRED PX",
    CHECKOUT.but(Standing.CHOSEN, "Attempts limit"),
)
BY_ITSELF = Behaviour(
    "A payment resolves and a session expires by themselves: the notification goes out "
    "within half a second of their moment, without a query",
    CHECKOUT.but(Standing.INFERRED, "How checkout works"),
)
ONE_AT_A_TIME = Behaviour(
    "While a payment is in process no other can be tried, and neither payer nor merchant "
    "can cancel the session; but a payer who leaves a 3-D Secure challenge aborts that "
    "payment",
    CHECKOUT.but(Standing.CHOSEN, "How checkout works"),
)
COLLECT_REJECTED = Behaviour(
    "A collect that is not approved is REJECTED XN: it has no second attempt",
    CHECKOUT.but(Standing.DOCUMENTED, "Collect"),
)
CANCELLED_CONFIRMATION = Behaviour(
    "A session whose payment the merchant cancels instead of confirming it is REJECTED MC",
    CHECKOUT.but(Standing.CHOSEN, "Confirmation flow"),
)

# --- state/status ---
QUERY_DATE = Behaviour(
    "On a query, status.date is the time of the query, not that of the change of status",
    RECORDED,
)
LANGUAGE = Behaviour(
    "A message is in the language of the request's locale, else of the session's, else of "
    "the site's; where that is neither Spanish nor English it is Spanish",
    CHECKOUT.but(Standing.INFERRED, "Localization"),
)
ENGLISH = Behaviour(
    "The English of PENDING PC, REJECTED EX and ?C, of a session of another site, of the "
    "expiration and of the reference is ours; no recording of it was found",
    CHECKOUT.but(Standing.CHOSEN, "Status"),
)

# --- webhooks ---
ONCE = Behaviour(
    "A session is notified once, when it is final, and never again: no answer is waited for twice",
    CHECKOUT.but(Standing.DOCUMENTED, "Notification"),
)
SIGNATURE = Behaviour(
    "The signature is the hex SHA-1 of requestId, status, date and secretKey; with sha256: "
    "before it the SHA-256, for sites that use it",
    CHECKOUT.but(Standing.DOCUMENTED, "Notification"),
)
NO_URL = Behaviour(
    "A site without a notificationUrl is not notified; a warning on the exchange that ends "
    "the session says so",
    CHECKOUT.but(Standing.CHOSEN, "Notification"),
)
WEBHOOK_DATE = Behaviour(
    "status.date of a notification is the time it was made, by the provider's clock for webhooks",
    CHECKOUT.but(Standing.INFERRED, "Notification"),
)
