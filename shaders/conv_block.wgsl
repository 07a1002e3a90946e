// conv, one sample, in blocks of registers: the sums of conv.wgsl for stride and dilation 1, in another order.
//
// A call of forward computes 8 channels of v at 16 neighbouring points of the x axis. A window holds the 16 points of u
// that a tap reads; the window of the next tap is the same, shifted by one. adjointU is the same with the taps in reverse,
// for periodic axes and zeros. A call of adjointW adds,
// over all n, 8 channels of v by 4 of u by 3 taps of the x axis, one of adjointB a channel.
//
// Shapes  as in conv.wgsl, with OUT = N.
import super::io::{
  C_IN, C_OUT, BOUNDARY, N_Z, N_Y, N_X, K_Z, K_Y, K_X, PAD_Z, PAD_Y, PAD_X,
  u, u4, w, b, setV, vBar, vBar4, setUBar, setWBar, setBBar,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

const POINTS = 16;
const CHANNELS = 8;
const N_PLANE = N_Y * N_X;
const N = N_Z * N_PLANE;
const K = K_Z * K_Y * K_X;
const BLOCKS = (N_X + POINTS - 1) / POINTS; // of a row
const IS_RAGGED = N_X % POINTS != 0;
const LEFT_X = K_X - 1 - PAD_X;             // taps of adjointU before a point

struct Block { a0: mat4x4f, a1: mat4x4f, a2: mat4x4f, a3: mat4x4f, a4: mat4x4f, a5: mat4x4f, a6: mat4x4f, a7: mat4x4f }

const ONES = mat4x4f(vec4f(1), vec4f(1), vec4f(1), vec4f(1));

// The element at position q of a padded axis of that many points; NONE where there is none.
fn within(points: i32, q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(select(q, q - points, q >= points), q + points, q < 0); }
  if (BOUNDARY == REFLECT) { return points - 1 - abs(points - 1 - abs(q)); }
  return select(NONE, q, q >= 0 && q < points);
}

// The start of the row at positions z and y, NONE where there is none.
fn rowAt(z: i32, y: i32) -> i32 {
  let inZ = within(N_Z, z);
  let inY = within(N_Y, y);
  return select(inZ * N_PLANE + inY * N_X, NONE, min(inZ, inY) == NONE);
}

fn uAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(u(row + u32(max(x, 0))), 0.0, x == NONE);
}

fn vBarAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(vBar(row + u32(max(x, 0))), 0.0, x == NONE);
}

fn uFour(row: u32, n: i32) -> vec4f {
  if (IS_RAGGED) { return vec4f(uAt(row, n), uAt(row, n + 1), uAt(row, n + 2), uAt(row, n + 3)); }
  return u4(row + u32(n));
}

fn vBarFour(row: u32, n: i32) -> vec4f {
  if (IS_RAGGED) { return vec4f(vBarAt(row, n), vBarAt(row, n + 1), vBarAt(row, n + 2), vBarAt(row, n + 3)); }
  return vBar4(row + u32(n));
}

fn toLeft(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(m[0].yzw, m[1].x), vec4f(m[1].yzw, m[2].x), vec4f(m[2].yzw, m[3].x), vec4f(m[3].yzw, x));
}

fn toRight(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(x, m[0].xyz), vec4f(m[0].w, m[1].xyz), vec4f(m[1].w, m[2].xyz), vec4f(m[2].w, m[3].xyz));
}

// Adds the products of a window with 8 weights, `step` apart from `at` on; those beyond `last` are not stored later.
fn gather(block: ptr<function, Block>, window: mat4x4f, at: u32, step: u32, last: u32) {
  (*block).a0 += w(at) * window;
  (*block).a1 += w(min(at + step, last)) * window;
  (*block).a2 += w(min(at + 2 * step, last)) * window;
  (*block).a3 += w(min(at + 3 * step, last)) * window;
  (*block).a4 += w(min(at + 4 * step, last)) * window;
  (*block).a5 += w(min(at + 5 * step, last)) * window;
  (*block).a6 += w(min(at + 6 * step, last)) * window;
  (*block).a7 += w(min(at + 7 * step, last)) * window;
}

// Moves each row into the one before. Blocks are stored row by row in a loop that moves the next one to the front: text
// with a store for each element, or a loop over an array of registers, compiles for a second.
fn pull(block: ptr<function, Block>) {
  (*block).a0 = (*block).a1;
  (*block).a1 = (*block).a2;
  (*block).a2 = (*block).a3;
  (*block).a3 = (*block).a4;
  (*block).a4 = (*block).a5;
  (*block).a5 = (*block).a6;
  (*block).a6 = (*block).a7;
}

const LAST = C_OUT * C_IN * K - 1;

