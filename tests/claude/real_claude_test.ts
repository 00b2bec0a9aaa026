import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ensureDir, exists } from "@std/fs";
import { join } from "@std/path";
import {
  callBash,
  callTool,
  type MessagesRequest,
  sayText,
  startMessagesServer,
  when,
} from "../support/messages_server.ts";
import skill from "../../prompts/skill.md" with { type: "text" };
import { MCP_TOOL_PREFIX } from "../../src/claude/hooks/pre_tool_use.ts";
import { pluginFolder } from "../../src/claude/plugin/plugin.ts";
import { TOOL_NAMES } from "../../src/permission/tool_rules.ts";
import { resultStep, steps } from "../support/stage.ts";
import { claudeTest, OLDEST_CLAUDE } from "../support/claude_tools.ts";
import { startClaude } from "../support/claude_home.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { until } from "../support/until.ts";
import { type ClaudeStage, makeClaudeStage } from "./claude_stage.ts";

/** Everything that a request says to the model. */
function wordsOf(request: MessagesRequest | undefined): string {
  return [
    request?.system,
    ...request?.userTexts ?? [],
    ...request?.systemTexts ?? [],
    JSON.stringify(request?.body["tools"]),
  ].join("\n");
}

/** All that a model sees of a skill before it decides whether to load it. */
const SKILL_WORDS = /^description: (.*)$/m.exec(skill)?.[1] ?? "none";

claudeTest(
  "agentctl claude install makes a plain session of the real Claude Code see the whole description of the skill and every tool, until uninstall",
  async (version) => {
    await using server = startMessagesServer([when("Hello", sayText("Hello"))]);
    await using stage = await makeClaudeStage(server, version);
    for (const action of ["", "install", "uninstall"]) {
      if (action !== "") {
        const mcp = action === "install" ? ["--mcp"] : [];
        const call = ["claude", action, ...mcp];
        const { code, stderr } = await stage.agentctl(call);
        assertEquals(code, 0, stderr);
      }
      await stage.askClaude("Hello");
      const request = server.requests.at(-1);
      const isInstalled = action === "install";
      assertEquals(wordsOf(request).includes(SKILL_WORDS), isInstalled, action);
      const tools = request?.tools.filter((name) =>
        name.startsWith(MCP_TOOL_PREFIX)
      );
      assertEquals(
        tools?.sort(),
        isInstalled
          ? TOOL_NAMES.map((name) => `${MCP_TOOL_PREFIX}${name}`).sort()
          : [],
      );
      if (!isInstalled) continue;
      const { stdout } = await stage.claude(
        "plugin",
        "validate",
        pluginFolder(stage.env),
      );
      assertStringIncludes(stdout, "Validation passed");
      // What a public catalog asks of plugins that are submitted to it comes behind.
      const [own = ""] = stdout.split("Plugin directory checks");
      assert(!/warning/i.test(own), own);
    }
    assertEquals(server.scriptErrors, []);
  },
  { also: [OLDEST_CLAUDE] },
);

