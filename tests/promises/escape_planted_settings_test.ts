import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { copy, ensureDir, exists } from "@std/fs";
import { dirname, fromFileUrl, join } from "@std/path";
import { buildProgram } from "../../src/install/build_program.ts";
import { bundleProgram } from "../../src/install/compile_program.ts";
import { compile } from "../support/compile.ts";
import { EVERYDAY_CALLS } from "../support/everyday_calls.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import {
  canWatchFiles,
  openedBelow,
  type Watched,
  watchFiles,
} from "../support/watch_files.ts";
import { EVIL, evilMark } from "./evil.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const CONFIG = join(ROOT, "deno.json");

const SETTINGS = JSON.stringify({
  imports: { "@std/path": "./evil.js", "zod/mini": "./evil.js" },
  tasks: { dev: "deno run -A evil.js" },
  nodeModulesDir: "manual",
  permissions: { default: { all: true } },
});
const PACKAGE = JSON.stringify({
  name: "planted",
  type: "commonjs",
  imports: { "#x": "./evil.js" },
  dependencies: { "deno-std": "1.3.1", zod: "4.6.7" },
  scripts: { dev: "deno run -A evil.js" },
});

/** All that Deno, Node or npm would obey in a folder. */
const PLANTED: Record<string, string> = {
  "evil.js": EVIL,
  "deno.json": SETTINGS,
  "deno.jsonc": SETTINGS,
  "jsr.json": SETTINGS,
  "import_map.json": SETTINGS,
  "deno.lock": "{}",
  "package.json": PACKAGE,
  "tsconfig.json": "{}",
  ".npmrc": "registry=http://127.0.0.1:1/\n",
  ".env": "DENO_DIR=evil\nNODE_OPTIONS=--require=./evil.js\n",
  "node_modules/zod/package.json": PACKAGE,
  "node_modules/zod/mini/index.js": EVIL,
  "node_modules/deno-std/package.json": PACKAGE,
  "node_modules/deno-std/path/mod.js": EVIL,
  "node_modules/.bin/deno": "#!/bin/sh\n: >~/evil\n",
  "vendor/evil.js": EVIL,
};

const canWatch = await canWatchFiles();

