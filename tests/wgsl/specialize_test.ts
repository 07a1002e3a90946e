import { assertEquals } from "@std/assert";
import { specializerOf } from "../../src/wgsl/specialize.ts";

/** Specializes a function of an op's text. */
function specialized(
  body: string,
  fn: string,
  indices: readonly number[],
  constants: Record<string, number> = {},
) {
  const imports = ["u", "w", "setV", ...Object.keys(constants)];
  const wgsl = `import super::io::{${imports.join(", ")}};\n${body}`;
  return specializerOf({ op: { name: "op", wgsl }, constants }, {
    read: (tensor, index) => `${tensor}[${index}]`,
    write: () => "put",
    call: (name) => `op_${name}`,
  })!(fn, indices);
}

Deno.test("loops, branches and index arithmetic on known numbers vanish; floats stay on the device", () => {
  const body = `
    fn wrap(i: i32) -> u32 { if (i < 0) { return u32(i + N); } return u32(i % N); }
    fn forward(i: u32) {
      var sum = 0.5;
      for (var k = 0u; k < K; k++) {
        if (k == 1u) { continue; }
        sum += w(k) * u(wrap(i32(i) - i32(k)));
      }
      setV(i, sum);
    }`;
  assertEquals(specialized(body, "forward", [1], { N: 5, K: 3 }), {
    statements: ["let t0 = (0.5f + (w[0u] * u[1u]));", "let t1 = (t0 + (w[2u] * u[4u]));", "put(1u, t1);"],
    value: null,
  });
});

Deno.test("a summand is given back as an expression", () => {
  const body = "fn forward(i: u32, j: u32) -> f32 { let e = u(j) - w(i); return e * e / SIZE; }";
  assertEquals(specialized(body, "forward", [0, 2], { SIZE: 4 }), {
    statements: ["let t0 = (u[2u] - w[0u]);"],
    value: "((t0 * t0) / 4)",
  });
});

Deno.test("select and the logical operators take their known side", () => {
  const body = `fn forward(i: u32) -> f32 {
    return select(u(select(7u, 2, i == 1u && N > 3)), w(0u), N == 3 || i > 8u);
  }`;
  assertEquals(specialized(body, "forward", [1], { N: 4 })!.value, "u[2u]");
  assertEquals(specialized(body, "forward", [1], { N: 3 })!.value, "w[0u]");
});

Deno.test("a function whose course the device decides is called as it is", () => {
  const body = `
    fn positive(x: f32) -> f32 { if (x > 0.0) { return x; } return 0.0; }
    fn forward(i: u32) { setV(i, 2.0 * positive(u(i))); }
    fn adjointU(i: u32) { if (u(i) > 0.0) { setV(i, 1.0); } }`;
  assertEquals(specialized(body, "forward", [3])!.statements, ["put(3u, (2f * op_positive(u[3u])));"]);
  assertEquals(specialized(body, "adjointU", [3]), null);
});

Deno.test("structs of known numbers are read by their members, integers wrap as on the device", () => {
  const body = `
    struct Axis { points: i32, pad: i32 }
    const X = Axis(N, 2);
    fn left(axis: Axis, i: u32) -> u32 { return u32((i32(i) - axis.pad + axis.points) % axis.points); }
    fn forward(i: u32) { setV(left(X, i), u(i - 1u & 3u)); }`;
  assertEquals(specialized(body, "forward", [0], { N: 5 })!.statements, ["put(3u, u[3u]);"]);
});

Deno.test("a shift, a remainder and a while loop are evaluated", () => {
  const body = `fn forward(i: u32) -> f32 {
    var n = i; var power = 1.0;
    while (n != 0u) { if ((n & 1u) == 1u) { power *= u(n); } n >>= 1u; }
    return power;
  }`;
  assertEquals(specialized(body, "forward", [5])!, {
    statements: ["let t0 = (1f * u[5u]);", "let t1 = (t0 * u[1u]);"],
    value: "t1",
  });
});
