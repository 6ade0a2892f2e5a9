import type { CommandLineWords, CommandWords, OptionWords, Values } from './words.ts'

/** `gateway completion fish`. */
export function fishScript({ name, options, commands }: CommandLineWords): string {
  const say = (...words: string[]): string => ['complete', '-c', name, ...words].join(' ')
  const lines = [
    `# Completion of ${name} for fish; \`${name} completion fish\` printed it.`,
    say('-f'),
    ...options.map((option) => say(...optionParts(option))),
  ]
  const before = `not __fish_seen_subcommand_from ${commands.map((each) => each.name).join(' ')}`
  for (const command of commands) {
    const { name: word, doc } = command
    lines.push(say('-n', quoted(before), '-a', word, '-d', quoted(doc)))
  }
  for (const command of commands) {
    const within = quoted(`__fish_seen_subcommand_from ${command.name}`)
    lines.push(...command.options.map((option) => say('-n', within, ...optionParts(option))))
    lines.push(...argumentParts(command).map((parts) => say(...parts)))
  }
  return `${lines.join('\n')}\n`
}

function optionParts({ flags, doc, value }: OptionWords): string[] {
  const names = flags.map((flag) => {
    return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  })
  const takes = value ? ['-x', ...valueParts(value)] : []
  return [...names, ...takes, '-d', quoted(doc)]
}

/** The words before the one that is typed tell its place. */
function argumentParts({ name, arguments: places }: CommandWords): string[][] {
  return places.flatMap(({ values, repeats }, i) => {
    const parts = valueParts(values)
    if (parts.length === 0) return []
    const here = `test (count (commandline -opc)) -${repeats ? 'ge' : 'eq'} ${i + 2}`
    return [['-n', quoted(`__fish_seen_subcommand_from ${name}; and ${here}`), ...parts]]
  })
}

function valueParts(values: Values): string[] {
  switch (values.kind) {
    case 'file':
      return ['-a', quoted('(__fish_complete_path)')]
    case 'folder':
      return ['-a', quoted('(__fish_complete_directories)')]
    case 'words':
      return ['-a', quoted(values.words.join(' '))]
    case 'anything':
      return []
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
