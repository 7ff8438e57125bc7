// What makes the pages nicer; everything works without it. Nodes are built one by one: the pages require trusted types.
(() => {
  "use strict";
  const all = (selector, fn) => document.querySelectorAll(selector).forEach(fn);

  // A page that comes back from the browser's memory (Back) may be of a step that is over, and still hold what was typed:
  // it is loaded again.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // A form is sent once. The button is disabled after the browser has read its name and value, and comes back when nothing
  // has happened for a while.
  const release = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button[data-held]").forEach((b) => {
      b.disabled = false;
      delete b.dataset.held;
    });
  };
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.target) return; // one that opens a tab leaves this page as it is
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    all("[data-reveal][aria-pressed=true]", (b) => b.click());
    setTimeout(() => form.querySelectorAll("button:not([disabled])").forEach((b) => {
      b.disabled = true;
      b.dataset.held = "1";
    }));
    setTimeout(release, 15000, form);
  });

  // Show and hide a password.
  all("[data-reveal]", (button) => {
    const input = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      button.setAttribute("aria-pressed", show);
      button.textContent = show ? button.dataset.hide : button.dataset.show;
    });
  });

  // What is chosen in a list says what another field should hold.
  all("[data-hints]", (list) => list.addEventListener("change", () => {
    const hint = list.selectedOptions[0]?.dataset.hint;
    if (hint) document.getElementById(list.dataset.hints).textContent = hint;
  }));

  // A code is pasted as people copy it ("123 456", "123-456"): keep what counts, whatever the field's limit.
  all("[data-code]", (input) => {
    const limit = input.maxLength;
    input.removeAttribute("maxlength");
    input.addEventListener("input", () => {
      const clean = input.value.replace(/[\s-]/g, "");
      const cut = limit > 0 ? clean.slice(0, limit) : clean;
      if (cut !== input.value) input.value = cut;
    });
  });

  // What is offered after a while: without scripts the page's own reload shows it.
  all("[data-after]", (offer) => setTimeout(() => { offer.hidden = false; }, offer.dataset.after * 1000));

  // Count the remaining time down.
  all("[data-left]", (clock) => {
    const end = performance.now() + clock.dataset.left * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      clock.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      if (left) return;
      clearInterval(timer);
      const running = clock.closest("[data-running]");
      running.hidden = true;
      running.nextElementSibling.hidden = false;
    };
    const timer = setInterval(tick, 1000);
  });

  // Ask whether the attempt went on (a long poll) and go along, unless a form of this page is on its way: it may be what moved
  // the attempt, and its answer leads on. A page that is not looked at asks again when it is.
  const main = document.querySelector("[data-status]");
  if (main) {
    const step = Number(main.dataset.step);
    let pause = 1000;
    const poll = async () => {
      if (document.hidden) {
        document.addEventListener("visibilitychange", poll, { once: true });
        return;
      }
      const begun = performance.now();
      try {
        const answer = await fetch(main.dataset.status, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        if ((await answer.json()).step !== step && !document.querySelector("form[data-sent]")) {
          location.replace(main.dataset.home);
          return;
        }
        pause = 1000 * (answer.headers.get("Retry-After") || 1);
      } catch {
        pause = Math.min(pause * 2, 30000);
      }
      setTimeout(poll, Math.max(0, pause - (performance.now() - begun)));
    };
    poll();
  }

  // Search while typing.
  const search = document.querySelector("[data-search]");
  if (!search) return;
  const input = search.querySelector("input");
  const list = document.getElementById("results");
  const found = document.getElementById("found");
  const popular = { rows: [...list.children], text: found.textContent, query: input.value.trim() };
  const make = (name, parent, attributes, text) => {
    const svg = /^(svg|rect|text)$/.test(name);
    const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const k in attributes) e.setAttribute(k, attributes[k]);
    if (text) e.textContent = text;
    parent.append(e);
    return e;
  };
  const row = (r) => {
    const li = document.createElement("li");
    const button = make("button", li, { class: "row", type: "submit", name: "connector", value: r.uuid });
    const svg = make("svg", button, { class: "tile", width: 40, height: 40, viewBox: "0 0 40 40", "aria-hidden": "true" });
    make("rect", svg, { width: 40, height: 40, rx: 10, fill: r.color });
    const size = { 1: 19, 2: 16 }[[...r.initials].length] || 13;
    make("text", svg, { x: 20, y: 20, dy: ".35em", "text-anchor": "middle", "font-size": size, fill: r.ink }, r.initials);
    const grow = make("span", button, { class: "grow" });
    make("span", grow, { class: "name" }, r.name);
    if (r.reason) make("span", grow, { class: "why" }, r.reason);
    if (r.country) make("span", button, { class: "country" }, r.country);
    return li;
  };
  const show = (query, rows, text) => {
    list.replaceChildren(...rows);
    found.textContent = text;
    document.getElementById("query").value = query;
    history.replaceState(null, "", query ? "?q=" + encodeURIComponent(query) : location.pathname);
  };
  let timer, asked;
  const ask = async () => {
    const query = input.value.trim();
    asked?.abort();
    if (query === popular.query) return show(query, popular.rows, popular.text);
    asked = new AbortController();
    try {
      const answer = await fetch(search.dataset.search + "?q=" + encodeURIComponent(query), { signal: asked.signal });
      if (!answer.ok) throw new Error(answer.status);
      const json = await answer.json();
      show(query, json.results.map(row), query ? json.text : found.dataset.popular);
    } catch (e) {
      if (e.name !== "AbortError") delete search.dataset.live; // the button comes back: search by reloading
    }
  };
  search.dataset.live = "";
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  // Arrows walk from the search field through the banks and back.
  addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...list.querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement);
    if (!way || at < 0) return;
    event.preventDefault();
    stops[Math.min(Math.max(at + way, 0), stops.length - 1)].focus();
  });
})();
