// Saves what is being written, and says so only once the server has it. Until then a copy is kept in this tab.
//
// Every save names the revision that it was made on. Where another tab saved in between, the server refuses and has
// both texts: the page asks which one to go on with.

import { INVALID, OFFLINE, REFUSED, SIGNED_OUT } from "./server.js";
import { same, writing } from "./writing.js";

const PAUSE = 600;
const LONGEST_UNSAVED = 3000;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 15000;
// A browser carries no more than this past the end of a page.
const MOST_KEPT_ALIVE = 60000;

export class Draft {
  // `send(body, options)` posts to the server; `heard` has a function for each thing that may come of it.
  constructor({ send, revision, content, key, heard }) {
    this.send = send;
    this.revision = revision;
    this.confirmed = writing(content);
    this.content = this.confirmed;
    this.key = key;
    this.heard = heard;
    this.attempted = null;
    this.sending = null;
    this.retryAfter = FIRST_RETRY;
    this.timer = null;
    this.unsavedSince = null;
    this.stopped = false;
    this.held = false;
  }

  get isSaved() {
    return same(this.content, this.confirmed);
  }

  // What this tab had not been able to save when it was left, if it was.
  leftover() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key));
      return kept === null || same(writing(kept.content), this.confirmed) ? null : kept;
    } catch {
      return null;
    }
  }

  resume(leftover) {
    this.revision = leftover.revision;
    this.edited(writing(leftover.content));
  }

  edited(content) {
    this.content = content;
    this.keep();
    if (this.stopped || this.held) return;
    if (this.isSaved) {
      clearTimeout(this.timer);
      this.unsavedSince = null;
      return;
    }
    this.unsavedSince ??= performance.now();
    this.heard.unsaved();
    const soon = this.unsavedSince + LONGEST_UNSAVED - performance.now();
    this.schedule(Math.max(0, Math.min(PAUSE, soon)));
  }

  keep() {
    try {
      if (this.isSaved) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify({ revision: this.revision, content: this.content }));
    } catch {
      // A browser that keeps nothing: what was saved is still with the server.
    }
  }

  schedule(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  // Saves now. Whoever waits for the result learns whether all that is written is with the server.
  async save() {
    clearTimeout(this.timer);
    while (this.sending) await this.sending;
    if (this.stopped || this.held) return false;
    if (this.isSaved) return true;
    this.sending = this.post(this.content, this.revision);
    const went = await this.sending;
    this.sending = null;
    if (went && !this.isSaved) return this.save();
    return went;
  }

  // The page is going: there is no time to wait for what is on its way.
  saveOnLeaving() {
    if (this.stopped || this.held || this.isSaved) return;
    if (this.sending && same(this.attempted, this.content)) return;
    const revision = this.sending ? this.revision + 1 : this.revision;
    void this.send({ revision, ...this.content }, { keepalive: true }).catch(() => {});
  }

  async post(content, revision) {
    this.heard.saving(content);
    const before = this.attempted;
    this.attempted = content;
    const small = JSON.stringify(content).length < MOST_KEPT_ALIVE / 3;
    const result = await this.send({ revision, ...content }, { keepalive: small });
    if (result.ok) {
      this.settle(content, result.body.revision);
      this.heard.saved(result.body.at);
      return true;
    }
    return this.refused(result, before);
  }

  settle(content, revision) {
    this.revision = revision;
    this.confirmed = writing(content);
    this.retryAfter = FIRST_RETRY;
    this.unsavedSince = this.isSaved ? null : performance.now();
    this.keep();
  }

  refused(result, before) {
    if (result.kind === REFUSED) {
      const refusal = result.body;
      // Our own earlier save, whose receipt was lost on the way.
      if (refusal.why === "stale" && before && same(writing(refusal.current), before)) {
        this.settle(before, refusal.revision);
        return true;
      }
      if (refusal.why === "stale") return this.hold(refusal);
      this.stop();
      this.heard.lost(refusal);
      return false;
    }
    if (result.kind === INVALID) {
      this.heard.notSaved(result.message);
      return false;
    }
    if (result.kind === SIGNED_OUT) this.heard.signedOut();
    else if (result.kind === OFFLINE) this.heard.offline();
    else this.heard.notSaved(result.message);
    this.schedule(this.retryAfter);
    this.retryAfter = Math.min(LONGEST_RETRY, this.retryAfter * 2);
    return false;
  }

  hold(refusal) {
    this.held = true;
    this.heard.conflict(this.content, writing(refusal.current), refusal.revision);
    return false;
  }

  // The person has seen both texts and goes on with this one.
  async settleConflict(content, theirs, revision) {
    this.held = false;
    this.settle(theirs, revision);
    this.content = content;
    this.keep();
    if (this.isSaved) this.heard.saved(Date.now() / 1000);
    return this.save();
  }

  // Tries again at once, as when the connection is back.
  wake() {
    this.retryAfter = FIRST_RETRY;
    if (!this.isSaved) void this.save();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  forget() {
    this.stop();
    sessionStorage.removeItem(this.key);
  }
}
