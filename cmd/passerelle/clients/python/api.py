"""The API over HTTP: one class, with the standard library alone."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal


class ApiError(Exception):
    """An answer that says no. Branch on code."""

    def __init__(self, status, body):
        self.status = status
        self.code = body.get("code")
        self.description = body.get("description")
        super().__init__(f"{status} {self.code}: {self.description}")


class Api:
    """Calls with one token, or with none."""

    def __init__(self, base, token=None):
        self.base = base.rstrip("/")
        self.token = token

    def as_token(self, token):
        return Api(self.base, token)

    def call(self, method, path, query=None, body=None, form=None, basic=None):
        """Gives (status, answer). Query values that are None become flags without a value."""
        url = path if path.startswith("http") else self.base + path
        if query:
            url += "?" + "&".join(_pair(name, value) for name, value in query.items())
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if basic:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        elif self.token:
            headers["Authorization"] = "Bearer " + self.token
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as answer:
            raise ApiError(answer.code, _read(answer.read())) from None

    def get(self, path, **query):
        return self.call("GET", path, query)[1]

    def post(self, path, body, **query):
        return self.call("POST", path, query, body)[1]

    def put(self, path, body=None, **query):
        return self.call("PUT", path, query, body)[1]

    def delete(self, path):
        status, _ = self.call("DELETE", path)
        if status != 204:
            raise AssertionError(f"DELETE {path} answered {status}, want 204")


def _pair(name, value):
    name = urllib.parse.quote(name, safe="")
    return name if value is None else name + "=" + urllib.parse.quote(str(value), safe="")


def _read(text):
    """Numbers become decimals: an amount must keep all its digits."""
    return json.loads(text, parse_float=Decimal) if text else {}
