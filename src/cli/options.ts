import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { type Asked, addCommands, DEFAULT_CONFIG } from './commands.ts'
import { DEFAULT_LISTEN } from './one-liners.ts'
import { UsageError } from './usage-error.ts'

/** The signals of `-s`. */
export const SIGNALS = ['stop', 'quit', 'reload', 'reopen', 'heap'] as const
export type SignalName = (typeof SIGNALS)[number]

/** What the command line asks for. */
export interface Options {
  readonly command:
    | 'run'
    | 'test'
    | 'dump'
    | 'version'
    | 'details'
    | 'help'
    | NonNullable<Asked['command']>
  /** What the words of a command say besides. */
  readonly asked: Asked
  /** The words of the command that `--help` is about. */
  readonly topic: readonly string[]
  /** With `-s`: the signal for a running gateway. */
  readonly signal: SignalName | undefined
  /** Absolute. */
  readonly config: string
  /** Absolute; relative paths of the configuration start here. */
  readonly prefix: string
  /** Directives given with `-g`. */
  readonly globals: string | undefined
  /** Absolute path of `-e`, or `stderr`. */
  readonly errorLog: string | undefined
  /** What is printed while testing: only errors, or also the version and what has no meaning. */
  readonly telling: 'errors' | 'outcome' | 'all'
  /** Texts that stand in for files: the configuration of a one-liner, which has no file. */
  readonly overlay: ReadonlyMap<string, string> | undefined
  /** What a one-liner tells whoever typed it. */
  readonly greeting: string | undefined
}

const EXAMPLES = `
Examples:
  gateway                          serve gateway.yaml of this folder
  gateway -c site.yaml             serve another file
  gateway -t -c site.yaml          test it: all errors at once, with file, line and column
  gateway -s reload                tell the running gateway to take up its changed configuration
  gateway -s quit                  let it finish its requests and end
  gateway -p /srv/www -g "worker_processes 2; pid /run/gateway.pid;"
  gateway serve ./public           serve a folder on ${DEFAULT_LISTEN}, without any file
  gateway proxy 8080 http://127.0.0.1:3000
  gateway init                     write a commented gateway.yaml to begin with
  gateway schema > .gateway/schema.json    what an editor completes directives by
  gateway explain GET http://www.example.com/api/    which server, location and plugins, and why
  gateway script run shop.ts --url /prices    one request to a script, in its sandbox
  gateway convert nginx.conf       the same as YAML
  gateway fmt --check site.yaml    is it written the way 'gateway fmt' writes it?
  gateway plugin create my-plugin  a plugin of your own, which works at once
  gateway plugin install ./my-plugin
  gateway completion bash --help   how to complete these words in a shell
`

interface Flags {
  help?: true
  v?: true
  V?: true
  t?: true
  T?: true
  q?: true
  s?: SignalName
  p?: string
  e?: string
  c?: string
  g?: string
}

/** Reads the command line (without node and program). Throws `UsageError`. */
export function readOptions(words: readonly string[], folder = process.cwd()): Options {
  const asked: Asked = {}
  const command = describe(asked)
  try {
    // nginx's other word for -h.
    const known = words.map((word) => (word === '-?' ? '-h' : word))
    command.parse(known, { from: 'user' })
  } catch (error) {
    // Who asks for help need not know which words are missing.
    if (!command.opts<Flags>().help) throw usageError(error, command)
  }
  const flags = command.opts<Flags>()
  const prefix = flags.p === undefined ? undefined : resolve(folder, flags.p)
  const { line } = asked
  const file = line ? `${line.name}.yaml` : (asked.source ?? flags.c ?? DEFAULT_CONFIG)
  const config = resolve(prefix ?? folder, file)
  const own = prefix ?? resolve(config, '..')
  return {
    command: commandOf(flags, asked),
    asked,
    topic: command.args,
    signal: flags.s,
    config,
    prefix: own,
    globals: flags.g,
    errorLog: flags.e === undefined || flags.e === 'stderr' ? flags.e : resolve(own, flags.e),
    telling: flags.q ? 'errors' : flags.v || flags.V ? 'all' : 'outcome',
    overlay: line && new Map([[config, line.text]]),
    greeting: line?.greeting,
  }
}

function usageError(error: unknown, command: Command): unknown {
  if (!(error instanceof CommanderError)) return error
  // Of a command of commands, when none of them is named.
  if (error.code === 'commander.help') {
    return new UsageError('gateway plugin needs one of its commands; see gateway plugin --help')
  }
  const unknown = error.code === 'commander.excessArguments' && command.args.length > 0
  return new UsageError(
    unknown ? `"${command.args[0]}" is no command` : error.message.replace(/^error: /, ''),
  )
}

/** The text of `-h`, or of the help to one of the commands. */
export function helpText(topic: readonly string[] = []): string {
  const command = commandTree()
  let about: Command | undefined
  for (const word of topic) {
    const next = (about ?? command).commands.find((each) => each.name() === word)
    if (!next) break
    about = next
  }
  if (!about) return `${command.helpInformation()}${EXAMPLES}`
  let text = ''
  about.configureOutput({ writeOut: (part) => (text += part) })
  about.outputHelp()
  return text
}

/** All commands and options. */
export function commandTree(): Command {
  return describe({})
}

function commandOf(flags: Flags, asked: Asked): Options['command'] {
  if (flags.help) return 'help'
  if (asked.command) return asked.command
  if (flags.T) return 'dump'
  if (flags.t) return 'test'
  if (flags.V) return 'details'
  return flags.v ? 'version' : 'run'
}

function describe(asked: Asked): Command {
  const command = new Command('gateway')
    .description('An HTTP gateway: a master and its workers serve what a configuration file says.')
    .usage('[options] [command]')
    .helpCommand(false)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .allowExcessArguments(false)
    .addOption(
      new Option('-c <file>', `configuration file (default: ${DEFAULT_CONFIG} in the prefix)`),
    )
    .addOption(new Option('-p <folder>', "prefix (default: the configuration's folder)"))
    .addOption(new Option('-g <directives>', 'directives besides those of the file, as in nginx'))
    .addOption(new Option('-e <file>', 'error log where none is configured (default: stderr)'))
    .addOption(new Option('-s <signal>', 'tell the running gateway').choices(SIGNALS))
    .addOption(new Option('-t', 'test the configuration and exit'))
    .addOption(new Option('-T', 'test it, print all its files, and exit'))
    .addOption(new Option('-q', 'print nothing but errors while testing'))
    .addOption(new Option('-v', 'print the version and exit; with -t, also what has no meaning'))
    .addOption(new Option('-V', 'print the version, and what is built in, and exit'))
    .addOption(new Option('-h, --help', 'print this and exit; also -?'))
    .action(() => {})
  addCommands(command, asked)
  return command
}
