import { assert, assertEquals } from "@std/assert";
import { DivertedChain, Residuum, Supervised } from "../../src/configurations/mod.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Objective, type ObjectiveOptions } from "../../src/run/objective.ts";
import type { Configuration } from "../../src/tape/configuration.ts";
import { DATA, type Parameters, refStepper, residuum, stepper } from "./problem.ts";
import { Calls } from "./spy.ts";

const PER_KERNEL = [
  "createShaderModule",
  "createComputePipeline",
  "createBindGroup",
  "createBindGroupLayout",
];

type Options = Partial<ObjectiveOptions<Parameters>>;

/** Dispatches by function, those of an op's blocked form among them. */
function ofAnyForm(dispatches: Readonly<Record<string, number>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [label, count] of Object.entries(dispatches)) {
    const fn = label.replace("_block.", ".");
    sums[fn] = (sums[fn] ?? 0) + count;
  }
  return sums;
}

/** What one configuration makes and dispatches on a device of its own: first evaluation, then a second one. */
async function countsOf(configuration: Configuration, options: Options = {}) {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  let result;
  {
    using objective = new Objective(gpu, configuration, {
      stepper: stepper(),
      data: DATA,
      runner: "launches",
      ...options,
    });
    assertEquals(gpu.buffers, []);
    await objective.valueAndGrad();
    const made = PER_KERNEL.map((name) => calls.count(name));
    const dispatches = ofAnyForm(calls.dispatches);
    calls.reset();
    await objective.valueAndGrad();
    assertEquals(PER_KERNEL.map((name) => calls.count(name)), [0, 0, 0, 0]);
    assertEquals(ofAnyForm(calls.dispatches), dispatches);
    assertEquals(calls.count("createBuffer"), 1); // for reading back
    assertEquals(calls.count("submit"), 2); // the update, the copy
    assert(gpu.bytes > 0);
    result = { made, dispatches };
  }
  assertEquals(gpu.buffers, []);
  assertEquals(calls.errors, []);
  assertEquals(calls.count("popErrorScope"), calls.count("pushErrorScope"));
  return result;
}

Deno.test("pipelines and bind groups do not grow with R", async () => {
  const one = await countsOf(new Supervised());
  const many = await countsOf(new Supervised({ numRolloutSteps: 200 }));
  assertEquals(many.made, one.made);
  // The weights as blocks read them; layer by layer forward and the adjoints of u, w, and one bias; the loss and its
  // adjoint; load; two sums.
  assertEquals(one.made, [13, 13, 13, 13]);
  assertEquals(one.dispatches, {
    pack: 1,
    "initial_state.forward": 1,
    "conv.forward": 2,
    "mse.forward": 1,
    "mse.adjointP": 1,
    "conv.adjointU": 1, // of the second layer; the initial state gets none
    "conv.adjointW": 2,
    "conv.adjointB": 1,
    sum_losses: 1,
    sum_partials: 1,
  });
  assertEquals(many.dispatches, {
    pack: 1,
    "initial_state.forward": 1,
    "conv.forward": 400,
    "mse.forward": 200,
    "mse.adjointP": 200,
    "conv.adjointU": 399,
    "conv.adjointW": 400,
    "conv.adjointB": 200,
    sum_losses: 1,
    sum_partials: 1,
  });
});

Deno.test("a cut dispatches no adjoint through it", async () => {
  const adjoints = async (cutBpttEvery: number) =>
    (await countsOf(new Supervised({ numRolloutSteps: 5, cutBptt: true, cutBpttEvery })))
      .dispatches["conv.adjointU"];
  // Five of the second layer, and one of the first for each state that flows: 0 and 2 of the four inner ones.
  assertEquals([await adjoints(1), await adjoints(2), await adjoints(3)], [5, 7, 8]);
});

Deno.test("recomputed activations dispatch their layers once more, but those of the last step", async () => {
  const { dispatches } = await countsOf(new Supervised({ numRolloutSteps: 5 }), { memory: "recompute" });
  assertEquals([dispatches["conv.forward"], dispatches["conv.adjointU"]], [14, 9]);
});

Deno.test("a reference that nothing flows through dispatches no adjoint", async () => {
  const of = async (cutDivChain: boolean) => {
    const { dispatches } = await countsOf(new DivertedChain({ numRolloutSteps: 3, cutDivChain }), {
      refStepper,
    });
    return [dispatches["shift.forward"], dispatches["shift.adjointU"]];
  };
  assertEquals(await of(false), [3, 2]);
  assertEquals(await of(true), [3, undefined]);
});

Deno.test("a frozen parameter dispatches no adjoint of its own", async () => {
  const { dispatches } = await countsOf(new Supervised({ numRolloutSteps: 2 }), {
    stepper: stepper(["first"]),
  });
  assertEquals([dispatches["conv.adjointW"], dispatches["conv.adjointB"]], [2, 2]);
});

Deno.test("evaluate alone dispatches no adjoint and no sum of partials", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  using objective = new Objective(gpu, new Supervised({ numRolloutSteps: 3 }), {
    stepper: stepper(),
    data: DATA,
    runner: "launches",
  });
  await objective.evaluate();
  assertEquals(ofAnyForm(calls.dispatches), {
    pack: 1,
    "initial_state.forward": 1,
    "conv.forward": 6,
    "mse.forward": 3,
    sum_losses: 1,
  });
  assertEquals(calls.errors, []);
});

Deno.test("a residuum with a cut previous state dispatches one adjoint less for each", async () => {
  const of = async (cutPrev: boolean) => {
    const { dispatches } = await countsOf(new Residuum({ numRolloutSteps: 3, cutPrev }), { residuum });
    return ["sub.adjointA", "sub.adjointB", "shift.adjointU"].map((label) => dispatches[label]);
  };
  assertEquals(await of(false), [3, 2, 2]);
  assertEquals(await of(true), [3, undefined, undefined]);
});
