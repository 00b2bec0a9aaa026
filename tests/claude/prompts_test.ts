import { assertEquals } from "@std/assert";
import orchestrator from "../../prompts/orchestrator.md" with { type: "text" };
import skill from "../../prompts/skill.md" with { type: "text" };
import { preToolUse } from "../../src/claude/hooks/pre_tool_use.ts";
import { readCommand } from "../../src/claude/hooks/read_command.ts";
import { optionsOf } from "../../src/cli/command.ts";
import startCommand from "../../src/cli/start.ts";
import { parseBatchFile } from "../../src/task/batch_file.ts";

/** The blocks of a prompt that a model copies, as it would call them. */
function callsIn(text: string): string[] {
  return [...text.matchAll(/^( *)```\n(.*?)\n\1```$/gms)].map((
    [, indent = "", block = ""],
  ) =>
    block.split("\n").map((line) => line.slice(indent.length)).join("\n")
      .replace("NAME", "shop")
  );
}

Deno.test("the calls that the prompts show pass without a question, have options that exist, and batches that parse", async () => {
  const known = Object.keys(optionsOf(startCommand));
  for (const text of [orchestrator, skill]) {
    const calls = callsIn(text);
    assertEquals(calls.length, 2);
    for (const command of calls) {
      const input = {
        ...{ cwd: "/home/me/repository", tool_name: "Bash" },
        tool_input: { command },
      };
      const answer = await preToolUse(JSON.stringify(input), { HOME: "/none" });
      const said = JSON.parse(answer ?? "null")?.hookSpecificOutput;
      assertEquals(said?.permissionDecision, "allow", command);
      const [call] =
        readCommand(command, { env: {} })?.places.get(null)?.calls ??
          [];
      const options = [...call?.options.keys() ?? []];
      assertEquals(options.filter((option) => !known.includes(option)), []);
      if (!options.includes("batch")) continue;
      const tasks = parseBatchFile(call?.heredoc ?? "", {
        source: "the prompt",
        isRun: () => false,
      });
      assertEquals(tasks.map(({ name, options }) => [name, options["after"]]), [
        ...[["lexer", undefined], ["parser", "lexer"]],
      ]);
    }
  }
});
