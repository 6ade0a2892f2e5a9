import type { Crossing } from '../../border/crossing.ts'
import type { Anchors } from '../anchors.ts'
import type { EngineModule } from '../engine-module.ts'
import type { EngineLimits } from '../limits.ts'
import type { RefusalText } from '../turn-work.ts'
import type { Errand, ErrandEnd, Reply } from './errand.ts'
import type { PackedImage } from './packed-image.ts'

/** An engine, for a thread that has not worked with it yet. */
export interface EngineNews {
  readonly id: number
  readonly module: EngineModule
  readonly limits: EngineLimits
}

/** An image, for a thread that does not have it. */
export interface ImageNews {
  readonly id: number
  readonly under: number | undefined
  readonly image: PackedImage
}

/** An answer that was given at once, as it crosses to a thread. */
export type SentGiven =
  | { readonly value: Crossing; readonly refused?: undefined }
  | { readonly refused: RefusalText }

/** A turn to take, and what is needed for it. */
export interface ErrandMessage extends Omit<Errand, 'given'> {
  readonly kind: 'errand'
  readonly engine: number
  readonly newEngine: EngineNews | undefined
  /** The script's image. */
  readonly image: number
  readonly newImages: readonly ImageNews[]
  readonly oldImages: readonly number[]
  readonly anchors: Anchors
  readonly given: readonly SentGiven[]
}

/** What a thread is told. */
export type ToThread = ErrandMessage | Reply

/** A host call of the guest's; the thread stands still until it is answered. */
export interface CallMessage {
  readonly kind: 'call'
  readonly op: number
  readonly a: Crossing
  readonly b: Crossing
  readonly c: Crossing
}

/** What a thread tells. */
export type FromThread =
  | CallMessage
  | ({ readonly kind: 'ended' } & ErrandEnd)
  /** The replay went another way than the run: an error of ours. */
  | { readonly kind: 'diverged' }

/** What a thread is started with: a word that changes with each reply, to be waited on. */
export interface ThreadStart {
  readonly signal: Int32Array
}
