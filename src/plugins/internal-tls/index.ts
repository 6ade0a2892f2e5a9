import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CertificatePair, definePlugin, directive, type Place } from 'gateway/plugin'
import { Issuer } from './issuer.ts'
import { PUBLIC_FILE } from './private-folder.ts'
import { namesIn } from './subject-names.ts'

/** How often a worker looks whether what it shows will end soon, in milliseconds. */
const LOOK_EVERY = 6 * 3_600_000
/** Where authority and certificates are kept, below the prefix. */
const FOLDER = '.gateway/tls'

/** What a server shows. */
interface Shown {
  readonly issuer: Issuer
  /** Undefined until it is ready. */
  pair: CertificatePair | undefined
}

/** Certificates of an authority of this machine, for those who develop on it. */
export default definePlugin({
  name: 'internal-tls',
  doc: 'Certificates for the names of a server, of an authority that is made for this machine: for development.',
  transient: true,
  directives: {
    tls: directive<string | undefined>({
      in: ['http', 'server'],
      default: undefined,
      doc: 'Shows a certificate of an authority of this machine, made for the names of the server, unless `ssl_certificate` has one. It is kept in a private folder, and renewed in time.',
      usage: 'off | internal [folder]',
      min: 1,
      max: 2,
      kind: 'enum',
      words: ['off', 'internal'],
      read(entry) {
        const [word = '', folder = FOLDER] = entry.args
        if (word === 'off' && entry.args.length === 1) return undefined
        if (word === 'internal') return entry.path(folder, 'prefix')
        return entry.fail(`"${entry.args.join(' ')}" is neither "off" nor "internal"`)
      },
    }),
  },
  prepare({ tls }, place): Shown | undefined {
    // Locations have no certificates.
    if (tls === undefined || place.scope !== 'server') return undefined
    tellHowToTrust(tls, place)
    const issuer = new Issuer({ folder: tls, names: namesIn(place.serverNames) })
    return { issuer, pair: undefined }
  },
  async ready(shown, handed) {
    shown.pair = handed === undefined ? await shown.issuer.issue() : JSON.parse(handed)
    return JSON.stringify(shown.pair)
  },
  begin(shown, worker) {
    const renew = async () => {
      try {
        if (shown.pair && shown.issuer.endsSoon(shown.pair)) shown.pair = await shown.issuer.issue()
      } catch (error) {
        worker.log('error', `a certificate of "tls internal" is not renewed: ${error}`)
      }
    }
    const looking = setInterval(renew, LOOK_EVERY).unref()
    return () => clearInterval(looking)
  },
  certificate: (_name, _client, { pair }) => pair,
})

/** Once, where the authority is still to be made. */
function tellHowToTrust(folder: string, place: Place): void {
  const file = join(folder, PUBLIC_FILE)
  if (existsSync(file)) return
  place.warn(
    `a local authority is made, which nobody trusts yet: sudo cp "${file}" /usr/local/share/ca-certificates/gateway.crt && sudo update-ca-certificates; browsers want it imported`,
  )
}
