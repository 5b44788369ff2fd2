// What every page has: news from the server, buttons that copy, and files that are not too large.

const KINDS = ["workspace", "work", "project", "run"];

function tell(kind, detail) {
  document.dispatchEvent(new CustomEvent(`live:${kind}`, { detail }));
  // Looked up anew each time: what listens may have been replaced.
  for (const element of document.querySelectorAll(kind === "again" ? "[data-live]" : `[data-live~="${kind}"]`)) {
    element.dispatchEvent(new CustomEvent("live", { detail }));
  }
}

function listen(told) {
  const news = new EventSource("/live");
  // What happened before it listens, or while the connection was away, is told by nobody: all is looked at again.
  news.addEventListener("open", () => told("again", {}));
  for (const kind of KINDS) {
    news.addEventListener(kind, (event) => told(kind, JSON.parse(event.data)));
  }
  addEventListener("pagehide", () => news.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

// A browser keeps few connections to one server: of all open pages of a session one listens, and tells the others.
function listenTogether() {
  const session = document.querySelector('meta[name="csrf-token"]').content;
  const channel = new BroadcastChannel(`live ${session}`);
  channel.addEventListener("message", (event) => tell(event.data.kind, event.data.detail));
  navigator.locks.request(`live ${session}`, () => {
    listen((kind, detail) => {
      tell(kind, detail);
      channel.postMessage({ kind, detail });
    });
    return new Promise(() => {}); // until this page is closed, when another's turn comes
  });
}

if (document.querySelector("[data-live]") && document.querySelector(".who")) {
  if (navigator.locks && window.BroadcastChannel) listenTogether();
  else listen(tell);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copyFrom) ?? button);
    button.textContent = "Selected: copy it by hand";
  }
  setTimeout(() => (button.textContent = said), 4000);
});

document.addEventListener("change", (event) => {
  const most = Number(event.target.dataset?.mostBytes);
  if (!most) return;
  const tooLarge = [...event.target.files].some((file) => file.size > most);
  event.target.setCustomValidity(tooLarge ? `This file is larger than ${most / 1024 / 1024} MB: split it.` : "");
  event.target.reportValidity();
});
