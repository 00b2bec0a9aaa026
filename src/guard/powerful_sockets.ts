import { join } from "@std/path";
import { isWithin } from "../system/real_path.ts";
import { tryOr } from "../system/ignore.ts";
import { infoAtSync } from "../files/exists.ts";

/** Sockets of services that do what they are told with more rights than a sandbox has. */
const OF_THE_SYSTEM = [
  ...["docker.sock", "podman/podman.sock", "containerd/containerd.sock"],
  ...["crio/crio.sock", "libvirt", "snapd.socket", "lxd.socket"],
  ...["systemd/private", "dbus/system_bus_socket", "screen"],
].flatMap((name) => [`/run/${name}`, `/var/run/${name}`]);

const ELSEWHERE = [
  "/var/snap/lxd/common/lxd/unix.socket",
  "/var/lib/incus/unix.socket",
  "/tmp/.X11-unix",
];

/** In the temporary folder, with the user's id after them: terminals and editors that run what they are told. */
const OF_SESSIONS = ["emacs", "zellij-"];

/** In the home folder: container engines, agents that hold keys, terminals. */
const OF_THE_USER = [
  ...[".docker/run", ".docker/desktop", ".colima", ".orbstack/run"],
  ...[".rd/docker.sock", ".lima", ".gnupg", ".local/share/containers/podman"],
  ...[".1password", ".bitwarden-ssh-agent.sock", ".screen", ".emacs.d/server"],
];

/** Variables that name a socket, and reach workers. */
const NAMED = ["SSH_AUTH_SOCK", "DOCKER_HOST"];

/** Whose sockets they are, and which of them a worker keeps. */
export interface SocketOptions {
  /** The user's. */
  uids: readonly number[];
  keepsAgent: boolean;
  /** The names of the variables that the worker gets: a socket that another one names is not for it. */
  passed: readonly string[];
  /** Folders that it needs: a path that contains one is left out, but the sockets in it are not. */
  needed: readonly string[];
}

/**
 * The absolute paths of everything that gives a worker with network access the
 * user's rights, or more: the session's services, container engines, agents
 * that hold keys, and the sockets that the user's variables name (of terminals,
 * editors and so on). With `keepsAgent`, that of ssh is not among them.
 */
export function powerfulSockets(
  env: Record<string, string>,
  { uids, keepsAgent, passed, needed }: SocketOptions,
): string[] {
  const { HOME: home, SSH_AUTH_SOCK: agent } = env;
  const runtime = [
    ...uids.map((uid) => `/run/user/${uid}`),
    env["XDG_RUNTIME_DIR"] ?? "",
  ];
  const named = Object.entries(env).flatMap(([name, value]) =>
    socketsIn(value).filter((path) =>
      NAMED.includes(name) || !passed.includes(name) && isSocket(path)
    )
  );
  return [
    ...OF_THE_SYSTEM,
    ...ELSEWHERE,
    ...uids.flatMap((uid) => OF_SESSIONS.map((name) => `/tmp/${name}${uid}`)),
    ...home ? OF_THE_USER.map((name) => join(home, name)) : [],
    ...runtime.flatMap((folder) => keepsAgent ? inside(folder) : [folder]),
    ...named,
  ].flatMap((path) =>
    needed.some((folder) => isWithin(folder, path.replace(/(?<=.)\/+$/, "")))
      ? inside(path).filter(isSocket)
      : [path]
  ).filter((path) =>
    path.startsWith("/") && !(keepsAgent && `${agent}/`.startsWith(`${path}/`))
  );
}

/** The paths in a value such as `unix:///run/docker.sock`, `unix:path=/run/user/1/bus,guid=0` or `/tmp/tmux-1/default,2,0`. */
function socketsIn(value: string): string[] {
  if (!/^(\/|unix:)/.test(value)) return [];
  return value.split(/[;,]/).map((part) =>
    part.replace(/^unix:(\/\/)?/, "").replace(/^path=/, "")
  ).filter((path) => path.startsWith("/"));
}

function isSocket(path: string): boolean {
  return infoAtSync(path)?.isSocket === true;
}

function inside(folder: string): string[] {
  const why = "a folder that cannot be read holds no sockets";
  return tryOr(() => [...Deno.readDirSync(folder)], [], why)
    .map(({ name }) => join(folder, name));
}
