import { assert, assertEquals } from "@std/assert";
import { Configuration, type Parts } from "../../src/tape/configuration.ts";
import type { Tape } from "../../src/tape/tape.ts";
import { Residuum, Supervised } from "../../src/configurations/mod.ts";
import { defineStepper, type Stepper } from "../../src/graph/stepper.ts";
import { constant } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { mse } from "../../src/losses/mse.ts";
import { NdArray } from "../../src/ndarray.ts";
import { add, conv, relu, scale, sub } from "../../src/ops/mod.ts";
import { Objective, type ObjectiveOptions } from "../../src/run/objective.ts";
import { conv as convTwin } from "../twins/conv.ts";
import { convCase } from "./cases.ts";
import { check, tolerance } from "./check.ts";
import { gpu } from "./device.ts";
import { numbers } from "./use.ts";
import { barOf, type Tensors, type Twin } from "./twin.ts";

const SIZES = { cIn: 2, cOut: 2, n: 5, k: 3, boundary: "periodic" } as const;
const CONV = convTwin(SIZES);

const sum = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);
const without = (name: string, x: Tensors) =>
  Object.fromEntries(Object.entries(x).filter(([n]) => n !== name));

Deno.test("a parameter that is used twice gets both contributions", async () => {
  // v = conv(conv(u, w), w)
  const inner = ({ u, w }: Tensors) => ({ u: CONV.forward({ u: u!, w: w! }), w: w! });
  const twin: Twin = {
    forward: (x) => CONV.forward(inner(x)),
    tangent: (x, change) =>
      CONV.tangent(inner(x), { u: CONV.tangent(x, change), ...(change.w ? { w: change.w } : {}) }),
  };
  twin.adjointU = (x, vBar) => CONV.adjointU(x, CONV.adjointU(inner(x), vBar));
  twin.adjointW = (x, vBar) =>
    sum(CONV.adjointW(inner(x), vBar), CONV.adjointW(x, CONV.adjointU(inner(x), vBar)));
  const { use } = convCase(SIZES, { hasBias: false });
  const c = {
    use: {
      ...use,
      name: "conv twice",
      call: ({ u, w }: Record<string, Var>) => conv({ u: conv({ u: u!, w: w! }), w: w! }),
    },
    twin,
    terms: { v: 36, u: 36, w: 100 },
  };
  await check(c, { batch: 37, live: 33, members: 2 });
  await check(c, { batch: 3, accumulates: true });
});

Deno.test("a state that is used twice gets both contributions, the first sets and the last adds", async () => {
  // v = u + conv(u)
  const residual: Twin = {
    forward: (x) => sum(x.u!, CONV.forward(x)),
    tangent: (x, change) => {
      const moved = CONV.tangent(x, change);
      return change.u ? sum(change.u, moved) : moved;
    },
    adjointU: (x, vBar) => sum(vBar, CONV.adjointU(x, vBar)),
    adjointW: (x, vBar) => CONV.adjointW(x, vBar),
  };
  const { use } = convCase(SIZES, { hasBias: false });
  for (const order of ["ab", "ba"]) {
    const c = {
      use: {
        ...use,
        name: `residual ${order}`,
        call: ({ u, w }: Record<string, Var>) => {
          const v = conv({ u: u!, w: w! });
          return order === "ab" ? add({ a: u!, b: v }) : add({ a: v, b: u! });
        },
      },
      twin: residual,
      terms: { v: 8, u: 8, w: 5 },
    };
    await check(c, { batch: 5, live: 4, members: 2 });
    await check(c, { batch: 3, accumulates: true });
  }
});

Deno.test("an op may take one variable for both of its inputs", async () => {
  const call = (op: typeof add) => ({ u }: Record<string, Var>) => op({ a: u!, b: u! });
  const twin = (factor: number): Twin => ({
    forward: ({ u }) => u!.map((x) => factor * x),
    tangent: (_, { u }) => u!.map((x) => factor * x),
    adjointU: (_, vBar) => vBar.map((x) => factor * x),
  });
  const inputs = { u: { role: "state", shape: [5] } } as const;
  for (const [op, factor] of [[add, 2], [sub, 0]] as const) {
    const c = {
      use: { name: `${op.name} of one`, inputs, call: call(op) },
      twin: twin(factor),
      terms: { v: 2, u: 2 },
    };
    await check(c, { batch: 3, members: 2 });
    await check(c, { batch: 3, accumulates: true });
  }
});

