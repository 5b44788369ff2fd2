// Finds words in the context: facts without them are put aside, and what was found is marked. The page's own text is
// left as it is: the marks are ranges, which the browser paints.

const MOST_MARKED = 2000;

export class Find {
  constructor({ field, status, context }) {
    Object.assign(this, { field, status, context });
    this.found = [];
    this.at = -1;
    this.texts = null;
    field.addEventListener("input", () => this.search());
    field.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && this.field.value) {
      event.preventDefault();
      event.stopPropagation();
      this.field.value = "";
      this.search();
    }
  }

  search() {
    const wanted = this.field.value.trim().toLowerCase();
    this.texts ??= [...this.context.querySelectorAll("[data-fact]")].map(asLines);
    this.found = [];
    this.at = -1;
    for (const { fact, lines } of this.texts) {
      const here = wanted ? lines.flatMap(({ line, text }) => places(line, text, wanted)) : [];
      fact.hidden = Boolean(wanted) && here.length === 0;
      const folded = fact.querySelector("details");
      if (folded && here.length) folded.open = true;
      this.found.push(...here);
    }
    this.mark();
    this.say(wanted);
  }

  mark() {
    if (!globalThis.CSS?.highlights) return;
    CSS.highlights.set("found", new Highlight(...this.found.slice(0, MOST_MARKED)));
    CSS.highlights.delete("found-here");
  }

  say(wanted) {
    if (!wanted) this.status.textContent = "";
    else if (!this.found.length) this.status.textContent = "not found";
    else if (this.at < 0) this.status.textContent = `${this.found.length} found`;
    else this.status.textContent = `${this.at + 1} of ${this.found.length}`;
  }

  go(step) {
    if (!this.found.length) return;
    this.at = this.at < 0 && step < 0 ? this.found.length - 1 : (this.at + step + this.found.length) % this.found.length;
    const range = this.found[this.at];
    show(range.startContainer.parentElement, this.context.querySelector(".facts"));
    if (globalThis.CSS?.highlights) CSS.highlights.set("found-here", new Highlight(range));
    this.say(true);
  }
}

// Only the context moves where it can: what one writes beside it stays in sight.
function show(line, box) {
  if (box.scrollHeight <= box.clientHeight) {
    line.scrollIntoView({ block: "nearest" });
    return;
  }
  const [inner, outer] = [line.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

function asLines(fact) {
  const lines = [...fact.querySelectorAll(".line")].map((line) => ({ line, text: line.textContent.toLowerCase() }));
  return { fact, lines };
}

function places(line, text, wanted) {
  const node = line.firstChild;
  const ranges = [];
  for (let at = text.indexOf(wanted); node && at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    // Some letters are longer in lower case, and then places do not match.
    if (at + wanted.length > node.length) break;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + wanted.length);
    ranges.push(range);
  }
  return ranges;
}
