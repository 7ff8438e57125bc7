// A bank may put its answer behind the # of an address, which no server is sent. This asks again with the answer as a query, in
// place of the page that it came to, so that neither Back nor the history leads to it once more.
(() => {
  "use strict";
  const answer = new URLSearchParams(location.hash.slice(1));
  if (answer.has("state") || answer.has("response")) location.replace(`${location.pathname}?${answer}`);
  else document.querySelector("[data-no-answer]").hidden = false;
})();
