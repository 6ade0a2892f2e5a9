/** Parts of the web API that are large and seldom used. */
export const PARTS = ['streams', 'url-pattern', 'subtle', 'html'] as const

/** A part of the web API. */
export type PartName = (typeof PARTS)[number]

/** What shows that a script will want a part. */
const MENTIONS: Record<PartName, RegExp> = {
  streams: /Stream\b|\bgetReader\b|\bpipe(?:To|Through)\b|\.body\b|QueuingStrategy\b|\.stream\(/,
  'url-pattern': /\bURLPattern\b/,
  subtle: /\bsubtle\b/,
  html: /\bHTMLRewriter\b/,
}

/** The parts a script names. They belong into its base: else it pays for them with each request. */
export function partsOf(source: string): PartName[] {
  const named = (name: PartName) => MENTIONS[name].test(source)
  // What is rewritten is a stream.
  return PARTS.filter((name) => named(name) || (name === 'streams' && named('html')))
}
