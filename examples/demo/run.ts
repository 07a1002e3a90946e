/**
 * The demo: three lessons, a line for each, and pictures.
 *
 * @module
 */
import { Gpu, type NdArray, type Progress } from "@unroll/unroll";
import { holdLesson, type Lesson, lessonLine, unseenTruth } from "./lesson.ts";

/** Through how many steps the lessons unroll. */
const ROLLOUT_STEPS = [1, 5, 20];

/** How many steps the pictures show. */
const PICTURED_STEPS = 100;

/** What the demo is asked for. */
export interface DemoOptions {
  /** How many updates each lesson does. */
  readonly numUpdates: number;
  /** The folder for the pictures, made where it is missing; null for none. */
  readonly out: string | null;
  /** Where lines go. */
  readonly print: (line: string) => void;
  /** Makes what shows the progress of a lesson; disposed when the lesson is over. Default: nothing does. */
  readonly newBar?: () => Disposable & ((progress: Progress) => void);
}

/**
 * Runs the demo.
 *
 * @param options what it is asked for
 * @returns the lessons, in the order of their lines
 */
export async function runDemo(options: DemoOptions): Promise<Lesson[]> {
  const { numUpdates, out, print, newBar = silentBar } = options;
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  await using gpu = await Gpu.request();
  if (out !== null) await Deno.mkdir(out, { recursive: true });
  print(`adapter: ${gpu.name}`);
  print("a stencil of two points learns advection by 0.75 grid points a step, as in the README of trainax");
  print("keys: 0, 73 and 42 with partitionable: false, the layout of JAX before 0.5");
  print(
    "seconds: the whole call of train, with compiling, uploading and reading back; updates/s is over these",
  );
  const truth = unseenTruth(PICTURED_STEPS);
  const lessons: Lesson[] = [];
  for (const numRolloutSteps of ROLLOUT_STEPS) {
    using onProgress = newBar();
    const lesson = await holdLesson(gpu, truth, { numRolloutSteps, numUpdates, onProgress });
    lessons.push(lesson);
    print(lessonLine(lesson));
  }
  const trained = seconds();
  if (out !== null) await paint(out, truth, lessons);
  print(closingWords(lessons));
  if (out !== null) print(`pictures: ${out}/loss.svg and ${out}/rollouts.svg`);
  print(`time: ${seconds()} in all${out === null ? "" : `, ${trained} without the pictures`}`);
  return lessons;
}

const silentBar = () => Object.assign(() => {}, { [Symbol.dispose]: () => {} });

/** Writes the pictures. Their libraries are loaded only here. */
async function paint(
  out: string,
  truth: NdArray,
  lessons: readonly Lesson[],
): Promise<void> {
  const { lossCurves } = await import("./pictures/loss_curves.ts");
  const { rolloutPictures } = await import("./pictures/rollouts.ts");
  await Deno.writeTextFile(`${out}/loss.svg`, await lossCurves(lessons));
  await Deno.writeTextFile(`${out}/rollouts.svg`, await rolloutPictures(truth, lessons));
}

/** A distance below which something was learned; before training it is 0.59. */
const CLOSE = 0.1;

/** What was learned, as the distances show it. */
function closingWords(lessons: readonly Lesson[]): string {
  return lessons.every(({ distance }, i) => distance < (lessons[i - 1]?.distance ?? CLOSE))
    ? "learned: the longer the unrolled rollout, the closer the stencil is to the upwind scheme [0.25, 0.75]"
    : "learned: too little to tell; 1000 updates are enough";
}
