import { assert, assertEquals } from "@std/assert";
import {
  adam,
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  lion,
  type Optimizer,
  scaleByAdam,
  scaleByLearningRate,
  scaleByLion,
  sgd,
  trace,
} from "../../mod.ts";
import { thrown } from "../training/problem.ts";
import { drawProblem, type Sizes, stepperOf, train, trainMembers } from "./chain_problem.ts";
import {
  adamTwin,
  applyTwin,
  clipTwin,
  decayTwin,
  lionTwin,
  stepTwin,
  traceTwin,
  type TransformTwin,
} from "./chain_twin.ts";

/** More than a tile, less than one, and a tail that ends off a tile. */
const SIZES: Sizes = [70, 3, 130];
/** More tiles than there are partial sums of squares. */
const MANY: Sizes = [4100, 5, 300];
const isHead = (sizes: Sizes) => (i: number) => i < sizes[0] + sizes[1];
const isB = (sizes: Sizes) => (i: number) => i >= sizes[0] && i < sizes[0] + sizes[1];

const rate = (count: number) => 0.1 / (1 + count);
const fixed = (value: number) => () => value;
const all = () => true;

/** Chains, each with its twin; masks in twins are by the elements that are not frozen. */
const CHAINS: readonly (readonly [Optimizer, (head: (i: number) => boolean) => readonly TransformTwin[]])[] =
  [
    [adamw(rate, { weightDecay: 0.3 }), () => [adamTwin(), decayTwin(fixed(0.3), all), stepTwin(rate)]],
    [
      adamw(0.1, { b1: 0.5, b2: 0.7, eps: 0.1, epsRoot: 0.01, weightDecay: rate, mask: ["head"] }),
      (head) => [
        adamTwin({ b1: 0.5, b2: 0.7, eps: 0.1, epsRoot: 0.01 }),
        decayTwin(rate, head),
        stepTwin(fixed(0.1)),
      ],
    ],
    [
      lion(rate, {
        b1: 0.6,
        b2: 0.8,
        weightDecay: 0.5,
        mask: (path, { shape: [n] }) => path !== "tail" && n! > 0,
      }),
      (head) => [lionTwin({ b1: 0.6, b2: 0.8 }), decayTwin(fixed(0.5), head), stepTwin(rate)],
    ],
    [
      chain(scaleByLion(), scaleByLearningRate(0.1, { flipSign: false })),
      () => [lionTwin(), stepTwin(fixed(-0.1))],
    ],
    [chain(clipByGlobalNorm(2), sgd(0.1)), () => [clipTwin(2), stepTwin(fixed(0.1))]],
    [chain(clipByGlobalNorm(1e3), sgd(0.1)), () => [stepTwin(fixed(0.1))]],
    [chain(sgd(rate), clipByGlobalNorm(0.05)), () => [stepTwin(rate), clipTwin(0.05)]],
    [
      chain(
        addDecayedWeights(0.2, { mask: ["tail"] }),
        clipByGlobalNorm(4),
        clipByGlobalNorm(3),
        addDecayedWeights(rate, { mask: ["head.a", "head.b"] }),
        trace(0.9, { nesterov: true }),
        scaleByAdam({ eps: 0.5 }),
        clipByGlobalNorm(1),
        scaleByLearningRate(rate),
      ),
      (head) => [
        decayTwin(fixed(0.2), (i) => !head(i)),
        clipTwin(4),
        clipTwin(3),
        decayTwin(rate, head),
        traceTwin(0.9, true),
        adamTwin({ eps: 0.5 }),
        clipTwin(1),
        stepTwin(rate),
      ],
    ],
  ];

function assertNear(actual: Float32Array, expected: Float64Array, allowed: number): void {
  expected.forEach((x, i) =>
    assert(Math.abs(actual[i]! - x) <= allowed, `element ${i} is ${actual[i]}, not ${x}`)
  );
}

for (const [optimizer, twin] of CHAINS) {
  Deno.test(`${optimizer.name} agrees with its twin, and frozen parameters keep their bits`, async () => {
    for (
      const [sizes, frozen, numUpdates] of [[SIZES, [], 4], [SIZES, ["head.b"], 4], [
        MANY,
        ["head.b"],
        2,
      ]] as const
    ) {
      const { start, gradients } = drawProblem(sizes, numUpdates);
      const isFrozen = frozen.length > 0 ? isB(sizes) : () => false;
      const trained = Array.from(start.keys()).filter((i) => !isFrozen(i));
      const after = await train(optimizer, stepperOf(sizes, start, frozen), gradients);
      const expected = applyTwin(twin((k) => isHead(sizes)(trained[k]!)), start, gradients, isFrozen);
      assertNear(after, expected.at(-1)!, 2e-6);
      start.forEach((x, i) =>
        isFrozen(i) && assert(Object.is(after[i], x), `frozen element ${i} is ${after[i]}`)
      );
    }
  });
}

