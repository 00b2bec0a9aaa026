import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { statusLineScript } from "../../src/claude/plugin/status_line.ts";
import {
  makeStage,
  PROGRAM_ARGS,
  resultStep,
  steps,
} from "../support/stage.ts";
import { until } from "../support/until.ts";

Deno.test("the status line counts the runs of its session, and starts agentctl only if that may have changed", async () => {
  await using stage = await makeStage();
  const { scratch } = stage;
  const asked = join(scratch.dir, "asked");
  const program = join(scratch.dir, "program");
  await Deno.writeTextFile(asked, "");
  const words = [Deno.execPath(), ...PROGRAM_ARGS].map((word) => `'${word}'`);
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\nprintf x >> '${asked}'\nexec ${words.join(" ")} "$@"\n`,
    { mode: 0o755 },
  );
  const script = join(scratch.dir, "status_line.sh");
  await Deno.writeTextFile(script, statusLineScript([program]));
  const envOf = (session: string) => ({
    ...stage.env,
    CLAUDECODE: "1",
    CLAUDE_CODE_SESSION_ID: session,
  });
  const own = { env: envOf("mine") };
  const line = async (session = "mine") => {
    const { code, stdout } = await new Deno.Command("/bin/sh", {
      args: [script],
      cwd: stage.repository.dir,
      env: envOf(session),
      clearEnv: true,
      stdin: "null",
    }).output();
    assertEquals(code, 0);
    return new TextDecoder().decode(stdout);
  };
  const timesAsked = async () => (await Deno.readTextFile(asked)).length;
  const start = async () => {
    const prompt = steps(
      "Wait",
      { wait_for_file: gate },
      resultStep(true, "."),
    );
    const { code, stdout, stderr } = await stage.agentctl(
      ["start", "--prompt", prompt],
      own,
    );
    assertEquals(code, 0, stderr);
    return stdout.trim();
  };
  const gate = join(scratch.dir, "gate");

  assertEquals(await line(), "");
  assertEquals(await timesAsked(), 0, "There is no state yet");
  await Deno.mkdir(stage.workspace, { mode: 0o700 });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ max_parallel: 1 }),
  );
  const first = await start();
  assertEquals(await line(), "1 running\n");
  assertEquals(await line("other"), "");
  const second = await start();
  assertEquals(await line(), "1 running · 1 queued\n");
  await until("a call starts nothing", async () => {
    const before = await timesAsked();
    assertEquals(await line(), "1 running · 1 queued\n");
    return await timesAsked() === before;
  });

  await Deno.writeTextFile(gate, "");
  await stage.wait(first);
  await stage.wait(second);
  // To whoever waits in a shell, the result of a session's run is no news.
  assertEquals(await line(), "2 unread\n");
  await stage.agentctl(["show", first], own);
  assertEquals(await line(), "1 unread\n");
  await stage.agentctl(["ack", second], own);
  assertEquals(await line(), "");
  assertEquals(await line("../other"), "");
});
