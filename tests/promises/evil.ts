import { join } from "@std/path";
import type { Scratch } from "../support/scratch.ts";

/** A module that leaves a mark in the home folder, if anything executes it. */
export const EVIL =
  'Deno.writeTextFileSync(`${Deno.env.get("HOME")}/evil`,"");';

/** Where {@linkcode EVIL} leaves its mark. */
export function evilMark({ home }: Pick<Scratch, "home">): string {
  return join(home, "evil");
}
