import { messageOf } from "../system/errors.ts";
import type { Finding } from "./finding.ts";

/** What was done, and what could not be done. */
export interface Mended {
  done: string[];
  failed: string[];
}

/** Makes the repairs of all findings, one after the other; one that fails does not keep the next from its work. */
export async function mend(findings: readonly Finding[]): Promise<Mended> {
  const done: string[] = [];
  const failed: string[] = [];
  for (const { check, repair } of findings) {
    if (repair === undefined) continue;
    try {
      done.push(await repair());
    } catch (error) {
      failed.push(`Cannot mend ${check}: ${messageOf(error)}`);
    }
  }
  return { done, failed };
}
