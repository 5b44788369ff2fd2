// Two texts where one was expected: both are shown, and the person decides. Neither is lost, whatever they choose.

export class Conflict {
  // `decide(choice)` is told "mine", "theirs" or "merge".
  constructor(panel) {
    this.panel = panel;
    this.waiting = null;
    for (const button of panel.querySelectorAll("button[data-choice]")) {
      button.addEventListener("click", () => this.waiting?.(button.dataset.choice));
    }
  }

  show(mine, theirs, decide) {
    fill(this.panel.querySelector("[data-mine]"), mine);
    fill(this.panel.querySelector("[data-theirs]"), theirs);
    this.panel.dataset.merging = "no";
    this.panel.hidden = false;
    this.waiting = decide;
    this.panel.focus();
    this.panel.scrollIntoView({ block: "start" });
  }

  // The other text stays in sight while the person writes one out of both.
  merge() {
    this.panel.dataset.merging = "yes";
  }

  hide() {
    this.panel.hidden = true;
    this.waiting = null;
  }
}

function fill(place, written) {
  place.replaceChildren();
  const parts = [...written.asks.map((text) => ["Question", text]), ["Reply", written.reply], ["Reason", written.reason]];
  for (const [label, text] of parts) {
    if (!text.trim()) continue;
    const heading = document.createElement("h4");
    heading.textContent = label;
    const body = document.createElement("p");
    body.className = "verbatim";
    body.dir = "auto";
    body.textContent = text;
    place.append(heading, body);
  }
  if (!place.childElementCount) {
    const nothing = document.createElement("p");
    nothing.className = "quiet";
    nothing.textContent = "Nothing is written here.";
    place.append(nothing);
  }
}
