/**
 * The shaders as texts. Generated from `shaders/**.wgsl` by `deno task bundle`.
 *
 * @module
 */

/** The text of `shaders/abs.wgsl`. */
export const ABS = `// abs, element by element, with slope 0 at 0.
//
//   forward  v[i] = |u[i]|        adjointU  uBar[i] = vBar[i] sign(u[i])
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, abs(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * sign(u(i))); }
`;

/** The text of `shaders/add.wgsl`. */
export const ADD = `// add, element by element.
//
//   forward  v[i] = a[i] + b[i]        adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = vBar[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) + b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(i)); }
`;

/** The text of `shaders/concat.wgsl`. */
export const CONCAT = `// concat, one sample: the channels of a, then those of b.
//
//   forward  v[i] = a[i] for i < SIZE_A, else b[i - SIZE_A]
//   adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = vBar[SIZE_A + i]
//
// Shapes  a, aBar: [C_A, ...N], SIZE_A elements.  b, bBar: [C_B, ...N].  v, vBar: [C_A + C_B, ...N].
import super::io::{SIZE_A, a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) {
  if (i < SIZE_A) { setV(i, a(i)); } else { setV(i, b(i - SIZE_A)); }
}

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(SIZE_A + i)); }
`;

/** The text of `shaders/conv.wgsl`. */
export const CONV = `// conv, one sample, over one to three axes, cross-correlation with as many positions out as in, or a STRIDE-th of them.
//
//   forward   v[o,n]      = b[o] + sum_c sum_k w[o,c,k] u[c, source(n,k)]
//   adjointU  uBar[c,m]   = sum_o sum_k w[o,c,k] sum of vBar[o,n] over the n with source(n,k) = m
//   adjointW  wBar[o,c,k] = sum_n vBar[o,n] u[c, source(n,k)]
//   adjointB  bBar[o]     = sum_n vBar[o,n]
//
// n, m and k have a component for each axis; axes that u lacks have one point and one tap. On each of them source(n,k) is
// the element that stands at position q = n STRIDE + k DILATION - PAD of the padded axis:
//   PERIODIC  q mod N        ZEROS  none beyond the ends        REFLECT  mirrored at the end points, which are not repeated
//
// An element stands on the padded axes at its own position and, where the ends mirror, at up to two more on each axis:
// IMAGES, 1 or 3, 9, 27.
//
// Shapes  u, uBar: [C_IN, N_Z, N_Y, N_X], v, vBar: [C_OUT, OUT_Z, OUT_Y, OUT_X], x fastest, OUT = ceil(N / STRIDE).
//         w, wBar: [C_OUT, C_IN, K_Z, K_Y, K_X], (K - 1) DILATION < N.  b, bBar: [C_OUT].
import super::io::{
  C_IN, C_OUT, BOUNDARY, IMAGES, N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, K_Z, K_Y, K_X, PAD_Z, PAD_Y, PAD_X,
  STRIDE_Z, STRIDE_Y, STRIDE_X, DILATION_Z, DILATION_Y, DILATION_X, u, w, b, setV, vBar, setUBar,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

struct Axis { points: i32, taps: i32, pad: i32, stride: i32, dilation: i32 }

const Z = Axis(N_Z, K_Z, PAD_Z, STRIDE_Z, DILATION_Z);
const Y = Axis(N_Y, K_Y, PAD_Y, STRIDE_Y, DILATION_Y);
const X = Axis(N_X, K_X, PAD_X, STRIDE_X, DILATION_X);

const N = u32(N_Z * N_Y * N_X);
const OUT = u32(OUT_Z * OUT_Y * OUT_X);
const N_PLANE = N_Y * N_X;
const OUT_PLANE = OUT_Y * OUT_X;
const K_PLANE = u32(K_Y * K_X);

fn sourceOn(axis: Axis, n: u32, k: u32) -> i32 {
  let q = i32(n) * axis.stride + i32(k) * axis.dilation - axis.pad;
  let last = axis.points - 1;
  if (BOUNDARY == PERIODIC) { return (q + axis.points) % axis.points; }
  if (BOUNDARY == REFLECT) { return last - abs(last - abs(q)); }
  return select(NONE, q, q >= 0 && q <= last);
}

// The same on the two fast axes together, k counting their taps and the result their points.
fn sourceInPlane(n: u32, k: u32) -> i32 {
  let y = sourceOn(Y, n / OUT_X % OUT_Y, k / K_X);
  let x = sourceOn(X, n % OUT_X, k % K_X);
  return select(y * N_X + x, NONE, min(y, x) == NONE);
}

// Whether an image of m stands within the padded axis.
fn stands(axis: Axis, m: u32, image: i32) -> bool {
  let fromStart = i32(m);
  let fromEnd = axis.points - 1 - fromStart;
  if (image == 1) { return fromStart > 0 && fromStart <= axis.pad; }
  if (image == 2) { return fromEnd > 0 && fromEnd <= (axis.taps - 1) * axis.dilation - axis.pad; }
  return true;
}

// The n with n STRIDE + k DILATION - PAD = q, an image of m; NONE where there is none.
fn readerOn(axis: Axis, m: u32, image: i32, k: u32) -> i32 {
  var q = i32(m);
  if (image == 1) { q = -q; }
  if (image == 2) { q = 2 * (axis.points - 1) - q; }
  q += axis.pad - i32(k) * axis.dilation;
  if (BOUNDARY == PERIODIC) { q = (q + axis.points) % axis.points; }
  return select(NONE, q / axis.stride, q >= 0 && q < axis.points && q % axis.stride == 0);
}

fn forward(i: u32) {
  let o = i / OUT;
  let n = i % OUT;
  var sum = b(o);
  for (var kz = 0u; kz < K_Z; kz++) {
    let z = sourceOn(Z, n / OUT_PLANE % OUT_Z, kz);
    if (z == NONE) { continue; }
    for (var c = 0u; c < C_IN; c++) {
      for (var k = 0u; k < K_PLANE; k++) {
        let m = sourceInPlane(n, k);
        if (m == NONE) { continue; }
        sum += w(((o * C_IN + c) * K_Z + kz) * K_PLANE + k) * u(c * N + u32(z * N_PLANE + m));
      }
    }
  }
  setV(i, sum);
}

fn adjointU(i: u32) {
  let c = i / N;
  let mz = i / N_PLANE % N_Z;
  let my = i / N_X % N_Y;
  let mx = i % N_X;
  var sum = 0.0;
  for (var image = 0; image < IMAGES; image++) {
    let iz = image / 9;
    let iy = image / 3 % 3;
    let ix = image % 3;
    if (!stands(Z, mz, iz) || !stands(Y, my, iy) || !stands(X, mx, ix)) { continue; }
    for (var kz = 0u; kz < K_Z; kz++) {
      let z = readerOn(Z, mz, iz, kz);
      if (z == NONE) { continue; }
      for (var o = 0u; o < C_OUT; o++) {
        for (var k = 0u; k < K_PLANE; k++) {
          let y = readerOn(Y, my, iy, k / K_X);
          let x = readerOn(X, mx, ix, k % K_X);
          if (min(y, x) == NONE) { continue; }
          sum += w(((o * C_IN + c) * K_Z + kz) * K_PLANE + k) * vBar(o * OUT + u32((z * OUT_Y + y) * OUT_X + x));
        }
      }
    }
  }
  setUBar(i, sum);
}

fn adjointW(i: u32, n: u32) -> f32 {
  let o = i / (C_IN * K_Z * K_PLANE);
  let c = i / (K_Z * K_PLANE) % C_IN;
  let z = sourceOn(Z, n / OUT_PLANE % OUT_Z, i / K_PLANE % K_Z);
  let m = sourceInPlane(n, i % K_PLANE);
  if (z == NONE || m == NONE) { return 0.0; }
  return vBar(o * OUT + n) * u(c * N + u32(z * N_PLANE + m));
}

fn adjointB(o: u32, n: u32) -> f32 {
  return vBar(o * OUT + n);
}
`;

