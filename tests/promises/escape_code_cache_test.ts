import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ensureDir, exists } from "@std/fs";
import { dirname, fromFileUrl, join } from "@std/path";
import {
  bundleProgram,
  COMPILE_FLAGS,
} from "../../src/install/compile_program.ts";
import { runProgram } from "../../src/install/run_program.ts";
import { compile, compileEnvironment } from "../support/compile.ts";
import { EVERYDAY_CALLS } from "../support/everyday_calls.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";
import {
  canWatchFiles,
  openedBelow,
  type Watched,
  watchFiles,
} from "../support/watch_files.ts";
import { EVIL, evilMark } from "./evil.ts";
import { forgeCodeCache } from "./forged_code_cache.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Of this test alone: other programs of the machine are called agentctl, and share /tmp. */
const NAME = `agentctl-${crypto.randomUUID().slice(0, 8)}`;
const CACHE = `deno-compile-${NAME}.cache`;

Deno.test("the binary executes nothing that lies in the temporary folder", async (t) => {
  const canWatch = await canWatchFiles();
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const binary = join(folder, "new", NAME);
    const cached = join(folder, "old", NAME);
    const bundle = join(folder, "bundle");
    await ensureDir(dirname(binary));
    await ensureDir(dirname(cached));
    await compile("src/main.ts", binary);
    await compileWithCache(bundle, cached);
    await using stage = await makeStage({ binary });
    const tmp = stage.env["TMPDIR"] ?? "";
    const mark = evilMark(stage.scratch);

    const forged = await forge(stage, bundle, cached);
    await t.step("forged compiled code is run where it is cached", async () => {
      await Deno.writeFile(join(tmp, CACHE), forged);
      await runOrThrow(cached, ["--version"], folder, stage.env);
      assert(await exists(mark));
      await Deno.remove(mark);
    });

    const names = (await Array.fromAsync(Deno.readDir(bundle)))
      .map(({ name }) => name);
    await plant(tmp, names, forged);
    for (const { args, stdin, prints } of EVERYDAY_CALLS) {
      await t.step(`${args.join(" ")} runs none of it`, async () => {
        const { code, stdout, stderr } = await stage.agentctl(
          args,
          stdin === undefined ? {} : { stdin },
        );
        assertEquals([code, stderr], [0, ""]);
        assertStringIncludes(stdout, prints);
        assertEquals(await exists(mark), false);
      });
    }

    for (const [name, tmpdir] of [["TMPDIR", tmp], ["/tmp", null]] as const) {
      const where = tmpdir ?? "/tmp";
      const opened = (watched: Watched) =>
        openedBelow(where, watched).filter((path) =>
          // Where the machine's own temporary folder is /tmp, all of the test lies in it.
          tmpdir !== null || !path.startsWith(`${stage.scratch.dir}/`)
        ).filter((path) => !path.startsWith(`${folder}/`))
          // Whether something lies there is told, and keeps Codex from obeying it.
          .filter((path) => path !== "/tmp/.codex");
      for (const { args, stdin } of EVERYDAY_CALLS) {
        await t.step({
          name: `${args.join(" ")} opens nothing in ${name}`,
          ignore: !canWatch,
          async fn() {
            const watched = await watch(stage, binary, args, tmpdir, { stdin });
            assertEquals([watched.code, opened(watched)], [0, []]);
            assertEquals(await exists(mark), false);
            const control = await watch(stage, cached, args, tmpdir, { stdin });
            assert(
              opened(control).includes(join(where, CACHE)),
              "The watch does not see a code cache being opened",
            );
            await removeIfThere(mark);
          },
        });
      }
      await t.step({
        name: `a whole run opens nothing in ${name}`,
        ignore: !canWatch,
        async fn() {
          const watched = await watchRun(stage, binary, tmpdir);
          assertEquals([watched.code, opened(watched)], [0, []]);
          const supervisors = watched.uses.filter(({ call, path }) =>
            call === "execve" && path === binary
          );
          assert(supervisors.length >= 3, "No supervisor or worker was seen");
          assertEquals(await exists(mark), false);
        },
      });
    }
  } finally {
    await removeIfThere(`/tmp/${CACHE}`);
    await Deno.remove(folder, { recursive: true });
  }
});

