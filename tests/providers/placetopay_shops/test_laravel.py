"""A Laravel shop of its own: an id as reference, a time of Carbon, null for what is unknown."""

from __future__ import annotations

from datetime import datetime

from shop_story import ShopStory


class TestLaravel(ShopStory):
    hash_name = "sha256"
    total = 45500
    warnings = frozenset({"placetopay.loose-type", "placetopay.state-long"})
    partial_warnings = warnings

    def body(self, *, expiration, partial):
        customer = {
            "document": 1037600500,
            "documentType": "CC",
            "name": "Valentina",
            "surname": None,
            "email": "valentina@example.com",
            "mobile": None,
            "address": {
                "street": None,
                "city": "Manizales",
                "state": "Caldas",
                "country": None,
                "phone": None,
            },
        }
        return {
            "payer": None,
            "buyer": customer,
            "payment": {
                "reference": 3051,
                "description": "",
                "amount": {"currency": "COP", "total": 45500},
                "allowPartial": partial,
                "shipping": customer,
                "items": [{"sku": 7, "name": "Café", "qty": 1, "price": 45500, "tax": 0}],
            },
            "expiration": datetime.fromisoformat(expiration).strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "returnUrl": "http://127.0.0.1:8000/orders/3051/return",
            "ipAddress": "127.0.0.1",
            "userAgent": "Symfony",
            "skipResult": "false",
            "noBuyerFill": "0",
        }

    def echoed(self, request):
        assert request["payment"]["reference"] == 3051
        assert request["buyer"]["document"] == 1037600500
        assert "description" not in request["payment"]
        assert request["payment"]["items"][0]["tax"] == 0
