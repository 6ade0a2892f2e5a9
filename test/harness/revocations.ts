import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pair } from './certificates.ts'

/** A list of certificates that their authority has taken back, as PEM. */
export function revocations(by: Pair, revoked: readonly Pair[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-revocations-'))
  const file = (name: string) => join(folder, name)
  const write = (name: string, text: string) => writeFileSync(file(name), text)
  try {
    write('ca.crt', by.cert)
    write('ca.key', by.key)
    write('number', '01\n')
    const lines = revoked.map(({ cert }) => {
      const { serialNumber } = new X509Certificate(cert)
      return `R\t490101000000Z\t200101000000Z\t${serialNumber}\tunknown\t/CN=revoked\n`
    })
    write('index', lines.join(''))
    const section = ['database = index', 'crlnumber = number', 'default_md = sha256']
    write('conf', `[ca]\ndefault_ca = list\n[list]\n${section.join('\n')}\ndefault_crl_days = 30\n`)
    const words = ['ca', '-gencrl', '-config', 'conf', '-cert', 'ca.crt', '-keyfile', 'ca.key']
    const { status, stderr } = spawnSync('openssl', [...words, '-out', 'crl'], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`openssl ca failed: ${stderr}`)
    return readFileSync(file('crl'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
