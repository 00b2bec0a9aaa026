import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  orchestratorEnvironment,
  workerEnvironment,
} from "../../src/run/environment.ts";
import { programEnvironment } from "../../src/system/program_environment.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

/** A home folder, and a folder in which a worker has run. */
async function homeWithWorker(home: string) {
  const theirs = join(home, "work");
  await noteWorkerFolders({ HOME: home }, [{ folder: theirs, kept: [] }]);
  return { HOME: home, theirs };
}

Deno.test("programEnvironment() withholds what names code that a worker may have written", async () => {
  await using folder = await temporaryFolder(OUT_OF_REACH);
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const withheld = {
    PATH: `/usr/bin:${theirs}/.venv/bin:node_modules/.bin:/bin`,
    NODE_PATH: `${theirs}/lib`,
    PYTHONPATH: `${theirs}/lib:/opt/lib`,
    OPENSSL_CONF: `${theirs}/openssl.cnf`,
    BASH_ENV: ".envrc",
    SHELL: `${theirs}/.devbox/bin/bash`,
    EDITOR: "node_modules/.bin/edit --wait",
    GIT_SSH_COMMAND: `ssh -F ${theirs}/ssh_config`,
    SSH_ASKPASS: "~/work/ask",
    GIT_PROXY_COMMAND: `${theirs}/proxy`,
    VSCODE_GIT_ASKPASS_MAIN: `${theirs}/ask.js`,
  };
  const kept = { HOME, RUBYLIB: "/opt/ruby", PWD: theirs, ENV: "/etc/env" };
  Object.assign(kept, {
    ...{ VISUAL: "code --wait", PAGER: "less -R", GIT_SSH: "/usr/bin/ssh" },
    ...{ GIT_EDITOR: "'/opt/my editor/run'", GIT_ASKPASS: "~/bin/ask" },
  });
  const result = programEnvironment({ ...kept, ...withheld });
  assertEquals(result, {
    env: { ...kept, PATH: "/usr/bin:/bin", PYTHONPATH: "/opt/lib" },
    withheld,
    namesWorkers: true,
  });
});

Deno.test("programEnvironment() withholds what a worker has yet to make, whatever leads there", async () => {
  await using folder = await temporaryFolder(OUT_OF_REACH);
  const { HOME, theirs } = await homeWithWorker(folder.path);
  await Deno.mkdir(theirs);
  await Deno.symlink("work", join(HOME, "link"));
  await Deno.symlink("link/.venv/bin", join(HOME, "bin"));
  for (
    const name of ["link/.venv/bin", "bin", "x/../work/bin", "x/.//../work"]
  ) {
    const { env } = programEnvironment({ HOME, PATH: `/bin:${HOME}/${name}` });
    assertEquals(env["PATH"], "/bin", name);
  }
});

Deno.test("programEnvironment() says whether it is a worker's folder that is named, or a relative one", async () => {
  await using folder = await temporaryFolder(OUT_OF_REACH);
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const names = (variables: Record<string, string>, soon: string[] = []) =>
    programEnvironment({ HOME, ...variables }, soon).namesWorkers;
  assertEquals(names({ PATH: "/usr/bin::./node_modules/.bin:" }), false);
  assertEquals(names({ NODE_OPTIONS: "-r ./x.cjs", ENV: "$HOME/.rc" }), false);
  assertEquals(names({ PATH: `/usr/bin:${theirs}` }), true);
  assertEquals(names({ PATH: "/usr/bin:/opt/shop/.venv/bin" }), false);
  assertEquals(
    names({ PATH: "/usr/bin:/opt/shop/.venv/bin" }, ["/opt/shop"]),
    true,
  );
  // What contains the home folder holds whatever the user has installed.
  assertEquals(names({ PATH: `${HOME}/.local/bin` }, ["/", HOME]), false);
});

Deno.test("programEnvironment() keeps NODE_OPTIONS only if what they load is not a worker's", async () => {
  await using folder = await temporaryFolder(OUT_OF_REACH);
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const isKept = (NODE_OPTIONS: string) =>
    programEnvironment({ HOME, NODE_OPTIONS }).env["NODE_OPTIONS"] ===
      NODE_OPTIONS;
  const harmless = [
    ...["", "--max-old-space-size=4096", "--use-openssl-ca  --no-warnings"],
    ...["--require=/opt/apm.cjs", "-r /opt/apm.cjs --enable-source-maps"],
    ...['--require "/opt/with a space/boot.js"', '-r "/opt/a\\"b.js"'],
    ...["--conditions development", '--inspect-publish-uid=http ""'],
    ...["--import file:///opt/apm.mjs", "--dns-result-order=ipv4first"],
  ];
  const harmful = [
    ...[`--require=${theirs}/x.cjs`, `-r ${theirs}/x.cjs`],
    ...[`--import file://${theirs}/x.mjs`, "--require ./x.cjs", "-r x"],
    ...["--require=x", "--import=x", "--experimental-loader=x", "--loader x"],
    ...[
      "--experimental_loader=x",
      `-r "${theirs}/a b.cjs"`,
      "--import file:///%77",
    ],
    ...[`-r /opt/"../../${theirs}/x.cjs"`, `-r "${theirs}/x\\.cjs`],
    ...["--env-file=.env", "--env-file-if-exists=x", `-r "${theirs}/x.cjs"`],
    ...[`--openssl-config=${theirs}/x.cnf`, "--import data:text/javascript,x"],
  ];
  assertEquals(harmless.filter((options) => !isKept(options)), []);
  assertEquals(harmful.filter(isKept), []);
});

Deno.test("what Claude Code must not have of PATH, the workers that it starts get", async () => {
  await using folder = await temporaryFolder(OUT_OF_REACH);
  const { HOME, theirs } = await homeWithWorker(folder.path);
  const whole = {
    HOME,
    PATH: `${theirs}/.venv/bin:/bin`,
    NODE_OPTIONS: `-r ${theirs}/x.cjs`,
  };
  const own = orchestratorEnvironment(whole, []);
  assertEquals([own["PATH"], own["NODE_OPTIONS"]], ["/bin", undefined]);
  // Also from a Claude Code that was started in another.
  for (const env of [own, orchestratorEnvironment(own, [])]) {
    assertEquals(workerEnvironment(env, []), whole);
  }
  // Nor what workers will have written when they have run beside it.
  const first = { HOME, PATH: "/opt/shop/.venv/bin:/bin" };
  assertEquals(orchestratorEnvironment(first, ["/opt/shop"])["PATH"], "/bin");
  assertEquals(workerEnvironment({ AGENTCTL_FOR_WORKERS: "{" }, []), {});
});
