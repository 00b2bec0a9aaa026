import { join } from "@std/path";
import { runShell, shellQuote } from "./shell.ts";
import { insteadOfAbsent } from "./ignore.ts";

type Environment = Record<string, string>;

/** What this machine can give a program for itself, besides what a sandbox gives. */
export interface Namespaces {
  /** A network with nothing but loopback. */
  loopback: boolean;
  /** Folders that look like others but keep writes to themselves. */
  overlays: boolean;
}

/** The result of the attempt. */
export interface NamespaceTrial extends Namespaces {
  /** The required tools that are missing. */
  missing: string[];
}

/** A folder that keeps writes to itself: they go to `upper`, which must be empty, as must `work`. */
export interface Overlay {
  folder: string;
  upper: string;
  work: string;
}

/** What {@linkcode namespaceScript} does around a command. */
export interface Surroundings {
  network: "loopback" | "as it is";
  /** The home folder, in which sockets are searched for as well: the kernel does not know the current names of sockets that were linked or moved there, as ssh moves its own. */
  home: string | undefined;
  /** Where to find the programs that it needs itself: a value of PATH. */
  path: string;
  overlays: readonly Overlay[];
  /** A folder for notes that the command cannot write. */
  notes: string;
}

/** The script keeps its user and gets the capabilities to set up the rest. */
const UNSHARE = "--user --map-current-user --keep-caps --mount";

/** The command gets none of these; CAP_SETFCAP lets root's sandbox map its user again. */
const DROP =
  "setpriv --ambient-caps -all --inh-caps -all --bounding-set -all,+setfcap --";

/** The programs that the scripts here need. */
const TOOLS = ["unshare", "setpriv", "mount", "ip", "find", "awk"];

/**
 * Tries what is possible. `scratch` is one of the caller's folders, `path` as
 * in {@linkcode Surroundings}; without a folder nothing is written, and
 * overlays are tried in memory, which shows nothing about the disk. Verified on
 * Linux 6.18 with util-linux 2.38, for root and others; elsewhere nothing is
 * possible.
 */
export async function probeNamespaces(
  env: Environment,
  { scratch, path, signal }: {
    scratch: string | null;
    path: string;
    signal?: AbortSignal;
  },
): Promise<NamespaceTrial> {
  const trial = join(scratch ?? "/tmp", "trial");
  const [file, lower, upper, work] = ["file", "lower", "upper", "work"]
    .map((name) => shellQuote(join(trial, name)));
  const overlay = mountOverlay({
    folder: join(trial, "lower"),
    upper: join(trial, "upper"),
    work: join(trial, "work"),
  });
  const inside = `
${scratch === null ? "mount -t tmpfs tmpfs /tmp || exit 0" : ""}
umask 077
mkdir -p ${lower} ${upper} ${work} && : > ${file} || exit 0
ip link set lo up && mount --bind /dev/null ${file} && ${DROP} true && echo loopback || exit 0
${overlay} && echo overlays`;
  const { stdout } = await runShell(
    `for tool in ${TOOLS.join(" ")}; do
  command -v $tool > /dev/null || echo "no $tool"
done
exec 2>/dev/null unshare ${UNSHARE} --net sh -c ${shellQuote(inside)}`,
    { env: { ...env, PATH: path }, signal },
  );
  if (scratch !== null) await removeOverlayFolder(trial, join(trial, "work"));
  const lines = stdout.split("\n");
  const missing = TOOLS.filter((tool) => lines.includes(`no ${tool}`));
  return {
    loopback: lines.includes("loopback") && missing.length === 0,
    overlays: lines.includes("overlays"),
    missing,
  };
}

/**
 * A script that runs a command in namespaces of its own and ends with its exit code.
 * A socket in the file system leads out of any network, so it hides all existing
 * ones: the kernel lists those that are bound, and the folders where sockets usually
 * are have those of other namespaces, and those that were renamed. The runtime
 * folder is hidden as a whole, unless programs are found in it. The script runs in
 * `/` and takes programs only from `path`, whatever the command's own folder and
 * PATH are.
 */
export function namespaceScript(
  command: string,
  { network, overlays, notes, home, path }: Surroundings,
): string {
  const note = (name: string) => shellQuote(join(notes, name));
  const inside = `
${network === "loopback" ? "ip link set lo up || exit 125" : ""}
${overlays.map((overlay) => `${mountOverlay(overlay)} || exit 125`).join("\n")}
while IFS= read -r socket; do
  [ -S "$socket" ] && [ -w "$socket" ] || continue
  mount --bind /dev/null "$socket" 2>/dev/null
  [ -S "$socket" ] && [ -w "$socket" ] && exit 125
done < ${note("sockets")}
case ":$given_path" in
  *:/run/user/*) ;;
  *) [ ! -d /run/user ] || mount -t tmpfs -o mode=755 tmpfs /run/user 2>/dev/null ;;
esac
unset given_path XDG_RUNTIME_DIR SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS
${DROP} ${command}
code=$?
cat /proc/net/snmp /proc/net/snmp6 > ${note("counters")} 2>/dev/null
exit $code`;
  return `
cd / || exit 125
given_path=$PATH PATH=${shellQuote(path)}
export given_path PATH
{
  awk '$8 ~ /^\\// { sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, ""); print }' /proc/net/unix
  find /run /tmp /var/tmp -maxdepth 5 -type s
  ${
    home === undefined
      ? ""
      : `find ${
        shellQuote(home)
      }/ -xdev -maxdepth 3 -name node_modules -prune -o -type s -print`
  }
} 2>/dev/null | sort -u > ${note("sockets")}
cat /proc/net/tcp /proc/net/tcp6 > ${note("listening")} 2>/dev/null
exec unshare ${UNSHARE} ${network === "loopback" ? "--net " : ""}sh -c ${
    shellQuote(inside)
  }`;
}

/** Whether a folder can be under an overlay: some characters are special in mount's options. */
export function takesOverlay(folder: string): boolean {
  return !/[,:\\]/.test(folder);
}

/** Removes a folder with overlays in it: the kernel leaves behind a folder that has to be made accessible first. */
export async function removeOverlayFolder(
  folder: string,
  ...works: string[]
): Promise<void> {
  for (const work of works) {
    await Deno.chmod(join(work, "work"), 0o700).catch(
      insteadOfAbsent(undefined, "the kernel's folder may stay"),
    );
  }
  await Deno.remove(folder, { recursive: true }).catch(
    insteadOfAbsent(undefined, "the folder of an overlay stays"),
  );
}

function mountOverlay({ folder, upper, work }: Overlay): string {
  const options = `lowerdir=${folder},upperdir=${upper},workdir=${work}`;
  return `mount -t overlay -o ${shellQuote(`${options},userxattr`)} overlay ${
    shellQuote(folder)
  }`;
}
