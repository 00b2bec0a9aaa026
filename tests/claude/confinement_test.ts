import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { preToolUse } from "../../src/claude/pre_tool_use.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** Whether the hook lets a call pass without a question. */
async function passes(stage: Stage, command: string): Promise<boolean> {
  const input = {
    cwd: stage.repository.dir,
    tool_name: "Bash",
    tool_input: { command },
  };
  return await preToolUse(JSON.stringify(input), stage.env) !== null;
}

Deno.test("the hook lets a run be continued without a question only if it works in a sandbox", async () => {
  await using stage = await makeStage();
  const prompt = steps("Begin", resultStep(false, "half", "go on"));
  const confined = await stage.start(prompt);
  const free = await stage.start(prompt, "--sandbox", "danger-full-access");
  const calls = (id: string) => [
    `agentctl resume --parent-run-id ${id}`,
    `agentctl resume --parent-run-id=${id} --profile deep`,
    `agentctl resume --parent-run-id ${id} <<'PROMPT'\nGo on\nPROMPT`,
    `agentctl send ${id} "Go on"`,
    `agentctl send --now ${id} <<'MESSAGE'\nGo on\nMESSAGE`,
  ];
  for (const call of calls(confined)) assert(await passes(stage, call), call);
  for (const call of [...calls(free), ...calls("@last")]) {
    assertEquals(await passes(stage, call), false, call);
  }
  // agentctl itself refuses it.
  assert(await passes(stage, "agentctl resume --parent-run-id nobody"));
});

Deno.test("an escalation, which passes without a question, keeps the sandbox of the first attempt whatever its profile says", async () => {
  await using stage = await makeStage();
  const home = stage.env["CODEX_HOME"] ?? join(stage.scratch.home, ".codex");
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(
    join(home, "free.config.toml"),
    'sandbox_mode = "danger-full-access"\n',
  );
  const call = "agentctl start --escalate free --prompt x";
  assert(await passes(stage, call));
  const id = await stage.start(
    steps("Try", resultStep(false, "no")),
    "--escalate",
    "free",
  );
  const { record } = await stage.wait(id);
  assertEquals(
    [record["profile"], record["sandbox"]],
    ["free", "workspace-write"],
  );
});
