import { isIP } from 'node:net'
import type { Entry, Mark, Node } from 'gateway/plugin'
import { type EgressRule, parseEgressRule } from '../../../../sandbox/host/fetch/egress-rule.ts'
import type { BindingSettings, SecretSource } from './reach-settings.ts'
import { readUpstream } from './read-upstream.ts'

/** What is being read of the options that say what a script may reach. */
export interface ReachDraft {
  readonly bindings: Map<string, BindingSettings>
  readonly secrets: SecretSource[]
  egress: readonly EgressRule[]
  resolver: readonly string[] | undefined
  kvFolder: string | undefined
  /** The names in `env`, whatever they stand for. */
  readonly names: Set<string>
}

/** What a line of the block does to the draft. */
type Line = (draft: ReachDraft, line: Entry, node: Node) => void

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
/** Names of namespaces become names of files. */
const NAMESPACE = /^[a-z0-9][a-z0-9_-]{0,63}$/

const KINDS = 'upstream:name, upstream:https://name, kv:name or script:./file.ts'
const SOURCES = 'env:VARIABLE or file:path'

/** The options that say what a script may reach, by name. */
export const REACH_OPTIONS: Readonly<Record<string, Line>> = {
  bindings: (draft, line, node) => {
    for (const each of node.block ?? []) {
      const at = line.at(each.mark)
      draft.bindings.set(nameIn(draft, at, each), readBinding(at, each))
    }
  },
  secrets: (draft, line, node) => {
    for (const each of node.block ?? []) {
      const at = line.at(each.mark)
      draft.secrets.push({
        name: nameIn(draft, at, each),
        ...readSecret(at, each),
        mark: each.mark,
      })
    }
  },
  egress: (draft, line, { args }) => {
    draft.egress = args.map((text) => {
      const rule = parseEgressRule(text)
      return typeof rule === 'string' ? line.fail(rule) : rule
    })
  },
  resolver: (draft, line, { args }) => {
    draft.resolver = args.map((text) =>
      isServer(text)
        ? text
        : line.fail(`"${text}" is no address of a name server`, 'write 10.0.0.2 or 10.0.0.2:53'),
    )
  },
  kv_path: (draft, line, { args }) => {
    const [path, more] = args
    if (path === undefined || more !== undefined) return line.fail('one value is needed here')
    draft.kvFolder = line.path(path, 'file')
  },
}

/** A name of `env`, which stands for one thing. */
export function nameIn(
  draft: ReachDraft,
  line: Entry,
  { name }: { readonly name: string },
): string {
  if (!IDENTIFIER.test(name)) line.fail(`"${name}" is no name of a variable`)
  if (draft.names.has(name)) line.fail(`"${name}" is in env already`)
  draft.names.add(name)
  return name
}

function readBinding(
  line: Entry,
  { args, mark }: { args: readonly string[]; mark: Mark },
): BindingSettings {
  const [kind, of] = split(line, args, KINDS)
  switch (kind) {
    case 'upstream':
      return readUpstream(line, of)
    case 'kv':
      if (!NAMESPACE.test(of))
        line.fail(`"${of}" is no name of a namespace`, 'up to 64 of a-z, 0-9, - and _')
      return { kind, namespace: of }
    case 'script':
      return { kind, file: line.path(of, 'file'), mark }
    default:
      return line.fail(`"${kind}:" is nothing to bind`, KINDS)
  }
}

function readSecret(line: Entry, { args }: Node): Pick<SecretSource, 'from' | 'of'> {
  const [from, of] = split(line, args, SOURCES)
  if (from === 'env') return { from, of }
  if (from === 'file') return { from, of: line.path(of, 'file') }
  // Whatever stands there may be the secret itself.
  return line.fail('a secret is not written here', SOURCES)
}

/** `kind:what`. */
function split(line: Entry, args: readonly string[], hint: string): [kind: string, what: string] {
  const text = args.join(' ')
  const at = text.indexOf(':')
  const [kind, what] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (at < 1 || what === '') return line.fail('kind:what is needed here', hint)
  return [kind, what]
}

function isServer(text: string): boolean {
  const address =
    /^\[(.*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d{1,5}$/, '$1')
  return isIP(address) !== 0
}
