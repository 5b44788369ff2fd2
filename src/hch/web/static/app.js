// What every page has: news from the server, and buttons that copy.

const LISTENING = document.querySelectorAll("[data-live]");

if (LISTENING.length && document.querySelector(".who")) {
  const news = new EventSource("/live");
  for (const kind of ["workspace", "work", "project", "run"]) {
    news.addEventListener(kind, (event) => {
      const detail = JSON.parse(event.data);
      document.dispatchEvent(new CustomEvent(`live:${kind}`, { detail }));
      // Looked up anew each time: what listens may have been replaced.
      for (const element of document.querySelectorAll(`[data-live~="${kind}"]`)) {
        element.dispatchEvent(new CustomEvent("live", { detail }));
      }
    });
  }
  addEventListener("pagehide", () => news.close());
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy it by hand";
  }
  setTimeout(() => (button.textContent = said), 2000);
});
