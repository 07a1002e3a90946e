/**
 * A peer as the parent sees it: a process that is started when it is needed, and again after it was killed.
 *
 * @module
 */
import type { Contestant } from "./contestants.ts";
import {
  type Checked,
  type Encoded,
  type Hello,
  linesOf,
  MARK,
  type Request,
  type Timed,
  type TooSlow,
} from "./protocol.ts";

/** What the peer gives for each request. */
interface Replies {
  readonly load: null;
  readonly check: Checked | TooSlow;
  readonly time: Timed;
  readonly first: number;
  readonly encode: Encoded;
}

/** Thrown when a peer fails or takes too long. */
export class PeerError extends Error {
  override readonly name = "PeerError";
}

/** How long a process may take until it says hello. */
const HELLO_SECONDS = 120;

/** A process that answers one request at a time. */
export class Peer implements AsyncDisposable {
  /** What it said when it started. */
  readonly hello: Hello;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #errors: Promise<string>;

  private constructor(
    child: Deno.ChildProcess,
    lines: AsyncIterator<string>,
    errors: Promise<string>,
    hello: Hello,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#errors = errors;
    this.#writer = child.stdin.getWriter();
    this.hello = hello;
  }

  /**
   * Starts a process and waits until its library is ready.
   *
   * @param contestant which
   * @param env further environment variables
   */
  static async start({ command, env }: Contestant, further: Record<string, string> = {}): Promise<Peer> {
    const child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      env: { NO_COLOR: "1", ...env, ...further },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines = linesOf(child.stdout)[Symbol.asyncIterator]();
    const errors = new Response(child.stderr).text();
    const peer = new Peer(child, lines, errors, { library: "", adapter: null });
    const hello = await peer.#reply(HELLO_SECONDS) as Hello;
    return Object.assign(peer, { hello });
  }

  /**
   * Asks for something.
   *
   * @param request what
   * @param limitSeconds how long it may take; then the process is killed
   * @throws {PeerError} when the peer fails, ends or takes too long
   */
  async ask<R extends Request>(request: R, limitSeconds: number): Promise<Replies[R["do"]]> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    return await this.#reply(limitSeconds) as Replies[R["do"]];
  }

  async #reply(limitSeconds: number): Promise<unknown> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#kill();
    }, 1000 * limitSeconds);
    try {
      while (true) {
        const { value: line, done } = await this.#lines.next();
        if (isLate) throw new PeerError(`no answer within ${limitSeconds.toFixed(0)} s`);
        if (done) throw new PeerError(`the process ended: ${(await this.#errors).trim().slice(-500)}`);
        if (!line.startsWith(MARK)) continue;
        const reply = JSON.parse(line.slice(MARK.length)) as { ok?: unknown; error?: string };
        if (reply.error !== undefined) throw new PeerError(reply.error);
        return reply.ok;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended on its own
    }
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#writer.abort().catch(() => {});
    await this.#child.status;
    await this.#errors.catch(() => {});
  }
}
