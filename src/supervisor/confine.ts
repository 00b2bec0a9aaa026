import { join } from "@std/path";
import { type GuardPlan, type GuardWish, sandboxArgs } from "../codex/guard.ts";
import { planGuard } from "../codex/plan_guard.ts";
import { exists } from "../files/exists.ts";
import { uncoveredError } from "../guard/protection.ts";
import { environmentError } from "../system/errors.ts";
import { programPath } from "../system/find_program.ts";
import { programEnvironment } from "../system/program_environment.ts";
import {
  type Namespaces,
  namespaceScript,
  probeNamespaces,
  removeOverlayFolder,
} from "../system/namespaces.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { type SafePath, safePath } from "../system/search_path.ts";
import { exportVariables, shellCommand, shellQuote } from "../system/shell.ts";
import { workerReach } from "../system/worker_reach.ts";
import { holdPlaceholders } from "../workspace/placeholders.ts";
import { makeOwnCaches } from "./own_caches.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

/** A command to run in a worker's confinement. */
export interface Confinable {
  /** A line for `/bin/sh`. */
  command: string;
  env: Record<string, string>;
  /** How its worker is guarded. */
  wish: GuardWish;
  /** Whether it gets the network of the machine, whatever the worker has. */
  online?: boolean;
  /** A folder for this command alone, where no worker can write; it is removed afterwards. */
  scratch: string;
  /** Where to note what has to exist while it runs. */
  registry: string;
}

/** A command in its confinement. */
export interface ConfinedCommand extends AsyncDisposable {
  script: string;
  env: Record<string, string>;
  plan: GuardPlan;
  /** Whether it has loopback, with which it can listen and connect on this machine's own addresses. */
  namespaces: Namespaces;
  /** Whether it has the network of the machine. */
  online: boolean;
  /** Whether the command itself has begun. */
  hasStarted(): Promise<boolean>;
  /** What the script noted while it ran; empty if nothing. */
  note(name: "sockets" | "listening" | "counters"): Promise<string>;
}

/**
 * Puts a command under the guard of its worker, in a sandbox of Codex that may
 * write the folder. Where possible, it has loopback in a network of its own,
 * and caches that are not the user's. Throws an `environment` error if the
 * guard could be bypassed, or if `online` gives it the network and sockets
 * could be reached.
 */
export async function confine(
  { command, env, wish, online, scratch, registry }: Confinable,
): Promise<ConfinedCommand> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => removeOverlayFolder(scratch));
  const own = join(scratch, "own");
  const notes = join(scratch, "notes");
  for (const folder of [own, notes]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const paths = await outOfReach(env, wish);
  const namespaces = await probeNamespaces(env, {
    scratch,
    path: paths.tools,
  });
  if ((online || wish.grants.network) && !namespaces.loopback) {
    throw environmentError(
      `Cannot confine "${command}" with the network on: this machine does not allow namespaces (through unshare, setpriv and ip) to keep sockets out of its reach`,
    );
  }
  const caches = await makeOwnCaches(env, {
    own,
    upper: join(scratch, "upper"),
    apart: await Promise.all(
      [wish.cwd, scratch, ...wish.places].map(realPathSoFar),
    ),
    overlays: namespaces.loopback && namespaces.overlays,
  });
  const works = caches.overlays.map(({ work }) => work);
  const isOnline = online === true || wish.grants.network;
  const plan = await planGuard({
    ...wish,
    sandbox: "workspace-write",
    grants: { ...wish.grants, network: isOnline || namespaces.loopback },
    scratch: [own, ...caches.overlays.map(({ folder }) => folder)],
  });
  const [hole] = plan.uncovered;
  if (hole !== undefined) throw uncoveredError(hole);
  const placeholders = await holdPlaceholders(
    registry,
    plan.needed,
    plan.leftovers,
  );
  cleanup.defer(() => removeOverlayFolder(scratch, ...works));
  cleanup.use(placeholders);
  const started = join(own, "started");
  const forCommand = {
    ...pick(env, ["PATH", "NODE_OPTIONS"]),
    ...programEnvironment(env).withheld,
  };
  const ends = cleanup.move();
  const words = shellCommand([
    // Codex itself runs outside its sandbox, and may be a script for node.
    ...["env", ...Object.keys(forCommand).flatMap((name) => ["-u", name])],
    `PATH=${paths.programs}`,
    // The same as its worker's.
    programPath("codex", env),
    ...sandboxArgs(plan, wish.cwd, [
      ...["/bin/sh", "-c"],
      [
        `: > ${shellQuote(started)}`,
        exportVariables(forCommand),
        command,
      ].join("\n"),
    ]),
  ]);
  return {
    script: namespaces.loopback
      ? namespaceScript(words, {
        network: isOnline ? "as it is" : "loopback",
        overlays: caches.overlays,
        notes,
        home: env["HOME"],
        path: paths.tools,
      })
      : `cd / || exit 125\nPATH=${shellQuote(paths.tools)}\nexec ${words}`,
    env: { ...env, ...caches.env },
    plan,
    namespaces,
    online: isOnline,
    hasStarted: () => exists(started),
    note: (name) =>
      Deno.readTextFile(join(notes, name)).catch(
        insteadOfAbsent("", "a missing note says nothing"),
      ),
    [Symbol.asyncDispose]: () => ends[Symbol.asyncDispose](),
  };
}

function pick(
  env: Record<string, string>,
  names: string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => names.includes(name)),
  );
}

/** Where to find the programs that set up the command's surroundings: not where any worker could have put them. */
async function outOfReach(
  env: Record<string, string>,
  { cwd, grants, tmpdir }: GuardWish,
): Promise<SafePath> {
  const folders = await Promise.all([
    cwd,
    ...grants.writable_roots,
    ...grants.slash_tmp ? ["/tmp"] : [],
    ...grants.tmpdir && tmpdir !== null ? [tmpdir] : [],
  ].map(realPathSoFar));
  const reach = await workerReach(env);
  return await safePath(
    env["PATH"] ?? "/usr/bin:/bin",
    (path) =>
      reach.covers(path) || folders.some((folder) => isWithin(path, folder)),
  );
}
