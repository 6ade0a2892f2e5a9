import { type Directive, SCOPES, type Scope, type Shape } from '../kernel/directive/directive.ts'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { type Definition, Table } from './table.ts'

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const WORD: Schema = { type: ['string', 'number', 'boolean'] }
const NOTHING: Schema = { type: 'null' }
const PARAMETERS: Schema = { type: 'object', additionalProperties: WORD }
/** Of a block that holds no directives. */
const ANYTHING: Schema = { type: ['object', 'array', 'null', 'string', 'number', 'boolean'] }
const INCLUDE: Schema = {
  description: 'Files whose content takes this place.',
  anyOf: [WORD, { type: 'array', items: WORD }],
}

/**
 * The JSON Schema (draft 2020-12) of configuration files with these plugins, for editors: every
 * directive with its text, its values and where it may stand. What only the gateway itself can
 * tell (a template's variables, a file that does not exist) `gateway -t` tells.
 */
export function configSchema(plugins: readonly AnyPlugin[]): Schema {
  const table = new Table(plugins)
  return {
    $schema: DIALECT,
    title: 'Configuration of the gateway',
    $ref: reference('main').$ref,
    $defs: Object.fromEntries(SCOPES.map((scope) => [scope, scopeSchema(table, scope)])),
  }
}

/** The JSON Schema of one directive's value, in the first scope it may stand in. */
export function describedDirective(name: string, directive: Directive<unknown>): Schema {
  const [scope = 'main'] = SCOPES.filter((each) => directive.scopes.includes(each))
  return valuesOf({ name, directive, groups: [], opens: undefined }, scope)
}

function reference(scope: Scope): { readonly $ref: string } {
  return { $ref: `#/$defs/${scope}` }
}

/** A block: a mapping of directives, or a list of mappings where order matters. */
function scopeSchema(table: Table, scope: Scope): Schema {
  const here = table.definitions().filter(({ directive }) => directive.scopes.includes(scope))
  const words = here.map((each) => [each.name, described(each, scope)] as const)
  return listOf({
    type: ['object', 'null'],
    properties: { include: INCLUDE, ...Object.fromEntries(words) },
    additionalProperties: false,
  })
}

function described(definition: Definition, scope: Scope): Schema {
  const { directive } = definition
  return { description: directive.doc, ...valuesOf(definition, scope) }
}

function valuesOf(definition: Definition, scope: Scope): Schema {
  const { directive, opens = directive.opens?.[scope] } = definition
  const { shape, repeat } = directive
  if (shape.kind !== 'block') return simple(directive)
  const content = opens ? reference(opens) : ANYTHING
  if (shape.shorthand !== undefined) return { anyOf: [WORD, content] }
  if (shape.max === 0) return repeat ? listOf(content) : content
  return listOf({ type: 'object', properties: { include: INCLUDE }, additionalProperties: content })
}

/** One, or a list of them. */
function listOf(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'array', items: schema }] }
}

function simple({ shape, repeat }: Directive<unknown>): Schema {
  const forms: Schema[] = [scalar(shape)]
  if (shape.min === 0) forms.push(NOTHING)
  if (shape.max > 1) {
    // Arguments one by one, or parameters by name.
    forms.push({ type: 'array', items: { anyOf: [WORD, PARAMETERS] } }, PARAMETERS)
  }
  const one = forms.length === 1 ? (forms[0] as Schema) : { anyOf: forms }
  return repeat ? listOf(one) : one
}

function scalar({ kind, max, words }: Shape): Schema {
  if (max !== 1) return WORD
  switch (kind) {
    case 'flag':
      return { enum: ['on', 'off', true, false] }
    case 'enum':
      return { enum: [...(words ?? []), ...booleansOf(words)] }
    case 'number':
      return { anyOf: [{ type: 'integer' }, { type: 'string' }] }
    case 'size':
      return measure('^[0-9]+[kKmMgG]?$', words)
    case 'time':
      return measure('^([0-9]+(ms|[yMwdhms])? *)+$', words)
    default:
      return WORD
  }
}

/** Editors read `on` and `off` as truth values. */
function booleansOf(words: readonly string[] = []): boolean[] {
  return [...(words.includes('on') ? [true] : []), ...(words.includes('off') ? [false] : [])]
}

function measure(pattern: string, words: readonly string[] = []): Schema {
  const forms: Schema[] = [{ type: 'integer' }, { type: 'string', pattern }]
  if (words.length > 0) forms.push({ enum: [...words, ...booleansOf(words)] })
  return { anyOf: forms }
}
