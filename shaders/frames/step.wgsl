// One parameter of the current member through a stage of an optimizer. Frozen parameters and the padding between leaves
// are passed over.
import package::main::{roles, update, member, role};
import package::stage::{transform, store};

fn step(element: u32, x: f32) {
  role = roles[element];
  if ((role & 1u) == 0u) { return; }
  let i = member * update.parameters + element;
  store(i, transform(x, i));
}
