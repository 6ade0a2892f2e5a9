import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Pair } from './certificates.ts'
import { onCleanup } from './cleanup.ts'
import { until } from './wait.ts'
import { Workspace } from './workspace.ts'

/** Who answers for which certificate, and what. */
export interface OcspFacts {
  readonly authority: Pair
  readonly certificate: Pair
  /** `V` valid, `R` revoked. */
  readonly state?: 'V' | 'R'
  /** Signs in the place of the authority. */
  readonly signer?: Pair
}

/** What `openssl ocsp` answers, signed now and good for an hour. */
export function ocspAnswer(facts: OcspFacts, question?: Buffer): Buffer {
  const workspace = prepared(facts)
  try {
    if (question) workspace.write('question', question)
    const asked = question
      ? ['-reqin', 'question']
      : ['-issuer', 'ca.crt', '-cert', 'server.crt', '-no_nonce']
    const words = ['ocsp', ...ANSWERING, ...asked, '-respout', 'answer']
    const { status, stderr } = spawnSync('openssl', words, { cwd: workspace.dir, encoding: 'utf8' })
    if (status !== 0) throw new Error(`openssl ocsp failed: ${stderr}`)
    return readFileSync(workspace.path('answer'))
  } finally {
    workspace.remove()
  }
}

/** A responder that answers at a port, by the openssl command; ended when the test is over. */
export async function ocspResponder(facts: OcspFacts, port: number): Promise<void> {
  const workspace = prepared(facts)
  const child: ChildProcess = spawn('openssl', ['ocsp', ...ANSWERING, '-port', String(port)], {
    cwd: workspace.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text))
  onCleanup(() => {
    child.kill()
    workspace.remove()
  })
  await until('the responder', () => said.includes('ACCEPT'))
}

const ANSWERING = [
  '-index',
  'index',
  '-CA',
  'ca.crt',
  '-rsigner',
  'signer.crt',
  '-rkey',
  'signer.key',
  '-nmin',
  '60',
]

function prepared({
  authority,
  certificate,
  signer = authority,
  state = 'V',
}: OcspFacts): Workspace {
  const workspace = new Workspace('ocsp')
  const { serialNumber } = new X509Certificate(certificate.cert)
  const taken = state === 'R' ? '200101000000Z' : ''
  workspace.write('index', `${state}\t490101000000Z\t${taken}\t${serialNumber}\tunknown\t/CN=x\n`)
  workspace.write('ca.crt', authority.cert)
  workspace.write('server.crt', certificate.cert)
  workspace.write('signer.crt', signer.cert)
  workspace.write('signer.key', signer.key)
  return workspace
}
