import { assertEquals } from "@std/assert";
import { findFaults } from "../../tools/layers.ts";

const BUFFERS = [
  "src/gpu/buffers.ts",
  "export const b = (d: GPUDevice) => [d.createBuffer({}), d.createTexture({})];\n",
] as const;
const faults = (...files: [string, string][]) => findFaults(new Map([BUFFERS, ...files]));

Deno.test("findFaults is silent on a good tree", () => {
  assertEquals(
    faults(
      [
        "src/ops/conv.ts",
        'import { op } from "../graph/op.ts";\nimport { CONV } from "../../shaders/bundle.ts";\n',
      ],
      [
        "src/ops/relu.ts",
        '// GPUBuffer\nimport { conv } from "./conv.ts";\nexport const t = "createBuffer(GPUBuffer)";\n',
      ],
      ["src/options.ts", 'import * as z from "zod";\n'],
      ["mod.ts", 'export * from "./src/ops/conv.ts";\n'],
      ["tests/ops/conv_test.ts", 'import { conv } from "../../src/ops/conv.ts";\n'],
    ),
    [],
  );
});

Deno.test("findFaults names an import against the arrows, by file and line", () => {
  assertEquals(
    faults(
      ["src/tape/tape.ts", '\nimport { conv } from "../ops/conv.ts";\nexport * from "../run/plan.ts";\n'],
      ["src/errors.ts", 'const z = await import("wesl");\nimport "../mod.ts";\n'],
      [
        "src/ops/conv.ts",
        'export type T = import("../gpu/gpu.ts").Gpu;\nimport x from "../../tools/layers.ts";\n',
      ],
    ),
    [
      "src/tape/tape.ts:2: tape must not import src/ops/conv.ts",
      "src/tape/tape.ts:3: tape must not import src/run/plan.ts",
      "src/errors.ts:1: errors must not import wesl",
      "src/errors.ts:2: errors must not import mod.ts",
      "src/ops/conv.ts:1: ops must not import src/gpu/gpu.ts",
      "src/ops/conv.ts:2: ops must not import tools/layers.ts",
    ],
  );
});

Deno.test("findFaults names a folder without a row in the table", () => {
  assertEquals(faults(["src/misc/a.ts", "export {};\n"]), [
    "src/misc/a.ts:1: misc is no layer of tools/layers.ts",
  ]);
});

Deno.test("findFaults keeps GPU types in src/gpu", () => {
  assertEquals(faults(["src/run/plan.ts", "export let a: number;\nexport let b: GPUBuffer;\n"]), [
    "src/run/plan.ts:2: GPUBuffer belongs to src/gpu",
  ]);
});

Deno.test("findFaults wants exactly one createBuffer and createTexture", () => {
  assertEquals(findFaults(new Map([["src/gpu/gpu.ts", "export {};\n"]])), [
    "src:1: createBuffer must be called in exactly one place",
    "src:1: createTexture must be called in exactly one place",
  ]);
  assertEquals(faults(["src/gpu/ring.ts", "d.createBuffer({});\n"]), [
    "src/gpu/buffers.ts:1: createBuffer must be called in exactly one place",
    "src/gpu/ring.ts:1: createBuffer must be called in exactly one place",
  ]);
});

Deno.test("findFaults caps the length of files", () => {
  const long = "// a line\n".repeat(301);
  assertEquals(faults(["tests/a_test.ts", long], ["tests/golden/a.ts", long], ["shaders/bundle.ts", long]), [
    "tests/a_test.ts:301: has 301 lines, 300 are allowed",
  ]);
});
