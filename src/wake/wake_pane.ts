import type { FleetContext } from "../workspace/context.ts";
import {
  dropRequests,
  requestedIds,
  unknownIds,
  wakeLock,
  type WakeTarget,
} from "../lifecycle/wake_request.ts";
import { tmuxEnvironment } from "../run/environment.ts";
import { delay } from "../system/delay.ts";
import {
  type PaneScreen,
  pasteText,
  pressEnter,
  readScreen,
} from "../tmux/keyboard.ts";
import { type TmuxServer, tmuxServerAt } from "../tmux/server.ts";
import { tryAcquireLock } from "../files/lock.ts";
import { claudeState, findClaude } from "./claude_session.ts";
import { inputText } from "./input_box.ts";
import { meantFor } from "./meant_for.ts";
import { idsOfLine, wakeLine } from "./wake_line.ts";
import { debugStep } from "../system/ignore.ts";

/** After this time the results are left to the inbox, or to the next run's line. */
const GIVE_UP_MS = 10 * 60_000;

/** tmux has no event for what a pane shows, so this is how often we look. */
const LOOK_AGAIN_MS = 1_000;

/** Claude Code (2.1.197) takes an Enter that comes with a paste as part of the paste. */
const SETTLE_MS = 300;

/** How often, and at what interval, we look whether a key has had its effect. */
const EFFECT_TRIES = 30;
const EFFECT_MS = 50;

/**
 * Types a line that names the requested runs into a pane, once Claude Code is
 * idle there, with nothing in its input box and no dialog open; if that cannot
 * be seen, it types nothing. One process at a time does this for a pane, for
 * all runs that are requested in the meantime.
 */
export async function wakePane(
  context: FleetContext,
  target: WakeTarget,
): Promise<void> {
  const { workspace } = context;
  const deadline = Date.now() + GIVE_UP_MS;
  do {
    using lock = await tryAcquireLock(wakeLock(workspace, target));
    // Its holder looks for new requests afterwards.
    if (lock === null) return;
    while ((await requestedIds(workspace, target)).length > 0) {
      if (Date.now() > deadline) return;
      if (!await typeOnce(context, target)) await delay(LOOK_AGAIN_MS);
    }
  } while ((await requestedIds(workspace, target)).length > 0);
}

/** Types one line if that is possible now; returns whether it did. */
async function typeOnce(
  context: FleetContext,
  target: WakeTarget,
): Promise<boolean> {
  const { workspace, caller } = context;
  const { paneId } = target;
  const server = tmuxServerAt(target.socket, tmuxEnvironment(caller.env));
  const unknown = await unknownIds(workspace, target);
  const screen = await readScreen(server, paneId);
  const before = screen === null ? null : inputText(screen);
  // Somebody waits for each of them, but may still be killed.
  if (before === "" && unknown.length === 0) return false;
  const { state, notes } = screen === null
    ? { state: "none", notes: [] }
    : await findClaude(screen.pid, caller.env);
  const ids = await meantFor(context, notes, unknown);
  debugStep(() => `wake: Claude Code is ${state}, ${ids.length} to tell`);
  if (screen === null || state === "none") {
    await dropRequests(
      workspace,
      target,
      await requestedIds(workspace, target),
    );
    return true;
  }
  // Another session's results are not for this one, whichever pane is configured.
  await dropRequests(
    workspace,
    target,
    unknown.filter((id) => !ids.includes(id)),
  );
  if (state !== "free" || !screen.takesKeys) return false;
  // A line of ours without its Enter: a dialog, or the end of a process, intervened.
  let typed = before === null ? null : idsOfLine(before);
  if (typed === null) {
    if (before !== "" || ids.length === 0) return false;
    // We look again, because asking took time and people type fast.
    const now = await readScreen(server, paneId);
    if (now === null || !now.takesKeys || inputText(now) !== "") return false;
    const line = wakeLine(ids);
    typed = idsOfLine(line);
    debugStep(() => `wake: types a line about ${ids.join(", ")}`);
    await pasteText(server, paneId, line);
  }
  const wanted = typed?.join() ?? "";
  if (!await untilInput(server, paneId, (text) => idsIn(text) === wanted)) {
    return false;
  }
  await delay(SETTLE_MS);
  const after = await readScreen(server, paneId);
  if (
    after === null || !after.takesKeys || idsIn(inputText(after)) !== wanted ||
    await claudeState(after.pid, caller.env) !== "free"
  ) return false;
  await pressEnter(server, paneId, after.cursor);
  if (!await untilInput(server, paneId, (text) => idsIn(text) !== wanted)) {
    return false;
  }
  await dropRequests(workspace, target, typed ?? []);
  return true;
}

function idsIn(text: string | null): string | undefined {
  return text === null ? undefined : idsOfLine(text)?.join();
}

/** Whether the input box soon holds the expected text. */
async function untilInput(
  server: TmuxServer,
  paneId: string,
  isWanted: (text: string | null) => boolean,
): Promise<boolean> {
  for (let triesLeft = EFFECT_TRIES; triesLeft > 0; triesLeft--) {
    const screen: PaneScreen | null = await readScreen(server, paneId);
    if (screen === null) return false;
    if (isWanted(inputText(screen))) return true;
    await delay(EFFECT_MS);
  }
  return false;
}
