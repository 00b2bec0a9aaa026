import type { GuardWish } from "../codex/guard.ts";
import { guardRegistry } from "../guard/protection.ts";
import type { RunEnd } from "../run/end.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import { messageOf } from "../system/errors.ts";
import {
  type ConfinementCause,
  confinementCause,
  listeningPorts,
  unreachableCount,
} from "./check_cause.ts";
import { confine, type ConfinedCommand } from "./confine.ts";
import { whyNotOwn } from "./folder_guard.ts";
import type { SupervisedRun } from "./supervised_run.ts";
import { judgeConfined, judgeVerified } from "./verdict.ts";
import { type VerificationEnd, verifyRun } from "./verify.ts";
import { linkInfoAtSync } from "../files/exists.ts";

/**
 * Runs the check of a run, if it has one and the worker claims that the goal is
 * met: in the worker's confinement, unless the run was made with another
 * decision. `wish` is how the worker is guarded; `null` if it is not.
 */
export async function checkRun(
  run: SupervisedRun,
  wish: GuardWish | null,
  end: RunEnd,
): Promise<RunEnd> {
  const { keeper, pane, files } = run;
  const { verify: command, verify_confined } = keeper.current();
  if (command === null || end.result?.goal_met !== true) return end;
  const moved = await whyNotOwn(keeper.current());
  if (moved !== null) {
    const outcome = `not run, because ${moved}`;
    return judgeVerified(end, command, { passed: false, outcome, tail: "" });
  }
  pane.transcript.note(`Checking: ${command}`);
  keeper.update({ activity: `checks ${command}` });
  const confined = verify_confined ?? wish !== null;
  if (confined && wish === null) {
    return judgeConfined(end, command, {
      line: "This Codex cannot confine it",
      needs: "a Codex with permission profiles",
    });
  }
  if (!confined || wish === null) {
    keeper.update({ verify_confined: false });
    const result = await verifyRun(run, files.verify, command, run.env);
    tell(run, result);
    return judgeVerified(end, command, result);
  }
  const confinement = await confine({
    command,
    env: { ...run.env, [RUN_ID_VARIABLE]: run.id },
    wish,
    scratch: files.check,
    registry: guardRegistry(run.context.caller.env),
  }).catch((error) => messageOf(error));
  // The worker may have made it impossible to set up the guard again.
  if (typeof confinement === "string") {
    return judgeConfined(end, command, {
      line: confinement,
      needs: "a guard, which cannot be set up",
    });
  }
  await using check = confinement;
  const result = await verifyRun(run, files.verify, check.script, check.env);
  const cause = result.passed ? null : await causeOf(check, wish, result);
  if (cause === null) {
    tell(run, result);
    return judgeVerified(end, command, result);
  }
  pane.transcript.note(`The check could not run: it needs ${cause.needs}`);
  return judgeConfined(end, command, cause);
}

function tell({ pane }: SupervisedRun, result: VerificationEnd): void {
  pane.transcript.note(
    `The check ${result.passed ? "passed" : "failed"} (${result.outcome})`,
  );
}

/** Why a confined command failed, if its confinement is to blame. */
export async function causeOf(
  confined: ConfinedCommand,
  { cwd }: Pick<GuardWish, "cwd">,
  { tail, outcome }: VerificationEnd,
): Promise<ConfinementCause | null> {
  if (!await confined.hasStarted()) {
    const words = tail.trim().split("\n").at(-1) || outcome;
    return {
      line: words.slice(0, 300),
      needs: "a Codex sandbox that starts",
    };
  }
  const { namespaces, online, plan } = confined;
  return confinementCause(tail, {
    cwd,
    loopback: namespaces.loopback,
    online,
    mayWrite: plan.mayWrite,
    exists: (path) => linkInfoAtSync(path) !== null,
    sockets: [
      ...(await confined.note("sockets")).split("\n"),
      ...plan.hidden,
    ].filter((path) => path.startsWith("/")),
    ports: listeningPorts(await confined.note("listening")),
    unreachable: unreachableCount(await confined.note("counters")),
  });
}
