import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { defaultText } from './default-text.ts'
import { type Chapter, chapters, type Documented } from './documented.ts'
import { GENERATED } from './generated.ts'

const INTRODUCTION = `# Directives

Every word a configuration may hold, as the gateway itself knows them. How YAML is read is told in
[the guide](../guide/configuration.md), what differs from nginx in [differences](differences.md).

- **Syntax** shows the arguments as nginx does. In YAML they are the value: \`keepalive_timeout: 75s 60s\`.
- **Default** counts where the directive is written neither here nor above.
- **Context** names the blocks it may stand in.
- Sizes are written \`512\`, \`8k\`, \`1m\`, \`2g\`; times \`500ms\`, \`60s\`, \`5m\`, \`1h30m\`, \`1d\`, a bare number
  counts seconds.
- Unless it says otherwise, a directive is inherited by the blocks inside the one it stands in, and
  written there again it takes the place of the inherited one.

\`include: pattern ...\` may stand in every block that holds directives: the directives of these files
take its place. Patterns are relative to the naming file, and may hold \`*\`, \`?\`, \`[…]\` and \`{…}\`.
`

/** The page of all directives. */
export function directivesPage(plugins: readonly AnyPlugin[]): string {
  const all = chapters(plugins)
  return [GENERATED, INTRODUCTION, '## All words', index(all), ...all.map(chapterText)]
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
}

function index(all: readonly Chapter[]): string {
  const words = all.flatMap(({ words }) => {
    return words.flatMap((word) => word.names.map((name) => [name, anchor(word)] as const))
  })
  const links = words
    .sort(([a, here], [b, there]) => compare(a, b) || compare(here, there))
    .map(([name, target], i, sorted) => {
      // `server` is a block, and a word inside of `upstream`.
      const twin = sorted.some(([other], j) => other === name && j < i)
      return `[${name}${twin ? ' (upstream)' : ''}](#${target})`
    })
  return links.join(' ·\n')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function chapterText({ title, text, plugin, words }: Chapter): string {
  return [`## ${title}`, text, ...words.map((word) => entryText(word, plugin))].join('\n\n')
}

function entryText(word: Documented, plugin: string | undefined): string {
  const { names, directive, contexts } = word
  const facts = [
    ...names.map((name) => `Syntax:   ${name}: ${syntaxOf(directive)}`),
    `Default:  ${defaultText(names[0] ?? '', directive) ?? '-'}`,
    `Context:  ${contexts.join(', ')}`,
    ...(plugin === undefined ? [] : [`Plugin:   ${plugin}`]),
  ]
  return [
    `<a id="${anchor(word)}"></a>`,
    '',
    `### ${names.join(', ')}`,
    '',
    '```text',
    ...facts,
    '```',
    '',
    [directive.doc, ...remarks(word)].join(' '),
  ].join('\n')
}

/** The arguments, and for blocks how YAML holds them. */
function syntaxOf({ shape }: Documented['directive']): string {
  const { kind, usage } = shape
  // A word without arguments is a flag.
  if (usage === '') return 'on'
  if (kind !== 'block') return usage
  const listed = /^\{ (\S+) (.*); \}$/.exec(usage)
  if (listed) return `{ ${listed[1]}: ${listed[2]} }`
  const args = usage.replace(/ ?\{ \.\.\. \}$/, '')
  return args === '' ? '{ ... }' : `{ ${args}: { ... } }`
}

function remarks({ directive }: Documented): string[] {
  const isBlock = directive.shape.kind === 'block'
  const isList = isBlock && directive.repeat && directive.shape.usage === '{ ... }'
  return [
    ...(directive.repeat && !isBlock ? ['May be written several times in one block.'] : []),
    ...(isList ? ['Several are written as a list.'] : []),
    ...(directive.inherits !== 'replace' ? ['Not inherited.'] : []),
    ...(directive.claims
      ? ['Makes the content of its location: no other such directive may stand beside it.']
      : []),
  ]
}

/** Where each word stands on the page. */
export function anchors(plugins: readonly AnyPlugin[]): ReadonlyMap<string, string> {
  const words = chapters(plugins).flatMap((each) => each.words)
  return new Map(words.flatMap((word) => word.names.map((name) => [name, anchor(word)] as const)))
}

/** Two directives of one name differ by where they stand. */
function anchor({ names, contexts }: Documented): string {
  const name = names[0] ?? ''
  return contexts.includes('upstream') ? `upstream-${name}` : name
}
