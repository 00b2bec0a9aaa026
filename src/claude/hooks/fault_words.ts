import type { Fault } from "./read_command.ts";

/** Why a command cannot work, and what does, for the model that wrote it. */
export function faultsInWords(faults: readonly Fault[]): string {
  return `This cannot work: ${faults.map(inWords).join("; and ")}`;
}

function inWords(fault: Fault): string {
  if ("missing" in fault) {
    return `the variable ${fault.missing} is not set in this call, and those of earlier calls are gone; write its value instead, as in "agentctl wait 20260102-030405-a1b2"`;
  }
  return `"&" detaches the wait, so nothing wakes you when it ends; call it alone, as a background command (run_in_background): ${
    fault.detached.map(shown).join(" ")
  }`;
}

/** A word as it may be typed; `ID` for what is not known. */
function shown(word: string): string {
  const known = word.replaceAll(/\0[a-z]+\0/g, "ID");
  return /^[\w@+:,./=-]+$/.test(known)
    ? known
    : `'${known.replaceAll("'", `'\\''`)}'`;
}
