"""An app on a phone: its own scheme as returnUrl, members that nobody documents, no expiration."""

from __future__ import annotations

from shop_story import ShopStory


class TestMobileApp(ShopStory):
    total = 65000
    partial_warnings = frozenset({"placetopay.partial-with-taxes"})

    def body(self, *, expiration, partial):
        return {
            "locale": "es_CO",
            "buyer": {"name": "Sara", "surname": "Mesa", "email": "sara@example.com"},
            "payment": {
                "reference": "2",
                "description": "",
                "buyer": {"name": "Sara"},
                "amount": {
                    "taxes": [],
                    "details": [
                        {"kind": "shipping", "amount": 15000},
                        {"kind": "tax", "amount": 0},
                        {"kind": "subtotal", "amount": 50000},
                    ],
                    "currency": "COP",
                    "total": 65000,
                },
                "items": [
                    {"sku": 101, "name": "Audífonos", "category": "Electronic", "qty": 1},
                    {"sku": "", "name": "Funda", "qty": 2, "price": 0, "tax": 0},
                ],
                "allowPartial": partial,
            },
            "returnUrl": "redirection://receipt?return",
            "ipAddress": "10.0.2.16",
            "userAgent": "Dalvik/2.1.0 (Linux; U; Android 14)",
            "device": {"model": "Pixel"},
        }

    def echoed(self, request):
        assert request["returnUrl"] == "redirection://receipt?return"
        assert "buyer" not in request["payment"]
        assert "device" not in request
        assert "expiration" not in request
