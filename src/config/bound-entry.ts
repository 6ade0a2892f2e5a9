import { resolve } from 'node:path'
import { byteString } from '../base/byte-string.ts'
import { compileRegex, RegexError } from '../base/regex.ts'
import type { Entry, Node, Scope } from '../kernel/directive/directive.ts'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import type { Branch } from '../kernel/phase/branch.ts'
import { USUAL_PORT } from '../kernel/upstream/peer-target.ts'
import type { Upstream } from '../kernel/upstream/upstream.ts'
import { namedCapture } from '../kernel/variable/captures.ts'
import { parseTemplate, type Template } from '../kernel/variable/template.ts'
import type { Getter, Setter } from '../kernel/variable/variable.ts'
import type { SharedZone, ZoneKind } from '../storage/zone/shared-zone.ts'
import type { Occurring } from './block.ts'
import { folderOf } from './folder-of.ts'
import type { Reading } from './reading.ts'
import { COMMAND_LINE } from './tree.ts'

/** One occurrence of a directive, as its reader sees it. */
export class BoundEntry implements Entry {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Node[]
  readonly branch?: Branch
  readonly mark: Mark
  readonly scope: Scope
  readonly within?: readonly string[]
  readonly #reading: Reading

  constructor(
    node: Occurring,
    scope: Scope,
    reading: Reading,
    within: readonly string[] | undefined = undefined,
  ) {
    this.args = node.args
    if (node.block) this.block = node.block
    if (node.branch) this.branch = node.branch
    this.mark = node.mark
    this.scope = scope
    if (within) this.within = within
    this.name = node.name
    this.#reading = reading
  }

  template(text: string): Template {
    const open = /\$\{(\w*)(?!\w*\})/.exec(text)
    if (open) return this.fail(`the closing bracket in "${open[1]}" variable is missing`)
    if (/\$(?![A-Za-z1-9_{])|\$\{\}/.test(text)) return this.fail('invalid variable name')
    return parseTemplate(byteString(text), (name) => this.variable(name))
  }

  variable(name: string): Getter {
    return this.#reading.variable(name, this.mark)
  }

  lookUp(name: string): Getter | undefined {
    return this.#reading.variables.getter(name)
  }

  define(name: string, getter: Getter): void {
    if (!/^\w+$/.test(name)) this.fail(`invalid variable name "${name}"`)
    const { variables } = this.#reading
    if (variables.isFixed(name)) this.fail(`the duplicate "${name}" variable`)
    variables.define(name, getter)
  }

  assign(name: string, unset: Getter): Setter {
    if (!/^[A-Za-z_]\w*$/.test(name)) this.fail(`invalid variable name "${name}"`)
    const set = this.#reading.variables.assign(name, unset)
    return set ?? this.fail(`the duplicate "${name}" variable`)
  }

  upstream(name: string, port = USUAL_PORT): Upstream {
    const upstream = this.#reading.upstream(name, this.mark, port)
    return typeof upstream === 'string' ? this.fail(upstream) : upstream
  }

  zone(name: string, kind: ZoneKind, size = 0): SharedZone {
    const zone = this.#reading.zones.zone(name, kind, size, this.mark)
    return typeof zone === 'string' ? this.fail(zone) : zone
  }

  path(text: string, relativeTo: 'file' | 'prefix'): string {
    // As in nginx, a path that starts with a variable is that variable's business.
    if (text.startsWith('$')) return text
    const { prefix, main } = this.#reading
    const ofFile = relativeTo === 'file' && this.mark.file !== COMMAND_LINE
    const path = resolve(ofFile ? folderOf(this.mark.file, main) : prefix, text)
    return text.endsWith('/') && path !== '/' ? `${path}/` : path
  }

  regex(source: string, flags: 'i' | '' = ''): RegExp {
    try {
      const regex = compileRegex(source, flags)
      for (const group of groupNames(regex)) this.define(group, namedCapture(group))
      return regex
    } catch (error) {
      if (!(error instanceof RegexError)) throw error
      return this.fail(`regular expression "${source}" is not valid: ${error.message}`)
    }
  }

  at(mark: Mark): Entry {
    return new BoundEntry(
      { name: this.name, args: this.args, mark },
      this.scope,
      this.#reading,
      this.within,
    )
  }

  fail(text: string, hint?: string): never {
    throw new ConfigError(this.mark, `${this.name}: ${text}`, hint)
  }

  warn(text: string): void {
    this.#reading.problems.warn(this.mark, `${this.name}: ${text}`)
  }
}

function groupNames(regex: RegExp): string[] {
  // An alternative that is empty matches, and tells the groups.
  const match = new RegExp(`${regex.source}|`, regex.flags).exec('')
  return Object.keys(match?.groups ?? {})
}
