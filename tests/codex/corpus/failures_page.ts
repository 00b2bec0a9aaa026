import { fromFileUrl } from "@std/path";
import { classifyFailure } from "../../../src/codex/failure.ts";
import type { FailureClass } from "../../../src/codex/failure_rules.ts";
import type { RunFailure } from "../../../src/run/record.ts";
import { judge, resultOf } from "../../../src/supervisor/verdict.ts";
import { type Recording, replay } from "./recording.ts";

/** The page that {@linkcode failuresPage} makes. */
export const FAILURES_PAGE = fromFileUrl(
  new URL("../../../docs/failures.md", import.meta.url),
);

/** What each class means, in the order of the page. */
const CLASSES: Record<FailureClass, string> = {
  not_logged_in: "The server does not know or accept this account.",
  usage_limit: "The account has used up its allowance.",
  rate_limit: "Too many requests at once.",
  network: "The server could not be reached, or the connection broke.",
  context_full: "What the worker has to read does not fit.",
  bad_flags: "Codex does not accept the call.",
  bad_profile: "Codex does not accept its configuration.",
  bad_schema: "The schema of the result is missing or was refused.",
  sandbox: "Codex's sandbox does not work on this machine.",
  model_error: "The server or the model refused or failed.",
  no_turn: "Codex ended before it asked the model anything.",
  busy:
    "Another process held something that Codex needs. The run is tried again, at most twice more.",
  account_changed:
    "The server refused the account, and the login was replaced meanwhile. The run is tried again, at most twice more.",
  result_invalid: "The turn ended well, but its answer is not a result.",
  budget:
    "agentctl ended the run because its token budget, or that of its chain, was used up.",
  folder_changed:
    "agentctl refused or ended the run: its folder was gone, or had been replaced.",
  check_confined:
    "The worker reports that the goal is met, but the check could not do its work in the worker's confinement, so the outcome is unknown. The run is not tried again.",
  killed: "Codex or its supervisor was ended from outside.",
  unknown: "The cause is not known.",
};

const HEAD = `<!-- deno-fmt-ignore-file -->
<!-- Made by \`deno run -A tests/support/record_corpus.ts --write\` from tests/codex/corpus/recordings. -->

# How Codex ends, and what to do

When a run fails, its record says why: \`failure.class\` for scripts, \`failure.message\` in Codex's own words, \`failure.remedy\` for you, and \`failure.resets_at\` if Codex said when a limit ends. \`agentctl show RUN\` prints them. RUN stands for the id of the run.

`;

/** The text of `docs/failures.md`: every recorded ending with its class, words and remedy. */
export function failuresPage(recordings: readonly Recording[]): string {
  const versions = new Set(recordings.map(({ codex }) => codex));
  const rows = recordings.map((recording) => {
    const failure = failureOf(recording);
    const exit = recording.signal ?? String(recording.exit_code);
    return {
      class: failure.class,
      cells: [recording.how, failure.message, exit, failure.remedy],
    };
  });
  const parts = [
    HEAD,
    `The tables show the ${recordings.length} endings of the real Codex ${
      [...versions].join(", ")
    } that the tests hold agentctl to, made with a scripted model server.\n`,
  ];
  for (const [name, meaning] of Object.entries(CLASSES)) {
    const own = rows.filter((row) => row.class === name);
    parts.push(`\n## \`${name}\`\n\n${meaning}\n`);
    if (own.length === 0) {
      parts.push("\nNo recorded ending has this class.\n");
      continue;
    }
    parts.push(
      "\n| What happened | What the record says | Exit | What to do |\n| --- | --- | --- | --- |\n",
      ...own.map(({ cells }) => `| ${cells.map(cell).join(" | ")} |\n`),
    );
  }
  return parts.join("");
}

/** What the record says of a run that ended like this. */
function failureOf(recording: Recording): RunFailure {
  const turn = replay(recording);
  const failure = classifyFailure(turn);
  if (failure.class !== "result_invalid") return failure;
  // The reader of an answer says what is wrong with it.
  const end = judge(turn, resultOf(turn, turn.lastMessage), {
    cause: null,
    repaired: false,
    endedAt: new Date(),
  });
  return end.failure ?? failure;
}

/** Text in a cell of a table, whatever is in it. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim()
    .replaceAll("\\", "\\\\").replaceAll("|", "\\|")
    .replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
