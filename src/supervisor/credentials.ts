import { join } from "@std/path";
import { codexHome } from "../codex/mod.ts";
import { withoutSecrets } from "../run/secrets.ts";

type Environment = Record<string, string>;

/** Where programs keep credentials, in the home folder. */
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
  ".config/pypoetry/auth.toml",
  ".config/pip",
  ".pip",
  ".local/share/uv/credentials",
  ".composer/auth.json",
  ".config/composer/auth.json",
  ".bundle/config",
  ".nuget/NuGet/NuGet.Config",
  ".bunfig.toml",
  ".terraform.d",
  ".terraformrc",
  ".password-store",
  ".config/op",
  ".config/hub",
  ".config/glab-cli",
  ".claude",
  ".claude.json",
];

/** The absolute paths to hide from a program that has the network and may be a worker's. */
export function credentialPaths(env: Environment): string[] {
  const home = env["HOME"];
  return [
    ...home ? FILES.map((name) => join(home, name)) : [],
    join(codexHome(env), "auth.json"),
  ];
}

/** An environment without credentials. */
export function withoutCredentials(env: Environment): Environment {
  return {
    ...withoutSecrets(env),
    // npm fails if it cannot read its settings.
    npm_config_userconfig: "/dev/null",
  };
}