Deno.test("a frozen parameter has no cotangent, the others do", async () => {
  const c = convCase(SIZES);
  const inputs = { ...c.use.inputs, w: { ...c.use.inputs.w!, wanted: false } };
  const { numLaunches } = await check({ ...c, use: { ...c.use, inputs } }, { batch: 5, live: 4, members: 2 });
  assertEquals(numLaunches, 3);
});

Deno.test("a state whose cotangent is not wanted gets none, parameters do", async () => {
  const c = convCase(SIZES);
  const inputs = { ...c.use.inputs, u: { ...c.use.inputs.u!, wanted: false } };
  const { numLaunches } = await check({ ...c, use: { ...c.use, inputs } }, { batch: 5, live: 4, members: 2 });
  assertEquals(numLaunches, 3);
});

Deno.test("a function of a state, a parameter and two constants", async () => {
  // v = conv(u, k) + conv(u, w) with a constant k and a constant bias of both
  const twin: Twin = {
    forward: ({ u, w, k, b }) =>
      sum(CONV.forward({ u: u!, w: k!, b: b! }), CONV.forward({ u: u!, w: w!, b: b! })),
    tangent: (x, change) =>
      sum(
        CONV.tangent({ u: x.u!, w: x.k! }, change.u ? { u: change.u } : {}),
        CONV.tangent({ u: x.u!, w: x.w! }, without("k", change)),
      ),
    adjointU: (x, vBar) => sum(CONV.adjointU({ w: x.k! }, vBar), CONV.adjointU({ w: x.w! }, vBar)),
    adjointW: (x, vBar) => barOf(CONV, "w", x, vBar),
  };
  await check({
    use: {
      name: "two convs",
      inputs: {
        k: { role: "constant", shape: [2, 2, 3] },
        u: { role: "state", shape: [2, 5] },
        b: { role: "constant", shape: [2] },
        w: { role: "parameter", shape: [2, 2, 3] },
      },
      call: ({ u, w, k, b }) => add({ a: conv({ u: u!, w: k!, b: b! }), b: conv({ u: u!, w: w!, b: b! }) }),
    },
    twin,
    terms: { v: 16, u: 16, w: 5 },
  }, { batch: 5, live: 4, members: 2 });
});

// What follows runs whole configurations: identities between two ways to say the same.

const random = numbers(3);
const draw = (size: number) => Array.from({ length: size }, random);
const DATA = new NdArray(draw(4 * 6 * 5), [4, 6, 1, 5]);
const stepper = (frozen: string[] = []) =>
  defineStepper({
    name: "taps",
    parameters: { weight: new NdArray([0.3, 0.8], [1, 1, 2]), bias: new NdArray([0.1]) },
    frozen,
    forward: (u, { weight, bias }) => conv({ u, w: weight, b: bias }),
  });

/** A configuration in a line. */
class Recorded extends Configuration {
  readonly name = "Recorded";
  readonly numSnapshots = 4;
  override readonly record: (tape: Tape, parts: Parts) => void;
  constructor(record: (tape: Tape, parts: Parts) => void) {
    super();
    this.record = record;
  }
}

type Options = Partial<ObjectiveOptions<ReturnType<typeof stepper>["parameters"]>>;

async function gradientOf(configuration: Configuration, options: Options = {}): Promise<number[]> {
  using objective = new Objective(gpu, configuration, { stepper: stepper(), data: DATA, ...options });
  const first = await objective.valueAndGrad();
  const { loss, grad } = await objective.valueAndGrad();
  assertEquals(grad, first.grad); // nothing of the first run shines through in the second
  return [loss, ...grad.weight.data, ...grad.bias.data];
}

async function assertSame(a: Configuration, b: Configuration, options: Options = {}): Promise<void> {
  const [left, right] = [await gradientOf(a, options), await gradientOf(b, options)];
  left.forEach((x, i) =>
    assert(
      Math.abs(x - right[i]!) <= tolerance(200) * Math.max(1, Math.abs(x)),
      `loss and gradient are ${left}, not ${right}`,
    )
  );
}

