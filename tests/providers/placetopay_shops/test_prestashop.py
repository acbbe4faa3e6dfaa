"""A PrestaShop shop: names of departments, numbers for ids, a total with its decimals as number."""

from __future__ import annotations

from shop_story import ShopStory


class TestPrestaShop(ShopStory):
    warnings = frozenset({"placetopay.state-long", "placetopay.loose-type"})
    partial_warnings = warnings | {"placetopay.partial-with-taxes"}

    def body(self, *, expiration, partial):
        return {
            "locale": "es_CO",
            "returnUrl": "https://ropa.example/modules/pago/proceso.php?_=YWJj",
            "noBuyerFill": 1,
            "ipAddress": "2001:db8::7",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1",
            "expiration": expiration,
            "buyer": {
                "document": "1020304050",
                "documentType": "CC",
                "name": "Andrés",
                "surname": "Vélez",
                "email": "andres@example.com",
                "mobile": 3105551234,
                "address": {
                    "street": "Calle 10 Sur\nApto 301",
                    "city": "Envigado",
                    "state": "Antioquia",
                    "country": "CO",
                    "postalCode": 55420,
                    "phone": "",
                },
            },
            "payment": {
                "reference": 20417,
                "description": "Pedido 20417 en Ropa Ejemplo",
                "amount": {
                    "currency": "COP",
                    "total": 119000.0,
                    "taxes": [{"kind": "valueAddedTax", "amount": 19000.0, "base": 100000.0}],
                },
                "allowPartial": partial,
            },
        }

    def echoed(self, request):
        assert request["payment"]["reference"] == 20417
        assert request["buyer"]["mobile"] == "3105551234"
        assert request["buyer"]["address"]["postalCode"] == 55420
        assert request["buyer"]["address"]["state"] == "Antioquia"
        assert request["noBuyerFill"] is True
