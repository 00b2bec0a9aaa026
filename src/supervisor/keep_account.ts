import { type CodexAccount, codexAccount } from "../codex/account.ts";
import { mergeLimits, type UsageLimit } from "../codex/usage_limit.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { noteLimits } from "../queue/accounts.ts";
import { ignored, instead } from "../system/ignore.ts";
import type { SupervisedRun } from "./supervised_run.ts";

/** Keeps what Codex tells about the account limits of a run. */
export interface AccountKeeper {
  /** To be called before each turn: the user may have logged in to another account. */
  beginTurn(): Promise<void>;
  /** To be called with what Codex tells; a window that it leaves out has not changed. */
  hear(limits: readonly UsageLimit[]): void;
  /** Resolves, once it is kept, to all that was heard in this turn. */
  settle(): Promise<readonly UsageLimit[]>;
}

/** Limits that have not changed are written again only after this time. */
const SAME_MS = 60_000;

/** Keeps limits in the state of the workspace, where the queue and `stats` find them. */
export function keepAccount(
  { context, env, keeper }: Pick<
    SupervisedRun,
    "context" | "env" | "keeper"
  >,
): AccountKeeper {
  let account: CodexAccount | null = null;
  let heard: readonly UsageLimit[] = [];
  let unkept: readonly UsageLimit[] = [];
  let kept = { text: "", at: 0 };
  let keeping = Promise.resolve();

  const keep = async () => {
    const limits = unkept;
    unkept = [];
    // An earlier call has kept it as well.
    if (limits.length === 0 || account === null) return;
    const now = Date.now();
    const text = JSON.stringify([account.key, limits]);
    if (text === kept.text && now - kept.at < SAME_MS) return;
    kept = { text, at: now };
    const { workspace } = context;
    const isRelieved = await noteLimits(workspace, account, limits, now);
    if (isRelieved) await pumpQuietly(context);
  };
  return {
    async beginTurn() {
      heard = [];
      account = await codexAccount(env, keeper.current().profile).catch(
        instead(null, "nothing is known of the account"),
      );
    },
    hear(limits) {
      heard = mergeLimits(heard, limits);
      unkept = mergeLimits(unkept, limits);
      keeping = keeping.then(keep).catch(
        ignored("the next answer tells it again"),
      );
    },
    async settle() {
      await keeping;
      return heard;
    },
  };
}
