import { randomBytes } from 'node:crypto'
import type { Awaitable, Crossing } from '../../border/crossing.ts'
import { bytesOf } from '../arguments.ts'
import { asCryptoRefusal, cryptoExceeded } from '../errors.ts'
import { type Spend, spendNothing } from '../spend.ts'
import { type Algorithm, readAlgorithm } from './algorithm.ts'
import { costOf, type Work } from './cost.ts'
import type { CryptoLimits } from './crypto-limits.ts'
import { type JobQueue, sharedJobs } from './job-queue.ts'
import { KeyTable } from './key-table.ts'
import { operationOf } from './operations.ts'
import { parseRequest } from './request.ts'

/** So many come out of OpenSSL's generator in a microsecond. */
const RANDOM_BYTES = 300

export interface CryptoOptions {
  readonly limits: CryptoLimits
  /** Told of work before it is done. */
  readonly spend?: Spend
  /** Who takes turns with others for the threads: the tenant. Without it, the run. */
  readonly owner?: object
  readonly jobs?: JobQueue
}

/**
 * `crypto.subtle` of one run, done by Node's Web Cryptography API on its threads. Keys stay in here.
 */
export class CryptoSession {
  readonly #limits: CryptoLimits
  readonly #spend: Spend
  readonly #owner: object
  readonly #jobs: JobQueue
  readonly #keys: KeyTable
  #operations = 0
  #work = 0
  #held = 0

  constructor({ limits, spend = spendNothing, owner, jobs = sharedJobs }: CryptoOptions) {
    this.#limits = limits
    this.#spend = spend
    this.#owner = owner ?? this
    this.#jobs = jobs
    this.#keys = new KeyTable(limits.keys)
  }

  /** Answers one request; see request.ts. */
  subtle(text: string, first: Crossing, second: Crossing): Awaitable<Uint8Array | string> {
    if (++this.#operations > this.#limits.operations) throw cryptoExceeded('too many operations')
    const { method, members } = parseRequest(text)
    return operationOf(method)({
      members,
      algorithm: (name = 'algorithm') => {
        return readAlgorithm(members[name] ?? null, this.#keys.get)
      },
      key: (name = 'key') => this.#keys.get(members[name]),
      data: () => bytesOf(first, 'data'),
      second: () => bytesOf(second, 'data'),
      pay: (work, algorithm, size) => this.#pay(work, algorithm, size),
      job: (work, algorithm, size, job) => this.#job(work, algorithm, size, job),
      keep: (made) => JSON.stringify(this.#keys.add(made)),
    })
  }

  /** Forgets all keys: the run is over. */
  close(): void {
    this.#keys.clear()
  }

  /** Random bytes, as many as asked for. */
  random(count: number): Uint8Array {
    this.#spend(count / RANDOM_BYTES)
    return randomBytes(count)
  }

  #pay(work: Work, algorithm: Algorithm, size: number): void {
    const cost = costOf(work, algorithm, size)
    if (this.#work + cost > this.#limits.work) throw cryptoExceeded('too much work for one run')
    this.#spend(cost)
    this.#work += cost
  }

  async #job<T>(work: Work, algorithm: Algorithm, size: number, job: () => Promise<T>): Promise<T> {
    const held = work === 'bytes' ? size : 0
    if (this.#held + held > this.#limits.held) throw cryptoExceeded('too much data at once')
    this.#pay(work, algorithm, size)
    this.#held += held
    try {
      return await this.#jobs.run(this.#owner, job)
    } catch (error) {
      throw asCryptoRefusal(error)
    } finally {
      this.#held -= held
    }
  }
}
