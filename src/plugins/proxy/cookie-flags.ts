import { directive, type Entry, type Exchange, type Template } from 'gateway/plugin'
import type { Attribute } from './cookie-attributes.ts'
import { foldRules } from './value-rule.ts'

const FLAGS = [
  'secure',
  'nosecure',
  'httponly',
  'nohttponly',
  'samesite=strict',
  'samesite=lax',
  'samesite=none',
  'nosamesite',
] as const
type Flag = (typeof FLAGS)[number]

/** The flags that cookies of a name get or lose. */
export interface FlagRule {
  readonly cookie: Template | RegExp
  readonly flags: readonly Template[]
}

export const cookieFlags = directive<readonly FlagRule[]>({
  in: ['http', 'server', 'location'],
  default: [],
  doc: 'Sets or removes flags of the cookies of a name, or of those a ~regex fits; the first rule that fits counts.',
  usage: 'off | cookie flag ...',
  min: 1,
  max: 4,
  kind: 'template',
  repeat: true,
  read: (entry, before) => foldRules(entry, before, () => readRule(entry)),
})

function readRule(entry: Entry): FlagRule {
  const [name = '', ...flags] = entry.args
  for (const flag of flags) {
    if (!flag.includes('$') && !isFlag(flag.toLowerCase())) entry.warn(`unknown flag "${flag}"`)
  }
  return {
    cookie: name.startsWith('~') ? entry.regex(name.slice(1), 'i') : entry.template(name),
    flags: flags.map((flag) => entry.template(flag)),
  }
}

function isFlag(word: string): word is Flag {
  return FLAGS.includes(word as Flag)
}

/** Sets and removes flags of a cookie; returns whether any rule had something to say of it. */
export function setFlags(
  x: Exchange,
  rules: readonly FlagRule[],
  attributes: [Attribute, ...Attribute[]],
): boolean {
  const { name } = attributes[0]
  const rule = rules.find(({ cookie }) => {
    if (cookie instanceof RegExp) return cookie.test(name)
    return cookie.render(x).toLowerCase() === name.toLowerCase()
  })
  const words = rule?.flags.map((flag) => flag.render(x).toLowerCase()) ?? []
  const flags = new Set(words.filter(isFlag))
  if (flags.size === 0) return false
  for (let i = 1; i < attributes.length; i++) {
    if (apply(flags, attributes[i] as Attribute) === 'remove') attributes.splice(i--, 1)
  }
  if (flags.has('secure')) attributes.push({ name: 'Secure', value: undefined })
  if (flags.has('httponly')) attributes.push({ name: 'HttpOnly', value: undefined })
  const site = SITES.find(([flag]) => flags.has(flag))
  if (site) attributes.push({ name: 'SameSite', value: site[1] })
  return true
}

const SITES = [
  ['samesite=strict', 'Strict'],
  ['samesite=lax', 'Lax'],
  ['samesite=none', 'None'],
] as const

/** What the flags say of an attribute that is there; one that it has already is asked for no more. */
function apply(flags: Set<Flag>, attribute: Attribute): 'keep' | 'remove' {
  switch (attribute.name.toLowerCase()) {
    case 'secure':
      return flags.delete('secure') || !flags.has('nosecure') ? 'keep' : 'remove'
    case 'httponly':
      return flags.delete('httponly') || !flags.has('nohttponly') ? 'keep' : 'remove'
    case 'samesite':
      for (const [flag, value] of SITES) {
        if (!flags.delete(flag)) continue
        if (attribute.value?.toLowerCase() !== value.toLowerCase()) {
          attribute.name = 'SameSite'
          attribute.value = value
        }
        return 'keep'
      }
      return flags.has('nosamesite') ? 'remove' : 'keep'
    default:
      return 'keep'
  }
}
