import {
  type Entry,
  loadTlsFile,
  PeerTls,
  type PeerTlsSettings,
  type TlsFile,
} from 'gateway/plugin'
import type { BindingSettings } from './reach-settings.ts'

type UpstreamSettings = Extract<BindingSettings, { kind: 'upstream' }>

/** What is said of TLS behind the upstream, by name. */
interface Words {
  verify: 'on' | 'off'
  name: string | undefined
  readonly files: Map<string, TlsFile>
}

const FILES = ['trusted_certificate', 'crl', 'certificate', 'certificate_key', 'password_file']
const HINT = `there are name=, verify=off, ${FILES.map((each) => `${each}=`).join(', ')}`

/** Authorities between a peer and a trusted one; nobody who is public has as many. */
const DEPTH = 10
const HTTPS = 443

/** Reads `name`, or `https://name`, behind which words say how TLS is spoken. */
export function readUpstream(line: Entry, written: string): UpstreamSettings {
  const [to = '', ...words] = written.split(' ')
  const [, scheme, address = ''] = /^(?:(https?):\/\/)?(.*)$/s.exec(to) ?? []
  const [extra] = words
  if (scheme !== 'https') {
    if (extra !== undefined) line.fail(`"${extra}" is for https:// alone`)
    return { kind: 'upstream', upstream: line.upstream(address), tls: undefined }
  }
  const upstream = line.upstream(address, HTTPS)
  const said: Words = { verify: 'on', name: undefined, files: new Map() }
  for (const word of words) readWord(line, word, said)
  const tls = new PeerTls(settingsOf(line, said), line.mark)
  // As of proxy_pass, what is written is the name that a peer has.
  return { kind: 'upstream', upstream, tls: { with: tls, name: said.name ?? address } }
}

function readWord(line: Entry, word: string, said: Words): void {
  const at = word.indexOf('=')
  const [name, value] = [word.slice(0, Math.max(at, 0)), word.slice(at + 1)]
  if (name === 'name' && value !== '') said.name = value
  else if (name === 'verify' && (value === 'on' || value === 'off')) said.verify = value
  else if (FILES.includes(name)) {
    said.files.set(name, loadTlsFile(line.path(value, 'file'), line.mark))
  } else line.fail(`"${word}" is nothing to say of TLS`, HINT)
}

function settingsOf(line: Entry, { files, verify }: Words): PeerTlsSettings {
  const [certificate, key] = [files.get('certificate'), files.get('certificate_key')]
  if (!certificate !== !key) line.fail('certificate and certificate_key belong together')
  return {
    versions: ['TLSv1.2', 'TLSv1.3'],
    ciphers: 'DEFAULT',
    certificate,
    key,
    passwords: files.get('password_file'),
    trusted: files.get('trusted_certificate') ?? 'public',
    crl: files.get('crl'),
    verifyDepth: verify === 'on' ? DEPTH : undefined,
    tellsName: true,
    reusesSessions: true,
  }
}
