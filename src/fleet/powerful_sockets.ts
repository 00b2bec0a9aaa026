import { join } from "@std/path";

/** Sockets of services that do what they are told with more rights than a sandbox has. */
const OF_THE_SYSTEM = [
  ...["docker.sock", "podman/podman.sock", "containerd/containerd.sock"],
  ...["crio/crio.sock", "libvirt", "snapd.socket", "lxd.socket"],
  ...["systemd/private", "dbus/system_bus_socket"],
].flatMap((name) => [`/run/${name}`, `/var/run/${name}`]);

const ELSEWHERE = [
  "/var/snap/lxd/common/lxd/unix.socket",
  "/var/lib/incus/unix.socket",
  "/tmp/.X11-unix",
];

/** In the home folder: container engines, and agents that hold keys. */
const OF_THE_USER = [
  ...[".docker/run", ".docker/desktop", ".colima", ".orbstack/run"],
  ...[".rd/docker.sock", ".lima", ".gnupg", ".local/share/containers/podman"],
];

/** Variables that name a socket. */
const NAMED = [
  ...["SSH_AUTH_SOCK", "DOCKER_HOST", "CONTAINER_HOST"],
  ...["DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY"],
];

/**
 * The absolute paths of what gives a worker that has the network the user's rights,
 * or more: the session's services, container engines, agents that hold keys.
 * `uids` are the user's. With `keepsAgent`, that of ssh is not among them.
 */
export function powerfulSockets(
  env: Record<string, string>,
  { uids, keepsAgent }: { uids: readonly number[]; keepsAgent: boolean },
): string[] {
  const { HOME: home, SSH_AUTH_SOCK: agent } = env;
  const runtime = [
    ...uids.map((uid) => `/run/user/${uid}`),
    env["XDG_RUNTIME_DIR"] ?? "",
  ];
  const named = NAMED.map((name) => socketIn(env[name] ?? ""));
  return [
    ...OF_THE_SYSTEM,
    ...ELSEWHERE,
    ...home ? OF_THE_USER.map((name) => join(home, name)) : [],
    ...runtime.flatMap((folder) => keepsAgent ? inside(folder) : [folder]),
    ...named,
  ].filter((path) =>
    path.startsWith("/") && !(keepsAgent && `${agent}/`.startsWith(`${path}/`))
  );
}

/** The path in an address such as `unix:///run/docker.sock` or `unix:path=/run/user/1/bus,guid=0`. */
function socketIn(address: string): string {
  return address.replace(/^unix:(path=|\/\/)?/, "").replace(/,.*$/, "");
}

function inside(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}