/** The text of `shaders/conv_block.wgsl`. */
export const CONV_BLOCK = `// conv, one sample, in blocks of registers: the sums of conv.wgsl in another order.
//
// A call of forward computes BLOCK_OUT channels of v, up to 16, at 16 neighbouring points of the x axis. With TAPS = 3
// it takes three taps of that axis at a time, for which it reads 18 points of u; with TAPS = 1, where there is only one
// or the axis has a stride or a dilation, one, for which it reads 16. adjointU is the same with the taps in reverse, for
// periodic axes and zeros. Each reads the weights in an order of its own, \`packed\` in src/ops/conv_block.ts. Registers are
// copied in each turn of a loop around them, so there are as few loops as can be.
//
// Shapes  as in conv.wgsl. adjointU with strides: on periodic axes N must be a multiple of them.
import super::io::{
  C_IN, C_OUT, BLOCK_IN, BLOCK_OUT, TAPS, BOUNDARY, N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, K_Z, K_Y, K_X,
  PAD_Z, PAD_Y, PAD_X, STRIDE_Z, STRIDE_Y, STRIDE_X, DILATION_Z, DILATION_Y, DILATION_X,
  u, u4, wPacked4, b, setV, setV4, vBar, vBar4, setUBar, setUBar4,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

const POINTS = 16;
const ROWS = 8;                             // channels in a Block; a call has one or two
const N_PLANE = N_Y * N_X;
const N = N_Z * N_PLANE;
const OUT_PLANE = OUT_Y * OUT_X;
const OUT = OUT_Z * OUT_PLANE;
const IS_LINE = N_Z * N_Y * K_Z * K_Y == 1; // whether there is only one row, which every tap sees
const GROUPS_OUT = (BLOCK_OUT + 3) / 4;     // fours of channels that a call computes
const GROUPS_IN = (BLOCK_IN + 3) / 4;
const ALL_TAPS = (K_X + TAPS - 1) / TAPS * TAPS;
const FOURS_OUT = ALL_TAPS * GROUPS_OUT;    // fours of weights for a row of u
const FOURS_IN = ALL_TAPS * GROUPS_IN;
const BLOCKS = (OUT_X + POINTS - 1) / POINTS; // of a row of v
const U_BLOCKS = (N_X + POINTS - 1) / POINTS; // of a row of u
const IS_RAGGED = OUT_X % POINTS != 0;
const IS_U_RAGGED = N_X % POINTS != 0;
const LEFT_X = (K_X - 1) * DILATION_X - PAD_X; // what stands before a point in adjointU
// Whether four neighbours that a single tap sees begin at a multiple of 4.
const ARE_FOURS = STRIDE_X == 1 && (K_X == 1 || DILATION_X % 4 == 0) && N_X % 4 == 0 && BOUNDARY != REFLECT;

// The element at position q of a padded axis of that many points; NONE where there is none.
fn within(points: i32, q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(select(q, q - points, q >= points), q + points, q < 0); }
  if (BOUNDARY == REFLECT) { return points - 1 - abs(points - 1 - abs(q)); }
  return select(NONE, q, q >= 0 && q < points);
}

// The point of v whose reads begin at position q of an axis of u; NONE where there is none.
fn reader(points: i32, stride: i32, q: i32) -> i32 {
  if (STRIDE_Z * STRIDE_Y * STRIDE_X == 1) { return within(points, q); }
  let fromStart = q + stride * points; // >= 0
  return select(NONE, within(points, fromStart / stride - points), fromStart % stride == 0);
}

// The start of the row of u at positions z and y, NONE where there is none.
fn uRow(z: i32, y: i32) -> i32 {
  let inZ = within(N_Z, z);
  let inY = within(N_Y, y);
  return select(inZ * N_PLANE + inY * N_X, NONE, min(inZ, inY) == NONE);
}

// The start of the row of v whose reads begin at positions z and y, NONE where there is none.
fn vRow(z: i32, y: i32) -> i32 {
  let inZ = reader(OUT_Z, STRIDE_Z, z);
  let inY = reader(OUT_Y, STRIDE_Y, y);
  return select(inZ * OUT_PLANE + inY * OUT_X, NONE, min(inZ, inY) == NONE);
}

fn uAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(u(row + u32(max(x, 0))), 0.0, x == NONE);
}

fn vBarAt(row: u32, q: i32) -> f32 {
  let x = reader(OUT_X, STRIDE_X, q);
  return select(vBar(row + u32(max(x, 0))), 0.0, x == NONE);
}

// What four neighbouring points of v read through a tap, the first one at q.
fn uRun(row: u32, q: i32) -> vec4f {
  if (TAPS == 1 && ARE_FOURS) {
    let x = within(N_X, q);
    return select(u4(row + u32(max(x, 0))), vec4f(), x == NONE);
  }
  return vec4f(uAt(row, q), uAt(row, q + STRIDE_X), uAt(row, q + 2 * STRIDE_X), uAt(row, q + 3 * STRIDE_X));
}

fn vBarRun(row: u32, q: i32) -> vec4f {
  if (TAPS == 1 && ARE_FOURS) {
    let x = within(OUT_X, q);
    return select(vBar4(row + u32(max(x, 0))), vec4f(), x == NONE);
  }
  return vec4f(vBarAt(row, q), vBarAt(row, q + 1), vBarAt(row, q + 2), vBarAt(row, q + 3));
}

// What three taps read of a row: 16 points each, one further on than those of the tap before. With TAPS = 1 only the first
// one counts.
struct Windows { x0: mat4x4f, x1: mat4x4f, x2: mat4x4f }

fn toLeft(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(m[0].yzw, m[1].x), vec4f(m[1].yzw, m[2].x), vec4f(m[2].yzw, m[3].x), vec4f(m[3].yzw, x));
}

fn toRight(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(x, m[0].xyz), vec4f(m[0].w, m[1].xyz), vec4f(m[1].w, m[2].xyz), vec4f(m[2].w, m[3].xyz));
}

fn after(x0: mat4x4f, next: vec2f) -> Windows {
  let x1 = toLeft(x0, next.x);
  return Windows(x0, x1, toLeft(x1, next.y));
}

fn around(left: f32, middle: mat4x4f, right: f32) -> Windows {
  return Windows(toRight(middle, left), middle, toLeft(middle, right));
}

// Of the taps from k on, at the points from n on.
fn uWindows(row: u32, n: i32, k: i32) -> Windows {
  if (TAPS == 3 && K_X == 3 && !IS_RAGGED) {
    let at = row + u32(n);
    return around(uAt(row, n - 1), mat4x4f(u4(at), u4(at + 4), u4(at + 8), u4(at + 12)), uAt(row, n + POINTS));
  }
  let q = n * STRIDE_X + k * DILATION_X - PAD_X;
  let by = 4 * STRIDE_X;
  let x0 = mat4x4f(uRun(row, q), uRun(row, q + by), uRun(row, q + 2 * by), uRun(row, q + 3 * by));
  if (TAPS == 1) { return Windows(x0, x0, x0); }
  return after(x0, vec2f(uAt(row, q + POINTS), uAt(row, q + POINTS + 1)));
}

fn vBarWindows(row: u32, n: i32, k: i32) -> Windows {
  if (TAPS == 3 && K_X == 3 && !IS_RAGGED) {
    let at = row + u32(n);
    let middle = mat4x4f(vBar4(at), vBar4(at + 4), vBar4(at + 8), vBar4(at + 12));
    return around(vBarAt(row, n - 1), middle, vBarAt(row, n + POINTS));
  }
  let q = n + k * DILATION_X - LEFT_X;
  let x0 = mat4x4f(vBarRun(row, q), vBarRun(row, q + 4), vBarRun(row, q + 8), vBarRun(row, q + 12));
  if (TAPS == 1) { return Windows(x0, x0, x0); }
  return after(x0, vec2f(vBarAt(row, q + POINTS), vBarAt(row, q + POINTS + 1)));
}

struct Block { a0: mat4x4f, a1: mat4x4f, a2: mat4x4f, a3: mat4x4f, a4: mat4x4f, a5: mat4x4f, a6: mat4x4f, a7: mat4x4f }

// The weights of four channels for three taps; with TAPS = 1 only the first one counts.
struct Weights { k0: vec4f, k1: vec4f, k2: vec4f }

// Those of the four at \`first\` in the order of the function, in which the next tap is \`groups\` fours further on.
fn weights(first: i32, groups: i32) -> Weights {
  let k0 = wPacked4(u32(first));
  if (TAPS == 1 || K_X == 1) { return Weights(k0, vec4f(), vec4f()); }
  let k1 = wPacked4(u32(first + groups));
  if (K_X == 2) { return Weights(k0, k1, vec4f()); }
  return Weights(k0, k1, wPacked4(u32(first + 2 * groups)));
}

fn tapped(x0: vec4f, x1: vec4f, x2: vec4f, k: vec3f) -> vec4f {
  if (TAPS == 1 || K_X == 1) { return k.x * x0; }
  if (K_X == 2) { return k.x * x0 + k.y * x1; }
  return k.x * x0 + k.y * x1 + k.z * x2;
}

fn added(sum: mat4x4f, x: Windows, k: vec3f) -> mat4x4f {
  return mat4x4f(
    sum[0] + tapped(x.x0[0], x.x1[0], x.x2[0], k), sum[1] + tapped(x.x0[1], x.x1[1], x.x2[1], k),
    sum[2] + tapped(x.x0[2], x.x1[2], x.x2[2], k), sum[3] + tapped(x.x0[3], x.x1[3], x.x2[3], k),
  );
}

// Adds the products for so many channels, up to 8, the first four of which have their weights at \`first\`.
fn gather(block: ptr<function, Block>, x: Windows, first: i32, groups: i32, channels: i32) {
  let low = weights(first, groups);
  (*block).a0 = added((*block).a0, x, vec3f(low.k0.x, low.k1.x, low.k2.x));
  if (channels > 1) { (*block).a1 = added((*block).a1, x, vec3f(low.k0.y, low.k1.y, low.k2.y)); }
  if (channels > 2) { (*block).a2 = added((*block).a2, x, vec3f(low.k0.z, low.k1.z, low.k2.z)); }
  if (channels > 3) { (*block).a3 = added((*block).a3, x, vec3f(low.k0.w, low.k1.w, low.k2.w)); }
  if (channels > 4) {
    let high = weights(first + 1, groups);
    (*block).a4 = added((*block).a4, x, vec3f(high.k0.x, high.k1.x, high.k2.x));
    if (channels > 5) { (*block).a5 = added((*block).a5, x, vec3f(high.k0.y, high.k1.y, high.k2.y)); }
    if (channels > 6) { (*block).a6 = added((*block).a6, x, vec3f(high.k0.z, high.k1.z, high.k2.z)); }
    if (channels > 7) { (*block).a7 = added((*block).a7, x, vec3f(high.k0.w, high.k1.w, high.k2.w)); }
  }
}

// Adds them for all channels of a call, those beyond 8 to the second block.
fn gatherAll(block: ptr<function, Block>, second: ptr<function, Block>, x: Windows, first: i32, channels: i32) {
  let groups = (channels + 3) / 4;
  gather(block, x, first, groups, channels);
  if (channels > ROWS) { gather(second, x, first + 2, groups, channels - ROWS); }
}

// Moves each row into the one before. Blocks are stored row by row in a loop that moves the next one to the front: text
// with a store for each element, or a loop over an array of registers, compiles for longer.
fn pull(block: ptr<function, Block>) {
  (*block).a0 = (*block).a1;
  (*block).a1 = (*block).a2;
  (*block).a2 = (*block).a3;
  (*block).a3 = (*block).a4;
  (*block).a4 = (*block).a5;
  (*block).a5 = (*block).a6;
  (*block).a6 = (*block).a7;
}

const ONES = mat4x4f(vec4f(1), vec4f(1), vec4f(1), vec4f(1));

fn biases(o: u32) -> Block {
  return Block(
    b(o) * ONES, b(o + 1) * ONES, b(o + 2) * ONES, b(o + 3) * ONES,
    b(o + 4) * ONES, b(o + 5) * ONES, b(o + 6) * ONES, b(o + 7) * ONES,
  );
}

// Adds the products with all channels of u at a row of taps, which sees the rows of u at \`plane\`.
fn addChannels(block: ptr<function, Block>, second: ptr<function, Block>, plane: i32, kzy: i32, n: i32, o: u32) {
  for (var c = 0; c < C_IN; c++) {
    let row = u32(c * N + plane);
    let at = (i32(o) / BLOCK_OUT * C_IN + c) * K_Z * K_Y + kzy;
    if (K_X <= TAPS) {
      gatherAll(block, second, uWindows(row, n, 0), at * FOURS_OUT, BLOCK_OUT);
    } else {
      for (var k = 0; k < K_X; k += TAPS) {
        gatherAll(block, second, uWindows(row, n, k), at * FOURS_OUT + k * GROUPS_OUT, BLOCK_OUT);
      }
    }
  }
}

fn forward(i: u32) {
  let n = i32(i % BLOCKS * POINTS);
  let y = i32(i / BLOCKS % OUT_Y);
  let z = i32(i / (BLOCKS * OUT_Y) % OUT_Z);
  let o = i / (BLOCKS * OUT_Y * OUT_Z) * BLOCK_OUT;
  var block = biases(o);
  var second = Block();
  if (BLOCK_OUT > ROWS) { second = biases(o + ROWS); }
  if (IS_LINE) {
    addChannels(&block, &second, 0, 0, n, o);
  } else {
    for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
      let plane = uRow(
        z * STRIDE_Z + kzy / K_Y * DILATION_Z - PAD_Z,
        y * STRIDE_Y + kzy % K_Y * DILATION_Y - PAD_Y,
      );
      if (plane != NONE) { addChannels(&block, &second, plane, kzy, n, o); }
    }
  }
  let position = u32(z * OUT_PLANE + y * OUT_X + n);
  for (var row = 0u; row < BLOCK_OUT && o + row < C_OUT; row++) {
    let at = (o + row) * OUT + position;
    putV4(at, n, block.a0[0]);
    putV4(at + 4, n + 4, block.a0[1]);
    putV4(at + 8, n + 8, block.a0[2]);
    putV4(at + 12, n + 12, block.a0[3]);
    pull(&block);
    if (BLOCK_OUT > ROWS) {
      block.a7 = second.a0;
      pull(&second);
    }
  }
}

fn putV4(at: u32, n: i32, x: vec4f) {
  if (!IS_RAGGED) {
    setV4(at, x);
  } else {
    if (n < OUT_X) { setV(at, x.x); }
    if (n + 1 < OUT_X) { setV(at + 1, x.y); }
    if (n + 2 < OUT_X) { setV(at + 2, x.z); }
    if (n + 3 < OUT_X) { setV(at + 3, x.w); }
  }
}

// Adds the products with the cotangents of all channels of v at a row of taps, which sees their rows at \`plane\`.
fn addCotangents(block: ptr<function, Block>, second: ptr<function, Block>, plane: i32, kzy: i32, m: i32, c: u32) {
  for (var o = 0; o < C_OUT; o++) {
    let row = u32(o * OUT + plane);
    let at = (i32(c) / BLOCK_IN * C_OUT + o) * K_Z * K_Y + kzy;
    if (K_X <= TAPS) {
      gatherAll(block, second, vBarWindows(row, m, 0), at * FOURS_IN, BLOCK_IN);
    } else {
      for (var k = 0; k < K_X; k += TAPS) {
        gatherAll(block, second, vBarWindows(row, m, k), at * FOURS_IN + k * GROUPS_IN, BLOCK_IN);
      }
    }
  }
}

fn adjointU(i: u32) {
  let m = i32(i % U_BLOCKS * POINTS);
  let y = i32(i / U_BLOCKS % N_Y);
  let z = i32(i / (U_BLOCKS * N_Y) % N_Z);
  let c = i / (U_BLOCKS * N_Y * N_Z) * BLOCK_IN;
  var block = Block();
  var second = Block();
  if (IS_LINE) {
    addCotangents(&block, &second, 0, 0, m, c);
  } else {
    for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
      let plane = vRow(z - kzy / K_Y * DILATION_Z + PAD_Z, y - kzy % K_Y * DILATION_Y + PAD_Y);
      if (plane != NONE) { addCotangents(&block, &second, plane, kzy, m, c); }
    }
  }
  let position = u32(z * N_PLANE + y * N_X + m);
  for (var row = 0u; row < BLOCK_IN && c + row < C_IN; row++) {
    let at = (c + row) * N + position;
    putUBar4(at, m, block.a0[0]);
    putUBar4(at + 4, m + 4, block.a0[1]);
    putUBar4(at + 8, m + 8, block.a0[2]);
    putUBar4(at + 12, m + 12, block.a0[3]);
    pull(&block);
    if (BLOCK_IN > ROWS) {
      block.a7 = second.a0;
      pull(&second);
    }
  }
}

fn putUBar4(at: u32, m: i32, x: vec4f) {
  if (!IS_U_RAGGED) {
    setUBar4(at, x);
  } else {
    if (m < N_X) { setUBar(at, x.x); }
    if (m + 1 < N_X) { setUBar(at + 1, x.y); }
    if (m + 2 < N_X) { setUBar(at + 2, x.z); }
    if (m + 3 < N_X) { setUBar(at + 3, x.w); }
  }
}
`;

