/**
 * What test files need of Deno, in a browser: `Deno.test`, and files that the page brought along. Whatever else of Deno a
 * test touches throws, and the test counts as one that needs Deno.
 *
 * @module
 */

/** How a test ended. */
export interface Outcome {
  /** The test's name. */
  readonly name: string;
  /** Whether it held; null where it needs something that only Deno has. */
  readonly ok: boolean | null;
  /** What it threw, with the stack. */
  readonly error: string;
}

interface Test {
  readonly name: string;
  readonly fn: (context: unknown) => unknown;
}

/** Thrown by tests that need something that only Deno has. */
class OnlyInDeno extends Error {}

const tests: Test[] = [];
const endings: (() => unknown)[] = [];
const { files } = globalThis as unknown as { readonly files: Readonly<Record<string, string>> };

const textOf = (url: URL | string): string => {
  const text = files[String(url).split("/").at(-1)!];
  if (text === undefined) throw new OnlyInDeno(`file ${url}`);
  return text;
};

const known: Readonly<Record<string, unknown>> = {
  test: Object.assign((name: string, fn: Test["fn"]) => tests.push({ name, fn }), {
    afterAll: (fn: () => unknown) => endings.push(fn),
  }),
  readTextFileSync: textOf,
  readTextFile: (url: URL | string) => Promise.resolve(textOf(url)),
  inspect: (x: unknown) => String(x),
};

Object.defineProperty(globalThis, "Deno", {
  value: new Proxy(known, {
    get(target, name: string) {
      if (name in target) return target[name];
      throw new OnlyInDeno(`Deno.${name}`);
    },
  }),
});

/** Runs the tests one after another, with a report of each. */
export async function run(report: (outcome: Outcome) => Promise<unknown>): Promise<void> {
  const step = async (name: unknown, fn: Test["fn"]) => {
    await fn({ name, step });
    return true;
  };
  for (const { name, fn } of tests) {
    try {
      await fn({ name, step });
      await report({ name, ok: true, error: "" });
    } catch (error) {
      const ok = error instanceof OnlyInDeno ? null : false;
      await report({ name, ok, error: String((error as Error).stack ?? error) });
    }
  }
  for (const end of endings) await end();
}
