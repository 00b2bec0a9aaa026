import { assertEquals, assertStringIncludes } from "@std/assert";
import { ensureDir } from "@std/fs";
import { basename, join } from "@std/path";
import { infoAtSync } from "../../src/files/exists.ts";
import {
  callBash,
  callTool,
  sayText,
  when,
} from "../support/messages_server.ts";
import { goal, runsByTitle, startCommand } from "./claude_answers.ts";
import { journey, makeWorld, type Way } from "./claude_world.ts";

/** What Claude Code's Bash sandbox takes on Linux; the packages bubblewrap and socat have them. */
const PROGRAMS = ["bwrap", "socat"].map((name) =>
  (Deno.env.get("PATH") ?? "").split(":").map((folder) => join(folder, name))
    .find((path) => infoAtSync(path) !== null)
).filter((path) => path !== undefined);
const canSandbox = Deno.build.os === "linux" && PROGRAMS.length === 2;
if (!canSandbox) {
  Deno.stderr.writeSync(
    new TextEncoder().encode(
      "Tests with Claude Code's Bash sandbox are skipped: they need bubblewrap and socat\n",
    ),
  );
}

/** The same way, for a user whose settings turn the sandbox on. */
const inSandbox = (way: Way): Way => ({
  ...way,
  async prepare({ stage }) {
    for (const path of PROGRAMS) {
      const link = join(stage.scratch.bin, basename(path));
      await Deno.symlink(path, link);
    }
    const folder = join(stage.scratch.home, ".claude");
    await ensureDir(folder);
    await Deno.writeTextFile(
      join(folder, "settings.json"),
      JSON.stringify({
        sandbox: { enabled: true },
        permissions: { allow: ["Bash"] },
      }),
    );
    return await way.prepare({ stage });
  },
});

journey(
  "with the Bash sandbox on, tools start runs, the shell waits, and the sandbox stays as it is",
  canSandbox ? ["agentctl orch"] : [],
  async (way) => {
    await using world = await makeWorld(inSandbox(way), [
      when(
        "Fix the greeting",
        callBash("env | grep SANDBOX; touch ~/outside"),
        callBash(startCommand("shell", "Fix it")),
        callTool("mcp__agentctl__start", {
          profile: "spark",
          title: "greeting",
          prompt: "Fix it",
        }),
        ({ news }) => {
          const { run_id } = JSON.parse(news.toolResults[0]?.text ?? "");
          return callBash(`agentctl wait ${run_id}`, {
            background: true,
            description: "Wait for greeting",
          });
        },
        callBash("agentctl list"),
        sayText("The worker is at work."),
      ),
      when('"Wait for greeting"', sayText("It has ended.")),
    ], () => [goal(true, "It greets again")]);
    const { claudeModel } = world;
    // Auto mode asks a server that the scripted model is not.
    const claude = await world.claude("--permission-mode", "default");
    await claude.type("Fix the greeting");
    await claude.waitForText("● It has ended.");
    const { toolResults = [], notifications = [] } =
      claudeModel.requests.at(-1) ?? {};
    const [inside, shell, tool, wait, list] = toolResults;
    assertStringIncludes(inside?.text ?? "", "SANDBOX_RUNTIME=1");
    assertStringIncludes(inside?.text ?? "", "Read-only file system");
    assertStringIncludes(
      shell?.text ?? "",
      "Cannot start run: the Bash sandbox of Claude Code keeps agentctl from",
    );
    assertEquals(
      [tool, wait, list].map((result) => result?.isError),
      [false, false, false],
    );
    assertStringIncludes(list?.text ?? "", "greeting");
    assertStringIncludes(
      await Deno.readTextFile(notifications[0]?.outputFile ?? ""),
      '"summary": "It greets again"',
    );
    assertEquals([...(await runsByTitle(world.stage)).keys()], ["greeting"]);
    assertEquals(claudeModel.scriptErrors, []);
  },
);
