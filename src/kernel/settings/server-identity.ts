import { GATEWAY, identityOf, type ServerIdentity } from '../../wire/http1/response-writer.ts'
import { directive } from '../directive/readers.ts'

/** `server_identity`: another name than the gateway's own, for those who look for it. */
export const serverIdentity = directive<ServerIdentity>({
  in: ['http', 'server', 'location'],
  default: GATEWAY,
  doc: 'What Server and error pages name in the place of the gateway, such as nginx/1.31.4; server_tokens off leaves the version out.',
  usage: 'name[/version]',
  min: 1,
  max: 1,
  read: (entry) => {
    const [word = ''] = entry.args
    const parts = /^([\w.-]{1,64})(?:\/([\w.-]{1,64}))?$/.exec(word)
    return parts ? identityOf(parts[1] ?? '', parts[2]) : entry.fail(`"${word}" is no name/version`)
  },
})

/** What the gateway calls itself in a place: in Server and on its own pages. */
export function signatureOf({
  server_identity,
  server_tokens,
}: {
  readonly server_identity: ServerIdentity
  readonly server_tokens: keyof ServerIdentity
}): string {
  return server_identity[server_tokens]
}
