import { isDeepStrictEqual } from 'node:util'
import { SCOPES, type Scope } from '../../kernel/directive/directive.ts'
import { fileRefused, type Problem } from '../package-error.ts'
import { Checker } from './checker.ts'
import { parseFile } from './json.ts'

/** What a directive is, told without running the plugin that has it. */
export interface DescribedDirective {
  readonly doc: string
  readonly scopes: readonly Scope[]
  readonly usage: string
  /** The JSON Schema of its value. */
  readonly schema: object
}

/** The static description of a plugin, its `schema.json`. */
export interface Description {
  /** The plugin's own name, which order and error log use. */
  readonly plugin: string
  readonly doc: string
  readonly directives: Readonly<Record<string, DescribedDirective>>
  /** Sentences by name, without the dollar sign. */
  readonly variables: Readonly<Record<string, string>>
  /** That it takes part where none of its words is written. */
  readonly always?: boolean
}

const MEND = 'let "gateway plugin describe" write the file anew'
/** Names of plugins, as the loader takes them. */
export const PLUGIN = /^[a-z][a-z0-9-]*$/
const WORD = /^[a-z][a-z0-9_]*$/
/** Names nobody may give to members of an object. */
const FORBIDDEN: ReadonlySet<string> = new Set(['constructor', 'prototype'])

/** Reads a static description. Throws `PackageError` with all that is wrong. */
export function readDescription(text: string, plugin: string, file: string): Description {
  const problems: Problem[] = []
  const json = parseFile(text, plugin, file, MEND)
  const root = new Checker(json, '', problems, MEND)
  root.onlyKnown(['plugin', 'doc', 'directives', 'variables', 'always'])
  const description: Description = {
    plugin: root.text('plugin', PLUGIN, MEND),
    doc: root.has('doc') ? root.anyText('doc') : '',
    directives: readDirectives(root.inner('directives', MEND)),
    variables: readVariables(root.inner('variables', MEND)),
    ...(root.has('always') && { always: root.flag('always') }),
  }
  if (problems.length > 0) throw fileRefused(plugin, file, problems)
  return description
}

/** How the description of a plugin differs from what the plugin is, as a fragment; else undefined. */
export function descriptionFault(told: Description, is: Description): string | undefined {
  if (told.plugin !== is.plugin) return `describes "${told.plugin}", and the code is "${is.plugin}"`
  if (Boolean(told.always) !== Boolean(is.always)) {
    return `has ${is.always ? 'no "always": true' : '"always"'}, and the code ${is.always ? 'takes' : 'does not take'} part always`
  }
  for (const kind of ['directives', 'variables'] as const) {
    const names = new Set([...Object.keys(told[kind]), ...Object.keys(is[kind])])
    for (const name of names) {
      if (!Object.hasOwn(is[kind], name)) return `has ${kind} "${name}", which the code has not`
      if (!Object.hasOwn(told[kind], name)) return `lacks ${kind} "${name}", which the code has`
      if (!isDeepStrictEqual(told[kind][name], is[kind][name])) {
        return `tells otherwise of ${kind} "${name}" than the code`
      }
    }
  }
  return undefined
}

function readDirectives(checker: Checker): Description['directives'] {
  const named = names(checker).map((name) => {
    const inner = checker.inner(name, MEND)
    inner.onlyKnown(['doc', 'scopes', 'usage', 'schema'])
    const directive: DescribedDirective = {
      doc: inner.anyText('doc'),
      scopes: readScopes(inner),
      usage: inner.anyText('usage'),
      schema: inner.inner('schema', MEND).plain,
    }
    return [name, directive] as const
  })
  return Object.fromEntries(named)
}

function readScopes(checker: Checker): readonly Scope[] {
  const scopes = SCOPES.filter((scope) => checker.list('scopes').includes(scope))
  if (scopes.length === 0 || scopes.length < checker.list('scopes').length) {
    checker.problem('scopes', 'is no list of different scopes', `known are ${SCOPES.join(', ')}`)
  }
  return scopes
}

function readVariables(checker: Checker): Description['variables'] {
  return Object.fromEntries(names(checker).map((name) => [name, checker.anyText(name)]))
}

function names(checker: Checker): string[] {
  return checker.fields.filter((name) => {
    const fits = WORD.test(name) && !FORBIDDEN.has(name)
    if (!fits)
      checker.problem(name, 'is no name', 'write lower-case letters, digits and underscores')
    return fits
  })
}
