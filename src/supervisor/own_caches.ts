import { join } from "@std/path";
import { type Overlay, takesOverlay } from "../system/namespaces.ts";
import { isWithin } from "../system/real_path.ts";
import { realPathAt } from "../files/exists.ts";

type Environment = Record<string, string>;

/** Where tools keep what they can recreate. */
interface Cache {
  /** The variable that points a tool elsewhere, if there is one. */
  variable?: string;
  /** The default folder, in the home folder, if the tool has one of its own. */
  folder?: string;
  /** Whether an empty cache is better than one that cannot be written. */
  mayBeEmpty?: true;
}

const CACHES: readonly Cache[] = [
  { variable: "XDG_CACHE_HOME", folder: ".cache", mayBeEmpty: true },
  { variable: "XDG_STATE_HOME", folder: ".local/state", mayBeEmpty: true },
  { variable: "npm_config_cache", folder: ".npm", mayBeEmpty: true },
  { variable: "YARN_CACHE_FOLDER", mayBeEmpty: true },
  { variable: "YARN_GLOBAL_FOLDER", folder: ".yarn" },
  { folder: ".local/share/pnpm" },
  { variable: "BUN_INSTALL_CACHE_DIR", folder: ".bun/install/cache" },
  { variable: "DENO_DIR", mayBeEmpty: true },
  { variable: "GOCACHE", mayBeEmpty: true },
  { variable: "GOMODCACHE" },
  { variable: "GOPATH", folder: "go" },
  { variable: "CARGO_HOME", folder: ".cargo" },
  { variable: "CCACHE_DIR", folder: ".ccache", mayBeEmpty: true },
  { variable: "PIP_CACHE_DIR", mayBeEmpty: true },
  { variable: "UV_CACHE_DIR" },
  { folder: ".m2" },
  { variable: "GRADLE_USER_HOME", folder: ".gradle" },
  { folder: ".ivy2" },
  { folder: ".sbt" },
  { folder: ".nuget" },
  { folder: ".dotnet" },
  { folder: ".gem" },
  { folder: ".bundle" },
  { folder: ".composer" },
  { variable: "STACK_ROOT", folder: ".stack" },
  { folder: ".cabal" },
  { folder: ".hex" },
  { folder: ".mix" },
  { folder: ".julia" },
  { folder: ".pub-cache" },
];

/** The caches of one check. */
export interface OwnCaches {
  /** The variables that point tools to them. */
  env: Environment;
  /** The user's own caches, under overlays that take the writes. */
  overlays: Overlay[];
}

/**
 * Gives a check caches that it may write, none of which is the user's. With
 * overlays the user's caches are visible but keep no writes; without overlays,
 * tools get empty caches where those are better than caches that cannot be
 * written.
 *
 * `own` is for empty caches, `upper` for writes to overlays; no overlay may
 * contain, or be inside, a folder in `apart`.
 */
export async function makeOwnCaches(
  env: Environment,
  { own, upper, apart, overlays: mayOverlay }: {
    own: string;
    upper: string;
    apart: readonly string[];
    overlays: boolean;
  },
): Promise<OwnCaches> {
  const made: OwnCaches = { env: {}, overlays: [] };
  for (const { variable, folder, mayBeEmpty } of CACHES) {
    const named = variable && env[variable];
    const path = named ||
      (folder && env["HOME"] ? join(env["HOME"], folder) : undefined);
    const real = path === undefined ? null : await realPathAt(path);
    if (real !== null && made.overlays.some((o) => isWithin(real, o.folder))) {
      continue;
    }
    const canOverlay = real !== null && mayOverlay && takesOverlay(real) &&
      !apart.some((other) => isWithin(other, real) || isWithin(real, other)) &&
      !made.overlays.some((o) => isWithin(o.folder, real));
    if (canOverlay) {
      const base = join(upper, String(made.overlays.length));
      const overlay = {
        folder: real,
        upper: join(base, "upper"),
        work: join(base, "work"),
      };
      await Deno.mkdir(overlay.upper, { recursive: true, mode: 0o700 });
      await Deno.mkdir(overlay.work, { mode: 0o700 });
      made.overlays.push(overlay);
    } else if (
      variable && path !== undefined && (real === null || mayBeEmpty)
    ) {
      const empty = join(own, variable);
      await Deno.mkdir(empty, { recursive: true, mode: 0o700 });
      made.env[variable] = empty;
    }
  }
  return made;
}
