"""A SimpleFIN client written from the protocol alone: claims a setup token, reads everything, prints what it understood as JSON.

    client.py SETUP_TOKEN          claim, then read
    client.py --access URL QUERY   read with an access URL
"""
import base64
import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def claim(setup):
    address = base64.b64decode(setup).decode()
    request = urllib.request.Request(address, data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def read(access, query=""):
    parts = urllib.parse.urlsplit(access)
    host = parts.hostname + (":%d" % parts.port if parts.port else "")
    address = urllib.parse.urlunsplit((parts.scheme, host, parts.path + "/accounts", query, ""))
    basic = base64.b64encode((urllib.parse.unquote(parts.username) + ":" + urllib.parse.unquote(parts.password)).encode()).decode()
    request = urllib.request.Request(address, headers={"Authorization": "Basic " + basic})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def understood(data):
    """What a budgeting program keeps: it fails where something is missing or of another type."""
    names = {c["conn_id"]: c["name"] for c in data["connections"]}
    out = []
    for a in data["accounts"]:
        assert isinstance(a["balance"], str) and isinstance(a["balance-date"], int) and len(a["currency"]) == 3
        rows = []
        for t in a["transactions"]:
            assert isinstance(t["id"], str) and isinstance(t["posted"], int) and isinstance(t["amount"], str)
            rows.append([t["amount"], t["description"], t["posted"], t.get("pending", False)])
        out.append({"name": a["name"], "bank": names[a["conn_id"]], "bank_v1": a["org"]["name"], "balance": a["balance"], "rows": rows})
    return {"accounts": out, "errors": data["errors"], "codes": [e["code"] for e in data["errlist"]]}


def main():
    try:
        if sys.argv[1] == "--access":
            access, query = sys.argv[2], sys.argv[3]
        else:
            access, query = claim(sys.argv[1]), "start-date=0&pending=1"
        print(json.dumps({"access": access, "status": 200, **understood(read(access, query))}))
    except urllib.error.HTTPError as e:
        print(json.dumps({"status": e.code}))


main()
