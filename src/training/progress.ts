/**
 * A progress bar in the terminal. A module of its own, since it knows terminals; `mod.ts` runs in browsers.
 *
 * @module
 */
// @ts-types="npm:@types/cli-progress@3.11.6"
import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "./train_options.ts";

/** What {@linkcode terminalProgress} gives: pass it as `onProgress`; dispose it to leave the line. */
export interface TerminalProgress extends Disposable {
  /** Draws the bar. */
  (progress: Progress): void;
}

/**
 * A bar for one run after another, with update, epoch, loss, updates per second and time left, on standard error. Prints nothing where standard
 * error is no terminal.
 *
 * @example
 * ```ts
 * import { terminalProgress } from "@unroll/unroll/progress";
 *
 * using onProgress = terminalProgress();
 * onProgress({ update: 10, numUpdates: 100, epoch: 0, loss: 0.5, updatesPerSecond: 100 });
 * ```
 */
export function terminalProgress(): TerminalProgress {
  const bar = new SingleBar({
    format: "{bar} {value}/{total} epoch {epoch} loss {loss} {rate} updates/s {left} s left",
    hideCursor: true,
    noTTYOutput: false,
  }, Presets.shades_classic);
  let isStarted = false;
  const draw = ({ update, numUpdates, epoch, loss, updatesPerSecond }: Progress) => {
    const payload = {
      epoch,
      loss: loss === null ? "..." : loss.toPrecision(4),
      rate: updatesPerSecond.toPrecision(3),
      left: Math.ceil((numUpdates - update) / updatesPerSecond),
    };
    if (isStarted) bar.update(update, payload);
    else bar.start(numUpdates, update, payload);
    isStarted = update < numUpdates;
    if (!isStarted) bar.stop();
  };
  return Object.assign(draw, { [Symbol.dispose]: () => bar.stop() });
}