/** The text of `shaders/conv_weights_block.wgsl`. */
export const CONV_WEIGHTS_BLOCK = `// conv, one sample: the weights' and biases' adjoints in blocks of registers, the sums of conv.wgsl in another order.
//
// A call of adjointW adds, over all n, 8 channels of v by FED of u, up to 4, by TAPS taps of the x axis: three, or one where
// there is no other or that axis has a stride or a dilation. Those of the first channels of u and one tap also add vBar
// itself, for the biases. A call of adjointB adds a channel of vBar.
//
// Shapes  as in conv.wgsl.
import super::io::{
  C_IN, C_OUT, FED, TAPS, BOUNDARY, N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, K_Z, K_Y, K_X, PAD_Z, PAD_Y, PAD_X,
  STRIDE_Z, STRIDE_Y, STRIDE_X, DILATION_Z, DILATION_Y, DILATION_X,
  u, u4, vBar, vBar4, setWBar, setWBar4, setBBar, setBBar4,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

const ROWS = 8;                             // channels of v in a call of adjointW
const N_PLANE = N_Y * N_X;
const N = N_Z * N_PLANE;
const OUT = OUT_Z * OUT_Y * OUT_X;
const K = K_Z * K_Y * K_X;
const AHEAD = (TAPS - 1) / 2 * 5;           // how far the points of u are read ahead
const FED_BLOCKS = (C_IN + FED - 1) / FED;
const TAP_BLOCKS = (K_X + TAPS - 1) / TAPS;

// The element at position q of a padded axis of that many points; NONE where there is none.
fn within(points: i32, q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(select(q, q - points, q >= points), q + points, q < 0); }
  if (BOUNDARY == REFLECT) { return points - 1 - abs(points - 1 - abs(q)); }
  return select(NONE, q, q >= 0 && q < points);
}

// The start of the row of u at positions z and y, NONE where there is none.
fn uRow(z: i32, y: i32) -> i32 {
  let inZ = within(N_Z, z);
  let inY = within(N_Y, y);
  return select(inZ * N_PLANE + inY * N_X, NONE, min(inZ, inY) == NONE);
}

fn uAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(u(row + u32(clamp(x, 0, N_X - 1))), 0.0, x == NONE);
}

// What four neighbouring points of v read through a tap, the first one at q.
fn uRun(row: u32, q: i32) -> vec4f {
  return vec4f(uAt(row, q), uAt(row, q + STRIDE_X), uAt(row, q + 2 * STRIDE_X), uAt(row, q + 3 * STRIDE_X));
}

// For one channel of u and up to 3 taps the sums over n for 8 channels of v, 4 and 4; and the points of u that the first two
// taps read, \`last\` and then \`x\`.
struct Sums { low0: vec4f, low1: vec4f, low2: vec4f, high0: vec4f, high1: vec4f, high2: vec4f, last: f32, x: vec4f }

// Whether what \`uNext\` gives begins at a multiple of 4.
const ARE_FOURS = STRIDE_X == 1 && N_X % 4 == 0 && BOUNDARY != REFLECT &&
  ((TAPS == 3 && K_X == 3) || (TAPS == 1 && (K_X == 1 || DILATION_X % 4 == 0)));

// The same, from memory by fours where it can be.
fn uNext(row: u32, q: i32) -> vec4f {
  if (!ARE_FOURS) { return uRun(row, q); }
  let x = within(N_X, q);
  return select(u4(row + u32(max(x, 0))), vec4f(), x == NONE);
}

fn begin(sums: ptr<function, Sums>, row: u32, first: i32) {
  (*sums).last = uAt(row, first);
  (*sums).x = uNext(row, first + 1);
}

// Adds the products at four points: a column of \`low\` or \`high\` is a channel of vBar there. The next points of u stand
// from position q of the row on; with TAPS = 1 those that are read now.
fn advance(sums: ptr<function, Sums>, row: u32, q: i32, low: mat4x4f, high: mat4x4f) {
  let next = uNext(row, q);
  if (TAPS == 1) {
    (*sums).low0 += next * low;
    if (C_OUT > 4) { (*sums).high0 += next * high; }
    return;
  }
  let x1 = (*sums).x;
  let x0 = vec4f((*sums).last, x1.xyz);
  let x2 = vec4f(x1.yzw, next.x);
  (*sums).low0 += x0 * low;
  (*sums).low1 += x1 * low;
  (*sums).low2 += x2 * low;
  if (C_OUT > 4) {
    (*sums).high0 += x0 * high;
    (*sums).high1 += x1 * high;
    (*sums).high2 += x2 * high;
  }
  (*sums).last = x1.w;
  (*sums).x = next;
}

// Four points of the row of vBar that starts at \`first\`, for one of the channels from there on; 0 beyond the row's end and
// where no block has that channel.
fn vBarRun(first: u32, channel: u32, n: i32) -> vec4f {
  if (channel >= C_OUT) { return vec4f(); }
  let row = first + channel * OUT;
  if (OUT_X % 4 == 0) { return vBar4(row + u32(n)); }
  let at = vec4i(n, n + 1, n + 2, n + 3);
  let inside = min(at, vec4i(OUT_X - 1));
  let x = vec4f(vBar(row + u32(inside.x)), vBar(row + u32(inside.y)), vBar(row + u32(inside.z)), vBar(row + u32(inside.w)));
  return select(vec4f(), x, at == inside);
}

fn vBarRuns(first: u32, channel: u32, n: i32) -> mat4x4f {
  return mat4x4f(
    vBarRun(first, channel, n), vBarRun(first, channel + 1, n),
    vBarRun(first, channel + 2, n), vBarRun(first, channel + 3, n),
  );
}

// The sums over n of vBar for 8 channels of v.
struct Biases { low: vec4f, high: vec4f }

// Adds the products over a row of vBar, which starts at v, and the row of u at \`plane\`. Rows beyond the last channel give
// sums that are not stored.
fn addRow(
  s0: ptr<function, Sums>, s1: ptr<function, Sums>, s2: ptr<function, Sums>, s3: ptr<function, Sums>,
  biases: ptr<function, Biases>, v: u32, row0: u32, first: i32,
) {
  let row1 = row0 + N;
  let row2 = row0 + 2 * N;
  let row3 = row0 + 3 * N;
  if (TAPS > 1) { begin(s0, row0, first); }
  if (TAPS > 1 && FED > 1) { begin(s1, row1, first); }
  if (TAPS > 1 && FED > 2) { begin(s2, row2, first); }
  if (TAPS > 1 && FED > 3) { begin(s3, row3, first); }
  for (var n = 0; n < OUT_X; n += 4) {
    let x = vBarRuns(v, 0, n);
    let y = vBarRuns(v, 4, n);
    (*biases).low += vec4f(1) * x;
    (*biases).high += vec4f(1) * y;
    let q = first + n * STRIDE_X + AHEAD;
    advance(s0, row0, q, x, y);
    if (FED > 1) { advance(s1, row1, q, x, y); }
    if (FED > 2) { advance(s2, row2, q, x, y); }
    if (FED > 3) { advance(s3, row3, q, x, y); }
  }
}

fn adjointW(i: u32) {
  let k = i % TAP_BLOCKS * TAPS;
  let kzy = i / TAP_BLOCKS % (K_Z * K_Y);
  let c = i / (TAP_BLOCKS * K_Z * K_Y) % FED_BLOCKS * FED;
  let o = i / (TAP_BLOCKS * K_Z * K_Y) / FED_BLOCKS * ROWS;
  let first = i32(k) * DILATION_X - PAD_X;
  // Of the taps that see a row of u for each row of v.
  let addsBiases = c == 0 && k == 0 && kzy == PAD_Z / DILATION_Z * K_Y + PAD_Y / DILATION_Y;
  var s0 = Sums();
  var s1 = Sums();
  var s2 = Sums();
  var s3 = Sums();
  var biases = Biases();
  if (N_Z * N_Y == 1) {
    addRow(&s0, &s1, &s2, &s3, &biases, o * OUT, c * N, first);
  } else {
    for (var zy = 0; zy < OUT_Z * OUT_Y; zy++) {
      let plane = uRow(
        zy / OUT_Y * STRIDE_Z + i32(kzy / K_Y) * DILATION_Z - PAD_Z,
        zy % OUT_Y * STRIDE_Y + i32(kzy % K_Y) * DILATION_Y - PAD_Y,
      );
      if (plane == NONE) { continue; }
      addRow(&s0, &s1, &s2, &s3, &biases, o * OUT + u32(zy * OUT_X), c * N + u32(plane), first);
    }
  }
  for (var row = 0u; row < ROWS && o + row < C_OUT; row++) {
    putWeights(((o + row) * C_IN + c) * K + kzy * K_X + k, c, k, array(front(s0), front(s1), front(s2), front(s3)));
    pullSums(&s0);
    pullSums(&s1);
    pullSums(&s2);
    pullSums(&s3);
  }
  if (addsBiases) { putBiases(o, biases); }
}

fn putBiases(o: u32, biases: Biases) {
  if (C_OUT % 4 == 0) {
    setBBar4(o, biases.low);
    if (o + 4 < C_OUT) { setBBar4(o + 4, biases.high); }
  } else {
    var rest = biases;
    for (var row = 0u; row < ROWS && o + row < C_OUT; row++) {
      setBBar(o + row, rest.low.x);
      rest = Biases(vec4f(rest.low.yzw, rest.high.x), rest.high.yzwx);
    }
  }
}

// The sums of up to three taps for the channel of v that stands in front.
fn front(sums: Sums) -> vec3f { return vec3f(sums.low0.x, sums.low1.x, sums.low2.x); }

// Adds the front of each channel of u from c on; the weight of the first one and tap k is at \`first\`.
fn putWeights(first: u32, c: u32, k: u32, sums: array<vec3f, 4>) {
  if (TAPS == 3 && K_X == 3 && K == 3 && FED == 4 && C_IN % FED == 0) {
    // The weights of four channels of u lie one behind the other.
    setWBar4(first, vec4f(sums[0], sums[1].x));
    setWBar4(first + 4, vec4f(sums[1].yz, sums[2].xy));
    setWBar4(first + 8, vec4f(sums[2].z, sums[3]));
  } else {
    var taps = sums;
    for (var fed = 0u; fed < FED && c + fed < C_IN; fed++) {
      let at = first + fed * K;
      setWBar(at, taps[0].x);
      if (TAPS > 1) {
        if (k + 1 < K_X) { setWBar(at + 1, taps[0].y); }
        if (k + 2 < K_X) { setWBar(at + 2, taps[0].z); }
      }
      taps = array(taps[1], taps[2], taps[3], taps[3]);
    }
  }
}

// Moves each channel of v into the one before, so that its sums can be stored from the front in a loop.
fn pullSums(sums: ptr<function, Sums>) {
  (*sums).low0 = vec4f((*sums).low0.yzw, (*sums).high0.x);
  (*sums).low1 = vec4f((*sums).low1.yzw, (*sums).high1.x);
  (*sums).low2 = vec4f((*sums).low2.yzw, (*sums).high2.x);
  (*sums).high0 = (*sums).high0.yzwx;
  (*sums).high1 = (*sums).high1.yzwx;
  (*sums).high2 = (*sums).high2.yzwx;
}

fn adjointB(o: u32) {
  if (OUT % 4 == 0) {
    var sum = vec4f();
    for (var n = 0u; n < OUT; n += 4) { sum += vBar4(o * OUT + n); }
    setBBar(o, (sum.x + sum.y) + (sum.z + sum.w));
  } else {
    var sum = 0.0;
    for (var n = 0u; n < OUT; n++) { sum += vBar(o * OUT + n); }
    setBBar(o, sum);
  }
}
`;

