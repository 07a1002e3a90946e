// conv, one sample, one axis, as many positions out as in (SAME), cross-correlation.
//
//   forward   v[o,n]      = b[o] + sum_c sum_k w[o,c,k] u[c, source(n + k - PAD)]
//   adjointU  uBar[c,m]   = sum_o sum_k w[o,c,k] sum of vBar[o,n] over the n with source(n + k - PAD) = m
//   adjointW  wBar[o,c,k] = sum_n vBar[o,n] u[c, source(n + k - PAD)]
//   adjointB  bBar[o]     = sum_n vBar[o,n]
//
// source(q), the element that stands at position q of the padded axis:
//   PERIODIC  q mod N        ZEROS  none beyond the ends        REFLECT  mirrored at the end points, which are not repeated
//
// Shapes  u, uBar: [C_IN, N], v, vBar: [C_OUT, N], N fastest.  w, wBar: [C_OUT, C_IN, K], K <= N.  b, bBar: [C_OUT].
import super::io::{C_IN, C_OUT, N, K, PAD, BOUNDARY, u, w, b, setV, vBar, setUBar};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

fn source(q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return (q + N) % N; }
  if (BOUNDARY == REFLECT) { return (N - 1) - abs((N - 1) - abs(q)); }
  return select(NONE, q, q >= 0 && q < N);
}

// The positions n with source(n + k - PAD) = m: up to three, counted by `image`; NONE where there is none.
fn reader(m: i32, k: i32, image: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(NONE, (m - k + PAD + N) % N, image == 0); }
  var q = m;
  if (image == 1) { q = select(NONE - PAD, -m, BOUNDARY == REFLECT && m > 0); }
  if (image == 2) { q = select(NONE - PAD, 2 * (N - 1) - m, BOUNDARY == REFLECT && m < N - 1); }
  let n = q - k + PAD;
  return select(NONE, n, n >= 0 && n < N);
}

fn forward(i: u32) {
  let o = i / N;
  let n = i % N;
  var sum = b(o);
  for (var c = 0u; c < C_IN; c++) {
    for (var k = 0u; k < K; k++) {
      let m = source(i32(n + k) - PAD);
      if (m != NONE) { sum += w((o * C_IN + c) * K + k) * u(c * N + u32(m)); }
    }
  }
  setV(i, sum);
}

fn adjointU(i: u32) {
  let c = i / N;
  let m = i % N;
  var sum = 0.0;
  for (var o = 0u; o < C_OUT; o++) {
    for (var k = 0u; k < K; k++) {
      let weight = w((o * C_IN + c) * K + k);
      for (var image = 0; image < select(1, 3, BOUNDARY == REFLECT); image++) {
        let n = reader(i32(m), i32(k), image);
        if (n != NONE) { sum += weight * vBar(o * N + u32(n)); }
      }
    }
  }
  setUBar(i, sum);
}

fn adjointW(i: u32, n: u32) -> f32 {
  let o = i / (C_IN * K);
  let c = i / K % C_IN;
  let m = source(i32(n + i % K) - PAD);
  if (m == NONE) { return 0.0; }
  return vBar(o * N + n) * u(c * N + u32(m));
}

fn adjointB(o: u32, n: u32) -> f32 {
  return vBar(o * N + n);
}
