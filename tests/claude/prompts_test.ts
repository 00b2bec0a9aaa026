import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import orchestrator from "../../prompts/orchestrator.md" with { type: "text" };
import skill from "../../prompts/skill.md" with { type: "text" };
import { preToolUse } from "../../src/claude/hooks/pre_tool_use.ts";
import { readCommand } from "../../src/claude/hooks/read_command.ts";
import { optionsOf } from "../../src/cli/command.ts";
import startCommand from "../../src/cli/start.ts";
import { MCP_WORDS } from "../../src/claude/orchestrator/mcp_words.ts";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";
import { COMMAND_RULES } from "../../src/permission/call_rules.ts";
import { TOOL_NAMES } from "../../src/permission/tool_rules.ts";
import { EXIT_CODES } from "../../src/system/errors.ts";
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

Deno.test("the prompts name commands that exist, and what each exit code of a wait asks for", () => {
  const { interrupted: _, ...codes } = EXIT_CODES;
  for (const text of [orchestrator, skill]) {
    const named = [...text.matchAll(/`agentctl ([a-z][a-z-]*)/g)].map((
      [, name = ""],
    ) => name);
    assert(named.length > 10);
    for (const name of named) assert(Object.hasOwn(COMMAND_RULES, name), name);
    for (const code of Object.values(codes)) {
      assert(new RegExp(`(\\||-|,|\\.|:) ${code}\\b`).test(text), `${code}`);
    }
  }
});

Deno.test("the orchestrator leaves work to workers; a session with the skill is the user's own", () => {
  for (const tool of ["Edit", "Agent", "Workflow"]) {
    assertStringIncludes(orchestrator, tool);
    assert(!new RegExp(`\\b${tool}\\b`).test(skill), tool);
  }
});

Deno.test("the prompts for the tools name each of them, and none that does not exist", () => {
  for (const name of TOOL_NAMES) assertStringIncludes(MCP_WORDS, `\`${name}\``);
  const called = [
    ...INSTRUCTIONS.matchAll(/\b[Cc]all ([a-z_]+)(?: and ([a-z_]+))?/g),
  ]
    .flatMap(([, ...names]) => names.filter(Boolean))
    .filter((name) => !["it", "anything"].includes(name));
  assert(called.length > 5);
  for (const name of called) {
    assert((TOOL_NAMES as string[]).includes(name), name);
  }
});

/** What users say who want agentctl, and the words of the description that it calls for. */
const MEANT: [request: string, words: string][] = [
  ["Delegate the migration of these three modules", "delegate"],
  ["Hand off the docs to somebody and keep going", "hand off"],
  ["Fix these five bugs in parallel", "in parallel"],
  ["Run the refactoring in the background while we talk", "in the background"],
  ["Let Codex write the parser", "Codex"],
  ["Spin up ten workers for the lint errors", "workers"],
  ["Have other agents try this, too", "agents"],
  ["Get a second opinion from another model on this diff", "another model"],
  ["Have another model review my branch", "review"],
  ["Start a run with agentctl", "agentctl"],
  ["Which runs are still going?", "runs"],
  ["How is the worker for the parser doing?", "how one is doing"],
  ["What came back while I was away?", "what came back"],
  ["Is there anything in the inbox?", "inbox"],
  ["Wait for all of the workers to finish", "wait for"],
  ["Tell the run to leave the tests alone, correct it", "correct"],
  ["Stop the run that works on the docs", "stop"],
  ["Resume the last run with a stronger profile", "resume"],
  ["Merge what the workers did", "merge"],
  ["Do these several tasks at once", "several tasks"],
];

/** What users say who mean something else. */
const NOT_MEANT = [
  "Rename this variable",
  "Why does this test fail?",
  "Explain what src/price.js does",
  "Commit my changes with a good message",
  "Write a function that rounds half up",
  "What does HTTP 429 mean?",
  "Format this file",
  "Add a column to the table of prices",
  "Find where the tax is computed",
  "Upgrade the version of zod",
  "Show me the git log of today",
  "Translate the README into French",
  "Draw a chart of these numbers",
  "Is this regular expression safe?",
  "Undo the last edit",
  "Make the button blue",
  "Which Node version do we need?",
  "Read the issue and summarize it",
  "Profile this loop, it is slow",
  "Delete the unused imports",
];

// Whether a skill is loaded is up to the model, which has nothing but its description.
Deno.test("the description of the skill has the words of twenty requests that mean it, and not of twenty that do not", () => {
  const description = /^description: (.*)$/m.exec(skill)?.[1] ?? "";
  // A plain scalar of YAML ends at these.
  assert(!/: | #/.test(description), description);
  assert(description.length <= 500, `${description.length}`);
  assertEquals([MEANT.length, NOT_MEANT.length], [20, 20]);
  for (const [request, words] of MEANT) {
    assertStringIncludes(description, words, request);
    const stem = words.split(" ").at(-1)?.toLowerCase().slice(0, 4) ?? "";
    assertStringIncludes(request.toLowerCase(), stem);
  }
  for (const request of NOT_MEANT) {
    for (const [, words] of MEANT) {
      const spoken = new RegExp(`\\b${words}\\b`, "i");
      assert(!spoken.test(request), `"${words}" in: ${request}`);
    }
  }
});