/** The text of `shaders/dense.wgsl`. */
export const DENSE = `// dense, one sample: an affine map of a vector.
//
//   forward   v[o]    = b[o] + sum_d w[o,d] u[d]
//   adjointU  uBar[d] = sum_o w[o,d] vBar[o]
//   adjointW  wBar[o,d] = vBar[o] u[d]        adjointB  bBar[o] = vBar[o]
//
// Shapes  u, uBar: [D_IN], v, vBar: [D_OUT].  w, wBar: [D_OUT, D_IN].  b, bBar: [D_OUT].
import super::io::{D_IN, D_OUT, u, w, b, setV, vBar, setUBar, setWBar, setBBar};

fn forward(o: u32) {
  var sum = b(o);
  for (var d = 0u; d < D_IN; d++) { sum += w(o * D_IN + d) * u(d); }
  setV(o, sum);
}

fn adjointU(d: u32) {
  var sum = 0.0;
  for (var o = 0u; o < D_OUT; o++) { sum += w(o * D_IN + d) * vBar(o); }
  setUBar(d, sum);
}

fn adjointW(i: u32) { setWBar(i, vBar(i / D_IN) * u(i % D_IN)); }

fn adjointB(o: u32) { setBBar(o, vBar(o)); }
`;

/** The text of `shaders/dense_block.wgsl`. */
export const DENSE_BLOCK = `// dense, one sample, in blocks of registers, for D_IN a multiple of 4: the sums of dense.wgsl in another order.
//
// A call of forward computes 8 numbers of v, one of adjointU 16 of uBar, one of adjointW 8 rows by 4 columns of wBar.
//
// Shapes  as in dense.wgsl.
import super::io::{D_IN, D_OUT, u4, w4, b, setV, vBar, setUBar4, setWBar4};

const ROWS = 8;
const COLUMNS = 16;

fn row(o: u32) -> u32 { return min(o, D_OUT - 1) * D_IN; }

fn forward(i: u32) {
  let o = i * ROWS;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  for (var d = 0u; d < D_IN; d += 4) {
    let x = u4(d);
    s0 += w4(row(o) + d) * x;
    s1 += w4(row(o + 1) + d) * x;
    s2 += w4(row(o + 2) + d) * x;
    s3 += w4(row(o + 3) + d) * x;
    s4 += w4(row(o + 4) + d) * x;
    s5 += w4(row(o + 5) + d) * x;
    s6 += w4(row(o + 6) + d) * x;
    s7 += w4(row(o + 7) + d) * x;
  }
  put(o, s0);
  put(o + 1, s1);
  put(o + 2, s2);
  put(o + 3, s3);
  put(o + 4, s4);
  put(o + 5, s5);
  put(o + 6, s6);
  put(o + 7, s7);
}

fn put(o: u32, sums: vec4f) {
  if (o < D_OUT) { setV(o, b(o) + ((sums.x + sums.y) + (sums.z + sums.w))); }
}

fn adjointU(i: u32) {
  let d = i * COLUMNS;
  var sums = mat4x4f();
  for (var o = 0u; o < D_OUT; o++) {
    let at = o * D_IN + d;
    sums += vBar(o) * mat4x4f(w4(at), w4(at + 4), w4(at + 8), w4(at + 12));
  }
  setUBar4(d, sums[0]);
  if (d + 4 < D_IN) { setUBar4(d + 4, sums[1]); }
  if (d + 8 < D_IN) { setUBar4(d + 8, sums[2]); }
  if (d + 12 < D_IN) { setUBar4(d + 12, sums[3]); }
}

fn adjointW(i: u32) {
  let d = i % (D_IN / 4) * 4;
  let first = i / (D_IN / 4) * ROWS;
  let x = u4(d);
  for (var row = 0u; row < ROWS && first + row < D_OUT; row++) {
    setWBar4((first + row) * D_IN + d, vBar(first + row) * x);
  }
}
`;

/** The text of `shaders/div.wgsl`. */
export const DIV = `// div, element by element.
//
//   forward  v[i] = a[i] / b[i]
//   adjointA  aBar[i] = vBar[i] / b[i]        adjointB  bBar[i] = -vBar[i] a[i] / b[i]^2
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) / b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i) / b(i)); }

// Two quotients, as b^2 may leave the range of float32 where they do not.
fn adjointB(i: u32) { setBBar(i, -(vBar(i) / b(i)) * (a(i) / b(i))); }
`;

