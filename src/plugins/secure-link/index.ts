import { definePlugin, directive, type Exchange, template } from 'gateway/plugin'
import { checkLink, checkSecret, type LinkConfig, linkOf } from './link.ts'

const scopes = ['http', 'server', 'location'] as const

/** Tells whether somebody who knows a secret has made a link, and whether its time is over. */
export default definePlugin({
  name: 'secure-link',
  doc: 'Checks the checksums of links, which only who knows a secret can make.',
  transient: true,
  directives: {
    secure_link: template({
      in: scopes,
      default: undefined,
      usage: 'expression',
      doc: 'Where a request has its checksum: MD5 in base64url, and behind a comma the second since the epoch until which it counts.',
    }),
    secure_link_md5: template({
      in: scopes,
      default: undefined,
      usage: 'expression',
      doc: 'What the checksum of a link is of: it has to hold what is protected, and a secret.',
    }),
    secure_link_secret: directive<string | undefined>({
      in: ['location'],
      default: undefined,
      doc: 'The secret of links /prefix/checksum/rest, whose checksum is MD5 in hexadecimal, of the rest and the secret.',
      usage: 'word',
      min: 1,
      max: 1,
      read: (entry) => entry.args[0] ?? '',
    }),
  },
  prepare: (config, place) => {
    const { secure_link, secure_link_md5, secure_link_secret } = config
    if (secure_link_secret !== undefined && (secure_link || secure_link_md5)) {
      place.fail(
        '"secure_link_secret" cannot be mixed with "secure_link" and "secure_link_md5"',
        place.markOf('secure_link_secret'),
      )
    }
    return config
  },
  variables: {
    secure_link: {
      doc: 'What comes of the check of a link: 1, or 0 where its time is over, or the rest of the URI (`secure_link_secret`); empty for a wrong one.',
      get: (x) => {
        const config = configOf(x)
        if (!config) return undefined
        const { secure_link_secret: secret } = config
        return secret === undefined ? checkLink(x, config) : checkSecret(x, secret)
      },
    },
    secure_link_expires: {
      doc: 'Until when a link counts, as the request says.',
      get: (x) => {
        const config = configOf(x)
        return config && linkOf(x, config)?.expires
      },
    },
  },
})

function configOf(x: Exchange): LinkConfig | undefined {
  return x.location.configs.get('secure-link') as LinkConfig | undefined
}
