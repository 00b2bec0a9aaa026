import type { RunRecord } from "../run/record.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type Asker, askerOf } from "./asker.ts";
import { isSameProcess } from "./claude_notes.ts";
import { type Holder, makeHolders } from "./holder.ts";

type Owned = Pick<RunRecord, "owner">;

/** Who makes a call, and which runs are theirs. */
export interface Reader {
  /** The session of Claude Code; `null` for the user. */
  asker: Asker | null;
  /** Whether all runs are meant, whoever asked for them. */
  meansAll: boolean;
  /** Whether its result is for the reader: the run is their own, or no session's. */
  isFor(run: Owned): Promise<boolean>;
  /** Whether words that name no run by its id, such as `--all` and `@last`, mean it. */
  isMeant(run: Owned): Promise<boolean>;
  /** Whether the run has fallen to the reader, from a session that is gone. */
  isInherited(run: Owned): Promise<boolean>;
  /** Whether the session that asked for the run is certainly over, and no other has its runs. */
  isGone(run: Owned): Promise<boolean>;
  /** Whether no process is known to have the run, and none has taken it up for that many milliseconds. */
  isOver(run: Owned, ms: number): Promise<boolean>;
}

/**
 * Who makes a call. The user means all runs, and so does a session of Claude Code
 * that says `everyone`. Otherwise a session means its own, and those of older
 * records, which belong to everybody; the results of the user's are for it as well.
 */
export async function readerOf(
  { caller }: Pick<FleetContext, "caller">,
  { everyone = false, asker: given }: {
    everyone?: boolean;
    asker?: Asker | null;
  } = {},
): Promise<Reader> {
  const asker = given === undefined ? await askerOf(caller) : given;
  const holders = makeHolders(caller.env);
  const meansAll = everyone || asker === null;

  async function isFor({ owner }: Owned): Promise<boolean> {
    if (owner === null || owner.session === null) return true;
    if (asker === null) return false;
    if (isSameProcess(owner.process, asker.process)) return true;
    const { session } = owner;
    const { process, sessions } = await holders.find({ ...owner, session });
    if (process === null) return sessions.has(asker.session);
    if (asker.process !== null) return isSameProcess(process, asker.process);
    return sessions.has(asker.session) ||
      (await holders.links()).some((link) =>
        link.session === asker.session && isSameProcess(link.process, process)
      );
  }

  /** Who holds the runs of a session; `null` for a run that no session asked for. */
  async function holderOf({ owner }: Owned): Promise<Holder | null> {
    if (owner === null || owner.session === null) return null;
    return await holders.find({ ...owner, session: owner.session });
  }

  return {
    asker,
    meansAll,
    isFor,
    isMeant: async (run) =>
      meansAll || run.owner?.session !== null && await isFor(run),
    isInherited: async (run) => (await holderOf(run))?.isHeir === true,
    isGone: async (run) => (await holderOf(run))?.isGone === true,
    async isOver(run, ms) {
      const holder = await holderOf(run);
      return holder?.process === null && holder.lastLinked < Date.now() - ms;
    },
  };
}