/** The text of `shaders/frames/action.wgsl`. */
export const FRAMES_ACTION = `// What varies by action, by update and by launch. The host writes the records by their layouts in the linked text.

// One action of the program. Slots count samples' places in a pool of equally large tensors.
struct Action {
  inputs: vec4u,       // slots of the states read
  inputBars: vec4u,    // slots of their cotangents
  inputBarsAdd: vec4u, // 1 where the contribution adds to an earlier one
  times: vec2u,        // time levels of the snapshots read
  output: u32,         // slot of the state written
  outputBar: u32,      // slot of its cotangent
  activations: u32,    // slot of the kept activations
  parametersAdd: u32,  // 1 where parameter cotangents add to those of an earlier action
  term: u32,           // which loss
  weight: f32,         // its factor
}

// One update: a batch of \`batch\` rows for each of \`members\` members, of which the first \`live\` rows are samples.
struct Update {
  batch: u32,
  members: u32,
  live: u32,
  groups: u32,    // lanes that share the samples of a parameter cotangent
  terms: u32,     // losses of the objective
  parameters: u32, // floats of one member's parameters
  windows: u32,   // where the update's windows start in their table
  schedule: u32,  // where its optimizer scalars start in their table
  history: u32,   // where its losses go in the loss history
  number: u32,    // which update of the training, from 1
}

// Consecutive updates of one launch.
struct Span {
  updates: u32, // how many
}
`;

/** The text of `shaders/frames/batch_sum.wgsl`. */
export const FRAMES_BATCH_SUM = `// One lane for each element of a parameter and group of samples: adds over the samples of the group, in order.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call, store};

fn run(lane: u32) {
  let i = lane % CALLS;
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members || group >= update.live) { return; }
  var sum = 0.0;
  for (sample = group; sample < update.live; sample += update.groups) { sum += call(i); }
  store(i, sum);
}
`;

/** The text of `shaders/frames/batch_write.wgsl`. */
export const FRAMES_BATCH_WRITE = `// One lane for each call of a parameter's adjoint and group of samples: the function itself adds each sample to the
// partial sums of its group, in order.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call};

fn run(lane: u32) {
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members) { return; }
  for (sample = group; sample < update.live; sample += update.groups) { call(lane % CALLS); }
}
`;

/** The text of `shaders/frames/element.wgsl`. */
export const FRAMES_ELEMENT = `// One lane for each element of each live sample: calls a function that writes one element.
import package::main::{update, sample, member};
import package::call::{CALLS, call};

fn run(lane: u32) {
  let row = lane / CALLS;
  member = row / update.batch;
  sample = row % update.batch;
  if (member >= update.members || sample >= update.live) { return; }
  call(lane % CALLS);
}
`;

/** The text of `shaders/frames/finite.wgsl`. */
export const FRAMES_FINITE = `// Whether a number is neither infinite nor NaN: by its bits, since WGSL may assume that there are no such numbers.

fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
`;

/** The text of `shaders/frames/global_norm.wgsl`. */
export const FRAMES_GLOBAL_NORM = `// The norm of a member's part of what enters a stage, from its partial sums of squares, in a fixed tree. Every
// workgroup that needs it adds them again: that is cheaper than a launch.
import package::main::{update, squares};

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn globalNorm(owner: u32, lane: u32) -> f32 {
  let sums = min(LANES, (update.parameters + LANES - 1u) / LANES);
  partial[lane] = 0.0;
  if (lane < sums) { partial[lane] = squares[owner * LANES + lane]; }
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  return sqrt(partial[0]);
}
`;

/** The text of `shaders/frames/initial_state.wgsl`. */
export const FRAMES_INITIAL_STATE = `// Copies a snapshot of each window into a state slot, an element a lane.
import super::io::{snapshot, setState};

fn forward(i: u32) { setState(i, snapshot(i)); }
`;

/** The text of `shaders/frames/optimizer.wgsl`. */
export const FRAMES_OPTIMIZER = `// One stage of an update of the parameters: transforms turn what enters, at first the gradient, into what is stored,
// at last the step. A lane for each parameter; a workgroup has the parameters of one member. Once a member has stopped,
// all keep their parameters and moments: they stop at the same update. A parameter that leaves the finite numbers stops
// its member; what other lanes still do then is undone by the host.
import package::action::Update;
import package::source::source;
import package::stage::prepare;
import package::step::step;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;         // [members, parameters]
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>; // [members, parameters]
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;    // [moments, members, parameters]
@group(0) @binding(5) var<storage, read> schedule: array<f32>;         // [updates, members, scalars]
@group(0) @binding(6) var<storage, read_write> stops: array<atomic<u32>>; // [members]
@group(0) @binding(7) var<storage, read> roles: array<u32>;            // [parameters], bit 0: trained, then masks
@group(0) @binding(8) var<storage, read_write> updates: array<f32>;    // [members, parameters], between two stages
@group(0) @binding(9) var<storage, read> squares: array<f32>;          // [members, LANES]

const LANES = 64u;

var<private> member: u32;
var<private> role: u32;
var<private> norm: f32; // of all that enters the stage, where it is asked for

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let tiles = (update.parameters + LANES - 1u) / LANES;
  let group = at.x + at.y * grid.x;
  let owner = group / tiles;
  if (owner >= update.members) { return; }
  prepare(owner, id.x); // has barriers, so it comes before anything that other lanes may write is looked at
  for (var m = 0u; m < update.members; m++) {
    if (atomicLoad(&stops[m]) <= update.number) { return; }
  }
  let element = group % tiles * LANES + id.x;
  if (element >= update.parameters) { return; }
  member = owner;
  step(element, source(owner * update.parameters + element));
}
`;

/** The text of `shaders/frames/pack.wgsl`. */
export const FRAMES_PACK = `// Packed tensors: the numbers of a flat buffer in the orders in which blocked functions read them. A lane for each four
// and row.
import package::packed::put;

@group(0) @binding(0) var<uniform> rows: array<vec4u, 1>;     // the floats of a row, and how many rows there are
@group(0) @binding(1) var<storage, read> source: array<f32>;  // [rows, floats]
@group(0) @binding(2) var<storage, read> order: array<vec4i>; // for each number its place in a row, -1 for 0

const LANES = 64u;

fn number(row: u32, place: i32) -> f32 {
  return select(source[row * rows[0].x + u32(max(place, 0))], 0.0, place < 0);
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  let row = lane / arrayLength(&order);
  if (row >= rows[0].y) { return; }
  let places = order[lane % arrayLength(&order)];
  put(lane, vec4f(number(row, places.x), number(row, places.y), number(row, places.z), number(row, places.w)));
}
`;

/** The text of `shaders/frames/resident.wgsl`. */
export const FRAMES_RESIDENT = `// The resident frame: a workgroup for each member, a lane for every so many of its samples. A lane walks the table of
// actions for each of its samples, the current state and its cotangent in private memory, and adds up the cotangents of
// the parameters. Behind the last page of the table the workgroup adds up losses and gradient, each in one order, and
// steps the parameters where an optimizer is linked. Then it goes on with the next update of the launch.
//
// An adapter that executes both sides of a branch under a mask pays for every body that a loop contains. So forwards,
// reversals and exchanges with storage have loops of their own, and these test at their ends: a turn passes over what is
// not next. Exchanges are the dearest, and stand in the outermost loop.
import package::finite::isFinite;
import package::main::{
  HAS_EXCHANGES, KEEPS_SUMS, laneSums, page, updates, span, update, windows, samples, history, stops, member, sample, window,
  header, cursor, entry, losses,
};
import package::sites::{
  LANES, KIND, FIRST_LOAD, FIRST_FORWARD, FIRST_REVERSAL, exchanges, loads, forwards, reversals, readLeaves,
  clearCotangents, storeCotangents, SUMMED, finish, finishUnreached,
};

// The numbers that a lane adds up over its samples, in fours: the parameters' cotangents and, behind them, the losses.
const LOSSES_AT = SUMMED / 4u;
const KEPT_FOURS = LOSSES_AT + 2u;

// Goes to an entry of the page.
fn goTo(at: u32) {
  cursor = at;
  entry = page.entries[cursor];
}

// What the next entry says to do; 0 at the end of the page.
fn kind() -> u32 { return entry.x & KIND; }

// Whether the next entry is an exchange with storage.
fn isExchange() -> bool { return kind() > 0u && kind() < FIRST_LOAD; }

// The row of the current sample among those of all members.
fn row() -> u32 { return member * update.batch + sample; }

// Where a lane's numbers start in \`samples\`: for each page of the table a row of the parameters' cotangents, and behind
// them the losses of the terms, of all pages in the first row.
fn partialsAt(number: u32, lane: u32) -> u32 {
  return header.z + ((number * LANES + lane) * update.members + member) * header.w;
}

// Puts four of a lane's numbers where all lanes find them: in the workgroup's memory where those of all fit, on a single
// page.
fn putPartials(lane: u32, four: u32, x: vec4f) {
  if (KEEPS_SUMS) {
    laneSums[lane * KEPT_FOURS + four] = x;
  } else {
    samples[partialsAt(header.x, lane) + four] = x;
  }
}

// Adds a loss to those of the lane: in registers where there are eight at most, and the sums in the workgroup's memory.
fn keepLoss(term: u32, x: f32) {
  if (KEEPS_SUMS) {
    losses[0] += select(vec4f(), vec4f(x), vec4u(0, 1, 2, 3) == vec4u(term));
    losses[1] += select(vec4f(), vec4f(x), vec4u(4, 5, 6, 7) == vec4u(term));
    return;
  }
  let lane = sample % LANES;
  let i = SUMMED + term;
  let at = partialsAt(0u, lane) + i / 4u;
  samples[at][i % 4u] = select(samples[at][i % 4u] + x, x, sample == lane);
}

// Goes to the start of the table for the current sample. Behind the last one there is nothing to read of it.
fn begin() {
  goTo(1u);
  window = windows[update.windows + row()];
}

// Walks the table for each sample of a lane.
fn walk(lane: u32) {
  sample = lane;
  begin();
  while (sample < update.live) {
    if (HAS_EXCHANGES) {
      loop {
        exchanges();
        continuing { break if !isExchange(); }
      }
    }
    loop {
      loads();
      loop {
        forwards();
        continuing { break if kind() < FIRST_FORWARD || kind() >= FIRST_REVERSAL; }
      }
      loop {
        reversals();
        continuing { break if kind() < FIRST_REVERSAL; }
      }
      if (kind() == 0u) {
        sample += LANES;
        begin();
      }
      continuing { break if isExchange() || sample >= update.live; }
    }
  }
}

// The sum of one of the lanes' numbers: of a cotangent over all pages, of a loss over the page that has them.
fn addPartials(i: u32) -> f32 {
  var sum = 0.0;
  let lanes = min(LANES, update.live); // the others have no samples
  if (KEEPS_SUMS) {
    for (var lane = 0u; lane < lanes; lane++) { sum += laneSums[lane * KEPT_FOURS + i / 4u][i % 4u]; }
    return sum;
  }
  let stride = partialsAt(0u, 1u) - partialsAt(0u, 0u);
  let pages = select(1u, header.y, i < SUMMED);
  for (var number = 0u; number < pages; number++) {
    var at = partialsAt(number, 0u) + i / 4u;
    for (var lane = 0u; lane < lanes; lane++) {
      sum += samples[at][i % 4u];
      at += stride;
    }
  }
  return sum;
}

// Adds up gradient and losses, each number in a lane, and steps the parameters where an optimizer is linked; without a
// gradient it may change them, too.
fn addUp(lane: u32) {
  for (var i = lane; i < SUMMED + update.terms; i += LANES) {
    let sum = addPartials(i);
    if (!isFinite(sum)) { atomicMin(&stops[member], update.number); }
    if (i < SUMMED) {
      finish(i, sum);
    } else {
      history[update.history + member * update.terms + i - SUMMED] = sum;
    }
  }
  finishUnreached(lane);
}

// Lets all lanes see what each has written: \`laneSums\`, and what lies in storage, the parameters among it.
fn barrier() {
  workgroupBarrier();
  storageBarrier();
}

// The updates of a launch, one after another, or the part of one that a page holds.
fn run(lane: u32) {
  header = page.entries[0];
  for (var i = 0u; i < span.updates; i++) {
    update = updates.at[i].values;
    readLeaves();
    clearCotangents();
    losses = array(vec4f(), vec4f());
    walk(lane);
    storeCotangents(lane);
    if (KEEPS_SUMS) {
      putPartials(lane, LOSSES_AT, losses[0]);
      putPartials(lane, LOSSES_AT + 1u, losses[1]);
    }
    barrier();
    if (header.x + 1u == header.y) {
      addUp(lane);
    }
    barrier();
  }
}
`;

