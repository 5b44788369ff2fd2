// The lines of the context: which of them are selected, and how one gets there with the keyboard alone.
//
// One line of each fact can be reached with Tab; arrows go on from there, and with Shift they select.

export function lineOf(node) {
  const element = node instanceof Element ? node : node?.parentElement;
  return element?.closest(".line") ?? null;
}

export function factOf(line) {
  return line.closest("[data-fact]");
}

export function numberOf(line) {
  return Array.prototype.indexOf.call(line.parentElement.children, line) + 1;
}

export function linesOf(fact) {
  return [...fact.querySelectorAll(".line")];
}

export class Lines {
  constructor(context) {
    this.context = context;
    this.anchor = null;
    this.last = null;
    context.addEventListener("keydown", (event) => this.key(event));
    context.addEventListener("focusin", (event) => this.focused(lineOf(event.target)));
    document.addEventListener("selectionchange", () => this.remember());
  }

  // What is selected in the context; the last line that had the focus where nothing is.
  selected() {
    this.remember();
    return this.last ?? (this.current?.isConnected ? wholeLine(this.current) : null);
  }

  remember() {
    const selection = getSelection();
    if (selection.rangeCount === 0) return;
    const range = selection.getRangeAt(0);
    if (!this.context.contains(range.commonAncestorContainer)) return;
    this.last = selection.isCollapsed ? null : selectionIn(this.context, range);
  }

  focused(line) {
    if (!line) return;
    if (this.current) this.current.tabIndex = factOf(this.current) === factOf(line) ? -1 : 0;
    line.tabIndex = 0;
    this.current = line;
  }

  key(event) {
    const line = lineOf(event.target);
    if (!line || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = next(line, event.key);
    if (!target) return;
    event.preventDefault();
    if (event.shiftKey) {
      this.anchor ??= line;
      select(this.anchor, target);
    } else {
      this.anchor = null;
      getSelection().removeAllRanges();
      this.last = null;
    }
    target.focus();
    if (event.shiftKey) select(this.anchor, target);
  }
}

function next(line, key) {
  const all = linesOf(factOf(line));
  const at = all.indexOf(line);
  switch (key) {
    case "ArrowDown":
      return all[Math.min(at + 1, all.length - 1)];
    case "ArrowUp":
      return all[Math.max(at - 1, 0)];
    case "PageDown":
      return all[Math.min(at + 15, all.length - 1)];
    case "PageUp":
      return all[Math.max(at - 15, 0)];
    case "Home":
      return all[0];
    case "End":
      return all[all.length - 1];
    default:
      return null;
  }
}

function select(anchor, target) {
  const forward = !(anchor.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING);
  const [first, last] = forward ? [anchor, target] : [target, anchor];
  const range = document.createRange();
  range.setStart(first, 0);
  range.setEnd(last, last.childNodes.length);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

function wholeLine(line) {
  const fact = factOf(line);
  return { text: line.textContent, from: fact.dataset.fact, to: fact.dataset.fact, first: numberOf(line), last: numberOf(line), fact };
}

// The text of a range, and the lines that it touches: headings and numbers that the page adds are no part of it.
function selectionIn(context, range) {
  const parts = [];
  for (const line of context.querySelectorAll(".line")) {
    if (!range.intersectsNode(line)) continue;
    const inside = document.createRange();
    inside.selectNodeContents(line);
    if (line.contains(range.startContainer)) inside.setStart(range.startContainer, range.startOffset);
    if (line.contains(range.endContainer)) inside.setEnd(range.endContainer, range.endOffset);
    const text = inside.toString();
    if (text || parts.length) parts.push({ line, text });
  }
  while (parts.length && !parts[parts.length - 1].text) parts.pop();
  if (!parts.length) return null;
  const [first, last] = [parts[0].line, parts[parts.length - 1].line];
  return {
    text: parts.map((part) => part.text).join("\n").trim(),
    from: factOf(first).dataset.fact,
    to: factOf(last).dataset.fact,
    first: numberOf(first),
    last: numberOf(last),
    fact: factOf(first),
  };
}
