import { messageOf } from "../system/errors.ts";
import type { Finding } from "./finding.ts";

/** What was fixed, and what could not be. */
export interface Mended {
  done: string[];
  failed: string[];
}

/** Fixes all findings, one after another; one that fails does not stop the next. */
export async function mend(findings: readonly Finding[]): Promise<Mended> {
  const done: string[] = [];
  const failed: string[] = [];
  for (const { check, repair } of findings) {
    if (repair === undefined) continue;
    try {
      done.push(await repair());
    } catch (error) {
      failed.push(`Cannot fix ${check}: ${messageOf(error)}`);
    }
  }
  return { done, failed };
}
