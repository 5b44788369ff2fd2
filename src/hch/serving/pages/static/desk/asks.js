// The fields for sub-questions: Enter adds another, and an empty one goes with Backspace or its button.

export class Asks {
  constructor(list, { most, add, changed }) {
    Object.assign(this, { list, most, changed });
    this.template = list.querySelector("template");
    this.addButton = add;
    add.addEventListener("click", () => this.add().focus());
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("keydown", (event) => this.key(event));
    this.refresh();
  }

  get fields() {
    return [...this.list.querySelectorAll("textarea")];
  }

  read() {
    return this.fields.map((field) => field.value);
  }

  write(texts) {
    const wanted = texts.length ? texts : [""];
    while (this.fields.length > wanted.length) this.fields[this.fields.length - 1].closest("li").remove();
    while (this.fields.length < wanted.length) this.append();
    this.fields.forEach((field, place) => {
      if (field.value !== wanted[place]) field.value = wanted[place];
    });
    this.refresh();
  }

  append() {
    const item = this.template.content.firstElementChild.cloneNode(true);
    this.list.append(item);
    return item.querySelector("textarea");
  }

  // The field to go on in: a new one, or the last where there are as many as may be asked at once.
  add(after = null) {
    const empty = this.fields.find((field) => !field.value.trim());
    if (empty && empty !== after) return empty;
    if (this.fields.length >= this.most) return this.fields[this.fields.length - 1];
    const field = this.append();
    if (after) after.closest("li").after(field.closest("li"));
    this.refresh();
    return field;
  }

  remove(field) {
    const place = this.fields.indexOf(field);
    if (this.fields.length === 1) field.value = "";
    else field.closest("li").remove();
    this.refresh();
    this.fields[Math.max(0, place - 1)].focus();
    this.changed();
  }

  clicked(event) {
    const button = event.target.closest("button[data-remove]");
    if (button) this.remove(button.closest("li").querySelector("textarea"));
  }

  key(event) {
    if (event.isComposing || event.target.tagName !== "TEXTAREA") return;
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      if (event.target.value.trim()) this.add(event.target).focus();
    } else if (event.key === "Backspace" && plain && !event.target.value && this.fields.length > 1) {
      event.preventDefault();
      this.remove(event.target);
    }
  }

  limit(most) {
    this.most = most;
    this.refresh();
  }

  refresh() {
    const { fields } = this;
    fields.forEach((field, place) => {
      field.setAttribute("aria-label", `Question ${place + 1}`);
      const remove = field.closest("li").querySelector("[data-remove]");
      remove.setAttribute("aria-label", `Remove question ${place + 1}`);
      remove.hidden = fields.length === 1;
    });
    this.addButton.disabled = fields.length >= this.most;
  }
}
