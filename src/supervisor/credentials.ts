import { join } from "@std/path";
import { codexHome } from "../codex/mod.ts";
import { withoutSecrets } from "../run/secrets.ts";

type Environment = Record<string, string>;

/** Where programs keep what lets them in elsewhere, in the home folder. */
const FILES = [
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pypirc",
  ".netrc",
  ".git-credentials",
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".config/gh",
  ".config/git/credentials",
  ".config/gcloud",
  ".config/containers",
  ".cargo/credentials",
  ".cargo/credentials.toml",
  ".gem/credentials",
  ".m2/settings.xml",
  ".gradle/gradle.properties",
  ".claude",
  ".claude.json",
];

/** What to hide from a program that has the network and may be a worker's: absolute. */
export function credentialPaths(env: Environment): string[] {
  const home = env["HOME"];
  return [
    ...home ? FILES.map((name) => join(home, name)) : [],
    join(codexHome(env), "auth.json"),
  ];
}

/** An environment that lets nobody in anywhere. */
export function withoutCredentials(env: Environment): Environment {
  return {
    ...withoutSecrets(env),
    // npm fails on one that it cannot read.
    npm_config_userconfig: "/dev/null",
  };
}
