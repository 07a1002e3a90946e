/**
 * Programs as text, a line for each action.
 *
 * @module
 */
import type { Action, Contribution, Program, Side } from "./program.ts";
import type { Recording, State } from "./tape.ts";

const bar = (c: Contribution) => `${c.adds ? "+" : ""}s${c.state}~`;
const side = (s: Side) => s.kind === "snapshot" ? `snapshot[${s.time}]` : `s${s.state}`;

/**
 * A program as a person reads it. `s3` is a state, `s3~` its cotangent, `+s3~` a contribution that adds, `a3` the
 * activations of the application that gives `s3`, `w~` the cotangents of the parameters.
 *
 * @param program the program
 */
export function printProgram(program: Program): string {
  const f = (action: { readonly f: number; readonly inputs: readonly number[] }) =>
    `${program.functions[action.f]!.name || `f${action.f}`}(${action.inputs.map((s) => `s${s}`).join(", ")})`;
  const line = (action: Action): string => {
    switch (action.kind) {
      case "load":
        return `s${action.state} = snapshot[${action.time}]`;
      case "forward":
        return `s${action.state} = ${f(action)}${action.keeps ? `, keep a${action.state}` : ""}`;
      case "recompute":
        return `a${action.state} of ${f(action)}`;
      case "loss": {
        const sides = [action.prediction, action.target].flatMap((s) => s ? [side(s)] : []);
        const bars = [action.predictionBar, action.targetBar].flatMap((c) => c ? [bar(c)] : []);
        const seeds = bars.length > 0 ? ` -> ${bars.join(", ")}` : "";
        return `l${action.term} = ${action.weight} ${program.losses[action.term]!.name}(${
          sides.join(", ")
        })${seeds}`;
      }
      case "adjoint": {
        const bars = action.inputBars.flatMap((c) => c ? [bar(c)] : []);
        const own = action.parametersAdd === null ? [] : [`${action.parametersAdd ? "+" : ""}w~`];
        return `s${action.state}~ through ${f(action)} -> ${[...own, ...bars].join(", ")}`;
      }
      case "free":
        return `${
          {
            state: `s${action.state}`,
            cotangent: `s${action.state}~`,
            activations: `a${action.state}`,
          }[action.what]
        }`;
    }
  };
  return program.actions.map((action) => `${action.kind.padEnd(10)}${line(action)}`).join("\n");
}

/**
 * What a configuration recorded, as a few letters: equal for equal values, cuts, losses and weights.
 *
 * @param recording the tape
 */
export function fingerprintOf({ values, losses }: Recording): string {
  const functions = [...new Set(values.flatMap((value) => value.kind === "application" ? [value.f] : []))];
  const state = (s: State | null) => s && [s.value, s.flows];
  const text = JSON.stringify([
    values.map((v) =>
      v.kind === "snapshot" ? v.time : [functions.indexOf(v.f), v.f.name, v.inputs.map(state)]
    ),
    losses.map((l) => [l.loss.name, l.loss.batchReduction, state(l.prediction), state(l.target), l.weight]),
  ]);
  // FNV-1a, 32 bits
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
