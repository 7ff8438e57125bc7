// What a product does with Linxo Connect, from its first token to the deletion of its user. See README.md.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { call, LinxoError, pages } from "./api.mjs";
import { Listener } from "../listener.mjs";

const { AUTH_URL, API_URL, V3_URL, WIDGET_URL, CLIENT_ID, CLIENT_SECRET } = process.env;
const EMAIL = "program@app.example";
const PASSWORD = "a password that the product made";
// The set that was observed to be enough for add_connection with consent per account.
const SCOPE = "openid profile profile_edit accounts_manage connections_manage connections_sync transactions_read";

const CONNECTION_STATUSES = ["RUNNING", "SUCCESS", "PARTIAL_SUCCESS", "FAILED", "CLOSED", "NONE"];
const ACCOUNT_TYPES = ["CHECKINGS", "SAVINGS", "LOAN", "CREDIT_CARD"];
const ACCOUNT_STATUSES = ["MANUAL", "ACTIVE", "ERROR", "NOT_FOUND", "CLOSED", "SUSPENDED", "PENDING_CONSENT"];
const TRANSACTION_STATUSES = ["BOOKED", "PENDING", "OTHER", "EXPIRED", "REJECTED", "CANCELLED", "REFUNDED"];

const say = (...words) => process.stdout.write(words.join(" ") + "\n");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const listener = await new Listener().start();
const redirect = `${listener.url}/callback`;

let clientToken, userToken, refreshToken, userId, links, connectionId, accounts, transactions;

const api = (method, path, more = {}) => call(method, API_URL + path, { token: userToken, ...more });
const get = async (path) => (await api("GET", path)).body;

async function signIn(scope = SCOPE) {
  const { body } = await call("POST", `${AUTH_URL}/token`, {
    form: { grant_type: "password", username: EMAIL, password: PASSWORD, client_id: CLIENT_ID, client_secret: CLIENT_SECRET, scope, provider: "connect" },
  });
  return body;
}

// visit sends the end user through the widget and gives what the address that they came back to had.
async function visit(link, params, mode) {
  say("OPEN", `${link}&${new URLSearchParams({ redirect_url: redirect, ...params })}`, mode);
  const back = await listener.callback();
  assert.equal(back.error, undefined, `${back.error}: ${back.error_description}`);
  return back;
}

// settled polls a connection as is advised: first after 2 seconds, then after twice as long each time.
async function settled(id) {
  for (let wait = 2_000; wait < 60_000; wait *= 2) {
    const connection = await get(`/connections/${id}`);
    if (connection.status !== "RUNNING") return connection;
    await pause(wait);
  }
  throw new Error(`the connection ${id} runs for ever`);
}

const midnight = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Paris", timeStyle: "medium" });
const isDay = (seconds) => midnight.format(new Date(seconds * 1000)) === "00:00:00";
const noNull = (value) => !JSON.stringify(value).includes("null");

