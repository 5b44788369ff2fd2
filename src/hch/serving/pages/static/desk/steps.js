// Undo and redo, one saved revision at a time. Nothing is ever taken out of the server's history: to undo is to write
// an earlier text anew.

import { same, writing } from "./writing.js";

export class Steps {
  constructor(contents) {
    this.steps = [];
    this.at = -1;
    for (const content of contents) this.add(writing(content));
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  add(content) {
    if (this.at >= 0 && same(this.steps[this.at], content)) return;
    this.steps = [...this.steps.slice(0, this.at + 1), content];
    this.at = this.steps.length - 1;
  }

  undo() {
    if (!this.canUndo) return null;
    this.at -= 1;
    return this.steps[this.at];
  }

  redo() {
    if (!this.canRedo) return null;
    this.at += 1;
    return this.steps[this.at];
  }
}
