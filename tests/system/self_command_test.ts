import { assertEquals } from "@std/assert";
import { selfCommand } from "../../src/system/self_command.ts";
import { VERSION } from "../../src/system/version.ts";

Deno.test("selfCommand() starts this very program from any folder", async () => {
  const { argv, env } = selfCommand();
  const [program = "", ...args] = argv;
  const output = await new Deno.Command(program, {
    args: [...args, "--version"],
    cwd: "/",
    clearEnv: true,
    env: Object.fromEntries(
      ["HOME", "PATH", ...env].map((name) => [name, Deno.env.get(name) ?? ""])
        .filter(([, value]) => value !== ""),
    ),
  }).output();
  assertEquals(
    new TextDecoder().decode(output.stdout),
    `agentctl ${VERSION} (${Deno.build.target})\n`,
    new TextDecoder().decode(output.stderr),
  );
});
