import type { CommandLineWords, CommandWords, OptionWords, Values } from './words.ts'

/** `gateway completion bash`. */
export function bashScript({ name, options, commands }: CommandLineWords): string {
  const own = { name: '', doc: '', options: [], arguments: [] }
  const all = [own, ...commands]
  const names = commands.map((each) => each.name).join(' ')
  return `# Completion of ${name} for bash; \`${name} completion bash\` printed it.
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= option= position=0 values= word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $option ]]; then
      option=
      continue
    fi
    case "$command $word" in
      ${takingValues(options, commands).join(' | ')}) option=$word ;;
      *' -'?*) ;;
      ${commands.map((each) => `' ${each.name}'`).join(' | ')}) command=$word ;;
      *) position=$((position + 1)) ;;
    esac
  done
  if [[ $option ]]; then
    case "$command $option" in
${lines(valueCases(options, commands))}
    esac
  elif [[ $cur == -* ]]; then
    case $command in
${lines(all.map((each) => `'${each.name}') values='words ${flagsOf([...options, ...each.options])}' ;;`))}
    esac
  else
    case "$command $position" in
      ' 0') values='words ${names}' ;;
${lines(commands.flatMap(argumentCases))}
    esac
  fi
  case $values in
    file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      ;;
    folder)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      ;;
    words*) mapfile -t COMPREPLY < <(compgen -W "\${values#words}" -- "$cur") ;;
  esac
}
complete -F _${name} ${name}
`
}

function takingValues(
  options: readonly OptionWords[],
  commands: readonly CommandWords[],
): readonly string[] {
  const everywhere = withValues(options).map(([flag]) => `*' ${flag}'`)
  const own = commands.flatMap(({ name, options: more }) => {
    return withValues(more).map(([flag]) => `'${name} ${flag}'`)
  })
  return [...everywhere, ...own]
}

function valueCases(options: readonly OptionWords[], commands: readonly CommandWords[]): string[] {
  const everywhere = withValues(options).map(([flag, value]) => `*' ${flag}') ${set(value)}`)
  const own = commands.flatMap(({ name, options: more }) => {
    return withValues(more).map(([flag, value]) => `'${name} ${flag}') ${set(value)}`)
  })
  return [...everywhere, ...own]
}

function argumentCases({ name, arguments: places }: CommandWords): string[] {
  return places.map(({ values, repeats }, i) => {
    return `${repeats ? `'${name} '*` : `'${name} ${i}'`}) ${set(values)}`
  })
}

function withValues(options: readonly OptionWords[]): (readonly [string, Values])[] {
  return options.flatMap(({ flags, value }) => {
    return value ? flags.map((flag) => [flag, value] as const) : []
  })
}

function set(values: Values): string {
  const text = values.kind === 'words' ? `words ${values.words.join(' ')}` : values.kind
  return `values='${text}' ;;`
}

function flagsOf(options: readonly OptionWords[]): string {
  return options.flatMap(({ flags }) => flags).join(' ')
}

function lines(cases: readonly string[]): string {
  return cases.map((each) => `      ${each}`).join('\n')
}
