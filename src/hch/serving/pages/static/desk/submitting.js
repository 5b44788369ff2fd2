// Submits once. What was written is saved first; a refusal is told in words, with everything still in the fields.

import { OFFLINE, REFUSED, SIGNED_OUT, post } from "./server.js";

export class Submitting {
  constructor({ form, draft, notice, content, done, stale }) {
    Object.assign(this, { form, draft, notice, content, done, stale });
    this.busy = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit(event.submitter);
    });
  }

  async submit(button) {
    if (this.busy || !button || button.getAttribute("aria-disabled") === "true") return;
    this.busy = true;
    button.setAttribute("aria-busy", "true");
    const isSaved = await this.draft.save();
    const isDone = (isSaved || !this.draft.held) && (await this.send(button));
    if (isDone) return;
    this.busy = false;
    button.removeAttribute("aria-busy");
    this.refused?.();
  }

  async send(button) {
    const { revision, token } = this.form.elements;
    const { asks, ...texts } = this.content();
    const known = { revision: revision.value, draft_revision: this.draft.revision, token: token.value };
    const body = new URLSearchParams({ action: button.value, ...known, ...texts });
    for (const text of asks) body.append("asks", text);
    const result = await post(this.form.getAttribute("action"), body);
    if (result.ok) {
      this.done();
      location.assign(result.body.next);
      return true;
    }
    this.explain(result);
    return false;
  }

  explain(result) {
    if (result.kind === REFUSED) {
      this.notice.say(result.body.message);
      if (result.body.why === "stale") this.stale(result.body);
    } else if (result.kind === OFFLINE) {
      this.notice.say("Not submitted: there is no connection. What you wrote is kept here; submit it again in a moment.");
    } else if (result.kind === SIGNED_OUT) {
      this.notice.say("Not submitted: you are signed out. Sign in again in another tab, then submit here.");
    } else {
      this.notice.say(`Not submitted: ${result.message}. What you wrote is kept here.`);
    }
  }
}
