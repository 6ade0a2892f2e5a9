import {
  directive,
  type Entry,
  type Node,
  readNumber,
  readSize,
  readTime,
  type Upstream,
  type ZoneKind,
} from 'gateway/plugin'
import {
  LEAST_MEMORY,
  LEAST_STACK,
  MOST_MEMORY,
  MOST_STACK,
} from '../../../sandbox/engine/limits.ts'
import { nameIn, REACH_OPTIONS, type ReachDraft } from './bindings/read-reach.ts'
import { Cron } from './cron.ts'
import { scriptVariable } from './hooks/variables.ts'
import { BlockEntry } from './record/block-entry.ts'
import { DEFAULT_LIMITS, NOBODY, type ScriptLimits, type ScriptSettings } from './settings.ts'

/** Beside the configuration, as the bundles of plugins. */
const CACHE = '.gateway/cache/scripts'
/** Beside the configuration, what scripts keep, a folder for each tenant. */
const KV = '.gateway/kv'
/** Names become names of folders. */
const TENANT = /^[\w-][\w.-]{0,63}$/
/** 1% to 100%. */
const PERCENT = /^([1-9]\d?|100)%$/
const VARIABLE = /^[A-Za-z_]\w{0,63}$/

/** Where workers agree on who runs what by cron: a record for each, as much as 8000 scripts need. */
const CRON_ZONE = 'script:cron'
const CRON_ZONE_SIZE = 2 ** 20
const CRON_ZONE_KIND: ZoneKind = { use: 'script', keeps: 'records', overhead: 64 }

interface Draft {
  file: string | undefined
  tenant: string
  state: ScriptSettings['state']
  onError: ScriptSettings['onError']
  serverTiming: boolean
  env: Record<string, string>
  reach: ReachDraft
  upstreams: Map<string, Upstream>
  variables: string[]
  directives: BlockEntry[]
  schedule: ScriptSettings['schedule']
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
  upstreams: (draft, line, { args }) => {
    for (const name of args) draft.upstreams.set(name, line.upstream(name))
  },
  variables: (draft, line, { args }) => {
    for (const name of args) {
      if (!VARIABLE.test(name)) line.fail(`"${name}" is no name of a variable`)
      line.define(name, scriptVariable(name))
      draft.variables.push(name)
    }
  },
  directives: (draft, line, { block = [] }) => {
    draft.directives.push(...block.map((each) => new BlockEntry(line, each)))
  },
  cron: (draft, line, { args }) => {
    const crons = args.map((text) => cronOf(line, text))
    draft.schedule = { crons, zone: line.zone(CRON_ZONE, CRON_ZONE_KIND, CRON_ZONE_SIZE) }
  },
  cpu: timeInto('cpu'),
  request_cpu: timeInto('request'),
  cpu_share: (draft, line, node) => {
    const [, percent] = PERCENT.exec(word(line, node)) ?? []
    if (percent === undefined) line.fail('is no share of a processor', 'write 25%, or 100% at most')
    draft.limits.cpuShare = Number(percent) / 100
  },
  memory: sizeBetween('memory', LEAST_MEMORY, MOST_MEMORY),
  stack: sizeBetween('stack', LEAST_STACK, MOST_STACK),
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
  // What an `if` changes, it does not change who is asked.
  inherits: 'branch',
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
    upstreams: new Map(),
    variables: [],
    directives: [],
    schedule: undefined,
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

function cronOf(line: Entry, text: string): Cron {
  try {
    return new Cron(text)
  } catch (error) {
    const { message } = error as Error
    return line.fail(`"${text}" is no time: ${message}`, 'write it in quotes: "*/5 * * * *"')
  }
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

function sizeBetween(name: 'memory' | 'stack', least: number, most: number): Line {
  return (draft, line, node) => {
    const size = readSize(line, word(line, node))
    if (size < least || size > most) line.fail(`must be ${shown(least)} to ${shown(most)}`)
    draft.limits[name] = size
  }
}

/** A size as it is written in a configuration. */
function shown(bytes: number): string {
  const kilobytes = bytes / 1024
  return kilobytes % 1024 === 0 ? `${kilobytes / 1024}m` : `${kilobytes}k`
}

function numberInto(name: keyof ScriptLimits): Line {
  return (draft, line, node) => {
    draft.limits[name] = positive(line, readNumber(line, word(line, node)))
  }
}

function positive(line: Entry, value: number): number {
  return value > 0 ? value : line.fail('must be more than 0')
}
