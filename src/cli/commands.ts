import { Argument, type Command, Option } from 'commander'
import type { QuestionWords } from '../config/explain/question.ts'
import { DEFAULT_LISTEN, type OneLiner, proxyLine, serveLine } from './one-liners.ts'
import { addPluginCommands, type PluginWords } from './plugin/words.ts'
import { addScript, type ScriptWords } from './script/script-words.ts'

/** What is served when nobody says: this file in the prefix. */
export const DEFAULT_CONFIG = 'gateway.yaml'

/** The shells that words are completed in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What words without a dash ask for. */
export interface Asked {
  command?:
    | 'convert'
    | 'init'
    | 'schema'
    | 'explain'
    | 'fmt'
    | 'completion'
    | 'dev'
    | 'script'
    | 'plugin'
  line?: OneLiner
  /** What `convert` reads. */
  source?: string
  /** What `init` writes. */
  target?: string
  question?: QuestionWords
  form?: 'text' | 'json'
  /** What `fmt` formats: files, `-` for standard input. */
  files?: readonly string[]
  mode?: 'write' | 'check'
  shell?: Shell
  script?: ScriptWords
  plugin?: PluginWords
}

/** Commands are words; nginx's options stay options. What is asked for is noted in `asked`. */
export function addCommands(command: Command, asked: Asked): void {
  const add = (name: string, text: string, examples = ''): Command =>
    command
      .command(name)
      .description(text)
      .helpOption(false)
      .configureHelp({ showGlobalOptions: false })
      .addHelpText('after', examples === '' ? '' : `\nExamples:\n${examples}`)
  addServing(add, asked)
  addDeveloping(add, asked)
  addWriting(add, asked)
  addExplaining(add, asked)
  addScript(add, (words) => {
    asked.command = 'script'
    asked.script = words
  })
  addPluginCommands(command, (words) => {
    asked.command = 'plugin'
    asked.plugin = words
  })
}

type Add = (name: string, text: string, examples?: string) => Command

function addServing(add: Add, asked: Asked): void {
  add('serve', 'serve a folder, without a configuration file', '  gateway serve ./public 8080\n')
    .argument('[folder]', 'what to serve', '.')
    .argument('[listen]', 'port or address', DEFAULT_LISTEN)
    .action((folder: string, listen: string) => {
      asked.line = serveLine(folder, listen)
    })
  add(
    'proxy',
    'pass everything on to a server, without a configuration file',
    '  gateway proxy 8080 http://127.0.0.1:3000\n',
  )
    .argument('<listen>', 'port or address')
    .argument('<url>', 'where to: http://127.0.0.1:3000')
    .action((listen: string, url: string) => {
      asked.line = proxyLine(listen, url)
    })
}

function addDeveloping(add: Add, asked: Asked): void {
  add(
    'dev',
    'serve, take up each change at once, and tell what is done for each request',
    DEV_EXAMPLES,
  )
    .option('--json', 'tell each request as a line of JSON')
    .action((flags: { json?: true }) => {
      asked.command = 'dev'
      asked.form = flags.json ? 'json' : 'text'
    })
}

function addWriting(add: Add, asked: Asked): void {
  add('init', 'write a commented configuration file to begin with')
    .argument('[file]', 'its name', DEFAULT_CONFIG)
    .action((file: string) => {
      asked.command = 'init'
      asked.target = file
    })
  add('schema', 'print the JSON Schema of configuration files, plugins included').action(() => {
    asked.command = 'schema'
  })
  add('convert', 'print an nginx.conf, with all that it includes, as YAML', CONVERT_EXAMPLES)
    .argument('<file>', 'what to convert')
    .action((file: string) => {
      asked.command = 'convert'
      asked.source = file
    })
  add('fmt', 'format configuration files, comments and meaning kept', FMT_EXAMPLES)
    .argument('[file...]', `YAML files, - for standard input (default: ${DEFAULT_CONFIG})`)
    .option('--check', 'change nothing; exit with 1 where something would be')
    .action((files: string[], flags: { check?: true }) => {
      asked.command = 'fmt'
      asked.files = files
      asked.mode = flags.check ? 'check' : 'write'
    })
}

function addExplaining(add: Add, asked: Asked): void {
  add('explain', 'tell what a request would meet, and why, without running it', EXPLAIN_EXAMPLES)
    .argument('<method>', 'such as GET')
    .argument('<url>', 'http://host/path, host/path or /path')
    .addOption(
      new Option(
        '-H <header>',
        'a header of the request, "Name: value"; may be repeated',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .option('--listen <address>', 'the address it comes in on, where there are several')
    .option('--client <address>', 'the address it comes from (default: 127.0.0.1)')
    .option('--json', 'print JSON')
    .action((method: string, url: string, flags: ExplainFlags) => {
      const { H: headers = [], listen, client, json } = flags
      asked.command = 'explain'
      asked.question = { method, url, headers, listen, client }
      asked.form = json ? 'json' : 'text'
    })
  add('completion', 'print a script that completes these words in a shell', COMPLETION_EXAMPLES)
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .action((shell: Shell) => {
      asked.command = 'completion'
      asked.shell = shell
    })
}

interface ExplainFlags {
  H?: string[]
  listen?: string
  client?: string
  json?: true
}

const DEV_EXAMPLES = `  gateway dev                      ${DEFAULT_CONFIG} of this folder
  gateway dev -c site.yaml --json | jq 'select(.status >= 500)'
`

const EXPLAIN_EXAMPLES = `  gateway explain GET http://www.example.com/api/users
  gateway explain GET /a -H 'Host: www.example.com' -H 'Cookie: a=1' --listen 8443
  gateway explain POST 127.0.0.1:8080/upload --json -c site.yaml
`

const CONVERT_EXAMPLES = `  gateway convert /etc/nginx/nginx.conf > /etc/nginx/gateway.yaml
  gateway convert nginx.conf | gateway fmt -
`

const FMT_EXAMPLES = `  gateway fmt                      format ${DEFAULT_CONFIG}
  gateway fmt sites/*.yaml
  gateway fmt --check *.yaml       for CI
  gateway fmt - < site.yaml        print it formatted
`

const COMPLETION_EXAMPLES = `  source <(gateway completion bash)
  gateway completion zsh > ~/.zfunc/_gateway
  gateway completion fish > ~/.config/fish/completions/gateway.fish
`
