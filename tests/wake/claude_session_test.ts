import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { claudeState } from "../../src/wake/claude_session.ts";
import { makeScratch } from "../support/scratch.ts";

Deno.test("claudeState() reads what Claude Code says of itself, whatever its folder and whoever started it", async () => {
  await using scratch = await makeScratch();
  const { env, home } = scratch;
  for (const elsewhere of [false, true]) {
    const claudeHome = elsewhere
      ? join(scratch.dir, "claude home")
      : join(home, ".claude");
    const sessions = join(claudeHome, "sessions");
    await Deno.mkdir(sessions, { recursive: true });
    // A shell and below it the program, which says its pid.
    const shell = new Deno.Command("sh", {
      args: ["-c", "sh -c 'echo $$; exec sleep 600' & wait"],
      env: { ...env, ...elsewhere ? { CLAUDE_CONFIG_DIR: claudeHome } : {} },
      clearEnv: true,
      stdout: "piped",
    }).spawn();
    const reader = shell.stdout.getReader();
    const { value } = await reader.read();
    const pid = Number(new TextDecoder().decode(value));
    try {
      const state = () => claudeState(shell.pid, env);
      const file = join(sessions, `${pid}.json`);
      assertEquals(await state(), "none");
      for (
        const [session, expected] of [
          [{ status: "idle", kind: "interactive" }, "free"],
          [{ status: "shell" }, "free"],
          [{ status: "busy" }, "occupied"],
          [{ status: "waiting", waitingFor: "permission prompt" }, "occupied"],
          [{ status: "something new" }, "occupied"],
          [{}, "occupied"],
          [{ status: "busy", kind: "print" }, "none"],
        ] as const
      ) {
        await Deno.writeTextFile(file, JSON.stringify(session));
        assertEquals(await state(), expected, JSON.stringify(session));
      }
      await Deno.writeTextFile(file, '{"status":"id');
      assertEquals(await state(), "occupied");

      await Deno.writeTextFile(file, '{"status":"idle"}');
      await Deno.writeTextFile(
        join(sessions, `${shell.pid}.json`),
        '{"status":"waiting"}',
      );
      assertEquals(await state(), "occupied", "one of two");
      assertEquals(await claudeState(pid, env), "free");
      assertEquals(await claudeState(Deno.pid + 4_000_000, env), "none");
    } finally {
      await reader.cancel();
      Deno.kill(pid);
      await shell.status;
    }
  }
});
