import { reachOf, trustedPath } from "./find_program.ts";

/** Lists of folders, besides PATH, in which programs look for code. */
const FOLDER_LISTS = ["NODE_PATH", "PYTHONPATH", "PERL5LIB", "RUBYLIB"];

/** Files and folders whose code or settings a program loads as it starts. */
const LOADED = [
  ...["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES"],
  ...["BASH_ENV", "ENV", "ZDOTDIR", "PYTHONHOME", "PYTHONSTARTUP"],
  ...["GIT_EXEC_PATH", "GIT_TEMPLATE_DIR"],
];

/** Options of node that load what they name, even a package. */
const LOADING = /^--(?:require|import|experimental-loader|loader|env-file)/;

/** An environment for a program outside of any sandbox. */
export interface ProgramEnvironment {
  env: Record<string, string>;
  /** The values that it has lost or that were changed, for whatever runs in a sandbox. */
  withheld: Record<string, string>;
}

/**
 * The environment without what would make a program run code that a worker may
 * have written: PATH is {@linkcode trustedPath}, and variables that name code in
 * folders in which a run has worked, or relative to the folder it starts in, are
 * left out.
 */
export function programEnvironment(
  whole: Record<string, string>,
): ProgramEnvironment {
  const isReached = reachOf(whole);
  const isTrusted = (path: string) => path.startsWith("/") && !isReached(path);
  const env = { ...whole };
  const keep = (name: string, change: (value: string) => string) => {
    const value = whole[name];
    if (value === undefined) return;
    const kept = change(value);
    if (kept === "" && value !== "") delete env[name];
    else env[name] = kept;
  };
  keep("PATH", () => trustedPath(whole));
  for (const name of FOLDER_LISTS) {
    keep(name, (list) => list.split(":").filter(isTrusted).join(":"));
  }
  for (const name of LOADED) {
    keep(name, (path) => isTrusted(path) ? path : "");
  }
  keep(
    "NODE_OPTIONS",
    (words) => loadsOnly(words, isTrusted) ? words : "",
  );
  const withheld = Object.entries(whole).filter(([name, value]) =>
    env[name] !== value
  );
  return { env, withheld: Object.fromEntries(withheld) };
}

/** Whether all that options of node load is trusted. */
function loadsOnly(
  options: string,
  isTrusted: (path: string) => boolean,
): boolean {
  return options.split(/\s+/).filter((word) => word !== "").every((word) => {
    const [, option = "", value] = /^(--?[\w-]+)?=?(.*)$/.exec(word) ?? [];
    if (value === "") return true;
    if (value?.includes("/")) return isTrusted(value.replace(/^file:\/\//, ""));
    return option !== "" && !LOADING.test(option) && !value?.includes(".");
  });
}
