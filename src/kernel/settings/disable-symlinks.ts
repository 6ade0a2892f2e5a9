import type { Entry } from '../directive/directive.ts'
import { directive } from '../directive/readers.ts'
import type { Template } from '../variable/template.ts'

/** Which symbolic links on the way to a file are refused; `from` is a beginning that is trusted. */
export interface SymlinkRule {
  readonly kind: 'off' | 'on' | 'if_not_owner'
  readonly from?: Template
}

export const disableSymlinks = directive<SymlinkRule>({
  in: ['http', 'server', 'location'],
  default: { kind: 'off' },
  doc: 'Whether files are refused (403) to which a symbolic link leads anywhere on their path: any, or one whose owner is not that of what it leads to. Links in the part `from` are allowed.',
  usage: 'off | on [from=part] | if_not_owner [from=part]',
  min: 1,
  max: 2,
  kind: 'template',
  words: ['off', 'on', 'if_not_owner', 'from'],
  read: readRule,
})

function readRule(entry: Entry): SymlinkRule {
  const rule: { kind?: SymlinkRule['kind']; from?: Template } = {}
  for (const word of entry.args) {
    if (word === 'off' || word === 'on' || word === 'if_not_owner') rule.kind = word
    else if (/^from=./.test(word)) rule.from = entry.template(word.slice('from='.length))
    else return entry.fail(`invalid parameter "${word}"`)
  }
  const { kind, from } = rule
  if (kind === undefined) return entry.fail('no "off", "on", or "if_not_owner" parameter specified')
  if (kind === 'off' || !from) {
    if (entry.args.length > 1) entry.fail('duplicate or meaningless parameters')
    return { kind }
  }
  return { kind, from }
}
