import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { standInLauncher } from "../../src/stand_in/launcher.ts";
import { EXEC, script, withPlace } from "./call.ts";

const PROCESS = [
  Deno.execPath(),
  "run",
  "-A",
  "--quiet",
  "--no-lock",
  fromFileUrl(import.meta.resolve("./stand_in_process.ts")),
];

Deno.test("standInLauncher() marks its second line and quotes what the shell would read", () => {
  assertEquals(
    standInLauncher(["/opt/it's here/$(agentctl)", "plain"]).split("\n"),
    [
      "#!/bin/sh",
      "# agentctl stand-in worker",
      `exec '/opt/it'\\''s here/$(agentctl)' plain _stand_in "$@"`,
      "",
    ],
  );
  assertThrows(() => standInLauncher([]), TypeError);
  assertThrows(() => standInLauncher(["a\0b"]), TypeError);
});

Deno.test("standInLauncher() makes a script that hands its arguments and stdin on", async () => {
  await withPlace(async ({ folder, home }) => {
    const child = launch(
      folder,
      home,
      [...EXEC, "-o", "a b'c", "-"],
      script({ result_text: "ok" }),
    );
    const { code, stdout } = await child.output();
    assertEquals(code, 0);
    assertEquals(
      JSON.parse(new TextDecoder().decode(stdout).split("\n")[0] ?? "").type,
      "thread.started",
    );
    assertEquals(Deno.readTextFileSync(join(folder, "a b'c")), "ok");
  });
});

Deno.test("standInMain() ends by SIGTERM, and with exit code 1 by SIGINT", async () => {
  await withPlace(async ({ folder, home }) => {
    for (
      const [signal, expected] of [["SIGTERM", "SIGTERM 143"], [
        "SIGHUP",
        "SIGHUP 129",
      ], ["SIGINT", "null 1"]] as const
    ) {
      const child = launch(
        folder,
        home,
        [...EXEC, "-"],
        script({ say: "ready" }, { hang: true }),
      );
      const seen = await readUntil(child.stdout, "ready");
      child.kill(signal);
      const status = await child.status;
      assertEquals(`${status.signal} ${status.code}`, expected);
      await seen.cancel();
      await child.stderr.cancel();
    }
  });
});

Deno.test("standInMain() survives signals if the script says so", async () => {
  await withPlace(async ({ folder, home }) => {
    const child = launch(
      folder,
      home,
      [...EXEC, "-"],
      script({ ignore_signals: true }, { say: "ready" }, {
        wait_for_file: "go",
      }, { exit: 9 }),
    );
    const seen = await readUntil(child.stdout, "ready");
    for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
      child.kill(signal);
    }
    Deno.writeTextFileSync(join(folder, "go"), "");
    assertEquals((await child.status).code, 9);
    await seen.cancel();
    await child.stderr.cancel();
  });
});

Deno.test("standInMain() ends with Codex's exit code when nobody reads its stdout", async () => {
  await withPlace(async ({ folder, home }) => {
    const child = launch(
      folder,
      home,
      [...EXEC, "-"],
      script({ say: "ready" }, { wait_for_file: "go" }, {
        flood: { bytes: 1_000_000 },
      }),
    );
    const seen = await readUntil(child.stdout, "ready");
    await seen.cancel();
    Deno.writeTextFileSync(join(folder, "go"), "");
    assertEquals((await child.status).code, 101);
    await child.stderr.cancel();
  });
});

function launch(
  folder: string,
  home: string,
  args: string[],
  prompt: string,
): Deno.ChildProcess {
  const launcher = join(home, "codex");
  Deno.writeTextFileSync(launcher, standInLauncher(PROCESS), { mode: 0o755 });
  const child = new Deno.Command(launcher, {
    args,
    cwd: folder,
    env: { CODEX_HOME: home },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  writer.write(new TextEncoder().encode(prompt)).then(() => writer.close());
  return child;
}

async function readUntil(stream: ReadableStream<Uint8Array>, word: string) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  for (let text = ""; !text.includes(word);) {
    const { value, done } = await reader.read();
    assert(!done, `stdout ended before "${word}": ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return reader;
}
