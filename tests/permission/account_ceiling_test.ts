import { assertEquals, assertStringIncludes } from "@std/assert";
import { codexAccount } from "../../src/codex/account.ts";
import { noteLimits } from "../../src/queue/accounts.ts";
import { parseRunId } from "../../src/run/id.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { makeSession } from "../claude/hook_session.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import { queuedRecord } from "../run/sample_record.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";

/** A session whose account is used to 85%, with two runs that wait: the first for the account. */
async function makeCase(allow_unasked: string[]) {
  const config = { account_ceiling: "80%", allow_unasked };
  const session = await makeSession(config);
  const workspace = await makeWorkspace(session.home);
  const ids = ["20261127-060000-aaaa", "20261127-060000-bbbb"];
  for (const [index, id] of ids.entries()) {
    const held = index === 1;
    const { folder: cwd } = session;
    await makeRunFolder(workspace, parseRunId(id));
    await writeRecord(
      workspace,
      queuedRecord(id, { cwd, held, profile: null }),
    );
    const { env } = runFiles(workspace, parseRunId(id));
    await Deno.writeTextFile(env, JSON.stringify(session.env));
  }
  const account = await codexAccount(session.env, null);
  const window = { limit: "codex", place: "primary" as const };
  await noteLimits(workspace, account, [
    { ...window, used_percent: 85, window_minutes: 300, resets_at: null },
  ], Date.now());
  return { session, ids };
}

Deno.test("a model must ask before it goes above the ceiling of the account", async () => {
  for (const allowed of [false, true]) {
    const { session, ids } = await makeCase(allowed ? ["account"] : []);
    await using _session = session;
    const cases: [string, boolean][] = [
      ["start -p x", false],
      ["start --max-account 80% -p x", false],
      ["start --max-account 70 -p x", false],
      ["start --max-account 81% -p x", true],
      [`release ${ids[0]}`, true],
      // It is still waiting for the account then.
      [`release ${ids[1]}`, false],
    ];
    for (const [call, asks] of cases) {
      const { decision, reason } = await session.decide(`agentctl ${call}`);
      assertEquals(decision, asks && !allowed ? "ask" : "allow", call);
      if (decision === "ask") assertStringIncludes(reason, "80%");
    }
  }
  await using session = await makeSession();
  const { decision } = await session.decide(
    "agentctl start --max-account 100% -p x",
  );
  assertEquals(decision, "allow");
});
