// conv, one sample, over one to three axes, cross-correlation with as many positions out as in, or a STRIDE-th of them.
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
