import { runCli } from "../../src/cli/run_cli.ts";
import type { Caller } from "../../src/workspace/workspace.ts";

/** One command for the loop. */
export interface LoopCall {
  argv: string[];
  caller: Caller;
  /** A command that never ends is left after so many lines on stdout, or when nothing comes any more. */
  lines?: number;
}

/** What it answered; `code` is `null` for a command that was left. */
export interface LoopAnswer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How long a command that never ends is listened to. */
const LISTEN_MS = 150;

async function answer(call: LoopCall): Promise<LoopAnswer> {
  let stdout = "", stderr = "", lines = 0;
  const enough = Promise.withResolvers<null>();
  const code = runCli(call.argv, call.caller, {
    print: (text) => {
      stdout += text + "\n";
      if (++lines === call.lines) enough.resolve(null);
    },
    say: (text) => stderr += text + "\n",
  });
  if (call.lines === undefined) return { code: await code, stdout, stderr };
  setTimeout(() => enough.resolve(null), LISTEN_MS);
  return { code: await Promise.race([code, enough.promise]), stdout, stderr };
}

// A process of its own: the reading commands give the write permission away for good.
if (import.meta.main) {
  const answers: LoopAnswer[] = [];
  const calls: LoopCall[] = JSON.parse(
    await new Response(Deno.stdin.readable).text(),
  );
  for (const call of calls) answers.push(await answer(call));
  const bytes = new TextEncoder().encode(JSON.stringify(answers));
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
  Deno.exit(0);
}
