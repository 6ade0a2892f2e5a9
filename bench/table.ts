import type { Section } from './section.ts'

/** A section for the terminal: columns aligned, verdicts below. */
export function toText(section: Section): string {
  const rows = [section.columns, ...section.lines]
  const widths = section.columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const aligned = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  const verdicts = section.verdicts.map(({ text, met }) => `  ${met ? 'pass' : 'MISS'}  ${text}`)
  const notes = section.notes.map((note) => `  ${note}`)
  return [`${section.name}: ${section.text}`, ...aligned, ...verdicts, ...notes, ''].join('\n')
}

/** A section for the results page. */
export function toMarkdown(section: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = section.columns.map((_, i) => (i === 0 ? '---' : '---:'))
  const table = [line(section.columns), line(rule), ...section.lines.map(line)].join('\n')
  const verdicts = section.verdicts.map(
    ({ text, met }) => `- ${met ? 'pass' : '**miss**'}: ${text}`,
  )
  const notes = section.notes.map((note) => `- ${note}`)
  const below = [...verdicts, ...notes]
  const blocks = [`## ${section.name}`, `${capital(section.text)}.`, table]
  return `${[...blocks, ...(below.length > 0 ? [below.join('\n')] : [])].join('\n\n')}\n`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
