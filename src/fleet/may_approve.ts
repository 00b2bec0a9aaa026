import { askerOf } from "../owners/asker.ts";
import { isSameProcess } from "../owners/claude_notes.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import { takeAsked } from "../run/question_marks.ts";
import type { Question } from "../run/questions.ts";
import { runFiles } from "../run/store.ts";
import { environmentError, usageError } from "../system/errors.ts";
import type { FleetContext } from "../workspace/context.ts";

/** How somebody approves: what they wrote for the question, and whether a person is known to be there. */
export interface Approval {
  name: string;
  /** `hook`: the caller may be a model, so a hook must have asked. `person`: somebody has just been asked, or sits at a terminal. `nobody`: neither. */
  asked: "hook" | "person" | "nobody";
}

/**
 * Throws unless a person has decided on an approval: only they may let a worker out
 * of its sandbox. A `usage` error if the question is not named by its number and its
 * run's whole id: what a dialog has shown and what is approved must be the same.
 * Otherwise an `environment` error: for a worker, for a session of Claude Code whose
 * hook has not asked about this question, and where nobody is known to be there.
 */
export async function requirePerson(
  context: FleetContext,
  id: RunId,
  question: Question,
  { name, asked }: Approval,
): Promise<void> {
  // The caller says that such an answer does not fit.
  if (question.kind !== "approval") return;
  const exact = `${id}/${question.id}`;
  const refused = (why: string) =>
    environmentError(`Cannot approve question ${exact}: ${why}`);
  if (context.caller.env[RUN_ID_VARIABLE] !== undefined) {
    throw refused("a worker cannot; only a person can");
  }
  if (name !== exact) {
    throw usageError(
      `Cannot approve "${name}": name the exact question; once you have read it, call "agentctl answer ${exact} --approve"`,
    );
  }
  if (asked === "nobody") {
    throw refused("only a person can, at a terminal");
  }
  if (asked === "hook" && !await hasAsked(context, id, question)) {
    throw refused(
      `no dialog has shown it to the user; call "agentctl answer ${exact} --approve" as a command of its own, or leave it to the user`,
    );
  }
}

/** Whether the hook of this session has asked the user about the question, which counts once. */
async function hasAsked(
  { workspace, caller }: FleetContext,
  id: RunId,
  question: Question,
): Promise<boolean> {
  const asker = await askerOf(caller);
  if (asker === null) return false;
  const { questions } = runFiles(workspace, id);
  const mark = await takeAsked(questions, question.id);
  return mark !== null &&
    (mark.session === asker.session ||
      isSameProcess(mark.process, asker.process));
}
