// What varies by action, by update and by launch. The host writes the records by their layouts in the linked text.

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

// One update: a batch of `batch` rows for each of `members` members, of which the first `live` rows are samples.
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
