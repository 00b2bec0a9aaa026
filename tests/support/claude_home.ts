import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import type { PrivateTmux } from "./private_tmux.ts";
import { until } from "./until.ts";

export interface ClaudeHomeOptions {
  /** The folders that are trusted. A git repository does not inherit this from a folder above it (2.1.332). */
  folders: readonly string[];
  /** Any text: the server does not look at it. */
  apiKey?: string;
  /** URL of the messages server. */
  baseUrl: string;
}

/**
 * Writes what Claude Code wants to know before it starts without a question
 * into `home`: onboarding done, folders trusted, key approved. Returns the
 * variables to add to the environment.
 */
export async function makeClaudeHome(
  home: string,
  { folders, apiKey = "sk-ant-test-of-agentctl", baseUrl }: ClaudeHomeOptions,
): Promise<Record<string, string>> {
  const state = {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: [apiKey.slice(-20)], rejected: [] },
    projects: Object.fromEntries(
      folders.map((folder) => [folder, { hasTrustDialogAccepted: true }]),
    ),
  };
  await Deno.writeTextFile(
    join(home, ".claude.json"),
    JSON.stringify(state, null, 2),
  );
  return {
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: apiKey,
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
}

/** What Claude Code writes into its session file; `shell` is idle while background commands run. */
const STATUS_WORDS = {
  free: ["idle", "shell"],
  busy: ["busy"],
  waiting: ["waiting"],
};

export type ClaudeStatus = keyof typeof STATUS_WORDS;

/** An interactive Claude Code in a pane. */
export interface ClaudeSession {
  paneId: string;
  /** The process of Claude Code itself, whatever started it. */
  pid: number;
  /** Pastes a sentence, sees it in the input line and presses Enter. */
  type(sentence: string): Promise<void>;
  /** Waits until the pane shows the text; throws with what it shows after `timeoutMs`. */
  waitForText(
    text: string | RegExp,
    options?: { timeoutMs?: number },
  ): Promise<string>;
  /** All text of the pane, with what has scrolled away. */
  transcript(): Promise<string>;
  /** Resolves when Claude Code says so: `free` for the user, at work, or asking the user something. */
  untilStatus(status: ClaudeStatus): Promise<void>;
  /** Ends Claude Code by a signal and resolves when it is gone. */
  kill(signal?: Deno.Signal): Promise<void>;
}

export interface StartClaudeOptions {
  tmux: PrivateTmux;
  /** HOME and PATH are taken from it. */
  env: Record<string, string>;
  /** The folder to start in. */
  folder: string;
  /** What starts Claude Code: `claude` with options, or a program that starts it. */
  argv: readonly string[];
}

/** Starts Claude Code in a new window and waits until it takes sentences. */
export async function startClaude(
  { tmux, env, folder, argv }: StartClaudeOptions,
): Promise<ClaudeSession> {
  const sessions = join(env["HOME"] ?? "", ".claude", "sessions");
  await ensureDir(sessions);
  const before = namesIn(sessions);
  const variables = Object.entries(env).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  const paneId = await tmux.run(
    ...["new-window", "-d", "-P", "-F", "#{pane_id}", "-c", folder],
    ...[...variables, "--", "/usr/bin/env", `PATH=${env["PATH"]}`, ...argv],
  );
  // What a program says that ends at once stays to be read.
  await tmux.run("set-option", "-p", "-t", paneId, "remain-on-exit", "on");
  const newFile = () =>
    namesIn(sessions).find((name) => !before.includes(name));
  const name = await until(`${argv.join(" ")} gets ready`, async (see) => {
    see(await tmux.capture(paneId));
    return newFile();
  }, { watch: sessions });
  const file = join(sessions, name);
  const pid = JSON.parse(await readWhole(file)).pid;

  const untilStatus = async (status: ClaudeStatus) => {
    await until(`Claude is ${status}`, async (see) => {
      const text = await readText(file);
      const is = STATUS_WORDS[status].some((word) =>
        text.includes(`"status":"${word}"`)
      );
      if (!is) see(`${text}\n${await tmux.capture(paneId)}`);
      return is;
    }, { watch: sessions });
  };
  const waitForText = (text: string | RegExp, options = {}) =>
    tmux.waitForText(paneId, text, options);

  async function type(sentence: string): Promise<void> {
    await tmux.run("set-buffer", "-b", "sentence", "--", sentence);
    await tmux.run(
      ...["paste-buffer", "-p", "-r", "-d", "-b", "sentence", "-t", paneId],
    );
    // An Enter that comes with the paste would be part of it.
    await waitForText(inputLine(sentence));
    await tmux.run("send-keys", "-t", paneId, "Enter");
  }

  async function kill(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    Deno.kill(pid, signal);
    // tmux has no event for a pane whose program has ended.
    const look = ["display-message", "-p", "-t", paneId, "#{pane_dead}"];
    await until(
      `Claude in pane ${paneId} ends`,
      async (see) => see(await tmux.run(...look)) === "1",
    );
  }

  await untilStatus("free");
  await waitForText(/^❯/m);
  return {
    paneId,
    pid,
    type,
    waitForText,
    transcript: () => tmux.run("capture-pane", "-p", "-S", "-", "-t", paneId),
    untilStatus,
    kill,
  };
}

/** The last line with a prompt sign, with the beginning of the sentence, since a long one is wrapped. */
function inputLine(sentence: string): RegExp {
  const start = sentence.slice(0, 40).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^❯[ \\u00a0]${start}(?![\\s\\S]*\\n❯)`, "m");
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".json"));
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

/** A file that is being written may be seen empty. */
async function readWhole(path: string): Promise<string> {
  return await until(`"${path}" is whole`, async (see) => {
    const text = see(await readText(path));
    return text.endsWith("}") && text;
  });
}
