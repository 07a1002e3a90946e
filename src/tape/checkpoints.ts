/**
 * Binomial checkpointing: which time levels to keep so that as little as possible is computed again.
 *
 * Griewank and Walther, "Algorithm 799: revolve", 2000. With n checkpoints beside the start, and no level advanced over
 * more than r times, binomial(n + 1 + r, r) levels can be reversed.
 *
 * @module
 */

/** Levels that can be reversed with `checkpoints` beside the start, advancing over each at most `times` times. */
export function reach(checkpoints: number, times: number): number {
  let result = 1;
  for (let i = 1; i <= times; i++) result = result * (checkpoints + 1 + i) / i;
  return Math.round(result);
}

/** The least r with which so many levels can be reversed. */
function timesFor(levels: number, checkpoints: number): number {
  let times = 0;
  while (reach(checkpoints, times) < levels) times++;
  return times;
}

/**
 * How many levels are advanced over in all to reverse some, beside the one run of each level right before its adjoint.
 *
 * @param levels how many levels
 * @param checkpoints how many states can be kept beside that at the start
 */
export function advances(levels: number, checkpoints: number): number {
  if (levels <= 1) return 0;
  if (checkpoints === 0) return levels * (levels - 1) / 2;
  const times = timesFor(levels, checkpoints);
  return times * levels - reach(checkpoints + 1, times - 1);
}

/**
 * How far to advance before the next checkpoint, so that the whole takes as few advances as possible.
 *
 * @param levels how many levels there are to reverse, >= 2
 * @param checkpoints how many states can be kept beside that at the start, >= 1
 */
export function nextCheckpoint(levels: number, checkpoints: number): number {
  const times = timesFor(levels, checkpoints);
  const least = Math.max(
    times >= 2 ? reach(checkpoints, times - 2) : 1,
    levels - reach(checkpoints - 1, times),
  );
  return Math.max(1, least);
}
