// A quotation of the context, with the place it is from: “…” [3:12–14] is fact 3, lines 12 to 14.

export function quotation(selected) {
  return `“${selected.text}” [${place(selected)}]`;
}

function place({ from, to, first, last, fact }) {
  if (fact.dataset.whole === undefined) return from === to ? from : `${from}–${to}`;
  if (from !== to) return `${from}:${first}–${to}:${last}`;
  return first === last ? `${from}:${first}` : `${from}:${first}–${last}`;
}

// Puts a text where the cursor of the field is, set off by a space.
export function insert(field, text) {
  const { value, selectionStart, selectionEnd } = field;
  const before = value.slice(0, selectionStart);
  const space = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(space + text, selectionStart, selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
