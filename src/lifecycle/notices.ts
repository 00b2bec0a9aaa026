import { closingWords } from "../run/outcome.ts";
import type { EndedRecord } from "../run/record.ts";
import { inTime } from "../system/delay.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { runShell } from "../system/shell.ts";
import { harmlessLine, WORDS_OF } from "../text/others_words.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { escapeInJson, oneLine } from "../text/sanitize.ts";
import { displayMessage } from "../tmux/notices.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "./run_server.ts";
import { requestWake } from "./wake_request.ts";

/** How long to wait for a notification. */
const NOTICE_TIMEOUT_MS = 10_000;

/**
 * Tells of the end of a run: the orchestrator's tmux client, the desktop and the
 * user's own command, as the config says. Called once for each run, after it
 * stands in `notify.log`: no notification can break or delay a run. Returns what
 * went wrong.
 */
export async function tellEverybody(
  context: FleetContext,
  record: EndedRecord,
): Promise<string[]> {
  const { config } = context.workspace;
  const target = config.tmux_notify_target ?? record.notify_target;
  const notices: [string, Promise<unknown>][] = [];
  if (target !== null) {
    const text = `${headOf(record)}: ${summaryOf(record, 120)}`;
    notices.push([
      "tmux message",
      displayMessage(runServer(context, record), target, text),
    ]);
  }
  if (config.tmux_sendkeys_target !== null) {
    notices.push([
      "tmux_sendkeys_target",
      requestWake(context, record, config.tmux_sendkeys_target),
    ]);
  }
  if (config.notify_desktop) {
    notices.push(["desktop notification", notifyDesktop(context, record)]);
  }
  if (config.on_finish !== null) {
    notices.push(["on_finish", runOnFinish(context, record, config.on_finish)]);
  }
  if (notices.length === 0) return [];
  const late = new Error("it took too long");
  const results = await Promise.all(
    notices.map(async ([name, notice]) => {
      const failed = notice.then(() => null, (error: unknown) => error);
      const why = await inTime(failed, NOTICE_TIMEOUT_MS, late);
      return why === null ? [] : [`${name}: ${why}`];
    }),
  );
  return results.flat();
}

function headOf(record: EndedRecord): string {
  return `${outcomeOf(record).mark} ${harmlessLine(record.title, 80)}`;
}

function summaryOf(record: EndedRecord, columns: number): string {
  const who = record.summary === "" ? "" : "worker: ";
  return who + harmlessLine(closingWords(record), columns);
}

/** The texts come through the environment, so nothing in them is taken for a command. */
async function notifyDesktop(
  context: FleetContext,
  record: EndedRecord,
): Promise<void> {
  const script = `
if command -v notify-send >/dev/null; then
  exec notify-send -- "$NOTICE_TITLE" "$NOTICE_TEXT"
elif command -v osascript >/dev/null; then
  exec osascript -e 'on run argv' -e 'display notification (item 2 of argv) with title (item 1 of argv)' -e 'end run' "$NOTICE_TITLE" "$NOTICE_TEXT"
fi
echo "neither notify-send nor osascript is installed" >&2
exit 1`;
  await runOrThrow(script, context, {
    NOTICE_TITLE: headOf(record),
    NOTICE_TEXT: summaryOf(record, 200),
  });
}

async function runOnFinish(
  context: FleetContext,
  record: EndedRecord,
  command: string,
): Promise<void> {
  const json = JSON.stringify({ ...record, ...WORDS_OF });
  await runOrThrow(command, context, {}, escapeInJson(json));
}

async function runOrThrow(
  script: string,
  context: FleetContext,
  variables: Record<string, string>,
  stdin?: string,
): Promise<void> {
  // Without programs that a worker may have put on PATH.
  const { env: own } = programEnvironment(context.caller.env);
  const env = { ...own, ...variables };
  const { code, stderr } = await runShell(script, { env, stdin });
  if (code !== 0) throw new Error(oneLine(stderr, 200) || `exit code ${code}`);
}
