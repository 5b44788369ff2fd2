// A tree of questions: walked through by keyboard or pointer, opened as one goes, with the chosen node beside it.
// What comes from the server is markup in which every text is escaped already.

const tree = document.getElementById("tree");
const pane = document.getElementById("pane");
const paneBody = document.getElementById("pane-body");
const sheet = pane?.querySelector(".sheet");
const said = document.getElementById("said");

const AFTER_A_STEP = 120; // milliseconds that somebody rests on a node before its details are fetched
const SIBLINGS_AT_ONCE = 20; // how many are opened by one key

// An item and the group below it share a list element, so that what an item is called is its own text alone.
const groupOf = (item) => item.parentElement.querySelector(":scope > [role=group]");
const itemOf = (element) => element.querySelector(":scope > [role=treeitem]");
const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
const opens = (item) => item.hasAttribute("aria-expanded");
const above = (item) => {
  const group = item.closest("[role=group]");
  return group && itemOf(group.parentElement);
};
const visible = (item) => !item.closest("[role=group][hidden]");
const shown = () => [...tree.querySelectorAll("[role=treeitem]")].filter(visible);

function address(part, values) {
  const url = new URL(tree.dataset.page + part, location.origin);
  const all = { ...values, of: tree.dataset.of };
  for (const [name, value] of Object.entries(all)) if (value) url.searchParams.set(name, value);
  return url;
}

async function fetched(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "HX-Request": "true" } });
  if (answer.ok) return answer.text();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || `The server said ${answer.status}.`);
}

function nodesOf(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holder.content;
}

// Opening and closing

async function open(item) {
  if (!opens(item) || isOpen(item) || item.getAttribute("aria-busy") === "true") return;
  const group = groupOf(item);
  if (group) {
    group.hidden = false;
    item.setAttribute("aria-expanded", "true");
    return;
  }
  const { branch, at } = item.dataset;
  await busy(item, async () => {
    const markup = await fetched(address("/below", { branch, at, start: "0", stop: "200" }));
    const made = document.createElement("ul");
    made.setAttribute("role", "group");
    made.append(nodesOf(markup));
    item.after(made);
    item.setAttribute("aria-expanded", "true");
    const count = made.querySelectorAll(":scope > li > .node").length;
    said.textContent = `Opened: ${count} ${count === 1 ? "question" : "questions"}.`;
  });
}

function close(item) {
  if (!isOpen(item)) return;
  const group = groupOf(item);
  const held = group?.contains(document.activeElement);
  if (group) group.hidden = true;
  item.setAttribute("aria-expanded", "false");
  if (held) focus(item);
}

async function more(item) {
  const { branch, at, start, stop } = item.dataset;
  const place = item.parentElement;
  const later = place.nextElementSibling === null;
  await busy(item, async () => {
    const markup = nodesOf(await fetched(address("/below", { branch, at, start, stop })));
    // The list goes on from these in one direction; in the other, what comes next is there already.
    const fresh = [...markup.children];
    const end = later ? fresh[0] : fresh.at(-1);
    const kept = itemOf(end).classList.contains("more") ? fresh.filter((each) => each !== end) : fresh;
    const nodes = kept.map(itemOf).filter((each) => each.classList.contains("node"));
    place.replaceWith(...kept);
    said.textContent = `${nodes.length} more.`;
    if (nodes.length) focus(nodes.at(later ? 0 : -1));
  });
}

async function busy(item, work) {
  item.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    said.textContent = `That did not work: ${error.message}`;
    said.classList.remove("sr");
  } finally {
    item.removeAttribute("aria-busy");
  }
}

// Where one is

function focus(item) {
  for (const each of tree.querySelectorAll('[role=treeitem][tabindex="0"]')) each.tabIndex = -1;
  item.tabIndex = 0;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  if (item.classList.contains("node")) choose(item);
}

let waiting = 0;
let asking = null;

