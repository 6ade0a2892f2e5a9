import { directive, type Entry, type Node, readNumber, readSize, readTime } from 'gateway/plugin'
import { nameIn, REACH_OPTIONS, type ReachDraft } from './bindings/read-reach.ts'
import { DEFAULT_LIMITS, type ScriptLimits, type ScriptSettings } from './settings.ts'

/** Beside the configuration, as the bundles of plugins. */
const CACHE = '.gateway/cache/scripts'
/** Beside the configuration, what scripts keep, a folder for each tenant. */
const KV = '.gateway/kv'
/** The tenant of scripts that name none. */
const NOBODY = '-'
/** Names become names of folders. */
const TENANT = /^[\w-][\w.-]{0,63}$/

interface Draft {
  file: string | undefined
  tenant: string
  state: ScriptSettings['state']
  onError: ScriptSettings['onError']
  serverTiming: boolean
  env: Record<string, string>
  reach: ReachDraft
  limits: { -readonly [K in keyof ScriptLimits]: ScriptLimits[K] }
}

/** What a line of the block does to the draft. */
type Line = (draft: Draft, line: Entry, node: Node) => void

/** The options of a block, by name. */
export const OPTIONS: Readonly<Record<string, Line>> = {
  file: (draft, line, node) => {
    draft.file = line.path(word(line, node), 'file')
  },
  tenant: (draft, line, node) => {
    draft.tenant = word(line, node)
    if (!TENANT.test(draft.tenant)) {
      line.fail(
        `"${draft.tenant}" is no tenant`,
        'up to 64 letters, digits, dots and dashes, no dot first',
      )
    }
  },
  state: (draft, line, node) => {
    draft.state = oneOf(line, node, ['fresh', 'reuse'])
  },
  on_error: (draft, line, node) => {
    draft.onError = oneOf(line, node, ['closed', 'open'])
  },
  server_timing: (draft, line, node) => {
    draft.serverTiming = oneOf(line, node, ['on', 'off']) === 'on'
  },
  env: (draft, line, node) => {
    for (const each of node.block ?? []) {
      draft.env[nameIn(draft.reach, line.at(each.mark), each)] = each.args.join(' ')
    }
  },
  ...ofReach(),
  cpu: timeInto('cpu'),
  request_cpu: timeInto('request'),
  wall: timeInto('wall'),
  concurrency: numberInto('concurrency'),
  subrequests: numberInto('subrequests'),
  jobs: numberInto('jobs'),
  request_body: sizeInto('requestBody'),
  response_body: sizeInto('responseBody'),
  headers: (draft, line, node) => {
    const [count = '', bytes] = node.args
    draft.limits.headerCount = positive(line, readNumber(line, count))
    if (bytes !== undefined) draft.limits.headerBytes = positive(line, readSize(line, bytes))
  },
  log: sizeInto('log'),
  script_size: sizeInto('scriptSize'),
  compile: timeInto('compile'),
}

/** `script`: a file, or a block with options. */
export const scriptDirective = directive<ScriptSettings | undefined>({
  in: ['location'],
  default: undefined,
  doc: 'A TypeScript or JavaScript file that takes part in each request, in a sandbox with hard limits.',
  usage: 'file | { file path; [tenant name;] [cpu time;] ... }',
  min: 0,
  max: 0,
  kind: 'block',
  lines: 'pairs',
  shorthand: 'file',
  inherits: 'never',
  read,
})

function read(entry: Entry): ScriptSettings {
  const draft: Draft = {
    file: undefined,
    tenant: NOBODY,
    state: 'fresh',
    onError: 'closed',
    serverTiming: false,
    env: {},
    reach: {
      bindings: new Map(),
      secrets: [],
      egress: [],
      resolver: undefined,
      kvFolder: undefined,
      names: new Set(),
    },
    limits: { ...DEFAULT_LIMITS },
  }
  for (const node of entry.block ?? []) {
    const line = entry.at(node.mark)
    const change = OPTIONS[node.name]
    if (!change)
      line.fail(`unknown option "${node.name}"`, `there are ${Object.keys(OPTIONS).join(', ')}`)
    change?.(draft, line, node)
  }
  const { file, reach, ...rest } = draft
  if (file === undefined) return entry.fail('names no file', 'write file: ./my-script.ts')
  const cache = entry.path(CACHE, 'file')
  const kvFolder = reach.kvFolder ?? entry.path(KV, 'file')
  return {
    file,
    ...rest,
    reach: { ...reach, kvFolder },
    cache,
    requestId: entry.variable('request_id'),
  }
}

function ofReach(): Record<string, Line> {
  const lines = Object.entries(REACH_OPTIONS).map(([name, read]) => {
    const line: Line = ({ reach }, entry, node) => read(reach, entry, node)
    return [name, line] as const
  })
  return Object.fromEntries(lines)
}

function word(line: Entry, { args }: Node): string {
  const [first, second] = args
  if (first === undefined || second !== undefined) line.fail('one value is needed here')
  return first as string
}

function oneOf<const W extends string>(line: Entry, node: Node, words: readonly W[]): W {
  const given = word(line, node)
  return (
    words.find((each) => each === given) ?? line.fail(`"${given}" is none of ${words.join(', ')}`)
  )
}

function timeInto(name: keyof ScriptLimits): Line {
  return (draft, line, node) => {
    draft.limits[name] = positive(line, readTime(line, word(line, node)))
  }
}

function sizeInto(name: keyof ScriptLimits): Line {
  return (draft, line, node) => {
    draft.limits[name] = positive(line, readSize(line, word(line, node)))
  }
}

function numberInto(name: keyof ScriptLimits): Line {
  return (draft, line, node) => {
    draft.limits[name] = positive(line, readNumber(line, word(line, node)))
  }
}

function positive(line: Entry, value: number): number {
  return value > 0 ? value : line.fail('must be more than 0')
}
