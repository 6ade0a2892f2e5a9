import { directive, type Entry, type Exchange, type Head, type Template } from 'gateway/plugin'
import { formatCookie, parseCookie } from './cookie-attributes.ts'
import { type FlagRule, setFlags } from './cookie-flags.ts'
import { foldRules, rewritten, type ValueRule, withoutPrefix } from './value-rule.ts'

const common = {
  in: ['http', 'server', 'location'],
  default: [],
  usage: 'off | value replacement',
  min: 1,
  max: 2,
  kind: 'template',
  repeat: true,
} as const

export const cookieDomain = directive<readonly ValueRule[]>({
  ...common,
  doc: 'How the domain of cookies is changed: one that is the same but for a dot before it, or that a ~regex fits, in any case.',
  read: (entry, before) => foldRules(entry, before, () => readDomain(entry)),
})

export const cookiePath = directive<readonly ValueRule[]>({
  ...common,
  doc: 'How the path of cookies is changed: a prefix, or all of one that a ~regex or, in any case, a ~*regex fits.',
  read: (entry, before) => foldRules(entry, before, () => readPath(entry)),
})

function readDomain(entry: Entry): ValueRule {
  const [from = '', to = ''] = entry.args
  if (from.startsWith('~')) {
    return { from: entry.regex(from.slice(1), 'i'), to: entry.template(to) }
  }
  return { from: entry.template(withoutDot(from)), to: entry.template(withoutDot(to)) }
}

function readPath(entry: Entry): ValueRule {
  const [from = '', text = ''] = entry.args
  const to = entry.template(text)
  if (from.startsWith('~*')) return { from: entry.regex(from.slice(2), 'i'), to }
  if (from.startsWith('~')) return { from: entry.regex(from.slice(1)), to }
  return { from: entry.template(from), to }
}

function withoutDot(domain: string): string {
  return domain.startsWith('.') ? domain.slice(1) : domain
}

/** What is changed of the cookies peers set. */
export interface CookieRules {
  readonly domains: readonly ValueRule[]
  readonly paths: readonly ValueRule[]
  readonly flags: readonly FlagRule[]
}

/** Changes every Set-Cookie of a head as the rules say. */
export function rewriteCookies(x: Exchange, head: Head, rules: CookieRules): void {
  const { list } = head.fields
  for (let i = 0; i < list.length; i += 2) {
    if ((list[i] as string).toLowerCase() !== 'set-cookie') continue
    list[i + 1] = rewriteCookie(x, list[i + 1] as string, rules)
  }
}

/** As in nginx, what nobody changes stays as it was written. */
function rewriteCookie(x: Exchange, text: string, { domains, paths, flags }: CookieRules): string {
  const attributes = parseCookie(text)
  if (attributes[0].value === undefined) return text
  let changes = false
  for (const attribute of attributes.slice(1)) {
    const { value } = attribute
    if (value === undefined) continue
    const name = attribute.name.toLowerCase()
    let changed: string | undefined
    if (name === 'domain') changed = rewritten(x, domains, value, sameDomain)
    else if (name === 'path') changed = rewritten(x, paths, value, withoutPrefix)
    if (changed === undefined) continue
    attribute.value = changed
    changes = true
  }
  if (flags.length > 0 && setFlags(x, flags, attributes)) changes = true
  return changes ? formatCookie(attributes) : text
}

/** A dot before the domain stays. */
function sameDomain(value: string, from: string, to: Template, x: Exchange): string | undefined {
  const dot = value.startsWith('.') ? '.' : ''
  if (value.slice(dot.length).toLowerCase() !== from.toLowerCase()) return undefined
  return dot + to.render(x)
}
