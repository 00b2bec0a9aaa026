import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import * as z from "zod/mini";
import { monitors } from "../../../src/claude/hooks/monitors.ts";
import {
  hasMonitor,
  monitorPlace,
  startsMonitors,
  wakeMonitor,
} from "../../../src/owners/monitor_place.ts";
import { makeScratch } from "../../support/scratch.ts";
import { until } from "../../support/until.ts";

Deno.test("the script of monitors() sleeps until a run is wanted, calls agentctl then, also after a failure, and ends after its Claude Code", async () => {
  await using scratch = await makeScratch();
  const env: Record<string, string> = {
    ...scratch.env,
    AI_AGENT: "claude-code_1-2-3_agent",
    CLAUDE_CODE_ENTRYPOINT: "cli",
  };
  const calls = join(scratch.dir, "calls");
  const program = join(scratch.dir, "it's agentctl");
  const failing = join(scratch.dir, "failing");
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\necho "$@" >> '${calls}'\n[ ! -e '${failing}' ] || { rm '${failing}'; exit 5; }\n`,
    { mode: 0o755 },
  );
  const [monitor] = z.array(z.object({ command: z.string() }))
    .parse(monitors([program]));
  // Stands for Claude Code: it has a child, and does not become it.
  const start = () =>
    new Deno.Command("/bin/sh", {
      args: ["-c", '/bin/sh -c "$1"; exit', "claude", monitor?.command ?? ""],
      env,
      clearEnv: true,
      stdin: "null",
    }).spawn();
  const processOf = ({ pid }: Deno.ChildProcess) => ({
    ...{ pid, started: "1", home: "/home" },
  });
  const said = async (count: number) =>
    await until(`agentctl is called ${count} times`, async (see) => {
      const text = await Deno.readTextFile(calls).catch(() => "");
      const lines = see(text).split("\n").slice(0, -1);
      return lines.length >= count && lines;
    });
  const asleep = (claude: Deno.ChildProcess) =>
    until(
      "the monitor is there",
      () => hasMonitor(env, processOf(claude)),
    );

  assertEquals(await startsMonitors(env), false);
  const first = start();
  await asleep(first);
  await until("its version is known", () => startsMonitors(env));
  assertEquals(await exists(calls), false);
  const owner = { process: processOf(first) };
  await wakeMonitor(env, owner, "/somewhere/.ai-orch");
  const call = `_monitor ${first.pid}`;
  assertEquals(await said(1), [call]);
  await Deno.writeTextFile(failing, "");
  await wakeMonitor(env, owner, "/somewhere/.ai-orch");
  assertEquals((await said(3)).slice(0, 3), [call, call, call]);

  first.kill("SIGKILL");
  await first.status;
  const second = start();
  // It wakes those whose Claude Code is gone.
  await until(
    "the first monitor has ended",
    async () => !await exists(monitorPlace(env, first.pid).pipe),
  );
  await asleep(second);
  second.kill("SIGKILL");
  await second.status;
  // So that it does not stay behind.
  await wakeMonitor(env, { process: processOf(second) }, "/other/.ai-orch");
});
