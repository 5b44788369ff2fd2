// Answers as they come: the part of the page that tells of them is fetched anew and swapped. No field is in it, so what
// is being written, and where the cursor is, stays.

const SOON = 150;

export class Live {
  constructor(root, form, asks) {
    this.root = root;
    this.form = form;
    this.asks = asks;
    this.id = Number(root.dataset.work);
    this.url = `/work/${this.id}/workspace`;
    this.desk = null;
    this.timer = null;
    document.addEventListener("live:workspace", ({ detail }) => detail.id === this.id && this.soon());
    // What came while the connection was away is not told again.
    addEventListener("online", () => this.soon());
    document.addEventListener("live:again", () => this.soon());
    document.addEventListener("visibilitychange", () => document.hidden || this.soon());
    root.addEventListener("htmx:afterSwap", () => this.swapped());
    root.addEventListener("htmx:responseError", ({ detail }) => detail.xhr.status === 409 && this.desk.askWhoHolds());
    this.known = this.answers();
    this.title = document.title;
    this.agree();
  }

  get region() {
    return this.root.querySelector("#workspace");
  }

  answers() {
    return new Set([...this.region.querySelectorAll(".consulted:not(.pending)")].map((each) => each.id));
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), SOON);
  }

  refresh() {
    if (this.root.dataset.lost || this.desk.submitting.busy) return Promise.resolve();
    return htmx.ajax("GET", this.url, { target: this.region, swap: "outerHTML" }).catch(() => {});
  }

  swapped() {
    const now = this.answers();
    const fresh = [...now].filter((id) => !this.known.has(id));
    for (const id of fresh) document.getElementById(id).classList.add("fresh");
    this.known = now;
    if (fresh.length && document.hidden) this.announce();
    this.agree();
  }

  announce() {
    document.title = `● ${this.title}`;
    const read = () => (document.title = this.title);
    document.addEventListener("visibilitychange", read, { once: true });
  }

  // The form knows what the page shows: its revision, and whether all answers are there.
  agree() {
    const { revision, waits, most } = this.region.dataset;
    this.form.elements.revision.value = revision;
    const isReady = waits === "no";
    const buttons = this.form.querySelectorAll("[data-submit]");
    for (const button of buttons) {
      const isOff = !isReady || (button.dataset.submit === "ask" && most === "0");
      button.setAttribute("aria-disabled", String(isOff));
    }
    this.form.querySelector("[data-wait-hint]").hidden = isReady;
    this.asks?.limit(Number(most));
  }
}