function choose(item, at_once = false) {
  if (item.getAttribute("aria-selected") === "true") return;
  for (const each of tree.querySelectorAll('[aria-selected="true"]')) each.setAttribute("aria-selected", "false");
  item.setAttribute("aria-selected", "true");
  clearTimeout(waiting);
  asking?.abort();
  waiting = setTimeout(() => tell(item), at_once ? 0 : AFTER_A_STEP);
}

async function tell(item) {
  const { asker, at } = item.dataset;
  asking = new AbortController();
  pane.setAttribute("aria-busy", "true");
  try {
    const markup = await fetched(address("/node", { asker, at }), { signal: asking.signal });
    paneBody.replaceChildren(nodesOf(markup));
    paneBody.scrollTop = 0;
    history.replaceState(null, "", address("", { at }));
  } catch (error) {
    if (error.name === "AbortError") return;
    const words = document.createElement("p");
    words.className = "notice bad";
    words.textContent = error.message;
    paneBody.replaceChildren(words);
  }
  pane.removeAttribute("aria-busy");
}

function showSheet(open) {
  sheet?.setAttribute("aria-expanded", String(open));
}

// Keys

async function key(event) {
  const item = event.target.closest("[role=treeitem]");
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
  const every = shown();
  const here = every.indexOf(item);
  const acts = {
    ArrowDown: () => every[here + 1] && focus(every[here + 1]),
    ArrowUp: () => every[here - 1] && focus(every[here - 1]),
    ArrowRight: () => right(item),
    ArrowLeft: () => (isOpen(item) ? close(item) : above(item) && focus(above(item))),
    Home: () => focus(every[0]),
    End: () => focus(every.at(-1)),
    Enter: () => act(item),
    " ": () => act(item),
    "*": () => beside(item),
  };
  if (event.key in acts) {
    event.preventDefault();
    await acts[event.key]();
  } else if (event.key.length === 1 && event.key.trim()) {
    const letter = event.key.toLowerCase();
    const begins = (each) => each.querySelector(".asked")?.textContent.trim().toLowerCase().startsWith(letter);
    const next = [...every.slice(here + 1), ...every.slice(0, here)].find(begins);
    if (next) focus(next);
  }
}

function right(item) {
  if (item.dataset.onward) return location.assign(item.dataset.onward);
  if (!isOpen(item)) return open(item);
  const first = groupOf(item)?.querySelector("[role=treeitem]");
  return first && focus(first);
}

function act(item) {
  if (item.classList.contains("more")) return more(item);
  if (item.dataset.onward) return location.assign(item.dataset.onward);
  if (!opens(item)) return showSheet(true);
  return isOpen(item) ? close(item) : open(item);
}

async function beside(item) {
  const list = item.parentElement.parentElement;
  const closed = [...list.children].map(itemOf).filter((each) => opens(each) && !isOpen(each));
  await Promise.all(closed.slice(0, SIBLINGS_AT_ONCE).map(open));
}

// The pointer

function click(event) {
  const item = event.target.closest("[role=treeitem]");
  if (!item || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // These lead elsewhere.
  if (event.target.closest(".repeat, .onward")) return;
  if (event.target.closest(".twist")) {
    if (item.dataset.onward) return;
    event.preventDefault();
    focus(item);
    if (opens(item)) act(item);
    return;
  }
  event.preventDefault();
  if (item.classList.contains("more")) {
    more(item);
    return;
  }
  focus(item);
  showSheet(true);
}

if (tree) {
  tree.addEventListener("keydown", key);
  tree.addEventListener("click", click);
  sheet.addEventListener("click", () => showSheet(sheet.getAttribute("aria-expanded") !== "true"));
  if (new URLSearchParams(location.search).has("at")) {
    const chosen = tree.querySelector('[aria-selected="true"]');
    chosen.focus({ preventScroll: true });
    showSheet(true);
    chosen.scrollIntoView({ block: "nearest" });
  }
}

const changed = document.getElementById("changed");
document.addEventListener("live:project", (event) => {
  if (changed && String(event.detail.id) === changed.dataset.project) changed.hidden = false;
});
