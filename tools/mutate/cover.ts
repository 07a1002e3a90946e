/**
 * Which files are mutated, and which tests must notice.
 *
 * @module
 */

/** Globs of the files whose every operator, comparison and literal counts. */
export const MUTATED: readonly string[] = [
  "shaders/**/*.wgsl",
  "src/tape/*.ts",
  "src/graph/*.ts",
  "src/wgsl/*.ts",
  "src/configurations/*.ts",
  "src/run/places.ts",
  "src/run/locations.ts",
  "src/run/packed.ts",
  "src/run/mirrors.ts",
  "src/run/resident_entries.ts",
  "src/run/resident_pages.ts",
  "src/run/resident_replays.ts",
  "src/run/resident_turns.ts",
  "src/run/scratch.ts",
];

/** For files that match, the stages of tests, quickest first; `$1` is what the group matched. */
const COVER: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^shaders\/frames\/(optimizer|sum_squares|global_norm)\.wgsl$/, ["tests/optimizers/"]],
  [/^shaders\/frames\/step\.wgsl$/, ["tests/optimizers/", "tests/run/resident_test.ts"]],
  [/^shaders\/frames\/resident\.wgsl$/, ["tests/run/resident_", "tests/run/"]],
  [/^src\/wgsl\/(resident.*|specialize|static_values|syntax)\.ts$/, [
    "tests/wgsl/",
    "tests/run/resident_",
    "tests/run/",
  ]],
  [/^src\/run\/resident_turns\.ts$/, ["tests/run/resident_turns_test.ts", "tests/run/loop_turns_test.ts"]],
  [/^src\/run\/(resident_.+)\.ts$/, ["tests/run/$1_test.ts", "tests/run/resident_", "tests/run/"]],
  [/^shaders\/frames\/(.+)\.wgsl$/, ["tests/wgsl/", "tests/run/", "tests/ops/"]],
  [/^shaders\/optimizers\/(.+)\.wgsl$/, ["tests/optimizers/$1_test.ts", "tests/optimizers/"]],
  [/^shaders\/(conv|dense)(?:_weights)?_block\.wgsl$/, ["tests/ops/$1", "tests/ops/"]],
  [/^shaders\/(.+)\.wgsl$/, ["tests/ops/$1_test.ts", "tests/losses/$1_test.ts", "tests/ops/", "tests/run/"]],
  [/^src\/(tape|graph)\/(.+)\.ts$/, [
    "tests/$1/$2_test.ts",
    "tests/$1/",
    "tests/configurations/",
    "tests/run/",
  ]],
  [/^src\/run\/(scratch)\.ts$/, ["tests/run/$1_test.ts", "tests/run/", "tests/ops/"]],
  [/^src\/run\/(places|locations)\.ts$/, ["tests/run/frames_test.ts", "tests/ops/", "tests/run/"]],
  [/^src\/run\/(packed)\.ts$/, [
    "tests/ops/define_packed_test.ts",
    "tests/ops/conv_block_test.ts",
    "tests/run/",
  ]],
  [/^src\/run\/(mirrors)\.ts$/, ["tests/run/mirrors_test.ts", "tests/run/"]],
  [/^src\/(configurations|wgsl)\/(.+)\.ts$/, ["tests/$1/$2_test.ts", "tests/$1/", "tests/run/"]],
];

/** The stages of tests that cover a file: those of `tests` that the table names. */
export function stagesOf(path: string, tests: readonly string[]): string[][] {
  const [pattern, names] = COVER.find(([pattern]) => pattern.test(path)) ?? [/$^/, []];
  const found = new Set<string>();
  return names.map((name) => {
    const prefix = path.replace(pattern, name);
    const stage = tests.filter((test) =>
      test.startsWith(prefix) && test.endsWith("_test.ts") && !found.has(test)
    );
    stage.forEach((test) => found.add(test));
    return stage;
  }).filter((stage) => stage.length > 0);
}

/** Whether a path fits a glob of `*` (inside a folder) and `**` (across folders). */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob.split(/(\*\*\/|\*\*|\*)/).map((part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : RegExp.escape(part);
  });
  return new RegExp(`^${pattern.join("")}$`).test(path);
}
