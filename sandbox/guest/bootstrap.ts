/** The web API in a form that can be kept: made once, when the program is built. */
export interface GuestSources {
  /** What is in every image, in the order of what needs what. */
  readonly modules: readonly string[]
  /** What is large and seldom used, by name; also for a script that does not name it. */
  readonly parts: Readonly<Record<string, string>>
}

/**
 * The web API with these parts, as scripts to be evaluated in this order: they take the global
 * `host`, and leave `enter`, `settle` and `load`. Scripts with the same parts share a base.
 *
 * Each module is a script: what the compiler needs for a moment has the size of the largest module
 * then, not of all. Large ones come first, so that the others fill what they have left. None is run
 * before all are compiled: the objects they make lie together then, and a run touches many of them.
 */
export function bootstrapOf(
  { modules, parts }: GuestSources,
  names: readonly string[],
): readonly string[] {
  const sources = [...modules, ...names.map((name) => adding(name, parts[name] ?? ''))]
  const compiled = [...sources.entries()]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([index, source]) => `${PENDING}[${index}]=${source}`)
  return [`${MODULES}={__proto__:null};${PENDING}=Array(${sources.length})`, ...compiled, RUN]
}

/** Where modules find each other, and those that have not run; gone before any script. */
const MODULES = 'globalThis.gatewayModules'
const PENDING = 'globalThis.gatewayPending'

const RUN = `for(const make of ${PENDING})make(host,${MODULES});delete ${PENDING};delete ${MODULES}`

function adding(name: string, source: string): string {
  return `(_,modules)=>modules["parts.ts"].addPart(${JSON.stringify(name)},${source})`
}
