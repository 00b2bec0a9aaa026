import { join } from "@std/path";
import {
  type GuardPlan,
  type GuardWish,
  planGuard,
  sandboxArgs,
} from "../codex/mod.ts";
import { exists } from "../files/exists.ts";
import { uncoveredError } from "../fleet/protection.ts";
import {
  type Namespaces,
  namespaceScript,
  probeNamespaces,
  removeOverlayFolder,
} from "../system/namespaces.ts";
import { realPathSoFar } from "../files/real_path.ts";
import { shellQuote } from "../system/shell.ts";
import { holdPlaceholders } from "../workspace/placeholders.ts";
import { makeOwnCaches } from "./own_caches.ts";

/** A command that is to run in a worker's confinement. */
export interface Confinable {
  /** A line for `/bin/sh`. */
  command: string;
  env: Record<string, string>;
  /** How its worker is guarded. */
  wish: GuardWish;
  /** Whether it gets the network of the machine, whatever the worker has. */
  online?: boolean;
  /** A folder for this alone, where no worker can write. It is removed with it. */
  scratch: string;
  /** Where is noted what has to exist meanwhile. */
  registry: string;
}

/** A command in its confinement. */
export interface ConfinedCommand extends AsyncDisposable {
  script: string;
  env: Record<string, string>;
  plan: GuardPlan;
  /** What could be had: with loopback it can listen and connect on this machine's own addresses. */
  namespaces: Namespaces;
  /** Whether it has the network of the machine. */
  online: boolean;
  /** Whether the command itself has begun. */
  hasStarted(): Promise<boolean>;
  /** What was noted meanwhile; empty if nothing. */
  note(name: "sockets" | "listening" | "counters"): Promise<string>;
}

/**
 * Puts a command under the guard of its worker, in a sandbox of Codex that may
 * write the folder. It has loopback, in a network of its own, where that can be
 * had, and caches that are not the user's. Throws an `environment` error if
 * something that is to be guarded could be got around.
 */
export async function confine(
  { command, env, wish, online, scratch, registry }: Confinable,
): Promise<ConfinedCommand> {
  const own = join(scratch, "own");
  const notes = join(scratch, "notes");
  for (const folder of [own, notes]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const namespaces = await probeNamespaces(env, scratch);
  const caches = await makeOwnCaches(env, {
    own,
    upper: join(scratch, "upper"),
    apart: await Promise.all(
      [wish.cwd, scratch, ...wish.places].map(realPathSoFar),
    ),
    overlays: namespaces.loopback && namespaces.overlays,
  });
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
  const started = join(own, "started");
  const words = [
    "codex",
    ...sandboxArgs(plan, wish.cwd, [
      ...["/bin/sh", "-c", `: > ${shellQuote(started)}\n${command}`],
    ]),
  ].map(shellQuote).join(" ");
  return {
    script: namespaces.loopback
      ? namespaceScript(words, {
        network: isOnline ? "as it is" : "loopback",
        overlays: caches.overlays,
        notes,
      })
      : `exec ${words}`,
    env: { ...env, ...caches.env },
    plan,
    namespaces,
    online: isOnline,
    hasStarted: () => exists(started),
    note: (name) => Deno.readTextFile(join(notes, name)).catch(() => ""),
    async [Symbol.asyncDispose]() {
      await placeholders.release();
      const works = caches.overlays.map(({ work }) => work);
      await removeOverlayFolder(scratch, ...works);
    },
  };
}