const steps = {
  // Some clients send JSON, with the credentials in the body.
  async token() {
    const { body } = await call("POST", `${AUTH_URL}/token`, {
      json: { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET, scope: "users_create accounts_read", provider: "linxoConnect" },
    });
    assert.equal(body.token_type.toLowerCase(), "bearer");
    clientToken = body.access_token;
    await assert.rejects(call("POST", `${AUTH_URL}/token`, { form: { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: "wrong" } }), {
      status: 401, error: "invalid_client",
    });
    return `for ${body.expires_in} s`;
  },

  async user() {
    const made = await call("POST", `${API_URL}/users`, { token: clientToken, json: { email: EMAIL, password: PASSWORD } });
    userId = made.headers.get("location").split("/").pop();
    assert.match(userId, /^[0-9]+$/);
    await assert.rejects(call("POST", `${API_URL}/users`, { token: clientToken, form: { email: EMAIL, password: PASSWORD } }), LinxoError);
    await assert.rejects(call("POST", `${API_URL}/users`, { token: clientToken, form: { email: "no address", password: PASSWORD } }), LinxoError);
    return userId;
  },

  async signin() {
    const token = await signIn();
    userToken = token.access_token;
    refreshToken = token.refresh_token;
    const me = await get("/users/me");
    assert.equal(me.id, userId);
    assert.equal(me.email, EMAIL);
    assert.equal((await get(`/users/${userId}`)).id, userId);
    return me.email;
  },

  async session() {
    const { body } = await call("POST", `${WIDGET_URL}/widget/widget_session`, {
      json: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, access_token: userToken },
    });
    links = body._links;
    assert.ok(links.add_connection.includes(`session_id=${body.session_id}`));
    say("HOOK", `${listener.url}/hook`);
    await lines.next();
    return Object.keys(links).join(" ");
  },

  // In captive mode the end user stays until the last operation was read.
  async connect() {
    const back = await visit(links.add_connection, { captive_mode: "true", consent_per_account: "true", select_accounts: "true", locale: "en_GB" }, "EMBEDDED");
    assert.equal(back.status, "success");
    assert.equal(back.result, "created");
    connectionId = back.connection_id;
    const connection = await settled(connectionId);
    assert.equal(connection.status, "SUCCESS");
    assert.equal(connection.user_id, userId);
    assert.equal(connection.consent_per_account, true);
    assert.ok(noNull(connection), "a member is null");
    const used = connection.channels.find((c) => c.mode === "EMBEDDED");
    assert.equal(used.status, "SUCCESS");
    assert.equal(used.channel_definition_id, `${connection.provider_id}00`);
    assert.ok(used.expires > Date.now() / 1000);
    assert.equal(connection.channels.find((c) => c.mode === "REDIRECT").status, "EMPTY");
    const list = await get("/connections");
    assert.deepEqual(list.map((c) => c.id), [connectionId]);
    assert.ok(list.every((c) => CONNECTION_STATUSES.includes(c.status)));
    return connectionId;
  },

  async notified() {
    const event = await listener.event((e) => e.resource_type === "CONNECTIONS" && e.resource.id === connectionId);
    assert.equal(event.event_type, "UPDATED");
    assert.equal(event.new_transactions, true);
    assert.match(event.channel_definition_id, /00$/);
    return event.id;
  },

  async accounts() {
    accounts = await get(`/accounts?limit=100&connection_id=${connectionId}`);
    for (const a of accounts) {
      assert.ok(ACCOUNT_TYPES.includes(a.type) && ACCOUNT_STATUSES.includes(a.status), JSON.stringify(a));
      assert.equal(a.connection_id, connectionId);
      assert.ok(noNull(a), "a member is null");
      if (a.status === "ACTIVE") assert.ok(typeof a.balance === "number" && a.currency === "EUR" && a.balance_date > 1_600_000_000);
    }
    const names = (await get("/accounts?sort=name")).map((a) => a.name.toLowerCase());
    assert.deepEqual(names, names.toSorted());
    const one = await get(`/accounts/${accounts[0].id}`);
    assert.deepEqual(one, accounts[0]);
    return `${accounts.length} accounts: ${[...new Set(accounts.map((a) => a.type))].join(" ")}`;
  },

  async transactions() {
    const since = Math.floor(Date.now() / 1000) - 150 * 86_400;
    transactions = await pages(`${API_URL}/transactions?start_date=${since}`, 500, { token: userToken });
    const small = await pages(`${API_URL}/transactions?start_date=${since}`, 50, { token: userToken });
    assert.deepEqual(small.map((t) => t.id), transactions.map((t) => t.id));
    assert.equal(new Set(transactions.map((t) => t.id)).size, transactions.length);
    assert.ok(transactions.length > 50);
    for (const t of transactions) {
      assert.ok(isDay(t.date), `the day ${t.date} is no midnight in Paris`);
      assert.ok(t.date >= since - 86_400 && TRANSACTION_STATUSES.includes(t.status) && typeof t.amount === "number", JSON.stringify(t));
      assert.ok(accounts.some((a) => a.id === t.account_id));
    }
    const booked = await get("/transactions?included_statuses=BOOKED&max_amount=-0.01&limit=500");
    assert.ok(booked.every((t) => t.status === "BOOKED" && t.amount < 0));
    assert.deepEqual(await get(`/transactions/${transactions[0].id}`), transactions[0]);
    await assert.rejects(get("/transactions?limit=501"), { status: 400 });
    await assert.rejects(get("/transactions/999999999"), { status: 404 });
    return `${transactions.length} since ${since}`;
  },

  async refresh() {
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
    const { body } = await call("POST", `${AUTH_URL}/token`, { form });
    userToken = body.access_token;
    refreshToken = body.refresh_token ?? refreshToken;
    assert.equal((await get("/users/me")).id, userId);
    return body.scope;
  },

  // The same login by the bank's own page: the connection has two channels then.
  async channel() {
    const { provider_id } = await get(`/connections/${connectionId}`);
    const back = await visit(links.add_connection, { provider_id, channel_definition_id: `${provider_id}01` }, "REDIRECT");
    assert.equal(back.status, "success");
    assert.equal(back.connection_id, connectionId);
    const last = await settled(connectionId);
    assert.deepEqual(last.channels.map((c) => `${c.mode} ${c.status}`).sort(), ["EMBEDDED SUCCESS", "REDIRECT SUCCESS"]);
    const list = await get("/connections");
    assert.equal(list.length, 1);
    return `${list.length} connections, ${last.channels.map((c) => `${c.mode} ${c.status}`).join(", ")}`;
  },

  async manage() {
    const back = await visit(links.manage_connections, { captive_mode: "true" }, "CLOSE");
    assert.equal(back.status, "success");
    return back.result;
  },

  async archive() {
    const { id } = accounts.find((a) => a.status === "ACTIVE");
    const closed = (await api("PATCH", `/accounts/${id}`, { json: { status: "CLOSED" } })).body;
    assert.equal(closed.status, "CLOSED");
    assert.deepEqual((await get("/accounts?status=CLOSED")).map((a) => a.id), [id]);
    const opened = (await api("PATCH", `/accounts/${id}`, { form: { status: "ACTIVE" } })).body;
    assert.equal(opened.status, "ACTIVE");
    await settled(opened.connection_id);
    return id;
  },

  async remove() {
    const { id } = accounts.at(-1);
    assert.equal((await api("DELETE", `/accounts/${id}`)).status, 204);
    await assert.rejects(get(`/accounts/${id}`), { status: 404 });
    assert.ok((await get("/transactions?limit=500")).every((t) => t.account_id !== id));
    return id;
  },

  async third() {
    const v3 = async (path) => (await call("GET", V3_URL + path, { token: userToken })).body;
    const { connections } = await v3(`/connections?user_id=${userId}`);
    assert.deepEqual(connections.map((c) => c.id), (await get("/connections")).map((c) => c.id));
    assert.ok(connections[0].provider_logo_url && !("logo_url" in connections[0]));
    const theirs = (await v3(`/accounts?user_id=${userId}`)).accounts;
    assert.deepEqual(theirs.map((a) => a.id), (await get("/accounts")).map((a) => a.id));
    const shown = theirs.find((a) => a.status === "ACTIVE");
    assert.match(shown.balance.amount.amount, /^-?[0-9]+\.[0-9]{2}$/);
    assert.equal(shown.balance.amount.currency, "EUR");
    const since = new Date(Date.now() - 90 * 86_400_000).toISOString().replace("Z", "+00:00");
    const query = new URLSearchParams({ user_id: userId, account_ids: shown.id, start_date: since });
    const list = await pages(`${V3_URL}/transactions?${query}`, 500, { token: userToken }, (body) => body.transactions);
    assert.ok(list.length > 0 && list.every((t) => t.account_id === shown.id));
    assert.match(list[0].enrichments.date, /^[0-9-]{10}T00:00:00[+-][0-9:]{5}$/);
    assert.match(list[0].amount.amount, /^-?[0-9]+\.[0-9]{2}$/);
    await assert.rejects(v3("/connections?user_id=999999"), LinxoError);
    return `${list.length} transactions`;
  },

  // In client mode a header names the user.
  async client() {
    const headers = { "x-linxo-user-id": userId, "x-scope": "accounts_read transactions_read" };
    const { body } = await call("GET", `${API_URL}/connections/${connectionId}`, { token: clientToken, headers });
    assert.equal(body.id, connectionId);
    const wrapped = await call("GET", `${V3_URL}/accounts?user_id=${userId}`, { token: clientToken });
    return `${wrapped.body.accounts.length} accounts`;
  },

  async deletion() {
    assert.equal((await api("DELETE", `/connections/${connectionId}`)).status, 204);
    await assert.rejects(get(`/connections/${connectionId}`), { status: 404 });
    assert.equal((await call("DELETE", `${API_URL}/users/${userId}`, { token: clientToken })).status, 204);
    await assert.rejects(get("/users/me"), { status: 401 });
    await assert.rejects(signIn(), LinxoError);
    const again = await call("POST", `${API_URL}/users`, { token: clientToken, form: { email: EMAIL, password: PASSWORD } });
    userToken = (await signIn()).access_token;
    assert.equal((await api("DELETE", "/users/me")).status, 204);
    return `${userId}, and ${again.headers.get("location").split("/").pop()} with the same address`;
  },
};

say("BEGIN", listener.url);
for (const [name, step] of Object.entries(steps)) say("PASS", name, await step());
say("DONE");
process.exit(0);
