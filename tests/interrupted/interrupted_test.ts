import { assert, assertEquals } from "@std/assert";
import { LOOKERS } from "./ground.ts";
import { SCENES } from "./scenes.ts";
import { walk } from "./walk.ts";

/** The doctor looks at much else, too, which takes its time. */
const NAMES = Object.keys(LOOKERS).filter((name) => !/doctor/.test(name));

/** The quick ones; `deno task interrupt` walks through all, with everybody after each step. */
for (
  const place of [
    "making a run",
    "making the next attempt of a run that has ended",
    "stopping a run that waits",
  ]
) {
  Deno.test({
    name: `whoever looks first finishes ${place}, whatever step was the last`,
    // What has died never comes back from what it was doing.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const scene = SCENES.find((one) => one.place === place);
      assert(scene);
      const deaths = await walk(scene, (step) => [
        NAMES[step % NAMES.length] ?? "list",
      ]);
      assert(deaths.length > 5, `It has only ${deaths.length} steps`);
      for (const { before, looker, wrong } of deaths) {
        assertEquals(wrong, [], `dead before "${before}", then ${looker}`);
      }
      // Not only what a `list` does afterwards repairs.
      assert(deaths.filter(({ repaired }) => repaired).length > 4);
    },
  });
}