/** Functions of two states, with their states in either order and one state for both. */
const FUNCTIONS: readonly ((a: Var, b: Var) => Var)[] = [
  (a, b) => add({ a: relu({ u: a }), b: scale({ u: b }, { factor: -0.4 }) }),
  (a, b) => add({ a: scale({ u: b }, { factor: -0.4 }), b: relu({ u: a }) }),
  (a, b) => sub({ b, a }),
  (a, b) => conv({ w: constant(TAPS), u: sub({ a, b: scale({ u: b }, { factor: 2 }) }) }),
];
const TAPS = new NdArray([0.5, -0.25], [1, 1, 2]);

Deno.test("one state for two arguments gets the cotangents of both", async () => {
  for (const f of FUNCTIONS) {
    const once = (s: Var) => f(s, s);
    const loss = mse();
    const last = (result: (tape: Tape, parts: Parts) => void) => new Recorded(result);
    await assertSame(
      last((tape, { stepper }) => {
        const s = tape.apply(stepper, tape.apply(stepper, tape.snapshot(0)));
        tape.loss(loss, tape.apply(f, s, s), tape.snapshot(1));
      }),
      last((tape, { stepper }) => {
        const s = tape.apply(stepper, tape.apply(stepper, tape.snapshot(0)));
        tape.loss(loss, tape.apply(once, s), tape.snapshot(1));
      }),
    );
  }
});

Deno.test("a residuum that does not read the previous state gives it no cotangent", async () => {
  const only = (next: Var) => scale({ u: next }, { factor: 2 });
  const ignoring = (next: Var, _previous: Var) => only(next);
  const loss = mse();
  await assertSame(
    new Residuum({ numRolloutSteps: 4 }),
    new Recorded((tape, { stepper }) => {
      let p = tape.snapshot(0);
      for (let t = 0; t < 4; t++) {
        p = tape.apply(stepper, p);
        tape.loss(loss, tape.apply(only, p));
      }
    }),
    { residuum: ignoring },
  );
});

Deno.test("a loss that does not read its target gives it no cotangent", async () => {
  const inner = mse();
  const ignoring = { ...inner, name: "ignoring", forward: (p: Var, _r?: Var) => inner.forward(p) };
  const record = (isTwoSided: boolean) =>
    new Recorded((tape, { stepper }) => {
      const s = tape.apply(stepper, tape.apply(stepper, tape.snapshot(0)));
      const next = tape.apply(stepper, s);
      tape.loss(ignoring, next, isTwoSided ? s : undefined);
      tape.loss(ignoring, s);
    });
  await assertSame(record(true), record(false));
});

Deno.test("frozen parameters have the gradient 0 and do not change the others'", async () => {
  const configuration = new Supervised({ numRolloutSteps: 3 });
  const all = await gradientOf(configuration);
  for (
    const [frozen, kept] of [[["weight"], [0, 3]], [["bias"], [0, 1, 2]], [["weight", "bias"], [0]]] as const
  ) {
    const some = await gradientOf(configuration, { stepper: stepper([...frozen]) });
    assertEquals(some, all.map((x, i) => (kept as readonly number[]).includes(i) ? x : 0));
  }
});

Deno.test("a parameter that the stepper does not read has the gradient 0", async () => {
  const unused = defineStepper({
    name: "unused",
    parameters: { weight: new NdArray([0.3, 0.8], [1, 1, 2]), bias: new NdArray([0.1]) },
    forward: (u, { weight }) => conv({ u, w: weight }),
  });
  const [, , , bias] = await gradientOf(new Supervised({ numRolloutSteps: 2 }), { stepper: unused });
  assertEquals(bias, 0);
});

Deno.test("a stepper without parameters can be evaluated", async () => {
  const half = defineStepper({ name: "half", parameters: {}, forward: (u) => scale({ u }, { factor: 0.5 }) });
  using objective = new Objective(gpu, new Supervised(), {
    stepper: half as Stepper<Record<never, never>>,
    data: DATA,
  });
  assert(Number.isFinite((await objective.evaluate()).loss));
  assertEquals((await objective.valueAndGrad()).grad, {});
});
