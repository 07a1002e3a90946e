import { assertEquals } from "@std/assert";
import { ADD, CONV, DENSE, MSE, RELU, SCALE, SUB, TANH } from "../../shaders/bundle.ts";
import { adjointOf, scanOp, setterOf, withoutComments } from "../../src/wgsl/op_text.ts";
import { throwsExactly } from "../random/throws.ts";

const reachesOf = (wgsl: string) =>
  Object.fromEntries([...scanOp("op", wgsl).functions].map(([name, fn]) => [name, [...fn.reaches].sort()]));

Deno.test("scanOp lists imports from io, in braces, alone and where they are used", () => {
  const { imports } = scanOp(
    "op",
    `import super::io::{u, w,
       setV,};
     import super::io::vBar;
     import super::other::{x};
     fn forward(i: u32) { setV(i, u(i) + super::io::N); }`,
  );
  assertEquals(imports, ["u", "w", "setV", "vBar", "N"]);
  assertEquals(scanOp("op", "fn forward() {}").imports, []);
});

Deno.test("scanOp knows the parameters of a function and whether it returns", () => {
  const { functions } = scanOp(
    "op",
    `fn forward(i: u32) {}
     fn adjointU(i: u32, j: u32,) -> f32 { return 0.0; }
     fn pair ( ) -> vec2<f32> { return vec2(0.0); }`,
  );
  assertEquals([...functions.values()].map(({ name, returns }) => [name, returns]), [
    ["forward", false],
    ["adjointU", true],
    ["pair", true],
  ]);
  assertEquals([...functions.keys()], ["forward", "adjointU", "pair"]);
  const parameters = ["forward", "adjointU", "pair"].map((name) => functions.get(name)!.parameters);
  assertEquals(parameters, [["i"], ["i", "j"], []]);
});

Deno.test("types of a function may have commas", () => {
  const { functions } = scanOp(
    "op",
    `import super::io::{u};
     fn forward(i: u32) { list(i); }
     fn list(i: u32) -> array<f32, 2> { return array(u(i), u(i)); }
     fn take(at: ptr<function, f32>, i: u32) {}`,
  );
  assertEquals([...functions.keys()], ["forward", "list", "take"]);
  assertEquals(functions.get("list")!.returns, true);
  assertEquals([...functions.get("forward")!.reaches], ["u"]);
  assertEquals(functions.get("take")!.parameters, ["at", "i"]);
});

Deno.test("a function reaches the imports that it mentions, and those of functions that it calls", () => {
  assertEquals(
    reachesOf(`
      import super::io::{u, w, v, vBar, setV, setUBar, N};
      fn forward(i: u32) { setV(i, outer(i)); }
      fn outer(i: u32) -> f32 { return inner(i) * w(i); }
      fn inner(i: u32) -> f32 { if (i < N) { return u(i); } return 0.0; }
      fn adjointU(i: u32) { setUBar(i, vBar(i) * w(i)); }
      fn unused() -> f32 { return v(1); }`),
    {
      forward: ["N", "setV", "u", "w"],
      outer: ["N", "u", "w"],
      inner: ["N", "u"],
      adjointU: ["setUBar", "vBar", "w"],
      unused: ["v"],
    },
  );
});

Deno.test("a name that is not imported is not reached", () => {
  assertEquals(reachesOf("import super::io::{u};\nfn forward(i: u32) { setV(i, u(i) + w(i) + uu(i)); }"), {
    forward: ["u"],
  });
});

Deno.test("a body reaches to its brace and no further, and nothing of the signature", () => {
  assertEquals(
    reachesOf(`import super::io::{u, w, f, N};
      fn forward(i: u32) { help(i);u}fn help(w: u32) ->N{ return N1; }`),
    { forward: ["u"], help: [] },
  );
});

Deno.test("a member of a struct is no name of io", () => {
  assertEquals(reachesOf("import super::io::{u, w};\nfn forward(i: u32) { p.u + w(i).x; }"), {
    forward: ["w"],
  });
});

Deno.test("functions that call each other reach the same", () => {
  assertEquals(
    reachesOf(`
      import super::io::{u, w};
      fn forward(i: u32) { a(i); }
      fn a(i: u32) { b(i); u(i); }
      fn b(i: u32) { a(i); w(i); }`),
    { forward: ["u", "w"], a: ["u", "w"], b: ["u", "w"] },
  );
});

