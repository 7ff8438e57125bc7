// The API over HTTP, with what Node brings along.

export class ApiError extends Error {
  constructor(status, body) {
    super(`${status} ${body.code}: ${body.description}`);
    Object.assign(this, { status, code: body.code });
  }
}

export class Api {
  constructor(base, token) {
    this.base = base.replace(/\/$/, "");
    this.token = token;
  }

  as(token) {
    return new Api(this.base, token);
  }

  // Sends a flat body as a form, which is what the older SDKs did; json sends JSON.
  async call(method, path, { form, json } = {}) {
    const headers = {};
    let body;
    if (form) body = new URLSearchParams(form);
    if (json) {
      body = JSON.stringify(json);
      headers["Content-Type"] = "application/json";
    }
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const url = path.startsWith("http") ? path : this.base + path;
    const answer = await fetch(url, { method, headers, body, redirect: "manual" });
    const text = await answer.text();
    const read = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {};
    if (answer.status >= 400) throw new ApiError(answer.status, read);
    return { status: answer.status, ...read };
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, form) {
    return this.call("POST", path, { form });
  }

  delete(path) {
    return this.call("DELETE", path);
  }
}
