#!/usr/bin/env python3
"""A first connector: a login, a password, a code by text message.

The bank is made up and lives in this file: replace what is below "The bank" by calls to a real one.
"""
import base64
import datetime
import hashlib
import json
import sys

# ---- The bank ----------------------------------------------------------------------------------------------------------------

PASSWORD, CODE = "1234", "123456"
ACCOUNTS = [
    {"iban": "FR7630006000011234567890189", "name": "Current account", "type": "checking", "balance": "1250.40"},
    {"iban": "FR7630006000011234567890286", "name": "Savings", "type": "savings", "balance": "8000.00"},
    {"iban": "FR7630006000011234567890383", "name": "Home loan", "type": "loan", "balance": "-150000.00",
     "loan": {"total_amount": "180000.00", "rate": "1.85", "maturity_date": "2041-01-31"}},
]


def movements(iban, today):
    """A coffee every third day. The bank gives no ids: the host tells two coffees of one day apart by counting."""
    for days in range(0, 120, 3):
        day = today - datetime.timedelta(days=days)
        coffee = {"date": day.isoformat(), "amount": "-2.40", "currency": "EUR", "type": "card", "wording": "COFFEE " + iban[-4:]}
        if days % 15 == 0:
            coffee["original"] = {"amount": "-2.30", "currency": "CHF"}  # drunk in Geneva
        yield coffee


# ---- What the host may ask ---------------------------------------------------------------------------------------------------


class Refused(Exception):
    """An error that the host understands: one of the codes of the schema, and the field that it is about."""

    def __init__(self, code, field="", user_text=""):
        super().__init__(code)
        self.data = {k: v for k, v in {"code": code, "field": field, "user_text": user_text}.items() if v}


def label(english):
    return {"en": english}


def describe(params, notify):
    return {
        "name": "My bank",
        "features": {"accounts": True, "balances": True, "transactions": True, "loans": True, "background": True},
        "limits": {"history_days": 120},
        "institutions": [{
            "id": "main", "name": "My bank", "countries": ["fr"], "color": "3355aa",
            "sources": [{"name": "directaccess", "auth": "credentials"}],
            "fields": [
                {"name": "login", "label": label("Customer number"), "type": "text", "required": True, "autocomplete": "username"},
                {"name": "password", "label": label("Password"), "type": "password", "required": True, "autocomplete": "current-password"},
            ],
        }],
    }


def pack(value):
    """State and session are bytes to the host. JSON in base64 is the simplest."""
    return base64.b64encode(json.dumps(value).encode()).decode()


def unpack(raw, kind):
    value = json.loads(base64.b64decode(raw))
    if not isinstance(value, dict) or value.get("kind") != kind:
        raise Refused("bug")
    return value


def begin(params, notify):
    before = unpack(params["previous"], "session") if params.get("previous") else {}
    # A reconnect may leave out what was typed before.
    login = params["values"].get("login") or before.get("login")
    password = params["values"].get("password") or before.get("password")
    if not login:
        raise Refused("bad_credentials", "login")
    if password != PASSWORD:
        raise Refused("bad_credentials", "password", "Your customer number or password is not right.")
    if params["mode"] == "background":
        return done(login, password)  # this bank trusts us once it knows us; one that does not would be needs_user
    return question({"kind": "state", "login": login, "password": password, "tries": 0})


def question(state, error=None):
    ask = {
        "fields": [{"name": "code", "label": label("Code"), "type": "otp", "required": True, "autocomplete": "one-time-code"}],
        "message": "We have sent you a code.", "medium": "sms", "target": "•• 42",
    }
    if error:
        ask["error"] = {"code": error}
    return {"state": pack(state), "ask": ask}


def done(login, password):
    session = {"kind": "session", "login": login, "password": password}
    return {"done": {"session": pack(session), "owner": login}}


def advance(params, notify):
    state, event = unpack(params["state"], "state"), params["event"]
    if event["kind"] == "cancel":
        return {}
    if event["kind"] != "answers":
        raise Refused("bug")  # nothing but an answer answers a question
    if (event.get("answers") or {}).get("code") == CODE:
        return done(state["login"], state["password"])
    state["tries"] += 1
    if state["tries"] >= 3:
        raise Refused("too_many_tries")
    return question(state, "challenge_failed")


def pull(params, notify):
    session = unpack(params["session"], "session")
    if session["password"] != PASSWORD:
        raise Refused("bad_credentials", "password")
    today = datetime.date.fromisoformat(params["now"][:10])
    since = datetime.date.fromisoformat((params.get("since") or "1970-01-01")[:10])
    for a in ACCOUNTS:
        # The key must be the same in each pull: a hash of what the bank never changes.
        key = hashlib.sha256(a["iban"].encode()).hexdigest()
        loan = {"loan": a["loan"]} if "loan" in a else {}
        notify("account", {"key": key, "name": a["name"], "type": a["type"], "iban": a["iban"], "balance": a["balance"], "currency": "EUR", **loan})
        if key not in params["transactions"]:
            continue  # the end user has not shared them
        for m in movements(a["iban"], today):
            if datetime.date.fromisoformat(m["date"]) >= since:
                notify("transaction", {"account": key, "transaction": m})
    return {}


def revoke(params, notify):
    unpack(params["session"], "session")
    return {}  # this bank keeps no consent


METHODS = {"describe": describe, "begin": begin, "advance": advance, "pull": pull, "revoke": revoke}

# ---- The lines ---------------------------------------------------------------------------------------------------------------


def write(message):
    print(json.dumps(message), flush=True)


def notify(method, params):
    write({"jsonrpc": "2.0", "method": method, "params": params})


def main():
    hello = json.loads(sys.stdin.readline())
    write({"protocol": 1, "id": "my-bank", "nonce": hello["nonce"]})
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            if request["method"] not in METHODS:
                answer["error"] = {"code": -32601, "message": "no such method"}
            else:
                answer["result"] = METHODS[request["method"]](request["params"], notify)
        except Refused as e:
            answer["error"] = {"code": -32000, "message": "refused", "data": e.data}
        except Exception as e:  # our mistake: its kind is enough, its text may hold a secret
            print("unexpected:", type(e).__name__, file=sys.stderr)
            answer["error"] = {"code": -32000, "message": "bug", "data": {"code": "bug"}}
        write(answer)


if __name__ == "__main__":
    main()
