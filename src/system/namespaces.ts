import { join } from "@std/path";
import { runShell, shellQuote } from "./shell.ts";

/** What a program can be given of its own on this machine, besides what a sandbox gives. */
export interface Namespaces {
  /** A network with nothing but loopback. */
  loopback: boolean;
  /** Folders that look like others and take writes for themselves. */
  overlays: boolean;
}

/** A folder that takes writes for itself: they go to `upper`, which must be empty, as must `work`. */
export interface Overlay {
  folder: string;
  upper: string;
  work: string;
}

/** What {@linkcode namespaceScript} does around a command. */
export interface Surroundings {
  network: "loopback" | "as it is";
  overlays: readonly Overlay[];
  /** A folder for notes that the command cannot write. */
  notes: string;
}

/** The caller keeps its user, and holds what it takes to set the rest up. */
const UNSHARE = "--user --map-current-user --keep-caps --mount";

/** The command gets nothing of that; CAP_SETFCAP lets a sandbox of root's map its user again. */
const DROP =
  "setpriv --ambient-caps -all --inh-caps -all --bounding-set -all,+setfcap --";

/**
 * Tries what can be had. `scratch` is a folder of the caller's. Seen on Linux
 * 6.18 with util-linux 2.38, for root and others; nothing of it elsewhere.
 */
export async function probeNamespaces(
  env: Record<string, string>,
  scratch: string,
): Promise<Namespaces> {
  const trial = join(scratch, "trial");
  for (const name of ["lower", "upper", "work"]) {
    await Deno.mkdir(join(trial, name), { recursive: true, mode: 0o700 });
  }
  await Deno.writeTextFile(join(trial, "file"), "");
  const inside = `
ip link set lo up && mount --bind /dev/null ${
    shellQuote(join(trial, "file"))
  } && ${DROP} true && echo loopback || exit 0
${
    mountOverlay({
      folder: join(trial, "lower"),
      upper: join(trial, "upper"),
      work: join(trial, "work"),
    })
  } && echo overlays`;
  const { stdout } = await runShell(
    `exec unshare ${UNSHARE} --net sh -c ${shellQuote(inside)} 2>/dev/null`,
    { env },
  );
  await removeOverlayFolder(trial, join(trial, "work"));
  const words = stdout.split("\n");
  return {
    loopback: words.includes("loopback"),
    overlays: words.includes("overlays"),
  };
}

/**
 * A script that runs a command in surroundings of its own and ends with its
 * exit code. A socket in the file system leads out of any network, so none that
 * is there can be reached: the kernel names those that are bound, and /run has
 * those of other namespaces.
 */
export function namespaceScript(
  command: string,
  { network, overlays, notes }: Surroundings,
): string {
  const note = (name: string) => shellQuote(join(notes, name));
  const inside = `
${network === "loopback" ? "ip link set lo up || exit 125" : ""}
${overlays.map((overlay) => `${mountOverlay(overlay)} || exit 125`).join("\n")}
while IFS= read -r socket; do
  if [ -S "$socket" ]; then mount --bind /dev/null "$socket"; fi
done < ${note("sockets")} 2>/dev/null
if [ -d /run/user ]; then mount -t tmpfs -o mode=755 tmpfs /run/user; fi 2>/dev/null
unset XDG_RUNTIME_DIR SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS
${DROP} ${command}
code=$?
cat /proc/net/snmp /proc/net/snmp6 > ${note("counters")} 2>/dev/null
exit $code`;
  return `
{
  awk '$8 ~ /^\\// { sub(/^([^ ]+ +)+[0-9]+ +/, ""); print }' /proc/net/unix
  find /run -maxdepth 5 -type s
} 2>/dev/null | sort -u > ${note("sockets")}
cat /proc/net/tcp /proc/net/tcp6 > ${note("listening")} 2>/dev/null
exec unshare ${UNSHARE} ${network === "loopback" ? "--net " : ""}sh -c ${
    shellQuote(inside)
  }`;
}

/** Whether a folder can be under an overlay: the options of mount have signs of their own. */
export function takesOverlay(folder: string): boolean {
  return !/[,:\\]/.test(folder);
}

/** Removes a folder with overlays in it: the kernel leaves something that must be opened first. */
export async function removeOverlayFolder(
  folder: string,
  ...works: string[]
): Promise<void> {
  for (const work of works) {
    await Deno.chmod(join(work, "work"), 0o700).catch(() => {});
  }
  await Deno.remove(folder, { recursive: true }).catch(() => {});
}

function mountOverlay({ folder, upper, work }: Overlay): string {
  const options = `lowerdir=${folder},upperdir=${upper},workdir=${work}`;
  return `mount -t overlay -o ${shellQuote(`${options},userxattr`)} overlay ${
    shellQuote(folder)
  }`;
}
