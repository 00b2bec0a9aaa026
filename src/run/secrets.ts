/** Names of variables whose values are secret, as far as a name can show it. */
const SECRET_NAME = new RegExp(
  [
    "KEY(?!RING|BOARD|WORD|STORE|CHAIN|MAP)",
    "TOKEN(?!I[SZ])",
    "SECRET",
    "PASS(?:W|PHRASE|CODE)",
    "CREDENTIAL(?!S?_?(?:PROVIDER|HELPER|STORE))",
    "AUTH(?!OR(?!I[SZ]))",
    "COOKIE|BEARER|JWT",
    "(?:^|[_-])(?:PASS|PSW|PAT|OTP)(?:[_-]|$)",
    "[A-Z0-9]_(?:PWD|PW)$",
  ].join("|"),
  "i",
);

/** bundler names credentials after their host, `BUNDLE_GEMS__EXAMPLE__ORG`; these names of the form are settings. */
const BUNDLER_HOST =
  /^BUNDLE_(?!(?:BUILD|LOCAL|MIRROR|PATH|CACHE|SSL|GEM|PLUGINS?)__)[A-Z0-9_]*[A-Z0-9]__[A-Z0-9_]+$/i;

/** Tokens with a recognisable form: those of GitHub, GitLab, npm, PyPI, RubyGems, crates.io, Docker, Artifactory, AWS, Slack, and keys and JWTs. */
const SECRET_VALUE =
  /\b(?:gh[opsur]_\w{16}|github_pat_\w{16}|glpat-[\w-]{16}|npm_\w{30}|pypi-[\w-]{30}|rubygems_\w{30}|cio\w{30}|dckr_pat_[\w-]{16}|AKCp\w{16}|A(?:KIA|SIA)[A-Z0-9]{16}|xox[a-z]-[\w-]{10}|sk-[\w-]{16}|eyJ[\w-]{8,}\.eyJ)|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** An option or a setting inside a value: `-Dsigning.password=…`, `access-tokens = …`, `?token=…`. */
const SECRET_INSIDE =
  /(?:token|secret|passw(?:or)?d|passphrase|credential|(?:api|access|private)[_.-]?key|auth)s?["']?\s*=\s*(?!["']?(?:true|false|yes|no)\b)\S/i;

/** Values that are not secret, whatever the name. */
const SWITCH = /^(?:|0|1|true|false|yes|no|on|off)$/i;

/** Proxies stand between a program and the network; registries do not have such names. */
const PROXY_NAME = /_proxy$|^(?:https?|all|ftp)_?proxy$/i;

/** User and password of a web address, even in a list. */
const USER_INFO = /(\bhttps?:\/\/)[^\s/?#@]*(?:@[^\s/?#@]*)*@/gi;

/** Whether the name says that the value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || BUNDLER_HOST.test(name);
}

/**
 * The part of a variable that holds no credentials: web addresses without user and
 * password, so that a program still uses the right registry; `null` if nothing is
 * left.
 */
export function withoutSecret(name: string, value: string): string | null {
  if (SWITCH.test(value)) return value;
  if (isSecretName(name)) return null;
  if (PROXY_NAME.test(name)) return value;
  const rest = value.replace(USER_INFO, "$1");
  return SECRET_VALUE.test(rest) || SECRET_INSIDE.test(rest) ? null : rest;
}

/** A text in which everything that looks like a secret is replaced: tokens, `password=…`, the user part of web addresses. */
export function hideSecrets(text: string): string {
  return text
    .replace(USER_INFO, "$1[secret]@")
    .replace(everywhere(SECRET_VALUE, "[\\w+/=.-]*"), "[secret]")
    .replace(everywhere(SECRET_INSIDE, "\\S*"), "[secret]")
    .replace(/\b(Bearer|Basic)\s+[\w+/=.-]{8,}/gi, "$1 [secret]");
}

/** The pattern with the global flag, followed by the given ending. */
function everywhere({ source, flags }: RegExp, rest: string): RegExp {
  return new RegExp(`(?:${source})${rest}`, `${flags}g`);
}

/** An environment without its secrets. */
export function withoutSecrets(
  env: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const rest = withoutSecret(name, value);
      return rest === null ? [] : [[name, rest]];
    }),
  );
}
