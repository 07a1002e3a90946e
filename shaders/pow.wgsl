// pow, element by element, by a constant exponent.
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
