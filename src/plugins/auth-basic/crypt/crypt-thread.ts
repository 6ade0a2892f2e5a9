import { parentPort } from 'node:worker_threads'
import { crypt } from './crypt.ts'

/** What is asked of the thread. */
export interface CryptTask {
  readonly id: number
  readonly password: string
  readonly stored: string
}

/** What it says; undefined for a scheme nobody knows. */
export interface CryptResult {
  readonly id: number
  readonly made: string | undefined
}

parentPort?.on('message', ({ id, password, stored }: CryptTask) => {
  const answer = (made: string | undefined) => parentPort?.postMessage({ id, made })
  crypt(password, stored).then(answer, () => answer(undefined))
})