fn forward(i: u32) {
  let n = i32(i % BLOCKS * POINTS);
  let y = i32(i / BLOCKS % N_Y);
  let z = i32(i / (BLOCKS * N_Y) % N_Z);
  let o = i / (BLOCKS * N_Y * N_Z) * CHANNELS;
  var block = Block(
    b(o) * ONES, b(o + 1) * ONES, b(o + 2) * ONES, b(o + 3) * ONES,
    b(o + 4) * ONES, b(o + 5) * ONES, b(o + 6) * ONES, b(o + 7) * ONES,
  );
  for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
    let plane = rowAt(z + kzy / K_Y - PAD_Z, y + kzy % K_Y - PAD_Y);
    if (plane == NONE) { continue; }
    for (var c = 0u; c < C_IN; c++) {
      let row = c * N + u32(plane);
      let at = (o * C_IN + c) * K + u32(kzy) * K_X;
      let middle = mat4x4f(uFour(row, n), uFour(row, n + 4), uFour(row, n + 8), uFour(row, n + 12));
      var window = middle;
      for (var k = PAD_X; k < K_X; k++) {
        gather(&block, window, at + u32(k), C_IN * K, LAST);
        if (k + 1 < K_X) { window = toLeft(window, uAt(row, n + POINTS + k - PAD_X)); }
      }
      window = middle;
      for (var k = PAD_X - 1; k >= 0; k--) {
        window = toRight(window, uAt(row, n + k - PAD_X));
        gather(&block, window, at + u32(k), C_IN * K, LAST);
      }
    }
  }
  for (var row = 0u; row < CHANNELS && o + row < C_OUT; row++) {
    let at = (o + row) * N + u32(z * N_PLANE + y * N_X + n);
    putV(at, n, block.a0[0]);
    putV(at + 4, n + 4, block.a0[1]);
    putV(at + 8, n + 8, block.a0[2]);
    putV(at + 12, n + 12, block.a0[3]);
    pull(&block);
  }
}

fn putV(at: u32, n: i32, x: vec4f) {
  if (!IS_RAGGED || n < N_X) { setV(at, x.x); }
  if (!IS_RAGGED || n + 1 < N_X) { setV(at + 1, x.y); }
  if (!IS_RAGGED || n + 2 < N_X) { setV(at + 2, x.z); }
  if (!IS_RAGGED || n + 3 < N_X) { setV(at + 3, x.w); }
}

fn adjointU(i: u32) {
  let m = i32(i % BLOCKS * POINTS);
  let y = i32(i / BLOCKS % N_Y);
  let z = i32(i / (BLOCKS * N_Y) % N_Z);
  let c = i / (BLOCKS * N_Y * N_Z) * CHANNELS;
  var block = Block();
  for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
    let plane = rowAt(z - kzy / K_Y + PAD_Z, y - kzy % K_Y + PAD_Y);
    if (plane == NONE) { continue; }
    for (var o = 0u; o < C_OUT; o++) {
      let row = o * N + u32(plane);
      let at = (o * C_IN + c) * K + u32(kzy) * K_X;
      let middle = mat4x4f(vBarFour(row, m), vBarFour(row, m + 4), vBarFour(row, m + 8), vBarFour(row, m + 12));
      var window = middle;
      for (var k = PAD_X; k >= 0; k--) {
        gather(&block, window, at + u32(k), K, LAST);
        if (k > 0) { window = toLeft(window, vBarAt(row, m + POINTS + PAD_X - k)); }
      }
      window = middle;
      for (var k = PAD_X + 1; k < K_X; k++) {
        window = toRight(window, vBarAt(row, m + PAD_X - k));
        gather(&block, window, at + u32(k), K, LAST);
      }
    }
  }
  for (var row = 0u; row < CHANNELS && c + row < C_IN; row++) {
    let at = (c + row) * N + u32(z * N_PLANE + y * N_X + m);
    putUBar(at, m, block.a0[0]);
    putUBar(at + 4, m + 4, block.a0[1]);
    putUBar(at + 8, m + 8, block.a0[2]);
    putUBar(at + 12, m + 12, block.a0[3]);
    pull(&block);
  }
}

fn putUBar(at: u32, n: i32, x: vec4f) {
  if (!IS_RAGGED || n < N_X) { setUBar(at, x.x); }
  if (!IS_RAGGED || n + 1 < N_X) { setUBar(at + 1, x.y); }
  if (!IS_RAGGED || n + 2 < N_X) { setUBar(at + 2, x.z); }
  if (!IS_RAGGED || n + 3 < N_X) { setUBar(at + 3, x.w); }
}

const FED = 4;  // channels of u in a call of adjointW
const TAPS = 3;
const TAP_BLOCKS = (K_X + TAPS - 1) / TAPS;

// For one channel of u and 3 taps the sums over n for 8 channels of v, 4 and 4, and the last two points that the taps read.
struct Sums { low0: vec4f, low1: vec4f, low2: vec4f, high0: vec4f, high1: vec4f, high2: vec4f, carry: vec2f }