claudeTest(
  "the hook lets the real Claude Code call agentctl without a question, and in print mode refuses, with the reason, what it would ask about",
  async (version) => {
    await using server = startMessagesServer([]);
    await using stage = await makeClaudeStage(server, version);
    const prompt = steps(
      `{"a": [1, {"b": "$(touch evil) \`touch evil\`"}]} it's\\ \u00a0done`,
      resultStep(true, "did it"),
    );
    const legitimate = [
      "agentctl list",
      `agentctl start --title "Do it" <<'PROMPT'\n${prompt}\nPROMPT`,
      "agentctl wait @last",
      "# What is there?\nagentctl list --json \\\n  2>&1 | jq -r '.[0].run_id' | head -1",
      `cat task.md | agentctl start --hold && echo "exit code $?"`,
      `RUN_ID=$(agentctl start --hold <<'PROMPT'\nit's (1)\n2) $(touch evil)\nPROMPT\n)\necho "RUN_ID=$RUN_ID"\nagentctl show "$RUN_ID"`,
      "timeout 9 agentctl list; agentctl inbox || true",
      `${join(stage.scratch.bin, "agentctl")} list`,
      "cd . && agentctl start --hold <<< 'it'",
    ];
    const corrected = ["agentctl wait $RUN_ID", "agentctl wait @last &"];
    const hostile = [
      "agentctl list; touch evil",
      "agentctl list > evil",
      "agentctl list\ntouch evil",
      `agentctl show "$(touch evil)"`,
      `agentctl start <<'P'\n{"a": 1}\nP\ntouch evil`,
      "agentctl start --verify 'touch evil' --prompt x",
      "agentctl start --sandbox danger-full-access --prompt x",
      ...["env agentctl list", "FOO=1 agentctl list", "echo $(agentctl list)"],
      ...["ls\nagentctl list", "./agentctl list", "timeout 9 agentctl stop x"],
      "RUN_ID=$(agentctl list; touch evil)\necho $RUN_ID",
      "agentctl list | awk '{system(\"touch evil\")}'",
    ];
    const calls = [...legitimate, ...corrected, ...hostile];
    await Deno.writeTextFile(join(stage.repository.dir, "task.md"), prompt);
    server.setScript([
      when("Go", ...calls.map((call) => callBash(call)), sayText("Done")),
    ]);
    assertEquals((await stage.agentctl(["claude", "install"])).code, 0);
    await allowAllOf(stage, "Bash(agentctl:*)", "Bash(env:*)", "Bash(echo:*)");
    await stage.askClaude("Go");

    assertEquals(server.scriptErrors, []);
    const results = server.requests.at(-1)?.toolResults ?? [];
    assertEquals(
      results.map(({ call, isError }) => [call?.input["command"], isError]),
      calls.map((call) => [call, !legitimate.includes(call)]),
    );
    assertStringIncludes(results[2]?.text ?? "", "did it");
    for (const { call, text } of results.slice(legitimate.length)) {
      const isCorrected = corrected.includes(`${call?.input["command"]}`);
      assertStringIncludes(
        text,
        isCorrected ? "This cannot work: " : "agentctl asks you because",
      );
    }
    assertEquals(await exists(join(stage.repository.dir, "evil")), false);
  },
  { also: [OLDEST_CLAUDE] },
);

/** Writes rules of the user's, which a question of the hook beats. */
async function allowAllOf(
  { scratch }: ClaudeStage,
  ...allow: string[]
): Promise<void> {
  const folder = join(scratch.home, ".claude");
  await ensureDir(folder);
  await Deno.writeTextFile(
    join(folder, "settings.json"),
    JSON.stringify({ permissions: { allow } }),
  );
}

/** The mode that asks about nothing begins with a question of its own. */
async function acceptBypassing({ scratch }: ClaudeStage): Promise<void> {
  const path = join(scratch.home, ".claude.json");
  const state = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...state, bypassPermissionsModeAccepted: true }),
  );
}

claudeTest(
  "the real Claude Code opens a dialog with the reason in every mode, and calls agentctl once the user has agreed",
  async (version) => {
    await using server = startMessagesServer([]);
    await using stage = await makeClaudeStage(server, version);
    await stage.agentctl(["claude", "install"]);
    await allowAllOf(stage, "Bash(agentctl:*)");
    const env = { ...stage.env, IS_SANDBOX: "1" };
    await acceptBypassing(stage);
    await using tmux = await startPrivateTmux({
      dir: stage.scratch.dir,
      width: 160,
      height: 50,
      env,
    });
    for (const mode of ["default", "bypassPermissions", "plan"]) {
      server.setScript([
        when("Go", callBash("agentctl merge nothing"), sayText("That is all.")),
      ]);
      const claude = await startClaude({
        tmux,
        env,
        folder: stage.repository.dir,
        argv: ["claude", "--permission-mode", mode],
      });
      await claude.type("Go");
      await claude.untilStatus("waiting");
      await claude.waitForText("it merges the work of runs into your branch");
      // Claude Code ignores what is typed at the very moment of a question.
      await until(`the question in mode ${mode} is answered`, async () => {
        await tmux.run("send-keys", "-t", claude.paneId, "Enter");
        const screen = await tmux.capture(claude.paneId);
        return screen.includes("● That is all.");
      });
      const result = server.requests.at(-1)?.toolResults.at(-1);
      assertStringIncludes(
        result?.text ?? "",
        'Cannot find run "nothing"',
        mode,
      );
      await claude.kill();
    }
  },
);

