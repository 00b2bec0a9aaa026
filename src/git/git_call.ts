import { join, resolve } from "@std/path";

/** A work tree, and where git keeps what belongs to it. All paths are absolute. */
export interface Repository {
  /** The top level of the work tree. */
  root: string;
  /** The git folder of this work tree; in a linked worktree one of its own. */
  git_dir: string;
  /** The git folder that all worktrees share: objects, refs, configuration. */
  common_dir: string;
  /** The folder that the caller named, as a real path. */
  folder: string;
  /** `folder` relative to `root`, without a slash at the end; empty at the top. */
  prefix: string;
  /** The id of the commit that is checked out; null before the first commit. */
  head: string | null;
  /** The short name of the branch, even without commits; null if HEAD is detached. */
  branch: string | null;
}

/** Which configuration a git call obeys. */
export interface Obedience {
  /** Replaces the repository's common folder and its configuration; `null` if those may be read as they are. */
  commonDir: string | null;
  /** Settings, `name=value`, that override what configuration files say. */
  overrides: string[];
  /** The PATH on which git finds what it runs; by default the caller's. */
  path?: string;
}

/** How a git call is made. */
export interface GitCall {
  /** The caller's whole environment. */
  env: Record<string, string>;
  cwd: string;
  /** Names the repository explicitly, so that git does not search for one, and a `git init` in the folder changes nothing. */
  repository?: Repository;
  /** A folder with its own index and objects, used instead of the user's. */
  scratch?: string;
  /** Whether new objects still go to the repository, with its own compression. */
  keepObjects?: boolean;
  /** Whether it writes the index of the work tree, in the form that the user chose. */
  writesIndex?: boolean;
  /** Without a repository: where the search for one ends. */
  ceiling?: string;
  /** Further settings, `name=value`, which override any configuration file. */
  settings?: string[];
  stdin?: string;
  signal?: AbortSignal;
  /** How long the programs that git starts may hang, for tests. */
  patience?: HelperPatience;
}

/** How long to wait for a program that git has started, in milliseconds. */
export interface HelperPatience {
  /** How often to look what it does. */
  lookMs: number;
  /** How long it may do nothing. */
  idleMs: number;
  /** How long it may take, whatever it does. */
  mostMs: number;
}

/**
 * Disables everything that must not run (fsmonitor, hooks, a pager) or would
 * change the meaning of the output. Submodules are left alone.
 */
const SETTINGS = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "color.ui=false",
  "submodule.recurse=false",
  // From git 2.38 on; nothing depends on it.
  "safe.bareRepository=explicit",
];

/** Disables what would write outside the scratch folder: with `core.splitIndex` git stores a part of any index in the git folder. */
const INDEX_SETTINGS = [
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "index.sparse=false",
];

/**
 * Variables of git, and of git-lfs, that reach our calls: where git's programs,
 * configuration and certificates are, how it signs in and connects, who commits, and
 * what it must not do. A program that one of them names is checked before it is
 * passed on: see `programEnvironment`. All others stay out, because they mean another
 * repository, index or attributes (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_NAMESPACE`,
 * `GIT_ATTR_SOURCE`), change what is printed or how paths are read (`GIT_TRACE*`,
 * `GIT_*_PATHSPECS`, `GIT_DIFF_OPTS`), are set by git for a program that it starts
 * (`GIT_PREFIX`, `GIT_CONFIG_PARAMETERS`), or matter only to other commands.
 */
const KEPT_VARIABLES = new RegExp(
  `^GIT_(${
    [
      // Who
      "(AUTHOR|COMMITTER)_(NAME|EMAIL)",
      // Where
      "CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH",
      "ALTERNATE_OBJECT_DIRECTORIES",
      "CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\\d+|VALUE_\\d+)",
      "ATTR_NOSYSTEM|NO_REPLACE_OBJECTS",
      // Connections, for a partial clone or git-lfs
      "ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\\w+|PROXY_COMMAND|PROXY_SSL_\\w+",
      "HTTP_(USER_AGENT|LOW_SPEED_LIMIT|LOW_SPEED_TIME|MAX_REQUESTS|PROXY_AUTHMETHOD)",
      "ALLOW_PROTOCOL|PROTOCOL_FROM_USER|NO_LAZY_FETCH",
      "LFS_(SKIP_SMUDGE|SKIP_DOWNLOAD_ERRORS|SET_LOCKABLE_READONLY)",
    ].join("|")
  })$`,
);

/** The folder for objects in a scratch folder. */
export function scratchObjects(scratch: string): string {
  return join(resolve(scratch), "objects");
}

/** The index of a scratch folder. */
export function scratchIndex(scratch: string): string {
  return join(resolve(scratch), "index");
}

/** The arguments of a call, including those before the command. */
export function gitArguments(
  args: string[],
  call: GitCall,
  { overrides }: Pick<Obedience, "overrides">,
): string[] {
  const settings = [
    ...SETTINGS,
    ...call.writesIndex ? [] : INDEX_SETTINGS,
    ...call.settings ?? [],
    ...overrides,
  ];
  return [
    "--no-pager",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...args,
  ];
}

/** The caller's environment without the variables that would point git at another repository, index or program. */
export function gitEnvironment(
  call: GitCall,
  { commonDir, path }: Omit<Obedience, "overrides">,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.env)) {
    if (
      name.startsWith("GIT_")
        ? KEPT_VARIABLES.test(name)
        : name !== "PWD" && name !== "LANGUAGE"
    ) {
      env[name] = value;
    }
  }
  Object.assign(env, {
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_PAGER: "cat",
    GIT_EDITOR: "false",
  });
  if (path !== undefined) env.PATH = path;
  if (call.ceiling !== undefined) {
    const others = env.GIT_CEILING_DIRECTORIES;
    env.GIT_CEILING_DIRECTORIES = others
      ? `${call.ceiling}:${others}`
      : call.ceiling;
  }
  if (commonDir !== null) env.GIT_COMMON_DIR = commonDir;
  if (call.repository) {
    env.GIT_DIR = call.repository.git_dir;
    env.GIT_WORK_TREE = call.repository.root;
  }
  if (call.repository && call.scratch !== undefined) {
    const alternates = [
      alternateEntry(join(call.repository.common_dir, "objects")),
    ];
    if (env.GIT_ALTERNATE_OBJECT_DIRECTORIES) {
      alternates.push(env.GIT_ALTERNATE_OBJECT_DIRECTORIES);
    }
    env.GIT_INDEX_FILE = scratchIndex(call.scratch);
    if (call.keepObjects) return env;
    env.GIT_OBJECT_DIRECTORY = scratchObjects(call.scratch);
    env.GIT_ALTERNATE_OBJECT_DIRECTORIES = alternates.join(":");
  }
  return env;
}

/** The list is separated by colons; an entry that contains one has to be quoted as in C. */
function alternateEntry(path: string): string {
  return path.includes(":") ? `"${path.replace(/[\\"]/g, "\\$&")}"` : path;
}
