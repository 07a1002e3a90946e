import { assertEquals } from "@std/assert";
import { threefry2x32 } from "../../src/random/threefry2x32.ts";

// Known answers for 20 rounds from the test vectors of Random123, the authors' own implementation.
const KNOWN = [
  { key: [0, 0], counter: [0, 0], block: [0x6b200159, 0x99ba4efe] },
  {
    key: [0xffffffff, 0xffffffff],
    counter: [0xffffffff, 0xffffffff],
    block: [0x1cb996fc, 0xbb002be7],
  },
  {
    key: [0x13198a2e, 0x03707344],
    counter: [0x243f6a88, 0x85a308d3],
    block: [0xc4923a9c, 0x483df7a0],
  },
] as const;

Deno.test("threefry2x32 gives the known answers of its authors", () => {
  for (const { key, counter, block } of KNOWN) {
    const x0 = Uint32Array.of(counter[0]);
    const x1 = Uint32Array.of(counter[1]);
    threefry2x32(key, x0, x1);
    assertEquals([x0[0], x1[0]], [...block]);
  }
});

Deno.test("threefry2x32 enciphers every block by itself", () => {
  const x0 = Uint32Array.of(0, 1, 2);
  const x1 = Uint32Array.of(3, 4, 5);
  threefry2x32([6, 7], x0, x1);
  const alone = [Uint32Array.of(1), Uint32Array.of(4)] as const;
  threefry2x32([6, 7], ...alone);
  assertEquals([x0[1], x1[1]], [alone[0][0], alone[1][0]]);
});