Deno.test("the padding between leaves has no part in a norm", async () => {
  // 0 / 0 in the padding, and where the parameters are frozen
  const optimizer = chain(scaleByAdam({ eps: 0 }), clipByGlobalNorm(0.5), scaleByLearningRate(1));
  const { start, gradients } = drawProblem([3, 2, 1], 2);
  const after = await train(optimizer, stepperOf([3, 2, 1], start, ["head.a"]), gradients);
  const isFrozen = (i: number) => i < 3;
  const expected = applyTwin(
    [adamTwin({ eps: 0 }), clipTwin(0.5), stepTwin(() => 1)],
    start,
    gradients,
    isFrozen,
  );
  assertNear(after, expected.at(-1)!, 1e-6);
});

Deno.test("a clipped gradient of zeros stays one", async () => {
  const { start } = drawProblem(SIZES, 0);
  const zeros = [new Float32Array(start.length)];
  assertEquals(await train(chain(clipByGlobalNorm(1), sgd(1)), stepperOf(SIZES, start), zeros), start);
});

Deno.test("the largest norm that is allowed is that", async () => {
  const start = new Float32Array(3);
  const gradient = Float32Array.of(3, 0, 4);
  const after = (maxNorm: number) =>
    train(chain(clipByGlobalNorm(maxNorm), sgd(1)), stepperOf([1, 1, 1], start), [gradient]);
  assertEquals([...await after(5)], [-3, 0, -4]);
  assertEquals([...await after(2.5)], [-1.5, 0, -2]);
  assertEquals([...await after(10)], [-3, 0, -4]);
});

Deno.test("members of an ensemble have norms, masks and bits of their own", async () => {
  const { start, gradients } = drawProblem(SIZES, 3);
  const optimizers = [0.1, 0.01, 0.3].map((rate) =>
    chain(clipByGlobalNorm(3), adamw(rate, { weightDecay: rate, mask: ["head"] }), clipByGlobalNorm(0.2))
  );
  const steppers = optimizers.map((_, m) => stepperOf(SIZES, start.map((x) => x * (1 + m)), ["head.b"]));
  const together = await trainMembers(optimizers, steppers, gradients);
  for (const [m, optimizer] of optimizers.entries()) {
    assertEquals(together[m], await train(optimizer, steppers[m]!, gradients));
  }
});

Deno.test("members must have the same masks", async () => {
  const { start, gradients } = drawProblem([1, 1, 1], 1);
  const steppers = [0, 1].map(() => stepperOf([1, 1, 1], start));
  const message = async (...masks: (readonly string[] | (() => boolean))[]) => {
    const optimizers = masks.map((mask) => adamw(0.1, { mask }));
    return await trainMembers(optimizers, steppers, gradients).then(
      () => "",
      (error: Error) => error.message,
    );
  };
  assert((await message(["tail"], ["head"])).includes("optimizers.1 must be"));
  assert(
    (await message(() => true, () => true)).includes(
      "optimizers.1.transforms.1.mask must be the same function",
    ),
  );
  const same = () => true;
  assertEquals(await message(same, same), "");
  assertEquals(await message(["tail"], ["tail"]), "");
});

Deno.test("a mask names parameters", async () => {
  const { start, gradients } = drawProblem([1, 1, 1], 1);
  const optimizer = chain(adamw(0.1, { weightDecay: 0.5, mask: ["head", "feet", "head.c"] }));
  const error = await train(optimizer, stepperOf([1, 1, 1], start), gradients).catch((error) => error);
  assertEquals(
    `${error.name}: ${error.message}`,
    "OptionsError: Cannot apply addDecayedWeights(0.5, mask=[head, feet, head.c]) as 2 options do not hold:\n" +
      '- mask.1 must be the path of a parameter (head.a, head.b, tail): current mask.1 is "feet"\n' +
      '- mask.2 must be the path of a parameter (head.a, head.b, tail): current mask.2 is "head.c"',
  );
});

