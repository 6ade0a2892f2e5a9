import type { Exchange } from '../../kernel/exchange/exchange.ts'
import { listen } from '../../kernel/listen/listen-directive.ts'
import type { ListenPlan, LocationPlan, ServerPlan } from '../../kernel/phase/plan.ts'
import { type ServerName, serverName } from '../../kernel/route/server-name.ts'
import type { Block } from '../block.ts'
import type { Compiled } from '../compile.ts'
import type { ChosenListen } from './choose-listen.ts'
import type { Choice, Chosen } from './explanation.ts'
import { bestFit, losingReason, winningReason } from './server-trial.ts'

/** The address a request comes in on, and the others. */
export function explainListen({ plan }: Compiled, chosen: ChosenListen): Chosen {
  const { key, mark } = chosen.plan.listen
  const others = plan.listens
    .filter((each) => each !== chosen.plan)
    .map((each) => {
      return { name: each.listen.key, mark: each.listen.mark, reason: 'is another address' }
    })
  return { name: key, mark, reason: chosen.reason, others }
}

/** Why this server answers, and not another one of the address. */
export function explainServer(
  compiled: Compiled,
  { listen, servers }: ListenPlan,
  x: Exchange,
): Chosen {
  const { server, host } = x
  const won = bestFit(namesOf(compiled, server), host)
  const fallback = listen.defaultServer ? 'the default server' : 'the first server of the address'
  const others: Choice[] = []
  for (const [plan, block] of compiled.origins) {
    if (!isServer(plan) || plan === server || !listensOn(block, listen.key, compiled)) continue
    const reason = losingReason(namesOf(compiled, plan), host, won)
    others.push({ name: plan.name, mark: plan.mark, reason })
  }
  const alone = others.length === 0 ? 'the only server of the address' : undefined
  const isFallback = won === undefined && server === servers.default
  const byDefault = alone ?? `${fallback}, as no server has the name "${host}"`
  const reason = isFallback || !won ? byDefault : winningReason(won)
  return { name: server.name, mark: server.mark, reason, others }
}

function isServer(plan: ServerPlan | LocationPlan): plan is ServerPlan {
  return 'own' in plan
}

function namesOf({ origins }: Compiled, plan: ServerPlan): readonly ServerName[] {
  const written = origins.get(plan)?.written.get(serverName)
  return (written?.value ?? serverName.initial) as readonly ServerName[]
}

function listensOn(block: Block, key: string, { plan }: Compiled): boolean {
  const written = block.written.get(listen)?.value as typeof listen.initial | undefined
  if (written) return written.some((each) => each.key === key)
  // Without the word it has an address of its own, which is then written nowhere.
  return plan.listens.some(({ listen: each }) => each.key === key && each.mark === block.mark)
}
