"""What a small product does from its first user to its last request. See README.md."""

import os
import queue
import secrets
import sys
import time
import urllib.parse

from api import Api, ApiError
from listener import Listener

TEST_CONNECTOR = "338178e6-3d01-564f-9a7b-52ca442459bf"
EVENTS = ["USER_CREATED", "USER_DELETED", "CONNECTION_SYNCED", "CONNECTION_DELETED", "ACCOUNT_ENABLED"]


class Shop:
    def __init__(self, env):
        self.api = Api(env["API_URL"])
        self.config = self.api.as_token(env["CONFIG_TOKEN"])
        self.manage = self.api.as_token(env["USERS_TOKEN"])
        self.webview_url = env["WEBVIEW_URL"].rstrip("/")
        self.domain = env["DOMAIN"]
        self.client_id, self.client_secret = env["CLIENT_ID"], env["CLIENT_SECRET"]
        self.listener = Listener()
        self.redirect_uri = self.listener.url + "/callback"
        self.user = None

    # --- the webview -------------------------------------------------------------------------------------------------

    def visit(self, flow, code=None, lang="fr", login="-", **params):
        """Sends the end user to the webview and gives the query that they come back with. login is who they are at the bank."""
        state = secrets.token_urlsafe(9) + " &=é"
        query = {"domain": self.domain, "client_id": self.client_id, "redirect_uri": self.redirect_uri, "state": state}
        if code:
            query["code"] = code
        query.update(params)
        url = f"{self.webview_url}/{lang}/{flow}" if lang else f"{self.webview_url}/{flow}"
        say("OPEN", url + "?" + urllib.parse.urlencode(query), login)
        back = self.listener.callback()
        check(back.get("state") == state, f"{flow}: state came back as {back.get('state')!r}")
        check("error" not in back, f"{flow}: {back.get('error')} {back.get('error_description')}")
        return back

    def code(self):
        answer = self.user.get("/auth/token/code", type="singleAccess")
        check(answer["type"] == "temporary" and answer["access"] == "single" and answer["expires_in"] > 0, f"code: {answer}")
        return answer["code"]

    # --- connections -------------------------------------------------------------------------------------------------

    def connection(self, cid, **query):
        return self.user.get(f"/users/me/connections/{cid}", **query)

    def wait(self, cid, done, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            c = self.connection(cid)
            if done(c):
                return c
            time.sleep(0.2)
        fail(f"connection {cid}: {what} did not come, state is {c['state']}, last_update {c['last_update']}")

    def create(self, **fields):
        """Makes a connection without the webview; gives (status, connection)."""
        return self.user.call("POST", "/users/me/connections", body={"connector_uuid": TEST_CONNECTOR, **fields})

    def consent(self, cid):
        """Shares every account of a connection."""
        accounts = self.user.get(f"/users/me/connections/{cid}/accounts", all=None)["accounts"]
        check(accounts and all(a["disabled"] for a in accounts), "accounts that were just found must be disabled")
        ids = ",".join(str(a["id"]) for a in accounts)
        self.user.put(f"/users/me/connections/{cid}/accounts/{ids}", {"disabled": False}, all=None)
        shared = self.user.get(f"/users/me/connections/{cid}/accounts")["accounts"]
        check(len(shared) == len(accounts), f"{len(shared)} of {len(accounts)} accounts are shared")
        return [a["id"] for a in shared]


def steps(shop):
    """The steps in their order, each a function of the shop."""
    return [webhooks, connectors, anonymous, permanent, connections, many, manage, otp, decoupled, webauth, sca, wrongpass, deletion]


def webhooks(shop):
    made = shop.config.post("/webhooks/auth", {"type": "hmac_signature", "name": "python"})
    shop.listener.secret = made["config"]["secret_key"]
    for event in EVENTS:
        shop.config.post("/webhooks", {"url": f"{shop.listener.url}/hooks/{event}", "event": event, "id_auth": made["id"]})
    listed = shop.config.get("/webhooks")["webhooks"]
    check(len(listed) >= len(EVENTS), f"{len(listed)} webhooks are listed")
    return f"{len(EVENTS)} registered"


def connectors(shop):
    listed = shop.api.get("/connectors", expand="sources,fields,countries", country_codes="fr")["connectors"]
    test = next(c for c in listed if c["uuid"] == TEST_CONNECTOR)
    one = shop.api.get(f"/connectors/{TEST_CONNECTOR}")
    check(one["name"] == test["name"] and one["id"] == test["id"], f"{one}")
    fields = shop.api.get(f"/connectors/{TEST_CONNECTOR}/fields")["fields"]
    check({"login", "password"} <= {f["name"] for f in fields}, f"{fields}")
    check({s["name"] for s in test["sources"]} == {"openapi", "directaccess"}, f"{test['sources']}")
    check(shop.api.get("/banks")["banks"], "no banks")
    return f"{len(listed)} listed"


def anonymous(shop):
    """The older sequence: without a user, and a code in the callback."""
    back = shop.visit("connect", connector_uuids=TEST_CONNECTOR)
    check(back.get("code") and back.get("connection_id"), f"callback: {sorted(back)}")
    _, answer = shop.api.call("POST", "/auth/token/access", form={
        "code": back["code"], "redirect_uri": shop.redirect_uri, "grant_type": "authorization_code",
    }, basic=(shop.client_id, shop.client_secret))
    check(answer["token_type"].lower() == "bearer", f"{answer['token_type']}")
    user = shop.api.as_token(answer["access_token"])
    ids = [str(c["id"]) for c in user.get("/users/me/connections")["connections"]]
    check(ids == [back["connection_id"]], f"connections {ids}, callback {back['connection_id']}")
    try:
        shop.api.post("/auth/token/access", {"client_id": shop.client_id, "client_secret": shop.client_secret, "code": "nonsense"})
        fail("a nonsense code was exchanged")
    except ApiError as e:
        check(e.status == 400, str(e))
    user.delete("/users/me")
    return "exchanged"


def permanent(shop):
    """The recommended sequence: a user first, then a code."""
    made = shop.api.post("/auth/init", {"client_id": int(shop.client_id), "client_secret": shop.client_secret})
    check(made["type"] == "permanent" and made["expires_in"] is None, f"{made['type']} {made['expires_in']}")
    shop.user, shop.id_user = shop.api.as_token(made["auth_token"]), made["id_user"]
    shop.listener.event("USER_CREATED", lambda u: u["id"] == shop.id_user)
    check(shop.id_user in [u["id"] for u in shop.manage.get("/users")["users"]], "the user is not listed")
    back = shop.visit("connect", code=shop.code(), connector_capabilities="bank", account_usages="priv", lang=None)
    check("code" not in back, "a code came back though one was passed in")
    shop.first = int(back["connection_id"])
    return f"connection {shop.first}"


def connections(shop):
    c = shop.wait(shop.first, lambda c: c["last_update"], "the first reading")
    check(c["state"] is None and c["connector_uuid"] == TEST_CONNECTOR and c["id_user"] == shop.id_user, f"{c}")
    event = shop.listener.event("CONNECTION_SYNCED", lambda e: e["connection"]["id"] == shop.first)
    check(isinstance(event["id_webhook_data"], int) and event["connection"]["state"] is None, f"{event.keys()}")
    full = shop.connection(shop.first, expand="connector[countries],sources,accounts,all_accounts")
    check(full["accounts"] and full["connector"]["countries"] and full["sources"][0]["access_expire"], "expand")
    listed = shop.user.get(f"/users/{shop.id_user}/accounts")
    total = sum(a["balance"] for a in listed["accounts"] if a["currency"]["id"] == "EUR")
    check(listed["balances"]["EUR"] == total, f"balances {listed['balances']}, sum {total}")
    shop.accounts = {a["id"] for a in full["all_accounts"]}
    return f"{len(full['accounts'])} accounts"


def many(shop):
    """A login with 5,000 transactions: connected without the webview, shared in bulk, read page by page."""
    status, c = shop.create(source="directaccess", login="many", password="1234")
    check(status in (200, 201), f"created with {status}, state {c['state']}")
    try:
        shop.user.get(f"/users/me/connections/{c['id']}/transactions", limit=10)
        fail("transactions without a shared account")
    except ApiError as e:
        check(e.code == "noAccount", str(e))
    ids = shop.consent(c["id"])
    shop.listener.event("ACCOUNT_ENABLED", lambda a: a["id"] in ids)
    shop.listener.event("CONNECTION_SYNCED", lambda e: e["connection"]["id"] == c["id"] and any(
        a.get("transactions") for a in e["connection"].get("accounts", [])))
    host = urllib.parse.urlsplit(shop.api.base).netloc
    seen, last, pages, per_account = set(), None, 0, {}
    url = f"/users/me/connections/{c['id']}/transactions?limit=997"
    while url:
        page = shop.user.get(url)
        pages += 1
        for t in page["transactions"]:
            check(t["id"] not in seen, f"transaction {t['id']} came twice")
            check(last is None or t["date"] <= last, "transactions are not newest first")
            seen.add(t["id"])
            per_account[t["id_account"]] = per_account.get(t["id_account"], 0) + 1
            last = t["date"]
        following = page["_links"]["next"]
        url = following and following["href"]
        check(not url or urllib.parse.urlsplit(url).netloc == host, f"{url} is not on {host}")
    check(5000 in per_account.values(), f"{per_account} transactions by account, want 5000 of one")
    one = shop.user.get("/users/me/transactions", limit=1)["transactions"][0]
    changed = shop.user.post(f"/users/me/transactions/{one['id']}", {"comment": "mine", "wording": "Lunch"})
    check(changed["comment"] == "mine" and changed["wording"] == "Lunch", f"{changed}")
    shop.user.delete(f"/users/me/connections/{c['id']}")
    shop.listener.event("CONNECTION_DELETED", lambda e: e["id"] == c["id"])
    return f"{len(seen)} transactions on {pages} pages"


def manage(shop):
    back = shop.visit("manage", code=shop.code(), connection_id=shop.first)
    check(back.get("connection_deleted", "false") == "false", f"{back}")
    shop.connection(shop.first)
    return "closed"


def reconnect(shop, cid, state, login):
    """Mends a connection in the webview: the same numbers afterwards, and nothing to mend."""
    c = shop.wait(cid, lambda c: c["state"] == state, f"the state {state}")
    if state in ("additionalInformationNeeded", "wrongpass"):
        check(c["fields"], f"{state} without fields")
    shop.visit("reconnect", code=shop.code(), login=login, connection_id=cid)
    shop.wait(cid, lambda c: c["state"] is None, f"null after {state}")
    shop.user.delete(f"/users/me/connections/{cid}")
    return f"{state} mended"


def otp(shop):
    status, c = shop.create(source="directaccess", login="otp", password="1234", directaccesswebsite="additionalInformationNeeded")
    check(status == 202, f"created with {status}")
    return reconnect(shop, c["id"], "additionalInformationNeeded", "otp")


def decoupled(shop):
    status, c = shop.create(source="directaccess", login="app", password="1234", directaccesswebsite="shortDecoupled")
    check(status == 202, f"created with {status}")
    return reconnect(shop, c["id"], "decoupled", "app")


def webauth(shop):
    """The bank's page without the webview, by /webauth-url; then the same state in the webview."""
    status, c = shop.create(source="openapi", login="web", openapiwebsite="par")
    check(status == 202, f"created with {status}")
    url = shop.user.get("/webauth-url", client_id=shop.client_id, redirect_uri=shop.redirect_uri, id_connection=c["id"], state="x1")["url"]
    say("OPEN", url, "web")
    back = shop.listener.callback()
    check(back.get("id_connection") == str(c["id"]) and back.get("state") == "x1", f"{back}")
    shop.wait(c["id"], lambda c: c["state"] is None, "null after /webauth-url")
    shop.user.delete(f"/users/me/connections/{c['id']}")
    _, c = shop.create(source="openapi", login="web", openapiwebsite="par")
    return reconnect(shop, c["id"], "webauthRequired", "web")


def sca(shop):
    """The bank wants its customer at the next reading without them."""
    _, c = shop.create(source="directaccess", login="sca", password="1234", directaccesswebsite="SCARequired")
    if c["state"] is None:
        shop.consent(c["id"])
        shop.user.put(f"/users/me/connections/{c['id']}", psu_requested="false")
    return reconnect(shop, c["id"], "SCARequired", "sca")


def wrongpass(shop):
    try:
        shop.create(source="directaccess", login="dev", password="wrong")
        fail("a wrong password was taken")
    except ApiError as e:
        check(e.status == 400 and e.code == "wrongpass", str(e))
    status, c = shop.create(source="directaccess", login="pat", password="1234", directaccesswebsite="par")
    check(status in (200, 201), f"created with {status}, state {c['state']}")
    shop.consent(c["id"])
    shop.wait(c["id"], lambda c: c["last_update"], "the first reading")
    turn("wrong-password", "pat")
    try:
        shop.user.put(f"/users/me/connections/{c['id']}", psu_requested="true")
    except ApiError as e:
        check(e.code == "wrongpass", str(e))
    return reconnect(shop, c["id"], "wrongpass", "pat")


def deletion(shop):
    kept = {a["id"] for a in shop.user.get("/users/me/accounts", all=None)["accounts"]}
    check(kept == shop.accounts, "the first connection's accounts have other numbers now")
    shop.user.delete(f"/users/me/connections/{shop.first}")
    shop.listener.event("CONNECTION_DELETED", lambda e: e["id"] == shop.first)
    shop.user.delete("/users/me")
    shop.listener.event("USER_DELETED", lambda u: u["id"] == shop.id_user)
    try:
        shop.user.get("/users/me")
        fail("the token of a deleted user still reads")
    except ApiError as e:
        check(e.status in (401, 403), str(e))
    check(not shop.listener.bad, f"webhooks with a bad signature: {shop.listener.bad}")
    return "gone"


def say(*words):
    print(*words, flush=True)


def turn(what, login):
    say("TURN", what, login)
    sys.stdin.readline()


def check(good, why):
    if not good:
        fail(why)


def fail(why):
    raise AssertionError(why)


def main():
    shop = Shop(os.environ)
    say("REDIRECT", shop.redirect_uri)
    for step in steps(shop):
        try:
            say("PASS", step.__name__, step(shop))
        except (AssertionError, ApiError, KeyError, TypeError, StopIteration, queue.Empty) as e:
            say("FAIL", step.__name__, type(e).__name__, e)
            return 1
    say("DONE")
    return 0


if __name__ == "__main__":
    sys.exit(main())
