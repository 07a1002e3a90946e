import { assert, assertEquals } from "@std/assert";
import { erfInv } from "../../src/random/erf_inv.ts";

/** erf(y) in float64 by its Taylor series, which for |y| < 4 loses at most 7 of 16 digits to cancellation. */
function erf(y: number): number {
  let term = y;
  let sum = y;
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= -y * y / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

Deno.test("erfInv inverts the error function", () => {
  let worst = 0;
  for (let i = -999; i <= 999; i++) {
    const x = Math.fround(i / 1000);
    const y = erfInv(x);
    // The error in y is that of erf(y) over the slope of erf.
    const slope = 2 / Math.sqrt(Math.PI) * Math.exp(-y * y);
    worst = Math.max(worst, Math.abs((erf(y) - x) / slope) / Math.max(Math.abs(y), 1e-30));
  }
  // Measured: 5.8e-7, Giles' own error and the float32 roundings.
  assert(worst < 8e-7, `worst relative error ${worst}`);
});

Deno.test("erfInv is odd, 0 at 0 and finite next to 1", () => {
  assertEquals(erfInv(0), 0);
  for (const x of [1e-8, 0.3, 0.65, 0.9, 0.999, 1 - 2 ** -24]) {
    assertEquals(erfInv(-Math.fround(x)), -erfInv(Math.fround(x)));
  }
  assert(Math.abs(erfInv(1 - 2 ** -24) - 3.8325) < 1e-3);
});
