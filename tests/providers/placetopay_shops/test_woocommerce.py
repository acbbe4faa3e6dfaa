"""A WooCommerce shop: state codes with the country before them, taxes, empty texts."""

from __future__ import annotations

from shop_story import ShopStory


class TestWooCommerce(ShopStory):
    warnings = frozenset({"placetopay.state-long"})
    partial_warnings = warnings | {"placetopay.partial-with-taxes"}

    def body(self, *, expiration, partial):
        address = {
            "street": "Carrera 43A 1-50 Oficina 702",
            "city": "Medellín",
            "state": "CO-ANT",
            "country": "CO",
            "postalCode": "",
        }
        person = {
            "name": "Lucía",
            "surname": "Restrepo Arango",
            "email": "lucia@example.com",
            "company": "",
            "mobile": "3004567890",
            "address": address,
        }
        return {
            "locale": "es_CO",
            "expiration": expiration,
            "returnUrl": "https://tienda.example/finalizar/?wc-api=placetopay&order_id=812&key=wc_a1",
            "noBuyerFill": False,
            "skipResult": False,
            "ipAddress": "203.0.113.24",
            "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/128.0",
            "buyer": person,
            "payment": {
                "reference": "812",
                "description": "Pago en la tienda, pedido 812",
                "amount": {
                    "currency": "COP",
                    "total": self.total,
                    "taxes": [{"kind": "valueAddedTax", "amount": 19000, "base": 100000}],
                },
                "allowPartial": partial,
                "shipping": {**person, "company": ""},
            },
        }

    def echoed(self, request):
        assert request["buyer"]["address"]["state"] == "CO-ANT"
        assert request["payment"]["shipping"]["address"]["state"] == "CO-ANT"
        assert "company" not in request["buyer"]
        assert request["payment"]["amount"]["taxes"] == [
            {"kind": "valueAddedTax", "amount": 19000, "base": 100000}
        ]
