import { type Command, Option } from 'commander'
import { KIND_NAMES, type KindName } from '../../packages/project/kinds.ts'

/** What `gateway plugin …` asks for. */
export interface PluginWords {
  readonly action: PluginAction
  /** Sources, names, or a folder, by what is to be done. */
  readonly words: readonly string[]
  readonly flags: PluginFlags
}

export interface PluginFlags {
  yes?: true
  dryRun?: true
  json?: true
  registry?: string
  offline?: true
  trustRoot?: string
  kind?: KindName
}

type FlagName = 'yes' | 'dry-run' | 'json' | 'registry' | 'offline' | 'trust-root' | 'kind'

interface Action {
  readonly doc: string
  /** As commander writes them. */
  readonly argument: string | undefined
  readonly about: string
  readonly flags: readonly FlagName[]
  readonly examples: string
}

/** All of `gateway plugin`. */
export const PLUGIN_ACTIONS = {
  create: {
    doc: 'make the project of a new plugin, which works at once',
    argument: '<name>',
    about: "the package's name; the folder is made here",
    flags: ['kind', 'json'],
    examples: `  gateway plugin create my-plugin --kind handler
  gateway plugin create @acme/rate-limit --kind access
  gateway plugin create my-plugin          asks for the kind
`,
  },
  test: {
    doc: "run the tests of a plugin's folder, and its test data",
    argument: '[folder...]',
    about: 'folders of plugins (default: this one)',
    flags: ['json'],
    examples: `  gateway plugin test
  gateway plugin test --json ./my-plugin | jq .failed
`,
  },
  install: {
    doc: 'install plugins, or what gateway.lock says',
    argument: '[file...]',
    about: 'folders, tarballs, names with or without a range, git folders (git+file:…)',
    flags: ['yes', 'dry-run', 'json', 'registry', 'trust-root'],
    examples: `  gateway plugin install ./my-plugin
  gateway plugin install my-plugin-1.2.0.tgz
  gateway plugin install @acme/rate-limit@^1.2.0 --registry https://npm.example.com
  gateway plugin install git+file:///srv/git/my-plugin#v1.2.0
  gateway plugin install --dry-run --json ./my-plugin
  gateway plugin install           exactly what gateway.lock says
`,
  },
  list: {
    doc: 'list what is installed',
    argument: undefined,
    about: '',
    flags: ['json'],
    examples: '  gateway plugin list\n  gateway plugin list --json -c site.yaml\n',
  },
  info: {
    doc: 'tell what a plugin may do, and its directives',
    argument: '<name>',
    about: 'an installed plugin',
    flags: ['json'],
    examples: '  gateway plugin info rate-limit\n',
  },
  remove: {
    doc: 'remove plugins; their files stay until "prune"',
    argument: '<name...>',
    about: 'installed plugins',
    flags: ['dry-run', 'json'],
    examples: '  gateway plugin remove rate-limit\n',
  },
  prune: {
    doc: 'delete the files of removed and replaced plugins',
    argument: undefined,
    about: '',
    flags: ['dry-run', 'json'],
    examples: '  gateway plugin prune --dry-run\n',
  },
  update: {
    doc: 'install what the sources of plugins have now',
    argument: '[name...]',
    about: 'installed plugins (default: all)',
    flags: ['yes', 'dry-run', 'json', 'registry', 'trust-root'],
    examples: '  gateway plugin update\n  gateway plugin update rate-limit --dry-run\n',
  },
  outdated: {
    doc: 'list plugins whose sources have something else',
    argument: '[name...]',
    about: 'installed plugins (default: all)',
    flags: ['json', 'registry'],
    examples: '  gateway plugin outdated\n',
  },
  verify: {
    doc: 'bundle the installed files again and compare hashes',
    argument: '[name...]',
    about: 'installed plugins (default: all)',
    flags: ['json'],
    examples: '  gateway plugin verify && gateway -s reload\n',
  },
  audit: {
    doc: 'look for known vulnerabilities, and for what else is doubtful',
    argument: '[name...]',
    about: 'installed plugins (default: all)',
    flags: ['json', 'registry', 'offline'],
    examples: '  gateway plugin audit\n  gateway plugin audit --offline --json\n',
  },
  pack: {
    doc: 'check a plugin, and make its archive',
    argument: '[folder]',
    about: 'the folder of its package.json (default: this one)',
    flags: ['json'],
    examples: '  gateway plugin pack ./my-plugin\n',
  },
  describe: {
    doc: "print the schema.json of a plugin's folder",
    argument: '[folder...]',
    about: 'the folder of its package.json (default: this one), or installed plugins',
    flags: ['json'],
    examples: '  gateway plugin describe ./my-plugin > my-plugin/schema.json\n',
  },
} as const satisfies Readonly<Record<string, Action>>

export type PluginAction = keyof typeof PLUGIN_ACTIONS

const FLAGS: Readonly<Record<FlagName, readonly [flags: string, doc: string]>> = {
  yes: ['--yes', 'grant what is asked for'],
  'dry-run': ['--dry-run', 'change nothing, and run no code of plugins'],
  json: ['--json', 'print JSON'],
  offline: ['--offline', 'ask no registry'],
  'trust-root': ['--trust-root <file>', "who may sign provenance (default: the public sigstore's)"],
  registry: ['--registry <url>', "where names are looked up (default: npm's)"],
  kind: ['--kind <kind>', 'what it does'],
}

const EXAMPLES = `  gateway plugin create my-plugin --kind handler
  gateway plugin test ./my-plugin
${PLUGIN_ACTIONS.install.examples}`

/** Adds `plugin` and the words behind it. */
export function addPluginCommands(command: Command, note: (words: PluginWords) => void): void {
  const shared = (each: Command): Command =>
    each.helpOption(false).configureHelp({ showGlobalOptions: false })
  const parent = shared(command.command('plugin'))
    .description('create, test and install plugins, and look after them')
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n${EXAMPLES}`)
  for (const [name, action] of Object.entries(PLUGIN_ACTIONS) as [PluginAction, Action][]) {
    const { doc, argument, about, flags, examples } = action
    const own = shared(parent.command(name)).description(doc)
    own.addHelpText('after', `\nExamples:\n${examples}`)
    if (argument !== undefined) own.argument(argument, about)
    for (const flag of flags) own.addOption(optionOf(flag))
    own.action(() => {
      note({ action: name, words: own.args, flags: own.opts<PluginFlags>() })
    })
  }
}

function optionOf(flag: FlagName): Option {
  const option = new Option(...FLAGS[flag])
  return flag === 'kind' ? option.choices(KIND_NAMES) : option
}
