// What working and judging have in common: a workspace that one holds for a while, a draft, and a clock.

import { asClock, Clock } from "./clock.js";
import { Conflict } from "./conflict.js";
import { Draft } from "./draft.js";
import { Find } from "./find.js";
import { Lines } from "./lines.js";
import { Notice } from "./notice.js";
import { insert, quotation } from "./quote.js";
import { SavedState } from "./saved.js";
import { post, REFUSED } from "./server.js";
import { Steps } from "./steps.js";
import { Submitting } from "./submitting.js";
import { asText, writing } from "./writing.js";

export class Desk {
  // `fields` reads and writes what is in the form; `stale` is told when the server knows of something newer.
  constructor({ root, fields, stale }) {
    this.root = root;
    this.fields = fields;
    this.form = root.querySelector("form[data-desk]");
    this.urls = { ...this.form.dataset };
    this.lastField = null;
    this.notice = new Notice(root.querySelector("[data-notice]"));
    this.saved = new SavedState(root.querySelector("[data-saved]"));
    this.conflict = new Conflict(root.querySelector("[data-conflict]"));
    this.steps = new Steps([fields.read()]);
    this.draft = this.makeDraft();
    this.submitting = new Submitting({
      form: this.form,
      draft: this.draft,
      notice: this.notice,
      content: () => fields.read(),
      done: () => this.finish(),
      stale,
    });
    this.clock = this.makeClock();
    this.listen();
    this.readContext();
    void this.begin();
  }

  makeDraft() {
    const { saved } = this;
    return new Draft({
      send: (body, options) => post(this.urls.draft, body, options),
      revision: Number(this.form.elements.draft_revision.value),
      content: this.fields.read(),
      key: `draft ${this.urls.draft}`,
      heard: {
        unsaved: () => saved.unsaved(),
        saving: (content) => {
          this.steps.add(content);
          saved.saving();
        },
        saved: (at) => {
          saved.saved(at);
          this.showSteps();
        },
        offline: () => saved.offline(),
        signedOut: () => saved.signedOut(),
        notSaved: (message) => saved.notSaved(message),
        conflict: (mine, theirs, revision) => this.twoTexts(mine, theirs, revision),
        lost: (refusal) => this.lose(refusal.message),
      },
    });
  }

  makeClock() {
    const face = this.root.querySelector("[data-clock]");
    const button = this.root.querySelector("[data-pause]");
    const clock = new Clock({
      seconds: Number(this.urls.seconds),
      touch: (paused) => this.touch(paused),
      lost: () => this.lose("You no longer hold this: it is somebody else’s turn now, or it is done."),
      show: ({ now, isRunning, ended }) => {
        face.textContent = asClock(now);
        face.dataset.state = isRunning ? "running" : "paused";
        button.setAttribute("aria-pressed", String(!isRunning));
        button.textContent = isRunning ? "Pause" : "Go on";
        button.disabled = ended;
      },
    });
    button.addEventListener("click", () => clock.toggle());
    return clock;
  }

  // Something says that this is somebody else's now: the server decides.
  askWhoHolds() {
    void this.clock.beat(!this.clock.isRunning);
  }

  async touch(paused) {
    const result = await post(this.urls.touch, { paused }, { keepalive: true });
    if (result.ok) return result.body.seconds;
    return result.kind === REFUSED ? null : undefined;
  }

  listen() {
    this.form.addEventListener("input", () => this.wrote());
    this.form.addEventListener("change", () => this.wrote());
    this.form.addEventListener("focusout", () => void this.draft.save());
    this.root.addEventListener("focusin", (event) => {
      if (event.target.matches("form[data-desk] textarea")) this.lastField = event.target;
    });
    this.form.addEventListener("keydown", (event) => this.key(event));
    for (const [name, step] of [["undo", () => this.undo()], ["redo", () => this.redo()]]) {
      this.root.querySelector(`[data-${name}]`).addEventListener("click", step);
    }
    addEventListener("pagehide", () => this.draft.saveOnLeaving());
    document.addEventListener("visibilitychange", () => document.hidden && void this.draft.save());
    addEventListener("online", () => this.draft.wake());
    // A page out of the browser's memory may be behind what the server knows.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  readContext() {
    const context = this.root.querySelector("[data-context]");
    if (!context) return;
    this.lines = new Lines(context);
    const field = this.root.querySelector("[data-find]");
    if (field) this.find = new Find({ field, status: this.root.querySelector("[data-found]"), context });
    this.root.querySelector("[data-quote]")?.addEventListener("click", () => this.quote());
  }

