/**
 * Transforms in float64, all parameters at a time: what enters and what leaves.
 *
 * @module
 */

/** One transform: takes what enters it and the parameters, at consecutive updates. */
export type TransformTwin = (g: Float64Array, x: Float64Array) => Float64Array;

/** scaleByAdam. */
export function adamTwin({ b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = {}): TransformTwin {
  let [count, mean, square] = [0, new Float64Array(), new Float64Array()];
  return (g) => {
    if (count++ === 0) [mean, square] = [new Float64Array(g.length), new Float64Array(g.length)];
    return g.map((x, i) => {
      mean[i] = b1 * mean[i]! + (1 - b1) * x;
      square[i] = b2 * square[i]! + (1 - b2) * x * x;
      const root = Math.sqrt(square[i]! / (1 - b2 ** count) + epsRoot);
      return mean[i]! / (1 - b1 ** count) / (root + eps);
    });
  };
}

/** scaleByLion. */
export function lionTwin({ b1 = 0.9, b2 = 0.99 } = {}): TransformTwin {
  let momentum: Float64Array | null = null;
  return (g) => {
    const before = momentum ?? new Float64Array(g.length);
    momentum = before.map((m, i) => b2 * m + (1 - b2) * g[i]!);
    return before.map((m, i) => Math.sign(b1 * m + (1 - b1) * g[i]!));
  };
}

/** trace. */
export function traceTwin(decay: number, nesterov: boolean): TransformTwin {
  let sum: Float64Array | null = null;
  return (g) => {
    sum = g.map((x, i) => x + decay * (sum?.[i] ?? 0));
    return nesterov ? g.map((x, i) => x + decay * sum![i]!) : sum;
  };
}

/** addDecayedWeights of the elements that a mask picks. */
export function decayTwin(rate: (count: number) => number, mask: (i: number) => boolean): TransformTwin {
  let count = 0;
  return (g, x) => {
    const part = rate(count++);
    return g.map((y, i) => mask(i) ? y + part * x[i]! : y);
  };
}

/** clipByGlobalNorm. */
export function clipTwin(maxNorm: number): TransformTwin {
  return (g) => {
    const norm = Math.hypot(...g);
    return norm < maxNorm ? g : g.map((x) => x / norm * maxNorm);
  };
}

/** scaleByLearningRate. */
export function stepTwin(rate: (count: number) => number): TransformTwin {
  let count = 0;
  return (g) => {
    const learningRate = rate(count++);
    return g.map((x) => -learningRate * x);
  };
}

/**
 * The parameters after each update of a chain; those that are frozen have no part in it.
 *
 * @param transforms the chain
 * @param start the parameters
 * @param gradients the gradient of each update
 * @param isFrozen whether element i is frozen
 */
export function applyTwin(
  transforms: readonly TransformTwin[],
  start: ArrayLike<number>,
  gradients: readonly ArrayLike<number>[],
  isFrozen: (i: number) => boolean,
): Float64Array[] {
  let x = Float64Array.from(start);
  const trained = Array.from(x.keys()).filter((i) => !isFrozen(i));
  return gradients.map((gradient) => {
    const only = (y: ArrayLike<number>) => Float64Array.from(trained, (i) => y[i]!);
    let step: Float64Array = only(gradient);
    for (const transform of transforms) step = transform(step, only(x));
    x = x.slice();
    trained.forEach((i, k) => x[i]! += step[k]!);
    return x;
  });
}
