import { createInterface } from 'node:readline/promises'
import type { Request } from '../../packages/change/workshop.ts'
import { permissionLines } from '../../packages/manifest/permissions.ts'
import { notGranted } from '../../packages/package-error.ts'
import { say } from '../output.ts'
import { visible } from './printable.ts'
import { provenanceText } from './tables.ts'

/** Who may grant what plugins ask for: a person at the terminal, or who has said so in advance. */
export type Grant = 'ask' | 'yes' | 'look'

/**
 * Shows what plugins may do, and asks where something is new: a plugin, or a permission of it.
 * Throws `PackageError` where nobody agrees, or nobody is there.
 */
export async function askFor(requests: readonly Request[], grant: Grant): Promise<void> {
  for (const request of requests) for (const line of shown(request)) say(visible(line))
  if (!requests.some(isNew) || grant !== 'ask') return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw notGranted('there is no terminal to ask at; "--yes" grants what is listed above')
  }
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await line.question('Install? [y/N] ')
    if (!/^y(?:es)?$/i.test(answer.trim())) throw notGranted('it was not agreed to')
  } finally {
    line.close()
  }
}

/** A native plugin runs in the gateway itself, so that a new one is always a question. */
function isNew(request: Request): boolean {
  const { added, before } = request
  return before === undefined || Object.keys(added).length > 0 || isFromElsewhere(request)
}

/** Whether what is installed was signed, and this was not, or for other sources. */
function isFromElsewhere({ provenance, provenanceBefore: before }: Request): boolean {
  if (!before) return false
  return typeof provenance !== 'object' || provenance.repository !== before.repository
}

const PLACES = {
  native: 'runs in the gateway itself, and is trusted; it says that it needs:',
  sandbox: 'runs in a sandbox, which lets it:',
  either: 'runs in the gateway itself, and is trusted, or by "isolation: sandbox" apart; it needs:',
} as const

function shown(request: Request): string[] {
  const { name, version, before, resolved, isolation, permissions, added } = request
  const what = before === undefined ? 'is new' : `replaces ${before}`
  const all = permissionLines(permissions)
  const more = before === undefined ? [] : permissionLines(added)
  return [
    `${name} ${version} ${what}, from ${resolved}`,
    ...provenanceLines(request),
    `  ${PLACES[isolation]}`,
    ...(all.length > 0 ? all : ['nothing']).map((each) => `    ${each}`),
    ...(more.length > 0 ? ['  of that, new:', ...more.map((each) => `    ${each}`)] : []),
  ]
}

function provenanceLines(request: Request): string[] {
  const { provenance, provenanceBefore } = request
  const now =
    typeof provenance === 'string'
      ? [`  its provenance cannot be verified: ${provenance}`]
      : provenance && [`  ${provenanceText(provenance)}`]
  if (!provenanceBefore || !isFromElsewhere(request)) return now ?? []
  return [
    ...(now ?? ['  nobody has signed what it was built of']),
    `  before: ${provenanceText(provenanceBefore)}`,
  ]
}
