// Reads deliveries of webhooks: they are signed, and may be compressed.

import { createHmac, timingSafeEqual } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { Listener } from "../listener.mjs";

export class Webhooks extends Listener {
  secret = null;

  // The name of an event is the last part of the address that it is delivered to.
  read(path, headers, raw) {
    const payload = headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    return this.verified(path, headers, payload) ? { name: path.split("/").pop(), body: JSON.parse(payload) } : null;
  }

  // METHOD.endpoint.date.payload, joined by dots.
  verified(path, headers, payload) {
    const date = headers["bi-signature-date"];
    const sent = Buffer.from(headers["bi-signature"] ?? "");
    if (!date || !this.secret) return false;
    const want = Buffer.from(createHmac("sha256", this.secret).update(`POST.${path}.${date}.`).update(payload).digest("base64"));
    return sent.length === want.length && timingSafeEqual(sent, want);
  }

  async event(name, accept = () => true) {
    const got = await super.event((e) => e.name === name && accept(e.body), name);
    return got.body;
  }
}
