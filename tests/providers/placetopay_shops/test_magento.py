"""A Magento 2 shop: amounts as text with four decimals, details always, items, null members."""

from __future__ import annotations

from shop_story import ShopStory


class TestMagento(ShopStory):
    hash_name = "sha256"
    warnings = frozenset({"placetopay.state-long"})
    partial_warnings = warnings | {"placetopay.partial-with-taxes"}

    def body(self, *, expiration, partial):
        person = {
            "name": "Mariana",
            "surname": "Córdoba",
            "email": "mariana@example.com",
            "mobile": "+57 301 222 3344",
            "address": {
                "street": "Av. 6 Norte 23-45",
                "city": "Cali",
                "phone": "6023334455",
                "postalCode": "760046",
                "country": "CO",
                "state": "Valle del Cauca",
            },
        }
        return {
            "locale": "es_CO",
            "buyer": {**person, "document": None, "documentType": None},
            "payment": {
                "reference": "000000345",
                "description": "Order: 000000345",
                "amount": {
                    "details": [
                        {"kind": "subtotal", "amount": "100000.0000"},
                        {"kind": "discount", "amount": "0"},
                        {"kind": "shipping", "amount": "0.0000"},
                    ],
                    "taxes": [{"kind": "valueAddedTax", "amount": "19000.0000", "base": 100000}],
                    "currency": "COP",
                    "total": "119000.0000",
                },
                "items": [
                    {
                        "sku": "CAM-AZ-M",
                        "name": "Camisa azul",
                        "category": "physical",
                        "qty": "2.0000",
                        "price": "50000.0000",
                        "tax": "9500.0000",
                    }
                ],
                "shipping": person,
                "allowPartial": partial,
            },
            "returnUrl": "https://moda.example/placetopay/payment/response/reference/000000345/",
            "expiration": expiration,
            "ipAddress": "203.0.113.80",
            "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/126.0.0.0",
            "skipResult": False,
            "noBuyerFill": True,
            "paymentMethod": None,
        }

    def echoed(self, request):
        assert request["payment"]["amount"]["total"] == "119000.0000"
        assert request["payment"]["amount"]["details"][0]["amount"] == "100000.0000"
        assert request["payment"]["items"][0]["qty"] == "2.0000"
        assert "document" not in request["buyer"]