Deno.test("the suffix of a number is no name", () => {
  assertEquals(
    reachesOf("import super::io::{u, f, v};\nfn forward(i: u32) { v(0u + 1u); v(2.0f); v(0x1fu); }"),
    {
      forward: ["v"],
    },
  );
});

Deno.test("comments say nothing", () => {
  assertEquals(
    reachesOf(`
      // import super::io::{a};
      /* import super::io::{b};
         fn commented() {} */
      import super::io::{u, w, v};
      fn forward(i: u32) { u(i); } // w(i)
      /* a comment } */ fn adjointU(i: u32) { /* { */ v(i); // }
      }`),
    { forward: ["u"], adjointU: ["v"] },
  );
  assertEquals([...scanOp("op", "// fn forward() {}").functions], []);
});

/** The functions of a text that touch one element alone, and of these the ones that hand on. */
const pointwiseOf = (wgsl: string) =>
  Object.fromEntries(
    [
      ...scanOp("op", `import super::io::{u, u4, v, N, setV, setV4, vBar, setUBar};\n${wgsl}`).functions
        .values(),
    ]
      .filter(({ isPointwise }) => isPointwise).map(({ name, handsOn }) => [name, handsOn]),
  );

Deno.test("a function is pointwise if it has no branches and touches what its parameter names alone", () => {
  assertEquals(
    pointwiseOf(`
      fn forward(at: u32) { let x = u( at ); setV(at, half(x) + u(at) * N); }
      fn half(x: f32) -> f32 { if (x > 0.0) { return x / 2.0; } return 0.0; }
      fn adjointU(i: u32) { setUBar(i, vBar(i) * u(i)); }`),
    { forward: false, adjointU: false },
  );
  for (
    const body of [
      "setV(i, u(i + 1));",
      "setV(i + 1, u(i));",
      "setV(N, u(i));",
      "setV(i, u4(i).x);",
      "setV4(i, vec4f(N));",
      "if (N > 1) { setV(i, u(i)); }",
      "for (var j = 0; j < 2; j++) { setV(i, u(i)); }",
      "switch (N) { default { setV(i, u(i)); } }",
      "loop { setV(i, u(i)); break; }",
      "while (N > 1) { setV(i, u(i)); }",
      "return;",
      "setV(i, other(i));",
      "setV(i, abs(u((i + 1) % N)));",
      "setV(i, max(u(i + 1), 0.0));",
      "setV(i, max(0.0, min(1.0, u(N))));",
      "setV(i, u(u32(u(i))));",
      "{ let i = 0u; setV(i, u(i)); }",
      "setV(i, u(i)); setV(i, v(i) + 1.0);",
      "setV(i, inside(i + 1));",
    ]
  ) {
    assertEquals(
      pointwiseOf(`fn forward(i: u32) { ${body} }
         fn other(i: u32) -> f32 { return u(i); }
         fn inside(i: u32) -> f32 { return abs(u(i)); }`),
      {},
      body,
    );
  }
  assertEquals(pointwiseOf("fn forward(i: u32, j: u32) -> f32 { u(i) }"), {});
});

Deno.test("a function hands on if it stores the cotangent of the result and does nothing else", () => {
  assertEquals(
    pointwiseOf(`
      fn adjointU(i: u32) { setUBar( i, vBar(i) ) ; }
      fn forward(i: u32) { setV(i, vBar(i)); }
      fn scaled(i: u32) { setUBar(i, vBar(i) * 2.0); }
      fn twice(i: u32) { setUBar(i, vBar(i)); setUBar(i, vBar(i)); }`),
    { adjointU: true, forward: false, scaled: false, twice: false },
  );
  assertEquals(pointwiseOf("fn adjointU(i: u32) { setUBar(i, vBar(N - i)); }"), {});
  const handing = (wgsl: string) =>
    [...scanOp("op", wgsl).functions.values()].flatMap(({ name, handsOn }) => handsOn ? [name] : []);
  assertEquals(handing(ADD), ["adjointA", "adjointB"]);
  assertEquals(handing(SUB), ["adjointA"]);
  assertEquals(handing(SCALE), []);
  assertEquals(handing("import super::io::{vBar, setUBar};\nfn adjointU(i: u32) {setUBar(i, vBar(i));}"), [
    "adjointU",
  ]);
});

