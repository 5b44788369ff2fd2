// Times that run out, counted down where they stand; at the end, what they were for goes.

import { asClock } from "./clock.js";

export function countDown(root) {
  const began = performance.now();
  const timer = setInterval(() => {
    const places = [...root.querySelectorAll("[data-left]")];
    for (const place of places) show(place, began);
    if (!places.length && !root.querySelector("[data-work]")) clearInterval(timer);
  }, 1000);
}

function show(place, began) {
  // A place that came with a later swap counts from when it is first seen.
  place.dataset.since ??= String(performance.now() - began < 1500 ? began : performance.now());
  const left = Number(place.dataset.left) - (performance.now() - Number(place.dataset.since)) / 1000;
  if (left > 0) place.textContent = asClock(left);
  else place.closest("form").hidden = true;
}
