import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeScratch } from "../support/scratch.ts";
import { ensureCodex } from "../support/tools.ts";
import { ORDINARY_CHECKS, type OrdinaryCheck } from "./ordinary_checks.ts";
import { isFaithful, runOrdinaryCheck } from "./ordinary_checks_table.ts";

/** Those that are quick and need nothing but what the tests need anyway. */
const QUICK = [
  "shell that fails",
  "words of confinement, without its doing",
  "git log and diff",
  "make",
  "python server",
  "node child processes",
  "node server",
  "npm test",
  "writes into the home folder",
  "commits in its repository",
];

/** Caches of a user, and what leads tools to some. */
const CACHES = [".npm", ".cache", ".cargo", "go", ".m2", "elsewhere"];

/** Works with what is there, writes beside it, and over it. */
const CACHING: OrdinaryCheck = {
  name: "caches",
  command: CACHES.map((name) =>
    `(cd "$HOME/${name}" &&
    grep -q user file && echo check > file && echo check > own && mkdir -p a/b)`
  )
    .join(" && "),
};

const AT_ONCE = 3;

Deno.test("ordinary checks end in their confinement as they do without it, or say what they need, and leave the user's caches alone", async () => {
  const checks = ORDINARY_CHECKS.filter(({ name }) => QUICK.includes(name));
  assert(checks.length === QUICK.length);
  await using scratch = await makeScratch({ dir: "/var/tmp" });
  const env: Record<string, string> = {
    ...scratch.env,
    GOCACHE: join(scratch.home, "elsewhere"),
    PATH: `${await ensureCodex()}:${scratch.env["PATH"]}`,
  };
  const base = join(scratch.dir, "base");
  for (const name of CACHES) {
    await Deno.mkdir(join(scratch.home, name));
    await Deno.writeTextFile(join(scratch.home, name, "file"), "user\n");
  }

  const own = await runOrdinaryCheck(CACHING, { base, env, confined: true });
  assertEquals(own, "passed");
  for (const name of CACHES) {
    const path = join(scratch.home, name);
    assertEquals([...Deno.readDirSync(path)].length, 1, name);
    assertEquals(await Deno.readTextFile(join(path, "file")), "user\n");
  }
  const unfaithful: string[] = [];
  const outcomes: Record<string, unknown> = {};
  const work = async () => {
    for (let check = checks.shift(); check; check = checks.shift()) {
      const run = (confined: boolean) =>
        runOrdinaryCheck(check, { base, env, confined });
      const [free, confined] = [await run(false), await run(true)];
      outcomes[check.name] = confined;
      if (isFaithful(free, confined)) continue;
      unfaithful.push(
        `${check.name}: ${JSON.stringify(free)}, ${JSON.stringify(confined)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assert(unfaithful.length === 0, unfaithful.join("\n"));
  // Not by calling all of them confined.
  const told = Object.values(outcomes).filter((one) => typeof one === "object");
  assert(told.length === 2, JSON.stringify(outcomes));
});
