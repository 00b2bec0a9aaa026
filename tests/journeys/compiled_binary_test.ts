import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { bundleProgram } from "../../src/install/compile_program.ts";
import { compile } from "../support/compile.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";

Deno.test("the compiled binary starts, waits and shows with nothing but HOME and PATH", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const binary = join(folder, "agentctl");
    await compile("src/main.ts", binary);
    await using stage = await makeStage({ binary });
    // A tmux of its own, and nothing else in the environment.
    const socket = join(stage.scratch.dir, "s");
    await Deno.mkdir(stage.workspace, { mode: 0o700 });
    await Deno.writeTextFile(
      join(stage.workspace, "config.jsonc"),
      JSON.stringify({ tmux_socket: socket }),
    );
    const env = { HOME: stage.scratch.home, PATH: stage.env["PATH"] ?? "" };
    const call = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(binary, {
        args,
        cwd: stage.repository.dir,
        env,
        clearEnv: true,
      }).output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    };
    try {
      assertMatch(
        (await call("--version")).stdout,
        /^agentctl \d+\.\d+\.\d+ \(.+-.+-.+\)\n$/,
      );
      const prompt = steps("Do it", {
        write: { path: "made.txt", text: "x\n" },
      }, resultStep(true, "made it"));
      const started = await call("start", "--prompt", prompt);
      assertEquals([started.code, started.stderr], [0, ""]);
      const waited = await call(
        "wait",
        started.stdout.trim(),
        "--timeout",
        "60s",
      );
      assertEquals(waited.code, 0, waited.stderr);
      const shown = JSON.parse((await call("show", "@last", "--full")).stdout);
      assertEquals([shown.summary, shown.files_changed], ["made it", [
        "made.txt",
      ]]);
      assertStringIncludes(
        (await call("prompt", "orchestrator")).stdout,
        "orchestrator",
      );

      const lost = await call("show", "nothing");
      assertEquals(lost.code, 3);
    } finally {
      await new Deno.Command("tmux", {
        args: ["-S", socket, "kill-server"],
        env,
        clearEnv: true,
      }).output();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what a function holds is released at its end in the bundle too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const entry = join(folder, "held.ts");
    await Deno.writeTextFile(
      entry,
      `const take = (): Promise<Disposable | null> =>
         Promise.resolve({ [Symbol.dispose]: () => console.log("released") });
       async function work(): Promise<void> {
         using held = await take();
         if (held === null) return;
         console.log("works");
       }
       await work();`,
    );
    const bundle = join(folder, "bundle");
    const checkout = fromFileUrl(new URL("../../", import.meta.url));
    const env = Deno.env.toObject();
    const main = await bundleProgram(entry, bundle, { checkout, env });
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", join(bundle, main)],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "works\nreleased\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
