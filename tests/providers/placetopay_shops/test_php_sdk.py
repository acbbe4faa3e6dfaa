"""A shop with the official PHP SDK: every member of its examples, a detail of minus zero."""

from __future__ import annotations

from shop_story import ShopStory


class TestPhpSdk(ShopStory):
    total = 120
    warnings = frozenset({"placetopay.state-long"})
    partial_warnings = warnings | {"placetopay.partial-with-taxes"}

    def body(self, *, expiration, partial):
        address = {
            "street": "Calle 52 47-28",
            "city": "Medellin",
            "state": "Antioquia",
            "postalCode": "050012",
            "country": "CO",
            "phone": "4442310",
        }
        person = {
            "name": "Camilo",
            "surname": "Osorio",
            "email": "camilo@example.com",
            "documentType": "RC",
            "document": "1033332222",
            "mobile": "3006108300",
            "address": address,
        }
        return {
            "locale": "es_CO",
            "payer": {**person, "documentType": "CC"},
            "buyer": person,
            "payment": {
                "reference": "TEST_1717171717",
                "description": "Compra de prueba",
                "amount": {
                    "taxes": [{"kind": "valueAddedTax", "amount": 10, "base": 90}],
                    "details": [
                        {"kind": "shipping", "amount": 20},
                        {"kind": "discount", "amount": -0.0},
                        {"kind": "tax", "amount": 10},
                    ],
                    "currency": "USD",
                    "total": 120,
                },
                "items": [
                    {
                        "sku": 26443,
                        "name": "Libro",
                        "category": "physical",
                        "qty": 1,
                        "price": 80,
                        "tax": 20,
                    }
                ],
                "shipping": person,
                "allowPartial": partial,
                "subscribe": False,
                "fields": [{"keyword": "pedido", "value": "web", "displayOn": "both"}],
            },
            "expiration": expiration,
            "ipAddress": "127.0.0.1",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
            "returnUrl": "http://shop.example/response?reference=TEST_1717171717",
            "cancelUrl": "http://shop.example/cancel",
            "skipResult": False,
            "noBuyerFill": False,
            "captureAddress": False,
            "paymentMethod": "CR_VS,_ATH_,visa",
        }

    def echoed(self, request):
        assert request["payment"]["fields"] == [
            {"keyword": "pedido", "value": "web", "displayOn": "both"}
        ]
        assert "fields" not in request
        kinds = [detail["kind"] for detail in request["payment"]["amount"]["details"]]
        assert kinds == ["shipping", "discount"]
        assert request["payment"]["items"][0]["sku"] == 26443
        assert request["buyer"]["documentType"] == "RC"
