/**
 * The table of long rollouts.
 *
 * @module
 */
import os from "node:os";

/** One policy, or a peer, at one R. */
export interface Row {
  /** The policy, or the peer's name. */
  readonly what: string;
  readonly numRolloutSteps: number;
  /** Bytes on the device; for the peer the temporaries of its program. */
  readonly bytes: number | null;
  /** Seconds to the first update, compiling and planning included. */
  readonly first: number | null;
  /** Seconds of a later update; null where only one was made. */
  readonly later: number | null;
  /** The loss of the first update, or why there is none. */
  readonly note: string;
}

const or = (x: number | null, show: (x: number) => string): string => x === null ? "-" : show(x);

/** The table as Markdown. */
export function tableOf(rows: readonly Row[], maxBytes: number): string {
  const [cpu] = os.cpus();
  const lines = rows.map(({ what, numRolloutSteps, bytes, first, later, note }) =>
    `| ${
      [
        numRolloutSteps,
        what,
        or(bytes, (x) => (x / 2 ** 20).toFixed(1)),
        or(first, (x) => x.toFixed(2)),
        or(later, (x) => x.toFixed(3)),
        note,
      ].join(" | ")
    } |`
  );
  return `# Long rollouts

The 1D ResNet (1->32, 4 blocks of two k=3 convolutions, ->1; N = 128, batch 20, Adam) trained through R steps by
\`deno task bench:memory\` on ${cpu?.model.trim()}, ${os.cpus().length} cores, load ${
    os.loadavg()[0]!.toFixed(1)
  }, software adapter, with
\`maxBytes\` of ${
    maxBytes / 2 ** 20
  } MiB. \`checkpoints\` keeps about the square root of R time levels. For trainax (jitted update
of its \`Supervised\`, JAX on the same cores) the bytes are the temporaries of XLA's program. At R = 1000 one update is
made; in the picture its time is that of an update, too.

| R | policy | MiB | s to the first update | s per update | |
| --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
}
