import { carryChallenges, definePlugin, type Exchange, type Verdict } from 'gateway/plugin'
import { directives, type Setting } from './directives.ts'

/** Who is asked in a place, and what is kept of the answer. */
interface Authority {
  readonly uri: string
  readonly settings: readonly Setting[]
}

/** Lets somebody else decide whether a request may pass. */
export default definePlugin({
  name: 'auth-request',
  doc: 'Asks another place of the server whether a request may pass.',
  transient: true,
  directives,
  prepare: ({ auth_request, auth_request_set }): Authority | undefined =>
    auth_request === undefined ? undefined : { uri: auth_request, settings: auth_request_set },
  access: ask,
})

async function ask(x: Exchange, { uri, settings }: Authority): Promise<Verdict> {
  const subrequest = x.subrequest(uri)
  await subrequest.answered
  void subrequest.dismiss()
  for (const { set, value } of settings) set(x, value.render(subrequest.x))
  return decide(x, subrequest.x)
}

function decide(x: Exchange, asked: Exchange): Verdict {
  const status = asked.head?.status ?? 0
  if (status >= 200 && status < 300) return 'pass'
  if (status === 403) return status
  if (status === 401) {
    carryChallenges(x, challengesOf(asked))
    return status
  }
  x.log('error', `auth request unexpected status: ${status}`)
  return 500
}

/** As in nginx, also those that are hidden from clients. */
function challengesOf({ head, attempts }: Exchange): readonly string[] {
  const shown = head?.fields.all('www-authenticate') ?? []
  if (shown.length > 0) return shown
  return attempts?.at(-1)?.answer?.original('www-authenticate') ?? []
}
