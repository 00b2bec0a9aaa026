/** What a result may take of an orchestrator's context, in bytes of JSON. */
export const BRIEF_BYTES = 2_000;

/** What a short record has, most important first; what is empty is left out. */
const BRIEF_FIELDS = [
  "run_id",
  "title",
  "status",
  "goal_met",
  "claimed",
  "verified",
  "summary",
  "followup_prompt",
  "notes",
  "exit_code",
  "git_diff_stat",
  "overlaps",
  "worktree_state",
  "reason",
  "failure",
  "result_error",
  "next_run_id",
  "waiting",
  "activity",
  "messages",
  "project",
  "cwd",
  "profile",
  "model",
  "duration",
  "thread_id",
  "parent_run_id",
  "usage",
  "warnings",
  "stand_in",
  "files",
];

/** These are there even if they are empty: their absence would be a riddle. */
const ALWAYS = [
  "run_id",
  "title",
  "status",
  "goal_met",
  "summary",
  "followup_prompt",
  "notes",
  "exit_code",
  "git_diff_stat",
];

/** How long texts may be at first, in characters; too long a record has all of them shortened together. */
const TEXT_CHARACTERS: Record<string, number> = {
  summary: 700,
  followup_prompt: 500,
  notes: 300,
  git_diff_stat: 400,
  title: 100,
};
const OTHER_CHARACTERS = 200;

/**
 * A record for a model: what matters, in at most so many bytes of JSON, and
 * the command that prints all of it where something was shortened. Texts are
 * shortened first; then fields go, the least important ones first.
 */
export function briefRecord(
  full: Record<string, unknown>,
  maxBytes = BRIEF_BYTES,
): Record<string, unknown> {
  for (let fields = BRIEF_FIELDS.length;; fields -= 3) {
    const names = BRIEF_FIELDS.slice(0, Math.max(fields, FEWEST_FIELDS));
    for (const scale of [1, 0.7, 0.5, 0.35, 0.25]) {
      const brief = shorten(full, names, scale);
      const isLast = fields <= FEWEST_FIELDS && scale === 0.25;
      if (byteLength(brief) <= maxBytes || isLast) return brief;
    }
  }
}

/** Id, title, outcome and summary are never left out. */
const FEWEST_FIELDS = 7;

function shorten(
  full: Record<string, unknown>,
  names: string[],
  scale: number,
): Record<string, unknown> {
  const shortened: string[] = [];
  const cut = (text: string, name: string) => {
    const limit = Math.max(
      24,
      Math.floor((TEXT_CHARACTERS[name] ?? OTHER_CHARACTERS) * scale),
    );
    if (name === "files" || name === "cwd") return text;
    const characters = [...text];
    if (characters.length <= limit) return text;
    if (!shortened.includes(name)) shortened.push(name);
    return characters.slice(0, limit).join("") + "…";
  };
  const brief: Record<string, unknown> = {};
  for (const name of names) {
    const value = name === "files"
      ? filesOf(full)
      : name === "messages"
      ? messagesOf(full)
      : full[name];
    if (isEmpty(value) && !ALWAYS.includes(name)) continue;
    brief[name] = mapTexts(value, (text) => cut(text, name));
  }
  return shortened.length === 0
    ? brief
    : { ...brief, shortened, full: `agentctl show ${full["run_id"]} --full` };
}

/** The folder, and the names of what lies in it. */
function filesOf(full: Record<string, unknown>): unknown {
  const files = full["files"] as Record<string, string> | undefined;
  const folder = files?.["folder"];
  if (!files || folder === undefined) return null;
  const names = Object.values(files)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  return `${folder}/{${names.join(",")}}`;
}

/** The last few messages, each as `2 queued: its title`. */
function messagesOf(full: Record<string, unknown>): string[] {
  const messages = (full["messages"] ?? []) as Record<string, unknown>[];
  return messages.slice(-5).map(({ id, state, title = "" }) =>
    `${id} ${state}: ${title}`
  );
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    return value.slice(0, 5).map((item) => mapTexts(item, change));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]),
    );
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" ||
    value === false ||
    Array.isArray(value) && value.length === 0;
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value, null, 2)).length;
}
