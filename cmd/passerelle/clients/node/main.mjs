// What a product of some years does, from its first user to its last request. See README.md.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Api, ApiError } from "./api.mjs";
import { Webhooks } from "./webhooks.mjs";

const { API_URL, CLIENT_ID, CLIENT_SECRET, CONFIG_TOKEN, USERS_TOKEN } = process.env;
const TEST_CONNECTOR = "338178e6-3d01-564f-9a7b-52ca442459bf";
const EVENTS = ["USER_CREATED", "USER_DELETED", "CONNECTION_SYNCED", "CONNECTION_DELETED", "ACCOUNT_FOUND"];

const say = (...words) => process.stdout.write(words.join(" ") + "\n");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const api = new Api(API_URL);
const config = api.as(CONFIG_TOKEN);
const manager = api.as(USERS_TOKEN);
const listener = await new Webhooks().start();
const redirectURI = `${listener.url}/callback`;
let user, me, connector, first, firstAccounts;

// visit opens the legacy address of a flow, which needs no domain.
async function visit(flow, lang, params, login = "-") {
  const state = randomBytes(9).toString("base64") + "%2B ü";
  const query = new URLSearchParams({ client_id: CLIENT_ID, redirect_uri: redirectURI, state, ...params });
  say("OPEN", `${API_URL}/auth/webview/${lang}/${flow}?${query}`, login);
  const back = await listener.callback();
  assert.equal(back.state, state, `${flow}: state`);
  assert.equal(back.error, undefined, `${flow}: ${back.error_description}`);
  return back;
}

async function code() {
  return (await user.get("/auth/token/code?type=singleAccess")).code;
}

async function turn(what, login) {
  say("TURN", what, login);
  await lines.next();
}

async function until(id, done, what) {
  const end = Date.now() + 60_000;
  for (;;) {
    const c = await user.get(`/users/${me}/connections/${id}`);
    if (done(c)) return c;
    assert.ok(Date.now() < end, `connection ${id}: ${what} did not come, its state is ${c.state}`);
    await pause(200);
  }
}

const create = (fields) => user.post(`/users/${me}/connections`, { id_connector: connector.id, ...fields });

async function share(id) {
  const { accounts } = await user.get(`/users/${me}/connections/${id}/accounts?all`);
  assert.ok(accounts.length && accounts.every((a) => a.disabled), "found accounts must be disabled");
  for (const a of accounts) {
    await assert.rejects(user.post(`/users/${me}/accounts/${a.id}`, { disabled: "false" }), { status: 404, code: "notFound" });
    const shared = await user.post(`/users/${me}/accounts/${a.id}?all`, { disabled: "false" });
    assert.equal(shared.disabled, null);
  }
  return accounts.map((a) => a.id);
}

async function mend(id, state, login) {
  await until(id, (c) => c.state === state, `the state ${state}`);
  await visit("reconnect", "en", { code: await code(), connection_id: id }, login);
  await until(id, (c) => c.state === null, `null after ${state}`);
  await user.delete(`/users/${me}/connections/${id}`);
  return `${state} mended`;
}

