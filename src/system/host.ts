import { instead, insteadOfAbsent } from "./ignore.ts";
import { once } from "./once.ts";
import { runShell } from "./shell.ts";

/** A machine, as other machines that share the home can tell it from themselves. */
export interface Host {
  name: string;
  /** Changes with each start of the machine, and is the same in all its containers; `null` where the system does not say. */
  boot: string | null;
  /** Stays with the installation, whatever its name; `null` where the system does not say. */
  machine: string | null;
}

/** This machine, as far as it can be known at once. Only what makes runs or judges another's locks asks for it. */
export const thisHost = once(async (): Promise<Host> => {
  const machine = (await Deno.readTextFile("/etc/machine-id").catch(
    insteadOfAbsent("", "less distinguishes this machine from others"),
  )).trim();
  return {
    name: Deno.hostname().replace(/\p{Cc}/gu, "").slice(0, 255) || "unnamed",
    boot: null,
    // A system that was just installed has none yet.
    machine: machine === "" || machine === "uninitialized"
      ? null
      : await shortDigest(machine),
  };
});

let booted: Promise<string | null> | undefined;

/** This machine with its start. Deno does not let us read `/proc`, so a program does: not for every command. */
export async function thisHostSince(
  env: Record<string, string>,
): Promise<Host> {
  booted ??= askBoot(env).catch(
    instead(null, "less distinguishes this machine from others"),
  );
  return { ...await thisHost(), boot: await booted };
}

async function askBoot(env: Record<string, string>): Promise<string | null> {
  // The latter is macOS, whose host names change with the network.
  const script = `cat /proc/sys/kernel/random/boot_id 2>/dev/null ||
    PATH="$PATH:/usr/sbin" sysctl -n kern.bootsessionuuid 2>/dev/null`;
  const { stdout } = await runShell(script, { env });
  return /^[0-9a-f-]{36}$/i.exec(stdout.trim())?.[0] ?? null;
}

/** The id of an installation is not to be shown as it is. */
async function shortDigest(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(`agentctl ${text}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 12);
}

/** `here`: the same machine, since the same start; `before`: the same machine, before it was restarted. */
export type Whereabouts = "here" | "before" | "elsewhere";

/** Where a host is, seen from another. What is unknown (`null`) counts as here, as all that was written by earlier versions. */
export function whereabouts(host: Host | null, here: Host): Whereabouts {
  if (host === null) return "here";
  const isKnown = host.boot !== null && here.boot !== null;
  // Names change, with the network for example, and containers have their own.
  if (isKnown && host.boot === here.boot) return "here";
  if (host.name !== here.name) return "elsewhere";
  const machines = new Set([host.machine, here.machine]);
  if (!machines.has(null) && machines.size > 1) return "elsewhere";
  return isKnown ? "before" : "here";
}
