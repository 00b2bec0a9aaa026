import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { markThread, promptKept } from "../../src/codex/thread_file.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { within } from "../support/until.ts";

const THREAD = "01a214be-95c5-7e60-b7f1-0c4ba43b3275";

async function writeThread(home: string, ...prompts: string[]): Promise<void> {
  const folder = join(home, "sessions/2026/11/25");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    join(folder, `rollout-2026-11-25T22-06-03-${THREAD}.jsonl`),
    prompts.map((text) => JSON.stringify({ payload: { text } }) + "\n").join(
      "",
    ),
  );
}

Deno.test("promptKept() resolves when the thread's file has the prompt, whatever is in it", async () => {
  await using home = await temporaryFolder();
  const env = { CODEX_HOME: home.path };
  const prompt = `"a" \\ \u001b[31m ü 漢 ${"😀".repeat(500)}\r\n`;
  let kept = false;
  const waiting = promptKept(env, THREAD, prompt, null).then(() => kept = true);
  await writeThread(home.path, "something else");
  assertEquals(kept, false);
  await writeThread(home.path, "something else", prompt);
  await within("the prompt is found", waiting);
});

Deno.test("promptKept() takes no earlier prompt of the same words for this one", async () => {
  await using home = await temporaryFolder();
  const env = { CODEX_HOME: home.path };
  await writeThread(home.path, "Go on");
  const before = await markThread(env, THREAD);
  let kept = false;
  const waiting = promptKept(env, THREAD, "Go on", before)
    .then(() => kept = true);
  await markThread(env, THREAD);
  assertEquals(kept, false);
  await writeThread(home.path, "Go on", "Go on");
  await within("the prompt is found", waiting);
});

Deno.test("markThread() knows a thread without a file", async () => {
  await using home = await temporaryFolder();
  assertEquals(await markThread({ CODEX_HOME: home.path }, THREAD), {
    path: null,
    size: 0,
  });
});
