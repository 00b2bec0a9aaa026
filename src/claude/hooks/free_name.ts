/** Variables to which bash, dash or zsh gives a meaning; some of zsh's are in small letters, so case does not matter here. */
const SHELLS_OWN = new Set(
  `_ aliases argc argv argv0 auto_resume builtins cdpath child_max columns
  commands compreply coproc cpu_type debian_chroot directory dirstack egid env
  epochrealtime epochseconds epochtime errno errnos euid exec_ignore execignore
  fcedit fignore fpath funcfiletrace funcname funcnest funcsourcetrace funcstack
  functions functions_source functrace galiases gid glob globignore globsort
  groups histchars home host hostname hosttype ifs ignoreeof inputrc
  insideemacs jobdirs jobstates jobtexts keyboard_hack keymap keytimeout
  killring language lineno linenomax lines listmax logcheck logname machtype
  mach_type mail mailcheck mailpath manpath mapfile match mbegin mend
  module_path modules nameddirs nullcmd oldpwd optarg opterr optind options
  ostype pager parameters patchars path pipestatus postedit ppid prompt psvar
  psvars pwd random readnullcmd reply reporttime reswords rprompt rprompt2 rps1
  rps2 saliases savehist seconds sendbreak shell shellopts shlvl signals
  spelling sprompt srandom status stty suffix_aliases sysparams term termcap
  terminfo terminfo_dirs timefmt timeformat tmout tmpdir tmpprefix tty ttyidle
  uid user usergroups userdirs username vendor visual watch watchfmt wordchars
  editor display browser pathext cygwin`.split(/\s+/),
);

/** Variables that programs read: agentctl, what it starts, and filters. */
const OTHERS =
  /^(?:agentctl|ai_orch|claude|anthropic|openai|codex|deno|npm|node|tmux|git|ssh|gpg|comp|posixly|ps\d|prompt\d|xdg|dbus|python|perl|jq|grep|less|awk|aws|azure|google|cargo|pip|uv|dis)(?:_|$)|^(?:bash|ld_|dyld|lc_|lang|glibc|malloc|hist|zle|zsh|zdot|zbeep|force_color|no_color)|_proxy$/i;

/**
 * Whether setting a variable of this name changes nothing but this variable: no
 * shell gives it a meaning, no program reads it, and it is not in the environment,
 * from where every program would get the new value.
 */
export function isFreeName(name: string, env: Record<string, string>): boolean {
  return !Object.hasOwn(env, name) &&
    !SHELLS_OWN.has(name.toLowerCase()) && !OTHERS.test(name);
}
