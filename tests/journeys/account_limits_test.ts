import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeCodexHome } from "../support/codex_home.ts";
import {
  type AnswerOptions,
  finish,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** As the server says how much of two windows is used. */
function used(
  primary: number,
  secondary?: number,
): AnswerOptions {
  const window = (name: string, percent: number, minutes: number, ms: number) =>
    Object.entries({
      "used-percent": percent,
      "window-minutes": minutes,
      "reset-at": Math.ceil((Date.now() + ms) / SECOND),
    }).map(([key, value]) => [`x-codex-${name}-${key}`, String(value)]);
  return {
    headers: Object.fromEntries([
      ...window("primary", primary, 300, HOUR),
      ...secondary === undefined
        ? []
        : window("secondary", secondary, 10080, 60 * HOUR),
    ]),
  };
}

function answer(summary: string, options: AnswerOptions, goal_met = true) {
  const result = { goal_met, summary, followup_prompt: "", notes: "" };
  return finish(result, options);
}

/** What the model answers, and how much of the account is used then, by the prompt. */
const script = scriptByPrompt(({ prompts: [prompt = ""] }) => {
  if (prompt === "By exec") return [answer("told", used(92.5, 17))];
  if (prompt === "By app-server") return [answer("told", used(96), false)];
  if (prompt === "Less") return [answer("less", used(94))];
  return [answer("done", {})];
});

Deno.test("real Codex: account limits are shown, keep runs from starting, and let them start after the reset", async () => {
  await using server = startModelServer(script);
  await using stage = await makeStage({ modelServer: server });
  const stats = async () =>
    JSON.parse((await stage.agentctl(["stats", "--json"])).stdout);
  const start = async (prompt: string, ...words: string[]) => {
    const { stdout, stderr } = await stage.agentctl([
      ...["start", "--profile", "spark", "--prompt", prompt, ...words],
    ]);
    return { id: stdout.trim(), stderr };
  };
  const tellsBy = async (transport: string, percent: number, id: string) => {
    const { stdout } = await stage.agentctl(
      ["wait", id, "--no-follow", "--full"],
    );
    const record = JSON.parse(stdout);
    assertEquals(record["status"], "finished", stdout);
    const [account, ...more] = (await stats()).accounts;
    const known = account.windows.map((window: Record<string, unknown>) => [
      ...[window["window_minutes"], window["used_percent"]],
    ]);
    assertEquals(known.toSorted(), [[10080, 17], [300, percent]], transport);
    assertEquals(more, []);
    return record;
  };

  const first = await start("By exec", "--transport", "exec");
  await tellsBy("exec", 92.5, first.id);
  const second = await start(
    ...["By app-server", "--transport", "app-server", "--ephemeral"],
    ...["--max-account", "95%", "--escalate", "deep"],
  );
  const { next_run_id } = await tellsBy("app-server", 96, second.id);

  // A further attempt waits, too.
  const attempt = String(next_run_id);
  await until(
    "the further attempt is made",
    () => exists(stage.runFile(attempt, "meta.json")),
  );
  const waiting = String((await stage.show(attempt))["waiting"]);
  assert(waiting.startsWith("account is at 96% of its 5 hours"), waiting);

  const { id, stderr } = await start("Held", "--max-account", "90%");
  const words = "It waits in the queue because its account is at 96% of its ";
  assertStringIncludes(stderr, words);
  assertStringIncludes(stderr, `"agentctl release ${id}"`);
  assertEquals(
    (await stats()).held_by_account.toSorted(),
    [attempt, id].toSorted(),
  );
  const table = await stage.agentctl(["stats"]);
  assertStringIncludes(table.stdout, "Account: 5 hours 96% used until ");
  assertStringIncludes(table.stdout, "2 runs wait because the account is");
  const unpause = await stage.agentctl(["unpause"]);
  assertStringIncludes(unpause.stderr, "Nothing was paused");
  assertStringIncludes(unpause.stderr, "2 runs wait because the account is");

  const other = join(stage.scratch.dir, "other");
  await makeCodexHome(other, server.url);
  const elsewhere = await stage.agentctl([
    ...["start", "--max-account", "90", "--prompt", "Elsewhere"],
  ], { env: { CODEX_HOME: other } });
  assertEquals((await stage.wait(elsewhere.stdout.trim())).code, 0);

  // A run that is released tells that less is used: enough for one of the others.
  const less = await start("Less", "--max-account", "90%");
  const released = await stage.agentctl(["release", less.id]);
  assertEquals(released.stderr, `Run ${less.id} is released\n`);
  assertEquals((await stage.wait(less.id)).record["over_ceiling"], true);
  assertEquals((await stage.wait(attempt)).code, 0);
  assertStringIncludes(String((await stage.show(id))["waiting"]), "at 94%");

  const path = join(stage.workspace, "accounts.json");
  const reset = new Date(Date.now() + 2 * SECOND).toISOString();
  const known = await Deno.readTextFile(path);
  await Deno.writeTextFile(
    path,
    known.replaceAll(/"resets_at": "[^"]+"/g, `"resets_at": "${reset}"`),
  );
  const { record } = await stage.wait(id);
  assert(String(record["started_at"]) >= reset, JSON.stringify(record));
  assertEquals(server.scriptErrors, []);
});
