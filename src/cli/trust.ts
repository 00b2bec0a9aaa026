import { basename, join, resolve } from "@std/path";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import {
  environmentError,
  EXIT_CODES,
  messageOf,
  notFoundError,
  usageError,
} from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { showExactly } from "../text/show_exactly.ts";
import { approveBytes, forgetApproval } from "../workspace/approvals.ts";
import { ownKeys, parseConfig, withoutApproval } from "../workspace/config.ts";
import { PROMPT_NAMES, readPromptSource } from "../workspace/prompts.ts";
import { CONFIG_NAMES, readConfigSource } from "../workspace/settings.ts";
import {
  isOwnWord,
  type SourceFile,
  textOf,
  trustCall,
} from "../workspace/source_file.ts";
import { WORKSPACE_NAME } from "../workspace/state_folder.ts";
import { locateWorkspace } from "../workspace/workspace.ts";
import { command, type CommonCall } from "./command.ts";

export default command({
  name: "trust",
  summary: "approve the settings and prompts of a workspace",
  usage: "trust [dir] [--show | --untrust | --import [--yes]]",
  description:
    "Shows what the settings and prompts of a workspace outside ~/.ai-orch would do (programs,\nsandboxes, variables, paths, profiles, tmux targets, words for workers) and approves exactly\nthese bytes. Until then, and once they have changed, they are ignored, because anybody who can\nwrite the folder could have written them. dir is the folder that holds .ai-orch (default: the\nworkspace that the other commands would use here).\nEarlier versions kept runs and projects beside the settings, where workers can write, so these\nare only listed and shown. --import shows where they worked, asks, and moves the runs that\nhave ended, and the projects, to ~/.ai-orch.",
  action: "approve settings",
  args: "[dir]",
  options: {
    show: flag(
      "only show what is approved, what has changed, and what is neither",
    ),
    untrust: flag("withdraw the approval"),
    import: flag(
      "take over runs that have ended, and projects, from an earlier version",
    ),
    yes: flag("with --import: do not ask"),
  },
  examples: [
    "agentctl trust",
    "agentctl trust ~/src/shop --show",
    "agentctl trust ~/src/shop --untrust",
    "agentctl trust --import",
  ],
  readOnly: { with: "show" },
  async run(call) {
    const { args, options, caller } = call;
    const { workspace } = options;
    if (args.length > 0 && workspace !== undefined) {
      throw usageError("Cannot approve settings: give one folder");
    }
    checkTogether(options, args.length > 0);
    if (options.import) {
      const { importOlderLayout } = await import("./trust_import.ts");
      return await importOlderLayout(call, options.yes);
    }
    const named = args[0] ?? workspace;
    if (options.untrust) return await untrust(call, named);
    if (!options.show && caller.env[RUN_ID_VARIABLE]) {
      throw environmentError(
        `Cannot approve settings: this is run "${
          caller.env[RUN_ID_VARIABLE]
        }"; approve them yourself, outside any run`,
      );
    }
    const { root, missing } = await locateWorkspace(caller, named);
    if (missing) {
      throw notFoundError(
        `Cannot find workspace "${root}": make it with "agentctl init"`,
      );
    }
    const files = await readFiles(root, caller.env);
    if (options.show) return show(call, root, files);
    return await approve(call, root, files);
  },
});

/** Throws a `usage` error for options that contradict each other. */
function checkTogether(
  options: Record<"show" | "untrust" | "import" | "yes", boolean>,
  hasFolder: boolean,
): void {
  const [action, other] = (["show", "untrust", "import"] as const)
    .filter((name) => options[name]);
  if (other !== undefined) {
    throw usageError(
      `Cannot use --${action} with --${other}: give one of them`,
    );
  }
  if (options.import && hasFolder) {
    throw usageError(
      "Cannot use --import with a folder: name the workspace with --workspace",
    );
  }
  if (options.yes && !options.import) {
    throw usageError("Cannot use --yes: it needs --import");
  }
}

/** The state of a file, in the words of `--json`. */
type FileState = "own" | "approved" | "changed" | "not_approved" | "refused";

/** A file of a workspace, with what it would do. */
interface ShownFile {
  file: SourceFile;
  state: FileState;
  /** Why it cannot be approved. */
  reason: string | null;
  /** The settings that count only if they are approved. */
  settings: Record<string, unknown>;
  /** The settings that differ from the defaults. */
  keys: string[];
  /** The text of a prompt. */
  prompt: string | null;
}

async function readFiles(
  root: string,
  env: CommonCall["caller"]["env"],
): Promise<ShownFile[]> {
  const config = await readConfigSource(root, env);
  const prompts = await Promise.all(
    PROMPT_NAMES.map((name) => readPromptSource({ root, env }, name)),
  );
  const shown = prompts.flatMap((file) =>
    file === null ? [] : [describe(file, ({ text }) => ({ prompt: text }))]
  );
  if (config === null) return shown;
  const settings = describe(config, ({ text }) => {
    const stated = parseConfig(text, config.path);
    const { ignored } = withoutApproval(stated);
    return {
      keys: ownKeys(stated),
      settings: Object.fromEntries(ignored.map((key) => [key, stated[key]])),
    };
  });
  return [settings, ...shown];
}

