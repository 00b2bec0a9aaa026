import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { dirname, join } from "@std/path";
import { commandLines } from "../support/processes.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { until, within } from "../support/until.ts";

/** Longer than the name of a socket may be. */
const LONG = "a-folder-with-a-very-long-name-".repeat(4);

/** The folder in which the demo takes place, as it says itself. */
function folderOf(stderr: string): string {
  const socket = /tmux -S (\S+) attach/.exec(stderr)?.[1];
  assert(socket !== undefined, stderr);
  return dirname(socket);
}

/** Processes that name the folder in their words. */
async function processesOf(folder: string): Promise<string[]> {
  return (await commandLines()).filter((line) => line.includes(folder));
}

async function assertNothingLeft(stage: Stage, stderr: string) {
  const folder = folderOf(stderr);
  assertEquals(await exists(folder), false, `${folder} is left`);
  await until(
    "all processes of the demo have ended",
    async (see) => see(await processesOf(folder)).length === 0,
  );
  assertEquals([...Deno.readDirSync(stage.scratch.home)], []);
  assertEquals([...Deno.readDirSync(stage.env["TMPDIR"] ?? "")], []);
}

Deno.test("the demo shows runs, a pane and what comes next, and leaves nothing, however long the folders' names are", async () => {
  await using stage = await makeStage();
  const home = join(stage.scratch.dir, "home", LONG);
  const tmp = join(stage.scratch.dir, LONG);
  await Deno.mkdir(home);
  await Deno.mkdir(tmp);
  const { code, stdout, stderr } = await stage.agentctl(["demo"], {
    env: { HOME: home, TMPDIR: tmp, COLUMNS: "100" },
  });
  assertEquals(code, 0, stderr);
  assertEquals(stderr.match(/Unexpected/), null);
  // The last attempt met the goal that the one before it had missed.
  assertStringIncludes(stdout, "✗ goal not met");
  const pane = stdout.slice(stdout.indexOf("A pane, as tmux shows it"));
  assertStringIncludes(pane, "Round totals to cents");
  assertStringIncludes(pane, "✓ goal met");
  assertStringIncludes(stderr, "task install");
  assertStringIncludes(stderr, "agentctl start --prompt");
  assertEquals([...Deno.readDirSync(home), ...Deno.readDirSync(tmp)], []);
  await Deno.remove(home);
  await assertNothingLeft(stage, stderr);
});

/** What ends a demo before it is done; impatient users press Ctrl-C again. */
const ENDS: Record<string, Deno.Signal[]> = {
  "Ctrl-C": ["SIGINT", "SIGINT"],
  "kill": ["SIGTERM"],
  "a closed terminal": ["SIGHUP"],
  "a reader that has gone": [],
};

Deno.test("a demo that is ended leaves no server, no worker and no folder", async () => {
  await Promise.all(
    Object.entries(ENDS).map(async ([name, signals]) => {
      await using stage = await makeStage();
      const demo = stage.spawn(["demo"]);
      const reader = demo.stderr.pipeThrough(new TextDecoderStream())
        .getReader();
      let said = "";
      const read = async () => said += (await reader.read()).value ?? "";
      await until(
        `the demo says where its panes are (${name})`,
        async (see) => see(await read()).includes(" attach"),
      );
      for (const signal of signals) demo.kill(signal);
      if (signals.length === 0) await reader.cancel();
      else {
        await until(
          `the demo says that it ends (${name})`,
          async (see) => see(await read()).includes("Interrupted: "),
        );
        await reader.cancel();
      }
      const { code } = await within(`the end by ${name}`, demo.status);
      assertEquals([name, code], [name, signals.length === 0 ? 141 : 130]);
      assertEquals(await new Response(demo.stdout).text(), "", name);
      await assertNothingLeft(stage, said);
    }),
  );
});
