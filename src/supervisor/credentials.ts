import { isAbsolute, join } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
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

/** Variables that move them elsewhere, and what is secret there; a variable may hold a list. */
const MOVED: Record<string, readonly string[]> = {
  AWS_CONFIG_FILE: [""],
  AWS_SHARED_CREDENTIALS_FILE: [""],
  AZURE_CONFIG_DIR: [""],
  BUNDLE_USER_CONFIG: [""],
  CARGO_HOME: ["credentials", "credentials.toml"],
  CLAUDE_CONFIG_DIR: [""],
  CLOUDSDK_CONFIG: [""],
  COMPOSER_HOME: ["auth.json"],
  DOCKER_CONFIG: [""],
  GH_CONFIG_DIR: [""],
  GNUPGHOME: [""],
  GOOGLE_APPLICATION_CREDENTIALS: [""],
  GRADLE_USER_HOME: ["gradle.properties"],
  KUBECONFIG: [""],
  NETRC: [""],
  NPM_CONFIG_USERCONFIG: [""],
  npm_config_userconfig: [""],
  PIP_CONFIG_FILE: [""],
  POETRY_CONFIG_DIR: ["auth.toml"],
  REGISTRY_AUTH_FILE: [""],
  TF_CLI_CONFIG_FILE: [""],
  XDG_CONFIG_HOME: FILES.filter((name) => name.startsWith(".config/"))
    .map((name) => name.slice(".config/".length)),
};

/** The absolute paths to hide from a program that has network access and may be a worker's. */
export function credentialPaths(env: Environment): string[] {
  const home = env["HOME"];
  return [
    ...home ? FILES.map((name) => join(home, name)) : [],
    ...Object.entries(MOVED).flatMap(([variable, names]) =>
      (env[variable] ?? "").split(":")
        // /dev/null often stands for "no settings", and programs need it.
        .filter((place) => isAbsolute(place) && !place.startsWith("/dev/"))
        .flatMap((place) => names.map((name) => join(place, name)))
    ),
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