Deno.test({
  name:
    "no setting or module that lies in a project is read by the binary, the launcher or the dev task",
  ignore: !canWatch,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const binary = join(folder, "agentctl");
      await compile("src/main.ts", binary);
      await using stage = await makeStage();
      const project = stage.repository.dir;
      await plant(project);
      const path = stage.env["PATH"];
      const programs: Record<string, string[]> = {
        "the binary": [binary],
        "the launcher": [await makeLauncher(stage, ROOT)],
        // Its folder is the checkout; the project is where it is called.
        "the dev task": [
          ...[Deno.execPath(), "task", "-q", "--config", CONFIG, "dev"],
        ],
      };
      for (const [name, program] of Object.entries(programs)) {
        for (const { args, stdin, prints } of EVERYDAY_CALLS) {
          await t.step(`${name}: ${args.join(" ")}`, async () => {
            // The hook answers for the agentctl on PATH alone.
            stage.env["PATH"] = `${dirname(program[0] ?? "")}:${path}`;
            const watched = await watch(stage, [...program, ...args], stdin);
            assertEquals([watched.code, watched.stderr], [0, ""]);
            assertStringIncludes(watched.stdout, prints);
            assertEquals(plantedIn(project, watched), []);
            assertEquals(openedBelow(stage.env["TMPDIR"] ?? "", watched), []);
            assertEquals(await exists(evilMark(stage.scratch)), false);
          });
        }
      }
      await t.step("a program that looks for settings obeys them", async () => {
        const argv = [Deno.execPath(), "run", "-A", "-q", "--no-lock"];
        const source = join(project, "control.js");
        await Deno.writeTextFile(source, 'import "@std/path";');
        const watched = await watch(stage, [...argv, source]);
        assert(
          plantedIn(project, watched).includes(join(project, "deno.json")),
        );
        assert(await exists(evilMark(stage.scratch)));
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "no setting or module that lies above the checkout is read",
  ignore: !canWatch,
  async fn(t) {
    await using stage = await makeStage();
    const above = join(stage.scratch.dir, "above");
    const checkout = join(above, "checkout");
    await copyCheckout(checkout);
    const before = await bundle(stage, checkout);
    await plant(above);
    const settings = { ...JSON.parse(SETTINGS), workspace: ["./checkout"] };
    for (const name of ["deno.json", "deno.jsonc"]) {
      await Deno.writeTextFile(join(above, name), JSON.stringify(settings));
    }
    const launcher = await makeLauncher(stage, checkout);
    await t.step("by the launcher", async () => {
      const watched = await watch(stage, [launcher, "--version"]);
      assertEquals([watched.code, watched.stderr], [0, ""]);
      assertEquals(plantedIn(above, watched), []);
    });
    await t.step("by what compiles", async () => {
      assert(await bundle(stage, checkout) === before);
    });
    await t.step("a checkout that ends no search obeys them", async () => {
      const path = join(checkout, "deno.json");
      const { workspace: _, ...rest } = JSON.parse(
        await Deno.readTextFile(path),
      );
      await Deno.writeTextFile(path, JSON.stringify({ ...rest, lock: false }));
      const watched = await watch(stage, [launcher, "--version"]);
      assert(plantedIn(above, watched).includes(join(above, "deno.json")));
      await assertRejects(() => bundle(stage, checkout));
    });
  },
});

async function plant(folder: string): Promise<void> {
  for (const [name, text] of Object.entries(PLANTED)) {
    const path = join(folder, name);
    await ensureDir(dirname(path));
    await Deno.writeTextFile(path, text, { mode: 0o755 });
  }
}

/** The planted files that were named to the system in any way. */
function plantedIn(folder: string, { uses }: Watched): string[] {
  const planted = new Set(
    Object.keys(PLANTED).map((name) => join(folder, name)),
  );
  return uses.map(({ path }) => path).filter((path) => planted.has(path));
}

/** What the installer writes where no runtime for compiling can be had. */
async function makeLauncher(stage: Stage, checkout: string): Promise<string> {
  const path = join(stage.scratch.dir, "launcher", "agentctl");
  await ensureDir(dirname(path));
  // Packages are there, what compiling needs is not.
  const denoDir = join(stage.scratch.dir, "deno");
  await ensureDir(denoDir);
  await Deno.symlink(
    join(stage.env["DENO_DIR"] ?? "", "npm"),
    join(denoDir, "npm"),
  );
  const env = {
    ...stage.env,
    DENO_DIR: denoDir,
    HTTPS_PROXY: "http://127.0.0.1:1",
  };
  assertEquals(await buildProgram(path, { checkout, env }), "launcher");
  return path;
}

/** The chunks of agentctl, one after the other. */
async function bundle(stage: Stage, checkout: string): Promise<string> {
  const folder = join(stage.scratch.dir, `bundle-${crypto.randomUUID()}`);
  const entry = join(checkout, "src", "main.ts");
  await bundleProgram(entry, folder, { checkout, env: stage.env });
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const texts = names.sort().map((name) =>
    Deno.readTextFile(join(folder, name))
  );
  return (await Promise.all(texts)).join("\0");
}

async function copyCheckout(checkout: string): Promise<void> {
  await ensureDir(checkout);
  for (const name of ["config", "deno.json", "deno.lock", "prompts", "src"]) {
    await copy(join(ROOT, name), join(checkout, name));
  }
}

let watches = 0;

function watch(stage: Stage, argv: string[], stdin?: string): Promise<Watched> {
  return watchFiles(argv, {
    cwd: stage.repository.dir,
    env: stage.env,
    log: join(stage.scratch.dir, `calls-${watches++}`),
    ...stdin === undefined ? {} : { stdin },
  });
}
