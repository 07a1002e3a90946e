/**
 * The state functions of the advection problem in float64.
 *
 * @module
 */
import { type FunctionTwin, times } from "../twins/interpreter.ts";

/** v[i] = w[0] u[i] + w[1] u[i + 1] on a periodic axis of n points: the stepper of trainax's README. */
export function twoTaps(n: number): FunctionTwin {
  const next = (i: number) => i % n === n - 1 ? i - n + 1 : i + 1;
  return {
    forward([u], w) {
      const state = new Float64Array(u!.length);
      for (let i = 0; i < state.length; i++) state[i] = w[0]! * u![i]! + w[1]! * u![next(i)]!;
      return { state, activations: [] };
    },
    adjoint({ inputs: [u], stateBar, parameters: w }) {
      const uBar = new Float64Array(u!.length);
      const wBar = new Float64Array(2);
      for (let i = 0; i < uBar.length; i++) {
        uBar[i]! += w[0]! * stateBar[i]!;
        uBar[next(i)]! += w[1]! * stateBar[i]!;
        wBar[0]! += stateBar[i]! * u![i]!;
        wBar[1]! += stateBar[i]! * u![next(i)]!;
      }
      return { inputBars: [uBar], parametersBar: wBar };
    },
  };
}

/** A fixed linear map of each sample: v[i] = sum_j a[i * n + j] u[j]. */
function linear(a: Float64Array, n: number, u: Float64Array): Float64Array {
  const v = new Float64Array(u.length);
  for (let start = 0; start < u.length; start += n) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += a[i * n + j]! * u[start + j]!;
      v[start + i] = sum;
    }
  }
  return v;
}

/** The matrix that moves a band-limited periodic field of n points by `cfl` points to the right. */
function shiftMatrix(n: number, cfl: number): Float64Array {
  const modes = Array.from({ length: Math.floor((n - 1) / 2) }, (_, m) => m + 1);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const distance = Math.floor(at / n) - at % n - cfl;
    return modes.reduce((sum, m) => sum + 2 * Math.cos(2 * Math.PI * m * distance / n), 1) / n;
  });
}

/** The exact step of advection, by Fourier sums; its adjoint moves the other way. */
export function advection(n: number, cfl: number): FunctionTwin {
  const [there, back] = [shiftMatrix(n, cfl), shiftMatrix(n, -cfl)];
  return {
    forward: ([u]) => ({ state: linear(there, n, u!), activations: [] }),
    adjoint: ({ stateBar }) => ({
      inputBars: [linear(back, n, stateBar)],
      parametersBar: new Float64Array(),
    }),
  };
}

/** r(next, previous) = next - P(previous). */
export function residuumOf(step: FunctionTwin): FunctionTwin {
  const none = new Float64Array();
  return {
    forward([next, previous]) {
      const stepped = step.forward([previous!], none).state;
      const state = new Float64Array(next!.length);
      for (let i = 0; i < state.length; i++) state[i] = next![i]! - stepped[i]!;
      return { state, activations: [] };
    },
    adjoint(reads) {
      const [bar] = step.adjoint({ ...reads, inputs: [reads.inputs[1]!] }).inputBars;
      return { inputBars: [reads.stateBar, times(-1, bar!)], parametersBar: none };
    },
  };
}
