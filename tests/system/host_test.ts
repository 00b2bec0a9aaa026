import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { temporaryFolder } from "../support/temporary_folder.ts";
import {
  type Host,
  thisHost,
  thisHostSince,
  type Whereabouts,
  whereabouts,
} from "../../src/system/host.ts";

const HERE: Host = { name: "desk", boot: "boot-1", machine: "m-1" };

Deno.test("whereabouts() tells this machine from others, and from itself before it was restarted", () => {
  const cases: [string, Host | null, Whereabouts, Host?][] = [
    ["a record of an earlier version", null, "here"],
    ["the same", HERE, "here"],
    ["a container, or another network", { ...HERE, name: "c0ffee" }, "here"],
    ["restarted", { ...HERE, boot: "boot-0" }, "before"],
    [
      "another name and start",
      { ...HERE, name: "lap", boot: "b" },
      "elsewhere",
    ],
    [
      "another machine with the same name",
      { name: "desk", boot: "b", machine: "m-2" },
      "elsewhere",
    ],
    [
      "the same name, and no more is known of the machine",
      { name: "desk", boot: "b", machine: null },
      "before",
    ],
    // macOS says neither.
    ["only the name", { name: "desk", boot: null, machine: null }, "here"],
    [
      "only the name, and another one",
      { name: "lap", boot: null, machine: null },
      "elsewhere",
    ],
    [
      "seen from a machine that knows only its name",
      HERE,
      "here",
      { name: "desk", boot: null, machine: null },
    ],
  ];
  for (const [what, host, expected, here = HERE] of cases) {
    assertEquals(whereabouts(host, here), expected, what);
  }
});

Deno.test("thisHost() is here, and does not show the id of the installation", async () => {
  const host = await thisHost();
  assertEquals(whereabouts(host, await thisHost()), "here");
  const since = await thisHostSince(Deno.env.toObject());
  assertEquals(whereabouts({ ...since, name: "c0ffee" }, since), "here");
  const id = await Deno.readTextFile("/etc/machine-id").catch(() => "");
  if (id.trim() !== "" && host.machine !== null) {
    assertEquals(id.includes(host.machine), false);
  }
});

Deno.test("a Mac knows itself by the session of its start, whatever its name (simulated)", async () => {
  await using folder = await temporaryFolder();
  const uuid = "1B4E28BA-2FA1-11D2-883F-0016D3CCA427";
  const programs = {
    cat: "exit 1",
    sysctl: `test "$2" = kern.bootsessionuuid && echo ${uuid}`,
  };
  for (const [name, line] of Object.entries(programs)) {
    const path = join(folder.path, name);
    await Deno.writeTextFile(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
  // What was asked once is not asked again.
  const fresh = `${import.meta.resolve("../../src/system/host.ts")}?mac`;
  const mac: typeof import("../../src/system/host.ts") = await import(fresh);
  const path = Deno.env.get("PATH");
  const { boot } = await mac.thisHostSince({ PATH: `${folder.path}:${path}` });
  assertEquals(boot, uuid);
  assertEquals(
    whereabouts({ name: "desk.local", boot, machine: null }, {
      ...{ name: "desk.lan", boot, machine: null },
    }),
    "here",
  );
});
