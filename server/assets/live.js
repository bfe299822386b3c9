// Keeps the page fresh without reloading it. Without this script the page works
// as it is, with its own "Look again" link.

import { initAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

const MINUTE_MS = 60_000;
const main = document.getElementById("main-content");

if (main?.querySelector("#refresh")) {
  keepFresh();
}

function keepFresh() {
  let fetching = null;
  let again = false;

  async function freshen() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = fetchPage();
    try {
      const page = await fetching;
      if (page) swap(page);
    } finally {
      fetching = null;
    }
    if (again) {
      again = false;
      await freshen();
    }
  }

  const events = new EventSource("/events");
  events.addEventListener("changed", freshen);
  // A stream that is refused closes for good: the session may be over.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) freshen();
  });
  setInterval(() => document.hidden || freshen(), MINUTE_MS);
}

async function fetchPage() {
  let answer;
  try {
    // The header says that no person asked: it must not keep a session alive.
    answer = await fetch(location.href, { headers: { "x-live": "1" }, redirect: "manual" });
  } catch {
    return null; // The server is away: the page stays, its time says how old it is.
  }
  if (answer.type === "opaqueredirect") {
    location.reload();
    return null;
  }
  return answer.ok ? answer.text() : null;
}

// Only what differs is touched, so that focus, a half-typed search and a reading
// position stay where they are.
function swap(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("main-content");
  if (!fresh) return;
  const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
  for (const selector of [".queues", ".columns", ".as-of"]) {
    const old = main.querySelector(selector);
    const next = fresh.querySelector(selector);
    if (old && next && old.innerHTML !== next.innerHTML) {
      old.replaceChildren(...next.childNodes);
    }
  }
  say(fresh.querySelector("#said")?.textContent);
  if (focused && document.activeElement?.id !== focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

// A screen reader says the new words, once, and nothing where they are the same.
function say(words) {
  const said = main.querySelector("#said");
  if (said && words && said.textContent !== words) said.textContent = words;
}
