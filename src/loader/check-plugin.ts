import { STAGES } from '../kernel/filter/stage.ts'
import { PHASES } from '../kernel/phase/verdict.ts'
import { type AnyPlugin, ORDERED } from '../kernel/plugin-record.ts'

const CHECKPOINTS: ReadonlySet<string> = new Set(['findConfig', 'postRewrite', 'postAccess'])
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...PHASES.filter((phase) => !CHECKPOINTS.has(phase)),
  'prepare',
  'isolate',
  'ready',
  'begin',
  'balancer',
  'chooseUpstream',
  'choosePeer',
  'certificate',
])

/** What is wrong with a plugin file's default export; undefined when it is a plugin. */
export function problemOf(value: unknown): string | undefined {
  if (value === undefined) return 'has no default export'
  if (!isRecord(value)) return `exports ${typeof value} by default`
  const { name } = value
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) {
    return 'has no name of lower-case letters, digits and hyphens'
  }
  for (const [key, part] of Object.entries(value)) {
    const problem = problemOfPart(key, part)
    if (problem) return problem
  }
  return undefined
}

/** Narrows a value that `problemOf` found nothing wrong with. */
export function asPlugin(value: unknown): AnyPlugin {
  return value as AnyPlugin
}

function problemOfPart(key: string, part: unknown): string | undefined {
  if (part === undefined || key === 'name' || key === 'doc') return undefined
  if (CHECKPOINTS.has(key)) return `has "${key}", a phase that belongs to the kernel`
  if (FUNCTIONS.has(key))
    return typeof part === 'function' ? undefined : `has "${key}" that is no function`
  switch (key) {
    case 'always':
    case 'transient':
    case 'wraps':
      return typeof part === 'boolean' ? undefined : `has "${key}" that is neither true nor false`
    case 'choosesBy':
      return part === 'request' ? undefined : `has "${key}" that is not "request"`
    case 'directives':
      return problemOfTable(key, part, ['doc', 'scopes', 'shape', 'read'])
    case 'variables':
      return problemOfTable(key, part, ['doc', 'get'])
    case 'families':
      return problemOfTable(key, part, ['doc', 'make'])
    case 'order':
      return problemOfOrder(part)
    case 'filters':
      return problemOfFilters(part)
    default:
      return `has "${key}", which is neither a phase nor a part of a plugin`
  }
}

function problemOfTable(
  key: string,
  part: unknown,
  members: readonly string[],
): string | undefined {
  if (!isRecord(part)) return `has "${key}" that is no object`
  for (const [name, entry] of Object.entries(part)) {
    const absent = members.find((member) => !isRecord(entry) || entry[member] === undefined)
    if (absent) return `has ${key} "${name}" without "${absent}"`
  }
  return undefined
}

function problemOfOrder(part: unknown): string | undefined {
  if (!isRecord(part)) return 'has "order" that is no object'
  for (const [point, rules] of Object.entries(part)) {
    if (!ORDERED.some((each) => each === point)) {
      return `has an order in "${point}"; phases and stages are ${ORDERED.join(', ')}`
    }
    const fits = Array.isArray(rules) && rules.every((rule) => RULE.test(String(rule)))
    if (!fits) return `has an order in "${point}" that is no list of "after:NAME" or "before:NAME"`
  }
  return undefined
}

const RULE = /^(?:before|after):[a-z][a-z0-9-]*$/

function problemOfFilters(part: unknown): string | undefined {
  if (!isRecord(part)) return 'has "filters" that is no object'
  for (const [stage, open] of Object.entries(part)) {
    if (!STAGES.some((each) => each === stage)) {
      return `has a filter in stage "${stage}"; the stages are ${STAGES.join(', ')}`
    }
    if (open !== undefined && typeof open !== 'function')
      return `has a filter "${stage}" that is no function`
  }
  return undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
