// Active time, as the server counts it. It runs while somebody is there: the tab is seen, there was some input within a
// minute, and nobody has paused it. Each sign of life also keeps the workspace for whoever holds it.

const BEAT = 15000;
const IDLE = 60000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "input"];

export class Clock {
  // `touch(paused)` tells the server, and resolves to the seconds so far, null if the workspace was lost, or undefined
  // where the server cannot be reached.
  constructor({ seconds, touch, show, lost }) {
    Object.assign(this, { seconds, touch, show, lost });
    this.runsSince = null;
    this.beatAt = 0;
    this.lastInput = performance.now();
    this.stoppedByHand = false;
    this.ended = false;
  }

  start() {
    for (const name of SIGNS) addEventListener(name, () => this.heardInput(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => this.tick());
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  heardInput() {
    this.lastInput = performance.now();
    if (this.runsSince === null && !this.stoppedByHand) this.tick();
  }

  get shouldRun() {
    const isIdle = performance.now() - this.lastInput > IDLE;
    return !this.ended && !this.stoppedByHand && !document.hidden && !isIdle;
  }

  get isRunning() {
    return this.runsSince !== null;
  }

  get now() {
    return this.seconds + (this.isRunning ? (performance.now() - this.runsSince) / 1000 : 0);
  }

  toggle() {
    this.stoppedByHand = !this.stoppedByHand;
    this.lastInput = performance.now();
    this.tick();
  }

  // Who writes is at work, whatever the button says.
  wrote() {
    if (this.stoppedByHand) this.toggle();
  }

  tick() {
    if (this.ended) return;
    if (this.shouldRun && !this.isRunning) {
      this.runsSince = performance.now();
      this.beat(false);
    } else if (!this.shouldRun && this.isRunning) {
      this.seconds = this.now;
      this.runsSince = null;
      this.beat(true);
    } else if (this.isRunning && performance.now() - this.beatAt >= BEAT) {
      this.beat(false);
    }
    this.show(this);
  }

  async beat(paused) {
    this.beatAt = performance.now();
    const seconds = await this.touch(paused);
    if (this.ended || seconds === undefined) return;
    if (seconds === null) {
      this.end();
      this.lost();
      return;
    }
    this.seconds = seconds;
    if (this.isRunning) this.runsSince = performance.now();
    this.show(this);
  }

  end() {
    this.seconds = this.now;
    this.runsSince = null;
    this.ended = true;
    clearInterval(this.timer);
    this.show(this);
  }
}

export function asClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
