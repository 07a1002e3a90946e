// trace, one parameter: the decaying sum of gradients that is called momentum; optax's `trace`.
//
//   m' = g + DECAY m        result = g + DECAY m' with Nesterov's look-ahead, else m'
import super::io::{DECAY, NESTEROV, momentum, setMomentum};

fn transform(g: f32, i: u32) -> f32 {
  let next = g + DECAY * momentum(i);
  setMomentum(i, next);
  return select(next, g + DECAY * next, NESTEROV == 1);
}
