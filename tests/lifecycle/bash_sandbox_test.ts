import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, steps } from "../support/stage.ts";

const IN_SANDBOX = { env: { SANDBOX_RUNTIME: "1" } };

Deno.test("in Claude Code's Bash sandbox, what cannot work says so and what looks works", async () => {
  await using stage = await makeStage();
  const prompt = steps("Do it", resultStep(true, "did it"));
  const start = ["start", "--prompt", prompt];
  // Settings of Claude Code may give agentctl all it needs there.
  const { code, stdout } = await stage.agentctl(start, IN_SANDBOX);
  const id = stdout.trim();
  assertEquals(code, 0);
  await stage.wait(id);

  const tmux = join(stage.scratch.bin, "tmux");
  await Deno.remove(tmux).catch(() => {});
  await Deno.writeTextFile(
    tmux,
    "#!/bin/sh\necho 'error connecting to /x (Operation not permitted)' >&2\nexit 1\n",
    { mode: 0o755 },
  );
  const remedy =
    'the Bash sandbox of Claude Code keeps agentctl from tmux or from its state; use the MCP tools of agentctl, which "agentctl orch" and "agentctl claude install --mcp" provide, or, for what has no tool, a terminal of your own\n';
  const refused: [args: string[], action: string][] = [
    [start, "start run"],
    [["resume", "--parent-run-id", id, "--prompt", "x"], "resume"],
    [["stop", id], "stop"],
    [["ack", id], "acknowledge"],
    [["clean", "--dry-run"], "clean"],
  ];
  for (const [args, action] of refused) {
    const output = await stage.agentctl(args, IN_SANDBOX);
    assertEquals([output.code, output.stdout], [5, ""], args.join(" "));
    assertStringIncludes(output.stderr, remedy);
    assertStringIncludes(output.stderr, `Cannot ${action}`);
  }
  for (
    const args of [["list"], ["show", id], ["wait", id], ["inbox"], [
      "diff",
      id,
    ]]
  ) {
    const output = await stage.agentctl(args, IN_SANDBOX);
    assertEquals(output.code, 0, `${args}: ${output.stderr}`);
  }
  const doctor = await stage.agentctl(["doctor"], IN_SANDBOX);
  assertStringIncludes(
    doctor.stdout.replaceAll(/\s+/g, " "),
    "Here the Bash sandbox of Claude Code keeps agentctl from tmux or from its state: runs cannot be started",
  );
  // Elsewhere it is a fault of tmux.
  const elsewhere = await stage.agentctl(start);
  assertEquals(elsewhere.code, 5);
  assertEquals(elsewhere.stderr.includes("sandbox"), false, elsewhere.stderr);
});
