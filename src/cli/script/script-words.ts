import { Argument, type Command, Option } from 'commander'

/** What `gateway script` is to do, as typed. */
export interface ScriptWords {
  readonly action: (typeof ACTIONS)[number]
  readonly file: string
  readonly url: string
  readonly method: string | undefined
  /** `Name: value`. */
  readonly headers: readonly string[]
  /** A text, or `@` and the path of a file. */
  readonly body: string | undefined
  /** `NAME=text`. */
  readonly env: readonly string[]
  /** `option=value` of the directive `script`. */
  readonly set: readonly string[]
  /** What the location's own handler answers, or where it passes requests to. */
  readonly handler: string
  /** Seconds a bench takes. */
  readonly seconds: number
  readonly form: 'text' | 'json'
}

const ACTIONS = ['run', 'bench'] as const
/** A handler that shows what it was asked. */
const ECHO = '$request_method $request_uri\n'
const SECONDS = 5
const LONGEST = 60

/** Makes a word of the command line; see `addCommands`. */
type Add = (name: string, text: string, examples: string) => Command

/** `gateway script run|bench`. */
export function addScript(add: Add, note: (words: ScriptWords) => void): void {
  add('script', 'try a script for a location in its sandbox: one request, or many', EXAMPLES)
    .addArgument(new Argument('<action>', 'run: one request; bench: many').choices(ACTIONS))
    .argument('<file>', 'the script')
    .option('--url <url>', 'what is asked for', 'http://localhost/')
    .option('--method <method>', 'how (default: GET, with a body POST)')
    .addOption(repeated('-H, --header <header>', 'a header, "Name: value"'))
    .option('--body <text>', 'the body of the request; @name for what is in a file')
    .addOption(repeated('--env <assignment>', 'a text of env, NAME=text'))
    .addOption(repeated('--set <assignment>', 'an option of the directive, cpu=5ms'))
    .option('--handler <answer>', "the location's own handler: its text, or an http:// URL", ECHO)
    .addOption(secondsOption())
    .option('--json', 'print JSON')
    .action((action: ScriptWords['action'], file: string, flags: Flags) => {
      const { header = [], json, time, env = [], set = [], ...rest } = flags
      const form = json ? 'json' : 'text'
      const { method, body } = rest
      note({ action, file, ...rest, method, body, headers: header, env, set, seconds: time, form })
    })
}

interface Flags {
  url: string
  method?: string
  header?: string[]
  body?: string
  env?: string[]
  set?: string[]
  handler: string
  time: number
  json?: true
}

function repeated(flags: string, text: string): Option {
  return new Option(flags, `${text}; may be repeated`).argParser(
    (word: string, before: string[] | undefined) => [...(before ?? []), word],
  )
}

function secondsOption(): Option {
  const option = new Option('--time <seconds>', `how long a bench takes, ${LONGEST} at most`)
  return option.default(SECONDS).argParser((word: string) => {
    return Math.min(Math.max(Number(word) || SECONDS, 1), LONGEST)
  })
}

const EXAMPLES = `  gateway script run shop.ts --url http://shop.example/prices -H 'X-Name: Ada'
  gateway script run shop.ts --body '{"tea": 2}' --env GREETING=Hello --set cpu=5ms
  gateway script run wrap.ts --handler http://127.0.0.1:3000 --url /files/a.txt --json
  gateway script bench shop.ts --url /prices --time 10
`