/** The text of `shaders/frames/sample_write.wgsl`. */
export const FRAMES_SAMPLE_WRITE = `// One lane for each call of a parameter's adjoint and sample, where each sample is a group of its own: the loop of
// batch_write.wgsl has one turn then, around which all registers would be copied.
import package::main::{update, sample, member, group};
import package::call::{CALLS, call};

fn run(lane: u32) {
  group = lane / CALLS % update.groups;
  member = lane / (CALLS * update.groups);
  if (member >= update.members || group >= update.live) { return; }
  sample = group;
  call(lane % CALLS);
}
`;

/** The text of `shaders/frames/step.wgsl`. */
export const FRAMES_STEP = `// One parameter of the current member through a stage of an optimizer. Frozen parameters and the padding between leaves
// are passed over.
import package::main::{roles, update, member, role};
import package::stage::{transform, store};

fn step(element: u32, x: f32) {
  role = roles[element];
  if ((role & 1u) == 0u) { return; }
  let i = member * update.parameters + element;
  store(i, transform(x, i));
}
`;

/** The text of `shaders/frames/sum_losses.wgsl`. */
export const FRAMES_SUM_LOSSES = `// The loss of each term and member: its samples' numbers, added in a fixed tree, divided where the mean is asked for.
// One workgroup for each. A member with a loss that is not finite stops at this update.
import package::action::Update;
import package::finite::isFinite;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> losses: array<f32>;            // [terms, members, batch]
@group(0) @binding(3) var<storage, read> isMean: array<u32>;            // [terms]
@group(0) @binding(4) var<storage, read_write> history: array<f32>;     // [updates, members, terms]
@group(0) @binding(5) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let group = at.x + at.y * grid.x;
  let member = group / update.terms;
  let term = group % update.terms;
  if (member >= update.members) { return; }
  let row = (term * update.members + member) * update.batch;
  var sum = 0.0;
  for (var i = id.x; i < update.live; i += LANES) { sum += losses[row + i]; }
  partial[id.x] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (id.x < half) { partial[id.x] += partial[id.x + half]; }
    workgroupBarrier();
  }
  if (id.x > 0u) { return; }
  let loss = select(partial[0], partial[0] / f32(update.live), isMean[term] != 0u);
  history[update.history + group] = loss;
  if (!isFinite(loss)) { atomicMin(&stops[member], update.number); }
}
`;

/** The text of `shaders/frames/sum_partials.wgsl`. */
export const FRAMES_SUM_PARTIALS = `// The gradient: for each parameter and member the partial sums of the groups that have samples, added in order. A lane for each.
// A member with a cotangent that is not finite stops at this update.
import package::action::Update;
import package::finite::isFinite;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> partials: array<f32>;            // [groups, members, parameters]
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;      // [members, parameters]
@group(0) @binding(4) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  let size = update.members * update.parameters;
  if (lane >= size) { return; }
  var sum = 0.0;
  for (var group = 0u; group < min(update.groups, update.live); group++) { sum += partials[group * size + lane]; }
  gradient[lane] = sum;
  if (!isFinite(sum)) { atomicMin(&stops[lane / update.parameters], update.number); }
}
`;

/** The text of `shaders/frames/sum_squares.wgsl`. */
export const FRAMES_SUM_SQUARES = `// Partial sums of the squares of what enters a stage of the optimizer, over the trained parameters of a member: at most
// LANES workgroups for each member, each adds every so many tiles of LANES parameters, in a fixed tree.
import package::action::Update;
import package::source::source;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;      // [members, parameters]
@group(0) @binding(3) var<storage, read> updates: array<f32>;       // [members, parameters]
@group(0) @binding(4) var<storage, read> roles: array<u32>;         // [parameters], bit 0: trained
@group(0) @binding(5) var<storage, read_write> squares: array<f32>; // [members, LANES]

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let sums = min(LANES, (update.parameters + LANES - 1u) / LANES);
  let group = at.x + at.y * grid.x;
  let member = group / sums;
  if (member >= update.members) { return; }
  var sum = 0.0;
  for (var element = group % sums * LANES + id.x; element < update.parameters; element += sums * LANES) {
    if ((roles[element] & 1u) != 0u) {
      let g = source(member * update.parameters + element);
      sum += g * g;
    }
  }
  partial[id.x] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (id.x < half) { partial[id.x] += partial[id.x + half]; }
    workgroupBarrier();
  }
  if (id.x == 0u) { squares[member * LANES + group % sums] = partial[0]; }
}
`;

/** The text of `shaders/frames/workgroup_sum.wgsl`. */
export const FRAMES_WORKGROUP_SUM = `// One workgroup for each element of each live sample: adds returned summands in a fixed tree.
import package::main::{update, sample, member};
import package::call::{CALLS, SUMMANDS, call, store};

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn run(group: u32, lane: u32) {
  let row = group / CALLS;
  if (row >= update.batch * update.members || row % update.batch >= update.live) { return; }
  member = row / update.batch;
  sample = row % update.batch;
  var sum = 0.0;
  for (var j = lane; j < SUMMANDS; j += LANES) { sum += call(group % CALLS, j); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { store(group % CALLS, partial[0]); }
}
`;

/** The text of `shaders/gelu.wgsl`. */
export const GELU = `// gelu, element by element: v = u P(u). The probability P is that of the normal distribution where EXACT is 1, else
// the approximation P(x) = (1 + tanh z) / 2 = 1 / (1 + e^(-2 z)) with z = sqrt(2 / pi) (x + 0.044715 x^3).
//
//   forward  v[i] = u[i] P(u[i])        adjointU  uBar[i] = vBar[i] (P(u[i]) + u[i] P'(u[i]))
//
// https://arxiv.org/abs/1606.08415
import super::io::{EXACT, u, setV, vBar, setUBar};

// Where P is 0 or 1 in float32.
const FAR = 14.0;

// e^-|x| cannot overflow, whatever the driver's exp does.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// 2 z and its derivative.
fn twoZ(x: f32) -> f32 { return 1.59576912 * (x + 0.044715 * x * x * x); }

fn twoZPrime(x: f32) -> f32 { return 1.59576912 * (1.0 + 0.134145 * x * x); }

// Around 0 a polynomial in x^2, off by 1e-9; beyond 1 the tail e^(-x^2/2) poly(t) / (1 + |x|/2), off by 1.3e-8 of
// itself, with t = (|x| - 4.5) / (|x| + 4.5). Both are minimax fits.
fn normal(x: f32) -> f32 {
  let a = abs(x);
  if (a < 1.0) {
    let s = x * x;
    let rest = -0.00118632999 + s * (0.000113486371 - s * 7.65420828e-6);
    return 0.5 + x * (0.398942292 + s * (-0.0664903596 + s * (0.00997332297 + s * rest)));
  }
  let t = (a - 4.5) / (a + 4.5);
  let rest = 0.00506927026 + t * (0.00325643970 + t * (-0.00321945944 + t * 0.00113853964));
  let sum = 0.275611013 + t * (-0.125199914 + t * (0.0722939521 + t * (-0.0294065997 + t * rest)));
  let tail = exp(-0.5 * x * x) * sum / (1.0 + 0.5 * a);
  return select(1.0 - tail, tail, x < 0.0);
}

fn probability(x: f32) -> f32 {
  if (abs(x) > FAR) { return select(0.0, 1.0, x > 0.0); }
  if (EXACT == 1) { return normal(x); }
  return sigmoid(twoZ(x));
}

fn density(x: f32) -> f32 {
  if (abs(x) > FAR) { return 0.0; }
  if (EXACT == 1) { return 0.398942280 * exp(-0.5 * x * x); }
  let z = twoZ(x);
  return sigmoid(z) * sigmoid(-z) * twoZPrime(x);
}

fn forward(i: u32) { setV(i, u(i) * probability(u(i))); }

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, vBar(i) * (probability(x) + x * density(x)));
}
`;

