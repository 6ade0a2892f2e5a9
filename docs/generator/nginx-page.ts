import { nginxWords, whyNotHere } from '../../src/config/words/foreign.ts'
import { idleDirectives } from '../../src/config/words/idle.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { anchors } from './directives-page.ts'
import { GENERATED } from './generated.ts'

const INTRODUCTION = `# Directives of nginx

Every directive that nginx documents, by its module, and what becomes of it here. Nothing is silently
ignored: what is not here is an error of the configuration that tells the reason, and \`gateway -t -v\`
lists what is written and has no meaning. What differs in those that are here stands in
[differences](differences.md).

- **[linked](directives.md)**: here.
- *slanted*: accepted and checked, and [without meaning](directives.md#without-meaning).
- plain: not here; the reason stands behind it. Directives inside of \`stream\` and \`mail\` are left
  out, since those blocks are not here.
`

/** The page of nginx's directives. */
export function nginxPage(plugins: readonly AnyPlugin[]): string {
  const places = new Map([...anchors(plugins), ['include', 'directives']])
  const modules = new Map<string, string[]>()
  for (const [word, module] of nginxWords()) {
    modules.set(module, [...(modules.get(module) ?? []), word])
  }
  const chapters = [...modules].map(([module, words]) => chapter(module, words, places))
  return [GENERATED, INTRODUCTION, ...chapters].join('\n\n').replace(/\n{3,}/g, '\n\n')
}

function chapter(
  module: string,
  words: readonly string[],
  places: ReadonlyMap<string, string>,
): string {
  const here = words.filter((word) => places.has(word))
  const missing = new Map<string, string[]>()
  for (const word of words) {
    if (places.has(word)) continue
    const why = whyNotHere(word) ?? ''
    missing.set(why, [...(missing.get(why) ?? []), word])
  }
  const links = here.map((word) => linked(word, places.get(word) ?? '')).join(', ')
  const reasons = [...missing].map(([why, all]) => `${all.join(', ')}: ${why}.`)
  return [`## ${module}`, ...(links === '' ? [] : [links]), ...reasons].join('\n\n')
}

function linked(word: string, anchor: string): string {
  const link = `[${word}](directives.md#${anchor})`
  return Object.hasOwn(idleDirectives, word) ? `*${link}*` : link
}
