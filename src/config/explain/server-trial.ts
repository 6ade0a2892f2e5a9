import type { ServerName } from '../../kernel/route/server-name.ts'

/** The kinds of names in the order in which they are looked for. */
const ORDER = ['exact', 'suffix', 'prefix', 'regex'] as const

/** How a name fits a host. */
export interface Fit {
  readonly name: ServerName
  readonly as: (typeof ORDER)[number]
}

/** The best of a server's names for a host; undefined when none fits. */
export function bestFit(names: readonly ServerName[], host: string): Fit | undefined {
  let best: Fit | undefined
  for (const name of names) {
    const as = wayOf(name, host)
    if (as && (!best || isBetter({ name, as }, best))) best = { name, as }
  }
  return best
}

/** Why the server with this best name was chosen. */
export function winningReason(fit: Fit): string {
  const text = `"${fit.name.source}"`
  switch (fit.as) {
    case 'exact':
      return `has the name ${text}`
    case 'suffix':
      return `${text} is the longest wildcard for the host`
    case 'prefix':
      return `${text} is the longest wildcard for the host, and there is none in front`
    case 'regex':
      return `${text} is the first regular expression that matches the host`
  }
}

/** Why a server was not chosen, whose names are these, when another one was by `won`. */
export function losingReason(
  names: readonly ServerName[],
  host: string,
  won: Fit | undefined,
): string {
  const own = bestFit(names, host)
  if (!own) return `no name for the host: ${listed(names)}`
  const text = `"${own.name.source}"`
  const same = !won || won.name.source === own.name.source
  if (same) return `${text} fits, but a server before it has it, too`
  return `${text} fits, but "${won.name.source}" comes first`
}

/** As in `ServerNames`: by kind, then the longer wildcard; of two regular expressions neither. */
function isBetter(one: Fit, other: Fit): boolean {
  const rank = ORDER.indexOf(one.as) - ORDER.indexOf(other.as)
  if (rank !== 0) return rank < 0
  return one.as !== 'regex' && lengthOf(one.name) > lengthOf(other.name)
}

function lengthOf(name: ServerName): number {
  return name.kind === 'regex' ? 0 : name.text.length
}

function wayOf(name: ServerName, host: string): Fit['as'] | undefined {
  switch (name.kind) {
    case 'exact':
      return host === name.text ? 'exact' : undefined
    case 'domain':
      if (host === name.text.slice(1)) return 'exact'
      return endsWithMore(host, name.text) ? 'suffix' : undefined
    case 'suffix':
      return endsWithMore(host, name.text) ? 'suffix' : undefined
    case 'prefix':
      return host.length > name.text.length && host.startsWith(name.text) ? 'prefix' : undefined
    case 'regex':
      return host !== '' && name.regex.test(host) ? 'regex' : undefined
  }
}

/** A wildcard stands for something. */
function endsWithMore(host: string, text: string): boolean {
  return host.length > text.length && host.endsWith(text)
}

/** As many as are of use to a reader. */
const SHOWN = 5

function listed(names: readonly ServerName[]): string {
  const sources = names.map(({ source }) => (source === '' ? '""' : source))
  const more = sources.length - SHOWN
  return `${sources.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