/** The text of `shaders/identity.wgsl`. */
export const IDENTITY = `// identity, element by element.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i]
import super::io::{u, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return x; }

fn slope(y: f32) -> f32 { return 1.0; }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i)); }
`;

/** The text of `shaders/leaky_relu.wgsl`. */
export const LEAKY_RELU = `// leakyRelu, element by element: v = u, or NEGATIVE_SLOPE u below 0, with slope 1 at 0. A NaN stays a NaN.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  v has the sign of u
import super::io::{NEGATIVE_SLOPE, u, v, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return select(x, NEGATIVE_SLOPE * x, x < 0.0); }

fn slope(y: f32) -> f32 { return select(f32(NEGATIVE_SLOPE), 1.0, y >= 0.0); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/mae.wgsl`. */
export const MAE = `// mae, one sample: the mean of absolute values of a difference, over all elements. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) * (1.0 / SIZE); }

fn adjointP(i: u32) { setPBar(i, (1.0 / SIZE) * vBar(0u) * sign(p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, (1.0 / SIZE) * vBar(0u) * sign(r(i) - p(i))); }
`;

/** The text of `shaders/mean.wgsl`. */
export const MEAN = `// mean, one sample: over all elements.
//
//   forward  v[0] = sum_j u[j] / SIZE        adjointU  uBar[i] = vBar[0] / SIZE
//
// Shapes  u, uBar: SIZE elements.  v, vBar: [1].
import super::io::{SIZE, u, vBar, setUBar};

fn forward(i: u32, j: u32) -> f32 { return u(j) / SIZE; }

fn adjointU(i: u32) { setUBar(i, vBar(0u) / SIZE); }
`;

/** The text of `shaders/mean_power.wgsl`. */
export const MEAN_POWER = `// mean_power, one sample: the mean of |p - r|^ORDER over all elements; ORDER = WHOLE + REST >= 1, with 0 <= REST < 1.
//
//   forward   v[0]    = sum_j |p[j] - r[j]|^ORDER / SIZE
//   adjointP  pBar[i] = vBar[0] ORDER sign(p[i] - r[i]) |p[i] - r[i]|^(ORDER - 1) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, ORDER, WHOLE, REST, p, r, vBar, setPBar, setRBar};

// x^(whole + REST) for x >= 0. The whole part by squaring: WGSL's pow loses digits as its exponent grows.
fn power(x: f32, whole: u32) -> f32 {
  var result = 1.0;
  var square = x;
  for (var k = whole; k > 0u; k >>= 1u) {
    if ((k & 1u) == 1u) { result *= square; }
    square *= square;
  }
  if (REST > 0.0) { result *= select(pow(x, REST), 0.0, x == 0.0); }
  return result;
}

fn slope(e: f32) -> f32 { return ORDER * sign(e) * power(abs(e), WHOLE - 1) / SIZE; }

fn forward(i: u32, j: u32) -> f32 { return power(abs(p(j) - r(j)), WHOLE) / SIZE; }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * slope(p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * slope(r(i) - p(i))); }
`;

/** The text of `shaders/mse.wgsl`. */
export const MSE = `// mse, one sample: the mean of squares of a difference, over all elements.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e * (1.0 / SIZE);
}

fn adjointP(i: u32) { setPBar(i, (2.0 / SIZE) * vBar(0u) * (p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, (2.0 / SIZE) * vBar(0u) * (r(i) - p(i))); }
`;

/** The text of `shaders/mul.wgsl`. */
export const MUL = `// mul, element by element.
//
//   forward  v[i] = a[i] b[i]        adjointA  aBar[i] = vBar[i] b[i]        adjointB  bBar[i] = vBar[i] a[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) * b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i) * b(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(i) * a(i)); }
`;

/** The text of `shaders/normalize.wgsl`. */
export const NORMALIZE = `// normalize, one sample: to mean 0 and variance 1, then each channel by a factor and an offset.
//
//   forward          v[c,n]         = w[c] (u[c,n] - mean) r + b[c],  r = (variance + EPS)^(-1/2)
//   adjointU         uBar[c,n]      = vBar[c,n] w[c] r
//   adjointMean      meanBar[0]     = -sum_c sum_n vBar[c,n] w[c] r
//   adjointVariance  varianceBar[0] = -sum_c sum_n vBar[c,n] w[c] (u[c,n] - mean) r^3 / 2
//   adjointW         wBar[c]        = sum_n vBar[c,n] (u[c,n] - mean) r
//   adjointB         bBar[c]        = sum_n vBar[c,n]
//
// Shapes  u, uBar, v, vBar: [C, ...N], N elements a channel.  mean, variance and their cotangents: [1].
// w, wBar, b, bBar: [C]; a w that is left out, HAS_W = 0, is 1.
import super::io::{N, EPS, HAS_W, u, mean, variance, w, b, setV, vBar, setUBar};

fn weight(c: u32) -> f32 { return select(1.0, w(c), HAS_W == 1); }

fn rate() -> f32 { return 1.0 / sqrt(variance(0u) + EPS); }

fn forward(i: u32) { setV(i, weight(i / N) * ((u(i) - mean(0u)) * rate()) + b(i / N)); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * weight(i / N) * rate()); }

fn adjointMean(i: u32, j: u32) -> f32 { return -vBar(j) * weight(j / N) * rate(); }

fn adjointVariance(i: u32, j: u32) -> f32 {
  let r = rate();
  return -0.5 * vBar(j) * weight(j / N) * ((u(j) - mean(0u)) * r) * r * r;
}

fn adjointW(c: u32, n: u32) -> f32 { return vBar(c * N + n) * ((u(c * N + n) - mean(0u)) * rate()); }

fn adjointB(c: u32, n: u32) -> f32 { return vBar(c * N + n); }
`;

/** The text of `shaders/normalized_mae.wgsl`. */
export const NORMALIZED_MAE = `// normalized_mae, one sample: the mean of absolute values of a difference over that of the target, which is given as
// s. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE / s[0]
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) / SIZE / s(0u); }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * sign(p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * sign(r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
`;

/** The text of `shaders/normalized_mse.wgsl`. */
export const NORMALIZED_MSE = `// normalized_mse, one sample: the mean of squares of a difference over that of the target, which is given as s.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE / s[0]
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e / SIZE / s(0u);
}

fn adjointP(i: u32) { setPBar(i, 2.0 * vBar(0u) * (p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, 2.0 * vBar(0u) * (r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
`;

/** The text of `shaders/optimizers/add_decayed_weights.wgsl`. */
export const OPTIMIZERS_ADD_DECAYED_WEIGHTS = `// add_decayed_weights, one parameter x: weight decay; optax's \`add_decayed_weights\`.
//
//   result = g + weightDecay x where the mask says so, else g
import super::io::{weightDecay, parameter, masked};

fn transform(g: f32, i: u32) -> f32 {
  if (!masked()) { return g; }
  return g + weightDecay() * parameter(i);
}
`;

/** The text of `shaders/optimizers/clip_by_global_norm.wgsl`. */
export const OPTIMIZERS_CLIP_BY_GLOBAL_NORM = `// clip_by_global_norm, one parameter: scales all so that their norm is at most MAX_NORM; Pascanu et al. 2013, optax's
// order of operations.
//
//   result = g where |g| < MAX_NORM, else g / |g| MAX_NORM, with |g| the root of the sum of squares over all parameters
import super::io::{MAX_NORM, globalNorm};

fn transform(g: f32, i: u32) -> f32 {
  let size = globalNorm();
  return select(g / size * MAX_NORM, g, size < MAX_NORM);
}
`;

/** The text of `shaders/optimizers/scale_by_adam.wgsl`. */
export const OPTIMIZERS_SCALE_BY_ADAM = `// scale_by_adam, one parameter: the gradient over the root of its second moment, both without their initial bias.
// Kingma and Ba 2015, algorithm 1; optax's order of operations. At update t, counted from 1:
//
//   mu' = B1 mu + (1 - B1) g        nu' = B2 nu + (1 - B2) g^2
//   result = (mu' / (1 - B1^t)) / (sqrt(nu' / (1 - B2^t) + EPS_ROOT) + EPS)
import super::io::{B1, B2, EPS, EPS_ROOT, mu, setMu, nu, setNu, firstCorrection, secondCorrection};

fn transform(g: f32, i: u32) -> f32 {
  let first = (1.0 - B1) * g + B1 * mu(i);
  let second = (1.0 - B2) * (g * g) + B2 * nu(i);
  setMu(i, first);
  setNu(i, second);
  return first / firstCorrection() / (sqrt(second / secondCorrection() + EPS_ROOT) + EPS);
}
`;

/** The text of `shaders/optimizers/scale_by_learning_rate.wgsl`. */
export const OPTIMIZERS_SCALE_BY_LEARNING_RATE = `// scale_by_learning_rate, one parameter: a step against the gradient; optax's \`scale_by_learning_rate\`.
//
//   result = SIGN learningRate g, where SIGN is -1 unless asked otherwise
import super::io::{SIGN, learningRate};

fn transform(g: f32, i: u32) -> f32 {
  return SIGN * learningRate() * g;
}
`;

/** The text of `shaders/optimizers/scale_by_lion.wgsl`. */
export const OPTIMIZERS_SCALE_BY_LION = `// scale_by_lion, one parameter: the sign of a mean of gradient and momentum; Chen et al. 2023, optax's order of
// operations.
//
//   result = sign((1 - B1) g + B1 mu)        mu' = (1 - B2) g + B2 mu
import super::io::{B1, B2, mu, setMu};

fn transform(g: f32, i: u32) -> f32 {
  let before = mu(i);
  setMu(i, (1.0 - B2) * g + B2 * before);
  return sign((1.0 - B1) * g + B1 * before);
}
`;

/** The text of `shaders/optimizers/trace.wgsl`. */
export const OPTIMIZERS_TRACE = `// trace, one parameter: the decaying sum of gradients that is called momentum; optax's \`trace\`.
//
//   m' = g + DECAY m        result = g + DECAY m' with Nesterov's look-ahead, else m'
import super::io::{DECAY, NESTEROV, momentum, setMomentum};

fn transform(g: f32, i: u32) -> f32 {
  let next = g + DECAY * momentum(i);
  setMomentum(i, next);
  return select(next, g + DECAY * next, NESTEROV == 1);
}
`;

