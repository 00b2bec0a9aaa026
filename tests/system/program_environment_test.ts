import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  orchestratorEnvironment,
  workerEnvironment,
} from "../../src/run/environment.ts";
import { programEnvironment } from "../../src/system/program_environment.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { temporaryFolder } from "../workspace/temporary_folder.ts";

/** A home folder, and a folder in which a worker has run. */
async function homeWithWorker(home: string) {
  const theirs = join(home, "work");
  await noteWorkerFolders({ HOME: home }, [{ folder: theirs, kept: [] }]);
  return { HOME: home, theirs };
}

Deno.test("programEnvironment() withholds what names code that a worker may have written", async () => {
  await using folder = await temporaryFolder();
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const withheld = {
    PATH: `/usr/bin:${theirs}/.venv/bin:node_modules/.bin:/bin`,
    NODE_PATH: `${theirs}/lib`,
    PYTHONPATH: `${theirs}/lib:/opt/lib`,
    OPENSSL_CONF: `${theirs}/openssl.cnf`,
    BASH_ENV: ".envrc",
  };
  const kept = { HOME, RUBYLIB: "/opt/ruby", PWD: theirs, ENV: "/etc/env" };
  const result = programEnvironment({ ...kept, ...withheld });
  assertEquals(result, {
    env: { ...kept, PATH: "/usr/bin:/bin", PYTHONPATH: "/opt/lib" },
    withheld,
  });
});

Deno.test("programEnvironment() keeps NODE_OPTIONS only if what they load is not a worker's", async () => {
  await using folder = await temporaryFolder();
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const isKept = (NODE_OPTIONS: string) =>
    programEnvironment({ HOME, NODE_OPTIONS }).env["NODE_OPTIONS"] ===
      NODE_OPTIONS;
  const harmless = [
    ...["", "--max-old-space-size=4096", "--use-openssl-ca  --no-warnings"],
    ...["--require=/opt/apm.cjs", "-r /opt/apm.cjs --enable-source-maps"],
    ...["--import file:///opt/apm.mjs", "--dns-result-order=ipv4first"],
  ];
  const harmful = [
    ...[`--require=${theirs}/x.cjs`, `-r ${theirs}/x.cjs`],
    ...[`--import file://${theirs}/x.mjs`, "--require ./x.cjs", "-r x"],
    ...["--require=x", "--import=x", "--experimental-loader=x", "--loader x"],
    ...["--env-file=.env", "--env-file-if-exists=x", `-r "${theirs}/x.cjs"`],
    ...[`--openssl-config=${theirs}/x.cnf`, "--import data:text/javascript,x"],
  ];
  assertEquals(harmless.filter((options) => !isKept(options)), []);
  assertEquals(harmful.filter(isKept), []);
});

Deno.test("what Claude Code must not have of PATH, the workers that it starts get", async () => {
  await using folder = await temporaryFolder();
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const whole = {
    HOME,
    PATH: `${theirs}/.venv/bin:/bin`,
    NODE_OPTIONS: `-r ${theirs}/x.cjs`,
  };
  const own = orchestratorEnvironment(whole);
  assertEquals([own["PATH"], own["NODE_OPTIONS"]], ["/bin", undefined]);
  // Also from a Claude Code that was started in another.
  for (const env of [own, orchestratorEnvironment(own)]) {
    assertEquals(workerEnvironment(env, []), whole);
  }
  assertEquals(workerEnvironment({ AGENTCTL_FOR_WORKERS: "{" }, []), {});
});
