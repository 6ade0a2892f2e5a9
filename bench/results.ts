import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Options } from './options.ts'
import { rows, specialRows } from './rows.ts'
import type { Section } from './section.ts'
import { toMarkdown } from './table.ts'

const FILE = fileURLToPath(new URL('./RESULTS.md', import.meta.url))

/** Puts new sections in the place of old ones of the same name; the rest of the page stays. */
export function writeResults(sections: readonly Section[], options: Options): void {
  const kept = existsSync(FILE) ? sectionsOf(readFileSync(FILE, 'utf8')) : new Map()
  for (const section of sections) {
    const text = `${section.text}; ${options.rounds} rounds of ${options.seconds} s`
    kept.set(section.name, toMarkdown({ ...section, text }))
  }
  const order: string[] = [...rows.map((row) => row.name), ...specialRows]
  const texts = order.flatMap((name) => kept.get(name) ?? [])
  writeFileSync(FILE, [introduction(), ...texts].join('\n'))
}

function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^(?=## )/m).slice(1)
  return new Map(
    parts.map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`] as const),
  )
}

function introduction(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `# Results

Written by \`npm run bench\`. Every table is one run: its servers do the same work in turns,
and a figure is the median over the rounds. A server has one worker on one processor; load and
origin share another. CPU is processor time of the serving processes alone; memory is theirs too.
What a target compares is the gateway's CPU time per request or throughput with the other's in the
same table.

${processor}, Node.js ${process.versions.node}.
`
}
