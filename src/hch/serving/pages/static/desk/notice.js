// What the person must know now, in words, at the top of the page.

export class Notice {
  constructor(element) {
    this.element = element;
  }

  say(text, kind = "trouble") {
    const line = document.createElement("p");
    line.textContent = text;
    this.element.replaceChildren(line);
    this.element.dataset.kind = kind;
    this.element.hidden = false;
    this.element.scrollIntoView({ block: "nearest" });
  }

  hide() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
