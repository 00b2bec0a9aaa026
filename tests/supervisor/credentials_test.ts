import { assert, assertEquals } from "@std/assert";
import { credentialPaths } from "../../src/supervisor/credentials.ts";

Deno.test("credentialPaths() follows the variables that move credentials elsewhere", () => {
  const paths = credentialPaths({
    HOME: "/home/me",
    CARGO_HOME: "/data/cargo",
    KUBECONFIG: "/data/kube:/data/other:relative",
    npm_config_userconfig: "/dev/null",
    XDG_CONFIG_HOME: "/data/config",
    DOCKER_CONFIG: "",
  });
  const wanted = [
    ...["/home/me/.npmrc", "/home/me/.codex/auth.json"],
    ...["/data/cargo/credentials.toml", "/data/kube", "/data/other"],
    ...["/data/config/gh", "/data/config/git/credentials"],
  ];
  assertEquals(wanted.filter((path) => !paths.includes(path)), []);
  assert(paths.every((path) => path.startsWith("/")));
  for (const path of ["/data/cargo", "/dev/null"]) {
    assert(!paths.includes(path));
  }
});
