import type { Command } from './command-parser.ts'
import { MOST_PARAMETERS } from './limits.ts'
import { SsiError } from './ssi-error.ts'

/** What a command is allowed to say: its parameters, and which of them it needs. */
interface Grammar {
  readonly needs?: readonly string[]
  readonly takes?: readonly string[]
}

const GRAMMARS = {
  include: { takes: ['virtual', 'file', 'wait', 'set', 'stub'] },
  echo: { needs: ['var'], takes: ['default', 'encoding'] },
  config: { takes: ['errmsg', 'timefmt'] },
  set: { needs: ['var', 'value'] },
  if: { needs: ['expr'] },
  elif: { needs: ['expr'] },
  else: {},
  endif: {},
  block: { needs: ['name'] },
  endblock: {},
} as const satisfies Readonly<Record<string, Grammar>>

/** What a page can ask for. */
export type CommandName = keyof typeof GRAMMARS

/** The values of a command's parameters, by name. */
export type Values = Readonly<Record<string, string | undefined>>

export function isKnown(name: string): name is CommandName {
  return Object.hasOwn(GRAMMARS, name)
}

/** Checks the parameters of a command. */
export function valuesOf({ name, parameters }: Command): Values {
  const { needs = [], takes = [] }: Grammar = GRAMMARS[name as CommandName]
  if (parameters.length > MOST_PARAMETERS) {
    throw new SsiError(`too many SSI command parameters: "${name}"`)
  }
  const values: Record<string, string> = {}
  for (const { name: parameter, value } of parameters) {
    if (!needs.includes(parameter) && !takes.includes(parameter)) {
      throw new SsiError(`invalid parameter name: "${parameter}" in "${name}" SSI command`)
    }
    if (Object.hasOwn(values, parameter)) {
      throw new SsiError(`duplicate "${parameter}" parameter in "${name}" SSI command`)
    }
    values[parameter] = value
  }
  const absent = needs.find((each) => values[each] === undefined)
  if (absent === undefined) return values
  throw new SsiError(`mandatory "${absent}" parameter is absent in "${name}" SSI command`)
}

/** A command as text again, for a block that is kept. */
export function textOf({ name, parameters }: Command): string {
  const written = parameters.map((each) => ` ${each.name}="${each.value}"`).join('')
  return `<!--#${name}${written} -->`
}
