import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { ConfigError } from '../directive/mark.ts'
import type { TlsFile } from './tls-file.ts'

/**
 * The key of a certificate as PEM, without its passphrase; `passwords` has one a line. Throws a
 * `ConfigError` where they do not fit together.
 */
export function privateKeyOf(
  certificate: TlsFile,
  key: TlsFile,
  passwords: TlsFile | undefined,
): string {
  const phrases = passwords?.content.toString('utf8').split(/\r?\n/).filter(Boolean) ?? []
  const made = firstThatWorks(key, phrases)
  let shown: X509Certificate
  try {
    shown = new X509Certificate(certificate.content)
  } catch (error) {
    throw new ConfigError(
      certificate.mark,
      `cannot load certificate "${certificate.path}": ${messageOf(error)}`,
    )
  }
  if (!shown.checkPrivateKey(made)) {
    throw new ConfigError(
      key.mark,
      `key "${key.path}" is not that of certificate "${certificate.path}"`,
    )
  }
  return made.export({ type: 'pkcs8', format: 'pem' }) as string
}

function firstThatWorks({ content, mark, path }: TlsFile, phrases: readonly string[]): KeyObject {
  let fault: unknown
  for (const passphrase of [undefined, ...phrases]) {
    try {
      return createPrivateKey({ key: content, format: 'pem', ...(passphrase && { passphrase }) })
    } catch (error) {
      fault = error
    }
  }
  throw new ConfigError(mark, `cannot load certificate key "${path}": ${messageOf(fault)}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
