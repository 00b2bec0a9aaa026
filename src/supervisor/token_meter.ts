import { EMPTY_ROLLOUT, findRollout, foldRollout } from "../codex/rollout.ts";
import type { UsageLimit } from "../codex/usage_limit.ts";
import type { CodexEvent, Usage } from "../codex/events.ts";
import { usageSince } from "../codex/usage.ts";
import { tokensOf } from "../run/record.ts";
import { parseResult } from "../run/result.ts";
import { overdraftOf } from "./budget.ts";
import { type FollowedFile, followFile } from "../files/follow_file.ts";
import { makeLineSplitter } from "../files/line_splitter.ts";
import { keepAccount } from "./keep_account.ts";
import { publicUsage, type ThreadCounts } from "./progress.ts";
import type { SupervisedRun } from "./supervised_run.ts";
import { ignore } from "../system/ignore.ts";

/** Counts the tokens of a run while it runs, and hears how much of the account is used. */
export interface TokenMeter extends Disposable, ThreadCounts {
  /** To be called before each turn. */
  beginTurn(): Promise<void>;
  /** To be called with each event of Codex. */
  hear(event: CodexEvent): void;
  /** To be called with what Codex counts for the thread, where it tells. */
  count(usage: Usage): void;
  /** To be called with what Codex tells of the account's limits, where it tells. */
  hearLimits(limits: readonly UsageLimit[]): void;
  /** To be called when Codex has sent an event of this thread: reads what it has written. */
  look(threadId: string | null): void;
  /** Reads everything that Codex has written, once it has ended. Resolves to the account's limits, as told in this turn. */
  settle(): Promise<readonly UsageLimit[]>;
}

/**
 * Counts the tokens of a run from the rollout of its thread, and from what the
 * transport tells: `codex exec` tells them only at the end of a turn. Puts them into
 * the record as they come, and ends the run when its budget is used up. If there is
 * neither, the count at the end of the turn has to do.
 */
export async function meterTokens(run: SupervisedRun): Promise<TokenMeter> {
  const { keeper, ending, env } = run;
  const { resumed_thread_id, thread_usage, ephemeral } = keeper.current();
  let state = EMPTY_ROLLOUT;
  /** The last thing the model said by the events, if it has begun nothing since. */
  let said: string | null = null;
  let file: FollowedFile | null = null;
  let finding: Promise<void> | null = null;
  let begun = false;
  let disposed = false;

  const account = keepAccount(run);
  /** What the transport tells is in the rollout as well. */
  let areTold = false;

  const lines = makeLineSplitter((line) => {
    const last = state;
    state = foldRollout(state, line);
    if (!begun || state === last) return;
    const told = state.limits.filter((window) => !last.limits.includes(window));
    if (told.length > 0 && !areTold) account.hear(told);
    count(state.usage);
  });
  const count = (usage: Usage | null) => {
    // After Codex was killed, what it tells restarts too low; the rollout knows better.
    if (usage && tokensOf(usage) > tokensOf(meter.counted)) {
      meter.counted = publicUsage(usage);
    }
    // A faster end of the turn has already reported this.
    if (usage && tokensOf(usage) > tokensOf(keeper.current().thread_usage)) {
      keeper.update({
        thread_usage: publicUsage(usage),
        usage: publicUsage(usageSince(meter.before, usage)),
      });
    }
    const overdraft = overdraftOf(keeper.current());
    if (overdraft && !hasAnswered()) ending.end(overdraft);
  };
  // A complete answer is already paid for: Codex only has to report the end of its
  // turn. An ephemeral thread has no rollout, and any may not be read that far.
  const hasAnswered = () =>
    [said, state.lastMessage].some((text) =>
      parseResult(text).state === "valid"
    );
  const find = async (threadId: string) => {
    const path = await findRollout(env, threadId);
    if (path === null || disposed) return;
    try {
      file = followFile(path, lines.push);
    } catch (error) {
      ignore(error, "the next event looks for the rollout again");
    }
  };
  const findAndRead = async (threadId: string | null) => {
    if (file === null && threadId !== null && !ephemeral) {
      await (finding ??= find(threadId).finally(() => finding = null));
    }
    await file?.read();
  };

  const meter: TokenMeter = {
    before: thread_usage,
    counted: null,
    beginTurn: () => account.beginTurn(),
    hear: (event) => {
      said = saidAfter(event, said);
    },
    count,
    hearLimits: (limits) => {
      areTold = true;
      account.hear(limits);
    },
    look: (threadId) => {
      findAndRead(threadId);
    },
    settle: async () => {
      await findAndRead(keeper.current().thread_id);
      return await account.settle();
    },
    [Symbol.dispose]: () => {
      disposed = true;
      file?.[Symbol.dispose]();
    },
  };
  await findAndRead(resumed_thread_id);
  // Others may have continued the thread since its run ended; the rollout shows that.
  if (state.usage) {
    meter.before = publicUsage(state.usage);
    keeper.update({ thread_usage: meter.before });
  }
  // What it says of the account is of that time.
  state = { ...state, limits: [] };
  begun = true;
  return meter;
}

/** The last thing the model said, if it has begun nothing since, after an event; a command may end later than that. */
function saidAfter(event: CodexEvent, before: string | null): string | null {
  switch (event.type) {
    case "turn.started":
      return null;
    case "item.started":
      return event.item.type === "error" ? before : null;
    case "item.completed":
      if (event.item.type === "agent_message") return event.item.text;
      return event.item.type === "reasoning" ? null : before;
    default:
      return before;
  }
}