Deno.test("a function is a sum if it stores the sum of two tensors and does nothing else", () => {
  const isSum = (body: string) =>
    scanOp("op", `import super::io::{a, b, setV};\nfn forward(i: u32) { ${body} }`).functions.get("forward")!
      .isSum;
  assertEquals(isSum("setV(i, a(i) + b(i));"), true);
  assertEquals(isSum("setV( i,a( i )+ b(i) ) ;"), true);
  for (
    const body of [
      "setV(i, a(i) - b(i));",
      "setV(i, a(i));",
      "setV(i, a(i) + b(i) + a(i));",
      "setV(i, a(0) + b(i));",
    ]
  ) {
    assertEquals(isSum(body), false, body);
  }
  assertEquals(scanOp("add", ADD).functions.get("forward")!.isSum, true);
  assertEquals(scanOp("sub", SUB).functions.get("forward")!.isSum, false);
});

Deno.test("withoutComments keeps line breaks, and what stands around a comment apart", () => {
  assertEquals(withoutComments("a // b\nc /* d\ne */ f/* g */h"), "a \nc     \n     f       h");
  assertEquals(withoutComments("a / b * c */ d // e"), "a / b * c */ d ");
  assertEquals(withoutComments("a /* // */ b /*/ c */ d"), "a          b          d");
  assertEquals(withoutComments("a /* b */ c /* d */ e"), "a         c         e");
});

Deno.test("withoutComments takes a block comment inside a block comment as WGSL does", () => {
  assertEquals(withoutComments("a /* b /* c */ d */ e").replace(/\s+/g, " "), "a e");
});

Deno.test("withoutComments opens no block comment inside a line comment", () => {
  assertEquals(withoutComments("a // /* b\nc // */ d"), "a \nc ");
});

Deno.test("a body ends at the brace that closes it", () => {
  const text = `
    import super::io::{u, w};
    fn forward(i: u32) { if (i > 0) { for (;;) { u(i); } } }
    const x = w;`;
  assertEquals(reachesOf(text), { forward: ["u"] });
  assertEquals(reachesOf("import super::io::{u};\nfn forward(i: u32) { if (true) { u(i);"), {
    forward: ["u"],
  });
});

Deno.test("scanOp refuses a local that bears a name imported from io", () => {
  const forbidden = (statement: string) =>
    throwsExactly(
      () =>
        scanOp(
          "op",
          `import super::io::{u, setV};\nfn forward(i: u32) { setV(i, 0.0); }\nfn help() { ${statement} }`,
        ),
      SyntaxError,
      "Cannot define op op as no local may bear a name imported from io: current local in help is u",
    );
  forbidden("let u = 1;");
  forbidden("var u = u(0);");
  forbidden("const u = 1;");
  forbidden("for (var u = 0u; u < 3u; u++) {}");
  assertEquals(reachesOf("import super::io::{v};\nfn forward(i: u32) { let u = 1; var vv = u; }"), {
    forward: [],
  });
});

Deno.test("names of rules and setters begin with a capital after the verb", () => {
  assertEquals([adjointOf("u"), adjointOf("weight"), adjointOf("W2")], [
    "adjointU",
    "adjointWeight",
    "adjointW2",
  ]);
  assertEquals([setterOf("v"), setterOf("uBar")], ["setV", "setUBar"]);
});

Deno.test("adjoints of the library's ops read what their formulas name", () => {
  const TENSORS = ["u", "w", "b", "a", "p", "r", "v", "vBar"];
  const tensors = (wgsl: string) =>
    Object.fromEntries(
      Object.entries(reachesOf(wgsl)).filter(([name]) => /^forward$|^adjoint/.test(name))
        .map(([name, reaches]) => [name, reaches.filter((x) => TENSORS.includes(x)).join(" ")]),
    );
  assertEquals(tensors(CONV), { forward: "b u w", adjointU: "vBar w", adjointW: "u vBar", adjointB: "vBar" });
  assertEquals(tensors(DENSE), {
    forward: "b u w",
    adjointU: "vBar w",
    adjointW: "u vBar",
    adjointB: "vBar",
  });
  assertEquals(tensors(MSE), { forward: "p r", adjointP: "p r vBar", adjointR: "p r vBar" });
  assertEquals(tensors(TANH), { forward: "u", adjointU: "v vBar" });
  assertEquals(tensors(RELU), { forward: "u", adjointU: "v vBar" });
  assertEquals(tensors(SCALE), { forward: "u", adjointU: "vBar" });
  assertEquals(tensors(ADD), { forward: "a b", adjointA: "vBar", adjointB: "vBar" });
  assertEquals(tensors(SUB), { forward: "a b", adjointA: "vBar", adjointB: "vBar" });
});
