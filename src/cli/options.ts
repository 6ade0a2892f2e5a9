import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'

/** The signals of `-s`. */
export const SIGNALS = ['stop', 'quit', 'reload', 'reopen'] as const
export type SignalName = (typeof SIGNALS)[number]

/** What the command line asks for. */
export interface Options {
  readonly command: 'run' | 'test' | 'dump' | 'version' | 'details' | 'help'
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
  /** Only errors are printed while testing. */
  readonly quiet: boolean
}

/** What is served when nobody says: this file in the prefix. */
const DEFAULT_CONFIG = 'gateway.yaml'

const EXAMPLES = `
Examples:
  gateway                          serve gateway.yaml of this folder
  gateway -c site.yaml             serve another file
  gateway -t -c site.yaml          test it: all errors at once, with file, line and column
  gateway -s reload                tell the running gateway to take up its changed configuration
  gateway -s quit                  let it finish its requests and end
  gateway -p /srv/www -g "worker_processes 2; pid /run/gateway.pid;"
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

/** A command line that makes no sense: what to print. */
export class UsageError extends Error {}

/** Reads the command line (without node and program). Throws `UsageError`. */
export function readOptions(words: readonly string[], folder = process.cwd()): Options {
  const command = describe()
  try {
    command.parse(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(error.message.replace(/^error: /, ''))
    throw error
  }
  const flags = command.opts<Flags>()
  const prefix = flags.p === undefined ? undefined : resolve(folder, flags.p)
  const config = resolve(prefix ?? folder, flags.c ?? DEFAULT_CONFIG)
  const own = prefix ?? resolve(config, '..')
  return {
    command: commandOf(flags),
    signal: flags.s,
    config,
    prefix: own,
    globals: flags.g,
    errorLog: flags.e === undefined || flags.e === 'stderr' ? flags.e : resolve(own, flags.e),
    quiet: flags.q === true,
  }
}

/** The text of `-h`. */
export function helpText(): string {
  return `${describe().helpInformation()}${EXAMPLES}`
}

function commandOf(flags: Flags): Options['command'] {
  if (flags.help) return 'help'
  if (flags.V) return 'details'
  if (flags.v) return 'version'
  if (flags.T) return 'dump'
  return flags.t ? 'test' : 'run'
}

function describe(): Command {
  return new Command('gateway')
    .description('An HTTP gateway: a master and its workers serve what a configuration file says.')
    .usage('[options]')
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
    .addOption(new Option('-v', 'print the version and exit'))
    .addOption(new Option('-V', 'print the version, and what it runs on, and exit'))
    .addOption(new Option('-h, --help', 'print this and exit'))
}
