/**
 * What parent and peers say to each other: one request a line on the peer's standard input, one reply a line on its
 * standard output. Lines without the mark are chatter of a library and are ignored.
 *
 * @module
 */

/** What a peer is asked to do. A `load` comes before anything else. */
export type Request =
  /** Reads a problem folder; builds and compiles nothing yet. */
  | { readonly do: "load"; readonly folder: string }
  /** Makes the first updates from the initial weights, unless the peer sees that they take longer than the limit. */
  | { readonly do: "check"; readonly updates: number; readonly limitSeconds: number }
  /** Times updates in the steady state: everything is compiled, the wait at the end is included. */
  | { readonly do: "time"; readonly updates: number }
  /** One update from nothing to its loss and weights. Only the first one in a process means anything. */
  | { readonly do: "first" }
  /** Times the encoding of launches. Only ours knows it. */
  | { readonly do: "encode"; readonly updates: number };

/** The first words of a peer. */
export interface Hello {
  /** The library with its version, and what it runs on. */
  readonly library: string;
  /** The adapter that it got; null without a GPU. */
  readonly adapter: string | null;
}

/** What the first updates gave. */
export interface Checked {
  /** The loss of each update, before it. */
  readonly losses: readonly number[];
  /** The weights after the last update, flat, in the order of the problem. */
  readonly weights: readonly number[];
  /** Seconds of one of the later updates, roughly. */
  readonly secondsPerUpdate: number;
  /** Dispatches of an update; null without a GPU. */
  readonly launches: number | null;
  /** The most bytes that GPU buffers held at a time; null without a GPU. */
  readonly gpuBytes: number | null;
}

/** A check that was given up, since it would take longer than the limit. */
export interface TooSlow {
  /** How long the check would have taken. */
  readonly projectedSeconds: number;
}

/** A stretch of updates in the steady state. */
export interface Timed {
  /** How many updates were timed; a peer may do a few more than it was asked for. */
  readonly updates: number;
  /** How long they took together. */
  readonly seconds: number;
}

/** What encoding took. */
export interface Encoded {
  /** For each encoder of many launches: how long the host took for each of them, from making to finishing it. */
  readonly secondsPerLaunch: readonly number[];
}

/** What a library must be able to do to take part. */
export interface Runner {
  /** Answers `load`. */
  load(folder: string): Promise<void>;
  /** Answers `check`. */
  check(updates: number, limitSeconds: number): Promise<Checked | TooSlow>;
  /** Answers `time`. */
  time(updates: number): Promise<Timed>;
  /** Answers `first` with seconds. */
  first(): Promise<number>;
  /** Answers `encode`. */
  encode?(updates: number): Promise<Encoded>;
}

/** What every line of the protocol starts with. */
export const MARK = "@peer ";

/** The lines of a stream of bytes. */
export function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncIterable<string> {
  let rest = "";
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TransformStream<string, string>({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
      flush: (controller) => controller.enqueue(rest),
    }),
  );
}

/** Answers requests until the parent closes the stream. */
export async function serve(hello: Hello, runner: Runner): Promise<void> {
  const say = (reply: unknown) => console.log(MARK + JSON.stringify(reply));
  say({ ok: hello });
  for await (const line of linesOf(Deno.stdin.readable)) {
    if (line === "") continue;
    try {
      say({ ok: await answer(runner, JSON.parse(line)) ?? null });
    } catch (error) {
      say({ error: String(error instanceof Error ? error.stack : error) });
    }
  }
}

function answer(runner: Runner, request: Request): Promise<unknown> {
  switch (request.do) {
    case "load":
      return runner.load(request.folder);
    case "check":
      return runner.check(request.updates, request.limitSeconds);
    case "time":
      return runner.time(request.updates);
    case "first":
      return runner.first();
    case "encode":
      if (runner.encode === undefined) throw new TypeError("Cannot time encoding as the peer must know how");
      return runner.encode(request.updates);
  }
}