// Adds the products at four points: a column of `low` or `high` is a channel of vBar there.
fn advance(sums: ptr<function, Sums>, row: u32, q: i32, low: mat4x4f, high: mat4x4f) {
  let x = vec4f(uAt(row, q + 2), uAt(row, q + 3), uAt(row, q + 4), uAt(row, q + 5));
  let x0 = vec4f((*sums).carry, x.xy);
  let x1 = vec4f((*sums).carry.y, x.xyz);
  (*sums).low0 += x0 * low;
  (*sums).high0 += x0 * high;
  (*sums).low1 += x1 * low;
  (*sums).high1 += x1 * high;
  (*sums).low2 += x * low;
  (*sums).high2 += x * high;
  (*sums).carry = x.zw;
}

// Four points of a row of vBar; 0 beyond its end.
fn vBarInside(row: u32, n: i32) -> vec4f {
  if (N_X % 4 == 0) { return vBar4(row + u32(n)); }
  let at = vec4i(n, n + 1, n + 2, n + 3);
  let inside = min(at, vec4i(N_X - 1));
  let x = vec4f(vBar(row + u32(inside.x)), vBar(row + u32(inside.y)), vBar(row + u32(inside.z)), vBar(row + u32(inside.w)));
  return select(vec4f(), x, at == inside);
}

fn adjointW(i: u32) {
  let k = i % TAP_BLOCKS * TAPS;
  let kzy = i / TAP_BLOCKS % (K_Z * K_Y);
  let c = i / (TAP_BLOCKS * K_Z * K_Y) % ((C_IN + FED - 1) / FED) * FED;
  let o = i / (TAP_BLOCKS * K_Z * K_Y) / ((C_IN + FED - 1) / FED) * CHANNELS;
  let first = i32(k) - PAD_X;
  var s0 = Sums();
  var s1 = Sums();
  var s2 = Sums();
  var s3 = Sums();
  for (var zy = 0; zy < N_Z * N_Y; zy++) {
    let plane = rowAt(zy / N_Y + i32(kzy / K_Y) - PAD_Z, zy % N_Y + i32(kzy % K_Y) - PAD_Y);
    if (plane == NONE) { continue; }
    let u0 = c * N + u32(plane);
    let u1 = min(c + 1, C_IN - 1) * N + u32(plane);
    let u2 = min(c + 2, C_IN - 1) * N + u32(plane);
    let u3 = min(c + 3, C_IN - 1) * N + u32(plane);
    s0.carry = vec2f(uAt(u0, first), uAt(u0, first + 1));
    s1.carry = vec2f(uAt(u1, first), uAt(u1, first + 1));
    s2.carry = vec2f(uAt(u2, first), uAt(u2, first + 1));
    s3.carry = vec2f(uAt(u3, first), uAt(u3, first + 1));
    let v = o * N + u32(zy * N_X);
    for (var n = 0; n < N_X; n += 4) {
      let x = mat4x4f(
        vBarInside(v, n), vBarInside(v + N, n), vBarInside(v + 2 * N, n), vBarInside(v + 3 * N, n),
      );
      let y = mat4x4f(
        vBarInside(v + 4 * N, n), vBarInside(v + 5 * N, n), vBarInside(v + 6 * N, n), vBarInside(v + 7 * N, n),
      );
      advance(&s0, u0, first + n, x, y);
      advance(&s1, u1, first + n, x, y);
      advance(&s2, u2, first + n, x, y);
      advance(&s3, u3, first + n, x, y);
    }
  }
  for (var fed = 0u; fed < FED && c + fed < C_IN; fed++) {
    let at = (o * C_IN + c + fed) * K + kzy * K_X + k;
    putTap(o, at, k, s0.low0, s0.high0);
    putTap(o, at + 1, k + 1, s0.low1, s0.high1);
    putTap(o, at + 2, k + 2, s0.low2, s0.high2);
    s0 = s1;
    s1 = s2;
    s2 = s3;
  }
}

fn putTap(o: u32, at: u32, k: u32, low: vec4f, high: vec4f) {
  if (k >= K_X) { return; }
  if (o < C_OUT) { setWBar(at, low.x); }
  if (o + 1 < C_OUT) { setWBar(at + C_IN * K, low.y); }
  if (o + 2 < C_OUT) { setWBar(at + 2 * C_IN * K, low.z); }
  if (o + 3 < C_OUT) { setWBar(at + 3 * C_IN * K, low.w); }
  if (o + 4 < C_OUT) { setWBar(at + 4 * C_IN * K, high.x); }
  if (o + 5 < C_OUT) { setWBar(at + 5 * C_IN * K, high.y); }
  if (o + 6 < C_OUT) { setWBar(at + 6 * C_IN * K, high.z); }
  if (o + 7 < C_OUT) { setWBar(at + 7 * C_IN * K, high.w); }
}

fn adjointB(o: u32) {
  var sum = vec4f();
  for (var zy = 0u; zy < N_Z * N_Y; zy++) {
    for (var n = 0; n < N_X; n += 4) { sum += vBarInside(o * N + zy * N_X, n); }
  }
  setBBar(o, (sum.x + sum.y) + (sum.z + sum.w));
}
