/** A directive of nginx's own syntax, as text. */
interface Statement {
  readonly words: readonly string[]
  readonly block: readonly Statement[] | undefined
}

/**
 * The directives of a configuration in nginx's syntax as ours: each block a list of one-key
 * mappings, in JSON. For tests that give both servers the same configuration.
 */
export function asYaml(conf: string): string {
  const tokens = [...conf.matchAll(/"(?:\\.|[^"\\])*"|[{};]|(?:\$\{|[^\s{};"])+/g)].map(String)
  return JSON.stringify(statements(tokens).map(asPair))
}

function statements(tokens: string[]): Statement[] {
  const found: Statement[] = []
  let words: string[] = []
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token === '}') return found
    if (token === ';' || token === '{') {
      found.push({ words, block: token === '{' ? statements(tokens) : undefined })
      words = []
    } else {
      words.push(token)
    }
  }
  return found
}

/** Words keep their quotes: both servers split arguments in the same way. */
function asPair({ words, block }: Statement): Record<string, unknown> {
  const [name = '', ...args] = words
  if (!block) return { [name]: args.length === 0 ? 'on' : args.join(' ') }
  const content = block.map(asPair)
  // Of blocks without arguments a list holds several.
  return { [name]: args.length === 0 ? [content] : { [args.join(' ')]: content } }
}
