import type { Granted, Place } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { badCall, textOf } from '../../../../sandbox/host/arguments.ts'
import type { Deployment } from '../deployment.ts'
import type { Loading, Runtime } from '../runtime.ts'
import type { EntryOps } from './entry-ops.ts'
import type { Given } from './given.ts'
import { recordNotLoaded } from './record-error.ts'
import { Image } from './record-image.ts'
import { Remembered } from './remembered.ts'

/** What a record may know of a place. */
export type PlaceOfRecord = Pick<
  Place,
  'scope' | 'name' | 'serverNames' | 'configured' | 'warn' | 'fail'
>

/** What an image is loaded with. */
export interface ImageOrder {
  readonly given: Given
  readonly entries: EntryOps
  /** The place that it is prepared for. */
  readonly place?: PlaceOfRecord
}

/** A plugin record as it was bundled: what images of it are loaded from. */
export class RecordSource {
  /** Its runs are counted, limited and told of together, as those of a script are. */
  readonly deployment: Deployment
  readonly remembered = new Remembered()
  /** Of an installed plugin. */
  readonly granted: Granted | undefined
  readonly #runtime: Runtime
  readonly #loading: Loading

  constructor(loading: Loading, runtime: Runtime, deployment: Deployment, granted?: Granted) {
    this.#loading = loading
    this.#runtime = runtime
    this.deployment = deployment
    this.granted = granted
  }

  /** Evaluates the record. Throws what is wrong with it or with its directives. */
  load({ entries, given, place }: ImageOrder): Image {
    let told: string | undefined
    const answer = (op: number, a: Crossing, b: Crossing, c: Crossing): Crossing => {
      if (op === RecordOp.given) return JSON.stringify(given)
      if (op === RecordOp.place && place) return placeOp(place, textOf(a, 'question'), b)
      if (op !== RecordOp.described) return entries.call(op, a, b, c)
      told = textOf(a, 'description')
      return undefined
    }
    try {
      const { script } = this.#runtime.load({ ...this.#loading, record: answer })
      return new Image(this, script, entries, told)
    } catch (error) {
      throw recordNotLoaded(error, (stack) => this.deployment.inSource(stack))
    }
  }
}

const MOST_MESSAGE = 1000

function placeOp(place: PlaceOfRecord, question: string, text: Crossing): Crossing {
  switch (question) {
    case 'scope':
      return place.scope
    case 'name':
      return place.name
    case 'serverNames':
      return place.serverNames.join('\n')
    case 'configured':
      return place.configured(textOf(text, 'directive')) ? '1' : ''
    case 'warn':
      place.warn(textOf(text, 'text').slice(0, MOST_MESSAGE))
      return undefined
    case 'fail':
      return place.fail(textOf(text, 'text').slice(0, MOST_MESSAGE))
    default:
      throw badCall('question')
  }
}
