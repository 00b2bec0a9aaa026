import { resolve } from "@std/path";

/** What is known about the confinement in which a check failed. */
export interface Confinement {
  cwd: string;
  /** Whether it could listen and connect on addresses of this machine. */
  loopback: boolean;
  /** Whether it had the network of this machine. */
  online: boolean;
  mayWrite(path: string): boolean;
  /** Whether something is at a path outside the confinement. */
  exists(path: string): boolean;
  /** The paths of sockets that it could not reach. */
  sockets: readonly string[];
  /** Ports of this machine at which something listens. */
  ports: readonly number[];
  /** How often the kernel had no route to an address; `null` if it was not counted. */
  unreachable: number | null;
}

/** Why a check could not do its work, and what it would need. */
export interface ConfinementCause {
  /** The line that shows it. */
  line: string;
  /** What it would need, such as `the network`. */
  needs: string;
}

/** How many lines there may be between a path and the error about it. */
const NEAR = 3;

/**
 * Says whether a check failed because of its confinement. The output of a check
 * alone decides nothing, because a test may print "permission denied" and fail
 * for another reason: each kind needs further evidence. A path reported as
 * read-only must be read-only only because of the confinement; for an
 * unreachable address, the kernel must have counted an attempt; at a port that
 * refused a connection, something on this machine must be listening.
 */
export function confinementCause(
  output: string,
  confinement: Confinement,
): ConfinementCause | null {
  const lines = output.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const before = lines.slice(Math.max(0, index - NEAR), index);
    for (const look of LOOKS) {
      const needs = look(line, before.toReversed(), confinement);
      if (needs !== null) return { line: line.trim().slice(0, 300), needs };
    }
  }
  return null;
}

type Look = (
  line: string,
  /** The lines before it, nearest first. */
  before: string[],
  confinement: Confinement,
) => string | null;

const LOOKS: readonly Look[] = [
  readOnly,
  noWayOut,
  refusedPort,
  hiddenSocket,
  noSockets,
  noPrivileges,
  missingDevice,
];

function readOnly(
  line: string,
  before: string[],
  { cwd, mayWrite, exists }: Confinement,
): string | null {
  if (!/\bEROFS\b|read-only file ?system|os error 30\b/i.test(line)) {
    return null;
  }
  // The last path in a line: the first may be the program that prints it.
  const path = [line, ...before].flatMap((text) => pathsIn(text).toReversed())
    .map((path) => resolve(cwd, path))
    // If the path does not exist, its folder decides.
    .find((path) => !mayWrite(path) && exists(resolve(path, "..")));
  if (path === undefined) return null;
  // A shell names itself first, and a file by its name in an unknown folder.
  const speaker = /^(\/\S+?): /.exec(line)?.[1];
  return path === speaker
    ? "to write outside its folder"
    : `to write "${path}"`;
}

function noWayOut(
  line: string,
  _: string[],
  { online, loopback, unreachable }: Confinement,
): string | null {
  if (online) return null;
  const says =
    /\bENETUNREACH\b|network is unreachable|\bEAI_AGAIN\b|\bENOTFOUND\b|name resolution|could not resolve|getaddrinfo|no such host|name or service not known|os error 101\b/i
      .test(line);
  if (!says) return null;
  // Without a network of its own, nothing is counted and nothing gets out.
  return (loopback ? (unreachable ?? 0) > 0 : true) ? "the network" : null;
}

function refusedPort(
  line: string,
  _: string[],
  { online, loopback, ports }: Confinement,
): string | null {
  if (online || !loopback) return null;
  if (!/\bECONNREFUSED\b|connection refused|os error 111\b/i.test(line)) {
    return null;
  }
  const port = [...line.matchAll(/(?:[:\s]|port )(\d{2,5})\b/g)]
    .map(([, digits]) => Number(digits))
    .find((number) => ports.includes(number));
  return port === undefined
    ? null
    : `what listens on port ${port} of this machine`;
}

function hiddenSocket(
  line: string,
  _: string[],
  { sockets }: Confinement,
): string | null {
  const socket = sockets.find((path) => line.includes(path));
  if (
    socket === undefined || !/connect|socket|daemon|refused|denied/i.test(line)
  ) {
    return null;
  }
  return `the socket "${socket}"`;
}

function noSockets(
  line: string,
  _: string[],
  { online, loopback }: Confinement,
): string | null {
  if (online || loopback) return null;
  const isDenied = /\bEPERM\b|operation not permitted|\[Errno 1\]|os error 1\b/i
    .test(line);
  return isDenied && /listen|bind|connect|socket|spawnSync|pipe/i.test(line)
    ? "sockets of this machine"
    : null;
}

function noPrivileges(line: string): string | null {
  return /"?no new privileges"? flag is set/i.test(line)
    ? "the rights of another user"
    : null;
}

function missingDevice(
  line: string,
  _: string[],
  { exists }: Confinement,
): string | null {
  const device =
    /\/dev\/(?!null\b|zero\b|full\b|u?random\b|tty\b|shm\b|pts\b|ptmx\b|std\w+|fd\b)[\w/]+/
      .exec(line)?.[0];
  if (device === undefined || !exists(device)) return null;
  return /no such file|ENOENT|cannot open|could not open|not found/i.test(line)
    ? `the device "${device}"`
    : null;
}

/** Everything in a text that looks like a path: absolute, or in quotes. */
function pathsIn(text: string): string[] {
  return [
    ...text.matchAll(/["'`‘“]([^"'`’”\n]+)["'`’”]/g),
    ...text.matchAll(/(?:^|[\s=(:])((?:\/|\.{1,2}\/|\.)[^\s"'`‘’“”():,;]+)/gm),
  ].flatMap(([, path]) => path ? [path] : []);
}

/** The ports on which something listens, from `/proc/net/tcp` and `tcp6`. */
export function listeningPorts(table: string): number[] {
  const ports = table.split("\n").flatMap((line) => {
    // Local address, remote address, state: 0A is LISTEN.
    const match = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /.exec(line);
    return match ? [Number.parseInt(match[1] ?? "", 16)] : [];
  });
  return [...new Set(ports)];
}

/** How often there was no route to an address, or no answer from a name server, from `/proc/net/snmp` and `snmp6`. */
export function unreachableCount(counters: string): number | null {
  if (counters === "") return null;
  const rows = counters.split("\n").map((line) => line.trim().split(/\s+/));
  let count = 0;
  for (const [index, [name, ...titles]] of rows.entries()) {
    if (name === "Ip6OutNoRoutes") count += Number(titles[0]) || 0;
    const wanted = name === "Ip:"
      ? "OutNoRoutes"
      : name === "Udp:"
      ? "NoPorts"
      : null;
    // Names in one row, values in the next.
    const [again, ...values] = rows[index + 1] ?? [];
    if (wanted === null || again !== name) continue;
    count += Number(values[titles.indexOf(wanted)]) || 0;
  }
  return count;
}