const steps = {
  async webhooks() {
    const made = await config.post("/webhooks/auth?type=hmac_signature&name=node", {}).catch(() => config.post("/webhooks/auth", { type: "hmac_signature", name: "node" }));
    listener.secret = made.config.secret_key;
    for (const event of EVENTS) await config.post("/webhooks", { url: `${listener.url}/hooks/${event}`, event, id_auth: made.id });
    const listed = Object.values(await config.get("/webhooks_events")).find(Array.isArray); // the documents do not name the list
    const names = listed.map((e) => e.name);
    for (const event of EVENTS) assert.ok(names.includes(event), `${event} is not listed`);
    return `${EVENTS.length} registered`;
  },

  async connectors() {
    const { banks } = await api.get("/banks?expand=fields");
    connector = banks.find((b) => b.uuid === TEST_CONNECTOR);
    const { fields } = await api.get(`/connectors/${connector.id}/fields`);
    assert.deepEqual(fields, connector.fields);
    const { sources } = await api.get(`/connectors/${connector.id}/sources`);
    assert.ok(sources[0].priority <= sources[1].priority);
    const { accounttypes } = await api.get("/account_types");
    assert.ok(accounttypes.some((t) => t.name === "checking"));
    await assert.rejects(api.get("/users/me"), ApiError);
    return `${banks.length} banks`;
  },

  async anonymous() {
    const back = await visit("connect", "de", { connector_ids: connector.id });
    assert.ok(back.code && back.connection_id);
    const token = await api.call("POST", "/auth/token/access", {
      json: { client_id: Number(CLIENT_ID), client_secret: CLIENT_SECRET, code: back.code },
    });
    const theirs = api.as(token.access_token);
    const { connections } = await theirs.get("/users/me/connections");
    assert.deepEqual(connections.map((c) => String(c.id)), [back.connection_id]);
    await theirs.delete("/users/me");
    return "exchanged";
  },

  // A temporary user becomes permanent by exchanging what auth/init gave.
  async permanent() {
    const made = await api.post("/auth/init", {});
    assert.equal(made.type, "temporary");
    assert.ok(made.expires_in > 0 && made.expires_in <= 1800, `expires_in ${made.expires_in}`);
    const token = await api.post("/auth/token/access", { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, code: made.auth_token });
    user = api.as(token.access_token);
    me = made.id_user;
    await listener.event("USER_CREATED", (u) => u.id === me);
    assert.ok((await manager.get("/users")).users.some((u) => u.id === me));
    const back = await visit("connect", "fr", { code: await code(), max_connections: 1 });
    first = Number(back.connection_id);
    return `connection ${first}`;
  },

  async connections() {
    const c = await until(first, (c) => c.last_update, "the first reading");
    assert.equal(c.error, null);
    const event = await listener.event("CONNECTION_SYNCED", (e) => e.connection.id === first);
    assert.equal(event.user.id, me);
    const { accounts } = await user.get(`/users/${me}/accounts?all`);
    firstAccounts = accounts.map((a) => a.id).sort();
    return `${accounts.length} accounts`;
  },

  async many() {
    const c = await create({ source: "directaccess", login: "many", password: "1234" });
    await assert.rejects(user.get(`/users/${me}/connections/${c.id}/transactions?limit=1`), { code: "noAccount" });
    await share(c.id);
    await listener.event("CONNECTION_SYNCED", (e) => e.connection.id === c.id && e.connection.accounts?.some((a) => a.transactions?.length));
    const ids = new Set();
    const perAccount = {};
    let url = `/users/${me}/connections/${c.id}/transactions?limit=1000&filter=date`;
    let pages = 0;
    while (url) {
      const page = await user.get(url);
      pages++;
      for (const t of page.transactions) {
        assert.ok(!ids.has(t.id), `${t.id} came twice`);
        ids.add(t.id);
        perAccount[t.id_account] = (perAccount[t.id_account] ?? 0) + 1;
      }
      url = page._links.next?.href;
    }
    assert.ok(Object.values(perAccount).includes(5000), `transactions by account: ${JSON.stringify(perAccount)}`);
    await user.delete(`/users/${me}/connections/${c.id}`);
    await listener.event("CONNECTION_DELETED", (e) => e.id === c.id);
    return `${ids.size} transactions on ${pages} pages`;
  },

  async manage() {
    await visit("manage", "nl", { code: await code() });
    return "closed";
  },

  async otp() {
    const c = await create({ source: "directaccess", login: "otp2", password: "1234", directaccesswebsite: "additionalInformationNeeded" });
    assert.equal(c.status, 202);
    return mend(c.id, "additionalInformationNeeded", "otp2");
  },

  async decoupled() {
    const c = await create({ source: "directaccess", login: "app2", password: "1234", directaccesswebsite: "shortDecoupled" });
    assert.equal(c.status, 202);
    return mend(c.id, "decoupled", "app2");
  },

  async webauth() {
    const c = await create({ source: "openapi", login: "web2", openapiwebsite: "par" });
    assert.equal(c.status, 202);
    return mend(c.id, "webauthRequired", "web2");
  },

  async sca() {
    const c = await create({ source: "directaccess", login: "sca2", password: "1234", directaccesswebsite: "SCARequired" });
    if (c.state === null) {
      await share(c.id);
      await user.call("PUT", `/users/${me}/connections/${c.id}?psu_requested=false`);
    }
    return mend(c.id, "SCARequired", "sca2");
  },

  async wrongpass() {
    await assert.rejects(create({ source: "directaccess", login: "dev", password: "no" }), { status: 400, code: "wrongpass" });
    const c = await create({ source: "directaccess", login: "pat2", password: "1234", directaccesswebsite: "par" });
    await share(c.id);
    await until(c.id, (c) => c.last_update, "the first reading");
    await turn("wrong-password", "pat2");
    await user.call("PUT", `/users/${me}/connections/${c.id}`).catch((e) => assert.equal(e.code, "wrongpass"));
    return mend(c.id, "wrongpass", "pat2");
  },

  async deletion() {
    const { accounts } = await user.get(`/users/${me}/accounts?all`);
    assert.deepEqual(accounts.map((a) => a.id).sort(), firstAccounts);
    await user.delete(`/users/${me}`);
    await listener.event("USER_DELETED", (u) => u.id === me);
    await assert.rejects(user.get("/users/me"), ApiError);
    assert.deepEqual(listener.bad, []);
    return "gone";
  },
};

let status = 0;
say("REDIRECT", redirectURI);
for (const [name, step] of Object.entries(steps)) {
  try {
    say("PASS", name, await step());
  } catch (e) {
    say("FAIL", name, String(e.message).replaceAll("\n", " "));
    status = 1;
    break;
  }
}
if (status === 0) say("DONE");
process.exit(status);
