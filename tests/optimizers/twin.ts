/**
 * Adam and gradient descent in float64, one parameter at a time.
 *
 * @module
 */

/** One parameter's optimizer: takes its gradient and gives its step. */
export type Step = (gradient: number) => number;

/** Options of {@linkcode adamTwin}, with optax's defaults. */
export interface AdamTwin {
  readonly b1?: number;
  readonly b2?: number;
  readonly eps?: number;
  readonly epsRoot?: number;
}

/** Adam: the step against the gradient's mean over the root of its square's mean, both free of their initial bias. */
export function adamTwin(rate: (count: number) => number, options: AdamTwin = {}): Step {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  let [count, mean, square] = [0, 0, 0];
  return (g) => {
    const learningRate = rate(count++);
    mean = b1 * mean + (1 - b1) * g;
    square = b2 * square + (1 - b2) * g ** 2;
    const unbiased = [mean / (1 - b1 ** count), square / (1 - b2 ** count)] as const;
    return -learningRate * unbiased[0] / (Math.sqrt(unbiased[1] + epsRoot) + eps);
  };
}

/** Options of {@linkcode sgdTwin}. */
export interface SgdTwin {
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/** Gradient descent with a decaying sum of gradients; Nesterov looks one step of it ahead. */
export function sgdTwin(rate: (count: number) => number, options: SgdTwin = {}): Step {
  const { momentum = 0, nesterov = false } = options;
  let [count, sum] = [0, 0];
  return (g) => {
    sum = momentum * sum + g;
    return -rate(count++) * (nesterov && options.momentum !== undefined ? momentum * sum + g : sum);
  };
}
