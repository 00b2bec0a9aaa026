import { assertEquals } from "@std/assert";
import {
  type Confinement,
  confinementCause,
  listeningPorts,
  unreachableCount,
} from "../../src/supervisor/check_cause.ts";

const CONFINEMENT: Confinement = {
  cwd: "/project",
  loopback: true,
  online: false,
  mayWrite: (path) => path.startsWith("/project/") && path !== "/project/.git",
  exists: (path) => ["/home/u", "/project", "/dev/kvm"].includes(path),
  sockets: ["/run/docker.sock"],
  ports: [5432],
  unreachable: 0,
};

function needs(output: string, change: Partial<Confinement> = {}) {
  return confinementCause(output, { ...CONFINEMENT, ...change })?.needs ?? null;
}

Deno.test("confinementCause() takes a read-only path for a cause only where the confinement makes it so", () => {
  const of = (path: string) =>
    `/bin/sh: cannot create ${path}: Read-only file system`;
  assertEquals(needs(of("/home/u/x")), 'to write "/home/u/x"');
  assertEquals(
    needs("failed to write `/home/u/x`\n\nCaused by:\n  (os error 30)"),
    'to write "/home/u/x"',
  );
  assertEquals(needs(of(".git")), 'to write "/project/.git"');
  assertEquals(needs(of("/project/x")), null);
  assertEquals(
    needs("/bin/sh: 1: cannot create x: Read-only file system", {
      exists: () => true,
    }),
    "to write outside its folder",
  );
  assertEquals(needs(of("/nowhere/x")), null);
  assertEquals(needs("EROFS: read-only file system"), null);
  assertEquals(needs("Permission denied: '/home/u/x'"), null);
});

Deno.test("confinementCause() takes the network for a cause only if the kernel saw it tried", () => {
  const output = "Error: connect ENETUNREACH 203.0.113.1:80";
  assertEquals(needs(output), null);
  assertEquals(needs(output, { unreachable: 2 }), "the network");
  assertEquals(needs(output, { unreachable: 2, online: true }), null);
  // Something else failed, although something was tried.
  assertEquals(needs("1 test failed", { unreachable: 2 }), null);
});

Deno.test("confinementCause() takes a refused port for a cause only if this machine listens there", () => {
  const of = (port: number) => `connect ECONNREFUSED 127.0.0.1:${port}`;
  assertEquals(
    needs(of(5432)),
    "what listens on port 5432 of this machine",
  );
  assertEquals(needs(of(9999)), null);
});

Deno.test("confinementCause() knows sockets, privileges and devices that are kept away", () => {
  assertEquals(
    needs("Cannot connect to the daemon at unix:///run/docker.sock"),
    'the socket "/run/docker.sock"',
  );
  assertEquals(
    needs("listen EPERM: operation not permitted 127.0.0.1", {
      loopback: false,
    }),
    "sockets of this machine",
  );
  assertEquals(needs("listen EPERM: operation not permitted"), null);
  assertEquals(
    needs('sudo: The "no new privileges" flag is set'),
    "the rights of another user",
  );
  assertEquals(
    needs("open /dev/kvm: no such file or directory"),
    'the device "/dev/kvm"',
  );
  assertEquals(needs("open /dev/other: no such file"), null);
});

Deno.test("listeningPorts() and unreachableCount() read the tables of the kernel", () => {
  assertEquals(
    listeningPorts(
      "  sl  local_address rem_address   st\n   0: 0100007F:1538 00000000:0000 0A 0\n   1: 0100007F:1539 0100007F:0016 01 0\n",
    ),
    [5432],
  );
  assertEquals(unreachableCount(""), null);
  assertEquals(
    unreachableCount(
      "Ip: Forwarding OutNoRoutes\nIp: 2 3\nUdp: InDatagrams NoPorts\nUdp: 0 1\nIp6OutNoRoutes \t2\n",
    ),
    6,
  );
});
