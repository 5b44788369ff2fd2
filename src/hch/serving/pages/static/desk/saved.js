// The state of the draft, in words that are only said when they are true.

export class SavedState {
  constructor(element) {
    this.element = element;
    if (element.dataset.at) this.saved(Number(element.dataset.at));
  }

  say(state, text) {
    this.element.dataset.state = state;
    this.element.textContent = text;
  }

  unsaved() {
    if (this.element.dataset.state !== "trouble") this.say("busy", "not saved yet");
  }

  saving() {
    if (this.element.dataset.state !== "trouble") this.say("busy", "saving…");
  }

  saved(at) {
    const time = new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.say("saved", `saved ${time}`);
  }

  offline() {
    this.say("trouble", "not saved: offline, trying again");
  }

  signedOut() {
    this.say("trouble", "not saved: you are signed out; sign in again in another tab, and this one goes on");
  }

  notSaved(message) {
    this.say("trouble", `not saved: ${message}`);
  }
}