/** The text of `shaders/pow.wgsl`. */
export const POW = `// pow, element by element, by a constant exponent.
//
//   forward  v[i] = u[i]^EXPONENT        adjointU  uBar[i] = vBar[i] EXPONENT u[i]^(EXPONENT - 1)
import super::io::{EXPONENT, IS_INTEGER, u, setV, vBar, setUBar};

// An integer power multiplies, whatever the sign of x; another power of a negative x is NaN. WGSL leaves its own pow
// open there.
fn power(x: f32, p: f32) -> f32 {
  if (IS_INTEGER == 1) {
    var result = 1.0;
    var factor = x;
    for (var rest = u32(abs(p)); rest != 0u; rest >>= 1u) {
      if ((rest & 1u) == 1u) { result *= factor; }
      factor *= factor;
    }
    return select(result, 1.0 / result, p < 0.0);
  }
  if (x >= 0.0) { return pow(x, p); }
  return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u);
}

fn forward(i: u32) { setV(i, power(u(i), f32(EXPONENT))); }

fn adjointU(i: u32) {
  let p = f32(EXPONENT);
  if (p == 0.0) { setUBar(i, 0.0); } else { setUBar(i, vBar(i) * p * power(u(i), p - 1.0)); }
}
`;

/** The text of `shaders/relu.wgsl`. */
export const RELU = `// relu, element by element: v = max(u, 0), with slope 0 at 0. A NaN stays a NaN.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i])
import super::io::{u, v, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }

fn slope(y: f32) -> f32 { return select(0.0, 1.0, y > 0.0); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/reshape.wgsl`. */
export const RESHAPE = `// reshape, one sample: the same elements in the same order.
//
//   forward  v[i] = u[i]        adjointU  uBar[i] = vBar[i]
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(i)); }

fn adjointU(i: u32) { setUBar(i, vBar(i)); }
`;

/** The text of `shaders/roll.wgsl`. */
export const ROLL = `// roll, one sample: a shift along one axis; what leaves at one end comes in at the other.
//
//   forward  v[o,n,i] = u[o, (n - SHIFT) mod N, i]        adjointU  uBar[o,n,i] = vBar[o, (n + SHIFT) mod N, i]
//
// Shapes  u, uBar, v, vBar: [OUTER, N, INNER], the axes before and behind as one.  0 <= SHIFT < N.
import super::io::{N, INNER, SHIFT, u, setV, vBar, setUBar};

// The element that lies \`by\` further on along the axis.
fn onward(e: u32, by: u32) -> u32 {
  let n = e / INNER % N;
  return e + ((n + by) % N) * INNER - n * INNER;
}

fn forward(e: u32) { setV(e, u(onward(e, N - SHIFT))); }

fn adjointU(e: u32) { setUBar(e, vBar(onward(e, SHIFT))); }
`;

/** The text of `shaders/root.wgsl`. */
export const ROOT = `// root, element by element, of numbers >= 0: v = u^(1 / ORDER). Its slope at 0, which is infinite, is taken as 0.
//
//   forward  v[i] = u[i]^(1 / ORDER)        adjointU  uBar[i] = vBar[i] v[i] / (ORDER u[i]), 0 where u[i] = 0
import super::io::{ORDER, u, v, setV, vBar, setUBar};

fn forward(i: u32) {
  let x = u(i);
  if (ORDER == 2) { setV(i, sqrt(x)); } else { setV(i, select(pow(x, 1.0 / ORDER), 0.0, x == 0.0)); }
}

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, select(vBar(i) * v(i) / (ORDER * x), 0.0, x == 0.0));
}
`;

/** The text of `shaders/scale.wgsl`. */
export const SCALE = `// scale, element by element, by a constant.
//
//   forward  v[i] = FACTOR u[i]        adjointU  uBar[i] = FACTOR vBar[i]
import super::io::{FACTOR, u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, FACTOR * u(i)); }

fn adjointU(i: u32) { setUBar(i, FACTOR * vBar(i)); }
`;

/** The text of `shaders/sigmoid.wgsl`. */
export const SIGMOID = `// sigmoid, element by element: 1 / (1 + e^-u).
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  slope(y) = y (1 - y)
import super::io::{u, v, setV, vBar, setUBar};

// e^-|x| cannot overflow, whatever the driver's exp does.
fn activate(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn slope(y: f32) -> f32 { return y * (1.0 - y); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/silu.wgsl`. */
export const SILU = `// silu, element by element: v = u s(u) with the sigmoid s(x) = 1 / (1 + e^-x).
//
//   forward   v[i]    = u[i] s(u[i])
//   adjointU  uBar[i] = vBar[i] s (1 + u[i] (1 - s)),  s = s(u[i]), 1 - s = s(-u[i])
import super::io::{u, setV, vBar, setUBar};

// e^-|x| cannot overflow, whatever the driver's exp does.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn forward(i: u32) { setV(i, u(i) * sigmoid(u(i))); }

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, vBar(i) * sigmoid(x) * (1.0 + x * sigmoid(-x)));
}
`;

/** The text of `shaders/slice.wgsl`. */
export const SLICE = `// slice, one sample: some channels of u.
//
//   forward  v[i] = u[START + i]        adjointU  uBar[i] = vBar[i - START] for START <= i < START + SIZE, else 0
//
// Shapes  u, uBar: [C, ...N], START elements before the first channel taken.  v, vBar: SIZE elements.
import super::io::{START, SIZE, u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(START + i)); }

fn adjointU(i: u32) {
  if (i >= START && i < START + SIZE) { setUBar(i, vBar(i - START)); } else { setUBar(i, 0.0); }
}
`;

/** The text of `shaders/softplus.wgsl`. */
export const SOFTPLUS = `// softplus, element by element: v = log(1 + e^u) = max(u, 0) + log(1 + e^-|u|).
//
//   forward  v[i] = max(u[i], 0) + log1p(e^-|u[i]|)        adjointU  uBar[i] = vBar[i] / (1 + e^-u[i])
import super::io::{u, setV, vBar, setUBar};

// log(1 + e) = 2 atanh(s) with s = e / (2 + e), for e in [0, 1]: s <= 1/3. The polynomial in s^2 is off by 5e-9 of
// log(1 + e), which keeps its digits where e is small and 1 + e would have lost them.
fn log1p(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let t = s * s;
  return s * (2.0 + t * (0.666664124 + t * (0.400216997 + t * (0.279991388 + t * 0.280244648))));
}

fn forward(i: u32) {
  let x = u(i);
  setV(i, max(x, 0.0) + log1p(exp(-abs(x))));
}

fn adjointU(i: u32) {
  let x = u(i);
  let e = exp(-abs(x));
  setUBar(i, vBar(i) * select(e, 1.0, x >= 0.0) / (1.0 + e));
}
`;

/** The text of `shaders/sqrt.wgsl`. */
export const SQRT = `// sqrt, element by element. The slope at 0 is infinite.
//
//   forward  v[i] = u[i]^(1/2)        adjointU  uBar[i] = vBar[i] / (2 v[i])
import super::io::{u, v, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, sqrt(u(i))); }

fn adjointU(i: u32) { setUBar(i, 0.5 * vBar(i) / v(i)); }
`;

/** The text of `shaders/square.wgsl`. */
export const SQUARE = `// square, element by element.
//
//   forward  v[i] = u[i]^2        adjointU  uBar[i] = 2 u[i] vBar[i]
import super::io::{u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, u(i) * u(i)); }

fn adjointU(i: u32) { setUBar(i, 2.0 * u(i) * vBar(i)); }
`;

/** The text of `shaders/sub.wgsl`. */
export const SUB = `// sub, element by element.
//
//   forward  v[i] = a[i] - b[i]        adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = -vBar[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) - b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, -vBar(i)); }
`;

/** The text of `shaders/tanh.wgsl`. */
export const TANH = `// tanh, element by element.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  slope(y) = 1 - y^2
import super::io::{u, v, setV, vBar, setUBar};

// Not the driver's: it may form e^x and overflow, clamp a NaN away, and lose all digits near 0. Below 0.625 a minimax
// fit that is off by 5e-9 of tanh.
fn activate(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.625) {
    let t = x * x;
    let rest = -0.0537434965 + t * (0.0206505787 - t * 0.00571703698);
    return x + x * t * (-0.333332837 + t * (0.133314908 + t * rest));
  }
  let e = exp(-2.0 * a);
  let y = (1.0 - e) / (1.0 + e);
  return select(y, -y, x < 0.0);
}

fn slope(y: f32) -> f32 { return 1.0 - y * y; }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/variance.wgsl`. */
export const VARIANCE = `// variance, one sample: the mean of squares of the distances to a mean that is given, over all elements.
//
//   forward      v[0]       = sum_j (u[j] - mean)^2 / SIZE
//   adjointU     uBar[i]    = 2 vBar[0] (u[i] - mean) / SIZE
//   adjointMean  meanBar[0] = -sum_j 2 vBar[0] (u[j] - mean) / SIZE, which rounding keeps from 0
//
// Shapes  u, uBar: SIZE elements.  mean, meanBar, v, vBar: [1].
import super::io::{SIZE, u, mean, vBar, setUBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = u(j) - mean(0u);
  return e * e / SIZE;
}

fn adjointU(i: u32) { setUBar(i, 2.0 * vBar(0u) * (u(i) - mean(0u)) / SIZE); }

fn adjointMean(i: u32, j: u32) -> f32 { return -2.0 * vBar(0u) * (u(j) - mean(0u)) / SIZE; }
`;

/** The text of `shaders/weighted_sum.wgsl`. */
export const WEIGHTED_SUM = `// weighted_sum, element by element; b reads as 0 where it is left out.
//
//   forward  v[i] = WEIGHT_A a[i] + WEIGHT_B b[i]
//   adjointA  aBar[i] = WEIGHT_A vBar[i]        adjointB  bBar[i] = WEIGHT_B vBar[i]
import super::io::{WEIGHT_A, WEIGHT_B, a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, WEIGHT_A * a(i) + WEIGHT_B * b(i)); }

fn adjointA(i: u32) { setABar(i, WEIGHT_A * vBar(i)); }

fn adjointB(i: u32) { setBBar(i, WEIGHT_B * vBar(i)); }
`;
