import { assertEquals } from "@std/assert";
import { codexAccount } from "../../src/codex/account.ts";
import type { UsageLimit } from "../../src/codex/usage_limit.ts";
import { accountHold } from "../../src/queue/account_hold.ts";
import { accountLines, holdWords } from "../../src/queue/account_words.ts";
import { noteLimits, readAccounts } from "../../src/queue/accounts.ts";
import type { RunRecord } from "../../src/run/record.ts";
import { formatUntil } from "../../src/text/relative_time.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { fleetStage } from "../fleet/fleet_stage.ts";
import { queuedRecord } from "../run/sample_record.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const NOW = Date.parse("2026-11-27T06:00:00Z");

function told(
  place: UsageLimit["place"],
  used_percent: number,
  more: Partial<UsageLimit> = {},
): UsageLimit {
  const isFirst = place === "primary";
  return {
    limit: "codex",
    place,
    used_percent,
    window_minutes: isFirst ? 299 : 10080,
    resets_at: (NOW + (isFirst ? 2 : 50) * HOUR) / SECOND,
    ...more,
  };
}

async function makeStage() {
  const stage = await fleetStage();
  const { workspace } = stage.context;
  const env = { CODEX_HOME: `${stage.tmux.folder}/codex` };
  const account = await codexAccount(env, null);
  let number = 0;
  let ceiling: string | null = null;
  return {
    ...stage,
    workspace,
    account,
    note: (limits: UsageLimit[], at = NOW) =>
      noteLimits(workspace, account, limits, at),
    lines: async (now = NOW) =>
      accountLines(await readAccounts(workspace), now),
    setCeiling: (percent: string) => ceiling = percent,
    /** Why a run that is made with this waits, and until when in hours; `null` if it does not. */
    async hold(change: Partial<RunRecord>, now = NOW, given: object = env) {
      const id = `20261127-060000-a00${number++}`;
      const record = queuedRecord(id, { profile: null, ...change });
      const { files } = await stage.addRun(record);
      await Deno.writeTextFile(files.env, JSON.stringify(given));
      const config = { ...workspace.config, account_ceiling: ceiling };
      const hold = await accountHold({ ...workspace, config }, record, now);
      return hold && {
        words: holdWords(hold, now),
        hours: (hold.until - NOW) / HOUR,
      };
    },
  };
}

const untilIn = (hours: number, now = NOW) =>
  formatUntil(new Date(NOW + hours * HOUR).toISOString(), now);

Deno.test("accountHold() keeps a run waiting until every window of its account is below its ceiling", async () => {
  const stage = await makeStage();
  await using _stage = stage;
  assertEquals(await stage.hold({ max_account: 1 }), null);
  await stage.note([told("primary", 92.5), told("secondary", 70)]);
  assertEquals(await stage.hold({ max_account: 90 }), {
    words: `account is at 92% of its 5 hours until ${untilIn(2)}`,
    hours: 2,
  });
  assertEquals(await stage.hold({ max_account: 70 }), {
    words: `account is at 70% of its week until ${untilIn(50)}`,
    hours: 50,
  });
  for (
    const [change, now, env] of [
      [{ max_account: 93 }],
      [{ max_account: null }],
      [{ max_account: 90, over_ceiling: true }],
      [{ max_account: 90 }, NOW + 2 * HOUR],
      [{ max_account: 90 }, NOW, { CODEX_HOME: "/elsewhere" }],
      [{ max_account: 90 }, NOW, {}],
    ] as const
  ) assertEquals(await stage.hold(change, now, env), null);
  stage.setCeiling("90%");
  assertEquals((await stage.hold({}))?.hours, 2);
  assertEquals(await stage.hold({ max_account: 93 }), null);
});

Deno.test("noteLimits() keeps a window that is left out, and says when less is used", async () => {
  const stage = await makeStage();
  await using _stage = stage;
  const both = [told("primary", 50), told("secondary", 70)];
  assertEquals(await stage.note(both), false);
  assertEquals(await stage.note([told("primary", 51)], NOW + HOUR), false);
  assertEquals(await stage.note([told("primary", 2)], NOW + HOUR), true);
  assertEquals(await stage.lines(NOW + HOUR), [
    `Account: 5 hours 2% used until ${
      untilIn(2)
    } (heard just now), week 70% used until ${untilIn(50)} (heard 1h00m ago)`,
  ]);
  assertEquals(await stage.lines(NOW + 3 * HOUR), [
    `Account: 5 hours unknown since its reset at ${
      untilIn(2)
    } (heard 2h00m ago), week 70% used until ${untilIn(50)} (heard 3h00m ago)`,
  ]);
});

Deno.test("noteLimits() makes do with windows that say little or nonsense", async () => {
  const stage = await makeStage();
  await using _stage = stage;
  const nothing = { window_minutes: null, resets_at: null };
  await stage.note([told("primary", 99, nothing)]);
  assertEquals((await stage.hold({ max_account: 90 }))?.hours, 1);
  assertEquals(await stage.hold({ max_account: 90 }, NOW + HOUR), null);
  await stage.note([told("primary", 99, { resets_at: null })]);
  assertEquals((await stage.hold({ max_account: 90 }))?.hours, 299 / 60);
  for (const resets_at of [1e300, -1e300, -1, 1e12]) {
    const limit = "x\u001b[31m".repeat(100);
    await stage.note([
      told("secondary", 99, { resets_at, window_minutes: 1e300, limit }),
    ]);
    assertEquals((await stage.hold({ max_account: 90 }))?.hours, 299 / 60);
    const [line = ""] = await stage.lines();
    assertEquals([line.includes("\u001b"), line.length < 300], [false, true]);
  }
  const many = Array.from(
    { length: 100 },
    (_, number) => told("primary", 1, { limit: `limit ${number}` }),
  );
  await stage.note(many);
  const [account] = Object.values(await readAccounts(stage.workspace));
  assertEquals(account?.windows.length, 20);
  await Deno.writeTextFile(workspacePaths.accounts(stage.workspace), "{ half");
  assertEquals(await readAccounts(stage.workspace), {});
  assertEquals(await stage.note([told("primary", 5)]), false);
  assertEquals((await stage.lines()).length, 1);
});
