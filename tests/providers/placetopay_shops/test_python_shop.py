"""A shop in Python (Odoo, Django): flags as text, microseconds, a total as text."""

from __future__ import annotations

from datetime import datetime

from shop_story import ShopStory


class TestPythonShop(ShopStory):
    hash_name = "sha256"
    total = 75000
    warnings = frozenset({"placetopay.loose-type", "placetopay.state-long"})
    partial_warnings = warnings

    def body(self, *, expiration, partial):
        moment = datetime.fromisoformat(expiration).replace(microsecond=678901)
        return {
            "locale": "es_CO",
            "payer": {
                "document": "900123456",
                "documentType": "NIT",
                "name": "Comercial Ejemplo",
                "surname": "SAS",
                "company": "Comercial Ejemplo SAS",
                "email": "compras@example.com",
                "mobile": "3150001122",
                "address": {
                    "country": "CO",
                    "state": "Cundinamarca",
                    "city": "Bogotá",
                    "postalCode": "",
                    "street": "Cra 7 # 71-21",
                    "phone": "",
                },
            },
            "payment": {
                "reference": "S00042-1",
                "description": "S00042-1",
                "amount": {"currency": "COP", "total": "75000.00"},
                "allowPartial": str(partial).lower(),
                "subscribe": "false",
            },
            "fields": [
                {"keyword": "order", "value": "S00042", "displayOn": "none"},
                {"keyword": "database", "value": {"id": 4}, "displayOn": "none"},
            ],
            "expiration": moment.isoformat(),
            "returnUrl": "https://erp.example/payment/placetopay/return?ref=S00042-1",
            "ipAddress": "198.51.100.4",
            "userAgent": "python-requests/2.32.3",
            "skipResult": "0",
        }

    def echoed(self, request):
        assert request["payment"]["amount"]["total"] == "75000.00"
        assert request["payment"]["allowPartial"] is False
        assert request["fields"][0]["keyword"] == "order"
        assert request["expiration"].endswith("678901+00:00")
