import { LOOKERS } from "./ground.ts";
import { SCENES } from "./scenes.ts";
import { type Death, walk } from "./walk.ts";

/** Lets every operation die at each of its steps, with everybody looking after each, and prints a table. */
async function main(): Promise<void> {
  const only = Deno.args[0];
  const rows: string[][] = [[
    "PLACE",
    "DEATHS",
    "STATES",
    "UNSOUND AFTERWARDS",
    "FINISHED BY",
  ]];
  let wrong = 0;
  for (const scene of SCENES) {
    if (only !== undefined && !scene.place.includes(only)) continue;
    const deaths = await walk(scene, () => Object.keys(LOOKERS));
    const bad = deaths.filter((death) => death.wrong.length > 0);
    wrong += bad.length;
    for (const { before, looker, wrong } of bad) {
      print(`${scene.place}: dead before "${before}", ${looker}:`);
      for (const line of wrong) print(`  ${line}`);
    }
    const steps = new Set(deaths.map(({ step }) => step)).size;
    rows.push([
      scene.place,
      `${steps}`,
      `${new Set(deaths.map(({ state }) => state)).size}`,
      `${bad.length}`,
      finishers(deaths).join(", "),
    ]);
  }
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  for (const row of rows) {
    print(
      row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")
        .trimEnd(),
    );
  }
  Deno.exit(wrong === 0 ? 0 : 1);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Who finished whatever was left, and who only some of it. */
function finishers(deaths: readonly Death[]): string[] {
  return Object.keys(LOOKERS).flatMap((looker) => {
    const own = deaths.filter((death) => death.looker === looker);
    const done = own.filter(({ repaired }) => repaired).length;
    if (done === own.length) return [looker];
    return done === 0 ? [] : [`${looker} (${done} of ${own.length})`];
  });
}

await main();
