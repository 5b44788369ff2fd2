// The judge page: a rating or a choice, made with the keyboard or the pointer, and why.

import { countDown } from "./desk/countdown.js";
import { Desk } from "./desk/desk.js";
import { Shortcuts } from "./desk/shortcuts.js";

const TWO_DIGITS = 700;

class JudgeFields {
  constructor(form) {
    this.form = form;
    this.reason = form.elements.reason;
  }

  get choices() {
    return [...this.form.querySelectorAll("input[type=radio]")];
  }

  read() {
    return { reply: this.choices.find((choice) => choice.checked)?.value ?? "", asks: [], reason: this.reason.value };
  }

  write({ reply, reason }) {
    for (const choice of this.choices) choice.checked = choice.value === reply;
    if (this.reason.value !== reason) this.reason.value = reason;
  }

  choose(value) {
    const choice = this.choices.find((each) => each.value === value);
    if (!choice || choice.disabled) return false;
    choice.checked = true;
    choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  first() {
    return this.reason;
  }
}

// A digit is a rating; a 0 soon after a 1 makes it ten.
function digits(fields) {
  let oneAt = -Infinity;
  const actions = {};
  for (let digit = 0; digit <= 9; digit += 1) {
    actions[String(digit)] = () => {
      const isTen = digit === 0 && performance.now() - oneAt < TWO_DIGITS;
      oneAt = digit === 1 ? performance.now() : -Infinity;
      return fields.choose(isTen ? "10" : String(digit));
    };
  }
  return actions;
}

function choosing(fields) {
  return { 1: () => fields.choose("first"), 2: () => fields.choose("second"), 0: () => fields.choose("none") };
}

function start(root) {
  const form = root.querySelector("form[data-desk]");
  const fields = new JudgeFields(form);
  const desk = new Desk({ root, fields, stale: () => location.reload() });
  countDown(document);
  const kinds = root.dataset.judge === "rate" ? digits(fields) : choosing(fields);
  const focus = (field) => {
    if (!field) return false;
    field.focus();
    return true;
  };
  new Shortcuts(
    {
      ...kinds,
      r: () => focus(fields.reason),
      q: () => desk.quote(),
      "/": () => focus(root.querySelector("[data-find]")),
      "?": () => root.querySelector("[data-keys]").toggleAttribute("open"),
    },
    root.querySelector("[data-single-keys]"),
  );
}

const root = document.querySelector("[data-judge]");
if (root) start(root);
