"""A small shop that sells through Placetopay WebCheckout: what a merchant has to do, and no more.

* An order is paid when a query says so. The payer's return proves nothing, a notification is
  verified and then only a reason to query, and `Check pending` asks for what nobody told us.
* If a session could not be created, it may have been made all the same, and only the answer lost.
  Nobody has its address, so it expires; the next try has a reference of its own.
"""

import os
import secrets
import threading
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import SimpleNamespace as Order

from flask import Flask, abort, redirect, render_template_string, request, url_for

from emulator.client import AuthenticationError, ClientError, Placetopay, WebhookError

CATALOGUE = {"coffee": ("Coffee", 32_000), "mug": ("Mug", 45_000), "kettle": ("Kettle", 189_000)}
NEXT = {"pending": ("paid", "refunded", "cancelled"), "paid": ("refunded",)}
PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>{{ title }}</title>
<meta name=viewport content="width=device-width"><style>form { display: inline }
body { font: 1em/2 system-ui; max-width: 40em; margin: auto; padding: 1em }</style>
{% macro post(to, label) %}<form method=post action="{{ to }}"><button>{{ label }}</button></form>
{% endmacro %}<h1>{{ title }}</h1><p>{{ text }}</p><ul>{% for sku, (name, price) in goods %}
<li>{{ name }}, {{ price }} COP {{ post('/buy/' + sku, 'Buy ' + name) }}{% endfor %}</ul>
<ul>{% for each in orders %}<li id="{{ each.id }}">{{ each.name }}, {{ each.price }} COP,
<b>{{ each.status }}</b> {% if each.status == 'paid' %}{{ post('/refund/' + each.id, 'Refund') }}
{% elif each.status == 'pending' %}<a href="{{ each.url }}">Continue to pay</a>
{% elif each.status != 'refunded' %}{{ post('/buy/' + each.id, 'Pay') }}{% endif %}{% endfor %}</ul>
{% if goods %}{{ post('/check', 'Check pending') }}{% else %}<a href="/">Shop</a>{% endif %}"""


def create_app(environ=os.environ, orders=None, sleep=time.sleep):
    """Make the shop, with the settings that `emulator credentials placetopay` prints."""
    app, lock, ahead = Flask(__name__), threading.Lock(), 0.0
    orders = {} if orders is None else orders
    keys = (environ[f"PLACETOPAY_{name}"] for name in ("BASE_URL", "LOGIN", "SECRET_KEY"))
    placetopay = Placetopay(*keys, clock=lambda: time.time() + ahead, timeout=15)

    def show(title, text="", status=200, **lists):
        return render_template_string(PAGE, title=title, text=text, **lists), status

    def ask(operation, *arguments, **members):
        """Ask Placetopay; where it says that our clock is wrong (103), go by its own."""
        nonlocal ahead
        try:
            return operation(*arguments, **members)
        except AuthenticationError as error:
            if error.code != "103":
                raise
            ahead = parsedate_to_datetime(error.answer.headers["date"]).timestamp() - time.time()
        return operation(*arguments, **members)

    def open_session(order):
        members = {"return_url": url_for("come_back", key=order.id, _external=True)}
        members |= {"ip_address": request.remote_addr, "user_agent": str(request.user_agent)[:255]}
        for seconds in (0, 2, 4):
            sleep(seconds)
            order.tries += 1
            named = (f"{order.id}-{order.tries}", order.price, "COP")
            try:
                return ask(placetopay.create_session, *named, **members)
            except ClientError as error:
                failure = error
                if error.status and error.status < 500:
                    break  # it would be refused again
        raise failure

    def refresh(order):
        """Book what a query says: once, however often and in whatever order it is told."""
        session = ask(placetopay.query_session, order.request_id)
        outcome = {"APPROVED": "paid", "REJECTED": "cancelled"}.get(session["status"]["status"])
        made = session["payment"] or []
        approved = next((each for each in made if each["status"]["status"] == "APPROVED"), {})
        outcome = "refunded" if approved.get("refunded") else outcome
        with lock:
            if order.request_id == session["requestId"] and outcome in NEXT.get(order.status, ()):
                order.status, order.payment = outcome, approved.get("internalReference")
                order.booked.append(outcome)  # if paid, here the goods leave

    def refresh_where(name, value):
        for order in [each for each in list(orders.values()) if getattr(each, name) == value]:
            with suppress(ClientError):  # it stays as it is, to be asked for again
                refresh(order)

    @app.get("/")
    def shop():
        return show("Shop", goods=CATALOGUE.items(), orders=list(orders.values()))

    @app.post("/buy/<key>")
    def buy(key):
        if key in CATALOGUE:
            own = Order(id=secrets.token_hex(6), status="new", tries=0, request_id=0, booked=[])
            own.name, own.price = CATALOGUE[key]
            key = orders.setdefault(own.id, own).id  # in returnUrl: not to be guessed
        order = orders.get(key) or abort(404)
        with lock:  # two clicks make no two sessions
            if (before := order.status) not in ("new", "cancelled"):
                return redirect("/", 303)
            order.status, order.request_id, order.url = "pending", 0, "/"
        try:
            session = open_session(order)
        except ClientError:
            order.status = before
            raise
        order.request_id, order.url = session["requestId"], session["processUrl"]
        return redirect(order.url, 303)

    @app.get("/return/<key>")
    def come_back(key):
        order = orders.get(key) or abort(404)
        refresh(order)
        return show("Your order", f"It is {order.status}.", orders=[order])

    @app.post("/notify")
    def notify():
        try:
            body = request.get_data()
            said = placetopay.verify_webhook(body, request.headers, algorithm="sha256")
        except WebhookError as error:
            return f"Not believed: {error.diagnosis.summary}", 400
        refresh_where("request_id", said["requestId"])
        return "", 204

    @app.post("/check")
    def check():
        refresh_where("status", "pending")
        return redirect("/", 303)

    @app.post("/refund/<key>")
    def refund(key):
        order = orders.get(key) or abort(404)
        try:
            ask(placetopay.reverse, order.payment)
        finally:  # also if it was done before, or done and the answer lost: the query knows
            refresh(order)
        return redirect("/", 303)

    @app.errorhandler(ClientError)
    def unavailable(error):
        app.logger.error("Placetopay: %s", error)  # of a 401 somebody must know, and its number
        return show("Not now", "Placetopay does not do it. Please try again later.", 502)

    return app
