import { assertEquals } from "@std/assert";
import { ShapeError } from "../../src/errors.ts";
import { defineOp, requireSameShape } from "../../src/graph/op.ts";
import { throwsExactly } from "../random/throws.ts";

const WGSL = "import super::io::{u, setV};\nfn forward(i: u32) { setV(i, u(i)); }";

Deno.test("defineOp gives a function with the op's name, text and inputs, optional ones last", () => {
  const op = defineOp({ name: "copy", inputs: ["u", "w"], optional: ["b"], wgsl: WGSL, shape: ({ u }) => u });
  assertEquals(op.name, "copy");
  assertEquals(op.inputs, ["u", "w", "b"]);
  assertEquals(op.wgsl, WGSL);
  assertEquals(op.text.imports, ["u", "setV"]);
  assertEquals(typeof op, "function");
});

Deno.test("defineOp refuses a text without forward", () => {
  throwsExactly(
    () => defineOp({ name: "copy", inputs: ["u"], wgsl: "fn backward() {}", shape: ({ u }) => u }),
    SyntaxError,
    "Cannot define op copy as its WGSL must have a function forward: current functions are backward",
  );
});

Deno.test("requireSameShape refuses two shapes that differ", () => {
  requireSameShape("add", { a: [1, 6], b: [1, 6] });
  const error = throwsExactly(
    () => requireSameShape("add", { a: [1, 6], b: [6] }),
    ShapeError,
    "Cannot apply add as b must have the shape [1, 6] of a: current shape of b is [6]",
  ) as ShapeError;
  assertEquals([error.op, error.axis, error.expected, error.actual], ["add", "b", "[1, 6]", "[6]"]);
});
