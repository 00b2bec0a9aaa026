import { assertEquals, assertMatch } from "@std/assert";
import { checkAccount } from "../../src/doctor/check_account.ts";
import { noteLimits } from "../../src/queue/accounts.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import type { Examination } from "../../src/doctor/examination.ts";

Deno.test("checkAccount() shows what is known in one line, and warns once the ceiling is reached", async () => {
  await using folder = await temporaryFolder();
  const states = async (account_ceiling: string | null) => {
    const workspace = await makeWorkspace(folder.path, { account_ceiling });
    const open = () =>
      Promise.resolve({ workspace, missing: false, configError: null });
    const findings = checkAccount({ open } as unknown as Examination);
    return await Array.fromAsync(findings);
  };
  assertEquals(await states("50%"), []);
  const window = { limit: "codex", window_minutes: 300, resets_at: null };
  await noteLimits(
    await makeWorkspace(folder.path),
    { key: "k", home: "/home/me/.codex" },
    [{ ...window, place: "primary", used_percent: 60 }],
    Date.now(),
  );
  for (
    const [ceiling, state] of [
      [null, "ok"],
      ["61%", "ok"],
      ["60%", "warning"],
    ] as const
  ) {
    const [finding, ...more] = await states(ceiling);
    assertEquals([finding?.check, finding?.state, more], [
      ...["codex.account", state, []],
    ]);
    assertMatch(
      finding?.message ?? "",
      /^Account: 5 hours 60% used until .* \(heard just now\)/,
    );
  }
});
