// The work page: sub-questions, a reply or a pass, while answers come in.

import { Asks } from "./desk/asks.js";
import { countDown } from "./desk/countdown.js";
import { Desk } from "./desk/desk.js";
import { Live } from "./desk/live.js";
import { Shortcuts } from "./desk/shortcuts.js";

class WorkFields {
  constructor(form, changed) {
    this.form = form;
    this.reply = form.elements.reply;
    this.reason = form.elements.reason;
    const list = form.querySelector("[data-asks]");
    this.asks = list && new Asks(list, { most: 20, add: form.querySelector("[data-add]"), changed });
  }

  read() {
    return { reply: this.reply.value, asks: this.asks?.read() ?? [], reason: this.reason.value };
  }

  write({ reply, asks, reason }) {
    if (this.reply.value !== reply) this.reply.value = reply;
    if (this.reason.value !== reason) this.reason.value = reason;
    if (reason) this.reason.closest("details").open = true;
    this.asks?.write(asks);
    this.form.dispatchEvent(new Event("written"));
  }

  first() {
    return this.asks?.fields[0] ?? this.reply;
  }
}

// What whoever is asked will see, as it is being written.
class OtherSide {
  constructor(panel, fields) {
    this.list = panel.querySelector("[data-preview]");
    this.fields = fields;
  }

  show() {
    const texts = this.fields.asks.read().filter((text) => text.trim());
    const items = (texts.length ? texts : ["(your question)"]).map((text) => {
      const item = document.createElement("li");
      item.className = "verbatim";
      item.dir = "auto";
      item.textContent = text;
      return item;
    });
    this.list.replaceChildren(...items);
  }
}

function countWords(form) {
  const counter = form.querySelector("[data-words]");
  if (!counter) return;
  const words = form.elements.reply.value.split(/\s+/).filter(Boolean).length;
  counter.textContent = `${words} of ${counter.dataset.words} words`;
  counter.classList.toggle("too-many", words > Number(counter.dataset.words));
}

function start(root) {
  const form = root.querySelector("form[data-desk]");
  let desk = null;
  const fields = new WorkFields(form, () => desk?.wrote());
  const live = new Live(root, form, fields.asks);
  desk = new Desk({ root, fields, stale: () => live.refresh() });
  live.desk = desk;
  desk.submitting.refused = () => live.soon();
  const panel = form.querySelector("[data-other-side]");
  const other = panel && new OtherSide(panel, fields);
  const shown = () => {
    other?.show();
    countWords(form);
  };
  form.addEventListener("input", shown);
  form.addEventListener("written", shown);
  shown();
  countDown(document);
  root.querySelector("[data-take-suggestion]")?.addEventListener("click", () => {
    fields.write({ ...fields.read(), reply: root.querySelector("[data-suggestion]").textContent });
    desk.wrote();
    fields.reply.focus();
  });
  new Shortcuts(
    {
      a: () => focus(fields.asks?.fields.at(-1)),
      r: () => focus(fields.reply),
      p: () => openAndFocus(fields.reason),
      q: () => desk.quote(),
      "/": () => focus(root.querySelector("[data-find]")),
      "?": () => root.querySelector("[data-keys]").toggleAttribute("open"),
    },
    root.querySelector("[data-single-keys]"),
  );
}

function focus(field) {
  if (!field || field.disabled) return false;
  field.focus();
  return true;
}

function openAndFocus(field) {
  field.closest("details").open = true;
  return focus(field);
}

const root = document.querySelector("[data-work]");
if (root) start(root);
