import { definePlugin, directive, type Exchange, type Head, requestValue } from 'gateway/plugin'

/** Who gets the new version. */
interface Canary {
  /** Of a hundred clients. */
  readonly percent: number
  readonly cookie: string
}

type Version = 'stable' | 'canary'
const chosen = requestValue('canary_version')
/** How long a client stays with its version, in seconds. */
const STAYS = 86_400

/** A router: some clients get the new version, and stay with it. */
export default definePlugin({
  name: 'canary',
  doc: 'Sends a part of the clients to another version.',
  directives: {
    canary: directive<Canary | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'How many percent of the clients get the new version, and the cookie that keeps them there. $canary is "canary" or "stable"; clients may set the cookie to either.',
      usage: 'percent% [cookie=name]',
      min: 1,
      max: 2,
      read: (entry) => {
        const [share = '', option = 'cookie=canary'] = entry.args
        const [, digits] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(share) ?? []
        const percent = Number(digits ?? Number.NaN)
        if (!(percent <= 100)) entry.fail(`invalid share "${share}"`, 'write 10%')
        const [, cookie = ''] = /^cookie=([\w-]{1,64})$/.exec(option) ?? []
        return cookie === '' ? entry.fail(`invalid parameter "${option}"`) : { percent, cookie }
      },
    }),
  },
  prepare: ({ canary }) => canary,
  preaccess: (x, canary: Canary) => {
    if (chosen.get(x) === undefined) chosen.set(x, kept(x, canary) ?? drawn(canary))
    return 'next'
  },
  filters: {
    edit: (x, next, { cookie }: Canary) => {
      const version = chosen.get(x)
      if (version && kept(x, { cookie }) !== version) {
        const head = x.head as Head
        head.fields.add(
          'Set-Cookie',
          `${cookie}=${version}; Path=/; Max-Age=${STAYS}; SameSite=Lax`,
        )
      }
      return next
    },
  },
  variables: {
    canary: {
      doc: 'The version a client gets: canary or stable.',
      get: (x) => chosen.get(x) ?? 'stable',
    },
  },
})

function kept(x: Exchange, { cookie }: Pick<Canary, 'cookie'>): Version | undefined {
  const cookies = (x.headers.get('cookie') ?? '').split(';').map((each) => each.trim())
  if (cookies.includes(`${cookie}=canary`)) return 'canary'
  return cookies.includes(`${cookie}=stable`) ? 'stable' : undefined
}

function drawn({ percent }: Canary): Version {
  return Math.random() * 100 < percent ? 'canary' : 'stable'
}
