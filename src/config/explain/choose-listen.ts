import { formatAddress, parseAddress } from '../../kernel/listen/address.ts'
import type { Listen } from '../../kernel/listen/listen-directive.ts'
import type { ListenPlan } from '../../kernel/phase/plan.ts'
import { type Question, QuestionError } from './question.ts'

/** The port of an URL that names none. */
const DEFAULT_PORT = 80

/** The address a request comes in on, and why. */
export interface ChosenListen {
  readonly plan: ListenPlan
  readonly reason: string
}

/** Chooses the address: the one asked for, else that of the URL's port. Throws `QuestionError`. */
export function chooseListen(listens: readonly ListenPlan[], question: Question): ChosenListen {
  const [first] = listens
  if (!first) throw new QuestionError('no server listens on anything')
  if (question.listen !== undefined) return asked(listens, question.listen)
  const { authority, port } = question
  if (port !== undefined) {
    const plan = onPort(listens, port, authority)
    if (!plan) throw nobody(listens, `port ${port}`)
    return { plan, reason: `port ${port} of the URL` }
  }
  if (listens.length === 1) return { plan: first, reason: 'the only address' }
  const usual = authority === undefined ? undefined : onPort(listens, DEFAULT_PORT, authority)
  if (usual) return { plan: usual, reason: `port ${DEFAULT_PORT}, as the URL names none` }
  return { plan: first, reason: 'the first address; --listen chooses another one' }
}

function asked(listens: readonly ListenPlan[], text: string): ChosenListen {
  const reason = 'asked for with --listen'
  if (/^\d{1,5}$/.test(text)) {
    const plan = onPort(listens, Number(text), undefined)
    if (plan) return { plan, reason }
  }
  const addresses = parseAddress(text)
  if ('problem' in addresses) throw new QuestionError(addresses.problem)
  const keys = addresses.map(formatAddress)
  const plan = listens.find(({ listen }) => keys.includes(listen.key))
  if (!plan) throw nobody(listens, text)
  return { plan, reason }
}

/** Of the addresses with a port the one the URL names, else one that stands for all of a machine. */
function onPort(
  listens: readonly ListenPlan[],
  port: number,
  authority: string | undefined,
): ListenPlan | undefined {
  const there = listens.filter(({ listen: { address } }) => {
    return address.kind === 'tcp' && address.port === port
  })
  const host = authority?.replace(/:\d*$/, '')
  const named = there.find(({ listen }) => listen.key === `${host}:${port}`)
  return named ?? there.find(({ listen }) => isWildcard(listen)) ?? there[0]
}

function isWildcard({ address }: Listen): boolean {
  return address.kind === 'tcp' && (address.host === '0.0.0.0' || address.host === '::')
}

function nobody(listens: readonly ListenPlan[], where: string): QuestionError {
  const keys = listens.map(({ listen }) => listen.key)
  return new QuestionError(`no server listens on ${where}; there is ${keys.join(', ')}`)
}
