// Where end users come back to, and where notifications arrive.

import { createServer } from "node:http";

export class Listener {
  callbacks = [];
  events = [];
  waiting = [];

  async start() {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((ready) => this.server.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (request.method === "GET" && url.pathname === "/callback") this.callbacks.push(Object.fromEntries(url.searchParams));
    if (request.method === "POST" && url.pathname === "/hook") {
      const parts = [];
      for await (const part of request) parts.push(part);
      this.events.push(JSON.parse(Buffer.concat(parts)));
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end('<!doctype html><html lang="en"><title>Back at the shop</title><link rel="icon" href="data:,"><p>Thank you.');
    this.waiting.splice(0).forEach((wake) => wake());
  }

  // take waits until a list has something that is wanted.
  async take(list, accept, what) {
    const end = Date.now() + 60_000;
    for (;;) {
      const at = list.findIndex(accept);
      if (at >= 0) return list.splice(at, 1)[0];
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${what} did not come; there are ${JSON.stringify(list)}`);
      await new Promise((wake) => {
        const timer = setTimeout(wake, left);
        this.waiting.push(() => (clearTimeout(timer), wake()));
      });
    }
  }

  callback() {
    return this.take(this.callbacks, () => true, "the end user");
  }

  event(accept) {
    return this.take(this.events, accept, "a notification");
  }
}
