import { conv as op } from "../../src/ops/conv.ts";
import { conv as twin, type ConvSizes, paddedAxis } from "../twins/conv.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";
import type { Input, Role } from "./harness.ts";

/** conv with u as a state, and w and b owned by others. */
function convCase(sizes: ConvSizes, hasBias: boolean, owner: Role = "parameter"): Case {
  const { cIn, cOut, n, k, boundary } = sizes;
  const inputs: Record<string, Input> = {
    u: { role: "state", shape: [cIn, n] },
    w: { role: owner, shape: [cOut, cIn, k] },
    ...(hasBias ? { b: { role: owner, shape: [cOut] } } : {}),
  };
  return {
    use: {
      name: `conv ${cIn}->${cOut}, N=${n}, K=${k}, ${boundary}${hasBias ? ", bias" : ""}, w a ${owner}`,
      inputs,
      call: ({ u, w, b }) => op({ u: u!, w: w!, b }, { boundary }),
    },
    twin: twin(sizes),
    terms: { v: cIn * k + 1, u: 3 * cOut * k, w: n, b: n },
  };
}

const BOUNDARIES = ["periodic", "zeros", "reflect"] as const;
const SIZES: readonly Omit<ConvSizes, "boundary">[] = [
  { cIn: 1, cOut: 1, n: 1, k: 1 },
  { cIn: 2, cOut: 3, n: 5, k: 5 },
  { cIn: 3, cOut: 2, n: 30, k: 4 },
];
for (const boundary of BOUNDARIES) {
  for (const sizes of SIZES) {
  Deno.test(`${JSON.stringify(sizes)} ${boundary}`, async () => {
    await check(convCase({ ...sizes, boundary }, true), { batch: 37, live: 33, members: 2 });
    await check(convCase({ ...sizes, boundary }, true), { batch: 3, accumulates: true });
  });
  }
}
