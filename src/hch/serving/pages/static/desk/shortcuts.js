// Single keys, for when no field has the focus, and some with Alt or Ctrl for when one has. All are listed on the page.
//
// Single keys can be switched off: dictation software types them by accident.

const SWITCH = "hch single keys off";

export function isWriting(element) {
  return Boolean(element?.closest?.("textarea, select, input:not([type=radio], [type=checkbox], [type=submit])"));
}

export class Shortcuts {
  constructor(actions, checkbox) {
    this.actions = actions;
    this.off = read();
    if (checkbox) {
      checkbox.checked = !this.off;
      checkbox.addEventListener("change", () => this.turn(!checkbox.checked));
    }
    document.addEventListener("keydown", (event) => this.key(event));
  }

  turn(off) {
    this.off = off;
    try {
      if (off) localStorage.setItem(SWITCH, "yes");
      else localStorage.removeItem(SWITCH);
    } catch {
      // Then it holds for this page.
    }
  }

  key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && isWriting(event.target)) {
      event.target.blur();
      return;
    }
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isPlain || isWriting(event.target) || this.off) return;
    const action = this.actions[event.key];
    if (action && action() !== false) event.preventDefault();
  }
}

function read() {
  try {
    return localStorage.getItem(SWITCH) !== null;
  } catch {
    return false;
  }
}
