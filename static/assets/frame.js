// What a framed visit's pages do in a frame, and in the tab that it opened its bank's page in. Everything works without it.
(() => {
  "use strict";

  // The end of a visit is told to the page that frames it, or that opened its window. The browser hands the message over only where
  // that page's origin is the one named, and each one named was allowed by the client application; "*" is never used. Where the
  // browser says who frames, only that one is tried: the others would be complaints in its console.
  const told = document.querySelector("[data-message]");
  const framed = parent !== self;
  const listener = framed ? parent : opener;
  const link = document.querySelector("[data-way-back]");
  if (told && listener) {
    const above = framed && location.ancestorOrigins?.[0];
    const origins = JSON.parse(told.dataset.origins).filter((o) => !above || o === above);
    origins.forEach((o) => listener.postMessage(JSON.parse(told.dataset.message), o));
    // A page that listens takes the frame away. The link is for one that does not: following it as well would hand the same code
    // over twice. Where there is no code, the frame goes back by itself after a while, and the link is there at once.
    if (framed && link && origins.length && !("leads" in told.dataset)) {
      link.hidden = true;
      setTimeout(() => { link.hidden = false; }, 4000);
    }
  } else if (told && link) {
    // Nobody listens: this is a page like any other, and goes back at once. Without scripts its header does, a little later.
    location.replace(link.querySelector("a").href);
  }

  // A browser closes a window by script only if a page opened it; this one says what to do otherwise.
  if (document.querySelector("[data-close]") && history.length > 1) setTimeout(() => close(), 1500);
})();
