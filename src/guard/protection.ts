import { isAbsolute, join, normalize } from "@std/path";
import type { Uncovered } from "../codex/guard.ts";
import { codexHome } from "../codex/profiles.ts";
import type { RunTask } from "../run/record.ts";
import { environmentError, usageError } from "../system/errors.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";

/**
 * Determines what a worker must not change: `paths` in each folder that it may
 * write, and the places that make other programs act. Throws a `usage` error if
 * a task asks to change something that is not protected, or that must never be
 * changed.
 */
export function settleProtection(
  { workspace, caller }: FleetContext,
  paths: readonly string[],
  wanted: readonly string[],
): Pick<RunTask, "protection" | "allow_protected"> {
  const home = caller.env["HOME"];
  const open = [
    codexHome(caller.env),
    ...home ? [join(home, ".claude"), join(home, ".claude.json")] : [],
    ...caller.env["CLAUDE_CONFIG_DIR"] ? [caller.env["CLAUDE_CONFIG_DIR"]] : [],
  ];
  const allowed = wanted.map((text) =>
    allowedPath(text, { paths, places: open, home })
  );
  const places = [
    workspace.root,
    workspace.state,
    ...home ? [homeWorkspace(caller.env)] : [],
    ...open.filter((place) => !allowed.includes(place)),
  ];
  return {
    allow_protected: allowed,
    protection: {
      paths: paths.filter((path) => !allowed.includes(path)),
      folders: [caller.cwd],
      places: [...new Set(places)],
    },
  };
}

/** Why a run cannot be guarded, and what to do. */
export function uncoveredError({ path, reason }: Uncovered): Error {
  return environmentError(
    `Cannot guard "${path}" from the worker: ${reason}; put something else in its place, or choose another folder`,
  );
}

/** Where runs of every workspace note what they create for their guards. */
export function guardRegistry(env: Record<string, string>): string {
  return join(homeWorkspace(env), "guards");
}

function allowedPath(
  text: string,
  { paths, places, home }: {
    paths: readonly string[];
    places: readonly string[];
    home: string | undefined;
  },
): string {
  const expanded = /^~(?=\/|$)/.test(text)
    ? join(home ?? "/", text.slice(1))
    : text;
  const path = normalize(expanded).replace(/(?<=.)\/+$/, "");
  const known = isAbsolute(path) ? places : paths;
  const isKnown = isAbsolute(path)
    ? known.includes(path)
    : known.some((name) => path === name || path.startsWith(`${name}/`));
  if (isKnown && !/[*?[\]]/.test(path)) return path;
  throw usageError(
    `Cannot let a worker change "${text}": it is not protected; protected are ${
      [...paths, ...places].join(", ")
    }`,
  );
}
