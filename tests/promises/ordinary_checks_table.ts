import { dirname, join } from "@std/path";
import { causeOf } from "../../src/supervisor/check.ts";
import { confine } from "../../src/supervisor/confine.ts";
import { verify } from "../../src/supervisor/verify.ts";
import type { GuardWish } from "../../src/codex/guard.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { ensureCodex } from "../support/tools.ts";
import { ORDINARY_CHECKS, type OrdinaryCheck } from "./ordinary_checks.ts";

/** How a check ended: `passed`, `failed`, or what its confinement kept from it. */
type Outcome = "passed" | "failed" | { needs: string };

/** Runs a check as people do, or in a worker's confinement, in a folder of its own below `base`. */
export async function runOrdinaryCheck(
  check: OrdinaryCheck,
  { base, env, confined, packages }: {
    base: string;
    env: Record<string, string>;
    confined: boolean;
    /** A `node_modules` with the packages of npm. */
    packages?: string;
  },
): Promise<Outcome> {
  const id = crypto.randomUUID().slice(0, 8);
  const cwd = join(base, id, "folder");
  await Deno.mkdir(cwd, { recursive: true });
  await new Deno.Command("git", { args: ["init", "-q"], cwd }).output();
  for (const [name, text] of Object.entries(check.files ?? {})) {
    await Deno.mkdir(dirname(join(cwd, name)), { recursive: true });
    await Deno.writeTextFile(join(cwd, name), text);
  }
  if (packages) await Deno.symlink(packages, join(cwd, "node_modules"));
  const common = {
    cwd,
    timeoutMs: 5 * 60_000,
    log: { write() {} },
    signal: new AbortController().signal,
    endLeftovers: () => Promise.resolve(),
  };
  if (!confined) {
    const { passed } = await verify({ ...common, script: check.command, env });
    return passed ? "passed" : "failed";
  }
  const wish: GuardWish = {
    sandbox: "workspace-write",
    cwd,
    isWorktree: false,
    grants: {
      writable_roots: [],
      network: false,
      slash_tmp: true,
      tmpdir: true,
      instructions: null,
    },
    tmpdir: env["TMPDIR"] ?? null,
    paths: DEFAULT_CONFIG.protected_paths,
    folders: [],
    places: [],
    scratch: [],
    allowed: [],
    hidden: [],
  };
  await using command = await confine({
    command: check.command,
    env,
    wish,
    scratch: join(base, id, "scratch"),
    registry: join(base, "registry"),
  });
  const result = await verify({
    ...common,
    script: command.script,
    env: command.env,
  });
  if (result.passed) return "passed";
  const cause = await causeOf(command, wish, result);
  return cause === null ? "failed" : { needs: cause.needs };
}

/** Whether a check ends confined as it does unconfined, or says what it needs. */
export function isFaithful(free: Outcome, confined: Outcome): boolean {
  return free === confined || free === "passed" && typeof confined === "object";
}

/**
 * Prints the table. `deno run -A tests/promises/ordinary_checks_table.ts BASE
 * [NODE_MODULES]`: BASE is a folder outside the temporary ones.
 */
if (import.meta.main) {
  const [base, packages] = Deno.args;
  if (base === undefined) throw new Error("Name a folder to work in");
  const env = {
    ...Deno.env.toObject(),
    PATH: `${await ensureCodex()}:${Deno.env.get("PATH")}`,
  };
  let unfaithful = 0;
  const show = (outcome: Outcome) =>
    typeof outcome === "object" ? `needs ${outcome.needs}` : outcome;
  for (const check of ORDINARY_CHECKS) {
    if (check.packages && packages === undefined) continue;
    const own = check.packages && packages;
    const run = (confined: boolean) =>
      runOrdinaryCheck(check, { base, env, confined, packages: own });
    const [free, confined] = [await run(false), await run(true)];
    if (!isFaithful(free, confined)) unfaithful++;
    await Deno.stdout.write(
      new TextEncoder().encode(
        `${isFaithful(free, confined) ? "ok " : "BAD"} ${
          check.name.padEnd(44)
        } ${show(free).padEnd(8)} ${show(confined)}\n`,
      ),
    );
  }
  Deno.exit(unfaithful === 0 ? 0 : 1);
}
