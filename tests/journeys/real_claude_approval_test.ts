import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  callBash,
  type MessagesRequest,
  sayText,
  when,
} from "../support/messages_server.ts";
import { callTool } from "../support/model_server.ts";
import { until } from "../support/until.ts";
import { goal, lastLine } from "./claude_answers.ts";
import { journey, makeWorld } from "./claude_world.ts";

const START =
  `agentctl start --profile spark --transport app-server --approve ask --title "Commit" <<'PROMPT'\nCommit it\nPROMPT`;

const COMMIT = callTool("exec_command", {
  cmd: "git -c user.name=A -c user.email=a@b.c commit -q --allow-empty -m x",
  sandbox_permissions: "require_escalated",
  justification: "May I commit?",
});

/** The question that a line of the monitor, or a wait, has told of. */
function askedIn(text: string): string {
  return /agentctl answer (\S+\/1) --approve/.exec(text)?.[1] ?? "none";
}

function wordsIn({ news, toolResults }: MessagesRequest): string {
  const results = toolResults.map(({ text }) => text);
  return [...news.texts, ...news.monitorEvents, ...results].join("\n");
}

journey(
  "a worker asks to leave its sandbox: Claude hears of it, and only the user's dialog, which shows the command, lets it",
  ["agentctl orch"],
  async (way) => {
    await using world = await makeWorld(way, [
      when("Commit it", callBash(START), sayText("Started.")),
      when(
        "asks the user to approve",
        (request) =>
          callBash(`agentctl answer ${askedIn(wordsIn(request))} --approve`),
        sayText("It may commit."),
      ),
      when("has ended", sayText("It is done.")),
    ], () => [COMMIT, goal(true, "Committed")]);
    const { stage, tmux, claudeModel } = world;
    const claude = await world.claude();
    await claude.type("Commit it");
    await claude.waitForText("a worker wants to run outside its sandbox:");
    await claude.waitForText(`the worker's reason: "May I commit?"`);
    const screen = await tmux.capture(claude.paneId);
    assertMatch(screen, /«\S+ -lc 'git .* commit -q --allow-empty -m x'»/);
    await until("the dialog is answered", async () => {
      await tmux.run("send-keys", "-t", claude.paneId, "Enter");
      return (await tmux.capture(claude.paneId)).includes("● It may commit.");
    });
    await claude.waitForText("● It is done.");
    const log = await new Deno.Command("git", {
      args: ["-C", stage.repository.dir, "log", "-1", "--format=%s"],
    }).output();
    assertEquals(new TextDecoder().decode(log.stdout), "x\n");
    assertEquals(claudeModel.scriptErrors, []);
  },
);

journey(
  "in print mode nobody is asked, so a worker that wants to leave its sandbox stays in it",
  ["agentctl claude install"],
  async (way) => {
    let id = "";
    await using world = await makeWorld(way, [
      when(
        "Commit it",
        callBash(START),
        ({ toolResults }) => {
          id = lastLine(toolResults.at(-1)?.text);
          return callBash(`agentctl wait ${id}`);
        },
        () => callBash(`agentctl answer ${id}/1 --approve`),
        () => callBash(`sh -c "agentctl answer ${id}/1 --approve"`),
        () => callBash(`agentctl answer ${id}/1 --deny`),
        () => callBash(`agentctl wait ${id}`),
        sayText("It may not."),
      ),
    ], () => [COMMIT, goal(true, "Did without")]);
    const { stage, claudeModel } = world;
    const [program = "", ...args] = world.argv("-p", "--", "Commit it");
    const { code, stdout } = await new Deno.Command(program, {
      args,
      cwd: stage.repository.dir,
      env: { ...world.env, ...world.tmux.environment() },
      clearEnv: true,
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
    const results = claudeModel.requests.at(-1)?.toolResults ?? [];
    const [, asked, approved, again, denied, ended] = results.map(
      ({ text }) => text,
    );
    assertStringIncludes(asked ?? "", `agentctl answer ${id}/1 --approve`);
    assertStringIncludes(approved ?? "", "a worker wants to run outside");
    assert(!again?.includes("approved"), again);
    assertStringIncludes(denied ?? "", `${id}/1 denied`);
    assertStringIncludes(ended ?? "", "Did without");
  },
);
