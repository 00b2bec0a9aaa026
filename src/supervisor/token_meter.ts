import {
  EMPTY_ROLLOUT,
  findRollout,
  foldRollout,
  type UsageLimit,
} from "../codex/rollout.ts";
import type { CodexEvent, Usage } from "../codex/events.ts";
import { usageSince } from "../codex/usage.ts";
import { tokensOf } from "../run/record.ts";
import { parseResult } from "../run/result.ts";
import { overdraftOf } from "./budget.ts";
import { type FollowedFile, followFile } from "../files/follow_file.ts";
import { makeLineSplitter } from "../files/line_splitter.ts";
import { publicUsage, type ThreadCounts } from "./progress.ts";
import type { SupervisedRun } from "./supervised_run.ts";
import { ignore } from "../system/ignore.ts";

/** Counts the tokens of a run while it runs. */
export interface TokenMeter extends Disposable, ThreadCounts {
  /** To be called with each event of Codex. */
  hear(event: CodexEvent): void;
  /** To be called with what Codex counts for the thread, where it tells. */
  count(usage: Usage): void;
  /** To be called when Codex has sent an event of this thread: reads what it has written. */
  look(threadId: string | null): void;
  /** Reads everything that Codex has written, once it has ended. Resolves to the account's limits. */
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

  const lines = makeLineSplitter((line) => {
    const last = state;
    state = foldRollout(state, line);
    if (begun && state !== last) count(state.usage);
  });
  const count = (usage: Usage | null) => {
    if (usage) meter.counted = publicUsage(usage);
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
    hear: (event) => {
      said = saidAfter(event, said);
    },
    count,
    look: (threadId) => {
      findAndRead(threadId);
    },
    settle: async () => {
      await findAndRead(keeper.current().thread_id);
      return state.limits;
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
