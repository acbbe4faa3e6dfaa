"""Placetopay: what has happened stays happened, wherever the clock is set."""

from __future__ import annotations

from placetopay_shop import DECLINED, NOW, PAYER, PENDING

HOUR = 3600
DAY = 24 * HOUR


def there_and_back(shop, seconds):
    """Move the clock ahead and back; nobody looks in between."""
    shop.advance(seconds)
    shop.advance(-seconds)


def collect(shop, token, reference="C-1"):
    body = {
        "payer": PAYER,
        "payment": {"reference": reference, "amount": {"currency": "COP", "total": 5000}},
        "instrument": {"token": {"token": token["token"]}},
    }
    return shop.post("/api/collect", body)["requestId"]


def test_expired_session_stays_expired(shop):
    """
    Although nobody looked while it was late.
    """
    request_id = shop.create()
    there_and_back(shop, HOUR)
    assert shop.status(request_id) == "REJECTED EX"
    assert [webhook.content["requestId"] for webhook in shop.webhooks] == [request_id]


def test_expired_with_a_request_and_reset(shop):
    """
    The time that each request takes has passed, too.
    """
    request_id = shop.create()
    shop.clock(advance_per_request="1h")
    shop.exchange("/api/session/999999999")
    shop.clock(reset=True, freeze=NOW)
    assert shop.status(request_id) == "REJECTED EX"


def test_expired_session_cannot_be_cancelled(shop):
    """
    Nor can it be paid.
    """
    request_id = shop.create()
    there_and_back(shop, HOUR)
    found = shop.refused(f"/api/session/{request_id}/cancel")
    assert found[0] == "placetopay.session-not-pending"


def test_new_session_is_not_expired(shop):
    """
    A later session knows nothing of the time before it.
    """
    there_and_back(shop, DAY)
    request_id = shop.create()
    assert shop.status(request_id) == "PENDING PC"


def test_pending_payment_stays_resolved(shop):
    """
    It is dated when it was due, which is later than now.
    """
    request_id = shop.create()
    shop.pay(request_id, PENDING)
    there_and_back(shop, 31)
    assert shop.status(request_id) == "APPROVED 00"
    assert shop.query(request_id)["payment"][0]["status"]["date"] == "2026-01-31T09:56:36-05:00"


def test_settled_payment_stays_settled(shop):
    """
    A part can still be refunded.
    """
    request_id = shop.create()
    shop.pay(request_id)
    reference = shop.query(request_id)["payment"][0]["internalReference"]
    part = {"internalReference": reference, "amount": {"currency": "COP", "total": 5000}}
    assert shop.refused("/api/reverse", part)[0] == "placetopay.transaction-not-settled"
    there_and_back(shop, DAY)
    assert shop.post("/api/reverse", part)["status"]["status"] == "APPROVED"


def test_guard_of_a_collect(shop):
    """
    It holds while the clock is set back, and ends when a day has passed once.
    """
    token = shop.token()
    first = collect(shop, token)
    shop.advance(-2 * DAY)
    assert collect(shop, token) == first
    shop.advance(2 * DAY)
    assert collect(shop, token) == first
    there_and_back(shop, DAY)
    assert collect(shop, token) != first


def test_retry_counts_every_decline(shop):
    """
    Declines are counted although they lie ahead.
    """
    request_id = shop.create()
    shop.advance(600)
    for _ in range(9):
        shop.pay(request_id, DECLINED)
    shop.advance(-600)
    shop.pay(request_id, DECLINED)
    assert shop.status(request_id) == "REJECTED XN"