  async begin() {
    const leftover = this.draft.leftover();
    if (leftover) {
      this.fields.write(writing(leftover.content));
      this.draft.resume(leftover);
      void this.draft.save();
    }
    this.clock.start();
    this.form.dataset.ready = "yes";
    await this.readHistory();
  }

  // Every revision that was saved before, so that undo goes back past the last time the page was opened.
  async readHistory() {
    const response = await fetch(this.urls.draft, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok) return;
    const { drafts } = await response.json();
    const since = this.steps.steps.slice(0, this.steps.at + 1);
    this.steps = new Steps([writing({}), ...drafts, ...since]);
    this.showSteps();
  }

  wrote() {
    this.clock.wrote();
    this.draft.edited(this.fields.read());
    this.showSteps();
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    if (!control || event.altKey || event.isComposing) return;
    const pressed = event.key.toLowerCase();
    if (pressed === "enter") {
      event.preventDefault();
      this.submitFrom(event.target);
    } else if (pressed === "z") {
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
    } else if (pressed === "y") {
      event.preventDefault();
      this.redo();
    }
  }

  submitFrom(element) {
    const section = element?.closest("[data-section]");
    const button = section?.querySelector("button[type=submit]");
    if (button) this.form.requestSubmit(button);
  }

  undo() {
    this.steps.add(this.fields.read());
    this.goTo(this.steps.undo());
  }

  redo() {
    this.goTo(this.steps.redo());
  }

  goTo(content) {
    if (content === null || this.draft.stopped) return;
    this.fields.write(content);
    this.draft.edited(content);
    void this.draft.save();
    this.showSteps();
  }

  showSteps() {
    const undo = this.root.querySelector("[data-undo]");
    const redo = this.root.querySelector("[data-redo]");
    undo.disabled = this.draft.stopped || !(this.steps.canUndo || this.hasUnsavedStep);
    redo.disabled = this.draft.stopped || !this.steps.canRedo || this.hasUnsavedStep;
  }

  get hasUnsavedStep() {
    return !this.draft.isSaved;
  }

  quote() {
    const selected = this.lines?.selected();
    const field = this.lastField?.isConnected ? this.lastField : this.fields.first();
    if (!selected?.text || !field || field.readOnly) return false;
    insert(field, quotation(selected));
    field.focus();
    return true;
  }

  twoTexts(mine, theirs, revision) {
    this.saved.say("trouble", "not saved: this was changed elsewhere; choose which text to go on with");
    this.steps.add(theirs);
    this.steps.add(mine);
    this.conflict.show(mine, theirs, (choice) => void this.choose(choice, theirs, revision));
  }

  async choose(choice, theirs, revision) {
    if (choice === "done") {
      this.conflict.hide();
      return;
    }
    const content = choice === "theirs" ? theirs : this.fields.read();
    if (choice === "theirs") this.fields.write(theirs);
    if (choice === "merge") this.conflict.merge();
    else this.conflict.hide();
    this.notice.hide();
    (this.lastField ?? this.fields.first())?.focus();
    this.saved.say("busy", "saving…");
    await this.draft.settleConflict(content, theirs, revision);
  }

  // It is submitted: nothing is to be said of this page any more.
  finish() {
    this.draft.forget();
    this.clock.end();
  }

  // Somebody else has this now. What was written stays, to be read and copied.
  lose(message) {
    if (this.root.dataset.lost) return;
    this.root.dataset.lost = "yes";
    this.draft.stop();
    this.clock.end();
    for (const field of this.form.querySelectorAll("textarea")) field.readOnly = true;
    for (const control of this.form.querySelectorAll("button, input")) control.disabled = true;
    this.saved.say("trouble", "no longer saved: you do not hold this any more");
    this.showSteps();
    const panel = this.root.querySelector("[data-lost-panel]");
    panel.querySelector("[data-why]").textContent = message;
    const written = asText(this.fields.read());
    const copy = panel.querySelector("[data-take-copy]");
    copy.hidden = !written;
    copy.disabled = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(written);
      copy.textContent = "Copied";
    });
    panel.hidden = false;
    panel.focus();
  }
}
