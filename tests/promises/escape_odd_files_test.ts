import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { initWorkspace } from "../../src/workspace/init.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import type { LoopAnswer, LoopCall } from "./command_loop.ts";
import { endedRun } from "./ended_run.ts";

const LOOP = fromFileUrl(new URL("./command_loop.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** What a command reads of a workspace; those of run "bad" stand for those of any run. */
const FILES = [
  ...["config.jsonc", "projects.json", "pauses.json", "notify.log"],
  ...["prompts/spark.md", "seen/bad", "queue/bad"],
  ...["meta.json", "prompt.md", "output.json", "diff.patch", "worktree.json"]
    .map((name) => `runs/bad/${name}`),
  ...["messages/1.json", "messages/1.md", "overlaps/x.json"]
    .map((name) => `runs/bad/${name}`),
];

/** Those that only look come last: they give the write permission away for good. */
const COMMANDS = [
  ["rerun", "bad", "--hold"],
  ["start", "--prompt", "Do it", "--profile", "spark", "--hold"],
  ["list"],
  ["show", "bad"],
  ["diff", "bad"],
  ["inbox"],
  ["stats"],
  ["projects"],
  ["prompt", "spark"],
  ["send", "bad", "--list"],
];

async function makePipe(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
  const { success } = await new Deno.Command("mkfifo", { args: [path] })
    .output();
  assert(success);
}

/** A workspace with run "bad", in which one file is a named pipe. */
async function workspaceWithPipe(root: string, file: string): Promise<void> {
  await initWorkspace(root);
  const record = endedRun("bad", "done");
  const texts: Record<string, string> = {
    "runs/bad/meta.json": JSON.stringify(record),
    "runs/bad/prompt.md": "Do it",
  };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.mkdir(dirname(join(root, name)), { recursive: true });
    await Deno.writeTextFile(join(root, name), text);
  }
  await Deno.mkdir(dirname(join(root, file)), { recursive: true });
  await makePipe(join(root, file));
}

/** Runs commands one after the other in one process; fails if they do not end. */
async function runAll(calls: LoopCall[], about: string): Promise<LoopAnswer[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-lock", "--config", CONFIG, LOOP],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = new Response(child.stdout).text();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(calls)));
  await writer.close();
  const ended = await within(60_000, child.status);
  if (ended === "late") {
    child.kill("SIGKILL");
    await child.status;
    throw new Error(`A command hangs: ${about}`);
  }
  return JSON.parse(await output);
}

async function within<T>(ms: number, action: Promise<T>): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  return await Promise.race([action, late]).finally(() => clearTimeout(timer));
}

function callsAt(stage: Stage, root: string, commands: string[][]): LoopCall[] {
  return commands.map((argv) => ({
    argv: [...argv, "--workspace", root],
    caller: { cwd: stage.repository.dir, env: stage.env },
  }));
}

Deno.test("no command waits for a named pipe that stands in for a file of the workspace", async (t) => {
  await using stage = await makeStage();
  for (const [index, file] of FILES.entries()) {
    await t.step(file, async () => {
      const root = join(stage.scratch.dir, `case-${index}`, ".ai-orch");
      await workspaceWithPipe(root, file);
      const calls = callsAt(stage, root, COMMANDS);
      for (const [at, answer] of (await runAll(calls, file)).entries()) {
        const about = `${COMMANDS[at]?.join(" ")}: ${JSON.stringify(answer)}`;
        assert(!/internal error/i.test(answer.stderr), about);
        if (answer.code !== 5) continue;
        // A record is named by its run.
        const named = file === "runs/bad/meta.json" ? 'run "bad"' : file;
        assert(answer.stderr.includes(named), about);
      }
    });
  }
});

Deno.test("no command waits for a named pipe, or reads on forever, where a file is named to it", async () => {
  await using stage = await makeStage();
  await workspaceWithPipe(stage.workspace, "pauses.json");
  const pipe = join(stage.scratch.dir, "pipe");
  const link = join(stage.scratch.dir, "link");
  const sparse = join(stage.scratch.dir, "sparse");
  await makePipe(pipe);
  await Deno.symlink(pipe, link);
  await Deno.writeTextFile(sparse, "");
  await Deno.truncate(sparse, 2 ** 40);
  const odd = [pipe, link, "/dev/zero", sparse, stage.scratch.dir];
  const commands = odd.flatMap((path) => [
    ["start", "--prompt-file", path],
    ["start", "--batch", path],
    ["resume", "--parent-run-id", "bad", "--prompt-file", path],
    ["send", "bad", "--message-file", path],
  ]);
  const answers = await runAll(
    callsAt(stage, stage.workspace, commands),
    "a named file",
  );
  for (const [at, { code, stderr }] of answers.entries()) {
    const about = `${commands[at]?.join(" ")}: ${stderr}`;
    assert(code === 2 || code === 3, about);
    assertMatch(stderr, /not a file|bytes|has ended|no thread/, about);
  }
});

Deno.test("a plain read waits for a named pipe: the control", async () => {
  await using stage = await makeStage();
  const pipe = join(stage.scratch.dir, "pipe");
  await makePipe(pipe);
  const reader = new Deno.Command(Deno.execPath(), {
    args: ["eval", `Deno.readTextFileSync(${JSON.stringify(pipe)})`],
  }).spawn();
  assertEquals(await within(1_000, reader.status), "late");
  await Deno.writeTextFile(pipe, "at last");
  assertEquals((await reader.status).success, true);
});
