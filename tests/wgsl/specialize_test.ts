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

/** The value that an expression of i = 5 and the floats `u(k)` is given back as. */
const valueOf = (expression: string) =>
  specialized(`fn forward(i: u32) -> f32 { return ${expression}; }`, "forward", [5])?.value;

for (
  const [expression, value] of [
    ["u(i + 2u)", "u[7u]"],
    ["u(i - 2u)", "u[3u]"],
    ["u(i * 2u)", "u[10u]"],
    ["u(i / 2u)", "u[2u]"],
    ["u(i % 3u)", "u[2u]"],
    ["u(i & 6u)", "u[4u]"],
    ["u(i | 2u)", "u[7u]"],
    ["u(i ^ 1u)", "u[4u]"],
    ["u(i << 2u)", "u[20u]"],
    ["u(i >> 1u)", "u[2u]"],
    ["u(u32(-5i >> 1u) & 7u)", "u[5u]"],
    ["u(u32(-7i / 2i + 9i))", "u[6u]"],
    ["u(u32(-7i % 4i + 9i))", "u[6u]"],
    ["u(min(i, 3u))", "u[3u]"],
    ["u(min(i, 9u))", "u[5u]"],
    ["u(max(i, 3u))", "u[5u]"],
    ["u(max(i, 9u))", "u[9u]"],
    ["max(u(0u), u(1u))", "max(u[0u], u[1u])"],
    ["select(u(0u), u(1u), i == 5u)", "u[1u]"],
    ["select(u(0u), u(1u), i != 5u)", "u[0u]"],
    ["select(u(0u), u(1u), i < 5u)", "u[0u]"],
    ["select(u(0u), u(1u), i <= 5u)", "u[1u]"],
    ["select(u(0u), u(1u), i > 5u)", "u[0u]"],
    ["select(u(0u), u(1u), i >= 5u)", "u[1u]"],
    ["select(u(0u), u(1u), !(i == 5u))", "u[0u]"],
    ["select(u(0u), u(1u), (i == 5u) == (i < 9u))", "u[1u]"],
    ["select(u(0u), u(1u), (i == 5u) != (i < 9u))", "u[0u]"],
    ["select(u(0u), u(1u), u(2u) > 0.0)", "select(u[0u], u[1u], (u[2u] > 0f))"],
    ["u(i - 6u & 15u)", "u[15u]"],
    ["u(u32(2147483647i + 1i) >> 31u)", "u[1u]"],
    ["f32(i) * u(0u)", "(f32(5u) * u[0u])"],
    ["f32(-3i) * u(0u)", "(f32((-3i)) * u[0u])"],
    ["-u(0u)", "(-u[0u])"],
    ["u(0u) - 0.25", "(u[0u] - 0.25f)"],
    ["select(u(0u), u(1u), true)", "u[1u]"],
    ["select(u(0u), u(1u), false)", "u[0u]"],
  ] as const
) {
  Deno.test(`${expression} is ${value} for i = 5`, () => assertEquals(valueOf(expression), value));
}

Deno.test("what cannot be known is left to the device", () => {
  assertEquals(valueOf("u(i / (i - 5u))"), undefined);
  assertEquals(valueOf("u(i % (i - 5u))"), undefined);
});

Deno.test("constants of a function stay open in their type, variables do not", () => {
  const body = `fn forward(i: u32) -> f32 {
    const two = 2;
    let last = 2147483647;
    var n = last;
    n++;
    n--;
    n--;
    return u(i * two) + u(u32(n)) + f32(last + 1);
  }`;
  assertEquals(specialized(body, "forward", [5])!.value, "((u[10u] + u[2147483646u]) + f32((-2147483648i)))");
});

Deno.test("a call takes at most 4096 statements and turns", () => {
  const writes = `fn forward(n: u32) { for (var k = 0u; k < n; k++) { setV(k, u(k)); } }`;
  assertEquals(specialized(writes, "forward", [4096])!.statements.length, 4096);
  assertEquals(specialized(writes, "forward", [4097]), null);
  const turns =
    `fn forward(n: u32) { var at = 0u; for (var k = 0u; k < n; k++) { at += k; } setV(at, u(at)); }`;
  assertEquals(specialized(turns, "forward", [4096])!.statements, ["put(8386560u, u[8386560u]);"]);
  assertEquals(specialized(turns, "forward", [4097]), null);
  const pairs = `fn forward(n: u32) { for (var k = 0u; k < n; k++) { setV(k, u(k)); setV(k, u(k)); } }`;
  assertEquals(specialized(pairs, "forward", [2048])!.statements.length, 4096);
  assertEquals(specialized(pairs, "forward", [2049]), null);
});

Deno.test("variables without a value are zeros of their types", () => {
  const body = `fn forward(i: u32) -> f32 {
    var sum: f32;
    var at: u32;
    var shift: i32;
    sum += u(at + u32(shift + 2i));
    return sum;
  }`;
  assertEquals(specialized(body, "forward", [5]), { statements: ["let t0 = (0f + u[2u]);"], value: "t0" });
  assertEquals(specialized("fn forward(i: u32) -> f32 { var x: vec2f; return x.x; }", "forward", [5]), null);
});

Deno.test("structs of literals keep the types of their members", () => {
  const body = `
    struct Axis { points: u32, pad: i32 }
    const X = Axis(4294967295u, -3i);
    fn forward(i: u32) -> f32 { return u(X.points / 2u - 2147483640u) + u(u32(X.pad / 2i + 9i)); }`;
  assertEquals(specialized(body, "forward", [5])!.value, "(u[7u] + u[8u])");
});
