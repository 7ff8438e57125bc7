// What both programs in Node listen with: where end users come back to, and where notifications arrive.

import { createServer } from "node:http";

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
      if (left <= 0) throw new Error(`${what} did not come in ${seconds} s; there are ${JSON.stringify(this.items).slice(0, 2000)}`);
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

  async start() {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((ready) => this.server.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (request.method === "GET") {
      const here = url.pathname === "/callback";
      response.writeHead(here ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
      response.end('<!doctype html><html lang="en"><title>Back at the shop</title><link rel="icon" href="data:,"><p>Thank you.');
      if (here) this.callbacks.put(Object.fromEntries(url.searchParams));
      return;
    }
    const parts = [];
    for await (const part of request) parts.push(part);
    const event = this.read(url.pathname, request.headers, Buffer.concat(parts));
    response.writeHead(event ? 204 : 401).end();
    if (event) this.events.put(event);
    else this.bad.push(url.pathname);
  }

  // read gives the event that a notification tells; null refuses it.
  read(path, headers, raw) {
    return JSON.parse(raw);
  }

  callback() {
    return this.callbacks.take(() => true, 120, "the end user");
  }

  event(accept, what = "a notification") {
    return this.events.take(accept, 60, what);
  }
}
