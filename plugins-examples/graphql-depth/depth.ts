/** Strings, comments, and the words and signs that depth depends on; everything else is skipped. */
const TOKENS = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\.\.\.|[{}()]|[A-Za-z_]\w*/g

/** What stands in one definition of a document: an operation or a fragment. */
interface Definition {
  depth: number
  /** Fragments that are spread in it, and how deep. */
  readonly spreads: { readonly name: string; readonly at: number }[]
}

/** How deep the selections of a GraphQL document are nested, with its fragments. */
export function depthOf(document: string): number {
  const { fragments, operations } = definitionsIn(document)
  // A fragment under way counts for nothing: one that spreads itself is refused by every server, and
  // here it must only come to an end.
  const known = new Map<string, number>()
  const through = ({ depth, spreads }: Definition): number =>
    spreads.reduce((most, { at, name }) => {
      const fragment = fragments.get(name)
      if (!fragment) return most
      if (!known.has(name)) {
        known.set(name, 0)
        known.set(name, through(fragment))
      }
      return Math.max(most, at + (known.get(name) ?? 0) - 1)
    }, depth)
  return Math.max(0, ...operations.map(through))
}

function definitionsIn(document: string) {
  const fragments = new Map<string, Definition>()
  const operations: Definition[] = []
  let words: string[] = []
  let current: Definition | undefined
  let depth = 0
  let parentheses = 0
  let spreading = false
  for (const [token] of document.matchAll(TOKENS)) {
    if (token === '(') parentheses++
    else if (token === ')') parentheses--
    // Braces in arguments are values.
    else if (parentheses > 0 || token.startsWith('"') || token.startsWith('#')) continue
    else if (token === '{') {
      if (!current) {
        current = { depth: 0, spreads: [] }
        if (words[0] === 'fragment' && words[1]) fragments.set(words[1], current)
        else operations.push(current)
      }
      current.depth = Math.max(current.depth, ++depth)
      spreading = false
    } else if (token === '}') {
      if (--depth <= 0) {
        depth = 0
        current = undefined
        words = []
      }
    } else if (token === '...') spreading = true
    else if (!current) words.push(token)
    else if (spreading) {
      // `... on Type {` is a selection of its own, `...Name` a fragment.
      if (token !== 'on') current.spreads.push({ name: token, at: depth })
      spreading = false
    }
  }
  return { fragments, operations }
}
