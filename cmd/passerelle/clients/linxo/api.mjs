// The three hosts over HTTP, with what Node brings along.

export class LinxoError extends Error {
  constructor(status, body) {
    super(`${status} ${body.error}: ${body.error_description}`);
    Object.assign(this, { status, error: body.error, description: body.error_description });
  }
}

export async function call(method, url, { token, json, form, headers = {} } = {}) {
  let body;
  if (form) body = new URLSearchParams(form);
  if (json) {
    body = JSON.stringify(json);
    headers = { ...headers, "Content-Type": "application/json" };
  }
  if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method, headers, body, redirect: "manual" });
  const text = await answer.text();
  const read = text ? JSON.parse(text) : {};
  if (answer.status >= 400) throw new LinxoError(answer.status, read);
  return { status: answer.status, headers: answer.headers, body: read };
}

// pages reads a list to its end: a page that is shorter than limit is the last one.
export async function pages(url, limit, options, list = (body) => body) {
  const out = [];
  for (let page = 1; ; page++) {
    const { body } = await call("GET", `${url}${url.includes("?") ? "&" : "?"}page=${page}&limit=${limit}`, options);
    const part = list(body);
    out.push(...part);
    if (part.length < limit) return out;
  }
}
