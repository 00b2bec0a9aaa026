import { join } from "@std/path";
import { standInMain } from "../../src/stand_in/stand_in_main.ts";

/** What a call of the stand-in printed. */
export interface Called {
  code: number;
  stdout: string;
  stderr: string;
  /** The lines of stdout, if all are JSON. */
  events: PrintedEvent[];
}

/** Any event, with the fields that a test looks at. */
export interface PrintedEvent {
  type: string;
  thread_id: string;
  model: string;
  item: {
    type: string;
    text: string;
    command: string;
    aggregated_output: string;
    exit_code: number | null;
    changes: { path: string; kind: string }[];
  };
  usage: { input_tokens: number; output_tokens: number };
  error: { message: string };
}

/** A folder with a repository and an empty home of Codex. */
export interface Place {
  folder: string;
  call(
    args: string[],
    prompt?: string | Uint8Array,
    signal?: AbortSignal,
  ): Promise<Called>;
  read(name: string): string;
  home: string;
}

/** Runs a test with folders of its own, which go away afterwards. */
export async function withPlace(
  test: (place: Place) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folder = join(root, "work");
  const home = join(root, "codex-home");
  await Deno.mkdir(join(folder, ".git"), { recursive: true });
  await Deno.writeTextFile(
    join(folder, ".git", "HEAD"),
    "ref: refs/heads/main\n",
  );
  await Deno.mkdir(home);
  try {
    await test({
      folder,
      home,
      read: (name) => Deno.readTextFileSync(join(folder, name)),
      call: (args, prompt = "", signal) =>
        call(args, prompt, { folder, home, signal }),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function call(
  args: string[],
  prompt: string | Uint8Array,
  place: { folder: string; home: string; signal?: AbortSignal },
): Promise<Called> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const bytes = typeof prompt === "string"
    ? new TextEncoder().encode(prompt)
    : prompt;
  const code = await standInMain(args, {
    cwd: place.folder,
    stdin: ReadableStream.from(bytes.length > 0 ? [bytes] : []),
    stdout: (part) => chunks.stdout.push(part.slice()),
    stderr: {
      writeSync: (part) =>
        chunks.stderr.push(part.slice(0, 7)) && Math.min(7, part.length),
    },
    env: { CODEX_HOME: place.home },
    version: "1.2.3",
    signal: place.signal,
  });
  const text = (parts: Uint8Array[]) => new TextDecoder().decode(concat(parts));
  const stdout = text(chunks.stdout);
  let events: PrintedEvent[] = [];
  try {
    events = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  } catch {
    // Not every call prints events.
  }
  return { code, stdout, stderr: text(chunks.stderr), events };
}

function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A prompt of script lines. */
export function script(...steps: unknown[]): string {
  return steps.map((step) => `stand-in: ${JSON.stringify(step)}`).join("\n");
}

export const EXEC = [
  "exec",
  "--json",
  "--color",
  "never",
  "-s",
  "workspace-write",
];

/** The event at the index, from the end if negative. Throws if there is none. */
export function nth(events: PrintedEvent[], index: number): PrintedEvent {
  const event = events.at(index);
  if (!event) {
    throw new Error(`There is no event ${index} among ${events.length}`);
  }
  return event;
}
