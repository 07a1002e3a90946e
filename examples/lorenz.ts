import { adam, defineStepper, Gpu, NdArray, ops, random, rollout, sampleData, schedules, SupervisedTrainer, type Stepper, type Var } from "@unroll/unroll";
type Layer = { readonly weight: NdArray; readonly bias: NdArray };
function makeEmulator(width: number, depth: number): Stepper<{ readonly layers: readonly Layer[] }> {
  const sizes = [3, ...new Array<number>(depth).fill(width), 3];
  const keys = random.split(random.key(0), depth + 1);
  const layers = keys.map((key, i) => {
    const [dIn, dOut] = [sizes[i]!, sizes[i + 1]!];
    const bound = 1 / Math.sqrt(dIn);
    const [w, b] = random.split(key);
    return { weight: random.uniform(w, [dOut, dIn], { minval: -bound, maxval: bound }), bias: random.uniform(b, [dOut], { minval: -bound, maxval: bound }) };
  });
  return defineStepper({
    name: "lorenz", parameters: { layers },
    forward: (u, { layers }) => {
      let x: Var = ops.scale({ u }, { factor: 1 / 16 });
      layers.forEach(({ weight, bias }, i) => {
        x = ops.dense({ u: x, w: weight, b: bias });
        if (i < depth) x = Deno.args[4]==="silu" ? ops.silu({ u: x }) : ops.tanh({u:x});
      });
      return ops.add({ a: u, b: Deno.args[5] ? ops.scale({u:x},{factor:+Deno.args[5]}) : x });
    },
  });
}
await using gpu = await Gpu.request();
const [width, depth, R, n] = Deno.args.map(Number);
const data = sampleData.lorenzRk4({ dt: 0.05, numSamples: 9, key: random.key(0) });
const trainer = new SupervisedTrainer(gpu, data, { numRolloutSteps: R!, optimizer: adam(schedules.cosineDecay({initValue: +(Deno.args[6]??3e-3), decaySteps: n!})), numTrainingSteps: n!, batchSize: 32*+(Deno.args[7]??1) });
const t0 = performance.now();
const run = await trainer.train(makeEmulator(width!, depth!), { key: random.key(42) });
const s = (performance.now() - t0) / 1000;
const pred = await rollout(gpu, run.stepper, data.take(1, 0), 999);
const valid = Array.from({ length: 9 }, (_, s) => { for (let t = 0; t < 1000; t++) { const e = Math.hypot(...[0,1,2].map(i => pred.at(s,t,i)-data.at(s,t,i))); if (!(e < 5)) return t; } return 1000; });
const z = (a: NdArray) => { let m = 0, v = 0; for (let i = 2; i < a.size; i += 3) m += a.data[i]!; m /= a.size/3; for (let i = 2; i < a.size; i += 3) v += (a.data[i]! - m) ** 2; return [m, Math.sqrt(v / (a.size/3))]; };
console.log(Deno.args.join(" "), "loss", run.lossHistory[0], run.lossHistory.slice(-100).reduce((a, b) => a + b) / 100, "s", s.toFixed(1), "valid", valid.join(","), z(data), z(pred));
