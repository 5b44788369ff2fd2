// One way to post to the server, and all that may come of it.

export const REFUSED = "refused";
export const SIGNED_OUT = "signed out";
export const OFFLINE = "offline";
// As it is, it is never taken: there is no use in trying again.
export const INVALID = "invalid";
export const FAILED = "failed";

const PATIENCE = 20000;

class SignedOut extends Error {}

const tokenPlace = () => document.querySelector('meta[name="csrf-token"]');

// A form's token belongs to its session: whoever signed in again in another tab has a new one.
async function newToken() {
  const response = await fetch("/", { headers: { Accept: "text/html" }, redirect: "manual" });
  if (response.type === "opaqueredirect") throw new SignedOut();
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (!token || token === tokenPlace().content) return false;
  tokenPlace().content = token;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
  return true;
}

// Halves of letters, which no server can store, become a sign that says so.
function whole(_, value) {
  return typeof value === "string" && value.toWellFormed ? value.toWellFormed() : value;
}

function send(url, body, options) {
  const isForm = body instanceof URLSearchParams;
  const headers = { Accept: "application/json", "X-CSRF-Token": tokenPlace().content };
  if (!isForm) headers["Content-Type"] = "application/json";
  return fetch(url, {
    method: "POST",
    headers,
    body: isForm ? body : JSON.stringify(body, whole),
    credentials: "same-origin",
    redirect: "manual",
    signal: options.keepalive ? undefined : AbortSignal.timeout(PATIENCE),
    ...options,
  });
}

// Resolves to {ok, body}, or {ok: false, kind, body or message}; it never throws.
export async function post(url, body, options = {}) {
  let response;
  try {
    response = await send(url, body, options);
    if (response.status === 403 && (await newToken())) response = await send(url, body, options);
  } catch (error) {
    if (error instanceof SignedOut) return { ok: false, kind: SIGNED_OUT };
    return { ok: false, kind: OFFLINE, message: "there is no connection" };
  }
  if (response.type === "opaqueredirect" || response.status === 401) return { ok: false, kind: SIGNED_OUT };
  const read = await response.json().catch(() => null);
  if (response.ok && read !== null) return { ok: true, body: read };
  if (read?.why) return { ok: false, kind: REFUSED, body: read };
  if (response.status === 413 || response.status === 422) return { ok: false, kind: INVALID, message: tooMuch(read) };
  return { ok: false, kind: FAILED, message: `the server answered with an error (${response.status})` };
}

function tooMuch(read) {
  return read?.detail ?? "this is more than is taken in at once";
}
