import { reachOf } from "./find_program.ts";

/** Lists of folders in which programs look for code. */
const FOLDER_LISTS = ["PATH", "NODE_PATH", "PYTHONPATH", "PERL5LIB", "RUBYLIB"];

/** Files and folders whose code or settings a program loads as it starts. */
const LOADED = [
  ...["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES"],
  ...["BASH_ENV", "ENV", "ZDOTDIR", "PYTHONHOME", "PYTHONSTARTUP"],
  ...["GIT_EXEC_PATH", "GIT_TEMPLATE_DIR"],
];

/** Programs, some with arguments, that others start. */
const PROGRAMS = [
  ...["SHELL", "EDITOR", "VISUAL", "GIT_EDITOR", "PAGER", "GIT_PAGER"],
  ...["GIT_SSH", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND"],
  ...["GIT_ASKPASS", "SSH_ASKPASS"],
  // What Visual Studio Code's GIT_ASKPASS starts.
  ...["VSCODE_GIT_ASKPASS_NODE", "VSCODE_GIT_ASKPASS_MAIN"],
];

/** Node options that load what they name, even a package. */
const LOADING =
  /^(?:-r|--(?:require|import|experimental-loader|loader|env-file|snapshot-blob|experimental-config-file).*)$/;

/** An environment for a program outside any sandbox. */
export interface ProgramEnvironment {
  env: Record<string, string>;
  /** The values that were removed or changed, for whatever runs in a sandbox. */
  withheld: Record<string, string>;
  /** Whether one of them names a place where a worker may have written, and not just a relative place. */
  namesWorkers: boolean;
}

/**
 * The environment without anything that would make a program run code that a
 * worker may have written. It leaves out folders in which a run has worked,
 * relative ones, which mean another folder in each project, and variables that
 * name code there. `soon` names folders in which workers are about to run.
 */
export function programEnvironment(
  whole: Record<string, string>,
  soon: readonly string[] = [],
): ProgramEnvironment {
  const isReached = reachOf(whole, soon);
  let namesWorkers = false;
  const isTrusted = (path: string) => {
    if (!path.startsWith("/")) return false;
    if (!isReached(path)) return true;
    namesWorkers = true;
    return false;
  };
  const env = { ...whole };
  const keep = (name: string, change: (value: string) => string) => {
    const value = whole[name];
    if (value === undefined) return;
    const kept = change(value);
    if (kept === "" && value !== "") delete env[name];
    else env[name] = kept;
  };
  for (const name of FOLDER_LISTS) {
    keep(name, (list) => list.split(":").filter(isTrusted).join(":"));
  }
  for (const name of LOADED) {
    keep(name, (path) => isTrusted(path) ? path : "");
  }
  const home = whole["HOME"] ?? "";
  for (const name of PROGRAMS) {
    keep(name, (words) => isCommand(words, home, isTrusted) ? words : "");
  }
  keep(
    "NODE_OPTIONS",
    (options) => loadsOnly(options, isTrusted) ? options : "",
  );
  const withheld = Object.entries(whole).filter(([name, value]) =>
    env[name] !== value
  );
  return { env, withheld: Object.fromEntries(withheld), namesWorkers };
}

/** Whether a command names no program and no absolute path that is not trusted. */
function isCommand(
  command: string,
  home: string,
  isTrusted: (path: string) => boolean,
): boolean {
  const words = command.replaceAll(/["']/g, "").split(/\s+/)
    .map((word) => word.replace(/^(~|\$HOME|\$\{HOME\})(?=\/)/, () => home));
  return words.every((word, index) =>
    !(index === 0 ? word.includes("/") : word.startsWith("/")) ||
    isTrusted(word)
  );
}

/** Whether everything that node options load is trusted. */
function loadsOnly(
  options: string,
  isTrusted: (path: string) => boolean,
): boolean {
  let option = "";
  return nodeWords(options).every((word) => {
    const [, name, given] = /^(--?[\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) option = name.replaceAll("_", "-");
    const value = name === undefined ? word : given;
    if (!value) return true;
    if (/^file:.*%/s.test(value)) return false;
    if (value.includes("/")) return isTrusted(value.replace(/^file:\/\//, ""));
    return !LOADING.test(option) && !value.includes(".");
  });
}

/** The words of NODE_OPTIONS as node reads them: double quotes may hold spaces, and a backslash counts only in them. */
function nodeWords(options: string): string[] {
  const words = options.match(/(?:"(?:\\.|[^"\\])*"?|[^ "])+/gs) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"?/gs,
      (_, text: string) => text.replace(/\\(.)/gs, "$1"),
    )
  );
}
