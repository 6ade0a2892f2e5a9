import type { Lock, Locked } from './store/lock.ts'

/** A configuration, as far as it tells which plugins it uses. */
export interface ConfigurationWords {
  /** The texts of all its files. */
  readonly texts: readonly string[]
  /** Packages it names. */
  readonly named: readonly string[]
}

/** A word in double quotes may be written with escapes, and is not found as it is. */
const ESCAPE = /\\[xuU]/

/**
 * The packages a configuration may use, by its words: those with a directive or variable that stands
 * anywhere in it, and those that others of them are to act before or after. More rather than fewer.
 */
export function usedPackages(lock: Lock, { named, texts }: ConfigurationWords): Set<string> {
  if (texts.some((text) => ESCAPE.test(text))) return new Set(lock.keys())
  const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []))
  const isUsed = ([, locked]: readonly [string, Locked]) => {
    return locked.words === undefined || locked.words.some((word) => words.has(word))
  }
  const used = new Set(named)
  for (const [name] of [...lock].filter(isUsed)) used.add(name)
  // A set is walked over what is added meanwhile, too.
  for (const name of used) for (const other of orderedAround(name, lock)) used.add(other)
  return used
}

function orderedAround(name: string, lock: Lock): string[] {
  const rules = Object.values(lock.get(name)?.order ?? {}).flat()
  const plugins = new Set(rules.map((rule) => rule.replace(/^(?:before|after):/, '')))
  return [...lock].filter(([, { plugin }]) => plugins.has(plugin)).map(([other]) => other)
}
