import type { ArgumentWords, CommandLineWords, CommandWords, OptionWords, Values } from './words.ts'

/** `gateway completion zsh`: to be sourced, or found as `_gateway` in `$fpath`. */
export function zshScript({ name, options, commands }: CommandLineWords): string {
  const described = commands.map((each) => quoted(`${each.name}:${each.doc}`))
  const everywhere = options.map(optionSpec)
  return `#compdef ${name}
# Completion of ${name} for zsh; \`${name} completion zsh\` printed it.
_${name}() {
  local context state state_descr line
  typeset -A opt_args
  local -a everywhere=(
    ${everywhere.join('\n    ')}
  )
  _arguments -C $everywhere '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands=(
        ${described.join('\n        ')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

function commandCase(command: CommandWords): string {
  const own = [...command.options.map(optionSpec), ...command.arguments.map(argumentSpec)]
  const specs = own.map((spec) => ` \\\n            ${spec}`)
  return `        ${command.name})
          _arguments $everywhere${specs.join('')}
          ;;`
}

function optionSpec({ flags, doc, value, repeats }: OptionWords): string {
  const [first = '', second] = flags
  const text = `[${doc.replace(/[[\]\\]/g, '\\$&')}]${value ? `:value:${action(value)}` : ''}`
  if (repeats) return quoted(`*${first}${text}`)
  if (second === undefined) return quoted(`${first}${text}`)
  return `'(${first} ${second})'{${first},${second}}${quoted(text)}`
}

function argumentSpec({ name, values, repeats }: ArgumentWords, i: number): string {
  return quoted(`${repeats ? '*' : i + 1}:${name}:${action(values)}`)
}

function action(values: Values): string {
  switch (values.kind) {
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'words':
      return `(${values.words.join(' ')})`
    case 'anything':
      return ' '
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
