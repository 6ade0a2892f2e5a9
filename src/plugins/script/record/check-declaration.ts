import { type OpenPhase, PHASES, SCOPES, STAGES } from 'gateway/plugin'
import { Checker } from './checker.ts'
import type { Declaration, DeclaredDirective } from './given.ts'
import { notAPlugin } from './record-error.ts'

/** Characters of what a record declares, in all. */
const MOST_TEXT = 256 * 1024
const WORD = /^[a-z][a-z0-9_]{0,63}$/
const NAME = /^[a-z][a-z0-9-]{0,63}$/
const KINDS = [
  'flag',
  'number',
  'size',
  'time',
  'enum',
  'text',
  'path',
  'template',
  'params',
  'block',
] as const
/** Scopes of processes are the operator's alone. */
const OPEN_SCOPES = SCOPES.filter((scope) => scope !== 'main' && scope !== 'events')
/** Checkpoints are the kernel's. */
const CLOSED: readonly string[] = ['findConfig', 'postRewrite', 'postAccess']
const OPEN_PHASES = PHASES.filter((phase): phase is OpenPhase => !CLOSED.includes(phase))
const MOST_ARGUMENTS = 1_000_000

/** What a record says that it declares, checked. Throws what is wrong with it. */
export function checkedDeclaration(text: string | undefined): Declaration {
  if (text === undefined) throw notAPlugin(NO_RECORD)
  if (text.length > MOST_TEXT) throw notAPlugin(`declares more than ${MOST_TEXT} characters`)
  const told = Checker.of(text)
  const [first] = told.texts('unportable')
  if (first !== undefined) throw notAPlugin(`has ${first}, which is not there in the sandbox`)
  return {
    name: told.name('name', NAME),
    doc: told.maybe('doc')?.text(),
    directives: told.list('directives').map(directiveIn),
    phases: told.words('phases', OPEN_PHASES),
    stages: told.words('stages', STAGES),
    variables: told.table('variables', WORD),
    families: told.table('families', WORD),
    balances: told.truth('balances'),
    always: told.truth('always'),
    wraps: told.truth('wraps'),
    choosesBy: told.maybe('choosesBy')?.word(['request']),
    unportable: [],
  }
}

const NO_RECORD = 'a plugin file ends in "export default definePlugin({ … })"'

function directiveIn(told: Checker): DeclaredDirective {
  const shape = told.member('shape')
  const words = shape.maybe('words')?.asTexts()
  const shorthand = shape.maybe('shorthand')?.text()
  const lines = shape.maybe('lines')?.word(['pairs'])
  return {
    words: told.names('words', WORD),
    doc: told.member('doc').text(),
    scopes: told.words('scopes', OPEN_SCOPES),
    shape: {
      kind: shape.member('kind').word(KINDS),
      min: shape.count('min', MOST_ARGUMENTS),
      // In JSON, there is no infinity.
      max: shape.maybe('max') ? shape.count('max', MOST_ARGUMENTS) : Number.POSITIVE_INFINITY,
      usage: shape.member('usage').text(),
      ...(words && { words }),
      ...(shorthand !== undefined && { shorthand }),
      ...(lines && { lines }),
    },
    repeat: told.truth('repeat'),
    sequence: told.maybe('sequence') && told.count('sequence', MOST_ARGUMENTS),
    inherits: told.member('inherits').word(['replace', 'never', 'branch']),
    claims: told.maybe('claims')?.word(['content']),
  }
}
