// mul, element by element.
//
//   forward  v[i] = a[i] b[i]        adjointA  aBar[i] = vBar[i] b[i]        adjointB  bBar[i] = vBar[i] a[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) * b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i) * b(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(i) * a(i)); }