function describe(
  file: SourceFile,
  read: (file: { text: string }) => Partial<ShownFile>,
): ShownFile {
  const shown = { file, settings: {}, keys: [], prompt: null };
  if ("refused" in file) {
    return { ...shown, state: "refused", reason: file.refused };
  }
  const state = STATES[file.approved];
  try {
    const text = textOf(file);
    return { ...shown, state, reason: null, ...read({ text }) };
  } catch (error) {
    return { ...shown, state, reason: messageOf(error) };
  }
}

const STATES = {
  home: "own",
  yes: "approved",
  changed: "changed",
  no: "not_approved",
} as const;

const STATE_WORDS: Record<FileState, string> = {
  own: "your own, needs no approval",
  approved: "approved",
  changed: "changed since it was approved",
  not_approved: "not approved",
  refused: "refused",
};

function show(
  { options, print }: CommonCall,
  root: string,
  files: ShownFile[],
): number {
  if (options.json) print(asJson(root, files));
  else if (files.length === 0) print(nothingIn(root));
  else print(files.map(draw).join("\n"));
  return EXIT_CODES.ok;
}

/** Approves exactly the bytes that were shown, all of them or none. */
async function approve(
  { caller, options, print, say }: CommonCall,
  root: string,
  files: ShownFile[],
): Promise<number> {
  for (const { file, state, reason } of files) {
    if (reason === null || state === "own") continue;
    throw environmentError(
      reason.startsWith("Cannot ")
        ? reason
        : `Cannot approve "${file.path}": ${reason}; put a plain file of your own there`,
    );
  }
  if (!options.json) {
    print(files.length === 0 ? nothingIn(root) : files.map(draw).join("\n"));
  }
  const approved: ShownFile[] = [];
  for (const shown of files) {
    const { file, keys } = shown;
    if (!("bytes" in file) || isOwnWord(file.approved)) continue;
    await approveBytes(caller.env, file.path, file.bytes, keys);
    approved.push({ ...shown, state: "approved" });
  }
  if (options.json) {
    print(asJson(
      root,
      files.map((shown) =>
        approved.find(({ file }) => file === shown.file) ?? shown
      ),
    ));
  } else if (approved.length > 0) {
    say(`Approved; withdraw the approval with "${trustCall(root)} --untrust"`);
  } else if (files.length > 0) say("Nothing to approve");
  return EXIT_CODES.ok;
}

/** Withdraws the approval, even for a folder that is gone or has become a link. */
async function untrust(
  { caller, options, print, say }: CommonCall,
  named: string | undefined,
): Promise<number> {
  const root = await locateWorkspace(caller, named).then(
    ({ root }) => root,
    (error) => {
      if (named === undefined) throw error;
      const path = resolve(caller.cwd, named);
      return basename(path) === WORKSPACE_NAME
        ? path
        : join(path, WORKSPACE_NAME);
    },
  );
  const names = [
    ...CONFIG_NAMES,
    ...PROMPT_NAMES.map((name) => join("prompts", `${name}.md`)),
  ];
  const forgotten: string[] = [];
  for (const name of names) {
    const path = join(root, name);
    if (await forgetApproval(caller.env, path)) forgotten.push(path);
  }
  if (options.json) {
    print(JSON.stringify({ workspace: root, untrusted: forgotten }));
  } else if (forgotten.length === 0) {
    say(`Nothing of workspace "${root}" was approved`);
  } else {
    say(`Withdrew the approval of ${forgotten.join(", ")}`);
  }
  return EXIT_CODES.ok;
}

function nothingIn(root: string): string {
  return `Workspace "${
    showExactly(root)
  }" has neither settings nor prompts of its own`;
}

function draw({ file, state, reason, settings, prompt }: ShownFile): string {
  const lines = Object.entries(settings).map(([key, value]) =>
    `  ${key}: ${showExactly(JSON.stringify(value))}`
  );
  const text = (prompt ?? "").trimEnd().split("\n")
    .map((line) => `  | ${showExactly(line.replaceAll("\t", "    "))}`);
  return [
    `${showExactly(file.path)}: ${STATE_WORDS[state]}`,
    ...reason === null ? [] : [`  ${showExactly(reason)}`],
    ...lines.length > 0 || prompt !== null || reason !== null
      ? lines
      : ["  nothing in it needs approval"],
    ...prompt === null ? [] : text,
  ].join("\n");
}

function asJson(root: string, files: ShownFile[]): string {
  return JSON.stringify(
    {
      workspace: root,
      files: files.map(({ file, state, reason, settings, prompt }) => ({
        path: file.path,
        state,
        ...reason === null ? {} : { reason },
        ...prompt === null ? { settings } : { prompt },
      })),
    },
    null,
    2,
  );
}
