// Where end users come back to, and where webhooks arrive.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

// Mailbox lets one side wait for what the other puts in.
class Mailbox {
  items = [];
  waiting = [];

  put(item) {
    this.items.push(item);
    this.waiting.splice(0).forEach((wake) => wake());
  }

  async take(accept, seconds, what) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const at = this.items.findIndex(accept);
      if (at >= 0) return this.items.splice(at, 1)[0];
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${what} did not come in ${seconds} s`);
      await new Promise((wake) => {
        const timer = setTimeout(wake, left);
        this.waiting.push(() => (clearTimeout(timer), wake()));
      });
    }
  }
}

export class Listener {
  callbacks = new Mailbox();
  events = new Mailbox();
  bad = [];
  secret = null;

  async start() {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((ready) => this.server.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (request.method === "GET") {
      if (url.pathname === "/callback") this.callbacks.put(Object.fromEntries(url.searchParams));
      response.writeHead(url.pathname === "/callback" ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
      response.end("<!doctype html><title>Back at the shop</title><p>Thank you.");
      return;
    }
    const parts = [];
    for await (const part of request) parts.push(part);
    const raw = Buffer.concat(parts);
    const payload = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const good = this.verified(url.pathname, request.headers, payload);
    response.writeHead(good ? 204 : 401).end();
    if (good) this.events.put({ name: url.pathname.split("/").pop(), body: JSON.parse(payload) });
    else this.bad.push(url.pathname);
  }

  // METHOD.endpoint.date.payload, joined by dots.
  verified(path, headers, payload) {
    const date = headers["bi-signature-date"];
    const sent = Buffer.from(headers["bi-signature"] ?? "");
    if (!date || !this.secret) return false;
    const want = Buffer.from(createHmac("sha256", this.secret).update(`POST.${path}.${date}.`).update(payload).digest("base64"));
    return sent.length === want.length && timingSafeEqual(sent, want);
  }

  callback(seconds = 120) {
    return this.callbacks.take(() => true, seconds, "the callback");
  }

  async event(name, accept = () => true, seconds = 60) {
    const got = await this.events.take((e) => e.name === name && accept(e.body), seconds, name);
    return got.body;
  }
}