Deno.test("chains name every number", () => {
  assertEquals(
    chain(clipByGlobalNorm(0.5), trace(0.9), chain(adam(1e-3, { b1: 0.8 })), addDecayedWeights(0.1)).name,
    "chain(clipByGlobalNorm(0.5), trace(0.9, nesterov=false), " +
      "chain(adam(0.001, b1=0.8, b2=0.999, eps=1e-8, epsRoot=0)), addDecayedWeights(0.1, mask=all))",
  );
  assertEquals(
    adamw((count) => count, { mask: ["a", "b.c"] }).name,
    "adamw(schedule, b1=0.9, b2=0.999, eps=1e-8, epsRoot=0, weightDecay=0.0001, mask=[a, b.c])",
  );
  assertEquals(
    [scaleByAdam({ epsRoot: 1 }), scaleByLion(), scaleByLearningRate(0.5), lion(1, { mask: () => true })]
      .map((x) => "description" in x ? x.description : x.name),
    [
      "scaleByAdam(b1=0.9, b2=0.999, eps=1e-8, epsRoot=1)",
      "scaleByLion(b1=0.9, b2=0.99)",
      "scaleByLearningRate(0.5, flipSign=true)",
      "lion(1, b1=0.9, b2=0.99, weightDecay=0.001, mask=function)",
    ],
  );
});

Deno.test("optimizers name every option that does not hold", () => {
  const RATE = "a finite number >= 0 or a schedule";
  const cases: [() => unknown, string][] = [
    [
      () => adamw(-1, { b1: 2, weightDecay: NaN, mask: [1] as never, decay: 1 } as never),
      "OptionsError: Cannot create adamw as 5 options do not hold:\n" +
      "- b1 must be a number in [0, 1): current b1 is 2\n" +
      "- mask must be a list of paths or a function: current mask is [1]\n" +
      "- decay must be left out, since it is unknown (options are b1, b2, eps, epsRoot, weightDecay, mask): " +
      "current decay is 1\n" +
      `- learningRate must be ${RATE}: current learningRate is -1\n` +
      `- weightDecay must be ${RATE}: current weightDecay is NaN`,
    ],
    [
      () => lion("1" as never, { b2: 1, mask: "bias" as never }),
      "OptionsError: Cannot create lion as 3 options do not hold:\n" +
      "- b2 must be a number in [0, 1): current b2 is 1\n" +
      '- mask must be a list of paths or a function: current mask is "bias"\n' +
      `- learningRate must be ${RATE}: current learningRate is "1"`,
    ],
    [
      () => adam(-1, { b1: 1 }),
      "OptionsError: Cannot create adam as 2 options do not hold:\n" +
      "- b1 must be a number in [0, 1): current b1 is 1\n" +
      `- learningRate must be ${RATE}: current learningRate is -1`,
    ],
    [
      () => chain(adam(1), 0.1 as never, null as never),
      "OptionsError: Cannot create chain as 2 options do not hold:\n" +
      "- parts.1 must be a transform or an optimizer: current parts.1 is 0.1\n" +
      "- parts.2 must be a transform or an optimizer: current parts.2 is null",
    ],
    [
      () => chain(),
      "OptionsError: Cannot create chain as parts.length must be >= 1: current parts.length is 0",
    ],
    [
      () => clipByGlobalNorm(0),
      "OptionsError: Cannot create clipByGlobalNorm as maxNorm must be a finite number > 0: current maxNorm is 0",
    ],
    [
      () => addDecayedWeights(-1, { mask: 1 as never }),
      "OptionsError: Cannot create addDecayedWeights as 2 options do not hold:\n" +
      "- mask must be a list of paths or a function: current mask is 1\n" +
      `- weightDecay must be ${RATE}: current weightDecay is -1`,
    ],
    [
      () => trace(1, { nesterov: 1 as never }),
      "OptionsError: Cannot create trace as 2 options do not hold:\n" +
      "- decay must be a number in [0, 1): current decay is 1\n" +
      "- nesterov must be true or false: current nesterov is 1",
    ],
    [
      () => scaleByAdam({ eps: -1 }),
      "OptionsError: Cannot create scaleByAdam as eps must be a finite number >= 0: current eps is -1",
    ],
    [
      () => scaleByLion({ b1: -1 }),
      "OptionsError: Cannot create scaleByLion as b1 must be a number in [0, 1): current b1 is -1",
    ],
    [
      () => scaleByLearningRate(Infinity, { flipSign: 1 as never }),
      "OptionsError: Cannot create scaleByLearningRate as 2 options do not hold:\n" +
      "- flipSign must be true or false: current flipSign is 1\n" +
      `- learningRate must be ${RATE}: current learningRate is Infinity`,
    ],
  ];
  for (const [call, message] of cases) assertEquals(thrown(call), message);
});