claudeTest(
  "without the hook the real Claude Code refuses the same calls in print mode",
  async (version) => {
    await using server = startMessagesServer([
      when("Go", callBash("agentctl list"), sayText("Done")),
    ]);
    await using stage = await makeClaudeStage(server, version);
    await stage.askClaude("Go");
    assertEquals(
      server.requests.at(-1)?.toolResults.map(({ isError }) => isError),
      [true],
    );
  },
);

claudeTest(
  "a session of the real Claude Code begins with the results that nobody has seen",
  async (version) => {
    await using server = startMessagesServer([when("Hello", sayText("Hello"))]);
    await using stage = await makeClaudeStage(server, version);
    await stage.agentctl(["claude", "install"]);
    const id = await stage.start(
      steps("Do it", resultStep(false, "half of it")),
    );
    // The supervisor notes the end, so that nobody has to look.
    await stage.waitForFile(id, "meta.json", `"ended_at"`);
    await stage.askClaude("Hello");
    const words = wordsOf(server.requests.at(-1));
    assertStringIncludes(words, `${id} "Do it" (goal not met): half of it`);
    assert(words.includes(SKILL_WORDS));

    // It is still there for the next one, until somebody has read it.
    await stage.askClaude("Hello");
    assertStringIncludes(wordsOf(server.requests.at(-1)), id);
    await stage.show(id);
    await stage.askClaude("Hello");
    assertEquals(wordsOf(server.requests.at(-1)).includes(id), false);
  },
);

claudeTest(
  "the real Claude Code is woken by the end of a run that it does not wait for",
  async (version) => {
    await using server = startMessagesServer([]);
    await using stage = await makeClaudeStage(server, version);
    await stage.agentctl(["claude", "install"]);
    const prompt = steps("Do it", resultStep(true, "did it"));
    server.setScript([
      when(
        "Go",
        callBash(
          `ID=$(agentctl start <<'PROMPT'\n${prompt}\nPROMPT\n)\necho "$ID"`,
        ),
        sayText("Started"),
      ),
      when("<task-notification>", sayText("I have heard of it")),
    ]);
    const { code } = await new Deno.Command("tmux", {
      args: ["new-session", "-d", "-x", "150", "-y", "40", "claude 'Go'"],
      cwd: stage.repository.dir,
      env: stage.env,
      clearEnv: true,
    }).output();
    assertEquals(code, 0);
    const { news, toolResults } = await server.waitForRequest(({ news }) =>
      news.notifications.length + news.monitorEvents.length > 0
    );
    const id = toolResults[0]?.text.trim();
    assertStringIncludes(
      [...news.texts, ...news.monitorEvents].join("\n"),
      version === OLDEST_CLAUDE
        ? `${id} "Do it" (goal met): did it`
        : `${id} "Do it" has ended: goal met. The worker's words: "did it"`,
    );
  },
  { also: [OLDEST_CLAUDE] },
);

claudeTest(
  "agentctl claude install --mcp gives the real Claude Code tools that it may call without a question",
  async (version) => {
    const tool = (name: string) => `mcp__plugin_agentctl_agentctl__${name}`;
    await using server = startMessagesServer([
      when(
        "Go",
        callTool(tool("list"), {}),
        callTool(tool("start"), { prompt: "x", project: "/" }),
        sayText("Done"),
      ),
    ]);
    await using stage = await makeClaudeStage(server, version);
    await stage.agentctl(["claude", "install", "--mcp"]);
    await stage.askClaude("Go");
    assertEquals(
      server.requests.at(-1)?.toolResults.map(({ isError }) => isError),
      [false, true],
    );
    assertEquals(server.scriptErrors, []);
  },
);
