import {
  type Awaitable,
  definePlugin,
  type Exchange,
  forward,
  http1,
  https1,
  type Verdict,
} from 'gateway/plugin'
import { directives } from './directives.ts'
import { type Forwarding, prepareForwarding } from './forwarding.ts'
import { methodFor } from './method.ts'
import { type Destination, destinationOf, rememberDestination } from './proxy-pass.ts'
import { variables } from './variables.ts'

const PROTOCOLS = { http: http1, https: https1 } as const

/** What ends what has not begun. */
const NOTHING = () => {}

/** Passes requests to HTTP servers. Asking, retrying and pouring are the kernel's business. */
export default definePlugin({
  name: 'proxy',
  doc: 'Passes requests to HTTP servers and upstreams.',
  transient: true,
  directives,
  variables,
  prepare: prepareForwarding,
  begin: ({ tls }) => tls?.begin() ?? NOTHING,
  content,
})

function content(x: Exchange, { pass, options, method }: Forwarding): Awaitable<Verdict> {
  if (method && methodFor(x, method) === undefined) {
    x.log('error', `"${method.render(x)}" is not a method for a peer`)
    return 500
  }
  if (pass.kind === 'fixed') return ask(x, pass.to, options)
  const url = pass.template.render(x)
  const to = destinationOf(url)
  if (to === undefined) {
    x.log('error', `invalid URL prefix in "${url}"`)
    return 500
  }
  return to instanceof Promise ? to.then(go) : go(to)

  function go(found: Destination): Awaitable<Verdict> {
    rememberDestination(x, found)
    return ask(x, found, options)
  }
}

function ask(x: Exchange, { scheme, upstream }: Destination, options: Forwarding['options']) {
  return forward(x, upstream, PROTOCOLS[scheme], options[scheme])
}