/** Compiles agentctl as it is compiled, but with a code cache. */
async function compileWithCache(bundle: string, output: string): Promise<void> {
  const env = await compileEnvironment();
  const main = await bundleProgram(join(ROOT, "src/main.ts"), bundle, {
    checkout: ROOT,
    env,
  });
  const flags = COMPILE_FLAGS.filter((flag) => flag !== "--no-code-cache");
  await runOrThrow(
    Deno.execPath(),
    ["compile", ...flags, "-o", output, main],
    bundle,
    env,
  );
}

/** A code cache for `cached` with {@linkcode EVIL} as its first module. */
async function forge(
  stage: Stage,
  bundle: string,
  cached: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = join(stage.scratch.dir, "forger");
  await Deno.mkdir(folder);
  const cacheOf = async (program: string) => {
    await runOrThrow(program, ["list"], folder, stage.env);
    return await Deno.readFile(join(stage.env["TMPDIR"] ?? "", CACHE));
  };
  const own = await cacheOf(cached);
  // V8 compares nothing of a source but its length.
  const { length } = await Deno.readTextFile(join(bundle, "main.js"));
  await Deno.writeTextFile(join(folder, "main.js"), EVIL.padEnd(length));
  const flags = ["-q", "-A", "--no-prompt", "--no-check", "--no-config"];
  await runOrThrow(
    Deno.execPath(),
    ["compile", ...flags, "-o", NAME, "main.js"],
    folder,
    await compileEnvironment(),
  );
  await Deno.remove(join(stage.env["TMPDIR"] ?? "", CACHE));
  const foreign = await cacheOf(join(folder, NAME));
  await Deno.remove(evilMark(stage.scratch));
  return forgeCodeCache(own, foreign, (name) => name.endsWith("/main.js"));
}

/** Puts evil code wherever Deno could look for compiled code, modules and settings. */
async function plant(
  tmp: string,
  modules: string[],
  forged: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const program = join(tmp, `deno-compile-${NAME}`);
  await ensureDir(join(program, "node_modules"));
  const caches = [CACHE, "deno-compile-agentctl.cache", `${NAME}.cache`];
  for (const name of [...caches, `deno-compile-${NAME}/.cache`]) {
    await Deno.writeFile(join(tmp, name), forged);
  }
  for (const name of modules.filter((name) => name.endsWith(".js"))) {
    await Deno.writeTextFile(join(program, name), EVIL);
  }
  for (const folder of [tmp, program]) {
    const evil = join(folder, "evil.js");
    await Deno.writeTextFile(evil, EVIL);
    const settings = { imports: { "./": evil }, preload: [evil] };
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify(settings),
    );
    await Deno.writeTextFile(
      join(folder, "package.json"),
      JSON.stringify({ type: "commonjs", imports: { "#x": evil } }),
    );
  }
}

/** A run from its start to its end, under the watch: `start`, tmux, the supervisor, the worker, git. */
async function watchRun(
  stage: Stage,
  binary: string,
  tmpdir: string | null,
): Promise<Watched> {
  const id = tmpdir === null ? "in-tmp" : "in-tmpdir";
  const prompt = steps(
    "Watched",
    { write: { path: `${id}.txt`, text: "x\n" } },
    resultStep(true, "done"),
  );
  const args = ["start", "--run-id", id, "--prompt", prompt];
  return await watch(stage, binary, args, tmpdir, {
    async meanwhile() {
      const record = stage.runFile(id, "meta.json");
      await until("the watched run has started", () => exists(record));
      const { code } = await stage.wait(id);
      assertEquals(code, 0);
      // It holds the watch open: it was started under it.
      await new Deno.Command("tmux", {
        args: ["kill-server"],
        env: stage.env,
        clearEnv: true,
      }).output();
    },
  });
}

let watches = 0;

function watch(
  stage: Stage,
  binary: string,
  args: string[],
  tmpdir: string | null,
  options: { stdin?: string; meanwhile?: () => Promise<void> },
): Promise<Watched> {
  const { TMPDIR: _, ...env } = stage.env;
  return watchFiles([binary, ...args], {
    ...options,
    cwd: stage.repository.dir,
    env: tmpdir === null ? env : { ...env, TMPDIR: tmpdir },
    log: join(stage.scratch.dir, `calls-${watches++}`),
  });
}

async function runOrThrow(
  program: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<void> {
  const { success, stderr } = await runProgram(program, args, cwd, env);
  if (!success) throw new Error(stderr);
}

async function removeIfThere(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path);
}
