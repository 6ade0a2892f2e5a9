import { type AnyPlugin, ORDERED, type OrderRules } from '../kernel/plugin-record.ts'
import { didYouMean } from './nearest.ts'

type Point = (typeof ORDERED)[number]

/** Plugins say of each other that they act first, or name one that is not loaded. */
export class OrderFault extends Error {}

/** The order of plugins in the phases and stages where some ask for another than that of the list. */
export class PluginOrder {
  /** Places by name, for the points that have rules. */
  readonly #ranks = new Map<Point, ReadonlyMap<string, number>>()

  /** Throws `OrderFault` where the rules cannot be followed. */
  constructor(plugins: readonly AnyPlugin[]) {
    if (plugins.every(({ order }) => order === undefined)) return
    const names = plugins.map(({ name }) => name)
    for (const point of ORDERED) {
      const after = constraints(point, plugins, names)
      if (after.size > 0) this.#ranks.set(point, ranks(point, plugins, after))
    }
  }

  /** Members of a place in the order in which they act at a point. */
  at<T extends { readonly plugin: AnyPlugin }>(point: Point, members: readonly T[]): readonly T[] {
    const ranks = this.#ranks.get(point)
    if (!ranks || members.length < 2) return members
    const rank = ({ plugin }: T): number => ranks.get(plugin.name) ?? 0
    return [...members].sort((a, b) => rank(a) - rank(b))
  }
}

/** For each plugin those that act before it, as the rules say. */
type Constraints = ReadonlyMap<string, ReadonlySet<string>>

function constraints(
  point: Point,
  plugins: readonly AnyPlugin[],
  names: readonly string[],
): Constraints {
  const after = new Map<string, Set<string>>()
  for (const { name, rules } of rulesAt(point, plugins)) {
    for (const rule of rules) {
      const { where, other } = parts(rule)
      if (!names.includes(other)) throw unknown(name, point, rule, names)
      const [later, earlier] = where === 'after' ? [name, other] : [other, name]
      after.set(later, (after.get(later) ?? new Set()).add(earlier))
    }
  }
  for (const name of after.keys()) refuseCircle(point, name, after, [])
  return after
}

function rulesAt(point: Point, plugins: readonly AnyPlugin[]) {
  return plugins.map(({ name, order }) => {
    const rules: readonly string[] = (order as OrderRules | undefined)?.[point] ?? []
    return { name, rules }
  })
}

function parts(rule: string): { readonly where: string; readonly other: string } {
  const [where = '', other = ''] = rule.split(':', 2)
  return { where, other }
}

function refuseCircle(
  point: Point,
  name: string,
  after: Constraints,
  path: readonly string[],
): void {
  if (path.includes(name)) throw circle(point, [...path.slice(path.indexOf(name)), name])
  for (const earlier of after.get(name) ?? []) refuseCircle(point, earlier, after, [...path, name])
}

/** Who has rules moves, as little as they ask; the others stay as they are in the list. */
function ranks(
  point: Point,
  plugins: readonly AnyPlugin[],
  after: Constraints,
): ReadonlyMap<string, number> {
  const keys = wishes(point, plugins)
  const waiting = plugins.map(({ name }) => name)
  waiting.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
  const ranks = new Map<string, number>()
  while (waiting.length > 0) {
    const free = (name: string) => [...(after.get(name) ?? [])].every((each) => ranks.has(each))
    // Since there is no circle, one is always free.
    const [next = ''] = waiting.splice(waiting.findIndex(free), 1)
    ranks.set(next, ranks.size)
  }
  return ranks
}

/** Where each would stand by itself: at its place in the list, or just beside whom it names. */
function wishes(point: Point, plugins: readonly AnyPlugin[]): ReadonlyMap<string, number> {
  const rules = new Map(rulesAt(point, plugins).map((each) => [each.name, each.rules]))
  const keys = new Map(plugins.map(({ name }, index) => [name, index]))
  const settled = new Set<string>()
  const wish = (name: string): number => {
    let key = keys.get(name) ?? 0
    if (settled.has(name)) return key
    settled.add(name)
    for (const { where, other } of (rules.get(name) ?? []).map(parts)) {
      const beside = wish(other)
      key = where === 'after' ? Math.max(key, beside + STEP) : Math.min(key, beside - STEP)
    }
    keys.set(name, key)
    return key
  }
  for (const { name } of plugins) wish(name)
  return keys
}

/** Between two places of the list there is room for as many as there may be. */
const STEP = 1 / 4096

function unknown(name: string, point: Point, rule: string, names: readonly string[]): OrderFault {
  const { other } = parts(rule)
  const hint = didYouMean(other, names)
  return new OrderFault(
    `plugin "${name}" asks to be "${rule}" in ${point}, and no plugin "${other}" is loaded` +
      (hint === undefined ? '' : `; ${hint}`),
  )
}

function circle(point: Point, path: readonly string[]): OrderFault {
  const steps = path.map((name) => `"${name}"`).join(' after ')
  return new OrderFault(`plugins go round in a circle in ${point}: ${steps}`)
}
