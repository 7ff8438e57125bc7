// Hears how the framed webview ended and hands it on to the callback, where state decides whether it counts.
(() => {
  "use strict";
  const frame = document.querySelector("iframe[data-origin]");
  const names = {
    connectionId: "connection_id", connectionIds: "connection_ids", connectionDeleted: "connection_deleted", code: "code", state: "state",
    error: "error", errorDescription: "error_description",
  };
  addEventListener("message", (e) => {
    // Anybody can send a message: only the service's, from this very frame, is looked at.
    if (e.origin !== frame.dataset.origin || e.source !== frame.contentWindow || e.data?.type !== "powensWebviewTermination") return;
    const q = new URLSearchParams();
    for (const [key, name] of Object.entries(names)) {
      if (e.data.data?.[key] !== undefined) q.set(name, String(e.data.data[key]));
    }
    location.replace(frame.dataset.callback + "?" + q);
  });
})();
