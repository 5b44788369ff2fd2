// The pages beside the desk: what can be taken back counts down, and it is told when something waits. Nothing is taken
// before somebody says so: who has gone to lunch should not hold a question.

import { countDown } from "./desk/countdown.js";

const SOON = 500;
// Leases run out in silence.
const NOW_AND_THEN = 60000;

class News {
  constructor(panel) {
    this.panel = panel;
    this.timer = null;
    panel.closest("[data-live]").addEventListener("live", () => this.soon(SOON));
    setInterval(() => document.hidden || this.look(), NOW_AND_THEN);
  }

  soon(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), milliseconds);
  }

  async look() {
    const response = await fetch(this.panel.dataset.new, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.ok) this.panel.hidden = !(await response.json()).waits;
  }
}

countDown(document);

const panel = document.querySelector("[data-new]");
if (panel) new News(panel);
